package watch

import (
	"cmp"
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
func (m *Mem) Fold(ctx context.Context, from, to time.Time) ([]Row, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.init()
	m.ops.Reads++
	var rows []Row
	for at := firstBucket(from); at.Before(to); at = at.Add(bucketLength) {
		rows = append(rows, m.foldBucket(at)...)
	}
	return rows, nil
}

func (m *Mem) foldBucket(at time.Time) []Row {
	rows := FoldReceipts(slices.Collect(maps.Values(m.receipts[at])))
	for i := range rows {
		rows[i] = m.putRow(rows[i])
	}
	return rows
}

// firstBucket is the first that does not begin before a time.
func firstBucket(from time.Time) time.Time {
	return BucketOf(from.Add(bucketLength - 1))
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

// Rows does what Ledger promises.
func (m *Mem) Rows(ctx context.Context, from, to time.Time) ([]Row, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ops.Reads++
	var rows []Row
	for at, scopes := range m.rows {
		if !at.Before(from) && at.Before(to) {
			rows = slices.AppendSeq(rows, maps.Values(scopes))
		}
	}
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(a.Bucket.Compare(b.Bucket), cmp.Compare(a.Scope, b.Scope))
	})
	return rows, nil
}
