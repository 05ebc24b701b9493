package dynamo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/watch"
)

// Update does what watch.Memory promises: one consistent read, and one write
// where something changed; with Entries that is one transaction.
func (t *Table) Update(ctx context.Context, key watch.Key, judge watch.Judge) ([]watch.Entry, error) {
	var fresh []watch.Entry
	newer := false
	err := watch.Retry(ctx, func() (found bool, err error) {
		past, err := t.load(ctx, key)
		if err != nil {
			return false, err
		}
		newer = past.doc.Newer
		history, entries := judge(past.doc.History)
		fresh, err = t.store(ctx, past, history, entries)
		return len(entries) > 0, err
	})
	switch { // a key's name may be somebody's: errors say its kind alone
	case err != nil:
		return nil, fmt.Errorf("update history of a %s: %w", key.Of.Kind, err)
	case newer:
		return fresh, fmt.Errorf("history of a %s: %w", key.Of.Kind, watch.ErrNewer)
	}
	return fresh, nil
}

// Read does what watch.Memory promises, by one consistent read.
func (t *Table) Read(ctx context.Context, key watch.Key) (attention.History, error) {
	past, err := t.load(ctx, key)
	if err != nil {
		return attention.History{}, fmt.Errorf("read history of a %s: %w", key.Of.Kind, err)
	}
	return past.doc.History, nil
}

// A past is a History as it was read.
type past struct {
	key   watch.Key
	doc   watch.Document
	token string // of the item that is there, expired or not; empty: none is
}

func (t *Table) load(ctx context.Context, key watch.Key) (past, error) {
	p := past{key: key}
	it, err := t.get(ctx, historyPK(key), historySK)
	if err != nil || it == nil {
		return p, err
	}
	p.token = textOf(it, attrToken)
	if expired(it, t.now()) {
		return p, nil
	}
	if err := decode(it[attrDoc], &p.doc); err != nil {
		p.doc = watch.Document{Newer: true} // a later version wrote it otherwise
	}
	return p, nil
}

const historySK = "history"

func historyPK(key watch.Key) string { return "history#" + key.String() }

// changes says whether a History is to be written.
func (p past) changes(h attention.History) bool {
	before := p.doc.History
	if before.Version == 0 {
		before.Version = h.Version // an absent one has none
	}
	return !p.doc.Newer && !watch.SameHistory(before, h)
}

// store is the conditional write. It returns the Entries that were not there
// before.
func (t *Table) store(ctx context.Context, p past, h attention.History, entries []watch.Entry) ([]watch.Entry, error) {
	if !p.changes(h) {
		return t.post(ctx, nil, entries)
	}
	it, err := newItem(historyPK(p.key), historySK, p.doc.With(h), t.forget(p.key, h))
	if err != nil {
		return nil, err
	}
	return t.post(ctx, t.replace(it, p.token), entries)
}

// forget is when a History that is written now expires; zero: never.
func (t *Table) forget(key watch.Key, h attention.History) time.Time {
	isLogin := func(m attention.Mark) bool { return m.What == attention.Login }
	switch key.Of.Kind {
	case attention.Source:
		if !slices.ContainsFunc(h.Marks, isLogin) {
			return t.now().Add(strangerLife)
		}
		return t.now().Add(historyLife)
	case attention.User, attention.Host:
		return t.now().Add(historyLife)
	}
	return time.Time{}
}
