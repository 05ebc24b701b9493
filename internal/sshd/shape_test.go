package sshd

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// shapeBound is the longest that a Shape may be: two lines of a page.
const shapeBound = 160

func TestShape(t *testing.T) {
	for _, c := range []struct{ why, message, want string }{
		{"plain words stay", "no more sessions", "no more sessions"},
		{"a number is blanked", "wait returned status 7f", "wait returned status *"},
		{"a name after user", "frobnicating user alice failed", "frobnicating user * failed"},
		{"a name after for", "quota exceeded for alice today", "quota exceeded for *"},
		{"a host after from", "surprise from client.example.net", "surprise from *"},
		{"an address", "odd peer 192.0.2.7 port 4242 left", "odd peer * port * left"},
		{"quotes hide what is in them", `cannot parse "two words" here`, `cannot parse * here`},
		{"and so does a quote that never ends", `cannot parse "two words here`, `cannot parse *`},
		{"old quotes", "access for `a b' denied", "access for * denied"},
		{"a path", "cannot open /home/alice/x today", "cannot open *"},
		{"an e-mail address", "principal alice@EXAMPLE.COM unknown", "principal * unknown"},
		{"a long word may be anything", "token " + strings.Repeat("a", 33) + " refused", "token * refused"},
		{"a sentence's full stop is no part of a name", "Something broke.", "Something broke."},
		{"an escape sequence", "\x1b[31mred alert", "* alert"},
		{"not even ASCII", "héllo there", "* there"},
		{"nothing", "", ""},
		{"new words at the beginning are sshd's", "Passkey enrolment requested by alice 203.0.113.9 port 40022", "Passkey enrolment requested by * port *"},
		{"the level's prefix is none of them", "error: enclave signer unavailable, retrying", "error: enclave signer unavailable, *"},
		{"words further behind may be a peer's, unless the table has them", "Login of alice from 203.0.113.9 port 40022 parked: approval pending", "Login of * from * port *"},
		{"the monitor's suffix", "Gremlins in the works, eating [preauth]", "Gremlins in the * [preauth]"},
	} {
		if got := Shape(c.message); got != c.want {
			t.Errorf("%s: Shape(%q) = %q, want %q", c.why, c.message, got, c.want)
		}
	}
}

// Lines that differ in names and numbers only are one shape: that is what it
// is counted by.
func TestShapeOfLikeLines(t *testing.T) {
	for _, like := range [][]string{
		{"gremlin 7 ate packet from alice", "gremlin 12345 ate packet from bob"},
		{"rejecting user alice (10.0.0.1)", "rejecting user zoé (2001:db8::1)"},
		{`no such thing "a"`, `no such thing "bb"`},
		{"cannot read /a/b", "cannot read /c"},
	} {
		if a, b := Shape(like[0]), Shape(like[1]); a != b {
			t.Errorf("%q and %q differ: %q and %q", like[0], like[1], a, b)
		}
	}
}

// TestShapesOfAPeersText: what a peer writes into messages that no row knows, with
// words that are not sshd's, makes few shapes. (Who writes sshd's own words can make
// more; what counts shapes keeps few of them, and the rule wants two hosts.)
func TestShapesOfAPeersText(t *testing.T) {
	const texts, bound = 5000, 40
	rnd := rand.New(rand.NewPCG(51, 52))
	for _, message := range []string{
		"Gremlins were found in %s",
		"Passkey of peer refused: %s [preauth]",
		"error: enclave signer said: %s",
		"Attestation for %s from 203.0.113.9 port 40022 deferred",
		"Peer 203.0.113.9 port 40022 announced %s as its name",
	} {
		shapes := map[string]bool{}
		for range texts {
			shapes[Shape(strings.Replace(message, "%s", randomWords(rnd), 1))] = true
		}
		if len(shapes) > bound {
			t.Errorf("%q: %d texts make %d shapes, want at most %d", message, texts, len(shapes), bound)
		}
	}
}

// randomWords are up to 12 words of up to 12 letters, digits and signs.
func randomWords(rnd *rand.Rand) string {
	const bytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-_/@\"'"
	var b strings.Builder
	for range 1 + rnd.IntN(12) {
		for range 3 + rnd.IntN(10) { // shorter ones are words of sshd's by accident
			b.WriteByte(bytes[rnd.IntN(len(bytes))])
		}
		b.WriteByte(' ')
	}
	return b.String()
}

func checkShape(t *testing.T, message string) {
	t.Helper()
	shape := Shape(message)
	if len(shape) > shapeBound {
		t.Errorf("%d bytes, want at most %d: %q", len(shape), shapeBound, shape)
	}
	if !utf8.ValidString(shape) {
		t.Errorf("not UTF-8: %q", shape)
	}
	for _, r := range shape {
		if r < ' ' || r == 0x7f || '0' <= r && r <= '9' || strings.ContainsRune("\"'`/\\@=%<>", r) || r > 0x7f && r != '…' {
			t.Errorf("%q in the shape %q of %q", r, shape, message)
		}
	}
}

func TestShapeOfAnything(t *testing.T) {
	for _, text := range append(append(hostileTexts(), randomTexts(200)...), samplesOfAllRows()...) {
		checkShape(t, text)
	}
	for _, word := range []string{"a ", "word ", strings.Repeat("w", 32) + " ", "7 ", `"`, "'", "for "} {
		checkShape(t, strings.Repeat(word, 1000))
	}
	rnd := rand.New(rand.NewPCG(31, 32))
	for range 200 {
		b := make([]byte, rnd.IntN(400))
		for i := range b {
			b[i] = byte(rnd.Uint32())
		}
		checkShape(t, string(b))
	}
}

func FuzzShape(f *testing.F) {
	for _, text := range hostileTexts() {
		f.Add(text)
	}
	f.Fuzz(checkShape)
}
