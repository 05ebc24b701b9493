package html

import (
	"strings"
	"testing"

	"sshsieve/internal/report"
)

// Each question has its answer, whatever the log holds.
func TestAnswers(t *testing.T) {
	for _, test := range []struct {
		why      string
		change   func(*report.Page)
		question string
		tone     string
		want     string
	}{
		{"a guessed login is the first thing to know", func(*report.Page) {},
			"Did anybody get in?", bad, "It looks so: deploy logged in by password from 203.0.113.9 after 4\u202f711 failed attempts from there."},
		{"several guessed logins are counted", func(p *report.Page) { p.Logins[1].Guessed = true },
			"Did anybody get in?", bad, "So does 1 other login."},
		{"logins that nobody guessed are still to be known", func(p *report.Page) { p.Logins = p.Logins[1:] },
			"Did anybody get in?", "", "412 logins by 1 account. None looks guessed"},
		{"nobody is an answer", func(p *report.Page) { p.Logins = nil },
			"Did anybody get in?", good, "No."},
		{"who was mailed is locked out", func(*report.Page) {},
			"Who is locked out?", bad, "bob."},
		{"a weak sign is none for certain", func(p *report.Page) { p.Told.LockedOut[0].Mailed = false },
			"Who is locked out?", "", "Nobody for certain. There are weak signs of bob."},
		{"a source without a user is somebody", func(p *report.Page) { p.Told.LockedOut[0].Users = nil },
			"Who is locked out?", bad, "somebody from 198.51.100.20."},
		{"--quick does not ask", func(p *report.Page) { p.Told, p.Mails = nil, nil },
			"Who is locked out?", "", notAsked},
		{"--quick does not ask", func(p *report.Page) { p.Told, p.Mails = nil, nil },
			"What would have been mailed?", "", notAsked},
		{"whom a source belongs to is a guess", func(p *report.Page) { p.Told.LockedOut[0].Likely = true },
			"Who is locked out?", bad, "probably bob (from 198.51.100.20)."},
		{"several may be meant", func(p *report.Page) {
			p.Told.LockedOut[0].Users, p.Told.LockedOut[0].Likely = []string{"a", "b", "c", "d", "e"}, true
		}, "Who is locked out?", bad, "probably a or b or c or one of 2 others (from 198.51.100.20)."},
		{"no mail is good where nothing else is bad", func(p *report.Page) { p.Mails, p.Told.Untold, p.Verdicts = []report.Mail{}, nil, nil },
			"What would have been mailed?", good, "Nothing."},
		{"a line that is bad by itself is not good", func(p *report.Page) {
			p.Mails, p.Told.Untold, p.Verdicts = []report.Mail{}, nil, map[string]int{"human": 1}
		}, "What would have been mailed?", "", "Nothing. But there is 1 event bad by itself."},
		{"nor is a finding of the quiet report", func(p *report.Page) { p.Mails = []report.Mail{} },
			"What would have been mailed?", "", "Nothing. But there are 3 findings for the quiet report and 22 events bad by themselves."},
		{"guessing beats scanning", func(*report.Page) {},
			"What is the most common attack?", "", "Guessing by password: 44\u202f000 of 45\u202f000 failed attempts to log in. Most tried name: root"},
		{"scanning beats guessing", func(p *report.Page) { p.Failed = 10 },
			"What is the most common attack?", "", "Scanning: 5\u202f000 events of preauth.protocol"},
		{"a quiet log has no attack", func(p *report.Page) { p.Failed, p.Categories = 0, nil },
			"What is the most common attack?", good, "None was seen."},
		{"what is new, and the category that changed most", func(*report.Page) {},
			"What has changed?", "", "1 new account, 1 new login source and 1 new busy network. Most changed: throttle, from 0 to 12 a day."},
		{"rates within chance are no change", func(p *report.Page) { p.News.Rates = p.News.Rates[2:] },
			"What has changed?", "", "about as before"},
		{"a short log has no past", func(p *report.Page) { p.News = nil },
			"What has changed?", "", "too short"},
		{"unknown wordings", func(*report.Page) {},
			"What does nobody recognise?", "", "17 events in 1 wording."},
	} {
		p := sample()
		test.change(p)
		for _, a := range answers(p) {
			if a.Question == test.question && (a.Tone != test.tone || !strings.Contains(a.Text, test.want)) {
				t.Errorf("%s: %q (%s), want %q (%s)", test.why, a.Text, a.Tone, test.want, test.tone)
			}
		}
	}
}

// Every link of an answer leads to a section.
func TestAnswersLeadToSections(t *testing.T) {
	for _, p := range []*report.Page{sample(), report.NewLog().Page(false)} {
		d := newDocument(p)
		ids := map[string]bool{}
		for _, part := range d.Parts {
			for _, s := range part.Sections {
				if ids[s.ID] {
					t.Errorf("two sections %s", s.ID)
				}
				ids[s.ID] = true
			}
		}
		for _, a := range d.Answers {
			if !ids[a.Section] {
				t.Errorf("%s leads to %s, which is no section", a.Question, a.Section)
			}
		}
	}
}

// Each sort of news has its words.
func TestNewsHasWords(t *testing.T) {
	for _, what := range []string{"login", "key", "source", "host", "kind", "wording", "net"} {
		if n := newNames[what]; n.one == "" || n.what == "" {
			t.Errorf("no words for %s", what)
		}
	}
}

func TestReleasesAreOrdered(t *testing.T) {
	for _, test := range []struct {
		why  string
		a, b string
	}{
		{"by number, not by letter", "9.9", "10.0"},
		{"by the second number", "9.7", "9.8"},
		{"a patch release comes after", "9.9", "9.9p2"},
	} {
		if compareReleases(test.a, test.b) >= 0 || compareReleases(test.b, test.a) <= 0 {
			t.Errorf("%s: %s is before %s", test.why, test.a, test.b)
		}
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1 000", 1234567: "1 234 567", -1000: "-1 000"} {
		if got := strings.ReplaceAll(number(n), "\u202f", " "); got != want {
			t.Errorf("number(%d) is %q, want %q", n, got, want)
		}
	}
}

func TestPlurals(t *testing.T) {
	for one, want := range map[string]string{"line": "2 lines", "class": "2 classes", "family": "2 families", "day": "2 days"} {
		if got := plural(2, one); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// What was not told because everything is new at first is said plainly.
func TestLearning(t *testing.T) {
	p := sample()
	if got := learning(p); !strings.Contains(got, "that were new before 2026") {
		t.Errorf("it ends within the log: %q", got)
	}
	later := p.To.AddDate(0, 0, 1)
	p.Told.LearningUntil = &later
	if got := learning(p); !strings.Contains(got, "not told for this log") {
		t.Errorf("it outlasts the log: %q", got)
	}
}
