package dynamo

import (
	"context"
	"errors"
	"fmt"
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

// Receipts returns those of the buckets in [from, to) that have not expired, by
// one query for each day. An error is for now.
func (t *Table) Receipts(ctx context.Context, from, to time.Time) (receipts []watch.Receipt, err error) {
	err = t.eachReceipt(ctx, from, to, func(r watch.Receipt) { receipts = append(receipts, r) })
	return receipts, err
}

func (t *Table) eachReceipt(ctx context.Context, from, to time.Time, each func(watch.Receipt)) error {
	for _, q := range between(ledgerPK, from, to) {
		q.ProjectionExpression = aws.String("doc, expires") // half of an item, and of the time to read it
		err := t.query(ctx, q, func(it item) {
			if r, err := receiptOf(it[attrDoc]); err == nil {
				each(r)
			}
		})
		if err != nil {
			return fmt.Errorf("query receipts: %w", err)
		}
	}
	return nil
}

// countReceipts counts those of the buckets in [from, to), expired ones included,
// and ends once there are more than `enough`. It costs the reads that the
// Receipts cost, and hardly any time.
func (t *Table) countReceipts(ctx context.Context, from, to time.Time, enough int) (n int, err error) {
	for _, q := range between(ledgerPK, from, to) {
		more, err := t.count(ctx, q, enough-n)
		if err != nil {
			return n, fmt.Errorf("count receipts: %w", err)
		}
		if n += more; n > enough {
			break
		}
	}
	return n, nil
}

// foldAtOnce is how many Receipts are folded without a look at what is new: they
// are an answer or two.
const foldAtOnce = 2000

// Fold does what watch.Ledger promises: one query, where the range is within a
// day and nothing was received; else two more, and a write for each Row that is
// new or grew. Where much was received, it goes from bucket to bucket, and does
// not read the Receipts of those that did not grow: with a seventh of a core, as
// a function of 256 MB has, a thousand take a tenth of a second.
func (t *Table) Fold(ctx context.Context, from, to time.Time, each func(watch.Row)) (folded time.Time, err error) {
	n, err := t.countReceipts(ctx, from, to, t.foldAtOnce)
	if err != nil || n == 0 {
		return foldedTo(from, to, err), err
	}
	f := folder{Table: t, each: each}
	if n <= t.foldAtOnce {
		err := f.fold(ctx, from, to)
		return foldedTo(from, to, err), errors.Join(err, f.faults)
	}
	for at := watch.FirstBucket(from); at.Before(to); at = at.Add(watch.BucketLength) {
		if err := f.foldBucket(ctx, at); err != nil {
			return at, errors.Join(err, f.faults)
		}
	}
	return to, f.faults
}

// foldedTo is how far a Fold came that does all or nothing.
func foldedTo(from, to time.Time, err error) time.Time {
	if err != nil {
		return from
	}
	return to
}

// A folder is what one Fold does.
type folder struct {
	*Table
	each   func(watch.Row)
	faults error // of Rows that could not be stored: one must not cost the others
}

// foldBucket folds a bucket, unless its Rows are of as many Receipts as it has.
func (f *folder) foldBucket(ctx context.Context, at time.Time) error {
	end := at.Add(watch.BucketLength)
	stored, err := watch.Rows(ctx, f.Table, at, end)
	if err != nil {
		return err
	}
	batches := 0
	for _, row := range stored {
		batches += row.Batches
	}
	n, err := f.countReceipts(ctx, at, end, batches)
	if err != nil {
		return err
	}
	if n != batches {
		return f.foldOver(ctx, stored, at, end)
	}
	for _, row := range stored {
		f.each(row)
	}
	return nil
}

// fold folds a range.
func (f *folder) fold(ctx context.Context, from, to time.Time) error {
	stored, err := watch.Rows(ctx, f.Table, from, to)
	if err != nil {
		return err
	}
	return f.foldOver(ctx, stored, from, to)
}

// foldOver folds a range of which these Rows are stored.
func (f *folder) foldOver(ctx context.Context, stored []watch.Row, from, to time.Time) error {
	var folding watch.Folding
	if err := f.eachReceipt(ctx, from, to, folding.Add); err != nil {
		return err
	}
	before := make(map[string]*watch.Row, len(stored))
	for i := range stored {
		before[rowSK(&stored[i])] = &stored[i]
	}
	for _, row := range folding.Rows() {
		if old := before[rowSK(&row)]; old != nil && old.Batches >= row.Batches {
			f.each(*old)
			continue
		}
		row, err := f.putRow(ctx, row)
		if err != nil && ctx.Err() != nil {
			return err // the time is over: it is to be folded again
		}
		f.faults = errors.Join(f.faults, err)
		f.each(row)
	}
	return nil
}

func rowsPK(at time.Time) string { return "rows#" + at.UTC().Format(time.DateOnly) }

func rowSK(row *watch.Row) string { return minute(row.Bucket) + "|" + string(row.Scope) }

// scopeOfRow is the scope in its item's key.
func scopeOfRow(it item) watch.Scope {
	_, scope, _ := strings.Cut(textOf(it, attrSK), "|")
	return watch.Scope(scope)
}

// attrBatches is of how many Receipts a Row was made.
const attrBatches = "batches"

// putRow stores a Row unless one that stands there was made of as many Receipts,
// and returns the one that stands; with an error, the one that it was given.
func (t *Table) putRow(ctx context.Context, row watch.Row) (watch.Row, error) {
	it, err := newItem(rowsPK(row.Bucket), rowSK(&row), row, t.now().Add(rowLife))
	if err != nil {
		return row, fmt.Errorf("put row of %s: %w", minute(row.Bucket), err)
	}
	it[attrBatches] = number(int64(row.Batches))
	stands, err := t.write(ctx, t.put(it, "attribute_not_exists(pk) OR batches < :batches", item{":batches": it[attrBatches]}))
	if errors.Is(err, watch.ErrConflict) {
		if other, err := rowOf(stands[attrDoc]); err == nil {
			return other, nil
		}
		return row, nil // what stands there cannot be read
	}
	if err != nil {
		return row, fmt.Errorf("put row of %s: %w", minute(row.Bucket), err)
	}
	return row, nil
}

// EachRow does what watch.Ledger promises, by one query for each day, and more
// where a day's Rows are over 1 MB.
func (t *Table) EachRow(ctx context.Context, from, to time.Time, want func(watch.Scope) bool, each func(watch.Row)) error {
	for _, q := range between(rowsPK, from, to) {
		q.ConsistentRead = aws.Bool(true)
		err := t.query(ctx, q, func(it item) {
			if want != nil && !want(scopeOfRow(it)) {
				return
			}
			if row, err := rowOf(it[attrDoc]); err == nil {
				each(row)
			}
		})
		if err != nil {
			return fmt.Errorf("query rows: %w", err)
		}
	}
	return nil
}

// between asks for the items of the days' partitions whose sort keys begin with a
// bucket in [from, to), in their order. It asks for what was written a moment
// ago or not, for half the price: buckets are folded more than once.
func between(pk func(time.Time) string, from, to time.Time) (queries []*dynamodb.QueryInput) {
	first, last := minute(from.Add(time.Minute-1)), minute(to.Add(-1))+"~" // ~ is behind |
	for _, at := range daysOf(from, to) {
		queries = append(queries, &dynamodb.QueryInput{
			KeyConditionExpression:    aws.String("pk = :pk AND sk BETWEEN :first AND :last"),
			ExpressionAttributeValues: item{":pk": text(pk(at)), ":first": text(first), ":last": text(last)},
		})
	}
	return queries
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
