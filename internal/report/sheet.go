package report

import (
	"fmt"
	"io"
	"strings"
)

// A sheet collects the lines of the text page, as its look has them.
type sheet struct {
	look
	b strings.Builder
}

// line adds one formatted line, without blanks at its end.
func (s *sheet) line(format string, args ...any) {
	s.b.WriteString(s.look.text(strings.TrimRight(fmt.Sprintf(format, args...), " ")))
	s.b.WriteByte('\n')
}

// draw puts what stands for numbers into its colour.
func (s *sheet) draw(drawing string) string { return s.coloured(cyan, drawing) }

// heading begins a section, with a note behind its title.
func (s *sheet) heading(title, note string) {
	s.headingIn(bold, title, note)
}

// alarm is a heading that must be seen.
func (s *sheet) alarm(title, note string) { s.headingIn(boldRed, title, note) }

func (s *sheet) headingIn(colour, title, note string) {
	s.line("")
	if note != "" {
		note = "  (" + note + ")"
	}
	s.line("%s%s", s.coloured(colour, title), note)
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
		s.line("  ... and %s%s", upTo(forgotten), count(left+forgotten, "more "+one))
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
