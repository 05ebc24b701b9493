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
// here, and two Takes of the Outbox; every 3 hours it notes, by one Update, that
// nothing was heard (attention.Hear), whether anybody is missed or not.

const (
	// foldLate is how far back each look at what is new goes: a batch comes 30
	// minutes after its newest line at the latest. What comes later is folded by
	// foldOld, within two days.
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
	both := !within(now, w.ticked, 2*BucketLength)
	w.ticked, w.turns = now, w.turns+1
	return both || w.turns%2 == 0, both || w.turns%2 == 1
}

// foldOld folds the hour whose turn it is.
func (r *run) foldOld(ctx context.Context) error {
	from := r.oldHour()
	signs, _, err := r.foldRange(ctx, from, from.Add(time.Hour))
	if len(signs) == 0 {
		return err
	}
	return errors.Join(err, r.listen(ctx, signs, time.Time{}))
}

// foldNew folds what was received since the last time, and judges what only the
// clock can. Where there is more than there is time for, it notes how far it
// came, judges nobody, and the next tick goes on.
func (r *run) foldNew(ctx context.Context) error {
	past, err := r.Memory.Read(ctx, signsKey)
	if err != nil {
		return fmt.Errorf("read signs of life: %w", err)
	}
	r.signs = &past
	from, to := r.now.Add(-foldMost), r.now // where nothing was heard yet
	if heard := past.HeardUntil(); !heard.IsZero() {
		from, to = earliestOf(r.now, heard), earliestOf(r.now, heard.Add(foldMost))
	}
	start, end := BucketOf(from.Add(-foldLate)), to.Add(foldAhead)
	signs, folded, err := r.foldRange(ctx, start, end)
	switch {
	case !folded.Before(end):
		return errors.Join(err, r.listen(ctx, signs, to), r.judgeHour(ctx))
	case folded.After(start):
		return errors.Join(err, r.hear(ctx, signs, earliestOf(folded, to)), r.standsStill(&past, folded))
	}
	return err // nothing was read: what nobody heard is no silence
}

// standsStill is the error of a look that did not come beyond what was heard
// before: the next one begins where it began.
func (r *run) standsStill(past *attention.History, folded time.Time) error {
	if heard := past.HeardUntil(); heard.Before(r.now) && !folded.After(heard) {
		return fmt.Errorf("fold: came to %s, no further than before", folded.Format(time.RFC3339))
	}
	return nil
}

// foldRange returns the signs of life that the Rows are which it folded, and how
// far it came, with what went wrong. It takes half of the time that is left, so
// that what it did can be noted; that this was not enough is no error, unless
// nothing at all was folded: then it never would be enough.
func (r *run) foldRange(ctx context.Context, from, to time.Time) (signs []attention.Sign, folded time.Time, err error) {
	half, cancel := halfOf(ctx)
	defer cancel()
	folded, err = r.Ledger.Fold(half, from, to, func(row Row) { signs = append(signs, signsOf(&row)...) })
	switch {
	case err == nil:
		return signs, folded, nil
	case half.Err() != nil && ctx.Err() == nil && folded.After(from):
		r.log().Warn("no time to fold all that was received", "from", from, "folded", folded, "to", to)
		return signs, folded, nil
	}
	return signs, folded, fmt.Errorf("fold from %s: %w", from.Format(time.RFC3339), err)
}

// halfOf ends when half of the time is over that is left.
func halfOf(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(deadline)/2)
}

// oldHour is the hour whose turn it is: of all for which there are Receipts each
// in 49 hours, with a tick every 5 minutes.
func (r *run) oldHour() time.Time {
	// Two days more than ReceiptLife, so that none grows too old before its turn;
	// a prime, so that clocks which strike at other intervals come to all as well.
	const hours = 241
	back := r.now.Unix() / seconds(2*BucketLength) % hours
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
	hours := map[Scope]attention.Hour{}
	err := r.Ledger.EachRow(ctx, end.Add(-time.Hour), end, nil, func(row Row) {
		hour := hours[row.Scope]
		hour.From, hour.To = end.Add(-time.Hour), end
		hour.Lines += row.Counts.Believed
		hour.Unrecognised += row.Counts.Drift
		hours[row.Scope] = hour
	})
	if err != nil {
		return fmt.Errorf("rows of an hour: %w", err)
	}
	var faults error
	for _, scope := range slices.Sorted(maps.Keys(hours)) {
		faults = errors.Join(faults, r.judgeHourOf(ctx, scope, hours[scope]))
	}
	return faults
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

// listen hears signs of life and tells who is silent, now that all are in until
// then. Where until is zero they are old ones, of which nothing is judged.
func (r *run) listen(ctx context.Context, signs []attention.Sign, until time.Time) error {
	return r.updateSigns(ctx, func(past attention.History) (attention.History, []attention.Silence) {
		if until.IsZero() {
			return attention.Hear(past, signs, past.HeardUntil(), r.OnlyScopes)
		}
		return attention.Hear(past, signs, until, r.OnlyScopes)
	})
}

// hear hears signs of life, which are in until then, and judges nobody: what
// came later may not have been heard yet.
func (r *run) hear(ctx context.Context, signs []attention.Sign, until time.Time) error {
	return r.updateSigns(ctx, func(past attention.History) (attention.History, []attention.Silence) {
		now, _ := attention.Hear(past, signs, time.Time{}, r.OnlyScopes) // then nobody is silent
		return heardUntil(now, until), nil
	})
}

// heardUntil is a History of signs with the note that all are in until then.
func heardUntil(h attention.History, until time.Time) attention.History {
	if !until.After(h.HeardUntil()) {
		return h
	}
	var lives attention.Lives
	if h.Signs != nil {
		lives = *h.Signs
	}
	lives.Heard = until.Unix()
	h.Version, h.Signs = attention.HistoryVersion, &lives
	return h
}

// updateSigns changes the signs of life, and tells the Silences that were found.
func (r *run) updateSigns(ctx context.Context, judge func(attention.History) (attention.History, []attention.Silence)) error {
	if r.signs == nil {
		past, err := r.Memory.Read(ctx, signsKey)
		if err != nil {
			return fmt.Errorf("read signs of life: %w", err)
		}
		r.signs = &past
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

// signsOf are the signs of life that a Row is: of each host, and of its scope.
func signsOf(row *Row) []attention.Sign {
	signs := []attention.Sign{{Scope: string(row.Scope), At: row.Bucket, Lines: row.Counts.Lines, Beat: len(row.Beats) > 0}}
	for _, host := range slices.Sorted(maps.Keys(row.Hosts)) {
		signs = append(signs, attention.Sign{Scope: string(row.Scope), Host: host, At: row.Bucket, Lines: row.Lines[host], Beat: row.Beats[host]})
	}
	return signs
}
