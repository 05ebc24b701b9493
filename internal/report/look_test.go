package report

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestBars(t *testing.T) {
	for _, test := range []struct {
		why           string
		n, most       int
		plain, marked string
	}{
		{"the most fills it", 80, 80, "########", "████████"},
		{"half", 40, 80, "####", "████"},
		{"eighths of a character", 45, 80, "#####", "████▌"},
		{"what is not nothing is seen", 1, 1_000_000, "#", "▏"},
		{"nothing is not", 0, 80, "", ""},
		{"nothing of nothing", 0, 0, "", ""},
	} {
		if got := (look{plain: true}).bar(test.n, test.most, 8); got != test.plain {
			t.Errorf("%s: %q, want %q", test.why, got, test.plain)
		}
		if got := (look{}).bar(test.n, test.most, 8); got != test.marked {
			t.Errorf("%s: %q, want %q", test.why, got, test.marked)
		}
	}
}

func TestSparklines(t *testing.T) {
	counts := []int{0, 1, 2, 3, 4, 5, 6, 7, 8}
	if got := (look{}).sparkline(counts); got != "·▁▂▃▄▅▆▇█" {
		t.Errorf("%s", got)
	}
	if got := (look{plain: true}).sparkline(counts); got != ".:-=+*#%@" {
		t.Errorf("%s", got)
	}
	if got := (look{}).sparkline([]int{0, 0}); got != "··" {
		t.Errorf("%s", got)
	}
}

// Plain and marked pages differ in marks only; colours change nothing else.
func TestLooksSayTheSame(t *testing.T) {
	page := gather(samples...).Page(false)
	var plain, marked, coloured bytes.Buffer
	if err := page.WriteText(&plain); err != nil {
		t.Fatal(err)
	}
	if err := page.WriteTerminal(&marked, false); err != nil {
		t.Fatal(err)
	}
	if err := page.WriteTerminal(&coloured, true); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsFunc(plain.String(), func(r rune) bool { return r >= utf8.RuneSelf }) {
		t.Errorf("not plain:\n%s", plain.String())
	}
	if p, m := strings.Count(plain.String(), "\n"), strings.Count(marked.String(), "\n"); p != m {
		t.Errorf("%d lines are plain, %d marked", p, m)
	}
	var uncoloured string
	for i, part := range strings.Split(coloured.String(), "\x1b[") {
		if i > 0 {
			_, part, _ = strings.Cut(part, "m")
		}
		uncoloured += part
	}
	if uncoloured != marked.String() {
		t.Errorf("without its colours it is\n%s\nwant\n%s", uncoloured, marked.String())
	}
	if strings.Count(coloured.String(), "\x1b[0m") < 10 {
		t.Errorf("hardly a colour:\n%q", coloured.String())
	}
}

func TestPeersSentences(t *testing.T) {
	for _, test := range []struct{ why, text, want string }{
		{"a link", "see https://evil.example/x", "see https[:]//evil[.]example/x"},
		{"a name", "www.evil.example", "www[.]evil[.]example"},
		{"a name that is not ASCII", "evil.рф", "evil[.]рф"},
		{"a version stays", "SSH-2.0-Go 1.22", "SSH-2.0-Go 1.22"},
		{"a full stop stays", "Too many attempts.", "Too many attempts."},
		{"controls are written out", "\x1b[31m\u202e", `\x1b[31m\u202e`},
		{"no UTF-8", "\xff", `\xff`},
		{"cut", strings.Repeat("x", 100), strings.Repeat("x", 63) + "…"},
	} {
		if got := showPeers(test.text); got != test.want {
			t.Errorf("%s: %q, want %q", test.why, got, test.want)
		}
	}
}
