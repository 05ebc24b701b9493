package report

import (
	"net/netip"
	"slices"

	"sshsieve/internal/notice"
	"sshsieve/internal/sshd"
)

// users are accounts that are logged in to more, less or no more. Each is told of
// by itself: people do not come and go by chance.
func (c *change) users() []New {
	if c.log.accounts.forgotten > 0 {
		return nil
	}
	var items []New
	for i := range c.log.accounts.items {
		t := &c.log.accounts.items[i]
		change := c.changed(&t.more)
		if change == "" || change == changeStopped && !c.hearsOf(t.key, t.last) {
			continue
		}
		item := c.item("user", change, t.seen(), &t.more)
		item.Name = accountName(t.key)
		items = append(items, item)
	}
	return sortedItems(items)
}

// hearsOf says whether the log would hold a user's logins: one of the hosts that there
// were some on wrote for half of the time since, at least.
func (c *change) hearsOf(user string, last int64) bool {
	for i := range c.log.logins.items {
		t := &c.log.logins.items[i]
		if t.key.user == user && (t.more.more || slices.ContainsFunc(t.more.hosts, func(name string) bool { return c.hears(name, last) })) {
			return true
		}
	}
	return c.log.logins.forgotten > 0
}

func (c *change) hears(host string, since int64) bool {
	i, ok := c.log.hosts.index[host]
	return ok && 2*(c.log.hosts.items[i].last-since) >= c.log.last-since
}

// changed is what became of a thing that is looked at by itself, on fine columns.
func (c *change) changed(t *trend) string {
	coarse, fine := c.course(t, c.coarse), c.course(t, c.fine)
	switch {
	case fine.stopped(c.longest(c.fine), surpriseOfOne):
		return changeStopped
	case c.past() < lastPart:
		return ""
	case coarse.isMore():
		return changeMore
	case coarse.isLess():
		return changeLess
	}
	return ""
}

// nets are those that passwords were tried from, but for those of users who mistype.
func (c *change) nets() []New {
	if c.log.nets.forgotten > 0 {
		return nil
	}
	own := c.log.usersNets()
	return things(c, "net", c.log.nets.items, func(t *tally[netip.Prefix, netMore]) *trend { return &t.more.trend },
		func(t *tally[netip.Prefix, netMore]) string {
			if own[t.key] {
				return ""
			}
			return t.key.String()
		})
}

// names are those that were tried, but for those that are hidden, and those that
// users mistype with.
func (c *change) names(showNames bool) []New {
	if c.log.users.forgotten > 0 {
		return nil
	}
	mistyped := c.log.mistyped()
	return things(c, "name", c.log.users.items, func(t *tally[string, trend]) *trend { return &t.more },
		func(t *tally[string, trend]) string {
			if !notice.ShowsName(t.key, t.exists, showNames) || 2*mistyped[t.key] >= t.attempts {
				return ""
			}
			return notice.UserName(t.key, t.exists, showNames)
		})
}

func (c *change) wordings() []New {
	if c.log.shapes.forgotten > 0 {
		return nil
	}
	return things(c, "wording", c.log.shapes.items, func(t *tally[string, trend]) *trend { return &t.more },
		func(t *tally[string, trend]) string { return showTo(t.key, maxShape) })
}

// A rowKind is a kind of a row.
type rowKind = tally[*sshd.Row, trend]

// kinds are messages of the table: those that somebody has to look at when they
// came for the first time, others where it is no accident.
func (c *change) kinds() []New {
	var human, list []rowKind
	for _, row := range sshd.Rows() { // a stable order
		r, ok := c.log.kinds[row]
		if !ok || row.Kind == listening {
			continue // see restarts
		}
		for _, k := range r.kinds {
			t := rowKind{key: row, lines: k.lines, first: k.first, last: k.last, more: k.more}
			if row.Verdict == sshd.Human {
				human = append(human, t)
				continue
			}
			list = append(list, t)
		}
	}
	return append(c.newHuman(human), things(c, "kind", list, func(t *rowKind) *trend { return &t.more },
		func(t *rowKind) string { return t.key.Kind })...)
}

func (c *change) newHuman(list []rowKind) []New {
	var items []New
	for i := range list {
		t := &list[i]
		if t.first < c.since {
			continue
		}
		item := c.item("kind", changeNew, t.seen(), &t.more)
		item.Name = t.key.Kind
		items = append(items, item)
	}
	return sortedItems(items)
}
