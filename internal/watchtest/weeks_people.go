package watchtest

import (
	"fmt"
	"net/netip"
	"time"
)

// A person logs in from where she lives or works, with what she has.
type person struct {
	name  string
	key   string // empty: by password
	from  netip.Addr
	hosts []*host
}

// newPeople makes n people of whom each has a key, an address of her own by
// place(i), and the use of all hosts.
func (w *weekWriter) newPeople(n int, place func(i int) netip.Addr, hosts []*host) []*person {
	people := make([]*person, n)
	for i := range people {
		people[i] = &person{name: personName(i), key: newKey(w.Rand), from: place(i), hosts: hosts}
	}
	return people
}

var firstNames = []string{"alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy", "mallory", "niaj", "olivia", "peggy", "rupert", "sybil", "trent", "victor", "wendy", "yusuf"}

func personName(i int) string {
	if i < len(firstNames) {
		return firstNames[i]
	}
	return fmt.Sprintf("%s%d", firstNames[i%len(firstNames)], i/len(firstNames)+1)
}

// homes are addresses of people's own, TEST-NET-3 (RFC 5737); the upper part
// of the net is for offices and the like.
func homes(i int) netip.Addr { return v4(203, 0, 113, byte(1+i%200)) }

func v4(a, b, c, d byte) netip.Addr { return netip.AddrFrom4([4]byte{a, b, c, d}) }

// work is what people do on a day: most of them log in some times on working
// days, few on the others.
func (w *weekWriter) work(midnight time.Time, people []*person) {
	weekend := midnight.Weekday() == time.Saturday || midnight.Weekday() == time.Sunday
	for _, p := range people {
		if weekend && !w.chance(12) || !weekend && w.chance(12) {
			continue
		}
		for range 1 + w.IntN(3) {
			w.visit(p, w.within(midnight.Add(8*time.Hour), 10*time.Hour))
		}
	}
}

// workAll is work for every day of history and week.
func (w *weekWriter) workAll(people []*person) {
	for _, d := range w.days() {
		w.work(d, people)
	}
}

// visit is one login, with what people do wrong before it.
func (w *weekWriter) visit(p *person, at time.Time) {
	h := p.hosts[w.IntN(len(p.hosts))]
	session := w.sessionLength()
	if p.key == "" {
		w.byPassword(p, h, at, session)
		return
	}
	switch {
	case w.chance(100): // the agent was not asked, or the passphrase forgotten
		h.connect(at, p.from, p.name).leave("authenticating")
		at = at.Add(20 * time.Second)
	case w.chance(300): // a slip of the finger
		h.connect(at, p.from, swap(p.name)).invalid().leave("invalid")
		at = at.Add(15 * time.Second)
	case w.chance(300): // an agent with too many keys
		h.connect(at, p.from, p.name).tooMany()
		at = at.Add(25 * time.Second)
	}
	h.connect(at, p.from, p.name).byKey(p.key, session)
}

// byPassword is a login by password: one in eight begins with an error, and
// now and then with two.
func (w *weekWriter) byPassword(p *person, h *host, at time.Time, session time.Duration) {
	c := h.connect(at, p.from, p.name)
	for w.chance(8) && len(c.said) < 4 {
		c.wrongPassword().after(4 * time.Second)
	}
	c.login("password", "", session)
}

// invalid is the line that says that there is no such user.
func (p *peer) invalid() *peer {
	p.say("Invalid user %[3]s from %[1]s port %[2]d")
	if !p.named {
		p.say("input_userauth_request: invalid user %[3]s [preauth]")
	}
	return p
}

// sessionLength is mostly a command of some seconds, else up to three hours.
func (w *weekWriter) sessionLength() time.Duration {
	if w.chance(3) {
		return w.within(time.Time{}, 3*time.Hour).Sub(time.Time{})
	}
	return time.Duration(1+w.IntN(90)) * time.Second
}

// swap exchanges two letters of a name.
func swap(name string) string {
	b := []byte(name)
	b[1], b[2] = b[2], b[1]
	return string(b)
}
