package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"sshsieve/internal/emf"
	"sshsieve/internal/lambdaenv"
	"sshsieve/internal/watch"
)

// A function is what the clock calls. It is safe for concurrent use.
type function struct {
	watcher *watch.Watcher
	archive watch.Archive
	name    string    // what this function is called, the dimension of its metrics
	metrics io.Writer // CloudWatch reads standard output
	now     func() time.Time
}

func newFunction(env *lambdaenv.Env, metrics io.Writer) *function {
	return &function{watcher: env.Watcher, archive: env.Table, name: lambdacontext.FunctionName, metrics: metrics, now: time.Now}
}

// Invoke is one stroke; the event says nothing. It makes this a lambda.Handler.
// Each part is tried even if the one before failed. After an error the scheduler
// calls again.
func (f *function) Invoke(ctx context.Context, _ []byte) ([]byte, error) {
	ctx, cancel := lambdaenv.WorkingContext(ctx)
	defer cancel()
	now := f.now()
	told, tickErr := f.watcher.Tick(ctx, now)
	reported, reportErr := f.watcher.QuietReport(ctx, now)
	measureErr := f.measure(ctx, emf.Tick{Function: f.name, Now: now, Failed: told.Failed + reported.Failed})
	return []byte("null"), errors.Join(tickErr, reportErr, measureErr)
}

// measure writes the tick's line: how much waits, what was refused, and how old
// the newest batch is.
func (f *function) measure(ctx context.Context, tick emf.Tick) error {
	var err error
	if tick.Waiting, err = f.archive.Waiting(ctx); err != nil {
		return fmt.Errorf("measure: %w", err)
	}
	if tick.Newest, err = f.newest(ctx, tick.Now); err != nil {
		return fmt.Errorf("measure: %w", err)
	}
	return emf.WriteTick(f.metrics, tick)
}

// newest is when the newest batch came, zero where none did for a day. Most
// often that is in the last hour, which costs a tenth of asking for the day.
func (f *function) newest(ctx context.Context, now time.Time) (newest time.Time, err error) {
	for _, back := range []time.Duration{time.Hour, 24 * time.Hour} {
		// Lines may be ahead of our clock by what is believed of theirs.
		err = f.watcher.Ledger.EachRow(ctx, watch.BucketOf(now.Add(-back)), now.Add(time.Hour), nil, func(row watch.Row) {
			if row.Arrived.After(newest) {
				newest = row.Arrived
			}
		})
		if err != nil || !newest.IsZero() {
			return newest, err
		}
	}
	return newest, nil
}
