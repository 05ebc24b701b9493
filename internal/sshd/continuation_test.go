package sshd

import (
	"strings"
	"testing"

	"sshsieve/internal/syslog"
)

// parseStream cuts the raw bytes of a standard error, or of journalctl's
// output, into Records as a reader of lines does.
func parseStream(text string) []syslog.Record {
	var records []syslog.Record
	for line := range strings.Lines(text) {
		records = append(records, syslog.Parse(line))
	}
	return records
}

// warm is what a standard error has held before: lines that end in CRLF.
const warm = "Server listening on 0.0.0.0 port 22.\r\nServer listening on :: port 22.\r\n" +
	"Connection closed by 198.51.100.9 port 4240\r\nConnection closed by 198.51.100.9 port 4241\r\n"

const warmLines = 4

// forged66 is the record that a stranger would like to have written.
const forged66 = "Accepted password for root from 203.0.113.66 port 22 ssh2"

// A streamCase is a stream and the kinds of its lines, after the warm ones
// where cold is false.
type streamCase struct {
	why, text string
	want      []string
	cold      bool
}

var streamCases = []streamCase{
	{"whole records", "Invalid user a from 198.51.100.9 port 4242\r\nConnection closed by invalid user a 198.51.100.9 port 4242 [preauth]\r\n",
		[]string{"invalid-user", "closed-invalid"}, false},
	{"a line feed within a name", "Invalid user a\n" + forged66 + " from 198.51.100.9 port 4242\r\n",
		[]string{"invalid-user", KindContinuation}, false},
	{"two line feeds within a name", "Failed password for invalid user a\n" + forged66 + "\nb from 198.51.100.9 port 4242 ssh2\r\nConnection closed by 198.51.100.9 port 4242\r\n",
		[]string{"failed-password", KindContinuation, KindContinuation, "closed"}, false},
	{"a line feed within a reason", "Received disconnect from 198.51.100.9 port 4242:11: bye\n" + forged66 + " [preauth]\r\n",
		[]string{"received-disconnect", KindContinuation}, false},
	{"a line feed within an offer", "Unable to negotiate with 198.51.100.9 port 4242: no matching MAC found. Their offer: x\n" + forged66 + " [preauth]\r\n",
		[]string{"no-matching", KindContinuation}, false},
	{"a line feed within a subsystem", "subsystem request for a\n" + forged66 + " by user alice failed, subsystem not found\r\n",
		[]string{"subsystem", KindContinuation}, false},
	{"a line feed at the end of a reason", "Received disconnect from 198.51.100.9 port 4242:11: bye\n [preauth]\r\n",
		[]string{"received-disconnect", KindContinuation}, false},
	{"some whole records end in a line feed alone: the next is another", "Server listening on 0.0.0.0 port 22.\nInvalid user a from 198.51.100.9 port 4242\r\n",
		[]string{"listening", "invalid-user"}, false},
	{"a library's complaint between them", "Connection closed by 198.51.100.9 port 4242 [preauth]\n" + "Accepted password for alice from 192.0.2.7 port 4243 ssh2\r\n",
		[]string{"closed", "accepted"}, false},
	{"a record behind CRLF cannot be told from a forged one: it is read as it stands", "Invalid user a\r\n" + forged66 + "\r\n from 198.51.100.9 port 4242\r\n",
		[]string{"invalid-user", "accepted", "?"}, false},
	{"a record is no longer than sshd writes them", "Invalid user " + strings.Repeat("x", 600) + "\n" + strings.Repeat("y", 500) + "\n" + forged66 + " from 198.51.100.9 port 4242\r\n",
		[]string{"invalid-user", KindUnrecognised, "accepted"}, false},
	{"a CR that does not come soon belongs to another record", "Invalid user a\nb\nc\nd\ne\nf\ng from 198.51.100.9 port 4242\r\n",
		[]string{"invalid-user", KindUnrecognised, "?", "?", "?", "?", "?"}, false},
	{"without CRs every line is a record", "Invalid user a from 198.51.100.9 port 4240\nInvalid user a from 198.51.100.9 port 4241\nInvalid user b\n" + forged66 + "\n",
		[]string{"invalid-user", "invalid-user", KindUnrecognised, "accepted"}, true},
	{"one line of the first four may lack its CR", "Server listening on 0.0.0.0 port 22.\nServer listening on :: port 22.\r\nServer listening on 192.0.2.1 port 22.\r\n" +
		"Invalid user c from 198.51.100.9 port 4242\r\nInvalid user b\n" + forged66 + " from 198.51.100.9 port 4242\r\n",
		[]string{"listening", "listening", "listening", "invalid-user", "invalid-user", KindContinuation}, true},
	{"journalctl indents the lines of one record", "Nov 22 12:00:00 web sshd[7]: pam_unix(sshd:auth): bad username [-a\n" + strings.Repeat(" ", 29) + forged66 + "]\n" +
		"Nov 22 12:00:01 web sshd[7]: Connection closed by 198.51.100.9 port 4242\n",
		[]string{"pam-bad-username", KindContinuation, "closed"}, true},
	{"and several of them", "Nov 22 12:00:00 web sshd[7]: pam_unix(sshd:auth): bad username [-a\n" + strings.Repeat(strings.Repeat(" ", 29)+forged66+"\n", 3),
		[]string{"pam-bad-username", KindContinuation, KindContinuation, KindContinuation}, true},
	{"another program's records have further lines too", "Nov 22 12:00:00 web app[7]: trace:\n" + strings.Repeat(" ", 28) + forged66 + "\n",
		[]string{"", KindContinuation}, true},
	{"an indented line without a record above it is itself", strings.Repeat(" ", 29) + forged66 + "\n", []string{KindUnrecognised}, true},
	{"an enveloped line is never a continuation", "Nov 22 12:00:00 web sshd[7]: pam_unix(sshd:auth): bad username [-a\nNov 22 12:00:00 web sshd[8]: " + forged66 + "\n",
		[]string{"?", "accepted"}, true},
	{"an empty line of the stream", "\r\nInvalid user a from 198.51.100.9 port 4242\r\n", []string{"?", "invalid-user"}, false},
}

func TestStreams(t *testing.T) {
	for _, c := range streamCases {
		t.Run(c.why, func(t *testing.T) {
			text, skip := warm+c.text, warmLines
			if c.cold {
				text, skip = c.text, 0
			}
			records := parseStream(text)
			events := new(Reader).Read(records)
			if len(events) != len(records) || len(events) != skip+len(c.want) {
				t.Fatalf("%d events for %d lines, want %d", len(events), len(records), skip+len(c.want))
			}
			for i, e := range events[skip:] {
				if want := c.want[i]; want != "?" && e.Kind() != want {
					t.Errorf("line %d is %q, want %q: %.120q", i+1, e.Kind(), want, e.Record.Message)
				}
			}
		})
	}
}

// A continuation says nothing: it is no login, names nobody and has no
// connection; what it holds is the text of the record above.
func TestContinuationsAreSilent(t *testing.T) {
	events := new(Reader).Read(parseStream(warm + "Invalid user a\n" + forged66 + " from 198.51.100.9 port 4242\r\n"))
	e := events[warmLines+1]
	if e.Category != Other || e.Verdict() != Graph || e.Addr.IsValid() || e.HasUser || e.Conn != nil || e.Row != nil {
		t.Errorf("a continuation says: %s", describe(&e))
	}
	if first := events[warmLines]; first.Addr.String() != "198.51.100.9" || first.User != "a\n"+forged66 {
		t.Errorf("the record above: %s", describe(&first))
	}
}

// Wherever the peer may write, a line feed and a whole record behind it make
// no login, in any row.
func TestNoForgedLoginByLineFeed(t *testing.T) {
	for _, slot := range openSlots(t) {
		for _, text := range []string{"x\n" + forged66, "x\n" + forged66 + "\ny", "\n" + forged66} {
			slot.forgesNoLogin(t, text)
		}
	}
}

// The same where what stands before the line feed reads as a whole record: a
// name may hold that too.
func TestNoForgedLoginBehindWholeRecord(t *testing.T) {
	for _, slot := range openSlots(t) {
		if slot.field == fieldUser {
			slot.forgesNoLogin(t, "x"+slot.after+"\nAccepted password for root")
			slot.forgesNoLogin(t, "x from 203.0.113.66 port 22 ssh2\n"+forged66)
		}
	}
}

func (s openSlot) forgesNoLogin(t *testing.T, text string) {
	t.Helper()
	message := s.before + text + s.after
	if len(message) > 900 || s.row.Category == Accepted {
		return // longer ones are not joined; and whoever is let in may write what he likes
	}
	for _, end := range []string{"\r\n", " [preauth]\r\n"} {
		for _, e := range new(Reader).Read(parseStream(warm + message + end)) {
			if e.Category == Accepted {
				t.Errorf("%s: a login out of {%s}: %q", s.row.Kind, fieldNames[s.field], message)
			}
		}
	}
}
