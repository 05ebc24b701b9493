package main

import (
	"bufio"
	"strconv"
	"time"
	"unicode/utf8"

	"sshsieve/internal/notice"
	"sshsieve/internal/sshd"
	"sshsieve/internal/syslog"
)

// A columnWriter writes what classify --json writes, for eyes: columns of
// fixed width, so that output can begin before input ends; a longer value
// pushes the rest of its line aside. What peers wrote is made printable.
type columnWriter struct{ buf []byte }

// Widths of the columns, in characters.
const (
	lineWidth     = 6
	timeWidth     = 19
	hostWidth     = 10
	categoryWidth = 21
	kindWidth     = 26
	verdictWidth  = 8 // "tooling+": more with history
	addrWidth     = 15
	portWidth     = 5
)

func (c *columnWriter) begin(w *bufio.Writer) error {
	c.buf = append(c.buf[:0], "  LINE "...)
	for _, column := range []struct {
		title string
		width int
	}{
		{"TIME", timeWidth}, {"HOST", hostWidth}, {"CATEGORY", categoryWidth}, {"KIND", kindWidth},
		{"VERDICT", verdictWidth}, {"ADDR", addrWidth}, {"PORT", portWidth},
	} {
		c.cell(column.title, column.width)
	}
	c.buf = append(c.buf, "USER ...\n"...)
	_, err := w.Write(c.buf)
	return err
}

func (c *columnWriter) write(w *bufio.Writer, file string, number int, e *sshd.Event) error {
	c.buf = c.buf[:0]
	if file != "" {
		c.buf = append(notice.AppendPrintable(c.buf, file), ':')
	}
	c.number(number)
	c.stamp(e.Record)
	c.cell(e.Record.Host, hostWidth)
	c.cell(e.Category.String(), categoryWidth)
	if e.Category != sshd.NotSSHD {
		c.event(e)
	}
	c.end()
	_, err := w.Write(c.buf)
	return err
}

// event writes what sshd said.
func (c *columnWriter) event(e *sshd.Event) {
	c.cell(e.Kind(), kindWidth)
	if e.Row == nil && e.Kind() == sshd.KindContinuation {
		return
	}
	c.verdict(e)
	c.peer(e)
	c.more(" ", e.Method)
	c.more(" ", e.Key)
	if e.Preauth {
		c.more(" ", "[preauth]")
	}
	if n := e.Record.Repeat; n > 1 {
		c.more(" x", strconv.Itoa(n))
	}
	if e.Record.Trust != syslog.Host {
		c.more(" trust=", e.Record.Trust.String())
	}
}

// verdict writes the verdict, with a + where history may change it.
func (c *columnWriter) verdict(e *sshd.Event) {
	start := len(c.buf)
	c.buf = append(c.buf, e.Verdict().String()...)
	if e.Context() {
		c.buf = append(c.buf, '+')
	}
	c.fill(start, verdictWidth)
}

// peer writes address, port and user.
func (c *columnWriter) peer(e *sshd.Event) {
	start := len(c.buf)
	if e.Addr.IsValid() {
		c.buf = e.Addr.AppendTo(c.buf)
	}
	c.fill(start, addrWidth)
	start = len(c.buf)
	if e.Port != 0 {
		c.buf = strconv.AppendUint(c.buf, uint64(e.Port), 10)
	}
	c.fill(start, portWidth)
	if e.HasUser {
		c.buf = appendName(c.buf, e.User)
	} else {
		c.buf = append(c.buf, '-')
	}
}

// appendName writes a user name; quoted where blanks, quotes or nothing at
// all would hide where it ends.
func appendName(b []byte, name string) []byte {
	plain := name != "" && name != "-"
	for i := 0; i < len(name); i++ {
		plain = plain && name[i] != ' ' && name[i] != '"'
	}
	if plain {
		return notice.AppendPrintable(b, name)
	}
	b = append(b, '"')
	b = notice.AppendPrintable(b, name)
	return append(b, '"')
}

// number writes the line's number, to the right of its column.
func (c *columnWriter) number(n int) {
	start := len(c.buf)
	c.buf = strconv.AppendInt(c.buf, int64(n), 10)
	digits := len(c.buf) - start
	for range lineWidth - digits {
		c.buf = append(c.buf, ' ')
	}
	if gap := lineWidth - digits; gap > 0 {
		copy(c.buf[start+gap:], c.buf[start:start+digits])
		for i := range gap {
			c.buf[start+i] = ' '
		}
	}
	c.buf = append(c.buf, ' ')
}

// stamp writes the time as the Timeline has it, where the line has one.
func (c *columnWriter) stamp(r *syslog.Record) {
	start := len(c.buf)
	if r.Stamp != syslog.NoTime {
		c.buf = r.Time.AppendFormat(c.buf, time.DateTime)
	}
	c.fill(start, timeWidth)
}

// cell writes one column.
func (c *columnWriter) cell(text string, width int) {
	start := len(c.buf)
	c.buf = notice.AppendPrintable(c.buf, text)
	c.fill(start, width)
}

// fill ends the column begun at start: an empty one shows a dash.
func (c *columnWriter) fill(start, width int) {
	if len(c.buf) == start {
		c.buf = append(c.buf, '-')
	}
	for n := utf8.RuneCount(c.buf[start:]); n < width; n++ {
		c.buf = append(c.buf, ' ')
	}
	c.buf = append(c.buf, ' ')
}

// more adds a value behind the columns.
func (c *columnWriter) more(before, text string) {
	if text != "" {
		c.buf = append(c.buf, before...)
		c.buf = notice.AppendPrintable(c.buf, text)
	}
}

// end ends the line, without blanks at its end.
func (c *columnWriter) end() {
	for len(c.buf) > 0 && c.buf[len(c.buf)-1] == ' ' {
		c.buf = c.buf[:len(c.buf)-1]
	}
	c.buf = append(c.buf, '\n')
}
