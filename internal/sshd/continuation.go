package sshd

import (
	"slices"
	"strings"

	"sshsieve/internal/syslog"
)

// Through syslog no record can hold a line feed (OpenSSH log.c: strnvis with
// VIS_NL). Two ways lead around that, and each leaves lines that are no
// records of their own.

// indent is how many blanks at least journalctl's short forms put before the
// further lines of a record (logs-show.c print_multiline): the header's width.
const indent = 20

// continues says whether the bare line at i is such an indented one: there is a
// line with an envelope above it.
func (r *Reader) continues(i int) bool {
	if i == r.before { // what came in an earlier batch did not stand above it
		return false
	}
	if above := &r.events[i-1]; isBare(above.Record) && above.rowless != continuation {
		return false
	}
	message := r.events[i].Record.Message
	return len(message) > indent && strings.TrimLeft(message[:indent], " ") == ""
}

// isBare says whether a line came without an envelope.
func isBare(rec *syslog.Record) bool { return rec.Trust == syslog.Peer && rec.Program == "" }

// isRemark says whether a bare line is journalctl's own word about the lines
// around it (systemd journalctl.c: "-- Boot …", "-- No entries --", "-- Logs begin
// at …").
func isRemark(message string) bool {
	return strings.HasPrefix(message, "-- ") && strings.HasSuffix(message, " --")
}

// broken says whether the record at i may go on in the line below it: that is
// indented, or the stream is one where a peer may write a CR into a record.
func (r *Reader) broken(i int) bool {
	if isBare(r.events[i].Record) {
		return r.crs.cr >= crNeeded
	}
	return i+1 < len(r.events) && isBare(r.events[i+1].Record) && r.continues(i+1)
}

// A crStream remembers whether the stream's bare lines end in CR, as sshd's
// standard error does (log.c do_log writes "\r\n"): 3 of its first 4 did. There
// a line feed alone may stand inside a record, because nothing escapes it.
type crStream struct {
	bare, cr int
}

const (
	crAsked  = 4    // bare lines that are asked
	crNeeded = 3    // how many of them must end in CR
	crBytes  = 1000 // a record is no longer: log.c cuts at 1,023 bytes
	crAhead  = 5    // further lines in which its CR must come
)

// readBare classifies the bare record at i and returns how many lines it takes.
func (r *Reader) readBare(i int) int {
	lines := 1
	if rec := r.events[i].Record; r.crs.inside(rec.CR) {
		lines = r.openLines(i)
	}
	if lines == 1 {
		r.classify(i, r.events[i].Record.Message)
		return 1
	}
	e := &r.events[i]
	e.joined = r.glue(i, lines)
	r.classify(i, e.joined)
	for j := i + 1; j < i+lines; j++ {
		r.events[j].Category, r.events[j].rowless = Other, continuation
	}
	return lines
}

// inside says whether a line that ends in CR, or not, may end inside a record
// of a CR stream.
func (c *crStream) inside(cr bool) bool {
	if c.bare < crAsked {
		c.bare++
		if cr {
			c.cr++
		}
	}
	return !cr && c.bare == crAsked && c.cr >= crNeeded
}

// openLines looks for the CR that ends the record which begins at i. The line
// feed belongs to the record only while its row's open field is still open:
// some whole records end in a line feed alone, and the next is another.
func (r *Reader) openLines(i int) int {
	size := 0
	for n := 0; n <= crAhead && i+n < len(r.events); n++ {
		rec := r.events[i+n].Record
		if size += len(rec.Message) + 1; size > crBytes || !isBare(rec) {
			return 1
		}
		if n > 0 && rec.CR {
			if r.stillOpen(r.events[i].Record.Message) {
				return n + 1
			}
			return 1
		}
	}
	return 1
}

// stillOpen says whether text may end inside an open field that the peer writes:
// it is the left side of such a row, or all of one. That a whole record of such
// a row ends in a line feed alone is rare, and a lost line is better than a login
// that nobody made.
func (r *Reader) stillOpen(text string) bool {
	text = new(Event).strip(text)
	return firstVariant(text, func(v *variant) bool {
		return v.peers() && (v.read(text, &r.m) || v.leftLits >= len(": ") && v.readCut(text, &r.m))
	}) != nil
}

// peers says whether the peer may write into the message.
func (v *variant) peers() bool {
	return slices.ContainsFunc(v.toks, func(t token) bool { return t.field.peers() })
}

// glue puts the record together again.
func (r *Reader) glue(i, lines int) string {
	parts := make([]string, lines)
	for n := range parts {
		parts[n] = r.events[i+n].Record.Message
	}
	return strings.Join(parts, "\n")
}
