package attention

import (
	"fmt"
	"strings"
	"testing"
)

// TestAttach: of many lines the first and the last are shown, which is the login
// that a break-in is about.
func TestAttach(t *testing.T) {
	var lines []string
	for i := range 9 {
		lines = append(lines, fmt.Sprintf("2026-11-20T10:00:%02dZ web-1 sshd[%d]: Failed password for bob from 203.0.113.7 port 4001 ssh2", i, 100+i))
	}
	lines = append(lines, "2026-11-20T10:00:30Z web-1 sshd[109]: Accepted password for bob from 203.0.113.7 port 4001 ssh2")
	p := newPlayer(Config{})
	p.play(read(lines))
	for _, f := range p.findings {
		if f.Reason != "after-failures" {
			continue
		}
		if len(f.Lines) != 5 || f.Lines[0].PID != 100 || f.Lines[3].PID != 103 || !strings.HasPrefix(f.Lines[4].Text, "Accepted password") {
			t.Errorf("%+v, want the first four and the login", f.Lines)
		}
		return
	}
	t.Error("not found")
}
