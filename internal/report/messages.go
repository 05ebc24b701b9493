package report

import (
	"io"
	"strings"

	"sshsieve/internal/notice"
	"sshsieve/internal/sshd"
)

// howToRead introduces the page.
var howToRead = []string{
	"Each message stands as sshd prints it. {field} is a part that changes; [a|b] is either, and [a] may be absent. " +
		"In front of it may stand \"error: \" or \"fatal: \", sshd's log level, and behind it \" [preauth]\": said by the process " +
		"that serves a peer who is not logged in yet.",
	"The verdict is that of the line alone: graph is noise and bookkeeping, tooling is somebody who tries passwords, human is for a person. " +
		"\"More with history\" means that it hangs on what was seen of the user or the source before.",
	"Kinds that begin with family/ stand for all that one C function of OpenSSH may say.",
	"To read one line of your own: sshsieve explain LINE.",
}

// WriteMessages writes the message table as a reference page, by category.
func WriteMessages(w io.Writer, rows []*sshd.Row) error {
	s := &sheet{}
	s.line("WHAT SSHD SAYS  (%s)", count(len(rows), "message"))
	for _, text := range howToRead {
		s.text(2, text)
	}
	s.line("")
	eachCategory(rows, func(c sshd.Category, rows []*sshd.Row) {
		x := Explain(c)
		s.line("%s  (%s)", strings.ToUpper(c.String()), count(len(rows), "message"))
		s.text(2, x.What+" "+x.Why)
		s.text(2, "What to do: "+x.Do)
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
	means, do := r.Explain()
	s.text(4, means)
	if do != "" {
		s.text(4, "Do: "+do)
	}
	s.line("    e.g. %s", notice.Printable(r.Sample()))
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
	for _, text := range howToRead {
		s.line("\n%s", prose(text))
	}
	eachCategory(rows, func(c sshd.Category, rows []*sshd.Row) {
		x := Explain(c)
		s.line("\n## %s\n\n%s %s\n\nWhat to do: %s\n", c, prose(x.What), prose(x.Why), prose(x.Do))
		s.line("| kind | message | means | verdict | releases | source | example |")
		s.line("|---|---|---|---|---|---|---|")
		for _, r := range rows {
			s.line("| %s | %s | %s | %s | %s | %s | %s |", r.Kind, code(r.Pattern), cell(explained(r)), verdictText(r), releases(r), r.Source, code(r.Sample()))
		}
	})
	return writeSheet(w, s, "messages")
}

// explained is what a row means and, where it says so itself, what to do.
func explained(r *sshd.Row) string {
	means, do := r.Explain()
	if do != "" {
		means += " **Do:** " + do
	}
	return means
}

// cell writes prose for a table's cell, where a pipe is escaped even in a code
// span (GitHub Flavored Markdown 4.10).
func cell(text string) string { return strings.ReplaceAll(prose(text), "|", `\|`) }

// prose writes text whose only markup are code spans and ** for bold.
func prose(text string) string {
	parts := strings.Split(text, "`")
	for i := 0; i < len(parts); i += 2 { // what is not between backticks
		parts[i] = markup.Replace(parts[i])
	}
	return strings.Join(parts, "`")
}

// markup escapes what Markdown would take for HTML, a link or emphasis.
var markup = strings.NewReplacer("<", "&lt;", "[", `\[`, "]", `\]`, "_", `\_`)

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
