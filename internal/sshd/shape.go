package sshd

import "strings"

// shapeMax bounds a Shape in bytes: what a peer writes must not fill pages.
const shapeMax = 120

// Shape is the message with its variable parts blanked and capped: what two
// lines that differ only in names and numbers have in common. For counting
// what no row knows; it is safe to show.
//
// Words that hold a digit, a quote, a path, a dot, an at sign or a byte that
// is not printable become "*", and so does everything within quotes. A name
// of plain letters cannot be told from the message's own words, so what
// follows "user", "for" and "from" is blanked as well.
func Shape(message string) string {
	var b strings.Builder
	hide, quoted := false, byte(0)
	for word := range strings.SplitSeq(message, " ") {
		if b.Len() > shapeMax {
			b.WriteString(" …")
			break
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		variable := hide || quoted != 0 || isVariable(word)
		quoted = closing(word, quoted)
		hide = word == "user" || word == "for" || word == "from" || word == "by"
		if variable {
			word = "*"
		}
		b.WriteString(word)
	}
	return b.String()
}

func isVariable(word string) bool {
	if len(word) > 32 {
		return true
	}
	for i := 0; i < len(word); i++ {
		b := word[i]
		if b <= ' ' || b > '~' || isDigit(b) || strings.IndexByte("\"'`/\\@=%<>", b) >= 0 || b == '.' && i < len(word)-1 {
			return true
		}
	}
	return false
}

// closing is the quote that is still open after word.
func closing(word string, quoted byte) byte {
	for i := 0; i < len(word); i++ {
		switch b := word[i]; {
		case quoted == 0 && (b == '"' || b == '`' || b == '\'' && i == 0):
			quoted = b
		case quoted != 0 && (b == quoted || quoted == '`' && b == '\''):
			quoted = 0
		}
	}
	return quoted
}
