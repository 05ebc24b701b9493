package main

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"sshsieve/internal/attention"
)

// Each reason that some History shows has its evidence here, and none is left of
// a reason that is gone.
func TestEvidenceIsThatOfTheRules(t *testing.T) {
	left := maps.Clone(evidenceOf)
	for _, rule := range attention.Rules {
		for _, reason := range rule.Reasons {
			name := rule.Name + "/" + reason.Name
			if _, ok := reason.Key(); ok != (len(evidenceOf[name]) > 0) {
				t.Errorf("%s: some History shows it: %t, it has evidence: %t", name, ok, !ok)
			}
			delete(left, name)
		}
	}
	if len(left) > 0 {
		t.Errorf("evidence of no reason: %v", slices.Sorted(maps.Keys(left)))
	}
}

func TestMarksHaveNames(t *testing.T) {
	for name, evidence := range evidenceOf {
		for _, what := range evidence {
			if markNames[what][0] == "" || markNames[what][1] == "" {
				t.Errorf("%s: the sort %d has no name", name, what)
			}
		}
	}
}

// What is said to be missing is what makes the rule find something.
func TestWhyNotTellsWhatIsMissing(t *testing.T) {
	const refusal = "Unable to negotiate with 192.0.2.7 port 4242: no matching key exchange method found. Their offer: diffie-hellman-group1-sha1 [preauth]"
	const login = "Accepted publickey for alice from 192.0.2.7 port 4242 ssh2: ED25519 SHA256:T4yOhvf3l0C2sEeMXWxVJWrZ9wEb6jvqJ0xVq3y1mWc"
	const wrong = "Failed password for bob from 192.0.2.7 port 4242 ssh2"
	for _, test := range []struct {
		why     string
		log     []string
		args    []string
		missing string
	}{
		{"a scanner is nobody's client", []string{refusal, refusal}, []string{"--source", "192.0.2.7", "--rule", "locked-out"},
			"a login by key from there before"},
		{"once is no lock-out", []string{login, refusal}, []string{"--source", "192.0.2.7", "--rule", "locked-out"},
			"1 more refused algorithm"},
		{"a user stands for her places", []string{login, refusal}, []string{"--user", "alice", "--rule", "locked-out"},
			"1 more refused algorithm"},
		{"four are below the threshold", []string{wrong, wrong, wrong, wrong}, []string{"--source", "192.0.2.7", "--rule", "password-guessing"},
			"1 more failed password"},
		{"two things", []string{wrong, wrong, wrong, wrong}, []string{"--source", "192.0.2.7", "--rule", "login"},
			"1 more failed password, and a password accepted behind it"},
		{"the learning period", []string{login}, []string{"--user", "alice", "--rule", "login"},
			"the learning period over (--learned)"},
	} {
		code, out, errs := execute(logOf(test.log), append([]string{"why-not"}, test.args...)...)
		if code != exitOK || errs != "" {
			t.Fatalf("%s: exit %d: %s", test.why, code, errs)
		}
		if want := ": " + test.missing + "\n"; !strings.Contains(unwrapped(out), want) {
			t.Errorf("%s: want %q in\n%s", test.why, want, out)
		}
	}
}

// logOf makes lines of messages, each of a connection of its own, a minute apart.
func logOf(messages []string) string {
	var b strings.Builder
	for i, m := range messages {
		b.WriteString("2026-11-20T12:0" + string(rune('0'+i)) + ":00Z web-1 sshd[10" + string(rune('0'+i)) + "]: " + m + "\n")
	}
	return b.String()
}

// unwrapped puts labelled paragraphs back into one line each.
func unwrapped(page string) string { return strings.ReplaceAll(page, "\n            ", " ") }

// What was found says what became of it.
func TestWhyNotTellsWhatWasFound(t *testing.T) {
	_, out, _ := execute("", "why-not", "--latest", latest, "--source", "203.0.113.66", "../../events/break-in.log")
	if !strings.Contains(out, "UTC, high: told") || !strings.Contains(unwrapped(out), "UTC, tooling: told to ban tools") {
		t.Errorf("want the login and the guessing as told:\n%s", out)
	}
}

// The answer stands first, in a sentence or two; what it rests on comes after.
func TestWhyNotAnswersFirst(t *testing.T) {
	const login = "Accepted publickey for alice from 192.0.2.7 port 4242 ssh2: ED25519 SHA256:T4yOhvf3l0C2sEeMXWxVJWrZ9wEb6jvqJ0xVq3y1mWc"
	const wrong = "Failed password for bob from 192.0.2.7 port 4242 ssh2"
	const right = "Accepted password for bob from 192.0.2.7 port 4242 ssh2"
	for _, test := range []struct {
		why  string
		log  []string
		args []string
		want string
	}{
		{"of an address that is not in the log", []string{login}, []string{"--source", "192.0.2.1"},
			"SOURCE 192.0.2.1 Not mailed. Nothing is remembered of this address"},
		{"what was nearest, but for what goes to ban tools only", []string{wrong, wrong, wrong, wrong}, []string{"--source", "192.0.2.7"},
			"SOURCE 192.0.2.7 Not mailed. Nearest is login/after-failures: that would take 1 more failed password, and a password accepted behind it. there"},
		{"guessing is no mail, and everybody asks why", []string{wrong, wrong, wrong, wrong, wrong, wrong}, []string{"--source", "192.0.2.7", "--rule", "login"},
			"SOURCE 192.0.2.7 Not mailed. Nearest is login/after-failures: that would take a password accepted behind it."},
		{"what befell a user was found at the source", []string{wrong, wrong, wrong, wrong, wrong, right}, []string{"--user", "bob"},
			"USER bob Mailed: login/after-failures at 2026-11-20 12:05 UTC."},
		{"logins by key are remembered by the day", []string{login, login, login}, []string{"--user", "alice"},
			"there logins on 1 day (last 2026-11-20)"},
	} {
		code, out, errs := execute(logOf(test.log), append([]string{"why-not"}, test.args...)...)
		if code != exitOK || errs != "" {
			t.Fatalf("%s: exit %d: %s", test.why, code, errs)
		}
		if got := strings.Join(strings.Fields(out), " "); !strings.Contains(got, test.want) {
			t.Errorf("%s: want %q in\n%s", test.why, test.want, out)
		}
	}
}
