package watchtest

import (
	"context"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sshsieve/internal/watch"
)

// TestLedger is the contract of watch.Ledger. open returns an empty one.
func TestLedger(t *testing.T, open func(*testing.T) watch.Ledger) {
	for name, test := range map[string]func(*testing.T, watch.Ledger){
		"OncePerBatch":   oncePerBatch,
		"OneIsFresh":     oneIsFresh,
		"FoldsWhatItHas": foldsWhatItHas,
		"FoldsAgain":     foldsAgain,
		"FoldsARange":    foldsARange,
		"FoldsMidnight":  foldsMidnight,
		"RowsInRange":    rowsInRange,
		"LedgerAfterEnd": ledgerAfterEnd,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func receipt(scope watch.Scope, bucket int, batch string, lines int) watch.Receipt {
	at := after(time.Duration(bucket) * 5 * time.Minute)
	return watch.Receipt{
		Scope: scope, Bucket: watch.BucketOf(at), Batch: batch, Stream: "web-1", Hosts: []string{hostile, "web-1"},
		Newest: at.Add(time.Minute), Arrived: at.Add(2 * time.Minute),
		Counts: watch.Counts{Lines: lines, Verdicts: map[string]int{"graph": lines}, Categories: map[string]int{"session": lines}},
	}
}

func receive(t *testing.T, l watch.Ledger, r watch.Receipt) bool {
	t.Helper()
	fresh, err := l.Receive(t.Context(), r)
	if err != nil {
		t.Fatalf("Receive: %v", err)
	}
	return fresh
}

func foldAt(t *testing.T, l watch.Ledger, bucket int) []watch.Row {
	t.Helper()
	at := watch.BucketOf(after(time.Duration(bucket) * 5 * time.Minute))
	rows, err := l.Fold(t.Context(), at, at.Add(5*time.Minute))
	if err != nil {
		t.Fatalf("Fold: %v", err)
	}
	return rows
}

func oncePerBatch(t *testing.T, l watch.Ledger) {
	for _, r := range []watch.Receipt{
		receipt(scopes[0], 0, "a", 1), receipt(scopes[1], 0, "a", 1), receipt(scopes[0], 1, "a", 1), receipt(scopes[0], 0, "b", 1),
	} {
		if !receive(t, l, r) {
			t.Errorf("%s %s %s: is new, but not fresh", r.Scope, r.Bucket, r.Batch)
		}
		if r.Arrived = r.Arrived.Add(time.Hour); receive(t, l, r) {
			t.Errorf("%s %s %s: fresh twice", r.Scope, r.Bucket, r.Batch)
		}
	}
}

func oneIsFresh(t *testing.T, l watch.Ledger) {
	var wg sync.WaitGroup
	var fresh atomic.Int64
	for range 8 {
		wg.Go(func() {
			is, err := l.Receive(t.Context(), receipt(scopes[0], 0, "a", 1))
			if err != nil {
				t.Errorf("Receive: %v", err)
			}
			if is {
				fresh.Add(1)
			}
		})
	}
	wg.Wait()
	if fresh.Load() != 1 {
		t.Errorf("%d of 8 were fresh", fresh.Load())
	}
}

func foldsWhatItHas(t *testing.T, l watch.Ledger) {
	if rows := foldAt(t, l, 0); len(rows) != 0 {
		t.Errorf("an empty bucket folds to %v", rows)
	}
	for _, r := range []watch.Receipt{receipt(scopes[0], 0, "a", 3), receipt(scopes[0], 0, "b", 4), receipt(scopes[1], 0, "c", 5), receipt(scopes[0], 1, "d", 100)} {
		receive(t, l, r)
	}
	rows := foldAt(t, l, 0)
	if len(rows) != 2 || rows[0].Scope != scopes[0] || rows[1].Scope != scopes[1] {
		t.Fatalf("rows %+v, want one of each scope", rows)
	}
	row := rows[0]
	if row.Batches != 2 || row.Counts.Lines != 7 || row.Counts.Verdicts["graph"] != 7 || row.Counts.Categories["session"] != 7 {
		t.Errorf("two batches of 3 and 4 lines fold to %+v", row)
	}
	if !row.Newest.Equal(after(time.Minute)) || row.Hosts["web-1"] != after(time.Minute).Unix() || row.Hosts[hostile] == 0 {
		t.Errorf("last seen %v, %v", row.Newest, row.Hosts)
	}
}

func foldsAgain(t *testing.T, l watch.Ledger) {
	receive(t, l, receipt(scopes[0], 0, "a", 3))
	first := foldAt(t, l, 0)
	if again := foldAt(t, l, 0); !reflect.DeepEqual(first, again) {
		t.Errorf("folded again %+v\nbefore       %+v", again, first)
	}
	receive(t, l, receipt(scopes[0], 0, "late", 4))
	if rows := foldAt(t, l, 0); len(rows) != 1 || rows[0].Counts.Lines != 7 {
		t.Errorf("with a late receipt: %+v, want 7 lines", rows)
	}
}

// foldsARange: the buckets of a range, its end excluded, in order.
func foldsARange(t *testing.T, l watch.Ledger) {
	for _, bucket := range []int{0, 1, 5, 6} {
		receive(t, l, receipt(scopes[1], bucket, "a", bucket+1))
		receive(t, l, receipt(scopes[0], bucket, "a", bucket+1))
	}
	rows, err := l.Fold(t.Context(), after(5*time.Minute), after(30*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 4 || rows[0].Scope != scopes[0] || rows[1].Scope != scopes[1] || rows[1].Counts.Lines != 2 || rows[3].Counts.Lines != 6 {
		t.Errorf("rows of buckets 1 to 5: %+v", rows)
	}
	if stored, err := l.Rows(t.Context(), after(-time.Hour), after(time.Hour)); err != nil || !reflect.DeepEqual(stored, rows) {
		t.Errorf("stored %+v, %v; want what Fold returned", stored, err)
	}
}

// foldsMidnight: a range may reach over the end of a day.
func foldsMidnight(t *testing.T, l watch.Ledger) {
	const midnight = 14 * 12 // buckets behind the start, 10:00
	for _, bucket := range []int{midnight - 1, midnight} {
		receive(t, l, receipt(scopes[0], bucket, "a", 1))
	}
	at := after(midnight * 5 * time.Minute)
	if rows, err := l.Fold(t.Context(), at.Add(-time.Hour), at.Add(time.Hour)); err != nil || len(rows) != 2 {
		t.Errorf("rows around midnight: %+v, %v", rows, err)
	}
	if rows, err := l.Rows(t.Context(), at.Add(-time.Hour), at.Add(time.Hour)); err != nil || len(rows) != 2 {
		t.Errorf("stored around midnight: %+v, %v", rows, err)
	}
}

func rowsInRange(t *testing.T, l watch.Ledger) {
	for bucket := range 4 {
		receive(t, l, receipt(scopes[0], bucket, "a", bucket+1))
		receive(t, l, receipt(scopes[1], bucket, "a", 1))
		foldAt(t, l, bucket)
	}
	rows, err := l.Rows(t.Context(), after(5*time.Minute), after(15*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 4 || rows[0].Counts.Lines != 2 || rows[1].Scope != scopes[1] || rows[2].Counts.Lines != 3 {
		t.Errorf("rows of the two buckets in the middle: %+v", rows)
	}
}

func ledgerAfterEnd(t *testing.T, l watch.Ledger) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Receive(ctx, receipt(scopes[0], 0, "a", 1)); err == nil {
		t.Error("Receive with an ended context returned no error")
	}
	if _, err := l.Fold(ctx, start, after(time.Hour)); err == nil {
		t.Error("Fold with an ended context returned no error")
	}
	if !receive(t, l, receipt(scopes[0], 0, "a", 1)) {
		t.Error("a receipt that an error refused was put down")
	}
}

// TestStore is the contract of all three. open returns an empty store.
func TestStore(t *testing.T, open func(*testing.T) watch.Store) {
	t.Run("Memory", func(t *testing.T) { TestMemory(t, func(t *testing.T) watch.Memory { return open(t) }) })
	t.Run("Outbox", func(t *testing.T) { TestOutbox(t, open) })
	t.Run("Ledger", func(t *testing.T) { TestLedger(t, func(t *testing.T) watch.Ledger { return open(t) }) })
}
