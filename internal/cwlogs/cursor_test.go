package cwlogs

import (
	"bytes"
	"testing"
)

// Property: words of 8 bytes find what single bytes find, for every byte at
// every place, alone and in front of another special one.
func TestIndexSpecial(t *testing.T) {
	slow := func(s []byte) int {
		for i, b := range s {
			if b < ' ' || b == '"' || b == '\\' {
				return i
			}
		}
		return len(s)
	}
	for _, fill := range []byte{' ', '#', 0x80, 0xdc, 0xff} {
		for length := range 20 {
			for at := range length {
				for b := range 256 {
					s := bytes.Repeat([]byte{fill}, length)
					s[at] = byte(b)
					s[length-1] ^= byte(b) & 1
					if got, want := indexSpecial(s), slow(s); got != want {
						t.Fatalf("in %q: got %d, want %d", s, got, want)
					}
				}
			}
		}
	}
}

func TestPositive(t *testing.T) {
	tests := []struct {
		why, text string
		want      int64
		ok        bool
	}{
		{"a timestamp", "1700000000000,", 1700000000000, true},
		{"the last member", "1}", 1, true},
		{"as many digits as surely fit", "999999999999999999,", 999999999999999999, true},
		{"one more might not", "1000000000000000000,", 0, false},
		{"JSON has no leading zeros", "01,", 0, false},
		{"zero is left to jx, like all that is rare", "0,", 0, false},
		{"a sign", "-1,", 0, false},
		{"a fraction", "1.5,", 0, false},
		{"white space", "1 ,", 0, false},
		{"no digits", ",", 0, false},
		{"the end of the text", "1", 0, false},
	}
	for _, tt := range tests {
		c := cursor{text: []byte(tt.text)}
		n, ok := c.positive()
		if ok != tt.ok || ok && n != tt.want {
			t.Errorf("%s: got %d, %v", tt.why, n, ok)
		}
		if passed := len(tt.text) - 1; ok && c.pos != passed || !ok && c.pos != 0 {
			t.Errorf("%s: passed %d bytes", tt.why, c.pos)
		}
	}
}
