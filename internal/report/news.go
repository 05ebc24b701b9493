package report

import (
	"cmp"
	"slices"
	"time"

	"sshsieve/internal/sshd"
)

// How long the last part of a log is, in seconds: a week, where there is another
// to compare it with, since what is new in a longer one is lost among what comes
// with each week. Of a log that is shorter than shortest nothing can be said to be
// new.
const (
	day      = 24 * 3600
	lastPart = 7 * day
	shortest = 4 * 3600
)

// newsShown is how many things of one sort are told.
const newsShown = 20

// lastSince is when the last part begins; 0 where there is none, or next to nothing
// before it: then all would be new.
func (l *Log) lastSince() int64 {
	since := l.partSince()
	if since != 0 && l.isThin(since) {
		return 0
	}
	return since
}

// Below thinColumns columns and thinShare of the lines, what was before is one of
// those lines whose clock nobody had set, or the end of an old file.
const (
	thinColumns = 3
	thinShare   = 0.05
)

// isThin says whether nearly all of the log is of the last part.
func (l *Log) isThin(since int64) bool {
	c := course{counts: l.all.on(l.coarse()), split: l.coarse().column(since)}
	before, now := lit(c.before()), lit(c.now())
	few := float64(sum(c.before())) < thinShare*float64(sum(c.counts))
	return 4*before < now || before < thinColumns && few
}

// lit is how many columns have something.
func lit(counts []int) int {
	n := 0
	for _, count := range counts {
		n += min(count, 1)
	}
	return n
}

// partSince is when the last part begins: with a column of the coarse axis, and of
// several days with a day.
func (l *Log) partSince() int64 {
	span := l.last - l.first
	if l.series.rows == nil || span < shortest {
		return 0
	}
	part, step := span/4, l.coarse().step
	if span >= 2*lastPart {
		part = lastPart
	}
	if step > day {
		return floor(l.last-part, step)
	}
	if part >= 3*day {
		step = day
	}
	return floor(l.last-part+step/2, step)
}

// The sorts of news, the most important first: the order of News.Items.
var sorts = []string{"login", "key", "source", "user", "host", "openssh", "restart", "lockout", "net", "name", "kind", "wording"}

// fillNews tells what changed in the last part of the log.
func (l *Log) fillNews(p *Page, showNames bool) {
	since := l.lastSince()
	if since == 0 {
		return
	}
	c := l.change(since)
	p.News = &News{Since: time.Unix(since, 0).UTC(), Items: []New{}, More: map[string]int{}, left: map[string]int{}, Rates: c.rates()}
	p.News.add(c.logins())
	p.News.add(c.users())
	p.News.add(c.hosts())
	p.News.add(c.software())
	p.News.add(c.restarts())
	p.News.add(c.nets())
	p.News.add(c.names(showNames))
	p.News.add(c.kinds())
	p.News.add(c.wordings())
	p.News.Headline = p.News.headline()
}

// add takes items of one or several sorts, of one sort the most important first.
func (n *News) add(items []New) {
	shown, said := map[string]int{}, map[string]bool{}
	for _, item := range items {
		who := item.What + item.Change + " " + item.subject()
		if shown[item.What]++; shown[item.What] <= newsShown {
			n.Items = append(n.Items, item)
		} else if n.More[item.What]++; !said[who] {
			n.left[item.What+item.Change]++
		}
		said[who] = true
	}
	slices.SortStableFunc(n.Items, func(a, b New) int {
		return cmp.Compare(slices.Index(sorts, a.What), slices.Index(sorts, b.What))
	})
}

// subject is what a sentence about an item names.
func (n New) subject() string {
	switch n.What {
	case "key", "source", "lockout":
		return cmp.Or(n.User, n.Source)
	}
	return n.Name
}

// rates compares how many events a day there were of each category. Lines of
// other programs may begin before the first event, and end behind the last.
func (c *change) rates() []Rate {
	l := c.log
	before, now := c.days(l.first, c.since), c.days(c.since, l.last+1)
	rates := []Rate{}
	for _, category := range sshd.Categories() {
		if l.categories[category] > 0 {
			line := l.series.of(category)
			split := min(max(0, l.series.axis().column(c.since)), len(line))
			rates = append(rates, Rate{category.String(), float64(sum(line[:split])) / before, float64(sum(line[split:])) / now})
		}
	}
	return rates
}

func sum(list []int) int {
	total := 0
	for _, n := range list {
		total += n
	}
	return total
}
