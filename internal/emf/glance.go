package emf

import (
	"cmp"
	"net/netip"
	"strings"
	"sync"

	"github.com/go-faster/jx"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
	"sshsieve/internal/sshd"
)

// A Glance is what stands out in a batch, for whoever studies what comes in: the
// most frequent of each, with how often. Its texts are fit to be shown: escaped,
// cut, and without the names of accounts that do not exist, which may be
// mistyped passwords. It keeps nothing of the batch.
type Glance struct {
	sources []source
	users   []tally[string] // whose login failed
	offers  []tally[offer]  // of clients that share no algorithm with sshd
	clients []tally[string] // families of programs, by these offers
	reasons []tally[string] // what a peer said when it left
	banners []tally[string] // what a peer said instead of SSH
}

// A source is a peer's address, or the first of its IPv6 /64, with how many lines
// are about it, and how many of these are failed attempts to log in.
type source struct {
	addr            netip.Addr
	lines, failures int
}

// An offer is what a client proposed of a class, and whether sshd cut its end.
type offer struct {
	class, list string
	cut         bool
}

func (o offer) clone() offer {
	return offer{strings.Clone(o.class), strings.Clone(o.list), o.cut}
}

func (o offer) compare(p offer) int {
	return cmp.Or(cmp.Compare(o.class, p.class), cmp.Compare(o.list, p.list))
}

// account is a user name as printed, and whether there is such an account.
type account struct {
	name   string
	exists bool
}

func (a account) clone() account { return account{strings.Clone(a.name), a.exists} }

func (a account) compare(b account) int { return cmp.Compare(a.name, b.name) }

const (
	mostShown  = 10  // of sources, users, families, reasons, banners
	mostOffers = 5   // which are long
	maxOffer   = 400 // characters: all that syslog keeps of one (log.c do_log)
	maxText    = 64
)

// A look is a Glance in the making.
type look struct {
	sources  frequent[netip.Addr]
	failures frequent[netip.Addr]
	users    frequent[account]
	offers   frequent[offer]
	reasons  frequent[string]
	banners  frequent[string]
	families map[offer]string // of batches before, too: bots make few offers
}

// Look glances at a batch. It takes memory for a few hundred things, however
// long the batch is.
func Look(events []sshd.Event) Glance {
	l := looks.Get().(*look)
	for i := range events {
		l.see(&events[i])
	}
	seen := l.glance()
	l.reset()
	looks.Put(l)
	return seen
}

// looks keep the room of their counts, and what they know of offers, from batch
// to batch.
var looks = sync.Pool{New: func() any {
	return &look{
		sources: newFrequent(itself), failures: newFrequent(itself),
		users: newFrequent(account.clone), offers: newFrequent(offer.clone),
		reasons: newFrequent(strings.Clone), banners: newFrequent(strings.Clone),
		families: map[offer]string{},
	}
}}

// reset forgets the batch's counts.
func (l *look) reset() {
	clear(l.sources.counts)
	clear(l.failures.counts)
	clear(l.users.counts)
	clear(l.offers.counts)
	clear(l.reasons.counts)
	clear(l.banners.counts)
}

func itself(a netip.Addr) netip.Addr { return a }

// see counts one Event. What no row knows, or another program wrote as sshd,
// tells nothing of a peer.
func (l *look) see(e *sshd.Event) {
	if e.Row == nil {
		return
	}
	n := max(e.Record.Repeat, 1)
	failure := e.Row.Attempt && e.Category != sshd.Accepted
	if e.Addr.IsValid() {
		l.seeSource(attention.Fold(e.Addr), failure, n)
	}
	if failure && e.HasUser {
		l.users.add(account{e.User, notice.AccountExists(e)}, n)
	}
	l.seeText(e, n)
}

func (l *look) seeSource(addr netip.Addr, failure bool, n int) {
	l.sources.add(addr, n)
	if failure {
		l.failures.add(addr, n)
	}
}

// seeText counts what the peer itself said.
func (l *look) seeText(e *sshd.Event, n int) {
	text := strings.TrimSpace(e.Text)
	switch {
	case text == "":
	case e.Category == sshd.Negotiation:
		l.offers.add(offer{e.Class, e.Text, e.Truncated}, n)
	case e.Category == sshd.Disconnect:
		l.reasons.add(text, n)
	case e.Category == sshd.Protocol:
		l.banners.add(text, n)
	}
}

func (l *look) glance() Glance {
	return Glance{
		sources: l.shownSources(),
		users:   l.shownUsers(),
		offers:  l.offers.top(mostOffers, offer.compare),
		clients: l.clients(),
		reasons: shownTexts(l.reasons),
		banners: shownTexts(l.banners),
	}
}

func (l *look) shownSources() []source {
	var list []source
	for _, t := range l.sources.top(mostShown, netip.Addr.Compare) {
		list = append(list, source{t.key, t.n, l.failures.counts[t.key]})
	}
	return list
}

// shownUsers are the names as they may be shown: many may become one.
func (l *look) shownUsers() []tally[string] {
	shown := newFrequent(strings.Clone)
	for _, u := range l.users.top(mostCounted, account.compare) {
		shown.add(notice.UserName(u.key.name, u.key.exists, false), u.n)
	}
	return shown.top(mostShown, strings.Compare)
}

// shownTexts are texts as they may be shown: those alike so far count together.
func shownTexts(texts frequent[string]) []tally[string] {
	shown := newFrequent(strings.Clone)
	for _, t := range texts.top(mostCounted, strings.Compare) {
		shown.add(show(t.key, maxText), t.n)
	}
	return shown.top(mostShown, strings.Compare)
}

// clients are the families of programs that make such offers. Where several do,
// they are named together; nothing tells them apart.
func (l *look) clients() []tally[string] {
	families := newFrequent(strings.Clone)
	for _, o := range l.offers.top(mostShown, offer.compare) {
		families.add(l.family(o.key), o.n)
	}
	return families.top(mostShown, strings.Compare)
}

// family is familyOf, which compares an offer with hundreds, once for each.
func (l *look) family(o offer) string {
	name, ok := l.families[o]
	if !ok {
		if len(l.families) >= mostCounted {
			clear(l.families)
		}
		name = familyOf(o)
		l.families[o] = name
	}
	return name
}

func familyOf(o offer) string {
	var names []string
	for _, c := range notice.Clients(notice.Evidence{Class: o.class, Offer: o.list, Cut: o.cut}) {
		names = append(names, c.Family)
	}
	if len(names) == 0 {
		return "unknown"
	}
	return notice.Cut(strings.Join(names, " or "), 2*maxText)
}

// write writes what there is: lists of objects, each with its count, since Logs
// Insights cannot add up members whose names are data.
func (g *Glance) write(e *jx.Encoder) {
	list(e, "sources", g.sources, func(s source) {
		str(e, "addr", s.addr.String())
		number(e, "lines", s.lines)
		number(e, "failures", s.failures)
	})
	list(e, "users", g.users, counter(e, "user"))
	list(e, "offers", g.offers, func(o tally[offer]) {
		str(e, "class", show(o.key.class, maxText))
		str(e, "offer", show(o.key.list, maxOffer))
		number(e, "count", o.n)
	})
	list(e, "clients", g.clients, counter(e, "family"))
	list(e, "reasons", g.reasons, counter(e, "reason"))
	list(e, "banners", g.banners, counter(e, "banner"))
}

func counter(e *jx.Encoder, name string) func(tally[string]) {
	return func(t tally[string]) {
		str(e, name, t.key)
		number(e, "count", t.n)
	}
}

func list[T any](e *jx.Encoder, name string, items []T, write func(T)) {
	if len(items) == 0 {
		return
	}
	e.FieldStart(name)
	e.Arr(func(e *jx.Encoder) {
		for _, item := range items {
			e.Obj(func(*jx.Encoder) { write(item) })
		}
	})
}
