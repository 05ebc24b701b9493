package report

import (
	"strings"
	"testing"

	"sshsieve/internal/sshd"
)

// Lines whose wording changed: the last releases that print the first ones, and
// the first that print the second ones, stand in the message table.
const (
	from98 = "drop connection #3 from [203.0.113.8]:4249 on [198.51.100.1]:22 penalty: failed authentication"
	to69   = "no matching cipher found: client 3des-cbc server aes128-ctr"
	to99   = "beginning MaxStartups throttling" // since 8.4
)

func TestErasOfAHost(t *testing.T) {
	for _, test := range []struct {
		why   string
		lines []string
		want  string
	}{
		{"a wording that a release brought", []string{from98}, "9.8 or later"},
		{"one that a release took away", []string{to69}, "5.3 to 6.9"},
		{"both narrow each other", []string{from98, to99}, "9.8 to 9.9"},
		{"in any order", []string{to99, from98, to99}, "9.8 to 9.9"},
		{"an upgrade: what fits no release of before", []string{to69, from98}, "5.3 to 6.9, then 9.8 or later"},
		{"what does not stop changing is not one host", []string{to69, from98, to69, from98, to69},
			"of several releases: more than one host, or made up"},
	} {
		var lines []string
		for i, message := range test.lines {
			lines = append(lines, at(11*i, message)) // longer apart than connections linger
		}
		page := gather(lines...).Page(false)
		if got := page.Hosts[0].eras(); got != test.want {
			t.Errorf("%s: %q, want %q", test.why, got, test.want)
		}
	}
}

// since98 is what a connection's own program says since 9.8.
func since98(line string) string { return strings.Replace(line, " sshd[", " sshd-session[", 1) }

func TestErasByTheProgram(t *testing.T) {
	const restart = "Server listening on 0.0.0.0 port 22."
	for _, test := range []struct {
		why, want, since string // since: when the last era begins
		lines            []string
	}{
		{"the new name", "9.8 or later", "12:01", []string{since98(at(1, guess))}},
		{"the old name alone tells nothing: a collector may give it", "", "", []string{at(1, guess), at(2, guess)}},
		{"the old name, and new words", "9.8 or later", "12:02", []string{at(1, guess), at(2, from98)}},
		{"an upgrade is when sshd restarted", "5.3 to 9.7, then 9.8 or later", "12:05",
			[]string{at(1, guess), at(5, restart), since98(at(30, guess))}},
		{"or when the new one writes, if the restart is not there", "5.3 to 9.7, then 9.8 or later", "12:30",
			[]string{at(1, guess), since98(at(30, guess))}},
		{"a connection may outlive it", "5.3 to 9.7, then 9.8 or later", "12:05",
			[]string{at(1, guess), at(5, restart), at(6, guess), since98(at(7, guess)), at(8, guess), since98(at(9, guess))}},
		{"the listener keeps the old name", "9.8 or later", "12:01", []string{since98(at(1, guess)), at(30, restart), since98(at(31, guess))}},
		{"back again", "9.8 or later, then 5.3 to 9.7", "12:30", []string{since98(at(1, guess)), at(30, guess)}},
	} {
		host := gather(test.lines...).Page(false).Hosts[0]
		since := ""
		if n := len(host.Eras); n > 0 {
			since = host.Eras[n-1].First.Format("15:04")
		}
		if host.eras() != test.want || since != test.since {
			t.Errorf("%s: %q since %s, want %q since %s", test.why, host.eras(), since, test.want, test.since)
		}
	}
}

// An older file that is read behind a newer one belongs to the time before.
func TestErasOfAnOlderFile(t *testing.T) {
	eras := gather(at(20, guess), since98(at(40, guess)), at(1, guess), at(2, guess)).Page(false).Hosts[0].Eras
	if len(eras) != 2 || eras[0].First.Minute() != 1 || eras[1].First.Minute() != 40 {
		t.Errorf("%+v, want the old name from 12:01, the new one from 12:40", eras)
	}
}

// A record that another than sshd wrote tells nothing.
func TestForgedLinesHaveNoEra(t *testing.T) {
	p := gather(`{"SYSLOG_IDENTIFIER":"sshd","_COMM":"logger","_UID":"1000","_PID":"7","_HOSTNAME":"web-1",` +
		`"__REALTIME_TIMESTAMP":"1763640000000000","MESSAGE":"` + to69 + `"}`).Page(false)
	if len(p.Hosts) != 1 || len(p.Hosts[0].Eras) > 0 || p.Hosts[0].Human != 1 {
		t.Errorf("%+v, want a host without era, and an event for a person", p.Hosts)
	}
}

// Every release in the table can be read, and all rows of an era fit it: a release
// that prints a row is in the row's own era.
func TestErasOfTheTable(t *testing.T) {
	for _, row := range sshd.Rows() {
		e := eraOf(row)
		for _, name := range []string{row.Since, row.Until} {
			if r := releaseOf(name); r != 0 && r.String() != name {
				t.Errorf("%s: %q is read as %s", row.Kind, name, r)
			}
		}
		if e.since != 0 && e.until != 0 && e.since > e.until {
			t.Errorf("%s: since %s, until %s", row.Kind, row.Since, row.Until)
		}
	}
	if releaseOf("HPN") != 0 || releaseOf("") != 0 || releaseOf("10.0") <= releaseOf("9.9") {
		t.Errorf("HPN %d, none %d, 10.0 %d, 9.9 %d", releaseOf("HPN"), releaseOf(""), releaseOf("10.0"), releaseOf("9.9"))
	}
}
