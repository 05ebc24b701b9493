package report

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// pad fills s with blanks up to width characters.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}

// wrap breaks text at blanks into lines of at most width characters; a word
// longer than that has a line of its own.
func wrap(text string, width int) []string {
	var lines []string
	line, length := "", 0
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		if length > 0 && length+1+n > width {
			lines = append(lines, line)
			line, length = "", 0
		}
		if length > 0 {
			line, length = line+" ", length+1
		}
		line, length = line+word, length+n
	}
	if length > 0 {
		lines = append(lines, line)
	}
	return lines
}

// thousands writes 12345 as "12,345".
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// count is "1 line", "2,000 lines".
func count(n int, one string) string {
	switch {
	case n == 1:
		return "1 " + one
	case strings.HasSuffix(one, "s"):
		return thousands(n) + " " + one + "es"
	case strings.HasSuffix(one, "y") && !strings.HasSuffix(one, "ay"): // day
		return thousands(n) + " " + strings.TrimSuffix(one, "y") + "ies"
	}
	return thousands(n) + " " + one + "s"
}
