package report

import (
	"cmp"
	"slices"
	"time"

	"sshsieve/internal/notice"
	"sshsieve/internal/sshd"
)

// How long the last part of a log is, in seconds: what is new in a longer one is
// lost among what comes with each week, and of a log that is shorter than
// shortest nothing can be said to be new.
const (
	lastPart = 7 * 24 * 3600
	shortest = 4 * 3600
)

// newsShown is how many things of one sort are told.
const newsShown = 20

// lastSince is when the last part begins, at the beginning of a step of the
// Timeline; 0 where there is none.
func (l *Log) lastSince() int64 {
	span := l.last - l.first
	if l.series.step == 0 || span < shortest {
		return 0
	}
	return floor(l.last-min(lastPart, span/4), l.series.step)
}

// fillNews tells what came up in the last part of the log.
func (l *Log) fillNews(p *Page) {
	since := l.lastSince()
	if since == 0 {
		return
	}
	p.News = &News{Since: time.Unix(since, 0).UTC(), Items: []New{}, Rates: l.rates(since)}
	for _, items := range [][]New{l.newLogins(), l.newHosts(), l.newKinds(), l.newWordings(), l.newNets()} {
		p.News.add(items)
	}
}

// add takes those of one or several sorts that are new, of each sort the most
// frequent, in the order of time.
func (n *News) add(items []New) {
	bySort := map[string][]New{}
	var sorts []string
	for _, item := range items {
		if item.First == nil || item.First.Before(n.Since) {
			continue
		}
		if bySort[item.What] == nil {
			sorts = append(sorts, item.What)
		}
		bySort[item.What] = append(bySort[item.What], item)
	}
	for _, sort := range sorts {
		n.Items = append(n.Items, firstNews(bySort[sort])...)
	}
}

func firstNews(items []New) []New {
	slices.SortStableFunc(items, func(a, b New) int { return cmp.Compare(b.Count, a.Count) })
	items = items[:min(len(items), newsShown)]
	slices.SortStableFunc(items, func(a, b New) int { return a.First.Compare(*b.First) })
	return items
}

// newLogins are accounts, credentials and sources, each with its first login.
// Where logins were forgotten nobody knows which of them are new.
func (l *Log) newLogins() []New {
	if l.logins.forgotten > 0 {
		return nil
	}
	var items []New
	for _, sort := range []struct {
		what string
		name func(login) string
	}{
		{"login", func(k login) string { return notice.UserName(k.user, true, false) }},
		{"key", func(k login) string { return showTo(k.key, maxKeyed) }},
		{"source", func(k login) string { return sourceName(k.source) }},
	} {
		items = append(items, l.firstLogins(sort.what, sort.name)...)
	}
	return items
}

// firstLogins puts the logins together by name.
func (l *Log) firstLogins(what string, name func(login) string) []New {
	var items []New
	at := map[string]int{}
	for _, t := range l.logins.items {
		key := name(t.key)
		if key == "" {
			continue
		}
		i, ok := at[key]
		if !ok {
			i = len(items)
			at[key] = i
			items = append(items, New{What: what, Name: key, User: notice.UserName(t.key.user, true, false)})
		}
		items[i].Count += t.lines
		items[i].Seen = items[i].Seen.with(t.seen())
	}
	return items
}

// with is from the earlier first to the later last.
func (s Seen) with(o Seen) Seen {
	if s.First == nil {
		return o
	}
	if o.First != nil && o.First.Before(*s.First) {
		s.First = o.First
	}
	if o.Last != nil && o.Last.After(*s.Last) {
		s.Last = o.Last
	}
	return s
}

func (l *Log) newHosts() []New {
	return newOf(l.hosts, "host", func(name string) string { return show(name) })
}

func (l *Log) newWordings() []New {
	return newOf(l.shapes, "wording", func(shape string) string { return showTo(shape, maxShape) })
}

// newOf lists everything that a top holds, if it holds everything.
func newOf[K comparable, M any](t *top[K, M], what string, name func(K) string) []New {
	if t.forgotten > 0 {
		return nil
	}
	var items []New
	for _, item := range t.items {
		items = append(items, New{What: what, Name: name(item.key), Count: item.lines, Seen: item.seen()})
	}
	return items
}

func (l *Log) newKinds() []New {
	var items []New
	for _, row := range sshd.Rows() { // a stable order
		r, ok := l.kinds[row]
		if !ok {
			continue
		}
		item := New{What: "kind", Name: row.Kind}
		for _, k := range r.kinds {
			item.Count += k.lines
			item.Seen = item.Seen.with(k.seen())
		}
		items = append(items, item)
	}
	return items
}

// newNets are those that passwords were tried from.
func (l *Log) newNets() []New {
	if l.nets.forgotten > 0 {
		return nil
	}
	var items []New
	for _, t := range l.nets.items {
		if t.attempts > 0 {
			items = append(items, New{What: "net", Name: t.key.String(), Count: t.attempts, Seen: t.seen()})
		}
	}
	return items
}

// rates compares how many events a day there were of each category. Lines of
// other programs may begin before the first event, and end behind the last.
func (l *Log) rates(since int64) []Rate {
	s := &l.series
	split := min(max(0, int((since-s.start)/s.step)), s.used)
	before, now := days(l.first, since), days(since, l.last+1)
	rates := []Rate{}
	for _, c := range sshd.Categories() {
		if l.categories[c] > 0 {
			line := s.of(c)
			rates = append(rates, Rate{c.String(), float64(sum(line[:split])) / before, float64(sum(line[split:])) / now})
		}
	}
	return rates
}

func days(from, to int64) float64 { return float64(to-from) / (24 * 3600) }

func sum(list []int) int {
	total := 0
	for _, n := range list {
		total += n
	}
	return total
}
