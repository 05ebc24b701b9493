package dynamo_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"sshsieve/internal/dynamo"
	"sshsieve/internal/watch"
)

// TestReceiptsExpire: what is delivered again after 8 days is new, also while
// the expired Receipt is still there; the Row that was made of it stays.
func TestReceiptsExpire(t *testing.T) {
	client, name := newTable(t)
	for i, c := range []struct {
		now   time.Time
		fresh bool
	}{
		{noon, true},
		{noon.Add(watch.ReceiptLife - time.Second), false},
		{noon.Add(watch.ReceiptLife), true},
	} {
		table := at(client, name, c.now)
		if fresh, err := table.Receive(t.Context(), receipt("a")); err != nil || fresh != c.fresh {
			t.Errorf("%d: fresh %v, %v; want %v", i, fresh, err, c.fresh)
		}
	}
	table := at(client, name, noon.Add(watch.ReceiptLife))
	if _, err := table.Receive(t.Context(), receipt("b")); err != nil {
		t.Fatal(err)
	}
	for i, now := range []time.Time{noon.Add(watch.ReceiptLife), noon.Add(2*watch.ReceiptLife - time.Minute)} {
		rows, err := at(client, name, now).Fold(t.Context(), noon.Add(-time.Hour), noon.Add(time.Hour))
		if err != nil || len(rows) != 1 || rows[0].Batches != 2 {
			t.Errorf("%d: folded %+v, %v", i, rows, err)
		}
	}
	end := at(client, name, noon.Add(2*watch.ReceiptLife))
	if rows, err := end.Fold(t.Context(), noon.Add(-time.Hour), noon.Add(time.Hour)); err != nil || len(rows) != 0 {
		t.Errorf("without receipts: folded %+v, %v", rows, err)
	}
	if rows, err := end.Rows(t.Context(), noon.Add(-time.Hour), noon.Add(time.Hour)); err != nil || len(rows) != 1 || rows[0].Batches != 2 {
		t.Errorf("the row is %+v, %v", rows, err)
	}
}

// TestFoldersMeet: of two ticks at once the one that knew less does not win.
func TestFoldersMeet(t *testing.T) {
	client, name := newTable(t)
	table := dynamo.New(client, name)
	put := func(batch string) {
		if _, err := table.Receive(t.Context(), receipt(batch)); err != nil {
			t.Fatal(err)
		}
	}
	fold := func(table *dynamo.Table) []watch.Row {
		rows, err := table.Fold(t.Context(), noon.Add(-time.Hour), noon.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	put("a")
	late := &meddler{Client: client, fault: func(call string, _ any) error {
		if call == "PutItem" { // it has read one receipt, and is about to write
			put("b")
			fold(table)
		}
		return nil
	}}
	for who, rows := range map[string][]watch.Row{"the late one": fold(dynamo.New(late, name)), "anybody": fold(table)} {
		if len(rows) != 1 || rows[0].Batches != 2 || rows[0].Counts.Lines != 6 {
			t.Errorf("%s folds to %+v", who, rows)
		}
	}
}

// TestLedgerIsAsMem: whatever ranges are asked for, over days and with scopes of
// hostile names.
func TestLedgerIsAsMem(t *testing.T) {
	ledgers := []watch.Ledger{open(t), &watch.Mem{}}
	r := rand.New(rand.NewPCG(11, 12))
	scopes := []watch.Scope{scope, scope + "2", "1:/a|b#c~", "1:/a|b", "fleet:~\u202e\x00é"}
	for n := range 60 {
		p := receipt(fmt.Sprintf("%016x", r.Uint64()))
		p.Scope, p.Newest = scopes[r.IntN(len(scopes))], noon.Add(time.Duration(r.IntN(3*24*60))*time.Minute)
		p.Bucket, p.Counts.Lines = watch.BucketOf(p.Newest), n
		for _, l := range ledgers {
			if fresh, err := l.Receive(t.Context(), p); !fresh || err != nil {
				t.Fatal(fresh, err)
			}
		}
	}
	ask := map[string]func(watch.Ledger, time.Time, time.Time) ([]watch.Row, error){
		"fold": func(l watch.Ledger, from, to time.Time) ([]watch.Row, error) { return l.Fold(t.Context(), from, to) },
		"rows": func(l watch.Ledger, from, to time.Time) ([]watch.Row, error) { return l.Rows(t.Context(), from, to) },
	}
	for n := range 30 {
		from := noon.Add(time.Duration(r.IntN(3*24*3600)) * time.Second)
		to := from.Add(time.Duration(r.IntN(40*3600)-3600) * time.Second)
		for _, what := range []string{"fold", "rows"} {
			got, err := ask[what](ledgers[0], from, to)
			want, wantErr := ask[what](ledgers[1], from, to)
			if err != nil || wantErr != nil {
				t.Fatal(err, wantErr)
			}
			if got, want := must(json.Marshal(got)), must(json.Marshal(want)); !bytes.Equal(got, want) {
				t.Fatalf("%d: %s [%v, %v) = %.2000s\nMem: %.2000s", n, what, from, to, got, want)
			}
		}
	}
}

// TestRowsOfAllTimes: a range without a beginning asks for no more days than
// Rows are kept.
func TestRowsOfAllTimes(t *testing.T) {
	client, name := newTable(t)
	m := &meddler{Client: client}
	table := dynamo.New(m, name)
	if _, err := table.Receive(t.Context(), receipt("a")); err != nil {
		t.Fatal(err)
	}
	if _, err := table.Fold(t.Context(), noon, noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	m.reset()
	if rows, err := table.Rows(t.Context(), time.Time{}, noon.Add(time.Hour)); err != nil || len(rows) != 1 || m.count("Query") > 367 {
		t.Errorf("%d rows by %d queries, %v", len(rows), m.count("Query"), err)
	}
}

// TestManyHosts: whoever writes to a log may invent hosts, with names as long as
// a line. That costs no batch and no Row.
func TestManyHosts(t *testing.T) {
	table := open(t)
	junk := rand.New(rand.NewPCG(13, 14))
	long := func() string {
		var b strings.Builder
		for b.Len() < 250 {
			fmt.Fprintf(&b, "%x", junk.Uint64())
		}
		return b.String()[:250]
	}
	for n := range 10 {
		r := receipt(fmt.Sprint(n))
		r.Hosts, r.Newest = []string{strings.Repeat("h", 1<<20), "web-1"}, noon.Add(time.Duration(n)*time.Second)
		for range 190 {
			r.Hosts = append(r.Hosts, long())
		}
		r.Beats = []string{strings.Repeat("h", 1<<20), "web-1"}
		if fresh, err := table.Receive(t.Context(), r); err != nil || !fresh {
			t.Fatal(fresh, err)
		}
	}
	rows, err := table.Fold(t.Context(), noon.Add(-time.Hour), noon.Add(time.Hour))
	if err != nil || len(rows) != 1 || rows[0].Batches != 10 || rows[0].Hosts["web-1"] != noon.Unix()+9 || !rows[0].Beats["web-1"] {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	stored, err := table.Rows(t.Context(), noon.Add(-time.Hour), noon.Add(time.Hour))
	if err != nil || len(stored) != 1 || stored[0].Batches != 10 || stored[0].Hosts["web-1"] == 0 || len(stored[0].Hosts) > 1000 || len(stored[0].Lines) > 1000 {
		t.Errorf("stored %d rows, %v", len(stored), err)
	}
}
