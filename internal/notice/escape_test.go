package notice

import (
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestPrintable(t *testing.T) {
	for _, test := range []struct{ why, in, want string }{
		{"plain text is left alone", "Failed password for root", "Failed password for root"},
		{"sshd escapes with backslashes; a second escaping would alter what it said", `a\033b`, `a\033b`},
		{"ESC would reach the terminal", "\x1b[31mred", `\x1b[31mred`},
		{"a line feed would forge a line", "a\nb\r\tc", `a\nb\r\tc`},
		{"a C1 control is an escape sequence to some terminals", "\u009b31m", `\u009b31m`},
		{"a bidirectional override turns the line around", "a\u202eb", `a\u202eb`},
		{"a zero-width space hides in a name", "ro\u200bot", `ro\u200bot`},
		{"what is no UTF-8 keeps its bytes readable", "a\xffb\xc3", `a\xffb\xc3`},
		{"names in other scripts are readable as they are", "żółw", "żółw"},
		{"a real replacement character is text", "\ufffd", "\ufffd"},
	} {
		if got := Printable(test.in); got != test.want {
			t.Errorf("Printable(%q) = %q, want %q: %s", test.in, got, test.want, test.why)
		}
	}
}

func FuzzPrintable(f *testing.F) {
	f.Add("a\x1b\u202e\xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := Printable(s)
		if !utf8.ValidString(got) {
			t.Fatalf("Printable(%q) = %q is no UTF-8", s, got)
		}
		for _, r := range got {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
				t.Fatalf("Printable(%q) = %q keeps %U", s, got, r)
			}
		}
		if Printable(got) != got {
			t.Fatalf("Printable is not stable on %q", s)
		}
	})
}

func TestCut(t *testing.T) {
	for _, test := range []struct {
		why   string
		in    string
		width int
		want  string
	}{
		{"what fits stays", "abc", 3, "abc"},
		{"the last character shows that something is missing", "abcd", 3, "ab…"},
		{"characters count, not bytes", "żółw", 4, "żółw"},
		{"a character is not cut in two", "żółwi", 3, "żó…"},
	} {
		if got := Cut(test.in, test.width); got != test.want {
			t.Errorf("Cut(%q, %d) = %q, want %q: %s", test.in, test.width, got, test.want, test.why)
		}
	}
}
