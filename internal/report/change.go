package report

import (
	"cmp"
	"math"
	"slices"
)

// The changes of a thing: New.Change.
const (
	changeNew       = "new"
	changeMore      = "more"
	changeLess      = "less"
	changeStopped   = "stopped"
	changeUpgrade   = "upgrade"
	changeDowngrade = "downgrade"
)

// rhythm is what a silence must have been shorter than, in seconds, to be told of a
// log of which not yet a week is the past: whatever pauses longer may pause for
// each night, or each weekend.
const rhythm = 6 * 3600

// A change compares the last part of a Log with what was before.
type change struct {
	log          *Log
	since        int64
	coarse, fine axis
	holes        []hole
}

func (l *Log) change(since int64) *change {
	return &change{l, since, l.coarse(), l.axis(fineColumns), l.holes()}
}

// course is that of a trend on an axis, without the columns that are in holes.
func (c *change) course(t *trend, a axis) course {
	whole := course{t.on(a), a.column(c.since), float64(c.log.last+1-c.since) / float64(a.step)}
	for _, h := range slices.Backward(c.holes) {
		whole.cut(a.column(h.from+a.step-1), a.column(h.to))
	}
	return whole
}

// past is how much there is of the time before the last part, in seconds.
func (c *change) past() int64 { return c.covered(c.log.first, c.since) }

// longest is the longest pause by which one can tell that something stopped, in
// columns of an axis; 0: one cannot.
func (c *change) longest(a axis) int {
	switch {
	case c.past() < day:
		return 0
	case c.past() < lastPart:
		return int(rhythm / a.step)
	}
	return a.used
}

// item is a thing with its numbers; its name is not yet filled in.
func (c *change) item(what, change string, seen Seen, t *trend) New {
	at := t.on(c.coarse)
	split := c.coarse.column(c.since)
	n := New{What: what, Change: change, Count: sum(at[split:]), Seen: seen, Timeline: at}
	from, to, end := c.log.first, c.since, c.log.last+1
	switch {
	case change == changeNew && seen.First != nil:
		n.Now = c.perDay(n.Count, max(c.since, seen.First.Unix()), end)
	case change == changeStopped && seen.Last != nil:
		n.Before = c.perDay(sum(at), seen.First.Unix(), seen.Last.Unix()+1)
	default:
		n.Before, n.Now = c.perDay(sum(at[:split]), from, to), c.perDay(n.Count, c.since, end)
	}
	return n
}

// perDay is a rate; of less than a day nobody knows what it would have become.
func (c *change) perDay(n int, from, to int64) float64 {
	return float64(n) / max(1, c.days(from, to))
}

// days are those of a time that are in no hole.
func (c *change) days(from, to int64) float64 { return float64(c.covered(from, to)) / day }

// sortedItems puts the greatest change first.
func sortedItems(items []New) []New {
	slices.SortStableFunc(items, func(a, b New) int {
		return cmp.Or(cmp.Compare(b.weight(), a.weight()), cmp.Compare(a.Name, b.Name))
	})
	return items
}

// weight is by how many events a day a thing changed.
func (n New) weight() float64 { return max(n.Now-n.Before, n.Before-n.Now) }

// A population is the things of one sort, of which some come and some go all the
// time: a newcomer, or one that left, is told only where it is greater than those
// of before.
type population struct {
	*change
	courses         []course
	came, left      float64 // the most bursts of a newcomer before, and of one that left
	newcomers, gone int
	most            int // events of anything
	before, now     int // events of all
}

// things finds the changes in a sort of things that come and go.
func things[K comparable, M any](c *change, what string, list []tally[K, M], of func(*tally[K, M]) *trend, name func(*tally[K, M]) string) []New {
	p := population{change: c}
	var items []New
	for i := range list {
		p.learn(c.course(of(&list[i]), c.coarse))
	}
	for i := range list {
		t := &list[i]
		change := p.changed(p.courses[i])
		if change == "" {
			continue
		}
		item := c.item(what, change, t.seen(), of(t))
		item.Name = name(t)
		if item.Name != "" && item.weight() >= p.least() {
			items = append(items, item)
		}
	}
	return sortedItems(items)
}

// matters is how much of all events of a sort a change must be to be told: what is
// no accident may still be nothing beside the rest.
const matters = 0.01

// least is the least change of a rate that is told.
func (p *population) least() float64 {
	return matters * max(p.perDay(p.before, p.log.first, p.since), p.perDay(p.now, p.since, p.log.last+1))
}

// learn takes the course of each thing.
func (p *population) learn(c course) {
	p.courses = append(p.courses, c)
	p.before += sum(c.before())
	p.now += sum(c.now())
	length := int(math.Ceil(c.length))
	_, most := stretches(c.before(), length)
	p.most = max(p.most, most)
	first, last := c.ends()
	if first >= length && first < c.split {
		p.newcomers++
		p.came = max(p.came, bursts(c.counts[first:min(first+length, c.split)]))
	}
	if last >= 0 && last < c.split-length {
		p.gone++
		p.left = max(p.left, bursts(c.atLast()))
	}
}

// usual is how many of a sort must have come or gone that one can say they do.
const usual = 3

// changed is what became of a thing; "" for nothing that is worth telling.
func (p *population) changed(c course) string {
	switch {
	case c.isNew() && (p.newcomers < usual || bursts(c.now()) >= twice*p.came), p.isFlood(c):
		return changeNew
	case p.past() < day:
		return ""
	case c.isMore():
		return changeMore
	case c.stopped(p.longest(p.coarse), surprise):
		if p.gone < usual || bursts(c.atLast()) >= twice*p.left {
			return changeStopped
		}
	case c.isLess():
		return changeLess
	}
	return ""
}

// isFlood says whether a thing came in one burst that was much greater than whatever
// anything of the sort did before.
func (p *population) isFlood(c course) bool {
	now := sum(c.now())
	return sum(c.before()) == 0 && now >= max(floodLeast, flood*p.most) && p.most > 0
}
