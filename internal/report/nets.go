package report

import (
	"cmp"
	"math/bits"
	"net/netip"
	"slices"

	"sshsieve/internal/notice"
)

// A netMore is what else is kept of a net.
type netMore struct {
	addresses [4]uint64 // a bit for each of 256: see part
	names     [8]tried
	used      int   // of names
	others    bool  // were tried, too
	trend     trend // of failed attempts
}

// tried is a name, and how many attempts failed with it.
type tried struct {
	name string
	n    int
}

// Lengths of the prefixes by which sources are put together: what one customer
// of a hosting company is given is rarely larger, and attacks come from all over
// it (RFC 6177 for the /48).
const (
	bits4 = 24
	bits6 = 48
)

// netOf is the net of a folded address.
func netOf(a netip.Addr) netip.Prefix {
	n := bits4
	if a.Is6() {
		n = bits6
	}
	p, err := a.Prefix(n)
	if err != nil {
		return netip.Prefix{} // no address: it does not come here
	}
	return p
}

// part is which of 256 of its net an address is: the last byte of IPv4, and of
// IPv6 that of the number of the /64.
func part(a netip.Addr) byte {
	if a.Is4() {
		return a.As4()[3]
	}
	return a.As16()[7]
}

// see notes an address.
func (m *netMore) see(a netip.Addr) {
	p := part(a)
	m.addresses[p/64] |= 1 << (p % 64)
}

// count is how many addresses were noted.
func (m *netMore) count() int {
	n := 0
	for _, word := range m.addresses {
		n += bits.OnesCount64(word)
	}
	return n
}

// maxTried is the longest name that is kept for a net, in bytes: useradd(8) takes
// 32.
const maxTried = 64

// try counts failed attempts with a name, which must outlive the batch. When all
// places are taken, counts may become too low, and never too high: see replace.
func (m *netMore) try(name string, n int) {
	if len(name) > maxTried {
		m.others = true
		return
	}
	for i := range m.names[:m.used] {
		if m.names[i].name == name {
			m.names[i].n += n
			return
		}
	}
	if m.used < len(m.names) {
		m.names[m.used] = tried{name, n}
		m.used++
		return
	}
	m.others = true
	m.replace(name, n)
}

// replace lowers all names by what the rarest has, as J. Misra and D. Gries do
// ("Finding repeated elements", 1982), and puts the new one in a place that is
// free then.
func (m *netMore) replace(name string, n int) {
	least := 0
	for i := range m.names {
		if m.names[i].n < m.names[least].n {
			least = i
		}
	}
	lower := min(n, m.names[least].n)
	for i := range m.names {
		m.names[i].n -= lower
	}
	if n > lower {
		m.names[least] = tried{name, n - lower}
	}
}

// namesOfNet is how many names a net shows.
const namesOfNet = 5

// fillNets tells which networks others came from.
func (l *Log) fillNets(p *Page, showNames bool) {
	p.Nets = []Net{}
	for _, t := range capped(p, "nets", byFailures(l.nets.sorted()), maxNetsShown) {
		n := Net{Net: t.key.String(), Addresses: t.more.count(), Events: t.lines, Failed: t.attempts, Accepted: t.accepted, Seen: t.seen(), Timeline: t.more.trend.on(l.coarse())}
		n.Names, n.MoreNames = l.namesOf(&t.more, showNames)
		p.Nets = append(p.Nets, n)
	}
}

// namesOf lists the names of a net as they may be shown: many may become one.
func (l *Log) namesOf(m *netMore, showNames bool) (names []Count, others bool) {
	names = []Count{}
	for _, t := range m.names[:m.used] {
		names = addTo(names, l.shownName(t.name, showNames), t.n)
	}
	slices.SortStableFunc(names, func(a, b Count) int { return cmp.Compare(b.Count, a.Count) })
	if m.others {
		for i := range names {
			names[i].Count = 0 // not exact: see try
		}
	}
	shown := min(len(names), namesOfNet)
	return names[:shown], m.others || shown < len(names)
}

// shownName is a name that was tried; those that are hidden are one.
func (l *Log) shownName(name string, showNames bool) string {
	exists := false
	if i, ok := l.users.index[name]; ok {
		exists = l.users.items[i].exists
	}
	if !notice.ShowsName(name, exists, showNames) {
		return HiddenNames
	}
	return notice.UserName(name, exists, showNames)
}

// addTo counts n more of a name in a short list.
func addTo(list []Count, name string, n int) []Count {
	for i := range list {
		if list[i].Name == name {
			list[i].Count += n
			return list
		}
	}
	if n == 0 {
		return list
	}
	return append(list, Count{name, n})
}
