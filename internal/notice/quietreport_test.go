package notice

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"sshsieve/internal/attention"
)

// What stands in a report may come from a table that somebody else wrote, and
// hosts' names from a log.
func TestQuietReportIsSafe(t *testing.T) {
	const hostile = "x\x1b[2J\nDO       rm -rf /\u202e"
	const link = hostile + " http://evil.example"
	r := Report{
		To: time.Unix(1_795_000_000, 0), Lines: 1 << 40, Hosts: 1, Unrecognised: 1, Skewed: 1,
		Categories: map[string]int{hostile: 1}, Verdicts: map[string]int{hostile: 1},
		Silent: []Silent{{Host: link}}, Shapes: []string{link, strings.Repeat("y", 4000)},
		Fates:   []Fate{{hostile, hostile, "told", 1}, {hostile, hostile, "muted", 1}},
		Sources: 1, Guessers: []Guesser{{Source: netip.MustParseAddr("fe80::1%eth0"), Count: 1, Hours: 1}},
	}
	f, err := r.Finding("weekly")
	if err != nil {
		t.Fatal(err)
	}
	n := Write([]attention.Finding{f}, About{Phrase: hostile, Scope: hostile})
	checkReport(t, n)
	if strings.Contains(n.Text, "\nDO ") || strings.Contains(n.Text, "http://evil") {
		t.Errorf("text from elsewhere looks like ours:\n%s", n.Text)
	}
}

// A report that a later version wrote is told all the same.
func TestQuietReportUnreadable(t *testing.T) {
	for _, text := range []string{"", "{", "[]", `{"lines":"many"}`} {
		checkReport(t, Write([]attention.Finding{{Rule: QuietReport, Severity: attention.Low, Detail: map[string]string{"report": text}}}, About{}))
	}
}

func checkReport(t *testing.T, n Notice) {
	t.Helper()
	if len(n.Subject) > maxSubject || strings.Trim(n.Subject, printable) != "" || !strings.Contains(n.Subject, "quiet report") {
		t.Errorf("subject %q", n.Subject)
	}
	for line := range strings.Lines(n.Text) {
		if line = strings.TrimSuffix(line, "\n"); len(line) > pageEdge || strings.Trim(line, printable) != "" {
			t.Errorf("line %q", line)
		}
	}
}

var printable = func() string {
	var b strings.Builder
	for c := byte(' '); c <= '~'; c++ {
		b.WriteByte(c)
	}
	return b.String()
}()

// Where nobody counted all of them, the report says so, in the subject too.
func TestQuietReportOfMoreSources(t *testing.T) {
	r := Report{Lines: 9, Sources: 1000, MoreSources: true}
	f, err := r.Finding("weekly")
	if err != nil {
		t.Fatal(err)
	}
	n := Write([]attention.Finding{f}, About{})
	if text := n.Subject + n.Text; !strings.Contains(text, "1000 or more guessing sources") || !strings.Contains(text, "1000 or more sources tried") {
		t.Errorf("a lower bound is told as if it were a count:\n%s", text)
	}
}
