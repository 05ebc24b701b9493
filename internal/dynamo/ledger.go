package dynamo

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"sshsieve/internal/watch"
)

// Receive does what watch.Ledger promises, by one write.
func (t *Table) Receive(ctx context.Context, r watch.Receipt) (fresh bool, err error) {
	r.Hosts, r.Beats = sane(r.Hosts), sane(r.Beats)
	it, err := newItem(ledgerPK(r.Bucket), minute(r.Bucket)+"|"+r.Batch+"|"+string(r.Scope), r, t.now().Add(watch.ReceiptLife))
	if err == nil {
		_, err = t.write(ctx, t.putAbsent(it))
	}
	switch {
	case errors.Is(err, watch.ErrConflict):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("put receipt: %w", err)
	}
	return true, nil
}

// sane drops what is no host's name, and may be as long as a log event.
func sane(hosts []string) []string {
	return slices.DeleteFunc(slices.Clone(hosts), func(host string) bool { return len(host) > nameMost })
}

func ledgerPK(at time.Time) string { return "ledger#" + at.UTC().Format(time.DateOnly) }

// minute is a bucket's name. It sorts by time, as text.
func minute(bucket time.Time) string { return bucket.UTC().Format("2006-01-02T15:04Z") }

// Receipts returns those of the buckets in [from, to) that have not expired, in
// no order, by one query for each day. An error is for now.
func (t *Table) Receipts(ctx context.Context, from, to time.Time) ([]watch.Receipt, error) {
	var receipts []watch.Receipt
	// Not consistent, for half the price: buckets are folded more than once.
	err := t.eachBetween(ctx, ledgerPK, from, to, false, func(it item) {
		var r watch.Receipt
		if err := decode(it[attrDoc], &r); err == nil && within(r.Bucket, from, to) {
			receipts = append(receipts, r)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("query receipts: %w", err)
	}
	return receipts, nil
}

// Fold does what watch.Ledger promises: one query, where the range is within a
// day; where something was received another one, and a write for each Row that
// is new or grew. Where Rows could not be stored it returns all of them all the
// same, and the errors: one bad bucket must not cost the others.
func (t *Table) Fold(ctx context.Context, from, to time.Time) ([]watch.Row, error) {
	receipts, err := t.Receipts(ctx, from, to)
	if err != nil || len(receipts) == 0 {
		return nil, err
	}
	before, err := t.Rows(ctx, from, to)
	if err != nil {
		return nil, err
	}
	stored := map[string]watch.Row{}
	for _, row := range before {
		stored[rowSK(row)] = row
	}
	rows := foldBuckets(receipts)
	var faults error
	for i, row := range rows {
		if old, ok := stored[rowSK(row)]; ok && old.Batches >= row.Batches {
			rows[i] = old
			continue
		}
		rows[i], err = t.putRow(ctx, row)
		faults = errors.Join(faults, err)
	}
	return rows, faults
}

// foldBuckets folds the Receipts of each bucket.
func foldBuckets(receipts []watch.Receipt) (rows []watch.Row) {
	buckets := map[string][]watch.Receipt{}
	for _, r := range receipts {
		buckets[minute(r.Bucket)] = append(buckets[minute(r.Bucket)], r)
	}
	for _, bucket := range slices.Sorted(maps.Keys(buckets)) {
		rows = append(rows, watch.FoldReceipts(buckets[bucket])...)
	}
	return rows
}

func rowsPK(at time.Time) string { return "rows#" + at.UTC().Format(time.DateOnly) }

func rowSK(row watch.Row) string { return minute(row.Bucket) + "|" + string(row.Scope) }

// attrBatches is of how many Receipts a Row was made.
const attrBatches = "batches"

// putRow stores a Row unless one that stands there was made of as many Receipts,
// and returns the one that stands; with an error, the one that it was given.
func (t *Table) putRow(ctx context.Context, row watch.Row) (watch.Row, error) {
	it, err := newItem(rowsPK(row.Bucket), rowSK(row), bounded(row), t.now().Add(rowLife))
	if err != nil {
		return row, fmt.Errorf("put row of %s: %w", minute(row.Bucket), err)
	}
	it[attrBatches] = number(int64(row.Batches))
	stands, err := t.write(ctx, t.put(it, "attribute_not_exists(pk) OR batches < :batches", item{":batches": it[attrBatches]}))
	if errors.Is(err, watch.ErrConflict) {
		return rowOf(stands, row), nil
	}
	if err != nil {
		return row, fmt.Errorf("put row of %s: %w", minute(row.Bucket), err)
	}
	return row, nil
}

// rowOf reads a Row's item; what cannot be read is the other.
func rowOf(it item, other watch.Row) watch.Row {
	var row watch.Row
	if err := decode(it[attrDoc], &row); err != nil {
		return other
	}
	return row
}

// What a Row names, at most. Whoever writes to a log may invent hosts, with names
// that do not compress.
const (
	hostsMost = 1000
	// hostBytes is how long the names are together, as JSON: a host may be in
	// each of a Row's four maps, and that has to fit in an item of 400 KB
	// (DynamoDB Developer Guide, "Quotas") even if packing saves nothing.
	hostBytes = 64 << 10
)

// bounded drops the hosts with the fewest lines: one that was invented has few.
func bounded(row watch.Row) watch.Row {
	names := slices.Collect(maps.Keys(row.Hosts))
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(row.Lines[b], row.Lines[a]), strings.Compare(a, b))
	})
	named, size := map[string]bool{}, 0
	for _, name := range names {
		if size += sizeAsJSON(name); size > hostBytes || len(named) == hostsMost {
			break
		}
		named[name] = true
	}
	row.Hosts, row.Lines = only(row.Hosts, named), only(row.Lines, named)
	row.Failures, row.Beats = only(row.Failures, named), only(row.Beats, named)
	return row
}

// sizeAsJSON counts bytes: JSON escapes a byte as up to six.
func sizeAsJSON(name string) int {
	raw, err := json.Marshal(name)
	if err != nil {
		return 6*len(name) + 2 // a string is always JSON
	}
	return len(raw)
}

// only is a copy of a map by names with some of them.
func only[V any](of map[string]V, some map[string]bool) map[string]V {
	part := maps.Clone(of)
	maps.DeleteFunc(part, func(name string, _ V) bool { return !some[name] })
	return part
}

// Rows does what watch.Ledger promises, by one query for each day, and more where
// a day's Rows are over 1 MB.
func (t *Table) Rows(ctx context.Context, from, to time.Time) ([]watch.Row, error) {
	var rows []watch.Row
	err := t.eachBetween(ctx, rowsPK, from, to, true, func(it item) {
		var row watch.Row
		if err := decode(it[attrDoc], &row); err == nil && within(row.Bucket, from, to) {
			rows = append(rows, row)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("query rows: %w", err)
	}
	slices.SortFunc(rows, func(a, b watch.Row) int {
		return cmp.Or(a.Bucket.Compare(b.Bucket), cmp.Compare(a.Scope, b.Scope))
	})
	return rows, nil
}

func within(bucket, from, to time.Time) bool { return !bucket.Before(from) && bucket.Before(to) }

// eachBetween calls each for the items of the days' partitions whose sort keys
// begin with a minute between two times, both included.
func (t *Table) eachBetween(ctx context.Context, pk func(time.Time) string, from, to time.Time, consistent bool, each func(item)) error {
	for _, at := range daysOf(from, to) {
		q := &dynamodb.QueryInput{
			KeyConditionExpression: aws.String("pk = :pk AND sk BETWEEN :first AND :last"),
			ExpressionAttributeValues: item{
				":pk": text(pk(at)), ":first": text(minute(from)), ":last": text(minute(to) + "~"), // ~ is behind |
			},
			ConsistentRead: &consistent,
		}
		if err := t.query(ctx, q, each); err != nil {
			return err
		}
	}
	return nil
}

// daysOf are those that [from, to) touches: of longer than Rows live the last.
func daysOf(from, to time.Time) (days []time.Time) {
	if earliest := to.Add(-rowLife); from.Before(earliest) {
		from = earliest
	}
	if !from.Before(to) {
		return nil
	}
	for at := from.UTC().Truncate(day); at.Before(to); at = at.Add(day) {
		days = append(days, at)
	}
	return days
}
