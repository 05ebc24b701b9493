package watchtest

import (
	"context"
	"fmt"
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
		"FoldsHosts":     foldsHosts,
		"WantedRows":     wantedRows,
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
	return fold(t, l, at, at.Add(5*time.Minute))
}

// fold collects what Fold calls each with.
func fold(t *testing.T, l watch.Ledger, from, to time.Time) (rows []watch.Row) {
	t.Helper()
	folded, err := l.Fold(t.Context(), from, to, func(row watch.Row) { rows = append(rows, row) })
	if err != nil || !folded.Equal(to) {
		t.Fatalf("Fold to %s: came to %s, %v", to, folded, err)
	}
	return rows
}

// rowsOf collects what EachRow calls each with.
func rowsOf(t *testing.T, l watch.Ledger, from, to time.Time) []watch.Row {
	t.Helper()
	rows, err := watch.Rows(t.Context(), l, from, to)
	if err != nil {
		t.Fatalf("EachRow: %v", err)
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
	rows := fold(t, l, after(5*time.Minute), after(30*time.Minute))
	if len(rows) != 4 || rows[0].Scope != scopes[0] || rows[1].Scope != scopes[1] || rows[1].Counts.Lines != 2 || rows[3].Counts.Lines != 6 {
		t.Errorf("rows of buckets 1 to 5: %+v", rows)
	}
	if stored := rowsOf(t, l, after(-time.Hour), after(time.Hour)); !reflect.DeepEqual(stored, rows) {
		t.Errorf("stored %+v; want what Fold returned", stored)
	}
}

// foldsMidnight: a range may reach over the end of a day.
func foldsMidnight(t *testing.T, l watch.Ledger) {
	const midnight = 14 * 12 // buckets behind the start, 10:00
	for _, bucket := range []int{midnight - 1, midnight} {
		receive(t, l, receipt(scopes[0], bucket, "a", 1))
	}
	at := after(midnight * 5 * time.Minute)
	if rows := fold(t, l, at.Add(-time.Hour), at.Add(time.Hour)); len(rows) != 2 {
		t.Errorf("rows around midnight: %+v", rows)
	}
	if rows := rowsOf(t, l, at.Add(-time.Hour), at.Add(time.Hour)); len(rows) != 2 {
		t.Errorf("stored around midnight: %+v", rows)
	}
}

func rowsInRange(t *testing.T, l watch.Ledger) {
	for bucket := range 4 {
		receive(t, l, receipt(scopes[0], bucket, "a", bucket+1))
		receive(t, l, receipt(scopes[1], bucket, "a", 1))
		foldAt(t, l, bucket)
	}
	rows := rowsOf(t, l, after(5*time.Minute), after(15*time.Minute))
	if len(rows) != 4 || rows[0].Counts.Lines != 2 || rows[1].Scope != scopes[1] || rows[2].Counts.Lines != 3 {
		t.Errorf("rows of the two buckets in the middle: %+v", rows)
	}
}

// foldsHosts: what Fold calls each with is what is stored, also where a Row
// names fewer hosts than wrote.
func foldsHosts(t *testing.T, l watch.Ledger) {
	for batch := range 6 {
		r := receipt(scopes[0], 0, fmt.Sprint(batch), 200)
		r.Hosts = []string{"web-1"}
		for n := range 199 {
			r.Hosts = append(r.Hosts, fmt.Sprintf("invented-%d-%d", batch, n))
		}
		receive(t, l, r)
	}
	for range 2 {
		rows := foldAt(t, l, 0)
		if len(rows) != 1 || rows[0].Batches != 6 || rows[0].Lines["web-1"] != 6 || len(rows[0].Hosts) > 1000 || len(rows[0].Lines) != len(rows[0].Hosts) {
			t.Fatalf("%d rows, of %+v", len(rows), rows[0].Counts)
		}
		if stored := rowsOf(t, l, after(-time.Hour), after(time.Hour)); !reflect.DeepEqual(stored, rows) {
			t.Errorf("stored with %d hosts, folded with %d", len(stored[0].Hosts), len(rows[0].Hosts))
		}
	}
}

// wantedRows: each is called for the scopes that are wanted, and want for all.
func wantedRows(t *testing.T, l watch.Ledger) {
	for bucket := range 3 {
		receive(t, l, receipt(scopes[0], bucket, "a", 1))
		receive(t, l, receipt(scopes[1], bucket, "a", 2))
		foldAt(t, l, bucket)
	}
	for _, wanted := range []watch.Scope{scopes[0], scopes[1], "1:of nobody"} {
		asked, rows := map[watch.Scope]int{}, 0
		want := func(scope watch.Scope) bool { asked[scope]++; return scope == wanted }
		err := l.EachRow(t.Context(), after(5*time.Minute), after(15*time.Minute), want, func(row watch.Row) {
			if rows++; row.Scope != wanted {
				t.Errorf("a row of %q, which nobody wants", row.Scope)
			}
		})
		if err != nil || rows != asked[wanted] || asked[scopes[0]] != 2 || asked[scopes[1]] != 2 || len(asked) != 2 {
			t.Errorf("%q: %d rows, asked for %v, %v", wanted, rows, asked, err)
		}
	}
}

func ledgerAfterEnd(t *testing.T, l watch.Ledger) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Receive(ctx, receipt(scopes[0], 0, "a", 1)); err == nil {
		t.Error("Receive with an ended context returned no error")
	}
	if folded, err := l.Fold(ctx, start, after(time.Hour), func(watch.Row) {}); err == nil || folded.After(start) {
		t.Errorf("Fold with an ended context came to %s, %v", folded, err)
	}
	if err := l.EachRow(ctx, start, after(time.Hour), nil, func(watch.Row) {}); err == nil {
		t.Error("EachRow with an ended context returned no error")
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
