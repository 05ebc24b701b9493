package main

import (
	"bufio"
	"fmt"
	"strings"
	"time"

	"sshsieve/internal/notice"
	"sshsieve/internal/stack"
	"sshsieve/internal/watch"
)

const statusHelp = `Usage: sshsieve status [flags]

Says how a deployed stack is: when lines came last, what waits to be told, what
was told in the last 24 hours, who is subscribed, what is muted, and whether the
log groups still send their lines. Exit 1 if something is wrong; what is wrong
stands first, with what to do.

  --json               the same as JSON, for tools: a stable contract
` + stackHelp + `
Example: from cron; mail only if something is wrong

  sshsieve status >page || mail -s sshsieve ops@example.com <page
`

func runStatus(c *call, args []string) error {
	asJSON := c.flags.Bool("json", false, "")
	var flags stackFlags
	flags.register(c)
	others, err := c.parse(args)
	if err != nil {
		return err
	}
	if err := noFiles("status", others); err != nil {
		return err
	}
	s, err := flags.find(c)
	if err != nil {
		return err
	}
	now := time.Now()
	status, err := s.Status(c.ctx, now)
	if err != nil {
		return fmt.Errorf("ask table %s: %w", s.TableName, err)
	}
	if len(status.Problems) > 0 {
		c.code = exitFindings
	}
	if *asJSON {
		return writeJSON(c.stdout, &status, "status")
	}
	writeStatus(c.stdout, &status, now)
	return nil
}

// severities in the order in which they are counted.
var severities = []string{"high", "medium", "low", "tooling"}

// writeStatus writes the page: what is wrong stands first.
func writeStatus(w *bufio.Writer, s *stack.Status, now time.Time) {
	fmt.Fprintf(w, "%s: %s\n", statusTitle(s), verdictOf(s))
	for _, problem := range s.Problems {
		bullet(w, "!", problem)
	}
	for _, what := range s.Unknown {
		bullet(w, "?", "could not ask about "+what)
	}
	fmt.Fprintln(w)
	fact(w, "last lines", ago(s.LastBatch, now))
	fact(w, "told in 24 h", sortedCounts(s.Told, severities)+refused(s.Failed))
	fact(w, "to be told", fmt.Sprintf("%d waiting, %d of them overdue", s.Waiting, s.Overdue))
	for _, sub := range s.Subscriptions {
		fact(w, sub.Topic, subscriberLine(sub))
	}
	for _, f := range s.Filters {
		fact(w, "filters", notice.Printable(f.LogGroup+": "+orNone(f.Names)))
	}
	for _, scope := range s.Scopes {
		writeScope(w, &scope, now)
	}
}

func statusTitle(s *stack.Status) string {
	name := "table " + s.Table
	if s.Stack != "" {
		name = "stack " + s.Stack
	}
	title := name + " in " + s.Region
	if s.Account != "" {
		title += ", account " + s.Account
	}
	return notice.Printable(title)
}

func verdictOf(s *stack.Status) string {
	switch n := len(s.Problems); {
	case n == 1:
		return "SOMETHING IS WRONG"
	case n > 1:
		return fmt.Sprintf("%d THINGS ARE WRONG", n)
	case len(s.Unknown) > 0:
		return "nothing is wrong in what could be asked"
	}
	return "all is well"
}

func refused(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("; %d refused for ever", n)
}

func subscriberLine(sub stack.Subscription) string {
	text := sub.Protocol + " " + sub.Endpoint
	if !sub.Confirmed {
		text += " UNCONFIRMED"
	}
	return notice.Printable(text)
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "NONE"
	}
	return strings.Join(names, ", ")
}

// writeScope writes what is known of a log group, or a fleet.
func writeScope(w *bufio.Writer, scope *stack.Scope, now time.Time) {
	fmt.Fprintf(w, "\n%s\n", notice.Printable(string(scope.Name)))
	fact(w, "in 24 h", fmt.Sprintf("%s of %s, the last %s", plural(scope.Lines, "line"), plural(scope.Hosts, "host"), ago(scope.LastBatch, now)))
	fact(w, "learning", learningLine(scope.LearningUntil, now))
	for _, m := range scope.Mutes {
		fact(w, "muted", muteLine(m))
	}
}

func learningLine(until, now time.Time) string {
	switch at := until.UTC().Format(stampShown); {
	case until.IsZero():
		return "no login yet; it begins with the first"
	case now.Before(until):
		return "until " + at + " UTC: new keys, users and places are not told before (sshsieve learn ends it)"
	default:
		return "ended " + at + " UTC"
	}
}

// muteLine is a mute in a line: its ID, what it mutes, until when, and why. Its
// text is the owner's.
func muteLine(m watch.Mute) string {
	text := fmt.Sprintf("%s  %s until %s UTC", muteID(m), muteWhat(m), m.Until.UTC().Format(stampShown))
	if m.Why != "" {
		text += ": " + notice.Printable(m.Why)
	}
	return text
}

// fact writes a paragraph behind its label.
func fact(w *bufio.Writer, label, text string) {
	const margin = 16
	for _, line := range wrapped(text, pageWidth-margin) {
		fmt.Fprintf(w, "  %-*s%s\n", margin-2, label, line)
		label = ""
	}
}

// bullet writes a paragraph behind a sign.
func bullet(w *bufio.Writer, sign, text string) {
	for _, line := range wrapped(notice.Printable(text), pageWidth-4) {
		fmt.Fprintf(w, "  %s %s\n", sign, line)
		sign = " "
	}
}
