package watch

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

// A Row is what a scope's Receipts of one bucket hold together. It names no more
// hosts than fit in an item of a table: see bounded.
type Row struct {
	Scope   Scope     `json:"scope"`
	Bucket  time.Time `json:"bucket"`
	Batches int       `json:"batches"`
	Newest  time.Time `json:"newest"`
	// Arrived is when the newest Receipt was put down, by the wall clock.
	Arrived time.Time `json:"arrived,omitzero"`
	// Hosts are those that wrote, with their newest event time in Unix
	// seconds; a sign of life.
	Hosts map[string]int64 `json:"hosts,omitempty"`
	// Lines are how many of each host's there were, at least: a batch of several
	// hosts counts as one for each.
	Lines map[string]int `json:"lines,omitempty"`
	// Failures are how many attempts to log in failed on each host, as far as
	// its batches were its own.
	Failures map[string]int `json:"failures,omitempty"`
	// Beats are the hosts that said the owner's heartbeat.
	Beats  map[string]bool `json:"beats,omitempty"`
	Counts Counts          `json:"counts"`
}

// A Folding adds up Receipts into Rows, in whatever order they come. It holds the
// Rows alone: an attack on 500 hosts leaves 200,000 Receipts an hour, and twelve
// Rows. The zero value is ready. It is for one goroutine.
type Folding struct {
	rows map[rowKey]*Row
}

type rowKey struct {
	bucket int64 // Unix seconds
	scope  Scope
}

// Add adds a Receipt, which is not kept.
func (f *Folding) Add(r Receipt) {
	key := rowKey{r.Bucket.Unix(), r.Scope}
	row := f.rows[key]
	if row == nil {
		row = &Row{Scope: r.Scope, Bucket: r.Bucket, Hosts: map[string]int64{}, Lines: map[string]int{}}
		if f.rows == nil {
			f.rows = map[rowKey]*Row{}
		}
		f.rows[key] = row
	}
	row.add(r)
}

// Rows are those of all that was added, by bucket and scope.
func (f *Folding) Rows() []Row {
	rows := make([]Row, 0, len(f.rows))
	for _, key := range slices.SortedFunc(maps.Keys(f.rows), rowKey.compare) {
		rows = append(rows, f.rows[key].bounded())
	}
	return rows
}

func (k rowKey) compare(other rowKey) int {
	return cmp.Or(cmp.Compare(k.bucket, other.bucket), cmp.Compare(k.scope, other.scope))
}

func (row *Row) add(r Receipt) {
	row.Batches++
	row.Counts.Add(r.Counts)
	if r.Newest.After(row.Newest) {
		row.Newest = r.Newest
	}
	if r.Arrived.After(row.Arrived) {
		row.Arrived = r.Arrived
	}
	for _, host := range r.Hosts {
		row.Hosts[host] = max(row.Hosts[host], r.Newest.Unix())
		row.Lines[host]++
	}
	if len(r.Hosts) == 1 {
		row.Lines[r.Hosts[0]] += r.Counts.Lines - 1
	}
	if len(r.Hosts) == 1 && r.Counts.Attempts > 0 {
		row.Failures = addInto(row.Failures, map[string]int{r.Hosts[0]: r.Counts.Attempts})
	}
	for _, host := range r.Beats {
		if row.Beats == nil {
			row.Beats = map[string]bool{}
		}
		row.Beats[host] = true
	}
	if len(row.Hosts) > hostsHeld {
		*row = row.bounded()
	}
}

// What a Row names, at most. Whoever writes to a log may invent hosts, with names
// that do not compress.
const (
	hostsMost = 1000
	// hostBytes is how long the names are together, as JSON: a host may be in
	// each of a Row's four maps, and that has to fit in an item of 400 KB
	// (DynamoDB Developer Guide, "Quotas") even if packing saves nothing.
	hostBytes = 64 << 10
	// hostsHeld is how many a Row may name while it is folded. Beyond it what is
	// dropped hangs on the order of the Receipts.
	hostsHeld = 4 * hostsMost
)

// bounded drops the hosts with the fewest lines: one that was invented has few.
func (row *Row) bounded() Row {
	if row.isSmall() {
		return *row
	}
	names := slices.Collect(maps.Keys(row.Hosts))
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(row.Lines[b], row.Lines[a]), strings.Compare(a, b))
	})
	named, size := map[string]bool{}, 0
	for _, name := range names {
		if size += sizeAsJSON(name); size > hostBytes || len(named) == hostsMost {
			break
		}
		named[name] = true
	}
	short := *row
	if len(named) < len(names) {
		short.Hosts, short.Lines = only(row.Hosts, named), only(row.Lines, named)
		short.Failures, short.Beats = only(row.Failures, named), only(row.Beats, named)
	}
	return short
}

// isSmall says, without a look at each byte, that nothing is to be dropped.
func (row *Row) isSmall() bool {
	size := 0
	for name := range row.Hosts {
		size += sizeMost(name)
	}
	return len(row.Hosts) <= hostsMost && size <= hostBytes
}

// sizeMost is what sizeAsJSON is at most.
func sizeMost(name string) int { return 6*len(name) + len(`""`) }

// sizeAsJSON counts bytes: JSON escapes a byte as up to six.
func sizeAsJSON(name string) int {
	raw, err := json.Marshal(name)
	if err != nil {
		return sizeMost(name) // a string is always JSON
	}
	return len(raw)
}

// only is a copy of a map by names with some of them.
func only[V any](of map[string]V, some map[string]bool) map[string]V {
	part := maps.Clone(of)
	maps.DeleteFunc(part, func(name string, _ V) bool { return !some[name] })
	return part
}
