package sshd

import (
	"fmt"
	"strings"
)

// A variant is one way to read a row: its pattern with each optional part
// either present or absent. Rows match as variants, so that a form with more
// literal text is always tried before a form with less.
type variant struct {
	row  *Row
	lead string  // the literal text in front, found by the index
	tail string  // the literal text at the end
	toks []token // what follows it
	// first and last are the positions in toks of the first and last open
	// field, or len(toks) and -1 where there is none. At most one of them is
	// usual; with more, `several` asks for the search of match.go.
	first, last int
	lits        int // literal bytes, lead and known words included
	leftLits    int // those before the first open field
	existence   Existence
	method      string // where the literal text in front names it
	tier        int    // see order
	rank        int    // place in the order of precedence
}

func (v *variant) several() bool { return v.first < v.last }

// A token is a field, or literal text where field is literal.
type token struct {
	field field
	lit   string
	// next is the literal text behind a field; after is its first byte, and
	// before the last byte of the literal in front; 0 at the ends.
	next          string
	after, before byte
	// trails: only free text follows the literal, or the field's next. Where the
	// text is empty, relays strip the literal's last blank with it.
	trails bool
}

// step is how many tokens forward reads at once: a field takes the literal
// behind it along.
func (t *token) step() int {
	if t.next != "" {
		return 2
	}
	return 1
}

// compile appends the variants of a row's pattern.
func compile(variants []variant, row *Row) ([]variant, error) {
	texts, err := expand(row.Pattern)
	if err != nil {
		return nil, fmt.Errorf("row %s: %w", row.Kind, err)
	}
	for _, text := range texts {
		v, err := compileOne(row, text)
		if err != nil {
			return nil, fmt.Errorf("row %s: %w", row.Kind, err)
		}
		variants = append(variants, v)
	}
	return variants, nil
}

// expand writes the choices of a pattern out: "a[ b]" is "a b" and "a", and
// "[a|b|]" is "a", "b" and "". Choices do not nest. A backslash makes the next
// byte literal, and stays in the result.
func expand(pattern string) ([]string, error) {
	open := unescaped(pattern, '[')
	if open < 0 {
		return []string{pattern}, nil
	}
	length := unescaped(pattern[open:], ']')
	if length < 0 {
		return nil, fmt.Errorf("unclosed [ in %q", pattern)
	}
	rest, err := expand(pattern[open+length+1:])
	if err != nil {
		return nil, err
	}
	var texts []string
	for _, part := range choices(pattern[open+1 : open+length]) {
		for _, r := range rest {
			texts = append(texts, pattern[:open]+part+r)
		}
	}
	return texts, nil
}

// choices are the parts between bars; a single part may be absent.
func choices(inner string) []string {
	var parts []string
	for {
		bar := unescaped(inner, '|')
		if bar < 0 {
			break
		}
		parts = append(parts, inner[:bar])
		inner = inner[bar+1:]
	}
	if parts == nil {
		return []string{inner, ""}
	}
	return append(parts, inner)
}

// unescaped is the position of the first b without a backslash before it.
func unescaped(s string, b byte) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case b:
			return i
		}
	}
	return -1
}

func compileOne(row *Row, text string) (variant, error) {
	toks, err := tokens(text)
	if err != nil {
		return variant{}, err
	}
	v := variant{row: row, toks: toks}
	if len(toks) > 0 && toks[0].field == literal {
		v.lead, v.toks = toks[0].lit, toks[1:]
	}
	v.tier = v.order()
	v.method = method(v.lead)
	v.lits, v.leftLits = len(v.lead), len(v.lead)
	v.trail()
	v.first, v.last = len(v.toks), -1
	for i, t := range v.toks {
		if t.field.open() {
			v.first, v.last = min(v.first, i), i
		}
		v.lits += len(t.lit) + t.field.words()
		if v.last < 0 {
			v.leftLits = v.lits
		}
		switch t.field {
		case fieldUser:
			v.existence = existence(v.lead, v.before(i))
		case fieldAccount:
			v.existence = Exists
		}
	}
	if len(v.toks) > 0 {
		v.tail = v.toks[len(v.toks)-1].lit
	}
	return v, v.link()
}

// trail marks the literal in front of free text that ends the pattern. A lead
// gives its last blank away for that, since the index asks for all of it.
func (v *variant) trail() {
	n := len(v.toks) - 1
	if n < 0 || !v.toks[n].field.open() || !strings.HasSuffix(v.before(n), " ") {
		return
	}
	if n == 0 {
		v.lead = v.lead[:len(v.lead)-1]
		v.toks = []token{{lit: " "}, v.toks[0]}
		n = 1
		v.lits, v.leftLits = v.lits-1, v.leftLits-1
	}
	v.toks[n-1].trails = true
	if n > 1 && v.toks[n-2].field != literal {
		v.toks[n-2].trails = true
	}
}

// order says which variants are tried before which: those that begin with
// literal text, those that begin with a closed field, families of a function,
// families of any function, and last those that begin with free text.
func (v *variant) order() int {
	family := strings.HasPrefix(v.row.Kind, familyPrefix)
	switch {
	case v.lead == "" && v.toks[0].field.open():
		return 4
	case v.lead == "" && family:
		return 3
	case family:
		return 2
	case v.lead == "":
		return 1
	}
	return 0
}

// before is the literal in front of the token at i.
func (v *variant) before(i int) string {
	switch {
	case i == 0:
		return v.lead
	case i == 1 && v.toks[0].field == literal: // a lead that gave its blank away
		return v.lead + v.toks[0].lit
	}
	return v.toks[i-1].lit
}

// method is the authentication method in "Failed password for " (auth.c
// auth_log); empty where the text is another.
func method(lead string) string {
	verb, rest, _ := strings.Cut(lead, " ")
	name, _, ok := strings.Cut(rest, " for ")
	switch verb {
	case "Accepted", "Failed", "Partial", "Postponed":
		if ok && all(name, methodByte) {
			return name
		}
	}
	return ""
}

// existence is what a wording says of the account it names (auth2.c
// input_userauth_request and packet.c sshpkt_vfatal choose the word).
func existence(lead, before string) Existence {
	switch {
	case strings.HasSuffix(before, "nvalid user "), strings.HasSuffix(before, "llegal user "):
		return Invalid
	case strings.HasSuffix(before, "authenticating user "):
		return Exists
	}
	for _, verb := range [...]string{"Accepted ", "Failed ", "Partial ", "Postponed ", "maximum authentication ", "public key ", "PAM: "} {
		if strings.HasPrefix(lead, verb) {
			return Exists
		}
	}
	return Unsaid
}

// link tells each field the bytes around it, and refuses two fields without
// anything between them, which nobody could tell apart.
func (v *variant) link() error {
	for i := range v.toks {
		t := &v.toks[i]
		if t.field == literal {
			continue
		}
		if before := v.before(i); before != "" {
			t.before = before[len(before)-1]
		} else if i > 0 {
			return fmt.Errorf("two fields touch in %q", v.row.Pattern)
		}
		if i+1 < len(v.toks) && v.toks[i+1].field == literal {
			t.next, t.after = v.toks[i+1].lit, v.toks[i+1].lit[0]
		}
	}
	return nil
}

// tokens cuts a pattern without choices into literals and fields.
func tokens(text string) ([]token, error) {
	toks := make([]token, 0, 2+2*strings.Count(text, "{"))
	for text != "" {
		open := unescaped(text, '{')
		if open != 0 {
			lit := text
			if open > 0 {
				lit = text[:open]
			}
			toks = append(toks, token{lit: unescape(lit)})
			text = text[len(lit):]
			continue
		}
		end := strings.IndexByte(text, '}')
		if end < 0 {
			return nil, fmt.Errorf("unclosed { in %q", text)
		}
		f, ok := fieldByName(text[1:end])
		if !ok {
			return nil, fmt.Errorf("no field is called %q", text[:end+1])
		}
		toks = append(toks, token{field: f})
		text = text[end+1:]
	}
	return toks, nil
}

// unescape takes the backslashes off.
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
