package report

import (
	"cmp"
	"slices"
	"strings"

	"sshsieve/internal/notice"
	"sshsieve/internal/sshd"
)

// ranked makes a Ranking of counts of different names, in any order. total is of
// all events, of how many names there were: both tell of what was forgotten.
func ranked(counts []Count, total, of int) Ranking {
	slices.SortStableFunc(counts, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Name, b.Name))
	})
	r := Ranking{Items: counts[:min(len(counts), rankShown)], Total: total, Rest: total, Of: of}
	for _, item := range r.Items {
		r.Rest -= item.Count
	}
	return r
}

// A counter counts names one by one.
type counter map[string]int

func (c counter) list() []Count {
	list := make([]Count, 0, len(c))
	for name, n := range c {
		list = append(list, Count{name, n})
	}
	return list
}

// rankedTexts ranks texts as shown makes them: those alike then are one.
func rankedTexts(t *top[string, none], total int, shown func(string) string) Ranking {
	c := counter{}
	for _, item := range t.items {
		c[shown(item.key)] += item.lines
	}
	return ranked(c.list(), total, len(c)+t.forgotten)
}

// fillRankings tells what comes most often, of each sort.
func (l *Log) fillRankings(p *Page, showNames bool) {
	p.Attempts = l.rankedNames(showNames)
	p.Negotiation = rankedTexts(l.classes, l.categories[sshd.Negotiation], show)
	p.Reasons = rankedTexts(l.reasons, l.reasons.total, showPeers)
	p.Banners = rankedTexts(l.banners, l.banners.total, showPeers)
	p.Clients = l.rankedClients()
	p.Algorithms = l.algorithms(p)
	p.Throttle = l.rankedDrops()
	for category, ranking := range map[sshd.Category]*Ranking{
		sshd.Protocol: &p.Protocol, sshd.Disconnect: &p.Disconnect, sshd.Denied: &p.Denied,
	} {
		*ranking = l.rankedKinds(category)
	}
}

// rankedNames ranks the names tried, of which those that are hidden are one.
func (l *Log) rankedNames(showNames bool) Ranking {
	c, different, hidden := counter{}, 0, 0
	for _, u := range l.users.items {
		if u.attempts == 0 {
			continue
		}
		different++
		name := HiddenNames
		if notice.ShowsName(u.key, u.exists, showNames) {
			name = notice.UserName(u.key, u.exists, showNames)
		} else {
			hidden++
		}
		c[name] += u.attempts
	}
	r := ranked(c.list(), l.named, different+l.users.forgotten)
	r.Hidden = hidden
	return r
}

// rankedKinds ranks the messages of one category. Its other events are of no row.
func (l *Log) rankedKinds(category sshd.Category) Ranking {
	var counts []Count
	for row, r := range l.kinds {
		for _, k := range r.kinds {
			if k.key == category {
				counts = append(counts, Count{row.Kind, k.lines})
			}
		}
	}
	return ranked(counts, l.categories[category], len(counts))
}

// rankedDrops ranks what sshd turned away by itself.
func (l *Log) rankedDrops() Ranking {
	c := counter{}
	for _, d := range l.drops.items {
		name := d.key.kind
		if d.key.why != "" {
			name += ": " + show(d.key.why)
		}
		c[name] += d.lines
	}
	return ranked(c.list(), l.categories[sshd.Throttle], len(c)+l.drops.forgotten)
}

// rankedClients ranks the families of programs behind the offers.
func (l *Log) rankedClients() Ranking {
	c := counter{}
	for _, o := range l.offers.items {
		c[familyOf(o.key)] += o.lines
	}
	return ranked(c.list(), l.offers.total, len(c))
}

// familyOf names all families that make such an offer; nothing tells them apart.
func familyOf(o offer) string {
	var names []string
	for _, c := range notice.Clients(notice.Evidence{Class: o.class, Offer: o.list, Cut: o.cut}) {
		names = append(names, c.Family)
	}
	if len(names) == 0 {
		return UnknownClient
	}
	return notice.Cut(strings.Join(names, " or "), 2*maxText)
}

// algorithms counts each name that was offered in vain, or refused.
func (l *Log) algorithms(p *Page) []Algorithm {
	counts := map[Algorithm]int{}
	for _, o := range l.offers.items {
		for _, name := range namesIn(o.key) {
			counts[Algorithm{Class: show(o.key.class), Name: name}] += o.lines
		}
	}
	for _, a := range l.refused.items {
		counts[Algorithm{Class: signatureAlgorithm, Name: show(a.key)}] += a.lines
	}
	list := make([]Algorithm, 0, len(counts))
	for a, n := range counts {
		list = append(list, Algorithm{a.Class, a.Name, n})
	}
	slices.SortFunc(list, func(a, b Algorithm) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Class, b.Class), strings.Compare(a.Name, b.Name))
	})
	return capped(p, "algorithms", list, maxAlgsShown)
}

// noAlgorithms stand in offers of key exchange methods, and are none: they say
// which extensions a client or a server knows (RFC 8308, 2.2; OpenSSH PROTOCOL,
// 1.10).
var noAlgorithms = []string{"ext-info-c", "ext-info-s", "kex-strict-c-v00@openssh.com", "kex-strict-s-v00@openssh.com"}

// namesIn splits an offer into its algorithms, each once. The last one of an offer
// that was cut is torn.
func namesIn(o offer) []string {
	names := strings.Split(o.list, ",")
	if o.cut {
		names = names[:len(names)-1]
	}
	for i := range names {
		names[i] = show(strings.TrimSpace(names[i]))
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool {
		return name == "" || slices.Contains(noAlgorithms, name)
	})
}
