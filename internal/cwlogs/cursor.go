package cwlogs

import (
	"encoding/binary"
	"errors"
	"math/bits"

	"github.com/go-faster/jx"
)

// A cursor walks over JSON text. It does by itself only what every log event
// is made of: the brackets, strings without escapes, which it passes a word at
// a time, and timestamps. Escapes, odd numbers and members that nobody asked
// for are left to jx.
//
// BenchmarkDecode is why: with jx alone, the fastest library found, Decode took
// 1.9 to 2.1 times as long as base64 and gunzip; with the cursor 1.5 to 1.65.
type cursor struct {
	text []byte
	pos  int
}

// errSyntax stands for bad JSON at a place that is yet to be found, see fault.
var errSyntax = errors.New("bad JSON")

// peek passes white space and returns the byte that the next value or sign
// begins with, 0 at the end.
func (c *cursor) peek() byte {
	for ; c.pos < len(c.text); c.pos++ {
		if b := c.text[c.pos]; b > ' ' || !isSpace(b) {
			return b
		}
	}
	return 0
}

// isSpace: RFC 8259 section 2.
func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }

// take passes the sign, which is not 0, if it is the next one.
func (c *cursor) take(sign byte) bool {
	if c.peek() != sign {
		return false
	}
	c.pos++
	return true
}

// raw passes a value of any type and returns it as it stands.
func (c *cursor) raw() ([]byte, error) {
	c.peek()
	var d jx.Decoder
	d.ResetBytes(c.text[c.pos:])
	raw, err := d.Raw()
	c.pos += len(raw)
	return raw, err
}

// skip passes a value of any type.
func (c *cursor) skip() error {
	_, err := c.raw()
	return err
}

// skipNull passes a value of any type and reports whether it was null.
func (c *cursor) skipNull() (bool, error) {
	raw, err := c.raw()
	return string(raw) == "null", err
}

// object calls f for each member of an object, with the cursor at the member's
// value, which f must pass.
func (c *cursor) object(f func(c *cursor, name []byte) error) error {
	return c.list('{', '}', func(c *cursor) error {
		name, err := c.name()
		if err != nil {
			return err
		}
		return f(c, name)
	})
}

// array calls f for each element of an array, which f must pass.
func (c *cursor) array(f func(c *cursor) error) error { return c.list('[', ']', f) }

func (c *cursor) list(open, shut byte, f func(c *cursor) error) error {
	if !c.take(open) {
		return errSyntax
	}
	if c.take(shut) {
		return nil
	}
	for {
		if err := f(c); err != nil {
			return err
		}
		if c.take(shut) {
			return nil
		}
		if !c.take(',') {
			return errSyntax
		}
	}
}

// name passes a member's name and the colon after it.
func (c *cursor) name() ([]byte, error) {
	if c.peek() != '"' {
		return nil, errSyntax
	}
	name, err := c.str()
	if err == nil && !c.take(':') {
		err = errSyntax
	}
	return name, err
}

// str passes a string, which must be next. Without escapes it is a part of the
// text, else a copy.
func (c *cursor) str() ([]byte, error) {
	if s, ok := c.plain(); ok {
		return s, nil
	}
	return c.unescape(nil)
}

// unescape passes a string, which must be next, and appends it to buf.
func (c *cursor) unescape(buf []byte) ([]byte, error) {
	raw, err := c.raw()
	if err != nil {
		return buf, err
	}
	var d jx.Decoder
	d.ResetBytes(raw)
	return d.StrAppend(buf)
}

// plain passes a string that has no escapes and is good JSON. Where there is
// none it passes nothing.
func (c *cursor) plain() (s []byte, ok bool) {
	rest := c.text[c.pos+1:]
	end := indexSpecial(rest)
	if end == len(rest) || rest[end] != '"' {
		return nil, false
	}
	c.pos += 1 + end + 1
	return rest[:end], true
}

// indexSpecial returns where the first quote, backslash or control character
// is, or the length of s: nothing else is special within a JSON string (RFC
// 8259 section 7).
func indexSpecial(s []byte) int {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		if found := special(binary.LittleEndian.Uint64(s[i:])); found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for ; i < len(s); i++ {
		if s[i] < ' ' || s[i] == '"' || s[i] == '\\' {
			break
		}
	}
	return i
}

// special looks at 8 bytes at once. Of its result the lowest bit that is set
// stands in the first special byte: subtracting n from each byte borrows into
// the high bit of bytes below n, and wrongly only to the left of such a byte;
// bytes that had the high bit before are none of ours. See "Determine if a word
// has a byte less than n" in S. E. Anderson's Bit Twiddling Hacks.
func special(x uint64) uint64 {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	quote, backslash := x^ones*'"', x^ones*'\\' // a zero byte where x has one
	return ((x - ones*' ') | (quote - ones) | (backslash - ones)) &^ x & high
}

// positive passes a number of 1 to 18 digits, as every timestamp is one. Where
// there is none it passes nothing.
func (c *cursor) positive() (n int64, ok bool) {
	digits := c.text[c.pos:]
	for i, b := range digits {
		switch {
		case '0' <= b && b <= '9' && i < 18:
			n = n*10 + int64(b-'0')
		case (b == ',' || b == '}') && i > 0 && digits[0] != '0':
			c.pos += i
			return n, true
		default:
			return 0, false
		}
	}
	return 0, false
}

// readObject reads text as one JSON object, or null, with nothing after it. The
// errors it returns are *Error, with part for the layer.
func readObject(text []byte, part string, f func(c *cursor, name []byte) error) error {
	c := &cursor{text: text}
	if err := members(c, part, f); err != nil {
		return fault(part, text, err)
	}
	if c.peek(); c.pos < len(text) {
		return &Error{part, int64(c.pos), ErrTrailing}
	}
	return nil
}

// members calls f for each member of an object; null has none.
func members(c *cursor, path string, f func(c *cursor, name []byte) error) error {
	if c.peek() == '{' {
		return c.object(f)
	}
	return nullOr(c, path)
}

// elements calls f for each element of an array; null has none.
func elements(c *cursor, path string, f func(c *cursor) error) error {
	if c.peek() == '[' {
		return c.array(f)
	}
	return nullOr(c, path)
}

// nullOr passes a value, which is an ErrType at path unless it is null.
func nullOr(c *cursor, path string) error {
	null, err := c.skipNull()
	if err == nil && !null {
		err = at(path, ErrType)
	}
	return err
}

// copied reads a string, or null as none, that may outlive the text.
func copied(c *cursor, path string) (string, error) {
	s, err := stringAt(c, path)
	return string(s), err
}

// stringAt reads a string, which may alias the text, or null as none.
func stringAt(c *cursor, path string) ([]byte, error) {
	if c.peek() == '"' {
		return c.str()
	}
	return nil, nullOr(c, path)
}
