package watch

import (
	"context"
	"time"
)

var _ Archive = (*Mem)(nil)

// EachEntry does what Archive promises.
func (m *Mem) EachEntry(ctx context.Context, from, to time.Time, each func(Entry)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, e := range m.Entries() {
		if !e.Found.Before(from) && e.Found.Before(to) {
			each(e)
		}
	}
	return nil
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
