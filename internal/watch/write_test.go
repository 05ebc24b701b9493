package watch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"sshsieve/internal/attention"
)

// countedRows counts how often Rows are asked for.
type countedRows struct {
	Mem
	asked int
}

func (l *countedRows) EachRow(ctx context.Context, from, to time.Time, want func(Scope) bool, each func(Row)) error {
	l.asked++
	return l.Mem.EachRow(ctx, from, to, want, each)
}

// TestFailuresOf: however many mails there are, a run asks for few spans, and for
// each once.
func TestFailuresOf(t *testing.T) {
	ledger := &countedRows{}
	midnight := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for i := range 12 {
		for _, scope := range []Scope{"1:a", "1:b"} {
			at := midnight.Add(time.Duration(i) * BucketLength)
			r := Receipt{Scope: scope, Bucket: at, Batch: fmt.Sprint(i), Newest: at, Hosts: []string{"web-1"}, Counts: Counts{Lines: 9, Attempts: 2}}
			if _, err := ledger.Receive(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := ledger.Fold(t.Context(), midnight, midnight.Add(time.Hour), func(Row) {}); err != nil {
		t.Fatal(err)
	}
	r := &run{Watcher: &Watcher{Ledger: ledger}}
	for _, c := range []struct {
		why          string
		scope        Scope
		buckets      int
		failed, asks int
	}{
		{"as long as nothing is folded of the day", "1:a", 0, 0, 0},
		{"half an hour", "1:a", 6, 12, 1},
		{"the same again", "1:a", 6, 12, 1},
		{"another scope", "1:b", 6, 12, 2},
		{"more of the day", "1:a", 12, 24, 3},
		{"one of no failures", "1:c", 12, 0, 4},
		{"too many: the mail does without", "1:b", 12, 0, 4},
		{"what is known stays known", "1:a", 12, 24, 4},
	} {
		byHost, err := r.failuresOf(t.Context(), span{c.scope, midnight, midnight.Add(time.Duration(c.buckets) * BucketLength)})
		if err != nil || byHost["web-1"] != c.failed || ledger.asked != c.asks {
			t.Errorf("%s: %d failed, asked %d times, %v; want %d and %d", c.why, byHost["web-1"], ledger.asked, err, c.failed, c.asks)
		}
	}
}

// stuckRows answers when the time is over, or at once with an error.
type stuckRows struct {
	countedRows
	err error
}

func (l *stuckRows) EachRow(ctx context.Context, _, _ time.Time, _ func(Scope) bool, _ func(Row)) error {
	l.asked++
	if l.err == nil {
		<-ctx.Done()
		return ctx.Err()
	}
	return l.err
}

// TestMailsDoNotWait: a Ledger that does not answer costs mails little time, and
// is asked once for all of them.
func TestMailsDoNotWait(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		why        string
		left, most time.Duration // of time before, and what it takes
		err        error
	}{
		{"it does not answer", 30 * time.Second, failuresWithin, nil},
		{"it does not answer, and the end is near", 2 * time.Second, time.Second, nil},
		{"it refuses", 30 * time.Second, 0, errors.New("throttled")},
	} {
		t.Run(c.why, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ledger := &stuckRows{err: c.err}
				r := &run{Watcher: &Watcher{Ledger: ledger, Log: slog.New(slog.DiscardHandler)}}
				ctx, cancel := context.WithTimeout(t.Context(), c.left)
				defer cancel()
				began := time.Now() // the bubble's
				for range 12 {
					if n := r.held(ctx, []Entry{{Finding: attention.Finding{At: at, Host: "web-1"}}}); n != 0 {
						t.Errorf("%d failures of nowhere", n)
					}
				}
				if took := time.Since(began); took != c.most || ledger.asked != 1 || ctx.Err() != nil {
					t.Errorf("took %s, asked %d times, %v; want %s and once", took, ledger.asked, ctx.Err(), c.most)
				}
			})
		})
	}
}
