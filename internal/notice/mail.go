package notice

import (
	"strings"

	"sshsieve/internal/attention"
)

// A mail is sections of plain text, each with a word at the left margin. Only
// this file writes at the left margin, so text from a log cannot look like a
// section.
const (
	margin   = 9  // where the text of a section begins
	pageEdge = 79 // bytes of the longest line
	maxSteps = 3
)

// mail writes the Text of a Notice.
func (c *incident) mail() string {
	p := &page{}
	p.section("WHAT", strings.Join(c.what(), " "))
	p.section("WHO", c.who()...)
	p.section("WHY", strings.Join(c.why(), " "))
	p.section("HARMLESS", c.harmless())
	p.label("DO")
	for i, s := range c.steps() {
		p.step(i+1, s)
	}
	p.label("QUIET")
	if c.about.Local {
		p.paragraph("", "(A deployed stack can be muted, a log file cannot.)")
	}
	p.verbatim(c.mute(), 0)
	p.section("LINES", c.lines()...)
	c.writeAttempts(p)
	c.foot(p)
	return p.b.String()
}

// harmless is when there is nothing to do. Where what it hangs on is not known,
// the reader may know.
func (c *incident) harmless() string {
	if text := strings.Join(filled(c.story.harmless, c.values), " "); text != "" {
		return text
	}
	return "if you know why, and meant it so."
}

// what is what happened.
func (c *incident) what() []string {
	what := filled(c.story.what, c.values)
	if c.about.MayRepeat {
		what = append(what, "(The memory could not be reached: you may have been told already.)")
	}
	return what
}

// why is why the mail is sent.
func (c *incident) why() []string {
	why := append(filled(c.story.why, c.values), "Rule "+ascii(c.lead.Rule)+"/"+ascii(c.lead.Reason)+".")
	if c.lead.User == "" && !c.lead.Source.IsValid() {
		return why // it is not about peers
	}
	return append(why, filled([]string{"{held} other failures on {host} that day were not mailed."}, c.values)...)
}

// A step is one thing to do; after stands between its configuration and its
// commands.
type step struct {
	Step
	after []string
}

// steps are the story's, or where somebody was refused the table's.
func (c *incident) steps() []step {
	var steps []step
	if c.remedy.Cause != "" && !c.story.ownSteps {
		steps = c.remedySteps()
	} else if do := c.story.do; c.lead.User == "root" && c.story.doRoot != nil {
		steps = c.fillSteps(c.story.doRoot)
	} else {
		steps = c.fillSteps(do)
	}
	if c.lead.Rule == "locked-out" && c.lead.Source.IsValid() && len(steps) < maxSteps {
		steps = append(steps, c.fillSteps([]Step{{Say: []string{"If a ban tool runs there, check that it has not banned {source}. || If a ban tool runs there, check that it has not banned them."}}})...)
	}
	return steps[:min(len(steps), maxSteps)]
}

func (c *incident) remedySteps() []step {
	var steps []step
	for _, s := range c.remedy.Steps {
		next := step{Step: s}
		if len(s.Config) > 0 {
			next.after = c.remedy.Notes
			if c.remedy.Risk != "" {
				next.after = append([]string{"Risk: " + c.remedy.Risk}, next.after...)
			}
		}
		steps = append(steps, next)
	}
	return steps
}

func (c *incident) fillSteps(list []Step) []step {
	var steps []step
	for _, s := range list {
		next := step{Step: Step{Say: filled(s.Say, c.values), Config: filled(s.Config, c.values), Run: filled(s.Run, c.values)}}
		if len(next.Say)+len(next.Config)+len(next.Run) > 0 {
			steps = append(steps, next)
		}
	}
	return steps
}

// mute is the command that keeps this quiet: of one user, source or host, where
// it is about one. Only words that no shell reads otherwise stand in it.
func (c *incident) mute() string {
	command := "sshsieve mute " + shellWord(c.lead.Rule)
	for _, by := range c.story.mute {
		if by == "user" && safeUser(c.lead.User) && len(c.users) == 1 {
			command += " --user " + c.lead.User
		}
		if by == "source" && len(c.sources) == 1 {
			command += " --source " + sourceOf(c.lead)
		}
		if by == "host" && c.lead.Host != "" && shellWord(c.lead.Host) == c.lead.Host && len(c.hosts) == 1 {
			command += " --host " + c.lead.Host
		}
	}
	return command + ` --for 7d --why "..."`
}

// shellWord is text that a shell takes as one word, or "RULE" in its place.
func shellWord(s string) string {
	for _, b := range []byte(s) {
		if !('a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b == '-' || b == '_' || b == '.') {
			return "RULE"
		}
	}
	if s == "" || s[0] == '-' || len(s) > maxText {
		return "RULE"
	}
	return s
}

// foot says where it was seen, how to see it again, when the next mail can come,
// and the phrase.
func (c *incident) foot(p *page) {
	var where []string
	stream := "stream"
	if c.about.Local {
		stream = "file"
	}
	for _, w := range []struct{ name, value string }{
		{"account", c.about.Account}, {"log group", c.about.LogGroup}, {stream, c.about.Stream}, {"scope", c.about.Scope},
	} {
		if w.value != "" {
			where = append(where, w.name+" "+clip(w.value))
		}
	}
	p.section("WHERE", strings.Join(where, ", "))
	c.writeAgain(p)
	if !c.next.IsZero() {
		p.section("NEXT", "The next mail about this can come after "+c.next.UTC().Format("15:04 UTC on 2 Jan 2006")+".")
	}
	if c.about.Phrase != "" {
		p.section("PHRASE", clip(c.about.Phrase)+" (yours; a mail without it is not from sshsieve)")
	}
}

// writeAgain is the command that shows more of it: of a log file, why it was told
// and the like was not.
func (c *incident) writeAgain(p *page) {
	if !c.about.Local {
		if c.about.ID != "" {
			p.section("AGAIN", "sshsieve why "+clip(c.about.ID))
		}
		return
	}
	about, file := c.askAbout(), shellPath(c.about.Stream)
	if about == "" || file == "" || shellWord(c.lead.Rule) != c.lead.Rule {
		return
	}
	p.label("MORE")
	p.verbatim("sshsieve why-not"+about+" --rule "+c.lead.Rule+" "+file, 0)
}

// askAbout names whom it is about as why-not wants it, where a shell takes the
// name as it stands.
func (c *incident) askAbout() string {
	switch {
	case c.lead.Key.Kind == attention.Source && len(c.sources) == 1:
		return " --source " + c.lead.Source.Unmap().WithZone("").String()
	case len(c.users) == 1 && safeUser(c.lead.User):
		return " --user " + c.lead.User
	case c.lead.Key.Kind == attention.Host && shellWord(c.lead.Host) == c.lead.Host:
		return " --host " + c.lead.Host
	}
	return ""
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// A page is text under construction.
type page struct {
	b       strings.Builder
	pending string // a label that waits for the first line of its section
}

func (p *page) label(word string) { p.pending = word }

// section writes a label and paragraphs, none where there is no text.
func (p *page) section(word string, paragraphs ...string) {
	p.label(word)
	for _, text := range paragraphs {
		p.paragraph("", text)
	}
}

// paragraph wraps text behind a prefix, and hangs it there.
func (p *page) paragraph(prefix, text string) {
	for _, line := range foldText(text, pageEdge-margin-len(prefix)) {
		p.line(prefix + line)
		prefix = strings.Repeat(" ", len(prefix))
	}
}

// step writes "1. " and what is to be done.
func (p *page) step(n int, s step) {
	const indent = len("1. ")
	p.paragraph(decimal(n)+". ", strings.Join(s.Say, " "))
	for _, line := range s.Config {
		p.verbatim(line, indent+2)
	}
	if len(s.after) > 0 {
		p.paragraph(strings.Repeat(" ", indent), strings.Join(s.after, " "))
	}
	for _, line := range s.Run {
		p.verbatim(line, indent+2)
	}
}

// verbatim writes a line that is to be copied: it is not wrapped at a word, but
// moved to the left where it is long, and at last broken as a shell allows.
func (p *page) verbatim(line string, indent int) {
	indent = max(0, min(indent, pageEdge-margin-len(line)))
	for margin+indent+len(line) > pageEdge {
		at := breakOf(line, pageEdge-margin-len(shellBreak))
		p.line(line[:at] + shellBreak)
		line = hanging + strings.TrimPrefix(line[at:], " ")
	}
	p.line(strings.Repeat(" ", indent) + line)
}

const (
	shellBreak = ` \`
	hanging    = "  " // before the rest of a broken line
)

// breakOf is where to break a command, at most width bytes from its beginning:
// before an option, or else at a blank, or else anywhere.
func breakOf(line string, width int) int {
	for _, blank := range []string{" --", " "} {
		if at := strings.LastIndex(line[:width], blank); at >= len(hanging) {
			return at
		}
	}
	return width
}

// line writes one line behind the margin.
func (p *page) line(text string) {
	p.b.WriteString(strings.TrimRight(pad(p.pending, margin)+text, " "))
	p.b.WriteByte('\n')
	p.pending = ""
}

func pad(s string, width int) string { return s + strings.Repeat(" ", max(0, width-len(s))) }

// foldText breaks text at blanks into lines of at most width bytes, and a word
// that is longer within itself.
func foldText(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		for len(word) > width {
			lines, word = append(lines, word[:width]), word[width:]
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
