package watch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
)

const (
	// askEvery is how often a container looks for what a dead one left.
	askEvery = 10 * time.Second
	// takeMost is how many Entries are taken at once.
	takeMost = 100
	// settleTime is what is left for settling after the deadline: the working
	// context ends 500 ms before the function's.
	settleTime = 400 * time.Millisecond
)

// tell brings Entries that are ours to an end: the Fleet hears of them, what
// waits is left alone, what nobody is to be told is settled, and the rest goes
// out by cause.
func (r *run) tell(ctx context.Context, entries []Entry) error {
	entries = slices.DeleteFunc(slices.Clone(entries), func(e Entry) bool { return e.State.Settled() })
	if len(entries) == 0 {
		return nil
	}
	entries, err := r.followUp(ctx, entries)
	entries, fault := r.ripen(ctx, entries)
	err = errors.Join(err, fault)
	entries, fault = r.sortOut(ctx, entries)
	err = errors.Join(err, fault)
	for _, g := range group(entries) {
		err = errors.Join(err, r.tellGroup(ctx, g))
	}
	return err
}

// sortOut settles what nobody is told and returns the rest.
func (r *run) sortOut(ctx context.Context, entries []Entry) ([]Entry, error) {
	var rest []Entry
	settled := map[State][]Entry{}
	mutes := map[Scope][]Mute{}
	for _, e := range entries {
		scope := e.Origin.Scope()
		if _, ok := mutes[scope]; !ok {
			var err error
			if mutes[scope], err = r.mutes(ctx, scope); err != nil {
				return nil, err
			}
		}
		if state := fate(&e, mutes[scope], r.now); state.Settled() {
			settled[state] = append(settled[state], e)
		} else {
			rest = append(rest, e)
		}
	}
	var err error
	for state, entries := range settled {
		err = errors.Join(err, r.settle(ctx, entries, state))
	}
	return rest, err
}

func (r *run) mutes(ctx context.Context, scope Scope) ([]Mute, error) {
	if r.Mutes == nil {
		return nil, nil
	}
	mutes, err := r.Mutes.Mutes(ctx, scope)
	if err != nil {
		return nil, fmt.Errorf("mutes of %s: %w", scope, err)
	}
	return mutes, nil
}

// fate is what becomes of an Entry that nobody is told; else its own State.
func fate(e *Entry, mutes []Mute, now time.Time) State {
	switch {
	case e.Finding.Severity == attention.Low && e.Finding.Rule != notice.QuietReport:
		return Reported
	case muted(mutes, &e.Finding, now):
		return Muted
	case e.Finding.Severity != attention.High && e.Late():
		return Late
	}
	return e.State
}

// tellGroup tells the Entries of one cause, if the caps let it. Ban tools are
// told of each source, without a cap; the quiet report is one a week, and a
// self-test was asked for.
func (r *run) tellGroup(ctx context.Context, g []Entry) error {
	switch f := &g[0].Finding; {
	case f.Severity == attention.Ban, f.Rule == notice.QuietReport, f.Rule == selfTestRule:
		return r.send(ctx, g)
	}
	var is ruling
	err := r.Outbox.Spend(ctx, g[0].Origin.Scope(), func(q Quota) Quota {
		q, is = q.admit(g, r.now)
		return q
	})
	if err != nil {
		return fmt.Errorf("quota: %w", err)
	}
	err = errors.Join(r.settle(ctx, is.repeated, Repeated), r.settle(ctx, is.hold, Held))
	if len(is.send) > 0 {
		err = errors.Join(err, r.send(ctx, is.send))
	}
	return err
}

// send publishes one Notice and then marks its Entries told: a death between
// the two repeats it, where the other order would lose it.
func (r *run) send(ctx context.Context, g []Entry) error {
	return r.publish(ctx, r.write(ctx, g, r.findings(g)), g)
}

func (r *run) publish(ctx context.Context, n notice.Notice, g []Entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := r.Notifier.Notify(ctx, n)
	if err != nil && !errors.Is(err, ErrRefused) {
		return fmt.Errorf("notify: %w", err)
	}
	state := Told
	if err != nil {
		state = Failed
		r.result.Failed++
		r.log().Error("a notice was refused for ever", "id", g[0].ID, "error", err)
	} else {
		r.result.Notices++
	}
	// It is out: the deadline must not keep that from being noted.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	return r.settle(ctx, g, state)
}

func (r *run) settle(ctx context.Context, entries []Entry, state State) error {
	if len(entries) == 0 {
		return nil
	}
	ids := make([]string, len(entries))
	for i := range entries {
		ids[i] = entries[i].ID
	}
	if err := r.Outbox.Settle(ctx, ids, state); err != nil {
		return fmt.Errorf("mark %s: %w", state, err)
	}
	return nil
}

func (r *run) findings(g []Entry) []attention.Finding {
	findings := make([]attention.Finding, len(g))
	for i := range g {
		findings[i] = g[i].Finding
	}
	return findings
}

// leftovers tells what dead workers left, if this container did not ask just
// now. The batch does not fail with it: others heal it as well.
func (r *run) leftovers(ctx context.Context) {
	if r.blind != nil || !r.mayAsk() {
		return
	}
	if err := r.tellWaiting(ctx); err != nil {
		r.log().Warn("leftovers stay in the outbox", "error", err)
	}
}

func (w *Watcher) mayAsk() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	if !w.asked.IsZero() && within(now, w.asked, askEvery) {
		return false
	}
	w.asked = now
	return true
}

// tellWaiting takes and tells what is due and nobody's. What could not be told
// is not taken again at once: its lease runs.
func (r *run) tellWaiting(ctx context.Context) error {
	var faults error
	for {
		entries, err := r.Outbox.Take(ctx, Pending, r.now, r.now.Add(lease), takeMost)
		if err != nil {
			return errors.Join(faults, fmt.Errorf("ask the outbox: %w", err))
		}
		faults = errors.Join(faults, r.tell(ctx, entries))
		if len(entries) < takeMost {
			return faults
		}
	}
}
