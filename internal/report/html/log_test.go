package html

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"sshsieve/internal/report"
	"sshsieve/internal/sshd"
	"sshsieve/internal/syslog"
)

// pageOf is the report of a log.
func pageOf(lines []string) *report.Page {
	log := report.NewLog()
	log.Input("auth.log")
	records := make([]syslog.Record, len(lines))
	for i, line := range lines {
		records[i] = syslog.Parse(line)
	}
	events := new(sshd.Reader).Read(records)
	for i := range events {
		log.Add(&events[i])
	}
	return log.Page(false)
}

// said is a log in which peers say what they like, once for each thing a peer may
// say at all: a user name, a reason, an offer, a banner; and a wording that
// nobody knows.
func said(words string) []string {
	var lines []string
	for i, message := range []string{
		"Failed password for %s from 192.0.2.7 port 4242 ssh2",
		"Failed password for invalid user %s from 192.0.2.8 port 4242 ssh2",
		"Accepted password for %s from 192.0.2.9 port 4242 ssh2",
		"Received disconnect from 192.0.2.7 port 4242:11: %s [preauth]",
		"Unable to negotiate with 192.0.2.7 port 99: no matching cipher found. Their offer: %s [preauth]",
		"Bad protocol version identification '%s' from 192.0.2.7 port 4242",
		"frobnicated the %s",
	} {
		lines = append(lines, fmt.Sprintf("2026-11-20T12:%02d:00Z web-1 sshd[%d]: %s", i, 100+i, fmt.Sprintf(message, words)))
	}
	return lines
}

// Through the whole way, from the lines to the browser, a hostile log makes the
// page that a harmless one makes.
func testHostileLog(t *testing.T, browser context.Context) {
	harmless := open(t, browser, pageOf(said("bob")), desktop).outline()
	for _, words := range []string{
		`</script><script>pwned=1</script>`, "\x1b[2J\u202e\"><img/src=x/onerror=pwned=1>",
	} {
		tab := open(t, browser, pageOf(said(words)), desktop)
		if got := tab.outline(); got != harmless {
			t.Errorf("%q changes the page's structure:\n%s", words, firstDifference(got, harmless))
		}
		if eval[bool](tab, `"pwned" in window`) {
			t.Errorf("%q ran", words)
		}
	}
}

func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range x {
		if x[i] != at(y, i) {
			return fmt.Sprintf("line %d: got %q, want %q", i+1, x[i], at(y, i))
		}
	}
	return "one is longer"
}
