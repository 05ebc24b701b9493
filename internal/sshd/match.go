package sshd

import (
	"net/netip"
	"slices"
	"strings"
)

// What the log keeps of a message. syslog(3) gets at most 500 bytes, standard
// error at most 1,023 (OpenSSH log.c do_log: fmtbuf and "%.500s").
const (
	cutFrom   = 480      // from here on a missing right side is believed to be cut off
	cutExact  = 500      // exactly this long is cut, or might be
	cutLits   = 6        // fewer literal bytes say nothing without the right side
	searchMax = 4 * 1024 // escaped fourfold; no daemon writes longer lines
	maxSplits = 16       // of a message with several open fields; with so many, none is believed
)

// A span is a field's place in a message.
type span struct {
	field      field
	start, end int32
}

// A match is how a variant reads a message: the place of each field.
type match struct {
	v         *variant
	spans     []span
	sure      []span     // scratch of search
	addr      netip.Addr // of the last address or host that was noted
	truncated bool       // the right side is missing
	lenient   bool       // accept in open fields what cannot be there
}

// read tries to read s, which begins with the variant's lead, and notes the
// fields in m. Literals and closed fields are matched from the left up to the
// open field, then from the right end back to it: whatever the peer writes in
// the open field, the others come from their own place.
func (v *variant) read(s string, m *match) bool {
	if !strings.HasSuffix(s, v.tail) { // nothing else is as cheap to refuse
		return false
	}
	m.begin(v, false)
	left := v.readLeft(s, m)
	if left < 0 || v.last < 0 {
		return left == len(s)
	}
	right := v.readRight(s, left, m)
	if right < 0 {
		return false
	}
	if v.several() {
		return v.search(s, left, right, m)
	}
	m.note(v.toks[v.first].field, left, right)
	return m.lenient || v.toks[v.first].field.permits(s[left:right])
}

// readCut reads a message that lost its end: as much as stands left of the
// open field, which takes the rest.
func (v *variant) readCut(s string, m *match) bool {
	m.begin(v, true)
	return v.last >= 0 && v.readLeft(s, m) >= 0
}

func (m *match) begin(v *variant, cut bool) {
	m.v, m.truncated, m.spans, m.addr = v, cut, m.spans[:0], netip.Addr{}
}

func (m *match) note(f field, start, end int) {
	m.spans = append(m.spans, span{f, int32(start), int32(end)})
}

// closed notes a closed field, if s[start:end] can be one.
func (m *match) closed(f field, s string, start, end int) bool {
	if text := s[start:end]; !f.addresses() {
		if !f.valid(text) {
			return false
		}
	} else if a := parseAddr(text); a.IsValid() {
		m.addr = a
	} else if f == fieldAddr && text != unknownAddr {
		return false
	}
	m.note(f, start, end)
	return true
}

// readLeft matches up to the first open field, or to the pattern's end, and
// returns how far that is, -1 where it does not match.
func (v *variant) readLeft(s string, m *match) int {
	pos := len(v.lead)
	for i := 0; i < v.first && pos >= 0; i += v.toks[i].step() {
		pos = v.toks[i].forward(s, pos, m)
	}
	return pos
}

// forward matches the token at pos and returns where it ends, or -1.
func (t *token) forward(s string, pos int, m *match) int {
	if t.field == literal {
		return t.literal(s, pos, t.lit)
	}
	end := t.field.scan(s, pos, t.after)
	if end < 0 {
		return -1
	}
	// Most variants that fail do so at the literal behind the field: look there
	// before the field's text is looked at.
	behind := t.literal(s, end, t.next)
	if behind < 0 || !m.closed(t.field, s, pos, end) {
		return -1
	}
	return behind
}

// literal matches lit at pos and returns where it ends, or -1.
func (t *token) literal(s string, pos int, lit string) int {
	if strings.HasPrefix(s[pos:], lit) {
		return pos + len(lit)
	}
	if t.trails && len(s)-pos == len(lit)-1 && strings.HasPrefix(lit, s[pos:]) {
		return len(s)
	}
	return -1
}

// readRight matches from the end of s back to the last open field, and returns
// where that ends, -1 where it does not match.
func (v *variant) readRight(s string, left int, m *match) int {
	end := len(s)
	for i := len(v.toks) - 1; i > v.last; i-- {
		t := &v.toks[i]
		if t.field == literal {
			if !strings.HasSuffix(s[left:end], t.lit) {
				return -1
			}
			end -= len(t.lit)
			continue
		}
		start := t.field.scanBack(s, left, end, t.before)
		if start < 0 || !m.closed(t.field, s, start, end) {
			return -1
		}
		end = start
	}
	return end
}

// search reads s[left:right] as the tokens from the first open field to the
// last. Where more than one split fits, only the fields that are the same in
// all of them are kept.
func (v *variant) search(s string, left, right int, m *match) bool {
	if right-left > searchMax {
		return false
	}
	outer := len(m.spans)
	splits := 0
	v.split(s[:right], left, v.first, m, func() bool {
		if splits++; splits == 1 {
			m.sure = append(m.sure[:0], m.spans[outer:]...)
		} else {
			m.sure = slices.DeleteFunc(m.sure, func(f span) bool { return !slices.Contains(m.spans[outer:], f) })
		}
		return splits == maxSplits
	})
	if splits == 0 {
		return false
	}
	if m.spans = m.spans[:outer]; splits < maxSplits {
		m.spans = append(m.spans, m.sure...)
	}
	m.readdress(s)
	return true
}

// readdress takes the address from the fields that were kept.
func (m *match) readdress(s string) {
	m.addr = netip.Addr{}
	for _, f := range m.spans {
		if f.field.addresses() && !m.addr.IsValid() {
			m.addr = parseAddr(s[f.start:f.end])
		}
	}
}

// split walks all ways to read s[pos:] from the open field at token i on, and
// calls done for each; done says whether to stop. It reports a stop.
func (v *variant) split(s string, pos, i int, m *match, done func() bool) bool {
	kept := len(m.spans)
	if i == v.last {
		m.note(v.toks[i].field, pos, len(s))
		return done()
	}
	lit := v.toks[i+1].lit
	for at := pos; ; at++ {
		hit := strings.Index(s[at:], lit)
		if hit < 0 && v.toks[i+1].trails && strings.HasSuffix(s[at:], lit[:len(lit)-1]) {
			m.spans = m.spans[:kept]
			m.note(v.toks[i].field, pos, len(s)-len(lit)+1)
			m.note(v.toks[v.last].field, len(s), len(s))
			return done()
		}
		if hit < 0 {
			return false
		}
		at += hit
		if !v.toks[i].field.permits(s[pos:at]) {
			return false // nor does any later split fit
		}
		m.spans = m.spans[:kept]
		m.note(v.toks[i].field, pos, at)
		if next, end := v.upToOpen(s, at, i+1, m); end >= 0 && v.split(s, end, next, m, done) {
			return true
		}
	}
}

// upToOpen matches tokens from i to the next open field.
func (v *variant) upToOpen(s string, pos, i int, m *match) (next, end int) {
	for ; !v.toks[i].field.open(); i += v.toks[i].step() {
		if pos = v.toks[i].forward(s, pos, m); pos < 0 {
			return i, -1
		}
	}
	return i, pos
}
