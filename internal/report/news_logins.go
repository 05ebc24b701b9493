package report

import (
	"cmp"
	"net/netip"
	"slices"

	"sshsieve/internal/syslog"
)

// roaming is from how many sources an account must have been logged in to that one
// more is no news.
const roaming = 4

// A habit is how an account was logged in to before.
type habit struct {
	credentials map[string]bool
	sources     map[netip.Addr]bool
	nets        map[netip.Prefix]bool
}

// logins are first logins: to an account, else by a credential, else from a source.
// Where logins were forgotten nobody knows which of them are first ones, and lines
// that a stranger may have written tell none.
func (c *change) logins() []New {
	if c.log.logins.forgotten > 0 || c.past() < day {
		return nil // of hours, everybody is new
	}
	all := slices.DeleteFunc(slices.Clone(c.log.logins.items), func(t tally[login, loginMore]) bool { return t.key.trust == syslog.Peer })
	slices.SortStableFunc(all, func(a, b tally[login, loginMore]) int {
		return cmp.Or(cmp.Compare(a.first, b.first), a.key.compare(b.key))
	})
	habits := map[string]*habit{}
	var items []New
	for i := range all {
		t := &all[i]
		h := habits[t.key.user]
		what := h.lacks(t.key)
		if h == nil {
			h = &habit{map[string]bool{}, map[netip.Addr]bool{}, map[netip.Prefix]bool{}}
			habits[t.key.user] = h
		}
		h.learn(t.key)
		if what != "" && t.first >= c.since {
			items = append(items, c.login(what, t))
		}
	}
	return items
}

// compare orders logins in some way that is always the same.
func (k login) compare(o login) int {
	return cmp.Or(cmp.Compare(k.user, o.user), k.source.Compare(o.source), cmp.Compare(k.credential(), o.credential()),
		cmp.Compare(k.method, o.method), cmp.Compare(k.trust, o.trust))
}

// credential is what a login was by: a key, else what the method asks for. Of a
// certificate it is the authority, since many are made anew each day.
func (k login) credential() string {
	if k.authority != "" {
		return "CA " + k.authority
	}
	return cmp.Or(k.key, k.method)
}

// lacks is the sort of news that a login is; "" for none.
func (h *habit) lacks(k login) string {
	switch {
	case h == nil:
		return "login"
	case !h.credentials[k.credential()]:
		return "key"
	case k.source.IsValid() && !h.nets[netOf(k.source)] && len(h.sources) < roaming:
		return "source"
	}
	return ""
}

func (h *habit) learn(k login) {
	h.credentials[k.credential()] = true
	if k.source.IsValid() {
		h.sources[k.source] = true
		h.nets[netOf(k.source)] = true
	}
}

// login is a first login as an item.
func (c *change) login(what string, t *tally[login, loginMore]) New {
	user, source, key := accountName(t.key.user), sourceName(t.key.source), showTo(t.key.credential(), maxKeyed)
	item := New{What: what, Change: changeNew, User: user, Source: source, Key: key, Count: t.lines, Seen: t.seen()}
	switch what {
	case "login":
		item.Name = user
	case "key":
		item.Name = key
	case "source":
		item.Name = source
	}
	if len(t.more.hosts) == 1 {
		item.Host = show(t.more.hosts[0])
	}
	return item
}
