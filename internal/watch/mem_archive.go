package watch

import (
	"cmp"
	"context"
	"slices"
	"time"
)

var _ Archive = (*Mem)(nil)

// EachEntry does what Archive promises.
func (m *Mem) EachEntry(ctx context.Context, from, to time.Time, each func(Entry)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, e := range m.Entries() {
		if !e.isToldGuess() && !e.Found.Before(from) && e.Found.Before(to) {
			each(e)
		}
	}
	return nil
}

// isToldGuess says whether it is left to EachGuess.
func (e *Entry) isToldGuess() bool { return e.IsGuess() && e.State.Settled() && e.State != Failed }

// EachGuess does what Archive promises.
func (m *Mem) EachGuess(ctx context.Context, scope Scope, from, to time.Time, each func(Guess)) (more bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	type list struct {
		hour time.Time
		told bool
	}
	lists := map[list][]Guess{}
	for _, e := range m.Entries() {
		hour := e.Found.UTC().Truncate(time.Hour)
		if e.isToldGuess() && e.Origin.Scope() == scope && !hour.Before(from.Truncate(time.Hour)) && hour.Before(to.Truncate(time.Hour)) {
			l := list{hour, e.State == Told}
			lists[l] = append(lists[l], e.Guess())
		}
	}
	for _, guesses := range lists {
		slices.SortFunc(guesses, func(a, b Guess) int { return cmp.Compare(b.Count, a.Count) })
		more = more || len(guesses) > GuessesMost
		for _, g := range guesses[:min(len(guesses), GuessesMost)] {
			each(g)
		}
	}
	return more, nil
}

// Waiting does what Archive promises.
func (m *Mem) Waiting(ctx context.Context) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ops.Reads++
	return len(m.waiting), nil
}
