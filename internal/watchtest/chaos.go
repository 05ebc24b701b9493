package watchtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
	"sshsieve/internal/watch"
)

// A Chaos wraps a store and a notifier, and does at each step what its Plan
// says: nothing, or what a distributed world does to a worker. It is as safe for
// concurrent use as what it wraps. The Plan may be seeded (Random) or aim at one
// step (At).
type Chaos struct {
	Store    watch.Store
	Notifier watch.Notifier
	Plan     Plan

	mu    sync.Mutex
	steps []Step
}

var (
	_ watch.Store    = (*Chaos)(nil)
	_ watch.Notifier = (*Chaos)(nil)
)

// A Step is one side of one call.
type Step struct {
	N     int    // from 0, in the order in which they happened
	Call  string // "update", "read", "take", "settle told", "spend", "receive", "fold", "rows", "notify"
	After bool   // the call was done; its caller does not know yet
}

// String is such as "4: before update".
func (s Step) String() string {
	if s.After {
		return fmt.Sprintf("%d: after %s", s.N, s.Call)
	}
	return fmt.Sprintf("%d: before %s", s.N, s.Call)
}

// A Fault is what happens at a Step.
type Fault int

const (
	None Fault = iota
	// Kill ends the worker at once, by a panic that Deliver knows.
	Kill
	// End ends the worker's context, as a deadline does: the call returns its
	// error, also where it was done.
	End
	// Fail lets the call return an error for now, also where it was done.
	Fail
	// Lose lets another worker with the same evidence be faster, before an
	// update; elsewhere it is None.
	Lose
)

// A Plan says what happens at a Step. It must be safe for concurrent use.
type Plan func(Step) Fault

// ErrChaos is the error for now that Fail makes.
var ErrChaos = errors.New("chaos: not now")

// At is the Plan of one Fault, at the n-th step.
func At(n int, fault Fault) Plan {
	return func(s Step) Fault {
		if s.N == n {
			return fault
		}
		return None
	}
}

// Steps are those that happened so far.
func (c *Chaos) Steps() []Step {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Step(nil), c.steps...)
}

// killed is what Kill panics with.
type killed struct{ at Step }

// enders has the cancel function of a worker's context.
type enders struct{}

// Deliver runs a worker's work with a context that End can end, and says
// whether it was killed. Any other panic goes on.
func Deliver(ctx context.Context, work func(context.Context) error) (err error, died bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer func() {
		reason := recover()
		if _, ok := reason.(killed); ok {
			died = true
		} else if reason != nil {
			panic(reason)
		}
	}()
	return work(context.WithValue(ctx, enders{}, cancel)), false
}

// step asks the Plan and does what it says.
func (c *Chaos) step(ctx context.Context, call string, after bool) (Fault, error) {
	c.mu.Lock()
	s := Step{N: len(c.steps), Call: call, After: after}
	c.steps = append(c.steps, s)
	c.mu.Unlock()
	fault := None
	if c.Plan != nil {
		fault = c.Plan(s)
	}
	switch fault {
	case Kill:
		panic(killed{s})
	case Fail:
		return fault, ErrChaos
	case End:
		if cancel, ok := ctx.Value(enders{}).(context.CancelFunc); ok {
			cancel()
		}
		return fault, context.Canceled
	}
	return fault, nil
}

// around does a call between its two steps.
func around(ctx context.Context, c *Chaos, call string, do func() error) error {
	if _, err := c.step(ctx, call, false); err != nil {
		return err
	}
	err := do()
	if _, fault := c.step(ctx, call, true); fault != nil {
		return fault
	}
	return err
}

// Update is the wrapped store's.
func (c *Chaos) Update(ctx context.Context, key watch.Key, judge watch.Judge) ([]watch.Entry, error) {
	fault, err := c.step(ctx, "update", false)
	if err != nil {
		return nil, err
	}
	if fault == Lose {
		judge = c.rival(ctx, key, judge)
	}
	fresh, err := c.Store.Update(ctx, key, judge)
	if _, fault := c.step(ctx, "update", true); fault != nil {
		return nil, fault
	}
	return fresh, err
}

// rival is a worker with the same evidence who is faster, and dies then.
func (c *Chaos) rival(ctx context.Context, key watch.Key, judge watch.Judge) watch.Judge {
	first := true
	return func(past attention.History) (attention.History, []watch.Entry) {
		if first {
			first = false
			_, _ = c.Store.Update(ctx, key, judge) // nobody hears of it
		}
		return judge(past)
	}
}

// Read is the wrapped store's.
func (c *Chaos) Read(ctx context.Context, key watch.Key) (h attention.History, err error) {
	err = around(ctx, c, "read", func() error { h, err = c.Store.Read(ctx, key); return err })
	return h, err
}

// Take is the wrapped store's.
func (c *Chaos) Take(ctx context.Context, state watch.State, now, until time.Time, most int) (taken []watch.Entry, err error) {
	err = around(ctx, c, "take", func() error { taken, err = c.Store.Take(ctx, state, now, until, most); return err })
	if err != nil {
		return nil, err
	}
	return taken, nil
}

// Settle is the wrapped store's.
func (c *Chaos) Settle(ctx context.Context, ids []string, state watch.State) error {
	return around(ctx, c, "settle "+state.String(), func() error { return c.Store.Settle(ctx, ids, state) })
}

// Spend is the wrapped store's.
func (c *Chaos) Spend(ctx context.Context, scope watch.Scope, spend func(watch.Quota) watch.Quota) error {
	return around(ctx, c, "spend", func() error { return c.Store.Spend(ctx, scope, spend) })
}

// Receive is the wrapped store's.
func (c *Chaos) Receive(ctx context.Context, r watch.Receipt) (fresh bool, err error) {
	err = around(ctx, c, "receive", func() error { fresh, err = c.Store.Receive(ctx, r); return err })
	return fresh && err == nil, err
}

// Fold is the wrapped store's.
func (c *Chaos) Fold(ctx context.Context, from, to time.Time, each func(watch.Row)) (folded time.Time, err error) {
	err = around(ctx, c, "fold", func() error { folded, err = c.Store.Fold(ctx, from, to, each); return err })
	return folded, err
}

// EachRow is the wrapped store's.
func (c *Chaos) EachRow(ctx context.Context, from, to time.Time, want func(watch.Scope) bool, each func(watch.Row)) error {
	return around(ctx, c, "rows", func() error { return c.Store.EachRow(ctx, from, to, want, each) })
}

// Notify is the wrapped notifier's.
func (c *Chaos) Notify(ctx context.Context, n notice.Notice) error {
	return around(ctx, c, "notify", func() error { return c.Notifier.Notify(ctx, n) })
}
