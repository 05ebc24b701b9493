package html

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"sshsieve/internal/report"
	"sshsieve/internal/sshd"
)

// A document is the page as page.html lays it out. Its texts may come from a
// log; page.html writes them as text.
type document struct {
	Title   string
	Facts   []fact
	Answers []answer
	// Notes are facts that can wait until the page's end.
	Notes []fact
	// Story is the graph of what happened when, right under the answers.
	Story section
	Parts []part
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
	// Points are a list below the Text, of an answer that needs one.
	Points []string
	// Mail is the id of a mail in full, which says what to do; "" for none.
	Mail string
	// Tone is "bad" where somebody should act, "good" where not, else empty.
	Tone string
}

// A part is a group of sections.
type part struct {
	ID, Title string
	Sections  []section
}

// Full are the sections that show something.
func (p part) Full() []section {
	return slices.DeleteFunc(slices.Clone(p.Sections), section.Empty)
}

// Bare are the others: a line for each will do.
func (p part) Bare() []section {
	return slices.DeleteFunc(slices.Clone(p.Sections), func(s section) bool { return !s.Empty() })
}

// A section has a table, and mostly a graph of it.
type section struct {
	ID, Title, Intro string
	// None is said where there is nothing to show.
	None string
	// Says is a sentence that needs no graph, or comes before it.
	Says  string
	Graph *graph
	Table *table
	// Texts are long texts that belong to the table, each behind its title, and
	// all behind TextsTitle.
	TextsTitle string
	Texts      []text
}

// Empty says whether there is nothing to show.
func (s section) Empty() bool { return s.Says == "" && s.Graph == nil && s.Table == nil }

// OnPaper says whether the table of a graph is printed, too: where the graph has
// all numbers written on it, or the table is as long as time, it is not.
func (s section) OnPaper() bool {
	if s.Graph == nil {
		return true
	}
	switch s.Graph.Kind {
	case "story", "rain", "spans":
		return true
	}
	return s.Graph.Kind == "bars" && !s.Table.Numbers()
}

// A text is folded away until somebody wants to read it.
type text struct {
	ID, Title, Body string
	// Grave: it is printed, too.
	Grave bool
}

func newDocument(p *report.Page) *document {
	d := &document{
		Title:   title(p),
		Facts:   facts(p),
		Notes:   notes(p),
		Answers: answers(p),
		Story:   story(p),
		Parts:   []part{adminPart(p), researchPart(p)},
		Graphs:  []*graph{}, // page.js wants a list
	}
	if d.Story.Graph != nil {
		d.Graphs = append(d.Graphs, d.Story.Graph)
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

// severalLines says, behind a sign, that an attempt may write several lines; ""
// where nobody failed.
func severalLines(p *report.Page, sign string) string {
	if p.Failed == 0 {
		return ""
	}
	return sign + "sshd and PAM may write several lines for one attempt; " + plural(p.Failed, "attempt") + " failed"
}

// byThemselves says how many lines are alarming each by itself, which is not all
// that is alarming.
func byThemselves(p *report.Page) string {
	if n := p.Verdicts[sshd.Human.String()]; n > 0 {
		return number(n) + " a person should read, each by itself."
	}
	if alarming(p) {
		return "No line is alarming by itself: what is alarming together stands above."
	}
	return "No line is alarming by itself."
}

// alarming says whether lines are bad together.
func alarming(p *report.Page) bool {
	return len(p.Mails) > 0 || slices.ContainsFunc(p.Logins, func(l report.Login) bool { return l.Guessed })
}

// Bounds of the hosts that are named: in the title, or else below it.
const (
	hostsInTitle = 3
	hostsInFacts = 12
)

// hostNames are those of hosts that have one, in the order of the alphabet.
func hostNames(p *report.Page) []string {
	var names []string
	for _, h := range p.Hosts {
		if h.Name != "" {
			names = append(names, h.Name)
		}
	}
	slices.Sort(names)
	return names
}

// title names the hosts, where they are few.
func title(p *report.Page) string {
	names := hostNames(p)
	switch {
	case len(names) == 0:
		return "What sshd logged"
	case len(names) > hostsInTitle:
		return "What sshd logged on " + plural(len(names)+p.More["hosts"], "host")
	}
	return "What sshd logged on " + and(names)
}

func facts(p *report.Page) []fact {
	list := []fact{{"Time", span(p)}, {"Read", read(p)}, {"Files", files(p)}}
	if names := hostNames(p); len(names) > hostsInTitle && len(names)+p.More["hosts"] <= hostsInFacts {
		list = append(list, fact{"Hosts", and(names)})
	}
	return list
}

// notes say what became of all that was read.
func notes(p *report.Page) []fact {
	list := []fact{{"Of all lines", fmt.Sprintf("%s are noise that is only counted, and %s are for ban tools (somebody guesses%s). %s",
		number(p.Verdicts["graph"]), number(p.Verdicts["tooling"]), severalLines(p, ": "), byThemselves(p))}}
	if len(p.Forgotten) > 0 {
		list = append(list, fact{"Left out", forgotten(p)})
	}
	return list
}

// read is how much there was: all counts of the page but this are of events.
func read(p *report.Page) string {
	text := plural(p.Lines, "line") + ", all sshd’s"
	if p.SSHD != p.Lines {
		text = fmt.Sprintf("%s, %s of them sshd’s", plural(p.Lines, "line"), number(p.SSHD))
	}
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

// longLog is from when on a time needs its year.
const longLog = 300 * 24 * time.Hour

// stamps returns how times are written where there is little room: without the
// year, which stands on top, unless the log is long.
func stamps(p *report.Page) func(*time.Time) string {
	if p.From == nil || p.To == nil || p.To.Sub(*p.From) > longLog {
		return moment
	}
	return func(t *time.Time) string {
		if t == nil || t.IsZero() {
			return ""
		}
		return t.UTC().Format("2 Jan 15:04")
	}
}

// moment is a time to the minute, in UTC; "" for none.
func moment(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.UTC().Format(minutes)
}
