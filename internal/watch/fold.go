package watch

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"sshsieve/internal/attention"
)

// What the clock alone does: fold the Ledger, and find in its Rows what no batch
// shows. While nothing is received a tick costs one Fold and at most one Read
// here, and two Takes of the Outbox.

const (
	// foldLate is how far back all ticks look: a batch comes 30 minutes after its
	// newest line at the latest, but for a few, which are folded hours later.
	foldLate = 30 * time.Minute
	// foldAhead is how far a line's time may be ahead of ours (syslog.Arrival).
	foldAhead = 15 * time.Minute
	// foldMost is how much a tick makes up of what was not folded while there
	// were no ticks.
	foldMost = 6 * time.Hour
)

// fold folds, in turns, what was received of late and an older hour. The older
// hours are gone through again and again, so that what came late, by 8 days at
// most, is in its Row within 49 hours.
func (r *run) fold(ctx context.Context) error {
	recent, old := r.turn(r.now)
	var faults error
	if recent {
		faults = r.foldNew(ctx)
	}
	if old {
		faults = errors.Join(faults, r.foldOld(ctx))
	}
	return faults
}

// turn says what is to be folded now. A container takes turns; one that is new,
// or whose clock strikes seldom, does both.
func (w *Watcher) turn(now time.Time) (recent, old bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	both := !within(now, w.ticked, 2*bucketLength)
	w.ticked, w.turns = now, w.turns+1
	return both || w.turns%2 == 0, both || w.turns%2 == 1
}

// foldOld folds the hour whose turn it is.
func (r *run) foldOld(ctx context.Context) error {
	from := r.oldHour()
	rows, err := r.foldRange(ctx, from, from.Add(time.Hour))
	if len(rows) == 0 {
		return err
	}
	return errors.Join(err, r.listen(ctx, rows, time.Time{}))
}

// foldNew folds what was received since the last time, and judges what only the
// clock can.
func (r *run) foldNew(ctx context.Context) error {
	signs, err := r.Memory.Read(ctx, signsKey)
	if err != nil {
		return fmt.Errorf("read signs of life: %w", err)
	}
	from, to := r.now.Add(-foldMost), r.now // where nothing was heard yet
	if heard := signs.HeardUntil(); !heard.IsZero() {
		from, to = earliestOf(r.now, heard), earliestOf(r.now, heard.Add(foldMost))
	}
	rows, err := r.foldRange(ctx, BucketOf(from.Add(-foldLate)), to.Add(foldAhead))
	if err != nil && len(rows) == 0 {
		return err // nothing was read: what nobody heard is no silence
	}
	r.signs = &signs
	return errors.Join(err, r.listen(ctx, rows, to), r.judgeHour(ctx))
}

// foldRange returns the Rows that there are, with what went wrong with others.
func (r *run) foldRange(ctx context.Context, from, to time.Time) ([]Row, error) {
	rows, err := r.Ledger.Fold(ctx, from, to)
	if err != nil {
		return rows, fmt.Errorf("fold from %s: %w", from.Format(time.RFC3339), err)
	}
	return rows, nil
}

// oldHour is the hour whose turn it is: of all for which there are Receipts each
// in 49 hours, with a tick every 5 minutes.
func (r *run) oldHour() time.Time {
	// Two days more than ReceiptLife, so that none grows too old before its turn;
	// a prime, so that clocks which strike at other intervals come to all as well.
	const hours = 241
	back := r.now.Unix() / seconds(2*bucketLength) % hours
	return r.now.Truncate(time.Hour).Add(-time.Duration(back) * time.Hour)
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

func earliestOf(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// judgeHour lets attention judge the counts of the last whole hour, once an hour.
func (r *run) judgeHour(ctx context.Context) error {
	if r.now.Minute() < 10 || r.now.Minute() >= 20 { // the hour's Receipts are there
		return nil
	}
	end := r.now.Truncate(time.Hour)
	rows, err := r.Ledger.Rows(ctx, end.Add(-time.Hour), end)
	if err != nil {
		return fmt.Errorf("rows of an hour: %w", err)
	}
	var faults error
	for _, part := range rowsByScope(rows) {
		faults = errors.Join(faults, r.judgeHourOf(ctx, part[0].Scope, hourOf(part, end)))
	}
	return faults
}

// hourOf adds up the Rows of a scope's hour.
func hourOf(rows []Row, end time.Time) attention.Hour {
	hour := attention.Hour{From: end.Add(-time.Hour), To: end}
	for _, row := range rows {
		hour.Lines += row.Counts.Believed
		hour.Unrecognised += row.Counts.Drift
	}
	return hour
}

func (r *run) judgeHourOf(ctx context.Context, scope Scope, hour attention.Hour) error {
	if !hour.Drifts() {
		return nil
	}
	of := &run{Watcher: r.Watcher, origin: scope.origin(), now: r.now}
	fresh, err := r.Memory.Update(ctx, of.key(attention.Key{Kind: attention.Fleet}), func(past attention.History) (attention.History, []Entry) {
		history, findings := attention.JudgeHour(past, hour, r.Config)
		return history, of.entries(findings, func(*attention.Finding) {})
	})
	if errors.Is(err, ErrContended) || errors.Is(err, ErrNewer) {
		return nil // the next hour will tell
	}
	if err != nil {
		return fmt.Errorf("judge an hour of %s: %w", scope, err)
	}
	r.result.Findings += len(fresh)
	return r.tell(ctx, fresh)
}

// signsKey is where the signs of life of all scopes are.
var signsKey = Key{Of: attention.Key{Kind: attention.Signs}}

// listen hears the signs of life that Rows are, and tells who is silent. Where
// until is zero they are old ones, of which nothing is judged.
func (r *run) listen(ctx context.Context, rows []Row, until time.Time) error {
	signs := signsOf(rows)
	if r.signs == nil {
		past, err := r.Memory.Read(ctx, signsKey)
		if err != nil {
			return fmt.Errorf("read signs of life: %w", err)
		}
		r.signs = &past
	}
	judge := func(past attention.History) (attention.History, []attention.Silence) {
		if until.IsZero() {
			return attention.Hear(past, signs, past.HeardUntil(), r.OnlyScopes)
		}
		return attention.Hear(past, signs, until, r.OnlyScopes)
	}
	if now, found := judge(*r.signs); SameHistory(*r.signs, now) && len(found) == 0 {
		return nil // a Read costs less than an Update that changes nothing
	}
	fresh, err := r.Memory.Update(ctx, signsKey, func(past attention.History) (attention.History, []Entry) {
		now, found := judge(past)
		return now, r.silences(found)
	})
	if errors.Is(err, ErrContended) {
		return nil // another tick does it
	}
	if err != nil && !errors.Is(err, ErrNewer) {
		return fmt.Errorf("signs of life: %w", err)
	}
	r.result.Findings += len(fresh)
	return r.tell(ctx, fresh)
}

// silences puts Silences on their way, each in the name of its own scope.
func (r *run) silences(found []attention.Silence) []Entry {
	var entries []Entry
	for _, s := range found {
		of := &run{Watcher: r.Watcher, origin: Scope(s.Scope).origin(), now: r.now}
		entries = append(entries, of.entries([]attention.Finding{s.Finding}, func(*attention.Finding) {})...)
	}
	return entries
}

// signsOf are the signs of life that Rows are: of each host, and of its scope.
func signsOf(rows []Row) []attention.Sign {
	var signs []attention.Sign
	for _, row := range rows {
		signs = append(signs, attention.Sign{Scope: string(row.Scope), At: row.Bucket, Lines: row.Counts.Lines, Beat: len(row.Beats) > 0})
		for _, host := range slices.Sorted(maps.Keys(row.Hosts)) {
			signs = append(signs, attention.Sign{Scope: string(row.Scope), Host: host, At: row.Bucket, Lines: row.Lines[host], Beat: row.Beats[host]})
		}
	}
	return signs
}
