package main

import (
	"context"
	"log/slog"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
	"sshsieve/internal/watch"
)

// tickEvery is how often the deployed function's clock strikes.
const tickEvery = 5 * time.Minute

// longestSilence is how much of a silence is played, tick by tick: nothing
// waits for as long as that.
const longestSilence = 30 * 24 * time.Hour

// A player takes batches the way of the deployed function, by the clock that
// stood when their lines were written: each batch arrives at the time of its
// newest line, and between batches the clock strikes. All is one scope.
type player struct {
	ctx     context.Context
	watcher watch.Watcher
	mem     *watch.Mem
	clock   time.Time // event time; zero while no line had any
	next    time.Time // when the clock strikes

	first, last    time.Time // of all lines
	counts         watch.Counts
	batches, ticks int
	held           int // Findings that a cap held back
}

// scope is what the command remembers under, whatever it reads.
var scope = watch.Origin{}.Scope()

// newPlayer plays into mem, and tells what is found.
func newPlayer(ctx context.Context, mem *watch.Mem, config attention.Config, tell func(notice.Notice)) *player {
	p := &player{ctx: ctx, mem: mem}
	p.watcher = watch.Watcher{
		Memory: mem, Outbox: outbox{mem, &p.held}, Ledger: mem, Mutes: mem, Notifier: teller(tell),
		About:  notice.About{Local: true},
		Config: config, Now: func() time.Time { return p.clock }, Log: slog.New(slog.DiscardHandler),
	}
	p.resume()
	return p
}

// resume sets the clock to when something was held back that still waits in the
// memory of an earlier run, so that its summary comes when it would have.
func (p *player) resume() {
	for _, e := range p.mem.Entries() {
		if !e.State.Settled() && e.Found.After(p.clock) {
			p.clock = e.Found
			p.next = p.clock.Truncate(tickEvery).Add(tickEvery)
		}
	}
}

// play takes one batch.
func (p *player) play(b batch) error {
	oldest, newest := timesOf(b)
	p.widen(oldest, newest)
	if err := p.strike(newest); err != nil {
		return err
	}
	p.clock = newest
	result, err := p.watcher.Batch(p.ctx, watch.Batch{Origin: watch.Origin{Stream: b.input}, Events: b.all, Before: len(b.all) - len(b.events)})
	p.batches++
	if result.Fresh {
		p.counts.Add(result.Counts)
	}
	return err
}

// timesOf are the times of the oldest and the newest line of a batch, as the
// Timeline gives them to lines without any, too.
func timesOf(b batch) (oldest, newest time.Time) {
	oldest = b.events[0].Record.Time
	newest = oldest
	for i := range b.events {
		at := b.events[i].Record.Time
		if at.Before(oldest) {
			oldest = at
		}
		if at.After(newest) {
			newest = at
		}
	}
	return oldest, newest
}

// widen keeps the times of all lines.
func (p *player) widen(oldest, newest time.Time) {
	if p.first.IsZero() || oldest.Before(p.first) {
		p.first = oldest
	}
	if newest.After(p.last) {
		p.last = newest
	}
}

// strike lets the clock strike until a batch arrives. The lines of a next file
// may be older: then the clock goes on from there.
func (p *player) strike(arrives time.Time) error {
	if p.clock.IsZero() || arrives.Before(p.clock) || arrives.Sub(p.clock) > longestSilence {
		p.next = arrives.Truncate(tickEvery).Add(tickEvery)
	}
	for !p.next.After(arrives) {
		if err := p.tick(); err != nil {
			return err
		}
	}
	return nil
}

func (p *player) tick() error {
	p.clock = p.next
	p.next = p.next.Add(tickEvery)
	p.ticks++
	_, err := p.watcher.Tick(p.ctx, p.clock)
	return err
}

// end lets the clock strike on until nothing is held back any more: at most a
// day, since a summary goes out each hour.
func (p *player) end() error {
	for range 24 * time.Hour / tickEvery {
		if p.waiting() == 0 {
			return nil
		}
		if err := p.tick(); err != nil {
			return err
		}
	}
	return nil
}

// waiting is how many Findings are still to be told.
func (p *player) waiting() int {
	n := 0
	for _, e := range p.mem.Entries() {
		if !e.State.Settled() {
			n++
		}
	}
	return n
}

// learning is when the learning period ends, zero where no login began it.
func (p *player) learning() time.Time {
	config := p.watcher.Config
	fleet, err := p.mem.Read(p.ctx, watch.Key{Scope: scope})
	if err != nil || fleet.Since == 0 || !config.Learned.IsZero() {
		return config.Learned
	}
	return time.Unix(fleet.Since, 0).UTC().Add(learningPeriod)
}

// learningPeriod is attention.Config's default.
const learningPeriod = 7 * 24 * time.Hour

// A teller is a Notifier that only calls a function.
type teller func(notice.Notice)

func (t teller) Notify(_ context.Context, n notice.Notice) error {
	t(n)
	return nil
}

// An outbox counts what the caps hold back.
type outbox struct {
	*watch.Mem
	held *int
}

func (o outbox) Settle(ctx context.Context, ids []string, state watch.State) error {
	if state == watch.Held {
		*o.held += len(ids)
	}
	return o.Mem.Settle(ctx, ids, state)
}

var (
	_ watch.Notifier = teller(nil)
	_ watch.Outbox   = outbox{}
)
