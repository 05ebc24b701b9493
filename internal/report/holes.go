package report

import "slices"

// A hole is a time that no line of the log is of, whoever wrote it, in Unix seconds:
// files are missing. What no file holds did not stop.
type hole struct{ from, to int64 }

// unlike is how many times longer than the usual pause between lines a hole is: a log
// that is written to twice a week has none of three days.
const unlike = 8

// holes are those of the whole log, of a day at least, the earliest first.
func (l *Log) holes() []hole {
	var pauses []hole
	a, lit := l.axis(columns), 0
	for i, n := range l.all.on(a) {
		if n > 0 && i > 0 {
			pauses = append(pauses, hole{a.at(lit + 1), a.at(i)})
			lit = i
		}
	}
	least := max(day, unlike*usualPause(pauses))
	return slices.DeleteFunc(pauses, func(h hole) bool { return h.to-h.from < least })
}

// usualPause is the median.
func usualPause(pauses []hole) int64 {
	if len(pauses) == 0 {
		return 0
	}
	var list []int64
	for _, h := range pauses {
		list = append(list, h.to-h.from)
	}
	slices.Sort(list)
	return list[len(list)/2]
}

// covered is how many seconds between two times are in no hole.
func (c *change) covered(from, to int64) int64 {
	seconds := to - from
	for _, h := range c.holes {
		seconds -= max(0, min(to, h.to)-max(from, h.from))
	}
	return seconds
}

// cut leaves out columns.
func (c *course) cut(from, to int) {
	if to <= from {
		return
	}
	before := max(0, min(to, c.split)-from)
	c.counts = append(c.counts[:from], c.counts[to:]...)
	c.split -= before
	c.length -= float64(to - from - before)
}
