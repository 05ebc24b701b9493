package watch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sshsieve/internal/attention"
)

// What is often done for many at once, such as giving out new keys, waits for
// the others: nobody holds its Entry, and when it is due whoever asks the Outbox
// takes all of them.

// dueOf is when an Entry may be taken by others than its creator: when his lease
// ends, or the wait. All that were found in one slot of the wall clock, as long
// as the wait, come due together at the end of the next.
func dueOf(f *attention.Finding, found time.Time) time.Time {
	if f.Wait <= 0 {
		return found.Add(lease)
	}
	return found.Truncate(f.Wait).Add(2 * f.Wait)
}

// waits says whether an Entry is not to be told yet.
func (e *Entry) waits(now time.Time) bool {
	return e.Finding.Wait > 0 && now.Before(dueOf(&e.Finding, e.Found))
}

// ripen leaves what still waits, and asks the Fleet what became of that whose
// wait is over: of a few it may have become many, of which one Finding tells.
func (r *run) ripen(ctx context.Context, entries []Entry) ([]Entry, error) {
	entries = slices.DeleteFunc(slices.Clone(entries), func(e Entry) bool { return e.waits(r.now) })
	var ripe, covered []Entry
	var faults error
	for _, part := range byScope(entries) {
		told, of, err := r.ripenScope(ctx, part)
		ripe, covered, faults = append(ripe, told...), append(covered, of...), errors.Join(faults, err)
	}
	return ripe, errors.Join(faults, r.settle(ctx, covered, Repeated))
}

func (r *run) ripenScope(ctx context.Context, part []Entry) (ripe, covered []Entry, err error) {
	waited := func(e Entry) bool { return e.Finding.Wait > 0 }
	if !slices.ContainsFunc(part, waited) {
		return part, nil, nil
	}
	fleet, err := r.Memory.Read(ctx, Key{part[0].Origin.Scope(), attention.Key{Kind: attention.Fleet}})
	if err != nil { // they come due again when their lease ends
		return slices.DeleteFunc(part, waited), nil, fmt.Errorf("read fleet: %w", err)
	}
	for _, e := range part {
		f, ok := attention.Ripen(e.Finding, fleet)
		if e.Finding = f; ok {
			ripe = append(ripe, e)
		} else {
			covered = append(covered, e)
		}
	}
	return ripe, covered, nil
}
