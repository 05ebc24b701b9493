package dynamo_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"sshsieve/internal/dynamo"
	"sshsieve/internal/watch"
)

// fold collects what Fold calls each with. It came to the end unless there is an
// error.
func fold(t *testing.T, l watch.Ledger, from, to time.Time) (rows []watch.Row, err error) {
	t.Helper()
	folded, err := l.Fold(t.Context(), from, to, func(row watch.Row) { rows = append(rows, row) })
	if err == nil && !folded.Equal(to) {
		t.Errorf("folded until %s, want %s", folded, to)
	}
	return rows, err
}

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
		rows, err := fold(t, at(client, name, now), noon.Add(-time.Hour), noon.Add(time.Hour))
		if err != nil || len(rows) != 1 || rows[0].Batches != 2 {
			t.Errorf("%d: folded %+v, %v", i, rows, err)
		}
	}
	end := at(client, name, noon.Add(2*watch.ReceiptLife))
	if rows, err := fold(t, end, noon.Add(-time.Hour), noon.Add(time.Hour)); err != nil || len(rows) != 0 {
		t.Errorf("without receipts: folded %+v, %v", rows, err)
	}
	if rows, err := watch.Rows(t.Context(), end, noon.Add(-time.Hour), noon.Add(time.Hour)); err != nil || len(rows) != 1 || rows[0].Batches != 2 {
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
	foldAll := func(table *dynamo.Table) []watch.Row {
		rows, err := fold(t, table, noon.Add(-time.Hour), noon.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	put("a")
	late := &meddler{Client: client, fault: func(call string, _ any) error {
		if call == "PutItem" { // it has read one receipt, and is about to write
			put("b")
			foldAll(table)
		}
		return nil
	}}
	for who, rows := range map[string][]watch.Row{"the late one": foldAll(dynamo.New(late, name)), "anybody": foldAll(table)} {
		if len(rows) != 1 || rows[0].Batches != 2 || rows[0].Counts.Lines != 6 {
			t.Errorf("%s folds to %+v", who, rows)
		}
	}
}

// TestLedgerIsAsMem: whatever ranges are asked for, over days and with scopes of
// hostile names, and whether few or many are folded.
func TestLedgerIsAsMem(t *testing.T) {
	client, name := newTable(t)
	few, many := dynamo.New(client, name), dynamo.New(client, name).FoldAtOnce(0)
	mem := &watch.Mem{}
	r := rand.New(rand.NewPCG(11, 12))
	scopes := []watch.Scope{scope, scope + "2", "1:/a|b#c~", "1:/a|b", "fleet:~\u202e\x00é"}
	for n := range 60 {
		p := receipt(fmt.Sprintf("%016x", r.Uint64()))
		p.Scope, p.Newest = scopes[r.IntN(len(scopes))], noon.Add(time.Duration(r.IntN(3*24*60))*time.Minute)
		p.Bucket, p.Counts.Lines = watch.BucketOf(p.Newest), n
		for _, l := range []watch.Ledger{few, mem} {
			if fresh, err := l.Receive(t.Context(), p); !fresh || err != nil {
				t.Fatal(fresh, err)
			}
		}
	}
	ask := map[string]func(watch.Ledger, time.Time, time.Time) ([]watch.Row, error){
		"fold": func(l watch.Ledger, from, to time.Time) ([]watch.Row, error) { return fold(t, l, from, to) },
		"rows": func(l watch.Ledger, from, to time.Time) ([]watch.Row, error) {
			return watch.Rows(t.Context(), l, from, to)
		},
	}
	for n := range 30 {
		from := noon.Add(time.Duration(r.IntN(3*24*3600)) * time.Second)
		table, most := few, 40*3600
		if n%3 == 0 {
			table, most = many, 3*3600 // bucket by bucket
		}
		to := from.Add(time.Duration(r.IntN(most)-600) * time.Second)
		for _, what := range []string{"fold", "rows"} {
			got, err := ask[what](table, from, to)
			want, wantErr := ask[what](mem, from, to)
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
	if _, err := fold(t, table, noon, noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	m.reset()
	if rows, err := watch.Rows(t.Context(), table, time.Time{}, noon.Add(time.Hour)); err != nil || len(rows) != 1 || m.count("Query") > 367 {
		t.Errorf("%d rows by %d queries, %v", len(rows), m.count("Query"), err)
	}
}

// TestManyHosts: whoever writes to a log may invent hosts, with names that are
// long and do not compress. That costs no batch and no Row, and no host that
// writes more.
func TestManyHosts(t *testing.T) {
	printable := func(r *rand.Rand) byte { return byte(' ' + 1 + r.IntN('~'-' ')) }
	for _, c := range []struct {
		why            string
		batches, hosts int
		failures       bool
		letter         func(*rand.Rand) byte
	}{
		{"names that do not compress", 5, 200, false, printable},
		{"batches of one host, with failures", 300, 1, true, printable},
		{"letters that JSON escapes by six", 5, 200, false, func(r *rand.Rand) byte { return byte(r.IntN(' ')) }},
	} {
		t.Run(c.why, func(t *testing.T) {
			client, name := newTable(t)
			table := dynamo.New(&meddler{Client: client, fault: refuseLarge}, name)
			junk := rand.New(rand.NewPCG(13, 14))
			for n := range c.batches {
				take := func(batch string, hosts ...string) {
					r := receipt(batch)
					r.Hosts, r.Newest = hosts, noon.Add(time.Duration(n)*time.Second)
					r.Beats = hosts
					if c.failures {
						r.Counts.Attempts = 2
					}
					if fresh, err := table.Receive(t.Context(), r); err != nil || !fresh {
						t.Fatal(fresh, err)
					}
				}
				invented := make([]string, c.hosts)
				for i := range invented {
					invented[i] = randomName(junk, c.letter)
				}
				take(fmt.Sprint(n), append(invented, strings.Repeat("h", 1<<20))...)
				if n < 2 {
					take(fmt.Sprint("web", n), "web-1")
				}
			}
			rows, err := fold(t, table, noon.Add(-time.Hour), noon.Add(time.Hour))
			if err != nil || len(rows) != 1 || rows[0].Batches != c.batches+2 {
				t.Fatalf("%d rows, %v", len(rows), err)
			}
			stored, err := watch.Rows(t.Context(), table, noon.Add(-time.Hour), noon.Add(time.Hour))
			if err != nil || len(stored) != 1 || stored[0].Batches != c.batches+2 {
				t.Fatalf("stored %d rows, %v", len(stored), err)
			}
			if !reflect.DeepEqual(rows, stored) {
				t.Errorf("folded with %d hosts, stored with %d", len(rows[0].Hosts), len(stored[0].Hosts))
			}
			checkBounded(t, stored[0])
		})
	}
}

func randomName(r *rand.Rand, letter func(*rand.Rand) byte) string {
	name := make([]byte, 255)
	for i := range name {
		name[i] = letter(r)
	}
	return string(name)
}

// refuseLarge does what DynamoDB does with items over 400 KB, whatever moto
// thinks.
func refuseLarge(_ string, input any) error {
	if in, ok := input.(*dynamodb.PutItemInput); ok && itemSize(in.Item) > 400<<10 {
		return &smithy.GenericAPIError{Code: "ValidationException", Message: fmt.Sprintf("Item size has exceeded the maximum allowed size: %d", itemSize(in.Item))}
	}
	return nil
}

// checkBounded: what a Row names is the same in all of its maps, at most 64 KB,
// and web-1 is in it.
func checkBounded(t *testing.T, row watch.Row) {
	t.Helper()
	if row.Hosts["web-1"] != noon.Unix()+1 || row.Lines["web-1"] != 6 || !row.Beats["web-1"] {
		t.Error("the host with the most lines was dropped")
	}
	size := 0
	for host := range row.Hosts {
		size += len(host)
	}
	if size > 64<<10 || len(row.Hosts) < 2 {
		t.Errorf("%d hosts, %d bytes", len(row.Hosts), size)
	}
	for what, names := range map[string][]string{
		"lines": slices.Collect(maps.Keys(row.Lines)), "failures": slices.Collect(maps.Keys(row.Failures)), "beats": slices.Collect(maps.Keys(row.Beats)),
	} {
		if slices.ContainsFunc(names, func(host string) bool { return row.Hosts[host] == 0 }) {
			t.Errorf("%s are of hosts that were dropped", what)
		}
	}
}

// receiveBuckets puts down a Receipt for each of some buckets, from noon on.
func receiveBuckets(t *testing.T, table *dynamo.Table, n int) {
	t.Helper()
	for i := range n {
		r := receipt("a")
		r.Newest = noon.Add(time.Duration(i) * watch.BucketLength)
		r.Bucket = watch.BucketOf(r.Newest)
		if _, err := table.Receive(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFoldStops: where it cannot read on, Fold says how far it came, and each was
// called for what is before that, and stored.
func TestFoldStops(t *testing.T) {
	client, name := newTable(t)
	table := dynamo.New(client, name).FoldAtOnce(0)
	receiveBuckets(t, table, 4)
	throttled := errors.New("throttled")
	m := &meddler{Client: client, fault: func(_ string, input any) error {
		in, ok := input.(*dynamodb.QueryInput)
		if !ok || in.ProjectionExpression == nil || in.ExpressionAttributeValues[":first"].(*types.AttributeValueMemberS).Value != "2026-03-02T12:10Z" {
			return nil
		}
		return throttled
	}}
	rows := 0
	folded, err := dynamo.New(m, name).FoldAtOnce(0).Fold(t.Context(), noon, noon.Add(time.Hour), func(watch.Row) { rows++ })
	if !errors.Is(err, throttled) || rows != 2 || !folded.Equal(noon.Add(2*watch.BucketLength)) {
		t.Errorf("came to %s with %d rows, %v", folded, rows, err)
	}
	if stored, err := watch.Rows(t.Context(), table, noon, noon.Add(time.Hour)); err != nil || len(stored) != 2 {
		t.Errorf("stored %+v, %v", stored, err)
	}
}

// TestFoldInTheEnd: where the time is over in the middle of its writes, Fold does
// not say that it folded what it did not store.
func TestFoldInTheEnd(t *testing.T) {
	for _, c := range []struct {
		why        string
		foldAtOnce int
		came       time.Duration
	}{
		{"all at once is all or nothing", 2000, 0},
		{"bucket by bucket: up to the one that was not stored", 0, 2 * watch.BucketLength},
	} {
		t.Run(c.why, func(t *testing.T) {
			client, name := newTable(t)
			table := dynamo.New(client, name)
			receiveBuckets(t, table, 4)
			ctx, cancel := context.WithCancel(t.Context())
			puts := 0
			m := &meddler{Client: client, fault: func(call string, _ any) error {
				if call != "PutItem" {
					return nil
				}
				if puts++; puts > 2 {
					cancel()
				}
				return ctx.Err()
			}}
			var rows []watch.Row
			folded, err := dynamo.New(m, name).FoldAtOnce(c.foldAtOnce).Fold(ctx, noon, noon.Add(time.Hour), func(row watch.Row) { rows = append(rows, row) })
			if !errors.Is(err, context.Canceled) || folded.Sub(noon) != c.came || len(rows) != 2 {
				t.Errorf("came to %s with %d rows, %v", folded, len(rows), err)
			}
			if stored, err := watch.Rows(t.Context(), table, noon, noon.Add(time.Hour)); err != nil || len(stored) != 2 {
				t.Errorf("stored %d rows, %v", len(stored), err)
			}
		})
	}
}

// TestFoldGoesOn: a bucket that cannot be stored costs the others nothing, and
// its Row is returned all the same.
func TestFoldGoesOn(t *testing.T) {
	client, name := newTable(t)
	refused := errors.New("refused for ever")
	table := dynamo.New(&meddler{Client: client, fault: func(_ string, input any) error {
		if in, ok := input.(*dynamodb.PutItemInput); ok {
			pk, sk := in.Item["pk"].(*types.AttributeValueMemberS), in.Item["sk"].(*types.AttributeValueMemberS)
			if strings.HasPrefix(pk.Value, "rows#") && strings.HasPrefix(sk.Value, "2026-03-02T12:05Z|") {
				return refused
			}
		}
		return nil
	}}, name)
	for n := range 3 {
		r := receipt("a")
		r.Newest = noon.Add(time.Duration(n) * 5 * time.Minute)
		r.Bucket = watch.BucketOf(r.Newest)
		if _, err := table.Receive(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := fold(t, table, noon, noon.Add(time.Hour))
	if !errors.Is(err, refused) || len(rows) != 3 || rows[1].Counts.Lines != 3 {
		t.Errorf("folded %+v, %v; want all three, and the error", rows, err)
	}
	stored, err := watch.Rows(t.Context(), table, noon, noon.Add(time.Hour))
	if err != nil || len(stored) != 2 || !stored[1].Bucket.Equal(noon.Add(10*time.Minute)) {
		t.Errorf("stored %+v, %v; want the first and the third", stored, err)
	}
}
