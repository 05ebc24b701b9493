package main

import (
	"bufio"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sshsieve/internal/notice"
	"sshsieve/internal/watch"
)

// How the text page looks: 80 columns, and of what is not a mail the first rows.
const (
	pageWidth  = 80
	rowsShown  = 12
	stampShown = "2006-01-02 15:04"
)

// writeText writes the page for people: the mails first. Notices are printable
// as they are.
func (p *preview) writeText(w *bufio.Writer) error {
	mails := p.mails()
	p.textTitle(w, len(mails))
	for i := range mails {
		textMail(w, &mails[i], i+1, len(mails))
	}
	p.textDays(w)
	p.textTooling(w)
	p.textDigest(w)
	p.textCost(w)
	return w.Flush()
}

// textTitle tells what was read and the answer in one glance.
func (p *preview) textTitle(w *bufio.Writer, mails int) {
	fmt.Fprintf(w, "WHAT WOULD HAVE BEEN MAILED because of %s\n", p.names())
	if from, to := p.player.first, p.player.last; !from.IsZero() {
		fmt.Fprintf(w, "%s to %s UTC, %s\n", from.UTC().Format(stampShown), to.UTC().Format(stampShown), plural(p.player.counts.Lines, "line"))
	}
	paragraph(w, 0, p.zone)
	fmt.Fprintf(w, "%s, %s for ban tools, %s for the quiet report\n",
		plural(mails, "mail"), plural(len(p.notices)-mails, "message"), plural(len(p.digest), "finding"))
	if p.player.held > 0 {
		paragraph(w, 0, fmt.Sprintf("%s held back by the caps, to come together in a summary%s.", plural(p.player.held, "finding"), p.stillWaiting()))
	}
	paragraph(w, 0, aboutLines(&p.player.counts))
	p.textLearning(w)
}

// aboutLines says why little can come of a log: it is none of sshd's, or anybody
// can have written it.
func aboutLines(c *watch.Counts) string {
	said := 0
	for _, n := range c.Verdicts {
		said += n
	}
	switch {
	case 2*c.Unrecognised > c.Lines:
		return "Hardly a line here is known as sshd's. Is this its log?"
	case 2*c.Believed < said:
		return fmt.Sprintf("%d of sshd's %s have no header that says who wrote them (a container's output, sshd -e), so a stranger may have: "+
			"they are counted, but hardly anything is mailed because of them or learned from them. --trust-stderr believes them.", said-c.Believed, plural(said, "line"))
	}
	return ""
}

func (p *preview) stillWaiting() string {
	if p.waiting == 0 {
		return ""
	}
	return fmt.Sprintf("; %d of them still wait for it", p.waiting)
}

// names lists the inputs.
func (p *preview) names() string {
	switch {
	case len(p.inputs) == 0 || len(p.inputs) == 1 && p.inputs[0] == "-":
		return "standard input"
	case len(p.inputs) > 3:
		return plural(len(p.inputs), "file")
	}
	return notice.Printable(strings.Join(p.inputs, ", "))
}

// textLearning says for how much of the log nobody is new.
func (p *preview) textLearning(w *bufio.Writer) {
	until := p.player.learning()
	switch {
	case until.Before(p.player.first) || until.IsZero():
	case until.After(p.player.last):
		paragraph(w, 0, "All of it lies in the learning period, so new keys, users and places are not told (--learned: tell them).")
	default:
		paragraph(w, 0, "Until "+until.UTC().Format(stampShown)+" it learns: new keys, users and places are not told before.")
	}
}

// textMail writes one mail as its reader gets it.
func textMail(w *bufio.Writer, n *notice.Notice, number, of int) {
	head := fmt.Sprintf("MAIL %d of %d, %s UTC ", number, of, n.Time.UTC().Format(stampShown))
	fmt.Fprintf(w, "\n%s%s\n", head, strings.Repeat("-", max(0, pageWidth-1-len(head))))
	fmt.Fprintf(w, "Subject: %s\n\n%s\n", n.Subject, strings.TrimSuffix(n.Text, "\n"))
}

// textDays tells how many mails a day.
func (p *preview) textDays(w *bufio.Writer) {
	days := p.mailsByDay()
	if len(days) == 0 {
		return
	}
	section(w, "MAILS A DAY", "by rule")
	for len(days) > 0 {
		n := 1
		for n < len(days) && days[n].Day == days[0].Day {
			n++
		}
		textDay(w, days[:n])
		days = days[n:]
	}
}

func textDay(w *bufio.Writer, day []mailsJSON) {
	total := 0
	var rules []string
	for _, m := range day {
		total += m.Count
		rules = append(rules, fmt.Sprintf("%s/%s %d", m.Rule, m.Reason, m.Count))
	}
	lines := wrapped(strings.Join(rules, ", "), pageWidth-20)
	fmt.Fprintf(w, "  %s %5d  %s\n", day[0].Day, total, lines[0])
	for _, line := range lines[1:] {
		fmt.Fprintf(w, "%20s%s\n", "", line)
	}
}

// textTooling counts the messages for ban tools by source.
func (p *preview) textTooling(w *bufio.Writer) {
	type source struct{ messages, count int }
	sources := map[string]source{}
	messages := 0
	for i := range p.notices {
		if n := &p.notices[i]; !isMail(n) {
			messages++
			name := noticeAsJSON(n).Addr
			s := sources[name]
			sources[name] = source{s.messages + 1, s.count + n.Count}
		}
	}
	if messages == 0 {
		return
	}
	section(w, "FOR BAN TOOLS", plural(messages, "message")+" about "+plural(len(sources), "source"))
	names := slices.SortedFunc(maps.Keys(sources), func(a, b string) int {
		if d := sources[b].count - sources[a].count; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	for _, name := range names[:min(len(names), rowsShown)] {
		fmt.Fprintf(w, "  %-26s %6s, %s\n", name, plural(sources[name].messages, "message"), plural(sources[name].count, "failure"))
	}
	textRest(w, len(names), "source")
}

// textDigest lists what nobody is told at once.
func (p *preview) textDigest(w *bufio.Writer) {
	if len(p.digest) == 0 {
		return
	}
	section(w, "IN THE QUIET REPORT ONLY", "low, or late, or told already")
	for _, d := range p.digest[:min(len(p.digest), rowsShown)] {
		fmt.Fprintf(w, "  %s  %s%s\n", d.notice.Time.UTC().Format(stampShown), whyQuiet(d.state),
			notice.Cut(d.notice.Subject, pageWidth-20-len(whyQuiet(d.state))))
	}
	textRest(w, len(p.digest), "finding")
}

// whyQuiet is why something is in the report only, where it is not just low.
func whyQuiet(state watch.State) string {
	if state == watch.Reported {
		return ""
	}
	return state.String() + ": "
}

// textCost tells what would have been billed.
func (p *preview) textCost(w *bufio.Writer) {
	ops := p.operations()
	section(w, "WHAT IT WOULD HAVE COST", "requests to the table")
	paragraph(w, 2, fmt.Sprintf("%s and %s of the clock: %s, %s; %s published.",
		pluralOf(ops.Batches, "batch", "batches"), plural(ops.Ticks, "tick"), plural(ops.Reads, "read"), plural(ops.Writes, "write"), plural(ops.Notices, "notice")))
}

func section(w *bufio.Writer, title, note string) { fmt.Fprintf(w, "\n%s  (%s)\n", title, note) }

// textRest says what a list leaves out.
func textRest(w *bufio.Writer, of int, one string) {
	if of > rowsShown {
		fmt.Fprintf(w, "  ... and %s (--json has all)\n", plural(of-rowsShown, "more "+one))
	}
}

// paragraph writes text, wrapped and indented; nothing where there is none.
func paragraph(w *bufio.Writer, indent int, text string) {
	if text == "" {
		return
	}
	for _, line := range wrapped(text, pageWidth-indent) {
		fmt.Fprintf(w, "%*s%s\n", indent, "", line)
	}
}

// wrapped breaks text into lines at blanks; always at least one.
func wrapped(text string, width int) []string {
	lines := []string{""}
	for word := range strings.FieldsSeq(text) {
		switch end := &lines[len(lines)-1]; {
		case *end == "":
			*end = word
		case len(*end)+1+len(word) <= width:
			*end += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}

// plural counts things whose name takes an s.
func plural(n int, one string) string { return pluralOf(n, one, one+"s") }

func pluralOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
