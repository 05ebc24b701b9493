package logfile

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/go-faster/jx"
)

// exportFields are the fields of a journal entry that tell when a line was
// written, where, by whom, and what it says (systemd.journal-fields(7)). Those
// that begin with an underscore are journald's own word; CONTAINER_ ones come
// from Docker's journald driver. Who decides whether to trust a line by some
// other field must add it here.
var exportFields = [...]exportField{
	{"__REALTIME_TIMESTAMP", maxField},
	{"_SOURCE_REALTIME_TIMESTAMP", maxField},
	{"_HOSTNAME", maxField},
	{"_TRANSPORT", maxField},
	{"SYSLOG_IDENTIFIER", maxField},
	{"SYSLOG_PID", maxField},
	{"_PID", maxField},
	{"_UID", maxField},
	{"_COMM", maxField},
	{"_EXE", maxField},
	{"CONTAINER_ID", maxField},
	{"CONTAINER_ID_FULL", maxField},
	{"CONTAINER_NAME", maxField},
	{"MESSAGE", maxMessage},
}

type exportField struct {
	name string
	max  int // bytes of the value that are kept
}

const (
	// maxMessage is the most bytes kept of a MESSAGE. sshd cuts its own at
	// 1,023 (see MaxLine), journald a line of standard error at 48 KiB
	// (journald.conf(5), LineMax=).
	maxMessage = 64 << 10

	// maxField is the most bytes kept of any other value. A byte takes at most
	// 6 as JSON, so every line stays below MaxLine.
	maxField = 1 << 10

	// maxName is the longest name of a field (systemd,
	// src/libsystemd/sd-journal/journal-file.c, journal_field_valid).
	maxName = 64

	// maxData is the longest value that systemd itself takes from an export
	// (src/shared/journal-importer.h, DATA_SIZE_MAX). A longer one is damage.
	maxData = 768 << 20
)

var (
	errNotExport = errors.New("not in the journal export format")
	errEntryEnds = errors.New("journal export cut short within an entry")
)

// isExport tells whether the text is what `journalctl -o export` prints: its
// first line is FIELD=value with a field of journald's own. Like hasPrefix it
// asks for no byte more than it needs.
func isExport(br *bufio.Reader) bool {
	for i := range maxName + 1 {
		head, err := br.Peek(i + 1)
		switch {
		case err != nil || head[0] != '_':
			return false
		case head[i] == '=':
			return i > 1
		case !isFieldByte(head[i]):
			return false
		}
	}
	return false
}

func isFieldByte(c byte) bool {
	return c == '_' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// An exportReader reads the journal export format (systemd.io/
// JOURNAL_EXPORT_FORMATS) and gives for each entry one line of what
// `journalctl -o json` would print, exportFields only. An entry is a row of
// fields up to an empty line; a field is
//
//	NAME=value LF                                                for text
//	NAME LF, 64-bit little-endian length, value, LF              for anything
type exportReader struct {
	in      *bufio.Reader
	values  [len(exportFields)]exportValue // of this entry
	fields  int                            // of this entry, unknown ones included
	line    jx.Encoder                     // the last entry's
	pending []byte                         // what of line is not read yet
}

type exportValue struct {
	times int    // that the entry has the field
	text  []byte // its first value; reused from entry to entry
}

func (x *exportReader) Read(p []byte) (int, error) {
	if len(x.pending) == 0 {
		if err := x.entry(); err != nil {
			return 0, err
		}
		x.encode()
	}
	n := copy(p, x.pending)
	x.pending = x.pending[n:]
	return n, nil
}

// entry reads the next entry that has a field. It returns io.EOF where there
// is none. The last entry needs no empty line after it.
func (x *exportReader) entry() error {
	x.fields = 0
	for i := range x.values {
		x.values[i].times = 0
	}
	for {
		ended, err := x.field()
		switch {
		case err == io.EOF && x.fields > 0:
			return nil
		case err != nil:
			return err
		case ended && x.fields > 0:
			return nil
		}
	}
}

// field reads one field, or the empty line that ends an entry.
func (x *exportReader) field() (ended bool, err error) {
	name, err := x.in.Peek(1)
	if err != nil {
		return false, err // io.EOF between two fields is the end, not damage
	}
	if name[0] == '\n' {
		_, err = x.in.Discard(1)
		return true, err
	}
	field, text, err := x.name()
	if err != nil {
		return false, within(err)
	}
	x.fields++
	if text {
		err = x.textValue(field)
	} else {
		err = x.binaryValue(field)
	}
	return false, within(err)
}

// name reads a field's name with the byte after it, and returns its index in
// exportFields, or -1; text tells that the byte was '=' and not LF.
func (x *exportReader) name() (field int, text bool, err error) {
	var name [maxName]byte
	for i := range maxName + 1 {
		c, err := x.in.ReadByte()
		switch {
		case err != nil:
			return 0, false, err
		case i > 0 && (c == '=' || c == '\n'):
			return fieldIndex(name[:i]), c == '=', nil
		case i == maxName || !isFieldByte(c):
			return 0, false, errNotExport
		}
		name[i] = c
	}
	return 0, false, errNotExport
}

func fieldIndex(name []byte) int {
	for i := range exportFields {
		if exportFields[i].name == string(name) {
			return i
		}
	}
	return -1
}

// textValue reads the rest of the line.
func (x *exportReader) textValue(field int) error {
	field = x.start(field)
	for {
		piece, err := x.in.ReadSlice('\n')
		if err == nil {
			piece = piece[:len(piece)-1]
		}
		x.keep(field, piece)
		if err != bufio.ErrBufferFull { // else the line goes on
			return err
		}
	}
}

// binaryValue reads length, value and LF.
func (x *exportReader) binaryValue(field int) error {
	var length [8]byte
	if _, err := io.ReadFull(x.in, length[:]); err != nil {
		return err
	}
	rest := binary.LittleEndian.Uint64(length[:])
	if rest > maxData {
		return fmt.Errorf("%w: a field of %d bytes", errNotExport, rest)
	}
	field = x.start(field)
	for rest > 0 {
		piece, err := x.in.Peek(int(min(rest, chunk)))
		if err != nil {
			return err
		}
		x.keep(field, piece)
		rest -= uint64(len(piece))
		_, _ = x.in.Discard(len(piece)) // cannot fail: they were peeked
	}
	c, err := x.in.ReadByte()
	if err == nil && c != '\n' {
		err = fmt.Errorf("%w: a binary field does not end in LF", errNotExport)
	}
	return err
}

// start begins a value of a field. It returns the field again, or -1 where
// the value is not kept.
func (x *exportReader) start(field int) int {
	if field < 0 {
		return field
	}
	v := &x.values[field]
	v.times++
	if v.times > 1 {
		return -1
	}
	v.text = v.text[:0]
	return field
}

// keep adds a piece to the value of a field, up to the field's bound.
func (x *exportReader) keep(field int, piece []byte) {
	if field < 0 {
		return
	}
	v := &x.values[field]
	room := exportFields[field].max - len(v.text)
	v.text = append(v.text, piece[:min(len(piece), room)]...)
}

// encode makes the line of the entry that was read.
func (x *exportReader) encode() {
	x.line.Reset()
	x.line.ObjStart()
	for i := range x.values {
		if v := &x.values[i]; v.times > 0 {
			x.line.FieldStart(exportFields[i].name)
			v.encode(&x.line)
		}
	}
	x.line.ObjEnd()
	x.line.Grow(1) // or the LF would go to a new array each time
	x.pending = append(x.line.Bytes(), '\n')
}

// encode writes v as a string. A field that the entry has more than once is an
// array, as in what journalctl writes (systemd, src/shared/logs-show.c,
// output_json), but of its first value alone: that it is repeated is what a
// judge of trust must see.
func (v *exportValue) encode(e *jx.Encoder) {
	if v.times == 1 {
		encodeText(e, v.text)
		return
	}
	e.ArrStart()
	encodeText(e, v.text)
	e.ArrEnd()
}

// encodeText writes a string, or an array of byte numbers where text is not
// UTF-8, as journalctl does (systemd, src/shared/logs-show.c,
// update_json_data).
func encodeText(e *jx.Encoder, text []byte) {
	if utf8.Valid(text) {
		e.ByteStr(text)
		return
	}
	e.ArrStart()
	for _, c := range text {
		e.UInt8(c)
	}
	e.ArrEnd()
}

// within is err inside an entry, where the end of the log is damage.
func within(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errEntryEnds
	}
	return err
}
