package notice

import (
	"slices"
	"strings"

	"sshsieve/internal/attention"
	"sshsieve/internal/sshd"
	"sshsieve/internal/syslog"
)

// A censor decides what of the lines behind some Findings a reader may see. It
// reads the lines again, so that it knows which words of them a peer wrote, and
// which are the names of accounts that do not exist.
type censor struct {
	known   []string // accounts that the Findings name: they exist
	secrets []string // names that sshd calls invalid, and that no machine tries
	records []syslog.Record
	events  []sshd.Event
	lines   []attention.Line
}

// maxLines is how many lines a mail shows; longest is how much of one is read:
// sshd writes no more (log.c do_log, MSGBUFSIZ).
const (
	maxLines = 5
	longest  = 1023
)

func newCensor(findings []attention.Finding) *censor {
	c := &censor{}
	for i := range findings {
		f := &findings[i]
		c.known = append(append(c.known, f.User), f.Users...)
		c.addLines(f.Lines)
	}
	var reader sshd.Reader
	c.events = reader.Read(c.records)
	for i := range c.events {
		for _, f := range c.events[i].Fields() {
			if f.Name == "user" && !c.shows(f.Value, &c.events[i]) {
				c.secrets = append(c.secrets, f.Value)
			}
		}
	}
	return c
}

// addLines keeps the first lines of each Finding, each once: Findings of one
// connection share theirs.
func (c *censor) addLines(lines []attention.Line) {
	for _, l := range lines {
		if len(c.lines) == maxLines {
			return
		}
		if l.Text = l.Text[:min(len(l.Text), longest)]; slices.Contains(c.lines, l) {
			continue
		}
		c.lines = append(c.lines, l)
		// Trust Host: the lines are whole, so none may be taken for the
		// continuation of another.
		c.records = append(c.records, syslog.Record{Time: l.At, Host: l.Host, Program: "sshd", PID: l.PID,
			Message: l.Text, Repeat: 1, Trust: syslog.Host})
	}
}

// knows says whether the Findings name the account, in whatever spelling.
func (c *censor) knows(name string) bool {
	return name != "" && slices.ContainsFunc(c.known, func(k string) bool { return sshd.SameUser(k, name) })
}

func (c *censor) shows(name string, e *sshd.Event) bool {
	return ShowsName(name, AccountExists(e) || c.knows(name), false)
}

// account is how the name of an account that a Finding names is written: as it
// is where useradd(8) would take it, else defanged.
func (c *censor) account(name string) string {
	return c.named(name, c.knows(name))
}

func (c *censor) named(name string, exists bool) string {
	shown := UserName(name, exists, false)
	if safeUser(shown) {
		return shown
	}
	return defang(shown)
}

// text is a free text of a Finding, which a peer may have written.
func (c *censor) text(s string) string { return defang(c.hide(s)) }

// minSecret is the shortest name that is looked for outside its own place:
// shorter ones are parts of ordinary words.
const minSecret = 6

// hide replaces the names that may be secrets wherever they stand.
func (c *censor) hide(s string) string {
	for _, name := range c.secrets {
		if len(name) >= minSecret {
			s = strings.ReplaceAll(s, name, UserName(name, false, false))
		}
	}
	return s
}

// line is the text of one line as a reader may see it. Where no row knows the
// line, or a place in it cannot be told, only its shape is shown.
func (c *censor) line(i int) string {
	e := &c.events[i]
	parts, ok := split(e)
	if !ok {
		return clipTo(sshd.Shape(c.hide(e.Record.Message)), maxLine)
	}
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(c.part(e, p, len(parts) == 1))
	}
	return clipTo(b.String(), maxLine)
}

// maxLine bounds a shown line; sshd's own are at most 500 bytes for syslog
// (log.c do_log).
const maxLine = 400

// part writes one part of a line. What sshd said itself is searched for secrets
// only where it is all there is: beside a peer's words, a name that is chosen to
// equal sshd's own would show itself by what it hides.
func (c *censor) part(e *sshd.Event, p part, alone bool) string {
	switch {
	case p.field == "user":
		return c.named(p.text, c.shows(p.text, e))
	case p.peer:
		return c.text(p.text)
	case alone:
		return ascii(c.hide(p.text))
	}
	return ascii(p.text)
}

// A part is a piece of a message: a peer's field, or what stands between.
type part struct {
	text, field string
	peer        bool
}

// split cuts a message at the fields that its peer wrote; false where no row
// reads the message, or one of the fields cannot be found in it.
func split(e *sshd.Event) ([]part, bool) {
	if e.Row == nil {
		return nil, false
	}
	var parts []part
	message, from := e.Record.Message, 0
	for n, f := range e.Fields() {
		if !f.Peer || f.Value == "" {
			continue
		}
		at := locate(message, from, n, f)
		if at < 0 {
			return nil, false
		}
		parts = append(parts, part{text: message[from:at]}, part{text: f.Value, field: f.Name, peer: true})
		from = at + len(f.Value)
	}
	return append(parts, part{text: message[from:]}), true
}

// locate finds where the n-th field stands in a message. Its text may stand
// there more than once ("invalid user user from"), and the wrong one must not be
// replaced: so each place is tried by overwriting it and reading again.
func locate(message string, from, n int, f sshd.Field) int {
	mark := strings.Repeat("\x01", len(f.Value))
	for at := from; at+len(f.Value) <= len(message); at++ {
		next := strings.Index(message[at:], f.Value)
		if next < 0 {
			return -1
		}
		at += next
		probe := message[:at] + mark + message[at+len(mark):]
		if fields := reread(probe); n < len(fields) && fields[n].Value == mark {
			return at
		}
	}
	return -1
}

func reread(message string) []sshd.Field {
	var r sshd.Reader
	events := r.Read([]syslog.Record{{Program: "sshd", Message: message, Repeat: 1, Trust: syslog.Host}})
	return events[0].Fields()
}
