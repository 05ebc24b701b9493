package watch

import (
	"context"
	"maps"
	"slices"
	"time"
)

// a bucket holds Receipts by scope and batch.
type bucket map[receiptKey]Receipt

type receiptKey struct {
	scope Scope
	batch string
}

// Receive does what Ledger promises.
func (m *Mem) Receive(ctx context.Context, r Receipt) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.init()
	m.ops.Writes++ // a failed condition is billed
	return m.receive(r), nil
}

func (m *Mem) receive(r Receipt) bool {
	at := r.Bucket.UTC()
	if m.receipts[at] == nil {
		m.receipts[at] = bucket{}
	}
	key := receiptKey{r.Scope, r.Batch}
	if _, had := m.receipts[at][key]; had {
		return false
	}
	m.receipts[at][key] = r
	if len(m.receipts) > maxBuckets+maxBuckets/8 {
		dropOldest(m.receipts, maxBuckets)
	}
	return true
}

// Fold does what Ledger promises.
func (m *Mem) Fold(ctx context.Context, from, to time.Time, each func(Row)) (time.Time, error) {
	if err := ctx.Err(); err != nil {
		return from, err
	}
	for _, row := range m.foldBetween(from, to) {
		each(row)
	}
	return to, nil
}

func (m *Mem) foldBetween(from, to time.Time) (rows []Row) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.init()
	m.ops.Reads++
	for at := FirstBucket(from); at.Before(to); at = at.Add(BucketLength) {
		rows = append(rows, m.foldBucket(at)...)
	}
	return rows
}

func (m *Mem) foldBucket(at time.Time) []Row {
	var folding Folding
	for _, r := range m.receipts[at] {
		folding.Add(r)
	}
	rows := folding.Rows()
	for i := range rows {
		rows[i] = m.putRow(rows[i])
	}
	return rows
}

// putRow stores a Row unless that of before was made of more, and returns the
// one that stands.
func (m *Mem) putRow(row Row) Row {
	at := row.Bucket.UTC()
	if old, ok := m.rows[at][row.Scope]; ok && old.Batches >= row.Batches {
		return old
	}
	if m.rows[at] == nil {
		m.rows[at] = map[Scope]Row{}
	}
	m.ops.Writes++
	m.rows[at][row.Scope] = row
	if len(m.rows) > maxRows+maxRows/8 {
		dropOldest(m.rows, maxRows)
	}
	return row
}

// dropOldest shrinks a map by time to its newest.
func dropOldest[V any](in map[time.Time]V, most int) {
	times := slices.SortedFunc(maps.Keys(in), time.Time.Compare)
	for _, t := range times[:max(0, len(times)-most)] {
		delete(in, t)
	}
}

// EachRow does what Ledger promises.
func (m *Mem) EachRow(ctx context.Context, from, to time.Time, want func(Scope) bool, each func(Row)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, row := range m.rowsBetween(from, to) {
		if want == nil || want(row.Scope) {
			each(row)
		}
	}
	return nil
}

func (m *Mem) rowsBetween(from, to time.Time) (rows []Row) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ops.Reads++
	var times []time.Time // few of all: a tick asks for an hour
	for at := range m.rows {
		if !at.Before(from) && at.Before(to) {
			times = append(times, at)
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	for _, at := range times {
		for _, scope := range slices.Sorted(maps.Keys(m.rows[at])) {
			rows = append(rows, m.rows[at][scope])
		}
	}
	return rows
}
