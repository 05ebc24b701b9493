package watch

import (
	"context"
	"errors"
	"fmt"

	"sshsieve/internal/attention"
)

// summaryMost is how many Entries one summary speaks of; more wait for the
// next.
const summaryMost = 500

// tellHeld tells what the caps held back: one summary for each scope, or where
// it is all of one cause that cause's own Notice.
func (r *run) tellHeld(ctx context.Context) error {
	entries, err := r.Outbox.Take(ctx, Held, r.now, r.now.Add(lease), summaryMost)
	if err != nil {
		return fmt.Errorf("ask for what was held back: %w", err)
	}
	entries, err = r.ripen(ctx, entries)
	entries, fault := r.sortOut(ctx, entries)
	err = errors.Join(err, fault)
	for _, scope := range byScope(entries) {
		err = errors.Join(err, r.summarise(ctx, scope))
	}
	return err
}

// byScope parts Entries by their scope, in their order.
func byScope(entries []Entry) [][]Entry {
	var parts [][]Entry
	at := map[Scope]int{}
	for _, e := range entries {
		i, ok := at[e.Origin.Scope()]
		if !ok {
			i = len(parts)
			at[e.Origin.Scope()] = i
			parts = append(parts, nil)
		}
		parts[i] = append(parts[i], e)
	}
	return parts
}

// summarise tells what was held back in one scope, unless the last summary was
// just sent.
func (r *run) summarise(ctx context.Context, held []Entry) error {
	var all []Entry
	groups := group(held)
	for _, g := range groups {
		all = append(all, g...)
	}
	admitted := false
	err := r.Outbox.Spend(ctx, all[0].Origin.Scope(), func(q Quota) Quota {
		q, admitted = q.admitSummary(all, r.now)
		return q
	})
	switch {
	case err != nil:
		return fmt.Errorf("quota: %w", err)
	case !admitted:
		return nil // its lease ends before the next tick
	case len(groups) == 1:
		return r.send(ctx, all)
	}
	lead := heldBack(all)
	lead.Count = len(groups)
	return r.publish(ctx, r.write(ctx, all, append([]attention.Finding{lead}, r.findings(all)...)), all)
}

// heldBack is the Finding that a summary is about. It is as grave as what it
// holds.
func heldBack(all []Entry) attention.Finding {
	f := attention.Finding{
		Rule: "held-back", Reason: "cap", Severity: all[0].Finding.Severity,
		At: all[0].Finding.At, First: all[0].Finding.At, Detail: map[string]string{},
	}
	for _, e := range all {
		if e.Finding.At.After(f.At) {
			f.At = e.Finding.At
		}
		if e.Finding.At.Before(f.First) {
			f.First = e.Finding.At
		}
	}
	return f
}
