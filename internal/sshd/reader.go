package sshd

import (
	"slices"
	"strings"

	"sshsieve/internal/syslog"
)

// A Reader classifies Records. It is for one goroutine; its memory is reused
// from batch to batch. The zero value is ready.
type Reader struct {
	// Programs are the programs whose lines are sshd's; the zero value holds
	// OpenSSH's own.
	Programs syslog.Programs

	events  []Event
	records []syslog.Record // of ReadAfter
	before  int             // how many of them came in earlier batches
	m       match
	conns   joiner
	crs     crStream
	stderr  bool // the stream holds bare lines of sshd: see distrust
}

// Reset begins another log stream.
func (r *Reader) Reset() { r.crs, r.stderr = crStream{}, false }

// Read classifies the Records of one batch, which must be of one log stream
// and in order, and joins the lines of each connection. It returns an Event
// for each Record, valid until the next Read. Records that claim more trust than
// their stream deserves are marked as a peer's.
func (r *Reader) Read(records []syslog.Record) []Event { return r.ReadAfter(nil, records) }

// ReadAfter reads as Read does, and joins the lines to those of earlier batches of
// the stream, which Unfinished returned. It returns Events for these, too, before
// the others.
func (r *Reader) ReadAfter(before, records []syslog.Record) []Event {
	r.before = len(before)
	if r.before > 0 {
		r.records = append(append(r.records[:0], before...), records...)
		records = r.records
	}
	r.events = slices.Grow(r.events[:0], len(records))[:len(records)]
	clear(r.events)
	for i := range records {
		r.events[i].Record = &records[i]
	}
	for i := 0; i < len(records); {
		i += r.readRecord(i)
	}
	r.distrust()
	r.conns.join(r.events)
	return r.events
}

// distrust marks every line of a stream in which sshd writes bare ones as one
// that a peer may have written, envelope and all: there nothing escapes a line
// feed, and no other program puts an envelope on some lines only.
func (r *Reader) distrust() {
	r.stderr = r.stderr || slices.ContainsFunc(r.events, func(e Event) bool { return e.Row != nil && isBare(e.Record) })
	if !r.stderr {
		return
	}
	for i := range r.events {
		if rec := r.events[i].Record; rec.Trust != syslog.Forged {
			rec.Trust = syslog.Peer
		}
	}
}

// readRecord classifies the record at i and returns how many of the lines
// from there on it takes: more than one where its text holds a line feed.
func (r *Reader) readRecord(i int) int {
	e := &r.events[i]
	rec := e.Record
	bare := isBare(rec)
	switch {
	case bare && r.continues(i):
		e.Category, e.rowless = Other, continuation
	case !r.Programs.Wrote(rec) || rec.Message == "" && r.crs.cr < crNeeded || bare && isRemark(rec.Message):
		e.Category = NotSSHD
	case rec.Trust == syslog.Forged:
		e.Category, e.rowless = Integrity, forged
	case bare:
		return r.readBare(i)
	default:
		r.classify(i, rec.Message)
	}
	return 1
}

// classify finds the row of the message at i and reads its fields.
func (r *Reader) classify(i int, message string) {
	e := &r.events[i]
	if text, found := r.find(i, message); found {
		e.fill(text, &r.m, len(message))
	} else {
		e.Category, e.rowless = Other, unrecognised
	}
	if e.Record.Program == "internal-sftp" || e.Record.Program == "sftp-server" {
		e.Category = SFTP // whatever these say is about files
	}
}

// find matches the message at i and returns the text that the match is about:
// without the level's prefix and the monitor's suffix.
func (r *Reader) find(i int, message string) (text string, found bool) {
	e := &r.events[i]
	whole := e.cutLevel(message)
	text = e.cutSuffix(whole)
	if r.match(text, len(message)) {
		return text, true
	}
	if e.Preauth && r.whole(whole) { // a name may end so
		e.Preauth = false
		return whole, true
	}
	return text, r.broken(i) && r.cut(text)
}

// preauthSuffix is what the monitor puts behind its child's lines.
const preauthSuffix = " [preauth]"

// strip takes the level's prefix and the monitor's suffix off the message.
func (e *Event) strip(message string) string { return e.cutSuffix(e.cutLevel(message)) }

func (e *Event) cutLevel(message string) string {
	if rest, ok := strings.CutPrefix(message, "error: "); ok {
		e.Level = Error
		return rest
	}
	if rest, ok := strings.CutPrefix(message, "fatal: "); ok {
		e.Level = Fatal
		return rest
	}
	return message
}

func (e *Event) cutSuffix(message string) string {
	if !strings.HasSuffix(message, "auth]") { // most lines
		return message
	}
	if rest, ok := strings.CutSuffix(message, preauthSuffix); ok {
		e.Preauth = true
		return rest
	}
	return strings.TrimSuffix(message, " [postauth]")
}

// match looks for the first variant that reads text, and where the log cut the
// message, for the longest that reads what is left of it.
func (r *Reader) match(text string, length int) bool {
	found := r.whole(text)
	if trimmed := strings.TrimRight(text, " "); !found && len(trimmed) < len(text) {
		found = r.whole(trimmed) // PAM and some relays leave blanks at the end
	}
	if found && length == cutExact && r.m.v.cuttable() {
		return r.m.v.readCut(text, &r.m)
	}
	return found || length >= cutFrom && r.cut(text)
}

// whole looks for the first variant that reads all of text. A name with a
// colon cannot be, so a variant that finds none is preferred; but where no
// other reads the line, it is better read so than not at all.
func (r *Reader) whole(text string) bool {
	r.m.lenient = false
	try := func(v *variant) bool { return v.read(text, &r.m) }
	if firstVariant(text, try) != nil {
		return true
	}
	r.m.lenient = strings.IndexByte(text, ':') >= 0
	return r.m.lenient && firstVariant(text, try) != nil
}

// cut looks for the variant with the most literal text left of its open field.
func (r *Reader) cut(text string) bool {
	var longest *variant
	firstVariant(text, func(v *variant) bool {
		if v.leftLits >= cutLits && (longest == nil || v.leftLits > longest.leftLits) && v.readCut(text, &r.m) {
			longest = v
		}
		return false
	})
	return longest != nil && longest.readCut(text, &r.m)
}

// cuttable says whether something stands right of the open field, where a
// peer who knows the length of the cut could have written it himself.
func (v *variant) cuttable() bool { return v.last >= 0 && v.last < len(v.toks)-1 }

// fill reads the matched fields into e.
func (e *Event) fill(text string, m *match, length int) {
	row := m.v.row
	e.Row, e.Category, e.Method = row, row.Category, m.v.method
	e.Truncated = m.truncated || length >= cutExact && m.v.last >= 0
	if e.Preauth && row.Preauth != NotSSHD {
		e.Category = row.Preauth
	}
	e.Addr = m.addr
	for _, s := range m.spans {
		e.set(s.field, text[s.start:s.end])
	}
	if row.User != "" {
		e.User, e.HasUser, e.Existence = row.User, true, Exists
	} else if e.HasUser {
		e.Existence = m.v.existence
	}
}

// set notes the fields that are worth a place in every Event.
func (e *Event) set(f field, value string) {
	switch f {
	case fieldPort:
		e.Port = parsePort(value)
	case fieldUser, fieldAccount:
		e.User, e.HasUser = value, true
	case fieldMethod:
		e.Method = value
	case fieldKey:
		e.Key = value
	case fieldClass:
		e.Class = value
	case fieldAlg:
		e.Alg = value
	case fieldOffer, fieldReason, fieldBanner:
		e.Text = value
	}
}
