package watch

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Take does what Outbox promises.
func (m *Mem) Take(ctx context.Context, state State, now, until time.Time, most int) ([]Entry, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ops.Reads++
	var due []*Entry
	for _, e := range m.waiting {
		if e.State == state && !e.Due.After(now) {
			due = append(due, e)
		}
	}
	slices.SortFunc(due, func(a, b *Entry) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID)) })
	var taken []Entry
	for _, e := range due[:min(len(due), most)] {
		e.Due = until
		taken = append(taken, *e)
	}
	m.ops.Writes += len(taken)
	return taken, nil
}

// Settle does what Outbox promises.
func (m *Mem) Settle(ctx context.Context, ids []string, state State) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range ids {
		e := m.waiting[id]
		if e == nil {
			continue
		}
		m.ops.Writes++
		e.State = state
		if state == Held {
			e.Due = time.Time{}
		} else {
			delete(m.waiting, id)
		}
	}
	return nil
}

// Spend does what Outbox promises. Nobody else spends meanwhile, so spend must
// not ask the Mem.
func (m *Mem) Spend(ctx context.Context, scope Scope, spend func(Quota) Quota) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.init()
	m.ops.Reads++
	before := m.quotas[scope]
	after := spend(before)
	if !SameQuota(before, after) {
		m.ops.Writes++
		m.quotas[scope] = after
	}
	return nil
}

// Entries returns all Entries, by event time: what `why` and the quiet report
// ask.
func (m *Mem) Entries() []Entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make([]Entry, 0, len(m.entries))
	for _, e := range m.entries {
		all = append(all, *e)
	}
	slices.SortFunc(all, func(a, b Entry) int { return cmp.Or(a.Finding.At.Compare(b.Finding.At), cmp.Compare(a.ID, b.ID)) })
	return all
}

// Mutes does what Mutes promises.
func (m *Mem) Mutes(ctx context.Context, scope Scope) ([]Mute, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ops.Reads++
	return slices.Clone(m.mutes[scope]), nil
}

// Mute adds a mute to a scope.
func (m *Mem) Mute(scope Scope, mute Mute) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.init()
	m.mutes[scope] = append(m.mutes[scope], mute)
}

// Test does what Tests promises.
func (m *Mem) Test(ctx context.Context, name string) (time.Time, error) {
	if err := ctx.Err(); err != nil {
		return time.Time{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ops.Reads++
	return m.tests[name], nil
}

// PutTest asks for a self-test: a line with this name is one until then.
func (m *Mem) PutTest(ctx context.Context, name string, until time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.init()
	m.ops.Writes++
	m.tests[name] = until
	return nil
}
