package sshd

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sshsieve/internal/syslog"
)

// FuzzRead reads arbitrary bytes as a log: one Event for each line, and nothing
// in it that the line does not say.
func FuzzRead(f *testing.F) {
	for _, file := range goldenFiles(f) {
		text := readFile(f, file)
		f.Add(text[:min(len(text), 4000)])
	}
	for _, c := range streamCases {
		f.Add(warm + c.text)
	}
	for _, text := range hostileTexts() {
		f.Add("Nov 22 12:00:00 web sshd[7]: Invalid user " + text + " from 192.0.2.7 port 4242\n" + text)
	}
	f.Fuzz(func(t *testing.T, log string) {
		records := parseStream(log)
		events := new(Reader).Read(records)
		if len(events) != len(records) {
			t.Fatalf("%d events for %d lines", len(events), len(records))
		}
		for i := range events {
			if events[i].Record != &records[i] {
				t.Fatalf("event %d is of another line", i)
			}
			checkEvent(t, &events[i], records[i:])
		}
	})
}

// checkEvent checks what holds for every Event; lines are its own and those
// that may continue it.
func checkEvent(t *testing.T, e *Event, lines []syslog.Record) {
	t.Helper()
	message := e.Record.Message
	for i := 1; i < len(lines) && i <= crAhead; i++ {
		message += "\n" + lines[i].Message
	}
	if e.Category >= categories {
		t.Errorf("category %d: %q", e.Category, message)
	}
	if (e.Category == NotSSHD) != (e.Kind() == "") && e.Category != SFTP {
		t.Errorf("kind %q of category %s: %q", e.Kind(), e.Category, message)
	}
	if e.Row == nil && (e.HasUser || e.Addr.IsValid() || e.Port != 0 || e.Truncated || e.Context()) {
		t.Errorf("no row, and yet %s: %q", describe(e), message)
	}
	if e.HasUser && !strings.Contains(message, e.User) && e.User != e.Row.User {
		t.Errorf("user %q is not in %q", e.User, message)
	}
	if e.Addr.IsValid() && !holdsAddr(message, e.Addr) {
		t.Errorf("address %v is not in %q", e.Addr, message)
	}
	if e.Disagrees && (e.Conn == nil || e.Conn.Addr == e.Addr) {
		t.Errorf("disagrees with nobody: %s: %q", describe(e), message)
	}
	for _, field := range e.Fields() {
		if !strings.Contains(message, field.Value) {
			t.Errorf("field %s %q is not in %q", field.Name, field.Value, message)
		}
	}
}

// holdsAddr says whether some word of the text, brackets and such aside, is the
// address in any of its spellings.
func holdsAddr(text string, addr netip.Addr) bool {
	if strings.Contains(text, addr.String()) {
		return true
	}
	notAddr := func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF:.", r) }
	for word := range strings.FieldsFuncSeq(text, notAddr) {
		for from := range word { // "rhost=": its letters may be digits too
			for to := len(word); to > from; to-- {
				if a, err := netip.ParseAddr(word[from:to]); err == nil && a.Unmap() == addr {
					return true
				}
			}
		}
	}
	return false
}

// FuzzIndex: the tries find what trying every row in order finds.
func FuzzIndex(f *testing.F) {
	for _, text := range hostileTexts() {
		f.Add(text)
	}
	for i, sample := range samplesOfAllRows() {
		if i%8 == 0 {
			f.Add(sample)
		}
	}
	var m match
	f.Fuzz(func(t *testing.T, text string) {
		got := firstVariant(text, func(v *variant) bool { return v.read(text, &m) })
		if want := literalOrder(text, &m); got != want {
			t.Errorf("%q: the index gives %v, the literal order %v", text, got, want)
		}
	})
}

// joinWords are the lines that FuzzJoin chooses from; %s is "192.0.2.N port M".
var joinWords = []string{
	"Connection from %s", "Invalid user x from %s", "Failed password for root from %s ssh2",
	"Accepted publickey for alice from %s ssh2", "Connection closed by %s", "Connection closed by %s [preauth]",
	"Disconnected from authenticating user root %s [preauth]", "Received disconnect from %s:11: bye",
	"Bad packet length 7. [preauth]", "userauth_pubkey: signature algorithm ssh-rsa not in PubkeyAcceptedAlgorithms [preauth]",
	"pam_unix(sshd:session): session closed for user alice", "Server listening on 0.0.0.0 port 22.",
	"what no row knows", "PAM 2 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root",
}

// joinBatch makes a batch of a byte string: two bytes a line choose its words,
// pid, host, address and how much later than the line before it comes.
func joinBatch(choices []byte) []syslog.Record {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	var records []syslog.Record
	for ; len(choices) >= 2 && len(records) < 200; choices = choices[2:] {
		words, place := joinWords[int(choices[0]%16)%len(joinWords)], choices[1]
		if strings.Contains(words, "%s") {
			words = fmt.Sprintf(words, fmt.Sprintf("192.0.2.%d port %d", choices[0]>>4&3, 4000+int(choices[0]>>6)))
		}
		at = at.Add([...]time.Duration{0, time.Second, 5 * time.Minute, connLife + time.Second}[place>>6])
		records = append(records, syslog.Record{Time: at, Stamp: syslog.Exact, Host: [...]string{"web", "db"}[place&1],
			Program: "sshd", PID: int(place >> 1 & 3), Message: words, Trust: syslog.Host, Repeat: 1})
	}
	return records
}

func FuzzJoin(f *testing.F) {
	f.Add([]byte("\x02\x02\x04\x02\x03\x02"))
	f.Add([]byte("\x01\x02\x11\x03\x13\x42\x14\x82\x24\xc2\x08\x02\x05\x02"))
	f.Fuzz(func(t *testing.T, choices []byte) {
		records := joinBatch(choices)
		events := new(Reader).Read(records)
		members := map[*Conn][]*Event{}
		for i := range events {
			checkEvent(t, &events[i], records[i:i+1])
			checkJoined(t, &events[i])
			if c := events[i].Conn; c != nil {
				members[c] = append(members[c], &events[i])
			}
		}
		for c, lines := range members {
			checkConn(t, c, lines)
		}
	})
}

func checkJoined(t *testing.T, e *Event) {
	t.Helper()
	listener := e.Row != nil && e.Row.Listener
	if joined := e.Conn != nil; joined != (e.Record.PID != 0 && !listener) {
		t.Errorf("joined %t: pid %d, %s", joined, e.Record.PID, e.Record.Message)
	}
}

// checkConn checks what the lines of one connection have in common.
func checkConn(t *testing.T, c *Conn, lines []*Event) {
	t.Helper()
	loggedIn, users := false, map[string]bool{}
	for i, e := range lines {
		if e.Record.Host != lines[0].Record.Host || e.Record.PID != lines[0].Record.PID {
			t.Errorf("lines of two processes are joined: %s", describe(e))
		}
		if i > 0 && e.Record.Time.Sub(lines[i-1].Record.Time) > connLife {
			t.Errorf("joined over more than %v: %s", connLife, describe(e))
		}
		if e.Addr.IsValid() && e.Addr != c.Addr && !e.Disagrees {
			t.Errorf("another address than the connection's %v, and no word of it: %s", c.Addr, describe(e))
		}
		loggedIn = loggedIn || e.Category == Accepted
		if e.Row != nil && e.Row.AfterLogin && !e.Preauth && (e.Category == Session) != loggedIn {
			t.Errorf("logged in %t, and yet %s", loggedIn, describe(e))
		}
		users[e.User] = users[e.User] || e.HasUser
	}
	if c.LoggedIn != loggedIn || c.HasUser && !users[c.User] {
		t.Errorf("%+v says what none of its lines says", *c)
	}
}
