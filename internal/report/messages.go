package report

import (
	"io"
	"strings"

	"sshsieve/internal/notice"
	"sshsieve/internal/sshd"
)

// WriteMessages writes the message table as a reference page, by category.
func WriteMessages(w io.Writer, rows []*sshd.Row) error {
	s := &sheet{}
	eachCategory(rows, func(c sshd.Category, rows []*sshd.Row) {
		s.line("%s  (%s)", strings.ToUpper(c.String()), count(len(rows), "row"))
		s.text(2, Explain(c).What+" "+Explain(c).Why)
		for _, r := range rows {
			messageText(s, r)
		}
		s.line("")
	})
	return writeSheet(w, s, "messages")
}

// messageText writes one row.
func messageText(s *sheet, r *sshd.Row) {
	s.line("")
	s.line("  %s  %s", pad(r.Kind, 36), verdictText(r))
	s.line("    %s", r.Pattern)
	s.line("    %s, %s", r.Source, releases(r))
	s.text(4, r.Means)
	if r.Example != "" {
		s.line("    e.g. %s", notice.Printable(r.Example))
	}
}

// verdictText is the row's verdict, marked where history may change it.
func verdictText(r *sshd.Row) string {
	if r.Context {
		return r.Verdict.String() + ", more with history"
	}
	return r.Verdict.String()
}

// WriteMessagesMarkdown writes the same as Markdown, for a reference page.
func WriteMessagesMarkdown(w io.Writer, rows []*sshd.Row) error {
	s := &sheet{}
	s.line("# What sshd says")
	eachCategory(rows, func(c sshd.Category, rows []*sshd.Row) {
		s.line("\n## %s\n\n%s %s %s\n", c, Explain(c).What, Explain(c).Why, Explain(c).Do)
		s.line("| kind | message | verdict | releases | source | example |")
		s.line("|---|---|---|---|---|---|")
		for _, r := range rows {
			s.line("| %s | %s | %s | %s | %s | %s |", r.Kind, code(r.Pattern), verdictText(r), releases(r), r.Source, code(r.Example))
		}
	})
	return writeSheet(w, s, "messages")
}

// code writes text as a code span inside a table's cell (GitHub Flavored
// Markdown 4.10: a pipe is escaped even there; 6.1: the fence is longer than
// any run of backticks inside).
func code(text string) string {
	if text == "" {
		return ""
	}
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if len(fence) > 1 {
		text = " " + text + " "
	}
	return fence + strings.ReplaceAll(notice.Printable(text), "|", `\|`) + fence
}

// eachCategory calls f for every category that has rows, in the table's order.
func eachCategory(rows []*sshd.Row, f func(sshd.Category, []*sshd.Row)) {
	for _, c := range sshd.Categories() {
		var of []*sshd.Row
		for _, r := range rows {
			if r.Category == c {
				of = append(of, r)
			}
		}
		if len(of) > 0 {
			f(c, of)
		}
	}
}
