package emf

import (
	"cmp"
	"maps"
	"slices"
)

// mostCounted is how many different things a frequent counts at once.
const mostCounted = 1024

// A frequent counts the things of a batch that come most often, in memory that
// does not grow with it (J. Misra, D. Gries, "Finding repeated elements", 1982).
// While there are at most mostCounted different ones all is exact. Then each may
// be counted up to total/(mostCounted+1) too low, so that what comes rarely may
// be missing.
type frequent[K comparable] struct {
	counts map[K]int
	clone  func(K) K // makes a key that outlives the batch
}

func newFrequent[K comparable](clone func(K) K) frequent[K] {
	return frequent[K]{counts: map[K]int{}, clone: clone}
}

// add counts key n times, n at least 1.
func (f frequent[K]) add(key K, n int) {
	if have, ok := f.counts[key]; ok {
		f.counts[key] = have + n
		return
	}
	if len(f.counts) >= mostCounted {
		n -= f.lower(n)
	}
	if n > 0 {
		f.counts[f.clone(key)] = n
	}
}

// lower takes as much off each count as the new thing and the rarest one have,
// forgets what is then 0, and returns how much it took. All passes together take
// no longer than counting did: each takes off mostCounted times what it returns.
func (f frequent[K]) lower(n int) int {
	for _, have := range f.counts {
		n = min(n, have)
	}
	maps.DeleteFunc(f.counts, func(_ K, have int) bool { return have <= n })
	for key := range f.counts {
		f.counts[key] -= n
	}
	return n
}

// tally is how often a thing came.
type tally[K comparable] struct {
	key K
	n   int
}

// top lists the most frequent, at most `most` of them, the most frequent first,
// equal ones by order.
func (f frequent[K]) top(most int, order func(a, b K) int) []tally[K] {
	before := func(a, b tally[K]) int {
		if a.n != b.n {
			return cmp.Compare(b.n, a.n)
		}
		return order(a.key, b.key)
	}
	list := make([]tally[K], 0, min(most, len(f.counts))+1)
	for key, n := range f.counts { // most are behind the last
		t := tally[K]{key, n}
		if len(list) == most && before(list[most-1], t) < 0 {
			continue
		}
		at, _ := slices.BinarySearchFunc(list, t, before)
		list = slices.Insert(list, at, t)
		list = list[:min(most, len(list))]
	}
	return list
}
