package watch

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"sshsieve/internal/attention"
)

// Mem keeps in memory what Memory, Outbox, Ledger and Mutes keep, for the
// command, for tests and for a function without a table. The zero value is
// empty and ready. It is safe for concurrent use, and bounded: what it drops
// first are sources that are only guessed from and were not seen for longest.
//
// Histories are kept as they are given, so judges must not alias what is reused.
type Mem struct {
	// MaxMarks bounds the Marks of all Histories together, 160 bytes each; 0 is
	// DefaultMarks.
	MaxMarks int

	mu        sync.Mutex
	histories map[string]*remembered
	marks     int // in all of them
	clock     uint64
	entries   map[string]*Entry
	quotas    map[Scope]Quota
	waiting   map[string]*Entry // of entries, those that are not settled
	receipts  map[time.Time]bucket
	rows      map[time.Time]map[Scope]Row
	mutes     map[Scope][]Mute
	tests     map[string]time.Time // until when a name is a self-test
	ops       Operations
}

// DefaultMarks is the bound on a Mem's Marks: about 80 MB.
const DefaultMarks = 500_000

// The other bounds of a Mem. What is oldest goes.
const (
	maxEntries = 50_000 // settled ones; the others stay
	maxBuckets = 2 * int(ReceiptLife/BucketLength)
	maxRows    = 366 * 24 * int(time.Hour/BucketLength) // buckets: a year
)

var (
	_ Memory = (*Mem)(nil)
	_ Outbox = (*Mem)(nil)
	_ Ledger = (*Mem)(nil)
	_ Mutes  = (*Mem)(nil)
	_ Tests  = (*Mem)(nil)
)

// Operations are what a table would have billed: a transaction counts as two
// writes for each of its items (Amazon DynamoDB Developer Guide, "Read/write
// capacity mode").
type Operations struct {
	Reads  int `json:"reads"`
	Writes int `json:"writes"`
}

// Operations returns what was done so far.
func (m *Mem) Operations() Operations {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ops
}

// remembered is one History.
type remembered struct {
	Document
	version uint64
	used    uint64 // by clock
	guessed bool   // a source that nobody logged in from
}

// Update does what Memory promises.
func (m *Mem) Update(ctx context.Context, key Key, judge Judge) ([]Entry, error) {
	var fresh []Entry
	newer := false
	err := Retry(ctx, func() (bool, error) {
		doc, version := m.load(key)
		newer = doc.Newer
		history, entries := judge(doc.History)
		var err error
		fresh, err = m.store(key, version, doc.With(history), entries)
		return len(entries) > 0, err
	})
	if err == nil && newer {
		err = ErrNewer
	}
	return fresh, err
}

// Read does what Memory promises.
func (m *Mem) Read(ctx context.Context, key Key) (attention.History, error) {
	if err := ctx.Err(); err != nil {
		return attention.History{}, err
	}
	doc, _ := m.load(key)
	return doc.History, nil
}

func (m *Mem) load(key Key) (Document, uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ops.Reads++
	h, ok := m.histories[key.String()]
	if !ok {
		return Document{}, 0
	}
	m.clock++
	h.used = m.clock
	return h.Document, h.version
}

// store is the conditional write.
func (m *Mem) store(key Key, version uint64, doc Document, entries []Entry) ([]Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	name := key.String()
	h := m.histories[name]
	if h != nil && h.version != version || h == nil && version != 0 {
		m.ops.Writes++ // a failed condition is billed
		return nil, ErrConflict
	}
	var before attention.History
	if h != nil {
		before = h.History
	}
	changed := !doc.Newer && !SameHistory(before, doc.History)
	if changed {
		m.remember(key, doc, version+1)
	}
	fresh := m.post(entries)
	m.bill(changed, len(fresh))
	m.bound()
	return fresh, nil
}

// bill counts a write, or a transaction.
func (m *Mem) bill(changed bool, entries int) {
	switch {
	case entries > 0 && changed:
		m.ops.Writes += 2 * (entries + 1)
	case changed || entries > 0:
		m.ops.Writes += max(1, entries)
	}
}

func (m *Mem) remember(key Key, doc Document, version uint64) {
	m.init()
	name := key.String()
	if old := m.histories[name]; old != nil {
		m.marks -= len(old.Marks)
	}
	m.clock++
	m.marks += len(doc.Marks)
	m.histories[name] = &remembered{
		Document: doc, version: version, used: m.clock,
		guessed: isGuessed(name, doc.History),
	}
}

// isGuessed says whether a History is of a source that nobody logged in from.
func isGuessed(name string, h attention.History) bool {
	return strings.Contains(name, "|source/") && weigh(h.Marks, &attention.Config{}) != login
}

// post puts Entries into the outbox that are not there yet.
func (m *Mem) post(entries []Entry) (fresh []Entry) {
	m.init()
	for _, e := range entries {
		if m.entries[e.ID] == nil {
			m.entries[e.ID] = &e
			if !e.State.Settled() {
				m.waiting[e.ID] = &e
			}
			fresh = append(fresh, e)
		}
	}
	return fresh
}

// init makes the maps of the zero value.
func (m *Mem) init() {
	if m.histories != nil {
		return
	}
	m.histories, m.entries = map[string]*remembered{}, map[string]*Entry{}
	m.quotas, m.mutes = map[Scope]Quota{}, map[Scope][]Mute{}
	m.receipts, m.rows = map[time.Time]bucket{}, map[time.Time]map[Scope]Row{}
	m.waiting, m.tests = map[string]*Entry{}, map[string]time.Time{}
}

// bound forgets an eighth of the Marks once there are too many: sources that
// are only guessed from before others, and of these what was not used longest.
// What is of all of them stays.
func (m *Mem) bound() {
	most := cmp.Or(m.MaxMarks, DefaultMarks)
	if m.marks > most {
		names := slices.DeleteFunc(slices.Collect(maps.Keys(m.histories)), isOfAll)
		slices.SortFunc(names, func(a, b string) int { return m.histories[a].forget(m.histories[b]) })
		for _, name := range names {
			if m.marks <= most-most/8 {
				break
			}
			m.marks -= len(m.histories[name].Marks)
			delete(m.histories, name)
		}
	}
	if len(m.entries) > maxEntries+maxEntries/8 {
		m.dropEntries()
	}
}

// isOfAll says whether a key is of no source, user or host.
func isOfAll(name string) bool { return !strings.Contains(name[strings.Index(name, "|"):], "/") }

// dropEntries forgets the oldest settled Entries.
func (m *Mem) dropEntries() {
	settled := slices.DeleteFunc(slices.Collect(maps.Values(m.entries)), func(e *Entry) bool { return !e.State.Settled() })
	slices.SortFunc(settled, func(a, b *Entry) int { return a.Found.Compare(b.Found) })
	for _, e := range settled[:max(0, len(settled)-maxEntries)] {
		delete(m.entries, e.ID)
	}
}

// forget orders by what is forgotten first.
func (h *remembered) forget(other *remembered) int {
	if h.guessed != other.guessed {
		if h.guessed {
			return -1
		}
		return 1
	}
	return cmp.Compare(h.used, other.used)
}
