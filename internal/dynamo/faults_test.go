package dynamo_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"sshsieve/internal/attention"
	"sshsieve/internal/dynamo"
	"sshsieve/internal/watch"
)

// everything is each thing that can be asked of a Table, with the call of the
// API that it needs.
var everything = []struct {
	what, call string
	do         func(context.Context, *dynamo.Table) error
}{
	{"update", "GetItem", func(ctx context.Context, d *dynamo.Table) error {
		_, err := d.Update(ctx, userKey, adds(mark(9)))
		return err
	}},
	{"update writes", "PutItem", func(ctx context.Context, d *dynamo.Table) error {
		_, err := d.Update(ctx, userKey, adds(mark(9)))
		return err
	}},
	{"update finds", "TransactWriteItems", func(ctx context.Context, d *dynamo.Table) error {
		_, err := d.Update(ctx, userKey, adds(mark(9), entry("x")))
		return err
	}},
	{"read", "GetItem", func(ctx context.Context, d *dynamo.Table) error { _, err := d.Read(ctx, userKey); return err }},
	{"take", "Query", func(ctx context.Context, d *dynamo.Table) error {
		_, err := d.Take(ctx, watch.Pending, noon, noon.Add(time.Minute), 9)
		return err
	}},
	{"lease", "UpdateItem", func(ctx context.Context, d *dynamo.Table) error {
		_, err := d.Take(ctx, watch.Pending, noon, noon.Add(time.Minute), 9)
		return err
	}},
	{"settle", "UpdateItem", func(ctx context.Context, d *dynamo.Table) error { return d.Settle(ctx, []string{"there"}, watch.Told) }},
	{"spend reads", "GetItem", func(ctx context.Context, d *dynamo.Table) error { return d.Spend(ctx, scope, spendOne) }},
	{"spend writes", "PutItem", func(ctx context.Context, d *dynamo.Table) error { return d.Spend(ctx, scope, spendOne) }},
	{"receive", "PutItem", func(ctx context.Context, d *dynamo.Table) error { _, err := d.Receive(ctx, receipt("x")); return err }},
	{"fold", "Query", func(ctx context.Context, d *dynamo.Table) error {
		_, err := d.Fold(ctx, noon.Add(-time.Hour), noon.Add(time.Hour), func(watch.Row) {})
		return err
	}},
	{"fold writes", "PutItem", func(ctx context.Context, d *dynamo.Table) error {
		_, err := d.Fold(ctx, noon.Add(-time.Hour), noon.Add(time.Hour), func(watch.Row) {})
		return err
	}},
	{"rows", "Query", func(ctx context.Context, d *dynamo.Table) error {
		_, err := watch.Rows(ctx, d, noon.Add(-time.Hour), noon)
		return err
	}},
	{"mutes", "Query", func(ctx context.Context, d *dynamo.Table) error { _, err := d.Mutes(ctx, scope); return err }},
	{"mute", "PutItem", func(ctx context.Context, d *dynamo.Table) error { return d.Mute(ctx, scope, watch.Mute{User: secret}) }},
	{"test", "GetItem", func(ctx context.Context, d *dynamo.Table) error { _, err := d.Test(ctx, secret); return err }},
	{"put test", "PutItem", func(ctx context.Context, d *dynamo.Table) error { return d.PutTest(ctx, secret, noon) }},
	{"entry", "GetItem", func(ctx context.Context, d *dynamo.Table) error { _, _, err := d.Entry(ctx, "there"); return err }},
	{"each entry", "Query", eachEntry},
	{"each entry reads", "GetItem", eachEntry},
	{"each waiting", "Query", eachWaiting},
	{"each waiting reads", "GetItem", eachWaiting},
	{"each guess", "Query", func(ctx context.Context, d *dynamo.Table) error {
		_, err := d.EachGuess(ctx, scope, noon, noon.Add(time.Hour), func(watch.Guess) {})
		return err
	}},
	{"count guesses", "Query", func(ctx context.Context, d *dynamo.Table) error {
		_, err := d.CountGuesses(ctx, noon, noon.Add(time.Hour))
		return err
	}},
	{"waiting", "Query", func(ctx context.Context, d *dynamo.Table) error { _, err := d.Waiting(ctx); return err }},
}

func eachEntry(ctx context.Context, d *dynamo.Table) error {
	return d.EachEntry(ctx, noon, noon.Add(time.Hour), func(watch.Entry) {})
}

func eachWaiting(ctx context.Context, d *dynamo.Table) error {
	return d.EachWaiting(ctx, func(watch.Entry) {})
}

func spendOne(q watch.Quota) watch.Quota {
	return watch.Quota{Sent: append(q.Sent[:len(q.Sent):len(q.Sent)], watch.Sent{At: noon, Findings: []watch.SentFinding{{ID: "x", User: secret}}})}
}

// TestFaultsForNow: whatever DynamoDB or the network answers comes back whole,
// says what was done, and names nobody. Afterwards the same works.
func TestFaultsForNow(t *testing.T) {
	for _, e := range everything {
		client, name := newTable(t)
		m := &meddler{Client: client}
		table := dynamo.New(m, name)
		update(t, table, fleetKey, adds(mark(1), entry("there")))
		if _, err := table.Receive(t.Context(), receipt("there")); err != nil {
			t.Fatal(err)
		}
		for _, fault := range []error{
			&types.ProvisionedThroughputExceededException{Message: aws.String("slow down")},
			&types.RequestLimitExceeded{Message: aws.String("slow down")},
			&types.InternalServerError{Message: aws.String("oh")},
			context.DeadlineExceeded,
			errors.New("connection reset by peer"),
		} {
			m.fault = func(call string, _ any) error {
				if call == e.call {
					return fault
				}
				return nil
			}
			err := e.do(t.Context(), table)
			if !errors.Is(err, fault) {
				t.Errorf("%s: %v, want %v", e.what, err, fault)
			} else if text := err.Error(); text == fault.Error() || strings.Contains(text, secret) {
				t.Errorf("%s: the error says %q", e.what, text)
			}
		}
		m.fault = nil
		if err := e.do(t.Context(), table); err != nil {
			t.Errorf("%s, afterwards: %v", e.what, err)
		}
	}
}

// canceled is how a transaction is refused, item by item: the Entries, then the
// History.
func canceled(codes ...string) error {
	e := &types.TransactionCanceledException{Message: aws.String("canceled")}
	for _, code := range codes {
		e.CancellationReasons = append(e.CancellationReasons, types.CancellationReason{Code: &code})
	}
	return e
}

// TestCancellations: why a transaction was not done decides what follows.
func TestCancellations(t *testing.T) {
	const none, condition, conflict = "None", "ConditionalCheckFailed", "TransactionConflict"
	for _, c := range []struct {
		why    string
		err    error // of the first transaction
		fresh  int   // Entries of two that are returned
		judged int
		fails  bool
	}{
		{"the History changed: judge again", canceled(none, none, condition), 2, 2, false},
		{"somebody writes the History right now", canceled(none, none, conflict), 2, 2, false},
		{"somebody writes the same Entry right now", canceled(conflict, none, none), 2, 2, false},
		{"an Entry is there: without it, on the same judgement", canceled(condition, none, none), 1, 1, false},
		{"both are there: the History alone", canceled(condition, condition, none), 0, 1, false},
		{"an Entry is there and the History changed", canceled(condition, none, condition), 2, 2, false},
		{"the same transaction is under way", &types.TransactionInProgressException{}, 2, 2, false},
		{"throttled: for now", canceled(none, none, "ThrottlingError"), 0, 1, true},
		{"throttled, and an Entry is there", canceled(condition, none, "ProvisionedThroughputExceeded"), 0, 1, true},
		{"no reason is no reason to go on for ever", canceled(none, none, none), 0, 1, true},
		{"of a later API", canceled(none, "SomethingElse", none), 0, 1, true},
	} {
		t.Run(c.why, func(t *testing.T) {
			client, name := newTable(t)
			first, judged := true, 0
			m := &meddler{Client: client, fault: func(call string, _ any) error {
				if call != "TransactWriteItems" || !first {
					return nil
				}
				first = false
				return c.err
			}}
			fresh, err := dynamo.New(m, name).Update(t.Context(), userKey, func(past attention.History) (attention.History, []watch.Entry) {
				judged++
				return with(past, mark(1)), entries(2)
			})
			if (err != nil) != c.fails || len(fresh) != c.fresh || judged != c.judged {
				t.Errorf("judged %d times, wrote %d, %v", judged, len(fresh), err)
			}
			if kept := len(read(t, dynamo.New(client, name), userKey).Marks); (kept == 0) != c.fails {
				t.Errorf("%d marks are stored", kept)
			}
		})
	}
}

// TestConflictOfAnItem: a write that meets a transaction is tried again.
func TestConflictOfAnItem(t *testing.T) {
	client, name := newTable(t)
	n := 0
	m := &meddler{Client: client, fault: func(call string, _ any) error {
		if n++; call == "PutItem" && n < 8 {
			return &types.TransactionConflictException{Message: aws.String("conflict")}
		}
		return nil
	}}
	update(t, dynamo.New(m, name), userKey, adds(mark(1)))
	if got := len(read(t, dynamo.New(client, name), userKey).Marks); got != 1 || n < 8 {
		t.Errorf("%d marks after %d calls", got, n)
	}
}

// TestLostAnswers: the SDK sends a write again to which it got no answer. Done
// twice it is done once, and nobody takes himself for another.
func TestLostAnswers(t *testing.T) {
	client, name := newTable(t)
	m := &meddler{Client: client, resend: true}
	table := dynamo.New(m, name)
	judged := 0
	update(t, table, userKey, func(past attention.History) (attention.History, []watch.Entry) {
		judged++
		return with(past, mark(judged)), nil
	})
	if got := len(read(t, table, userKey).Marks); got != 1 || judged != 1 {
		t.Errorf("judged %d times, %d marks", judged, got)
	}
	if fresh, err := table.Receive(t.Context(), receipt("a")); err != nil || !fresh {
		t.Errorf("receive: %v, %v; want fresh", fresh, err)
	}
	if fresh, err := table.Receive(t.Context(), receipt("a")); err != nil || fresh {
		t.Errorf("receive again: %v, %v; want not fresh", fresh, err)
	}
	if err := table.Spend(t.Context(), scope, spendOne); err != nil {
		t.Error(err)
	}
	err := table.Spend(t.Context(), scope, func(q watch.Quota) watch.Quota {
		if len(q.Sent) != 1 {
			t.Errorf("spent %d times", len(q.Sent))
		}
		return q
	})
	if err != nil {
		t.Error(err)
	}
	if rows, err := fold(t, table, noon.Add(-time.Hour), noon.Add(time.Hour)); err != nil || len(rows) != 1 || rows[0].Counts.Lines != 3 {
		t.Errorf("fold: %+v, %v", rows, err)
	}
}
