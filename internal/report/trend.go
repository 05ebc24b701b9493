package report

import (
	"math"
	"slices"
)

// How many steps of time a trend holds at most: of the log's own series, a graph
// that is wider than 400 points shows no more; of a host or an account, whose gaps
// are looked at; and of one thing among many.
const (
	columns     = 400
	fineColumns = 256
	fewColumns  = 64
)

// steps is how long a column may be, in seconds; each divides the next. Past
// the last, steps double.
var steps = []int64{60, 5 * 60, 15 * 60, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600}

// A trend counts one thing over time. It begins with a column of a minute and
// takes longer steps when the time outgrows it, so its size does not depend on
// the log, and what is seen once costs one column. A column of step s begins at a
// multiple of s: trends of the same things in another order are the same.
type trend struct {
	step   int64    // seconds; 0: nothing seen yet
	start  int64    // Unix seconds of the first column, a multiple of step
	counts []uint32 // up to the latest event; each stays at the highest number
}

// add counts n events at a time in Unix seconds, 0 for none, in at most limit
// columns.
func (t *trend) add(at int64, n, limit int) {
	if at == 0 {
		return
	}
	if t.step == 0 {
		t.step, t.start, t.counts = steps[0], floor(at, steps[0]), []uint32{0}
	}
	i := (at - t.start) / t.step
	if at < t.start || i >= int64(len(t.counts)) {
		t.widen(at, limit)
		i = (at - t.start) / t.step
	}
	t.counts[i] = uint32(min(uint64(t.counts[i])+uint64(n), math.MaxUint32))
}

// widen makes the columns hold a time.
func (t *trend) widen(at int64, limit int) {
	for !t.span(at).fits(limit) {
		t.coarsen()
	}
	to := t.span(at)
	if to.start < t.start {
		t.counts = slices.Insert(t.counts, 0, make([]uint32, (t.start-to.start)/t.step)...)
		t.start = to.start
	}
	if more := to.used - len(t.counts); more > 0 {
		t.counts = append(t.counts, make([]uint32, more)...)
	}
}

// span is the axis of the columns with that of a time.
func (t *trend) span(at int64) axis {
	last := t.start + int64(len(t.counts)-1)*t.step
	return spanning(min(t.start, at), max(last, at), t.step)
}

// coarsen takes the next longer step and merges the columns into it.
func (t *trend) coarsen() {
	step := longer(t.step)
	start := floor(t.start, step)
	used := 0
	for i, n := range t.counts {
		to := int((t.start + int64(i)*t.step - start) / step)
		if to != i {
			t.counts[i] = 0
		}
		if to == used {
			t.counts[to], used = 0, used+1
		}
		t.counts[to] = uint32(min(uint64(t.counts[to])+uint64(n), math.MaxUint32))
	}
	t.step, t.start, t.counts = step, start, t.counts[:used]
}

// on brings the counts to an axis that holds all of them, with steps that are
// not shorter.
func (t *trend) on(a axis) []int {
	counts := make([]int, a.used)
	for i, n := range t.counts {
		counts[a.column(t.start+int64(i)*t.step)] += int(n)
	}
	return counts
}

// An axis is some columns of time.
type axis struct {
	start, step int64 // Unix seconds, a multiple of step; seconds, 0: no axis
	used        int   // columns
}

// spanning is the axis from one time to another, by one step.
func spanning(first, last, step int64) axis {
	start := floor(first, step)
	return axis{start, step, int((last-start)/step) + 1}
}

// axisOf is the axis with the shortest steps by which the time fits into limit
// columns. Trends of as many columns or more, with times in there, have steps that
// divide its steps.
func axisOf(first, last int64, limit int) axis {
	a := spanning(first, last, steps[0])
	for !a.fits(limit) {
		a = spanning(first, last, longer(a.step))
	}
	return a
}

func (a axis) fits(limit int) bool { return a.used <= limit }

// column is where a time is.
func (a axis) column(at int64) int { return int((at - a.start) / a.step) }

// at is when a column begins.
func (a axis) at(column int) int64 { return a.start + int64(column)*a.step }

// longer is the step after this one.
func longer(step int64) int64 {
	for _, next := range steps {
		if next > step {
			return next
		}
	}
	return 2 * step
}

// floor is the last multiple of step at or before a time, which may be
// negative (before 1970).
func floor(at, step int64) int64 {
	return at - ((at%step)+step)%step
}
