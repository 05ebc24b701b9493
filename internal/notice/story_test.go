package notice

import (
	"regexp"
	"slices"
	"testing"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/sshd"
)

// values are all that a sentence may be filled with: those that every Notice
// has, those that hang on the Findings, and the details that rules give.
var (
	everyValue = []string{"host", "at", "times", "count", "account", "is", "was", "has", "were", "found", "failures"}
	someValues = []string{"who", "user", "owner", "source", "others", "since", "span", "next", "held", "log", "means", "client", "remedy",
		"refused-since", "missing", "class", "short", "offered", "all-others", "all-hosts", "many", "new-key", "without-key", "key-account", "changed"}
	details = []string{"sources", "names", "credential", "method", "logins", "logins-here", "last-login", "shape", "gap", "program", "percent", "lines", "instead"}
)

var braces = regexp.MustCompile(`\{([^}]*)\}`)

func sentencesOf(s *story) []string {
	all := slices.Concat(s.subject, s.what, s.why, s.harmless)
	for _, step := range slices.Concat(s.do, s.doRoot) {
		all = slices.Concat(all, step.Say, step.Config, step.Run)
	}
	return all
}

func everyStory(t *testing.T, check func(t *testing.T, s *story)) {
	t.Helper()
	for _, table := range stories {
		for i := range table {
			s := &table[i]
			name := s.rule + "/" + s.reason
			if len(s.kinds) > 0 {
				name += s.kinds[0]
			}
			t.Run(name, func(t *testing.T) { check(t, s) })
		}
	}
}

// TestStoriesUseKnownValues: a misspelt {place} would silently take its sentence,
// or its command, away.
func TestStoriesUseKnownValues(t *testing.T) {
	known := slices.Concat(everyValue, someValues, details)
	everyStory(t, func(t *testing.T, s *story) {
		for _, text := range sentencesOf(s) {
			for _, m := range braces.FindAllStringSubmatch(text, -1) {
				if !slices.Contains(known, m[1]) {
					t.Errorf("{%s} is never known, in %q", m[1], text)
				}
			}
		}
	})
}

// TestStoriesAlwaysSaySomething: with the least that is known, each section has
// a sentence and the subject is the story's own.
func TestStoriesAlwaysSaySomething(t *testing.T) {
	least := map[string]string{}
	for _, name := range everyValue {
		least[name] = name
	}
	everyStory(t, func(t *testing.T, s *story) {
		for name, sentences := range map[string][]string{"what": s.what[:1], "why": s.why[:1], "subject": s.subject[len(s.subject)-1:]} {
			if len(filled(sentences, least)) == 0 {
				t.Errorf("%s cannot be said without more: %q", name, sentences)
			}
		}
		if n := len(s.do); n == 0 || n > maxSteps || len(s.doRoot) > maxSteps {
			t.Errorf("%d steps, want 1 to %d", n, maxSteps)
		}
		if len(s.harmless) == 0 {
			t.Error("does not say when it is harmless")
		}
	})
}

// TestEveryRuleHasAStory: whoever adds a rule writes its mail.
func TestEveryRuleHasAStory(t *testing.T) {
	var own []attention.Finding
	for _, rule := range attention.Rules {
		if rule.Name == QuietReport {
			continue // it is written whole by quietreport.go
		}
		for _, reason := range rule.Reasons {
			own = append(own, attention.Finding{Rule: rule.Name, Reason: reason.Name})
		}
	}
	for _, f := range own {
		if s := newIncident([]attention.Finding{f}, About{}).story; s == &unknownStory {
			t.Errorf("%s/%s has no story", f.Rule, f.Reason)
		}
	}
}

// TestStoriesKindsExist: a kind that was renamed in the message table would fall
// back to the general story.
func TestStoriesKindsExist(t *testing.T) {
	kinds := map[string]bool{}
	for _, row := range sshd.Rows() {
		kinds[row.Kind] = true
	}
	everyStory(t, func(t *testing.T, s *story) {
		for _, kind := range s.kinds {
			if !kinds[kind] {
				t.Errorf("no message is of kind %q", kind)
			}
		}
	})
}

// TestEveryStoryHasASample: a mail that nobody has read is not shipped.
func TestEveryStoryHasASample(t *testing.T) {
	told := map[*story]bool{}
	for _, path := range samplePaths(t) {
		s, _ := readSample(t, path)
		told[newIncident(s.findings(t), s.About).story] = true
	}
	everyStory(t, func(t *testing.T, s *story) {
		if !told[s] {
			t.Error("no file in testdata/mails shows it")
		}
	})
}

func TestFill(t *testing.T) {
	values := map[string]string{"user": "bob{host}", "host": "web-3"}
	for _, test := range []struct {
		why, sentence, want string
		ok                  bool
	}{
		{"values are put in", "{user} is on {host}.", "bob{host} is on web-3.", true},
		{"a value that is not known takes its sentence away", "from {source}.", "", false},
		{"braces in a value are text", "{user}", "bob{host}", true},
		{"a sentence without places stays", "Nothing.", "Nothing.", true},
	} {
		if got, ok := fill(test.sentence, values); got != test.want || ok != test.ok {
			t.Errorf("fill(%q) = %q, %t, want %q, %t: %s", test.sentence, got, ok, test.want, test.ok, test.why)
		}
	}
}

func TestFilledTakesTheFirstVersion(t *testing.T) {
	got := filled([]string{"{user} did. || somebody did.", "{source}"}, map[string]string{})
	if !slices.Equal(got, []string{"somebody did."}) {
		t.Errorf("filled = %q", got)
	}
}

func TestWords(t *testing.T) {
	for _, test := range []struct{ why, got, want string }{
		{"one", times(1), "once"}, {"small numbers are words", times(4), "four times"}, {"others are not", times(31), "31 times"},
		{"none", listed(nil, 3), ""}, {"one name", listed([]string{"a"}, 3), "a"},
		{"the last is joined by and", listed([]string{"a", "b", "c"}, 3), "a, b and c"},
		{"a long list is cut, and says so", listed([]string{"a", "b", "c", "d", "e"}, 3), "a, b and 3 more"},
		{"minutes", spanName(14 * time.Minute), "14 min"}, {"hours", spanName(3 * time.Hour), "3 h"}, {"days", spanName(72 * time.Hour), "3 days"},
	} {
		if test.got != test.want {
			t.Errorf("%q, want %q: %s", test.got, test.want, test.why)
		}
	}
}
