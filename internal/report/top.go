package report

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// A tally is how often one thing was seen, and when; more is what else is kept
// of it.
type tally[K comparable, M any] struct {
	key K
	// lines counts events, attempts those that are a failed attempt to
	// authenticate (of a login: those of its source before), accepted those
	// that are a login.
	lines, attempts, accepted int
	// exists: sshd said or showed that there is such an account.
	exists bool
	first  int64 // Unix seconds of the earliest and the latest; 0: no time
	last   int64
	more   M
}

// none is the more of a thing that is only counted.
type none = struct{}

// see adds n events at a time.
func (t *tally[K, M]) see(n int, at int64) {
	t.lines += n
	if at == 0 {
		return
	}
	if t.first == 0 || at < t.first {
		t.first = at
	}
	t.last = max(t.last, at)
}

// try adds attempts to log in.
func (t *tally[K, M]) try(failed, accepted int) {
	t.attempts += failed
	t.accepted += accepted
}

// seen is when, for a page.
func (t *tally[K, M]) seen() Seen { return Seen{First: moment(t.first), Last: moment(t.last)} }

// weight is what a tally is kept for: logins above all, then attempts.
func (t *tally[K, M]) weight() int { return t.accepted<<32 + t.attempts<<8 + t.lines }

// A top keeps tallies of the things that are seen most, in memory that does
// not grow with the log: when it holds limit things, the lesser half is
// forgotten. A thing that comes back is counted from then on, so that numbers
// can be too low for what is rare, and are exact for what is frequent; until
// limit things were seen everything is exact.
type top[K comparable, M any] struct {
	limit     int
	clone     func(K) K // makes a key that outlives the batch
	index     map[K]int32
	items     []tally[K, M]
	latest    int32 // of items: lines come in runs of one host, user or source
	forgotten int   // how many times a thing was forgotten
	total     int   // events that count took, forgotten ones too
}

func newTop[K comparable, M any](limit int, clone func(K) K) *top[K, M] {
	return &top[K, M]{limit: limit, clone: clone, index: map[K]int32{}}
}

// newNames keeps strings, which may alias a batch's memory and be of any
// length.
func newNames(limit int) *top[string, none] { return newTop[string, none](limit, strings.Clone) }

// itself is the clone of a key that aliases nothing.
func itself[K comparable](key K) K { return key }

// maxKey bounds what is kept of a string that a peer wrote, in bytes: sshd's
// own lines end at 500 (log.c do_log), or 1,023 on standard error.
const maxKey = 1024

// clip bounds the length of a key.
func clip(s string) string { return s[:min(len(s), maxKey)] }

// of is the tally of a key, made where there is none. The pointer is valid
// until the next call.
func (t *top[K, M]) of(key K) *tally[K, M] {
	if int(t.latest) < len(t.items) && t.items[t.latest].key == key {
		return &t.items[t.latest]
	}
	if i, ok := t.index[key]; ok {
		t.latest = i
		return &t.items[i]
	}
	return t.add(key)
}

// count sees n events of a key at a time.
func (t *top[K, M]) count(key K, n int, at int64) {
	t.total += n
	t.of(key).see(n, at)
}

// add makes the tally of a new key.
func (t *top[K, M]) add(key K) *tally[K, M] {
	if len(t.items) >= t.limit {
		t.forget()
	}
	key = t.clone(key)
	t.latest = int32(len(t.items))
	t.index[key] = t.latest
	t.items = append(t.items, tally[K, M]{key: key})
	return &t.items[t.latest]
}

// forget drops the lesser half.
func (t *top[K, M]) forget() {
	kept := t.sorted()[:t.limit/2]
	t.forgotten += len(t.items) - len(kept)
	t.items = append(t.items[:0], kept...)
	clear(t.index)
	for i := range t.items {
		t.index[t.items[i].key] = int32(i)
	}
}

// sorted lists the tallies, the heaviest first, of equals the one seen first:
// a stable order makes the same input give the same page.
func (t *top[K, M]) sorted() []tally[K, M] {
	all := slices.Clone(t.items)
	slices.SortStableFunc(all, func(a, b tally[K, M]) int { return cmp.Compare(b.weight(), a.weight()) })
	return all
}

// moment is the time of a tally for a page; nil: none.
func moment(seconds int64) *time.Time {
	if seconds == 0 {
		return nil
	}
	t := time.Unix(seconds, 0).UTC()
	return &t
}
