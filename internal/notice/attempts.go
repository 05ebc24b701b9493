package notice

import (
	"fmt"
	"strings"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/sshd"
)

// The failed attempts of a Finding mostly came in other batches than what
// completed it, and their lines with them; or they are more than a mail shows. It
// says how many there were, and prints the command that finds them.

// countsAttempts are the rules whose Count is of failed attempts, by reason, with
// from how many on there may have been more: as many a memory keeps for certain.
var countsAttempts = map[RuleReason]int{
	{"login", "after-failures"}:   attention.KeptOf(attention.Failure),
	{"login", "after-guessing"}:   attention.KeptOf(attention.Guess),
	{"guessing-inside", "source"}: attention.KeptOf(attention.Failure),
}

// fillAttempts fills in {failures}: "9", or "at least 45".
func (c *incident) fillAttempts(v map[string]string) {
	v["failures"] = c.bounded(c.count)
}

// bounded is n of the attempts, "at least" so many where the memory may have held
// no more.
func (c *incident) bounded(n int) string {
	if from, ok := countsAttempts[c.cause()]; ok && c.count >= from {
		return "at least " + decimal(n)
	}
	return decimal(n)
}

func (c *incident) cause() RuleReason { return RuleReason{c.lead.Rule, c.lead.Reason} }

// writeAttempts says where the lines of the other attempts are.
func (c *incident) writeAttempts(p *page) {
	_, counts := countsAttempts[c.cause()]
	if !counts || len(c.users) > 1 || len(c.sources) > 1 {
		return
	}
	others := c.count - c.attemptsShown()
	if others <= 0 {
		return
	}
	text := "Not shown are " + c.bounded(others) + " other attempts that failed:"
	if others == 1 {
		text = "Not shown is another attempt that failed:"
	}
	command := c.search()
	if command == "" {
		text = strings.TrimSuffix(text, ":") + "."
	}
	p.paragraph("", text)
	if command != "" {
		p.verbatim(command, len(hanging))
	}
}

// attemptsShown is how many failed attempts are among the lines.
func (c *incident) attemptsShown() int {
	n := 0
	for i := range c.censor.events {
		if c.censor.events[i].Category == sshd.FailedPassword {
			n += max(1, c.censor.events[i].Record.Repeat)
		}
	}
	return n
}

// search is the command that finds the failed attempts: in the file, or in the
// log group. It is empty where none can be written that a shell takes as it
// stands.
func (c *incident) search() string {
	words := c.searchWords()
	if c.about.Local {
		file := shellPath(c.about.Stream)
		if file == "" {
			return ""
		}
		return "zgrep -F '" + words[0] + "' " + file
	}
	group, from := shellPath(c.about.LogGroup), c.since
	if group == "" || c.at.IsZero() {
		return ""
	}
	if !from.Before(c.at) {
		from = c.at.Add(-24 * time.Hour) // the longest that a rule looks back for attempts
	}
	// The times of CloudWatch are its own, a little behind those of the lines.
	const slack = time.Minute
	return fmt.Sprintf(`aws logs filter-log-events --log-group-name %s --start-time %d --end-time %d --filter-pattern '"%s"' --query 'events[].[message]' --output text`,
		group, from.Add(-slack).UnixMilli(), c.at.Add(slack).UnixMilli(), strings.Join(words, `" "`))
}

// searchWords are what the lines have in common.
func (c *incident) searchWords() []string {
	switch a := c.lead.Source.Unmap(); {
	case len(c.sources) == 1 && a.Is4() && c.lead.Reason != "after-guessing":
		return []string{a.String()}
	case len(c.users) == 1 && safeUser(c.lead.User):
		return []string{"for " + c.lead.User + " from"}
	}
	return []string{"Failed "} // an IPv6 source is a net, which no word stands for
}

// shellPath is a file or a log group that a shell takes as one word, and a
// program as no option; empty for others, and for what a mail would break.
func shellPath(s string) string {
	if len(s) > maxText || s == "-" || strings.HasPrefix(s, "/dev/") { // what was read from a pipe is gone
		return ""
	}
	for part := range strings.SplitSeq(strings.TrimPrefix(s, "/"), "/") {
		if part != ".." && shellWord(part) != part {
			return ""
		}
	}
	return s
}
