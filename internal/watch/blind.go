package watch

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"sshsieve/internal/attention"
)

// blindly is how often, in one container, a rule is told while Memory is down.
const blindly = 15 * time.Minute

// needsNoHistory are the high Findings that the lines of one batch prove by
// themselves. An empty History takes every user and source for new, so the
// others would accuse everybody.
var needsNoHistory = map[cause]bool{
	{"login", "after-failures"}: true,
	{"login", "keys-only"}:      true,
	{"login", "root-password"}:  true,
	{"sshd-broken", "fault"}:    true,
}

// tellBlindly tells what is high and needs no History while Memory is down.
// Nothing remembers that it was told, so the Notice says that it may come again.
func (r *run) tellBlindly(ctx context.Context) error {
	var faults error
	for _, g := range group(r.judgeBlindly()) {
		if ctx.Err() != nil {
			return errors.Join(faults, ctx.Err())
		}
		if !r.mayWarn(g[0].Finding.Rule) {
			continue
		}
		if err := r.Notifier.Notify(ctx, r.writeBlind(g)); err != nil {
			r.unwarn(g[0].Finding.Rule)
			faults = errors.Join(faults, fmt.Errorf("notify without memory: %w", err))
			continue
		}
		r.result.Blind++
	}
	return faults
}

// judgeBlindly judges the keys that are not in Memory by this batch alone.
func (r *run) judgeBlindly() []Entry {
	world := attention.World{
		Config: r.Config, Now: r.result.Newest,
		Source: func(netip.Addr) attention.History { return attention.History{} },
	}
	var entries []Entry
	for _, key := range r.seen.Keys[min(r.judged, len(r.seen.Keys)):] {
		_, findings := r.judge(key, attention.History{}, r.seen.Marks[key], world)
		entries = append(entries, r.entries(findings, r.seen.Attach)...)
	}
	return slices.DeleteFunc(entries, func(e Entry) bool {
		return e.Finding.Severity != attention.High || !needsNoHistory[causeOf(&e.Finding)]
	})
}

// mayWarn says whether a rule may be told now, and notes that it is.
func (w *Watcher) mayWarn(rule string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if last, ok := w.warned[rule]; ok && within(w.now(), last, blindly) {
		return false
	}
	if w.warned == nil {
		w.warned = map[string]time.Time{}
	}
	w.warned[rule] = w.now()
	return true
}

func (w *Watcher) unwarn(rule string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.warned, rule)
}
