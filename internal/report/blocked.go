package report

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
	"sshsieve/internal/sshd"
)

// maxBlocked is how many different blocks a Log remembers.
const maxBlocked = 4_096

// A block is what kept somebody out. Mails leave out what happens while they are
// quiet; this is what the log itself holds.
type block struct {
	category   sshd.Category // Negotiation, Denied or Throttle
	kind       string        // of the message table
	user, host string        // user is "" where nobody is named
	source     netip.Addr
}

func (b block) clone() block {
	b.user, b.host = strings.Clone(b.user), strings.Clone(b.host)
	return b
}

// keyHelper may keep nobody out: only what stands beside it tells.
const keyHelper = "key-helper-failed"

// addBlock counts an Event that kept somebody out, if it did.
func (l *Log) addBlock(e *sshd.Event, n int, at int64) {
	if e.Row == nil || !l.mayBlock(e) || e.Row.Kind == unsafeClient || e.Row.Kind == keyHelper {
		return
	}
	b := block{category: e.Category, kind: e.Row.Kind, user: e.User, host: e.Record.Host, source: e.Addr}
	if c := e.Conn; c != nil {
		if c.LoggedIn {
			return // another key or method let the user in
		}
		if !b.source.IsValid() {
			b.source = c.Addr
		}
		if !e.HasUser {
			b.user = c.User
		}
	}
	if !b.source.IsValid() || len(b.user) > maxTried {
		return
	}
	b.source, b.host = attention.Fold(b.source), clip(b.host)
	l.blocks.count(b, n, at)
}

// mayBlock says whether an Event may keep a user out. What sshd turns away by itself
// are mostly strangers, who would fill the memory: it counts where somebody has
// logged in from.
func (l *Log) mayBlock(e *sshd.Event) bool {
	switch e.Category {
	case sshd.Negotiation, sshd.Denied:
		return true
	case sshd.Throttle:
		i, ok := l.sources.index[attention.Fold(e.Addr)]
		return ok && l.sources.items[i].accepted > 0
	}
	return false
}

// blocksByPlace sorts what the Log holds by host and source.
func (l *Log) blocksByPlace() map[string]map[string][]tally[block, none] {
	hosts := map[string]map[string][]tally[block, none]{}
	for _, t := range l.blocks.items {
		if hosts[t.key.host] == nil {
			hosts[t.key.host] = map[string][]tally[block, none]{}
		}
		source := sourceName(t.key.source)
		hosts[t.key.host][source] = append(hosts[t.key.host][source], t)
	}
	return hosts
}

// blocksOf are those of a Lockout's source on its host, or everywhere if it says so;
// none of hosts that the Page leaves out.
func (p *Page) blocksOf(l *Lockout) []tally[block, none] {
	var list []tally[block, none]
	for i := range p.Hosts {
		if p.Hosts[i].Name == l.Host || l.Reason == "policy-everywhere" {
			list = append(list, p.Hosts[i].blocks[l.Source]...)
		}
	}
	return list
}

// correct counts what the log holds of a Lockout, where its lines tell: at
// least that often it happened.
func (p *Page) correct(l *Lockout) {
	list := slices.DeleteFunc(p.blocksOf(l), func(t tally[block, none]) bool { return !l.isBy(t.key) })
	if len(list) == 0 || list[0].key.category == sshd.Denied && severalKinds(list) {
		return // which of them the Lockout means, it does not say
	}
	n := 0
	for i := range list {
		n += list[i].lines
		l.widen(list[i].seen())
	}
	if p.Forgotten["locked_out"] > 0 || l.Reason == "defences" {
		n = max(n, l.Count)
	}
	l.Count = n
}

func severalKinds(list []tally[block, none]) bool {
	return slices.ContainsFunc(list, func(t tally[block, none]) bool { return t.key.kind != list[0].key.kind })
}

// isBy says whether a block is of the sort that the Lockout is about, and of its
// users. What a client has no algorithm for comes before it names a user.
func (l *Lockout) isBy(b block) bool {
	named := slices.Contains(l.Users, notice.UserName(b.user, true, false))
	switch l.Rule + "/" + l.Reason {
	case "locked-out/negotiation":
		return b.category == sshd.Negotiation && b.user == ""
	case "locked-out/algorithm":
		return b.category == sshd.Negotiation && named
	case "locked-out/defences":
		return b.category == sshd.Throttle
	case "locked-out/policy", "locked-out/policy-everywhere", "locked-out/key-file", "credential-refused/refused":
		return b.category == sshd.Denied && named
	}
	return false
}

// widen makes First and Last hold a time that the log has.
func (l *Lockout) widen(s Seen) {
	if s.First == nil {
		return
	}
	if s.First.Before(l.First.Truncate(time.Second)) {
		l.First = *s.First
	}
	if s.Last.After(l.Last) {
		l.Last = *s.Last
	}
}
