package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
	"sshsieve/internal/watch"
)

// previewSchema is the version of preview --json. Members may be added to it;
// none changes its meaning.
const previewSchema = 1

// A previewPage is the contract of preview --json. All text in it is printable
// ASCII, and names of users that do not exist are hidden.
type previewPage struct {
	Schema int `json:"schema"`
	// Notices are what would have been sent, in the order of sending: mails,
	// and messages for ban tools (verdict "tooling").
	Notices []noticeJSON `json:"notices"`
	// Digest is what only the quiet report would say.
	Digest []digestJSON `json:"digest"`
	Counts watch.Counts `json:"counts"`
	// HeldBack is how many Findings a cap kept from a mail of their own;
	// Waiting how many of them no summary has told yet.
	HeldBack int `json:"held_back"`
	Waiting  int `json:"waiting"`
	// Mails counts what people would have got, by day and rule.
	Mails      []mailsJSON    `json:"mails"`
	Operations operationsJSON `json:"operations"`
	// From and To are the times of the first and the last line.
	From *time.Time `json:"from,omitempty"`
	To   *time.Time `json:"to,omitempty"`
	// LearningUntil is when the learning period ends.
	LearningUntil *time.Time `json:"learning_until,omitempty"`
}

// A noticeJSON is one Notice. Text is the whole mail; addr is plain, and empty
// where no peer is involved.
type noticeJSON struct {
	Rule     string              `json:"rule"`
	Reason   string              `json:"reason"`
	Rules    []notice.RuleReason `json:"rules"`
	Severity string              `json:"severity"`
	Verdict  string              `json:"verdict"`
	Subject  string              `json:"subject"`
	Text     string              `json:"text"`
	Time     time.Time           `json:"time"`
	Host     string              `json:"host"`
	Addr     string              `json:"addr"`
	User     string              `json:"user"`
	Count    int                 `json:"count"`
	Lines    []string            `json:"lines"`
}

// A digestJSON is one Finding that nobody is told at once, and why not: state is
// "reported" (it is low), "late", "muted" or "repeated".
type digestJSON struct {
	noticeJSON
	State string `json:"state"`
}

// A mailsJSON counts the mails of one day (UTC) and rule.
type mailsJSON struct {
	Day    string `json:"day"`
	Rule   string `json:"rule"`
	Reason string `json:"reason"`
	Count  int    `json:"count"`
}

// An operationsJSON is what would have been billed: requests to the table, the
// ticks' included, and Notices published.
type operationsJSON struct {
	watch.Operations
	Batches int `json:"batches"`
	Ticks   int `json:"ticks"`
	Notices int `json:"notices"`
}

func noticeAsJSON(n *notice.Notice) noticeJSON {
	j := noticeJSON{
		Rule: n.Rule, Reason: n.Reason, Rules: n.Rules, Severity: n.Severity.String(), Verdict: n.Verdict.String(),
		Subject: n.Subject, Text: n.Text, Time: n.Time.UTC(), Host: n.Host, User: n.User, Count: n.Count, Lines: n.Lines,
	}
	if n.Addr.IsValid() {
		j.Addr = n.Addr.String()
	}
	if j.Lines == nil {
		j.Lines = []string{}
	}
	return j
}

// isMail says whether people would have got it.
func isMail(n *notice.Notice) bool { return n.Severity >= attention.Medium }

// writeJSON writes a page as one JSON document.
func writeJSON(w io.Writer, page any, what string) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(page); err != nil {
		return fmt.Errorf("write %s: %w", what, err)
	}
	return nil
}

// timeOrNil is absent where nobody knows the time.
func timeOrNil(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	at = at.UTC()
	return &at
}
