package syslog

import (
	"bytes"
	"math"
	"strings"
	"time"
	"unsafe"

	"github.com/go-faster/jx"
)

// fields is what a JSON object says that matters here.
type fields struct {
	message, log       string
	hasMessage, hasLog bool

	ident, host    string
	pid, syslogPID int
	time           stamp
	timeRank       timeRank
	partial        bool // a container runtime cut the message
	stderr         bool // a container's standard error

	writer writer
}

// timeRank orders an object's times, the one to be preferred last.
type timeRank uint8

const (
	noTime       timeRank = iota
	shipperTime           // when a log shipper or a container runtime saw the line
	receivedTime          // when journald received it
	sourceTime            // when it was written
)

// json reads a JSON object that holds a message: what journalctl -o json
// writes (systemd, "Journal JSON Format"), what fluent-bit's systemd input and
// other shippers make of syslog, or a wrapper {"log": "line"}. Where nothing in
// the object names a program, its text is a line to be parsed.
func (p Programs) json(r *Record, s string, depth int) bool {
	f, ok := readFields(s)
	switch {
	case !ok:
		return false
	case f.hasMessage && f.ident != "":
		name, module := cutProgram(f.ident)
		p.fill(r, f.host, &tag{name: name, module: module, pid: max(f.pid, f.syslogPID), rest: f.message})
		r.Trust = p.trust(&f.writer, r)
	default:
		p.wrapped(r, &f, depth)
	}
	if r.Stamp < f.time.kind {
		r.Time, r.Stamp = f.time.time, f.time.kind
	}
	r.Partial = r.Partial || f.partial
	return true
}

// wrapped reads the line that an object holds. The text of a container's
// standard error is a stranger's to write, whatever envelope it shows.
func (p Programs) wrapped(r *Record, f *fields, depth int) {
	line := f.log
	if !f.hasLog {
		line = f.message
	}
	p.inner(r, line, depth)
	if r.Host == "" {
		r.Host = f.host
	}
	if f.stderr {
		r.Trust = Peer
	}
}

// cutProgram splits "sshd(pam_unix)", or a path before it.
func cutProgram(s string) (name, module string) {
	if i := strings.IndexByte(s, '('); i > 0 {
		return base(s[:i]), strings.TrimSuffix(s[i+1:], ")")
	}
	return base(s), ""
}

// readFields reads s, one JSON object with a message or a log in it.
func readFields(s string) (f fields, ok bool) {
	var d jx.Decoder
	d.ResetBytes(bytesOf(s))
	object, err := d.ObjIter()
	if err != nil {
		return f, false
	}
	for object.Next() {
		if f.read(&d, object.Key()) != nil {
			return f, false
		}
	}
	if f.ident == "" {
		f.ident = f.writer.comm
	}
	return f, object.Err() == nil && s[len(s)-1] == '}' && (f.hasMessage || f.hasLog)
}

// read reads the value of key into f. Keys count in either case and without
// the underscores before them, since fluent-bit's systemd input may write them
// so (Lowercase, Strip_Underscores). A client of journald may choose names
// without underscores: a repeated uid, comm or exe therefore counts at its
// worst, not at its last (see writer).
func (f *fields) read(d *jx.Decoder, key []byte) (err error) {
	var lower [32]byte
	switch string(normalKey(lower[:0], key)) {
	case "message", "msg":
		f.message, err = text(d)
		f.hasMessage = true
	case "log":
		f.log, err = textOrRaw(d)
		f.hasLog = true
	case "syslog_identifier", "ident", "program", "programname", "appname":
		err = first(&f.ident, d)
	case "hostname", "host":
		err = first(&f.host, d)
	case "pid", "procid":
		f.pid, err = integer(d)
	case "syslog_pid":
		f.syslogPID, err = integer(d)
	case "source_realtime_timestamp":
		err = f.readTime(d, sourceTime)
	case "realtime_timestamp":
		err = f.readTime(d, receivedTime)
	case "time", "timestamp", "@timestamp", "date":
		err = f.readTime(d, shipperTime)
	case "stream", "source":
		f.stderr, err = equals(d, "stderr")
	case "p", "logtag": // fluent-bit's names for CRI's tag
		f.partial, err = equals(d, "P")
	case "partial_message": // Docker's fluentd log driver
		f.partial, err = equals(d, "true")
	default:
		return f.writer.read(d, string(normalKey(lower[:0], key)))
	}
	return err
}

// normalKey appends key to buf in lower case and without leading underscores,
// or nothing where it is longer than any that is known.
func normalKey(buf, key []byte) []byte {
	key = bytes.TrimLeft(key, "_")
	if len(key) > cap(buf) {
		return buf
	}
	for _, c := range key {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		buf = append(buf, c)
	}
	return buf
}

// readTime reads a time where f has none of a higher rank.
func (f *fields) readTime(d *jx.Decoder, rank timeRank) error {
	s, err := text(d)
	if st, ok := anyStamp(s); ok && rank > f.timeRank {
		f.time, f.timeRank = st, rank
	}
	return err
}

// anyStamp reads a time as shippers write it: ISO 8601, or a Unix time whose
// unit its size tells (seconds have up to 11 digits, then milli-, micro- and
// nanoseconds).
func anyStamp(s string) (st stamp, ok bool) {
	if st, rest, ok := isoStamp(s); ok {
		return st, rest == ""
	}
	n, i := number(s, 0, 19)
	nsec, end := fraction(s, i)
	if i < 9 || end < len(s) || n < 0 {
		return stamp{}, false
	}
	unit := int64(1)
	for digits := i; digits > 11; digits -= 3 {
		unit *= 1000
	}
	sec, part := int64(n)/unit, int64(n)%unit
	return stamp{time: time.Unix(sec, part*(1e9/unit)+int64(nsec)/unit).UTC(), kind: Exact}, true
}

// first reads a text into dst where that is still empty.
func first(dst *string, d *jx.Decoder) error {
	s, err := text(d)
	if *dst == "" {
		*dst = s
	}
	return err
}

// equals reads a text and compares it.
func equals(d *jx.Decoder, want string) (bool, error) {
	s, err := text(d)
	return s == want, err
}

// integer reads a number, in quotes or not; 0 where it is none.
func integer(d *jx.Decoder) (int, error) {
	s, err := text(d)
	n, end := number(s, 0, 10)
	if end < len(s) || n > math.MaxInt32 {
		n = 0
	}
	return n, err
}

// textOrRaw is text, but an object is its own JSON: a line that the shipper
// has parsed already.
func textOrRaw(d *jx.Decoder) (string, error) {
	if d.Next() != jx.Object {
		return text(d)
	}
	raw, err := d.Raw()
	return stringOf(raw), err
}

// text reads a value as text. An array is what journald makes of bytes that
// are no UTF-8 (numbers), or of a field that occurs more than once: then the
// first one counts. Null, which journalctl writes for values over 4096 bytes,
// and objects are empty.
func text(d *jx.Decoder) (string, error) {
	switch d.Next() {
	case jx.String:
		b, err := d.StrBytes()
		return stringOf(b), err
	case jx.Number:
		n, err := d.Num()
		return string(n), err
	case jx.Array:
		return arrayText(d)
	case jx.Bool:
		b, err := d.Bool()
		if b {
			return "true", err
		}
		return "", err
	}
	return "", d.Skip()
}

// arrayText reads an array of bytes, or the first of an array of texts.
func arrayText(d *jx.Decoder) (string, error) {
	items, err := d.ArrIter()
	if err != nil {
		return "", err
	}
	var octets []byte
	var found string
	for items.Next() {
		if d.Next() == jx.Number {
			c, err := d.Int64()
			if err != nil {
				return "", err
			}
			octets = append(octets, byte(c))
			continue
		}
		// Of nested arrays nothing is wanted, and text would recurse.
		if d.Next() == jx.String && found == "" {
			if found, err = text(d); err != nil {
				return "", err
			}
			continue
		}
		if err := d.Skip(); err != nil {
			return "", err
		}
	}
	if octets != nil {
		return stringOf(octets), items.Err()
	}
	return found, items.Err()
}

// bytesOf is s as bytes without a copy. The decoder reads a buffer that it was
// given and never writes to it.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// stringOf is b as a string without a copy: b is a part of the line, or a
// buffer that the decoder made for a text with escapes and does not use again.
func stringOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
