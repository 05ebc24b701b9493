package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
	"sshsieve/internal/stack"
	"sshsieve/internal/watch"
)

const whyHelp = `Usage: sshsieve why [flags] [ID...]

Shows what a deployed stack has found, in full: what, when, the log lines, what
became of it, and when the same can be told again. Findings are kept for 30
days after they were told. Without an ID: what was found of late, with the IDs.

  --since SPAN         without an ID, how far back: 12h, 7d (default 24h)
` + stackHelp + `
See also sshsieve why-not, for what nobody was told.
`

// maxID is longer than any ID.
const maxID = 32

func runWhy(c *call, args []string) error {
	since := c.flags.String("since", "24h", "")
	var flags stackFlags
	flags.register(c)
	ids, err := c.parse(args)
	if err != nil {
		return err
	}
	span, err := parseSpan(*since)
	if err != nil {
		return usageError{"--since " + err.Error()}
	}
	for _, id := range ids {
		if err := checkID(id); err != nil {
			return err
		}
	}
	s, err := flags.find(c)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		return listFound(c, s, time.Now(), span)
	}
	var faults error
	for _, id := range ids {
		faults = errors.Join(faults, why(c, s, id))
	}
	return faults
}

// checkID says whether a text may be an ID: a number in base 36.
func checkID(id string) error {
	if id == "" || len(id) > maxID || strings.Trim(id, "0123456789abcdefghijklmnopqrstuvwxyz") != "" {
		return usageError{fmt.Sprintf("%q is no ID, which has small letters and digits; sshsieve why lists them", id)}
	}
	return nil
}

// why writes one Finding in full.
func why(c *call, s *stack.Stack, id string) error {
	entry, ok, err := s.Table.Entry(c.ctx, id)
	switch {
	case err != nil:
		return s.Explain(err)
	case !ok:
		return fmt.Errorf("nothing of ID %s was found in the last 30 days; sshsieve why --since 30d lists what was", id)
	}
	writeEntry(c.stdout, &entry)
	return nil
}

// writeEntry writes what became of a Finding, and then what the mail says of it
// alone: it was written for readers, and hides what may be a password.
func writeEntry(w *bufio.Writer, e *watch.Entry) {
	f := &e.Finding
	fmt.Fprintf(w, "%s  %s/%s, %s\n\n", e.ID, notice.Printable(f.Rule), notice.Printable(f.Reason), f.Severity)
	fact(w, "happened", f.At.UTC().Format(stampFull)+" UTC"+began(f))
	fact(w, "found", e.Found.UTC().Format(stampFull)+" UTC")
	fact(w, "state", outcome(e))
	if !f.Quiet.IsZero() {
		fact(w, "again", "the same can be told again from "+f.Quiet.UTC().Format(stampShown)+" UTC on")
	}
	fact(w, "from", fromLine(e.Origin))
	n := noticeOf(e)
	fmt.Fprintf(w, "\nSubject: %s\n\n%s\n", n.Subject, strings.TrimSuffix(n.Text, "\n"))
}

// stampFull is a time to the second.
const stampFull = time.DateTime

func began(f *attention.Finding) string {
	if f.First.IsZero() || f.First.Equal(f.At) {
		return ""
	}
	return ", since " + f.First.UTC().Format(stampFull)
}

// outcome is what became of an Entry, in a sentence.
func outcome(e *watch.Entry) string {
	switch e.State {
	case watch.Pending:
		return "to be told, at the earliest at " + e.Due.UTC().Format(stampFull) + " UTC"
	case watch.Failed:
		return "NOT told: SNS refused it for ever; the log of the function says why"
	}
	return whatBecame(e.State)
}

func fromLine(o watch.Origin) string {
	var parts []string
	for _, part := range []struct{ label, value string }{
		{"account ", o.Account}, {"log group ", o.LogGroup}, {"stream ", o.Stream}, {"fleet ", o.Fleet},
	} {
		if part.value != "" {
			parts = append(parts, part.label+notice.Printable(part.value))
		}
	}
	return strings.Join(parts, ", ")
}

func noticeOf(e *watch.Entry) notice.Notice {
	o := e.Origin
	return notice.Write([]attention.Finding{e.Finding}, notice.About{Account: o.Account, LogGroup: o.LogGroup, Stream: o.Stream, Scope: o.Fleet})
}

// listFound lists what was found of late, the newest first. Messages for ban
// tools, of which there may be thousands, are only counted.
func listFound(c *call, s *stack.Stack, now time.Time, span time.Duration) error {
	var found []watch.Entry
	err := s.Table.EachEntry(c.ctx, now.Add(-span), now.Add(time.Hour), func(e watch.Entry) {
		if !e.IsGuess() {
			found = append(found, e)
		}
	})
	if err != nil {
		return s.Explain(err)
	}
	bans, err := s.Table.CountGuesses(c.ctx, now.Add(-span), now.Add(time.Hour))
	if err != nil {
		return s.Explain(err)
	}
	slices.SortFunc(found, func(a, b watch.Entry) int { return cmp.Or(b.Found.Compare(a.Found), cmp.Compare(a.ID, b.ID)) })
	fmt.Fprintf(c.stdout, "%s, and %s for ban tools\n", plural(len(found), "finding"), plural(bans, "finding"))
	for i := range found {
		listEntry(c.stdout, &found[i])
	}
	return nil
}

func listEntry(w *bufio.Writer, e *watch.Entry) {
	n := noticeOf(e)
	fmt.Fprintf(w, "%-13s  %s  %-8s  %s\n", e.ID, e.Found.UTC().Format(stampShown), e.State, n.Subject)
}
