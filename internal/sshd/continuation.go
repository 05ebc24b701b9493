package sshd

import (
	"strings"

	"sshsieve/internal/syslog"
)

// Through syslog no record can hold a line feed (OpenSSH log.c: strnvis with
// VIS_NL). Two ways lead around that, and each leaves lines that are no
// records of their own.

// indent is how many blanks at least journalctl's short forms put before the
// further lines of a record (logs-show.c print_multiline): the header's width.
const indent = 20

// continues says whether the line at i is such an indented one: it has no
// envelope of its own, and a line with an envelope above it.
func (r *Reader) continues(i int) bool {
	rec := r.events[i].Record
	if rec.Trust != syslog.Peer || rec.Program != "" || i == 0 {
		return false
	}
	above := &r.events[i-1]
	if above.Record.Trust == syslog.Peer && above.rowless != continuation {
		return false
	}
	return len(rec.Message) > indent && strings.TrimLeft(rec.Message[:indent], " ") == ""
}

// broken says whether the record at i may go on in the line below it: that is
// indented, or the stream is one where a peer may write a CR into a record.
func (r *Reader) broken(i int) bool {
	rec := r.events[i].Record
	if rec.Trust == syslog.Peer && rec.Program == "" {
		return r.crs.cr >= crNeeded
	}
	return i+1 < len(r.events) && r.continues(i+1)
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

// lines says how many lines from i on are one record of a CR stream.
func (c *crStream) lines(r *Reader, i int) int {
	rec := r.events[i].Record
	if rec.Trust != syslog.Peer || rec.Program != "" {
		return 1
	}
	if c.bare < crAsked {
		c.bare++
		if rec.CR {
			c.cr++
		}
	}
	if rec.CR || c.bare < crAsked || c.cr < crNeeded {
		return 1
	}
	return r.openLines(i)
}

// openLines looks for the CR that ends the record which begins at i. The line
// feed belongs to the record only while its row's open field is still open:
// some whole records end in a line feed alone, and the next is another.
func (r *Reader) openLines(i int) int {
	size := 0
	for n := 0; n <= crAhead && i+n < len(r.events); n++ {
		rec := r.events[i+n].Record
		if size += len(rec.Message) + 1; size > crBytes || rec.Trust != syslog.Peer {
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

// stillOpen says whether text ends inside some row's open field: it is read as
// a whole by a row that ends in one, or else as the left side of one.
func (r *Reader) stillOpen(text string) bool {
	text = new(Event).strip(text)
	if r.whole(text) {
		return r.m.v.last >= 0 && !r.m.v.cuttable()
	}
	return r.cut(text)
}

// glue puts the record together again.
func (r *Reader) glue(i, lines int) string {
	parts := make([]string, lines)
	for n := range parts {
		parts[n] = r.events[i+n].Record.Message
	}
	return strings.Join(parts, "\n")
}
