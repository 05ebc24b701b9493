package notice

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

// Cut shortens s to at most width characters, the last of them an ellipsis
// where something is missing. It expects printable text.
func Cut(s string, width int) string {
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

// maxText is how much of one text from a log a mail shows, in bytes.
const maxText = 64

// ascii makes any text printable ASCII, as some mail programs show all else
// wrongly: other characters appear as Go escapes. The marks that UserName and
// Cut set become their ASCII likeness.
func ascii(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		b = appendASCII(b, r, s[i:i+size])
		i += size
	}
	return string(b)
}

func appendASCII(b []byte, r rune, raw string) []byte {
	switch {
	case r >= ' ' && r <= '~':
		return append(b, raw...)
	case r == '‹':
		return append(b, '<')
	case r == '›':
		return append(b, '>')
	case r == '…':
		return append(b, "..."...)
	case r == utf8.RuneError && len(raw) == 1:
		return appendRune(b, r, raw)
	}
	quoted := strconv.QuoteRuneToASCII(r)
	return append(b, quoted[1:len(quoted)-1]...)
}

// clip is ascii, cut to 64 bytes.
func clip(s string) string { return clipTo(s, maxText) }

func clipTo(s string, most int) string {
	if s = ascii(s); len(s) > most {
		return s[:most-len("...")] + "..."
	}
	return s
}

// defang is clip for text that a peer may have written: no mail program makes a
// link of it.
func defang(s string) string {
	clipped := clip(s)
	text, cut := strings.CutSuffix(clipped, "...")
	if text = defanger.Replace(text); cut {
		text += "..." // no mail program makes a link of these
	}
	return text
}

var defanger = strings.NewReplacer(".", "[.]", "://", "[:]//")
