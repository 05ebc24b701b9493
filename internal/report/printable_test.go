package report

import (
	"strings"
	"testing"
)

func TestWrapKeepsWords(t *testing.T) {
	const text = "one two  three averyveryverylongword four"
	lines := wrap(text, 10)
	if got, want := strings.Join(lines, " "), strings.Join(strings.Fields(text), " "); got != want {
		t.Errorf("wrap lost words: %q", lines)
	}
	for _, l := range lines {
		if len(l) > 10 && strings.Contains(l, " ") {
			t.Errorf("line %q is longer than 10", l)
		}
	}
}

func TestCount(t *testing.T) {
	for _, test := range []struct {
		n         int
		one, want string
	}{
		{1, "line", "1 line"}, {0, "line", "0 lines"}, {1234567, "line", "1,234,567 lines"},
		{2, "address", "2 addresses"}, {1000, "category", "1,000 categories"},
	} {
		if got := count(test.n, test.one); got != test.want {
			t.Errorf("count(%d, %q) = %q, want %q", test.n, test.one, got, test.want)
		}
	}
}
