package sshd

import (
	"slices"
	"strings"
	"sync"
)

// shapeMax bounds a Shape in bytes: what a peer writes must not fill pages.
const shapeMax = 120

// ownWords is how many words at a message's beginning are taken for sshd's own,
// though no row has them: what sshd says new begins with its own words, and a
// peer's text stands further behind.
const ownWords = 3

// Shape is the message with its variable parts blanked and capped: what two
// lines that differ only in names and numbers have in common. For counting
// what no row knows; it is safe to show.
//
// Words that hold a digit, a quote, a path, a dot, an at sign or a byte that
// is not printable become "*", and so does everything within quotes. A name
// of plain letters cannot be told from the message's own words, so what
// follows "user", "for" and "from" is blanked as well, and from the fourth word
// on whatever is no word of the table: so a text that a peer writes into a message
// that is new makes few shapes, however often he changes it.
func Shape(message string) string {
	var b strings.Builder
	hide, quoted, read, blanked := false, byte(0), 0, false
	for word := range strings.SplitSeq(message, " ") {
		if b.Len() > shapeMax {
			b.WriteString(" …")
			break
		}
		variable := hide || quoted != 0 || isVariable(word) || read >= ownWords && !isOwn(word)
		quoted = closing(word, quoted)
		hide = isBeforeName(word)
		if word != "error:" && word != "fatal:" {
			read++
		}
		if variable && blanked {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		if blanked = variable; variable {
			word = "*"
		}
		b.WriteString(word)
	}
	return b.String()
}

// isBeforeName says whether a name follows the word.
func isBeforeName(word string) bool {
	switch strings.ToLower(word) {
	case "user", "for", "from", "by", "of", "account", "name":
		return true
	}
	return false
}

// vocabulary are the words of the table, in lower case and without the stops
// behind them. It is made on first use: most logs hold nothing that is not known.
var vocabulary = sync.OnceValue(func() map[string]bool {
	words := map[string]bool{"[preauth]": true}
	for _, v := range slices.Concat(common().all, rare().all) {
		for _, text := range v.literals() {
			for word := range strings.FieldsSeq(text) {
				words[plain(word)] = true
			}
		}
	}
	return words
})

// literals are the literal texts of the variant's pattern.
func (v *variant) literals() []string {
	texts := []string{v.lead}
	for i := range v.toks {
		texts = append(texts, v.toks[i].lit)
	}
	return texts
}

// plain is a word without the stops and brackets around it.
func plain(word string) string { return strings.ToLower(strings.Trim(word, ".,:;!?()")) }

// isOwn says whether the table has the word.
func isOwn(word string) bool { return vocabulary()[plain(word)] }

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
