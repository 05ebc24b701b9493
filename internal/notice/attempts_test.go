package notice

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"sshsieve/internal/attention"
)

// What finds the lines is a command that does nothing else, or none.
func TestSearch(t *testing.T) {
	ipv4, ipv6 := netip.MustParseAddr("203.0.113.66"), netip.MustParseAddr("2001:db8::7")
	for _, test := range []struct {
		why    string
		source netip.Addr
		user   string
		about  About
		want   string // in the mail's text, "" for no command
	}{
		{"an address", ipv4, "bob", About{LogGroup: "/var/log/secure"}, `--filter-pattern '"203.0.113.66"'`},
		{"no word stands for a net", ipv6, "bob", About{LogGroup: "sshd"}, `--filter-pattern '"for bob from"'`},
		{"neither for a user whose name a shell would read", ipv6, "$(id)", About{LogGroup: "sshd"}, `--filter-pattern '"Failed "'`},
		{"a log group that a shell would read", ipv4, "bob", About{LogGroup: "a;reboot"}, ""},
		{"one that looks like an option", ipv4, "bob", About{LogGroup: "--help"}, ""},
		{"a file", ipv4, "bob", About{Local: true, Stream: "../log/auth.log.1.gz"}, "zgrep -F '203.0.113.66' ../log/auth.log.1.gz"},
		{"standard input has gone by", ipv4, "bob", About{Local: true, Stream: "-"}, ""},
		{"a file that a shell would read", ipv4, "bob", About{Local: true, Stream: "a b"}, ""},
	} {
		f := attention.Finding{Rule: "login", Reason: "after-failures", Severity: attention.High, At: at, First: at.Add(-time.Minute), Count: 9,
			User: test.user, Source: test.source, Key: attention.Key{Kind: attention.Source, Name: test.source.String()}}
		text := strings.Join(strings.Fields(strings.ReplaceAll(Write([]attention.Finding{f}, test.about).Text, "\\\n", " ")), " ")
		if !strings.Contains(text, "Not shown are 9 other attempts that failed") {
			t.Errorf("%s: the mail does not say that there are more lines:\n%s", test.why, text)
		}
		if test.want != "" && !strings.Contains(text, test.want) || test.want == "" && (strings.Contains(text, "filter-log-events") || strings.Contains(text, "zgrep")) {
			t.Errorf("%s: want %q in\n%s", test.why, test.want, text)
		}
	}
}

// A memory keeps so many of each half hour: beyond that nobody knows how many
// there were.
func TestAtLeast(t *testing.T) {
	for _, test := range []struct {
		why, reason string
		count       int
		want        string
	}{
		{"few are all kept", "after-failures", 29, "after 29 failures"},
		{"of many no more is known", "after-failures", 45, "after at least 45 failures"},
		{"guesses are kept for less", "after-guessing", 20, "at least 20,"},
		{"logins are no attempts", "new-source", 45, "logged in from a new address"},
	} {
		f := attention.Finding{Rule: "login", Reason: test.reason, At: at, Count: test.count, User: "bob", Source: netip.MustParseAddr("203.0.113.66"),
			Detail: map[string]string{"sources": "8"}}
		n := Write([]attention.Finding{f}, About{})
		if text := n.Subject + "\n" + n.Text; !strings.Contains(text, test.want) || test.reason == "new-source" && strings.Contains(text, "at least") {
			t.Errorf("%s: want %q in\n%s", test.why, test.want, text)
		}
	}
}

// What came before a login is graver than that it is new, in whatever order the
// two were found.
func TestGraver(t *testing.T) {
	source := netip.MustParseAddr("203.0.113.66")
	guessed := attention.Finding{Rule: "login", Reason: "after-failures", Severity: attention.High, At: at, Count: 45, User: "bob", Source: source}
	isNew := attention.Finding{Rule: "login", Reason: "new-key-and-source", Severity: attention.High, At: at, Count: 1, User: "bob", Source: source}
	low := guessed
	low.Severity = attention.Low
	for _, test := range []struct {
		why      string
		findings []attention.Finding
		want     string
	}{
		{"in order", []attention.Finding{guessed, isNew}, "after-failures"},
		{"the other way round", []attention.Finding{isNew, guessed}, "after-failures"},
		{"severity goes first", []attention.Finding{low, isNew}, "new-key-and-source"},
	} {
		n := Write(test.findings, About{LogGroup: "sshd"})
		if n.Reason != test.want {
			t.Errorf("%s: led by %s, want %s", test.why, n.Reason, test.want)
		}
		if test.want == "after-failures" && !strings.Contains(n.Text, "filter-log-events") {
			t.Errorf("%s: does not say where the attempts are:\n%s", test.why, n.Text)
		}
	}
}
