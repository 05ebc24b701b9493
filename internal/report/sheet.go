package report

import (
	"fmt"
	"io"
	"strings"
)

// A sheet collects the lines of the text page.
type sheet struct{ b strings.Builder }

// line adds one formatted line, without blanks at its end.
func (s *sheet) line(format string, args ...any) {
	s.b.WriteString(strings.TrimRight(fmt.Sprintf(format, args...), " "))
	s.b.WriteByte('\n')
}

// heading begins a section, with a note behind its title.
func (s *sheet) heading(title, note string) {
	s.line("")
	if note == "" {
		s.line("%s", title)
	} else {
		s.line("%s  (%s)", title, note)
	}
}

// text adds a paragraph, indented.
func (s *sheet) text(indent int, text string) {
	for _, l := range wrap(text, width-indent) {
		s.line("%*s%s", indent, "", l)
	}
}

// rest says what a list left out. Forgotten things may be counted twice.
func (s *sheet) rest(left, forgotten int, one string) {
	if left+forgotten > 0 {
		s.line("  … and %s%s", upTo(forgotten), count(left+forgotten, "more "+one))
	}
}

// upTo tells a number that may be too high: see Page.Forgotten.
func upTo(forgotten int) string {
	if forgotten > 0 {
		return "up to "
	}
	return ""
}

// labelled adds a paragraph behind a label; an empty text adds nothing.
func (s *sheet) labelled(label, text string) {
	for i, l := range wrap(text, width-labelWidth) {
		if i > 0 {
			label = ""
		}
		s.line("%-*s%s", labelWidth, label, l)
	}
}

// verbatim adds text from the log or the table, whose blanks count, behind a
// label.
func (s *sheet) verbatim(label, text string) {
	s.line("%-*s%s", labelWidth, label, text)
}

// writeSheet hands a finished page over.
func writeSheet(w io.Writer, s *sheet, what string) error {
	if _, err := io.WriteString(w, s.b.String()); err != nil {
		return fmt.Errorf("write %s: %w", what, err)
	}
	return nil
}
