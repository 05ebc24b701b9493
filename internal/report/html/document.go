package html

import (
	"fmt"
	"strings"
	"time"

	"sshsieve/internal/report"
)

// A document is the page as page.html lays it out. Its texts may come from a
// log; page.html writes them as text.
type document struct {
	Title   string
	Facts   []fact
	Answers []answer
	Parts   []part
	// Graphs are those of the sections, in order, for page.js.
	Graphs []*graph
}

// A fact is one line of what was read.
type fact struct{ Name, Text string }

// An answer is what a reader asks first. Section is the id of where the whole of
// it stands.
type answer struct {
	Question, Text string
	Section        string
	// Tone is "bad" where somebody should act, "good" where not, else empty.
	Tone string
}

// A part is a group of sections.
type part struct {
	ID, Title, Intro string
	Sections         []section
}

// A section has a table, and mostly a graph of it.
type section struct {
	ID, Title, Intro string
	// None is said where there is nothing to show.
	None  string
	Graph *graph
	Table *table
	// Texts are long texts that belong to the table, each behind its title.
	Texts []text
}

// A text is folded away until somebody wants to read it.
type text struct{ Title, Body string }

func newDocument(p *report.Page) *document {
	d := &document{
		Title:   title(p),
		Facts:   facts(p),
		Answers: answers(p),
		Parts:   []part{adminPart(p), researchPart(p)},
		Graphs:  []*graph{}, // page.js wants a list
	}
	for _, part := range d.Parts {
		for _, s := range part.Sections {
			if s.Graph != nil {
				d.Graphs = append(d.Graphs, s.Graph)
			}
		}
	}
	return d
}

// title names the hosts, where they are few.
func title(p *report.Page) string {
	var names []string
	for _, h := range p.Hosts {
		if h.Name != "" {
			names = append(names, h.Name)
		}
	}
	switch {
	case len(names) == 0:
		return "What sshd logged"
	case len(names) > 3:
		return "What sshd logged on " + plural(len(names)+p.More["hosts"], "host")
	}
	return "What sshd logged on " + and(names)
}

func facts(p *report.Page) []fact {
	list := []fact{
		{"Time", span(p)},
		{"Read", read(p)},
		{"Files", files(p)},
		{"Meant for", fmt.Sprintf("graphs %s, ban tools %s; bad by themselves %s (for what is bad together see the mails)",
			number(p.Verdicts["graph"]), number(p.Verdicts["tooling"]), number(p.Verdicts["human"]))},
	}
	if len(p.Forgotten) > 0 {
		list = append(list, fact{"Left out", forgotten(p)})
	}
	return list
}

// read is how much there was: all counts of the page but this are of events.
func read(p *report.Page) string {
	text := fmt.Sprintf("%s, %s of them sshd’s", plural(p.Lines, "line"), number(p.SSHD))
	if p.Repeated > 0 {
		text += fmt.Sprintf(": %s, as repeated lines are folded into others %s",
			plural(p.SSHD+p.Repeated, "event"), plural(p.Repeated, "time"))
	}
	return text
}

// span is the time that the log covers.
func span(p *report.Page) string {
	if p.From == nil || p.To == nil {
		return "no line tells its time"
	}
	return moment(p.From) + " to " + moment(p.To) + " UTC"
}

const filesShown = 4

func files(p *report.Page) string {
	var names []string
	for _, f := range p.Files[:min(len(p.Files), filesShown)] {
		names = append(names, f.Name)
	}
	if more := len(p.Files) - filesShown + p.More["files"]; more > 0 {
		names = append(names, number(more)+" more")
	}
	return and(names)
}

func forgotten(p *report.Page) string {
	total := 0
	for _, n := range p.Forgotten {
		total += n
	}
	return "up to " + number(total) + " of the rarest things, of lists that grew too long; totals are exact"
}

// number writes a count with its thousands apart.
func number(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "\u202f" + s[i:] // NARROW NO-BREAK SPACE, as ISO 80000-1 has it
	}
	return s
}

// plural is a count of things: lines, classes, families.
func plural(n int, one string) string {
	switch {
	case n == 1:
		return "1 " + one
	case strings.HasSuffix(one, "s"):
		return number(n) + " " + one + "es"
	case strings.HasSuffix(one, "ry"), strings.HasSuffix(one, "ly"), strings.HasSuffix(one, "ty"):
		return number(n) + " " + strings.TrimSuffix(one, "y") + "ies"
	}
	return number(n) + " " + one + "s"
}

// and joins names as a sentence does.
func and(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// percent is a share of a total, as text.
func percent(n, total int) string {
	if total == 0 {
		return ""
	}
	share := 100 * float64(n) / float64(total)
	if share > 0 && share < 1 {
		return "<1\u202f%"
	}
	return fmt.Sprintf("%.0f\u202f%%", share)
}

const minutes = "2006-01-02 15:04"

// moment is a time to the minute, in UTC; "" for none.
func moment(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.UTC().Format(minutes)
}
