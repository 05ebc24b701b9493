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

// lastSince is when the last part begins: with a column of the coarse axis, and of
// several days with a day; 0 where there is none.
func (l *Log) lastSince() int64 {
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
	p.News = &News{Since: time.Unix(since, 0).UTC(), Items: []New{}, More: map[string]int{}, left: map[string]int{}, Rates: l.rates(since)}
	c := l.change(since)
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
	shown := map[string]int{}
	for _, item := range items {
		if shown[item.What]++; shown[item.What] > newsShown {
			n.More[item.What]++
			n.left[item.What+item.Change]++
			continue
		}
		n.Items = append(n.Items, item)
	}
	slices.SortStableFunc(n.Items, func(a, b New) int {
		return cmp.Compare(slices.Index(sorts, a.What), slices.Index(sorts, b.What))
	})
}

// rates compares how many events a day there were of each category. Lines of
// other programs may begin before the first event, and end behind the last.
func (l *Log) rates(since int64) []Rate {
	before, now := days(l.first, since), days(since, l.last+1)
	rates := []Rate{}
	for _, c := range sshd.Categories() {
		if l.categories[c] > 0 {
			line := l.series.rows[c].on(l.series.axis())
			split := min(max(0, l.series.axis().column(since)), len(line))
			rates = append(rates, Rate{c.String(), float64(sum(line[:split])) / before, float64(sum(line[split:])) / now})
		}
	}
	return rates
}

func days(from, to int64) float64 { return float64(to-from) / day }

func sum(list []int) int {
	total := 0
	for _, n := range list {
		total += n
	}
	return total
}
