package stack

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/watch"
)

// A Status is how a stack is. What could not be asked is absent, and Unknown
// says so.
type Status struct {
	Schema  int    `json:"schema"`
	Stack   string `json:"stack,omitempty"`
	Account string `json:"account,omitempty"`
	Region  string `json:"region"`
	State   string `json:"state,omitempty"` // CloudFormation's word
	Table   string `json:"table"`

	// LastBatch is when the newest batch came, by the wall clock, to 5 minutes.
	LastBatch time.Time `json:"last_batch,omitzero"`
	Scopes    []Scope   `json:"scopes"`
	// Waiting is how much is to be told; Overdue what of it should have been
	// long ago. Told counts the findings that were told in the last 24 hours, by
	// severity; Failed those that SNS refused for ever.
	Waiting int            `json:"waiting"`
	Overdue int            `json:"overdue"`
	Told    map[string]int `json:"told"`
	Failed  int            `json:"failed"`

	Subscriptions []Subscription `json:"subscriptions"`
	Filters       []Filter       `json:"filters"`

	// Problems are what is wrong, each with what to do; Unknown what could not
	// be asked, and why.
	Problems []string `json:"problems"`
	Unknown  []string `json:"unknown"`
}

// StatusSchema is the version of a Status as JSON. Members may be added within a
// version; none changes its meaning.
const StatusSchema = 1

// A Scope is what is remembered apart, and how it is.
type Scope struct {
	Name      watch.Scope `json:"scope"`
	LastBatch time.Time   `json:"last_batch,omitzero"`
	Hosts     int         `json:"hosts"` // that wrote in the last 24 hours
	Lines     int         `json:"lines"` // in the last 24 hours
	// LearningUntil is when its learning period ends, in the past where it has;
	// absent before the first login.
	LearningUntil time.Time    `json:"learning_until,omitzero"`
	Mutes         []watch.Mute `json:"mutes"` // in force
}

// How far back a status looks, and what is too long.
const (
	statusSpan = 24 * time.Hour
	// foldedWithin: the tick folds what came every 5 minutes.
	foldedWithin = 30 * time.Minute
	// toldWithin is how long something may wait to be told, besides for others of
	// its cause: the tick comes every 5 minutes.
	toldWithin = 20 * time.Minute
	// heldWithin is how much longer what a cap held back may wait: a scope gets one
	// summary an hour, of 500 findings at most.
	heldWithin = 3 * time.Hour
	// ahead is how far lines may be before our clock.
	ahead = time.Hour
)

// Status asks a stack how it is. An error is for what nothing can be said
// without: the table.
func (s *Stack) Status(ctx context.Context, now time.Time) (Status, error) {
	status := Status{
		Schema: StatusSchema, Stack: s.Name, Account: s.Account, Region: s.Region, State: s.State, Table: s.TableName,
		Told: map[string]int{}, Scopes: []Scope{}, Subscriptions: []Subscription{}, Filters: []Filter{}, Problems: []string{}, Unknown: []string{},
	}
	rows, err := watch.Rows(ctx, s.Table, now.Add(-statusSpan), now.Add(ahead))
	if err != nil {
		return status, s.Explain(err)
	}
	status.readState()
	for _, part := range []func() error{
		func() error { return s.statusOfScopes(ctx, &status, rows, now) },
		func() error { return s.statusOfBatches(ctx, &status, now) },
		func() error { return s.statusOfOutbox(ctx, &status, now) },
	} {
		if err := part(); err != nil {
			return status, s.Explain(err)
		}
	}
	s.statusOfTopics(ctx, &status)
	s.statusOfFilters(ctx, &status)
	return status, nil
}

func (status *Status) problem(format string, args ...any) {
	status.Problems = append(status.Problems, fmt.Sprintf(format, args...))
}

// unknown says that something could not be asked.
func (s *Stack) unknown(status *Status, what string, err error) {
	text, _, _ := strings.Cut(s.Explain(err).Error(), "\n")
	status.Unknown = append(status.Unknown, what+": "+text)
}

// readState: a stack that CloudFormation could not update runs its old version.
func (status *Status) readState() {
	if strings.Contains(status.State, "FAILED") || strings.Contains(status.State, "ROLLBACK") {
		status.problem("the last deployment failed (%s): see aws cloudformation describe-stack-events --stack-name %s", status.State, status.Stack)
	}
}

// statusOfScopes asks each scope.
func (s *Stack) statusOfScopes(ctx context.Context, status *Status, rows []watch.Row, now time.Time) error {
	for _, name := range s.scopes(rows) {
		scope := Scope{Name: name, Mutes: []watch.Mute{}}
		scope.sum(rows)
		if scope.LastBatch.After(status.LastBatch) {
			status.LastBatch = scope.LastBatch
		}
		until, err := s.LearningUntil(ctx, name)
		if err != nil {
			return err
		}
		scope.LearningUntil = until
		if scope.Mutes, err = s.MutesInForce(ctx, name, now); err != nil {
			return err
		}
		status.Scopes = append(status.Scopes, scope)
	}
	return nil
}

// sum adds up the Rows of a scope.
func (scope *Scope) sum(rows []watch.Row) {
	hosts := map[string]bool{}
	for _, row := range rows {
		if row.Scope != scope.Name {
			continue
		}
		scope.Lines += row.Counts.Lines
		if row.Arrived.After(scope.LastBatch) {
			scope.LastBatch = row.Arrived
		}
		for host := range row.Hosts {
			hosts[host] = true
		}
	}
	scope.Hosts = len(hosts)
}

// LearningUntil is when the learning period of a scope ends, zero where no login
// has begun it.
func (s *Stack) LearningUntil(ctx context.Context, scope watch.Scope) (time.Time, error) {
	fleet, err := s.Table.Read(ctx, watch.Key{Scope: scope, Of: attention.Key{Kind: attention.Fleet}})
	if err != nil || fleet.Since == 0 {
		return time.Time{}, err
	}
	return time.Unix(fleet.Since, 0).UTC().Add(s.Learning), nil
}

// MutesInForce are the mutes of a scope that have not ended.
func (s *Stack) MutesInForce(ctx context.Context, scope watch.Scope, now time.Time) ([]watch.Mute, error) {
	all, err := s.Table.Mutes(ctx, scope)
	mutes := []watch.Mute{}
	for _, m := range all {
		if now.Before(m.Until) {
			mutes = append(mutes, m)
		}
	}
	return mutes, err
}

// statusOfBatches: the Rows are the tick's work. If the newest is old, either
// nothing came, or nobody folded what came.
func (s *Stack) statusOfBatches(ctx context.Context, status *Status, now time.Time) error {
	if now.Sub(status.LastBatch) <= foldedWithin {
		return nil
	}
	receipts, err := s.Table.Receipts(ctx, now.Add(-foldedWithin), now.Add(ahead))
	if err != nil {
		return err
	}
	unfolded := 0
	for _, r := range receipts {
		if r.Arrived.After(status.LastBatch) {
			status.LastBatch = r.Arrived
		}
		if now.Sub(r.Arrived) > foldedWithin/2 {
			unfolded++
		}
	}
	switch {
	case unfolded > 0:
		status.problem("the tick stands still: batches came that it has not counted; read the log of TickFunction")
	case status.LastBatch.IsZero():
		status.problem("no line has come for 24 hours, or ever: does the log group get lines (aws logs tail), and is there a subscription filter?")
	case now.Sub(status.LastBatch) > s.SilenceAfter:
		status.problem("no line has come for %s: look at the agent of a host, then at the subscription filter", Age(now.Sub(status.LastBatch)))
	}
	return nil
}

// statusOfOutbox counts what was told, and what should have been.
func (s *Stack) statusOfOutbox(ctx context.Context, status *Status, now time.Time) error {
	var err error
	if status.Waiting, err = s.Table.Waiting(ctx); err != nil {
		return err
	}
	err = s.Table.EachEntry(ctx, now.Add(-statusSpan), now.Add(ahead), func(e watch.Entry) { status.count(&e) })
	if err != nil {
		return err
	}
	guesses, err := s.Table.CountToldGuesses(ctx, now.Add(-statusSpan), now.Add(ahead))
	if err != nil {
		return err
	}
	if guesses > 0 {
		status.Told[attention.Ban.String()] += guesses
	}
	if err = s.Table.EachWaiting(ctx, func(e watch.Entry) { status.countWaiting(&e, now) }); err != nil {
		return err
	}
	if status.Overdue > 0 {
		status.problem("%d findings should have been told and were not: read the logs of TickFunction and ClassifyFunction", status.Overdue)
	}
	if status.Failed > 0 {
		status.problem("SNS refused %d findings for ever: see sshsieve why for what they say, and the log of ClassifyFunction for the reason", status.Failed)
	}
	return nil
}

func (status *Status) count(e *watch.Entry) {
	switch e.State {
	case watch.Told:
		status.Told[e.Finding.Severity.String()]++
	case watch.Failed:
		status.Failed++
	}
}

// countWaiting counts from when it was found: each tick that fails leases it
// anew, which puts off when it is due for ever. One that waits for others of its
// cause is told within twice its Wait.
func (status *Status) countWaiting(e *watch.Entry, now time.Time) {
	within := toldWithin + 2*e.Finding.Wait
	if e.State == watch.Held {
		within += heldWithin
	}
	if now.Sub(e.Found) > within {
		status.Overdue++
	}
}

// Age is a time span for a reader, to its largest unit.
func Age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d < 2*time.Hour:
		return fmt.Sprintf("%d minutes", int(d/time.Minute))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours", int(d/time.Hour))
	}
	return fmt.Sprintf("%d days", int(d/(24*time.Hour)))
}
