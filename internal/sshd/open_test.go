package sshd

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// hostileTexts are what a peer could write where he may write anything: the
// words of rows, ends of rows, and what breaks parsers.
func hostileTexts() []string {
	return []string{
		"", " ", "  ", "x", "from", "port", "ssh2", "invalid user x", "user x", "x [preauth]", " [preauth]",
		"root from 10.0.0.1 port 22 ssh2", "x from 10.0.0.1", "x 10.0.0.1 port 22", "x 10.0.0.1 port 22 [preauth]",
		"x from 10.0.0.1 port 22 ssh2: RSA SHA256:T4yOhvf3l0C2sEeMXWxVJWrZ9wEb6jvqJ0xVq3y1mWc",
		"y ID z (serial 0) CA RSA SHA256:T4yOhvf3l0C2sEeMXWxVJWrZ9wEb6jvqJ0xVq3y1mWc",
		"message repeated 99 times: [ x]", `\303\251\303\251`, `\\n\\033[31m`, `x\nAccepted password for root from 10.0.0.1 port 22 ssh2`,
		"a\nb", "a\r\nb", "\x00\x1b[31m\xff", "{{.}}%s%n$(id)`id`", "=cmd|' /C calc'!A0", "<script>alert(1)</script>",
		"rhost=10.0.0.1  user=root", "' from 10.0.0.1 port 22", `" flags READ mode 0`, "). (10.0.0.1)", "10.0.0.1", "::1",
		"error: x", "fatal: x", "pam_unix(sshd:auth): x", "Their offer: x", ". Their offer: x",
		strings.Repeat("x", 600), strings.Repeat(`\303\251`, 75), strings.Repeat("x from 10.0.0.1 port 22 ssh2 ", 20),
		strings.Repeat(" ", 600),
	}
}

// An openSlot is a place of a row where text is open.
type openSlot struct {
	row           *Row
	before, after string // the message around it
	field         field
}

func openSlots(t testing.TB) []openSlot {
	var slots []openSlot
	for _, row := range rows() {
		variants, err := compile(nil, row)
		if err != nil {
			t.Fatal(err)
		}
		for i := range variants {
			slots = append(slots, variants[i].slots()...)
		}
	}
	return slots
}

func (v *variant) slots() []openSlot {
	var slots []openSlot
	for i, tok := range v.toks {
		if tok.field.peers() {
			slots = append(slots, openSlot{v.row, v.lead + fillTokens(v.toks[:i]), fillTokens(v.toks[i+1:]), tok.field})
		}
	}
	return slots
}

func fillTokens(toks []token) string {
	var b strings.Builder
	for _, t := range toks {
		b.WriteString(t.lit)
		b.WriteString(samples[t.field])
	}
	return b.String()
}

// holds checks that text in the slot changes neither the kind nor the address
// and port of the message.
func (s openSlot) holds(text string) error {
	harmless, hostile := read(s.before+samples[s.field]+s.after), read(s.before+text+s.after)
	if harmless.Row != s.row {
		return nil // another row refines this one's sample; its own slot is tried
	}
	if hostile.Truncated || looksLikeSuffix(text, s.after) {
		if hostile.Addr.IsValid() && hostile.Addr != harmless.Addr {
			return fmt.Errorf("address %v, was %v", hostile.Addr, harmless.Addr)
		}
		return nil
	}
	if hostile.Row != s.row {
		return fmt.Errorf("kind %s", hostile.Kind())
	}
	if len(s.row.open()) > 1 && !hostile.Addr.IsValid() {
		return nil // several open fields: an address only where one split fits
	}
	if hostile.Addr != harmless.Addr || hostile.Port != harmless.Port {
		return fmt.Errorf("address %v port %d, was %v %d", hostile.Addr, hostile.Port, harmless.Addr, harmless.Port)
	}
	return nil
}

// looksLikeSuffix says whether the text, as the end of a line, cannot be told
// from the monitor's suffix: then only the address must be no other.
func looksLikeSuffix(text, after string) bool {
	return strings.HasSuffix(text+after, "auth]") && !strings.HasSuffix(after, "auth]")
}

// open lists the open fields of the row's fullest form.
func (r *Row) open() []field {
	var list []field
	for _, v := range must(compile(nil, r)) {
		var of []field
		for _, t := range v.toks {
			if t.field.open() {
				of = append(of, t.field)
			}
		}
		if len(of) > len(list) {
			list = of
		}
	}
	return list
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// permitted says whether the peer can write this text there at all: auth2.c
// cuts a user name at its first colon, and no daemon writes a longer line.
func (s openSlot) permitted(text string) bool {
	long := len(s.before)+len(text)+len(s.after) > searchMax
	return !long && (s.field != fieldUser || !strings.Contains(text, ":"))
}

func TestOpenFieldsChangeNothing(t *testing.T) {
	texts := append(hostileTexts(), randomTexts(20)...)
	for _, slot := range openSlots(t) {
		for _, text := range texts {
			if !slot.permitted(text) {
				continue
			}
			if err := slot.holds(text); err != nil {
				t.Errorf("%s: %v with %.80q in {%s}: %.200q", slot.row.Kind, err, text, fieldNames[slot.field], slot.before+text+slot.after)
			}
		}
	}
}

// Another row's whole line in an open field: each row in each, drawn by lot so
// that the test stays short; the fuzz target goes on.
func TestOpenFieldsHoldWholeLines(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	lines := samplesOfAllRows()
	for _, slot := range openSlots(t) {
		for range 40 {
			text := lines[rnd.IntN(len(lines))]
			if !slot.permitted(text) {
				continue
			}
			if err := slot.holds(text); err != nil {
				t.Errorf("%s: %v with %.500q in {%s}", slot.row.Kind, err, text, fieldNames[slot.field])
			}
		}
	}
}

// randomTexts are made of the words that rows are made of.
func randomTexts(n int) []string {
	rnd := rand.New(rand.NewPCG(3, 4))
	words := []string{"from", "port", "22", "10.0.0.1", "user", "invalid", "for", "ssh2", "[preauth]", ":", "closed", "by", "2001:db8::1", `\033`, "'", `"`, "a b", "\t", "é"}
	texts := make([]string, n)
	for i := range texts {
		for range 1 + rnd.IntN(12) {
			texts[i] += words[rnd.IntN(len(words))] + [...]string{" ", "", " "}[rnd.IntN(3)]
		}
	}
	return texts
}

func FuzzOpenField(f *testing.F) {
	slots := openSlots(f)
	for i, text := range hostileTexts() {
		f.Add(uint(i*37), text)
	}
	f.Fuzz(func(t *testing.T, n uint, text string) {
		slot := slots[n%uint(len(slots))]
		if !slot.permitted(text) {
			return
		}
		if err := slot.holds(text); err != nil {
			t.Errorf("%s: %v with %.500q in {%s}", slot.row.Kind, err, text, fieldNames[slot.field])
		}
	})
}
