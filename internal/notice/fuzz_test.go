package notice

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"sshsieve/internal/attention"
)

// ruleAt picks one of all rules and reasons, but for the quiet report, which has
// a form of its own.
func ruleAt(n uint8) (rule, reason string) {
	var all []RuleReason
	for _, r := range attention.Rules {
		if r.Name == QuietReport {
			continue
		}
		for _, reason := range r.Reasons {
			all = append(all, RuleReason{r.Name, reason.Name})
		}
	}
	all = append(all, RuleReason{"no-such", "rule"})
	picked := all[int(n)%len(all)]
	return picked.Rule, picked.Reason
}

var at = time.Date(2026, 11, 19, 21, 26, 6, 0, time.UTC)

// FuzzWrite: whatever stands in the Findings, a Notice has its form: sections in
// their order, ASCII, short lines and subject, JSON of a size that SNS takes.
func FuzzWrite(f *testing.F) {
	f.Add(uint8(0), uint8(3), "bob", "web-3", "Failed password for bob from 192.0.2.7 port 22 ssh2", "key exchange method: a,b", "no-matching", int64(0), 4)
	f.Add(uint8(12), uint8(2), "a\nDO       1. x", "h\x1b[2J\u202e", "Invalid user x\n\nWHAT  y from 192.0.2.7 port 22", strings.Repeat("x,", 300), "signature-refused", int64(-1), -4)
	f.Add(uint8(20), uint8(1), strings.Repeat("a", 300), strings.Repeat("h", 300), strings.Repeat("y", 3000), "\xff\xfe", "\u200b", int64(1)<<60, 1<<30)
	f.Fuzz(func(t *testing.T, which, severity uint8, user, host, line, detail, kind string, second int64, count int) {
		rule, reason := ruleAt(which)
		finding := attention.Finding{
			Rule: rule, Reason: reason, Severity: attention.Severity(severity % 4), At: time.Unix(second, 0), First: at, Count: count,
			Host: host, User: user, Users: []string{user, detail, line}, Source: netip.MustParseAddr("2001:db8::7"),
			Hosts: []string{line, host, detail}, Credentials: []string{line, detail, user, kind},
			Detail: map[string]string{"method": kind, "program": detail, "percent": line, "lines": user, "prefix": "48", "offer": detail, "kind": kind, "alg": detail, "credential": detail, "last-login": line,
				"logins-here": detail, "shape": line, "names": detail, "sources": user, "gap": detail, "log": line},
			Lines: []attention.Line{{At: at, Host: host, Program: user, PID: count, Text: line}}, Quiet: time.Unix(second, 0),
		}
		other := finding
		other.User, other.Host = detail, line
		about := About{Account: user, LogGroup: line, Stream: detail, Scope: host, Held: count, Phrase: line}
		plain := finding
		plain.Credentials = nil
		for _, findings := range [][]attention.Finding{nil, {finding}, {plain}, {finding, other}} {
			n := Write(findings, about)
			checkNotice(t, n)
			checkMessage(t, n)
			local := about
			local.Local = true
			checkNotice(t, Write(findings, local))
		}
	})
}

func checkMessage(t *testing.T, n Notice) {
	t.Helper()
	message, err := n.Message()
	if err != nil {
		t.Fatal(err)
	}
	if len(message) > 100<<10 {
		t.Errorf("a message of %d bytes", len(message))
	}
	var parts map[string]string
	if err := json.Unmarshal([]byte(message), &parts); err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal([]byte(parts["default"]), &doc); err != nil {
		t.Fatalf("the default part is no JSON: %v", err)
	}
	for name, value := range n.Attributes() {
		if value == "" || !isPlainASCII(value) {
			t.Errorf("attribute %s = %q", name, value)
		}
	}
}

// lineForms are lines in which sshd names a user who does not exist.
var lineForms = []string{
	"Invalid user NAME from 198.51.100.24 port 4242",
	"Failed password for invalid user NAME from 198.51.100.24 port 4242 ssh2",
	"Failed keyboard-interactive/pam for invalid user NAME from 198.51.100.24 port 4242 ssh2",
	"Connection closed by invalid user NAME 198.51.100.24 port 4242 [preauth]",
	"Disconnected from invalid user NAME 198.51.100.24 port 4242 [preauth]",
	"error: maximum authentication attempts exceeded for invalid user NAME from 198.51.100.24 port 4242 ssh2 [preauth]",
	"Disconnecting invalid user NAME 198.51.100.24 port 4242: Too many authentication failures [preauth]",
	"input_userauth_request: invalid user NAME [preauth]",
}

// FuzzHiddenNames: of a name that may be a mistyped password a reader learns the
// length and nothing else. Two names of one length give the same Notice.
func FuzzHiddenNames(f *testing.F) {
	for i, name := range []string{"Tr0ub4dor&3", "for", "user from", "password", "192.0.2.1 port 22", "Invalid user x from 192.0.2.1 port 1", "a..b", "żółw", "x\\033y", "invalid user"} {
		f.Add(uint8(i), uint8(i), name)
	}
	f.Fuzz(func(t *testing.T, which, form uint8, name string) {
		if len(name) > 100 || name == "" || ShowsName(name, false, false) || strings.ContainsAny(name, ":\r\n") || strings.TrimSpace(name) != name {
			t.Skip("no name that sshd prints as a whole, or a public one")
		}
		other := strings.Repeat("q", utf8.RuneCountInString(name))
		if len(other) != len(name) {
			t.Skip("the length of a line in bytes decides whether sshd cut it")
		}
		if strings.Contains(secretive(which, form, "z", "z").Text, name) && len(name) < minSecret {
			t.Skip("a word of the mail itself")
		}
		got, want := secretive(which, form, name, name), secretive(which, form, other, other)
		if got.Text != want.Text || got.Subject != want.Subject {
			t.Errorf("name %q shows:\n%s\nand %q:\n%s", name, got.Text, other, want.Text)
		}
	})
}

// secretive is a Notice whose lines hold a name that does not exist, and whose
// details repeat it.
func secretive(which, form uint8, name, repeated string) Notice {
	rule, reason := ruleAt(which)
	line := func(form uint8) attention.Line {
		text := strings.ReplaceAll(lineForms[int(form)%len(lineForms)], "NAME", name)
		return attention.Line{At: at, Host: "web-3", Program: "sshd", PID: 7, Text: text}
	}
	finding := attention.Finding{Rule: rule, Reason: reason, Severity: attention.Medium, At: at, First: at, Count: 1,
		Host: "web-3", User: "dave", Source: netip.MustParseAddr("198.51.100.24"),
		Lines: []attention.Line{line(form), line(form + 1)}, Detail: map[string]string{}}
	if len(repeated) >= minSecret {
		finding.Detail["shape"] = "a text that repeats " + repeated
	}
	return Write([]attention.Finding{finding}, About{})
}
