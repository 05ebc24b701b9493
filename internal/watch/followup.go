package watch

import (
	"context"
	"errors"
	"time"

	"sshsieve/internal/attention"
)

// followUp lets the Fleet hear of Findings whose meaning shows only across
// sources, users and hosts. It stands before telling: an Entry is not settled
// before the Fleet has heard of it, so whoever takes it after a death does this
// again, which changes nothing the second time. It returns what may be told now,
// with what the Fleet has found; the rest stays in the Outbox.
func (r *run) followUp(ctx context.Context, entries []Entry) ([]Entry, error) {
	var ready []Entry
	var faults error
	for _, part := range byScope(entries) {
		more, err := r.followUpScope(ctx, part)
		if err != nil {
			part = withoutFollowups(part)
		}
		if !errors.Is(err, ErrContended) {
			faults = errors.Join(faults, err)
		}
		ready = append(append(ready, part...), more...)
	}
	return ready, faults
}

// followUpScope does so for one scope, in whose name the new Entries are.
func (r *run) followUpScope(ctx context.Context, part []Entry) ([]Entry, error) {
	marks := attention.Followups(r.findings(part))
	if len(marks) == 0 {
		return nil, nil
	}
	of := &run{Watcher: r.Watcher, origin: part[0].Origin, now: r.now}
	of.result.Newest = r.result.Newest
	for _, e := range part {
		of.result.Newest = latest(of.result.Newest, e.Finding.At)
	}
	lines := linesOf(part)
	more, err := of.update(ctx, attention.Key{Kind: attention.Fleet}, marks, func(f *attention.Finding) { f.Lines = lines(f) })
	r.result.Findings += of.result.Findings
	r.result.Newer += of.result.Newer
	if r.result.Contended += of.result.Contended; of.result.Contended > 0 {
		err = ErrContended
	}
	return more, err
}

func followups(f *attention.Finding) []attention.Mark {
	return attention.Followups([]attention.Finding{*f})
}

func withoutFollowups(entries []Entry) []Entry {
	var rest []Entry
	for _, e := range entries {
		if len(followups(&e.Finding)) == 0 {
			rest = append(rest, e)
		}
	}
	return rest
}

// linesOf returns a function that gives a Finding of the Fleet, whose evidence
// are Findings, the lines of those.
func linesOf(entries []Entry) func(*attention.Finding) []attention.Line {
	const most = 5
	byMark := map[uint64][]attention.Line{}
	for i := range entries {
		for _, m := range followups(&entries[i].Finding) {
			byMark[m.ID] = entries[i].Finding.Lines
		}
	}
	return func(f *attention.Finding) (lines []attention.Line) {
		for _, id := range f.Evidence {
			lines = append(lines, byMark[id]...)
		}
		return lines[:min(len(lines), most)]
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
