package report

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// hosts are those that began to write, and those that are silent. Where hosts come
// and go, as in a fleet that scales by itself, that is no news.
func (c *change) hosts() []New {
	if c.log.hosts.forgotten > 0 {
		return nil
	}
	var began, ended []New
	came, left := 0, 0 // in the time before
	for i := range c.log.hosts.items {
		t := &c.log.hosts.items[i]
		if t.first == 0 {
			continue
		}
		part := c.log.last - c.since
		switch {
		case t.first >= c.since:
			began = append(began, c.host(t, changeNew))
		case c.course(&t.more.trend, c.fine).stopped(c.longest(c.fine), surpriseOfOne):
			ended = append(ended, c.host(t, changeStopped))
		case t.last < c.since-part:
			left++
		}
		if t.first < c.since && t.first > c.log.first+part {
			came++
		}
	}
	if came >= usual || c.past() < day {
		began = nil
	}
	if left >= usual {
		ended = nil
	}
	return append(sortedItems(ended), sortedItems(began)...)
}

func (c *change) host(t *tally[string, hostMore], change string) New {
	item := c.item("host", change, t.seen(), &t.more.trend)
	item.Name = show(t.key)
	return item
}

// software are hosts whose sshd became another.
func (c *change) software() []New {
	if c.log.hosts.forgotten > 0 {
		return nil
	}
	var items []New
	for i := range c.log.hosts.items {
		t := &c.log.hosts.items[i]
		if t.more.eras.mixed {
			continue
		}
		list := t.more.eras.dated(t.more.restarts)
		for i := 1; i < len(list); i++ {
			if list[i].first >= c.since && isExchange(list, i) {
				items = append(items, exchange(show(t.key), list[i-1], list[i]))
			}
		}
	}
	slices.SortStableFunc(items, byFirst)
	return items
}

// isExchange says whether a host became another with an era: no single connection
// says so, and what was before does not come back, as where two hosts have one name.
func isExchange(list []era, i int) bool {
	back := i+1 < len(list) && list[i-1].fits(list[i+1]) || i > 1 && list[i-2].fits(list[i])
	return list[i-1].several && list[i].several && !back
}

// exchange is one era after another.
func exchange(host string, from, to era) New {
	item := New{What: "openssh", Change: changeUpgrade, Name: host, From: from.page().text(), To: to.page().text(), Count: 1, Seen: seen(to.first, to.last)}
	if to.until != 0 && to.until < from.since {
		item.Change = changeDowngrade
	}
	return item
}

func byFirst(a, b New) int {
	return cmp.Or(a.First.Compare(*b.First), cmp.Compare(a.Name, b.Name))
}

// restarts are hosts whose sshd began to listen, and does not do so all the time.
func (c *change) restarts() []New {
	if c.log.hosts.forgotten > 0 {
		return nil
	}
	var items []New
	for i := range c.log.hosts.items {
		t := &c.log.hosts.items[i]
		times := t.more.restarts.times()
		split, _ := slices.BinarySearch(times, c.since)
		now := times[split:]
		if len(now) > 0 && t.first < c.since && c.restartsMore(&t.more.listens) {
			if len(now) == maxRestarts {
				now[0] = c.firstIn(&t.more.listens) // there may have been others
			}
			items = append(items, New{What: "restart", Change: changeNew, Name: show(t.key), Count: len(now), Seen: seen(now[0], now[len(now)-1])})
		}
	}
	slices.SortStableFunc(items, byFirst)
	return items
}

// firstIn is the first step of the last part that has something.
func (c *change) firstIn(t *trend) int64 {
	column := c.fine.column(c.since)
	for i, n := range t.on(c.fine)[column:] {
		if n > 0 {
			return c.fine.at(column + i)
		}
	}
	return c.since
}

// restartsMore says whether sshd began to listen more often than in any stretch before.
func (c *change) restartsMore(listens *trend) bool {
	all := c.course(listens, c.coarse)
	_, most := stretches(all.before(), int(math.Ceil(all.length)))
	return sum(all.now()) >= twice*most
}

// lockouts are those that began in the last part, each user's in one. Those that
// nobody is mailed about are not told: whoever knows a name can cause some.
func (n *News) lockouts(list []Lockout) []New {
	var items []New
	for _, l := range list {
		if !l.Mailed {
			continue
		}
		item := lockout(l)
		had := slices.IndexFunc(items, func(o New) bool { return o.User == item.User && (o.User != "" || o.Source == item.Source) })
		if had < 0 {
			items = append(items, item)
			continue
		}
		if item.Change == changeNew {
			items[had].Change = changeNew // still out, there
		}
		items[had].Count += item.Count
		items[had].Seen = items[had].Seen.with(item.Seen)
	}
	items = slices.DeleteFunc(items, func(item New) bool { return item.First.Before(n.Since) })
	slices.SortStableFunc(items, byFirst)
	return items
}

func lockout(l Lockout) New {
	item := New{What: "lockout", Change: changeNew, Name: whatOf(l), Source: l.Source, Host: l.Host, Count: l.Count, Seen: Seen{&l.First, &l.Last}}
	if len(l.Users) > 0 {
		item.User = l.Users[0]
	}
	if l.Again != nil {
		item.Change = changeStopped
	}
	return item
}

// with is from the earlier first to the later last.
func (s Seen) with(o Seen) Seen {
	if o.First.Before(*s.First) {
		s.First = o.First
	}
	if o.Last.After(*s.Last) {
		s.Last = o.Last
	}
	return s
}

// whatOf is the subject of a Lockout's mail, without the host and the severity in
// front of it.
func whatOf(l Lockout) string {
	_, what, ok := strings.Cut(l.What, ": ")
	if !ok {
		return l.What
	}
	return what
}
