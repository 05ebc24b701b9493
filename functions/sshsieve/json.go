package main

import (
	"bufio"
	"net/netip"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-faster/jx"

	"sshsieve/internal/sshd"
	"sshsieve/internal/syslog"
)

// A jsonWriter writes the contract of classify --json. Members come in this
// order, and those without a value are left out:
//
//	line      number of the line in its file, from 1
//	file      with more than one input: its name
//	time      RFC 3339; only where the line gives year and zone, or --zone was given
//	host, program, pid   what the envelope says
//	category, kind       the group, and the row of the message table
//	verdict   "graph", "tooling" or "human", of this line alone
//	context   true: history may change the verdict
//	preauth   true: the line ends in " [preauth]"
//	addr, port, user     what the line itself says; "user":"" is an empty name
//	method, key          of authentication
//	repeat    how many times it was said
//	trust     who can have written it: "root", "host", "peer" or "forged"
//	conn      addr, port and user, as far as the line's connection adds them
//
// A line of another program, or an empty one, has line, file and category
// "not-sshd"; one that continues the record above it has line, file, category
// "other" and kind "continuation". Text is as sshd printed it, with U+FFFD for
// each byte that is no UTF-8.
type jsonWriter struct {
	zoned bool // times without zone count as well
	w     jx.Writer
}

func (j *jsonWriter) begin(*bufio.Writer) error { return nil }

func (j *jsonWriter) write(w *bufio.Writer, file string, number int, e *sshd.Event) error {
	j.w.Buf = j.w.Buf[:0]
	j.w.RawStr(`{"line":`)
	j.w.Int(number)
	j.text(`,"file":`, file)
	switch {
	case e.Category == sshd.NotSSHD:
		j.w.RawStr(`,"category":"not-sshd"`)
	case e.Row == nil && e.Kind() == sshd.KindContinuation:
		j.w.RawStr(`,"category":"other","kind":"continuation"`)
	default:
		j.envelope(e.Record)
		j.event(e)
		j.conn(e)
	}
	j.w.RawStr("}\n")
	_, err := w.Write(j.w.Buf)
	return err
}

// envelope writes when, which host and which process.
func (j *jsonWriter) envelope(r *syslog.Record) {
	if j.timed(r) {
		j.w.RawStr(`,"time":"`)
		j.w.Buf = r.Time.AppendFormat(j.w.Buf, time.RFC3339Nano)
		j.w.RawStr(`"`)
	}
	j.text(`,"host":`, r.Host)
	j.text(`,"program":`, r.Program)
	j.number(`,"pid":`, r.PID)
}

// timed says whether the line has a time that can be told: a clock that the
// Timeline did not believe has none, nor has a year that RFC 3339 cannot write.
func (j *jsonWriter) timed(r *syslog.Record) bool {
	if r.Skew || r.Time.Year() < 0 || r.Time.Year() > 9999 {
		return false
	}
	return r.Stamp == syslog.Exact || j.zoned && r.Stamp != syslog.NoTime
}

// event writes what sshd said.
func (j *jsonWriter) event(e *sshd.Event) {
	j.word(`,"category":"`, e.Category.String())
	j.word(`,"kind":"`, e.Kind())
	j.word(`,"verdict":"`, e.Verdict().String())
	if e.Context() {
		j.w.RawStr(`,"context":true`)
	}
	if e.Preauth {
		j.w.RawStr(`,"preauth":true`)
	}
	j.addr(`,"addr":`, e.Addr)
	j.number(`,"port":`, int(e.Port))
	if e.HasUser {
		j.w.RawStr(`,"user":`)
		j.str(e.User)
	}
	j.text(`,"method":`, e.Method)
	j.text(`,"key":`, e.Key)
	j.number(`,"repeat":`, max(e.Record.Repeat, 1))
	j.word(`,"trust":"`, e.Record.Trust.String())
}

// conn writes what the connection adds to the line.
func (j *jsonWriter) conn(e *sshd.Event) {
	c := e.Conn
	if c == nil {
		return
	}
	before := len(j.w.Buf)
	j.w.RawStr(`,"conn":`)
	start := len(j.w.Buf)
	if !e.Addr.IsValid() {
		j.addr(`,"addr":`, c.Addr)
	}
	if e.Port == 0 {
		j.number(`,"port":`, int(c.Port))
	}
	if !e.HasUser && c.HasUser {
		j.w.RawStr(`,"user":`)
		j.str(c.User)
	}
	if len(j.w.Buf) == start {
		j.w.Buf = j.w.Buf[:before]
		return
	}
	j.w.Buf[start] = '{' // in place of the first member's comma
	j.w.RawStr("}")
}

// word writes a member whose value is one of our own names, which need no
// escaping; the quote that opens it is in member.
func (j *jsonWriter) word(member, value string) {
	j.w.RawStr(member)
	j.w.RawStr(value)
	j.w.RawStr(`"`)
}

// text writes a member that has a value.
func (j *jsonWriter) text(member, value string) {
	if value != "" {
		j.w.RawStr(member)
		j.str(value)
	}
}

// number writes a member that is not 0.
func (j *jsonWriter) number(member string, value int) {
	if value != 0 {
		j.w.RawStr(member)
		j.w.Int(value)
	}
}

func (j *jsonWriter) addr(member string, a netip.Addr) {
	if a.IsValid() {
		j.w.RawStr(member)
		j.w.RawStr(`"`)
		j.w.Buf = a.WithZone("").AppendTo(j.w.Buf)
		j.w.RawStr(`"`)
	}
}

// str writes a string. jx takes it for UTF-8.
func (j *jsonWriter) str(s string) {
	if !utf8.ValidString(s) {
		s = replaceInvalid(s)
	}
	j.w.Str(s)
}

// replaceInvalid puts U+FFFD for each invalid byte, as encoding/json does;
// strings.ToValidUTF8 would put one for a run of them.
func replaceInvalid(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteRune(r)
	}
	return b.String()
}
