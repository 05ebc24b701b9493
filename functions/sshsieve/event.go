package main

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"sshsieve/internal/cwlogs"
)

const eventHelp = `Usage: sshsieve event [flags] [FILE...]

Prints the log as one event of a CloudWatch Logs subscription, as the Lambda
would get it, with the times of its lines. Lines without any take --latest.
Equal input and flags give equal bytes.

  --lines FROM:TO      only these lines of each file, from 1, TO included
  --log-group NAME     (default /sshsieve/sample)
  --log-stream NAME    (default sample)
  --owner ID           12-digit AWS account (default 111122223333)
` + inputHelp + `
Example:

  sshsieve event auth.log | sam local invoke ClassifyFunction -e -
`

// What CloudWatch Logs puts into one event: at most 10,000 log events
// (PutLogEvents), and what an asynchronous invocation of Lambda takes, 1 MB
// ("Lambda quotas", invocation payload).
const (
	maxEventLines = 10_000
	maxEventBytes = 1 << 20
)

func runEvent(c *call, args []string) error {
	doc := &cwlogs.Batch{MessageType: cwlogs.DataMessage, SubscriptionFilters: []string{"sshsieve"}}
	c.flags.StringVar(&doc.LogGroup, "log-group", "/sshsieve/sample", "")
	c.flags.StringVar(&doc.LogStream, "log-stream", "sample", "")
	c.flags.StringVar(&doc.Owner, "owner", "111122223333", "")
	var in inputFlags
	in.register(c)
	lines := span{1, maxInt}
	c.flags.Func("lines", "", lines.set)
	inputs, err := c.parse(args)
	if err != nil {
		return err
	}
	if !isAccount(doc.Owner) {
		return usageError{fmt.Sprintf("--owner %q: an AWS account is 12 digits", doc.Owner)}
	}
	r, err := in.reading(c)
	if err != nil {
		return err
	}
	if err := r.each(inputs, nil, func(b batch) error { return collect(doc, b, lines) }); err != nil {
		return err
	}
	return encode(c, doc)
}

// isAccount says whether id is an AWS account's ("Account identifiers", AWS
// Account Management Reference Guide).
func isAccount(id string) bool { return len(id) == 12 && strings.Trim(id, "0123456789") == "" }

// A span is a range of line numbers, both ends included.
type span struct{ from, to int }

const maxInt = int(^uint(0) >> 1)

var errSpan = errors.New("want FROM:TO, such as 1:500")

// set reads "FROM:TO"; either may be missing.
func (s *span) set(text string) error {
	from, to, ok := strings.Cut(text, ":")
	if !ok {
		return errSpan
	}
	var err error
	if from != "" {
		s.from, err = strconv.Atoi(from)
	}
	if to != "" && err == nil {
		s.to, err = strconv.Atoi(to)
	}
	if err != nil || s.from < 1 || s.to < s.from {
		return errSpan
	}
	return nil
}

// collect adds the lines of a batch that are asked for.
func collect(doc *cwlogs.Batch, b batch, lines span) error {
	for i, line := range b.lines {
		number := b.first + i
		if number < lines.from || number > lines.to {
			continue
		}
		if len(doc.Lines) == maxEventLines {
			return fmt.Errorf("an event holds %d lines, and there are more: choose some with --lines FROM:TO", maxEventLines)
		}
		doc.Lines = append(doc.Lines, cwlogs.Line{
			// CloudWatch Logs knows no time before 1970.
			Timestamp: max(b.events[i].Record.Time.UnixMilli(), 0),
			Message:   strings.Clone(line), // the batch is overwritten by the next
		})
	}
	return nil
}

// encode prints the event if it fits.
func encode(c *call, doc *cwlogs.Batch) error {
	if len(doc.Lines) == 0 {
		return errors.New("no lines, no event")
	}
	var event bytes.Buffer
	if err := cwlogs.Encode(&event, doc); err != nil {
		return err
	}
	if event.Len() > maxEventBytes {
		return fmt.Errorf("these %d lines make an event of %d bytes, and Lambda takes %d: choose fewer with --lines FROM:TO",
			len(doc.Lines), event.Len(), maxEventBytes)
	}
	_, err := event.WriteTo(c.stdout)
	return err
}
