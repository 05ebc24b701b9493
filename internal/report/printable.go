package report

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Printable makes text from a log safe to show: control characters, escape
// sequences, bidirectional controls, invisible characters and bytes that are
// no UTF-8 appear as Go escapes ("\x1b"), so that no peer can move a
// terminal's cursor or turn a line around. Text without them is returned as
// it is; backslashes stay, since sshd has escaped with them already.
func Printable(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			return string(AppendPrintable(nil, s))
		}
	}
	return s
}

// AppendPrintable appends Printable(s) to b.
func AppendPrintable(b []byte, s string) []byte {
	for i := 0; i < len(s); {
		if s[i] >= ' ' && s[i] <= '~' {
			b = append(b, s[i])
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		b = appendRune(b, r, s[i:i+size])
		i += size
	}
	return b
}

// appendRune appends one character, escaped where it is not printable.
func appendRune(b []byte, r rune, raw string) []byte {
	if r == utf8.RuneError && len(raw) == 1 {
		const hex = "0123456789abcdef"
		return append(b, '\\', 'x', hex[raw[0]>>4], hex[raw[0]&15])
	}
	if strconv.IsPrint(r) {
		return append(b, raw...)
	}
	quoted := strconv.QuoteRuneToASCII(r) // '\u202e'
	return append(b, quoted[1:len(quoted)-1]...)
}

// cut shortens s to at most width characters, the last of them an ellipsis
// where something is missing. It expects printable text.
func cut(s string, width int) string {
	if utf8.RuneCountInString(s) <= width {
		return s
	}
	end := 0
	for range width - 1 {
		_, size := utf8.DecodeRuneInString(s[end:])
		end += size
	}
	return s[:end] + "…"
}

// pad fills s with blanks up to width characters.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}

// wrap breaks text at blanks into lines of at most width characters; a word
// longer than that has a line of its own.
func wrap(text string, width int) []string {
	var lines []string
	line, length := "", 0
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		if length > 0 && length+1+n > width {
			lines = append(lines, line)
			line, length = "", 0
		}
		if length > 0 {
			line, length = line+" ", length+1
		}
		line, length = line+word, length+n
	}
	if length > 0 {
		lines = append(lines, line)
	}
	return lines
}

// thousands writes 12345 as "12,345".
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// count is "1 line", "2,000 lines".
func count(n int, one string) string {
	switch {
	case n == 1:
		return "1 " + one
	case strings.HasSuffix(one, "s"):
		return thousands(n) + " " + one + "es"
	case strings.HasSuffix(one, "y"):
		return thousands(n) + " " + strings.TrimSuffix(one, "y") + "ies"
	}
	return thousands(n) + " " + one + "s"
}
