package watch

import (
	"cmp"
	"context"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"sshsieve/internal/attention"
)

const (
	// mostSources is how many source keys a batch writes, guessed from or not
	// known for a login. Of guessers those with the fewest failures are left out:
	// where one of these got in, and the batches overtook each other, the login is
	// judged without them; who guesses cannot choose that order.
	mostSources = 64
	// mostLookups is how many sources beyond these are looked up, which costs
	// a fifth of a write (DynamoDB on-demand pricing: 0.125 against 0.625 USD a
	// million), so that a storm of scanners does not hide a user's lock-out.
	mostLookups = 512
	// most64s is how many /64s of one IPv6 /48 a batch may name before they
	// are taken for one source: a /48 is what one customer gets (RFC 6177).
	most64s = 16
)

// chooseKeys bounds the source keys of an Observation, in its order. A key that
// can fire a rule for people is never dropped for one that is only guessed from.
func (r *run) chooseKeys(ctx context.Context) error {
	r.folded = fold48(&r.seen, &r.Config)
	var sources []attention.Key
	for _, k := range r.seen.Keys {
		if k.Kind == attention.Source {
			sources = append(sources, k)
		}
	}
	if len(sources) <= mostSources {
		return nil
	}
	drop, err := r.dropped(ctx, sources)
	if err != nil {
		return err
	}
	r.result.Dropped = len(drop)
	r.seen.Keys = slices.DeleteFunc(r.seen.Keys, func(k attention.Key) bool { return drop[k] })
	return nil
}

// dropped chooses the sources that the batch does not write.
func (r *run) dropped(ctx context.Context, sources []attention.Key) (map[attention.Key]bool, error) {
	ranked := make([]rankedKey, len(sources))
	for i, k := range sources {
		ranked[i] = rankedKey{k, weigh(r.seen.Marks[k], &r.Config), failures(r.seen.Marks[k])}
	}
	slices.SortStableFunc(ranked, func(a, b rankedKey) int {
		return cmp.Or(cmp.Compare(a.weight, b.weight), cmp.Compare(b.failures, a.failures))
	})
	drop := make(map[attention.Key]bool, len(sources))
	for i, k := range ranked[mostSources:] {
		if k.weight == login || k.weight == refused && i < mostLookups && r.isKnown(ctx, k.Key) {
			continue
		}
		drop[k.Key] = true
	}
	return drop, r.blind
}

// A rankedKey is a source with what decides whether it is written.
type rankedKey struct {
	attention.Key
	weight   weight
	failures int
}

// isKnown says whether somebody logged in from a source before.
func (r *run) isKnown(ctx context.Context, k attention.Key) bool {
	return slices.ContainsFunc(r.source(ctx, k.Name).Marks, func(m attention.Mark) bool { return m.What == attention.Login })
}

// weight is what a source's Marks can mean for people, the most first.
type weight int

const (
	login   weight = iota // somebody got in, or guesses from inside
	refused               // somebody could not: a user, if the source is known
	guessed               // somebody tries passwords
)

func weigh(marks []attention.Mark, config *attention.Config) weight {
	w := guessed
	for i := range marks { // a Mark is large
		switch m := &marks[i]; m.What {
		case attention.Login:
			return login
		case attention.Failure:
			if config.IsInside(m.Source) {
				return login // guessing-inside is for people
			}
		default:
			w = min(w, refused)
		}
	}
	return w
}

func failures(marks []attention.Mark) (n int) {
	for i := range marks {
		n += max(1, marks[i].Times)
	}
	return n
}

// fold48 takes the /64s of an IPv6 /48 that are only guessed from for one
// source, where there are many: its first /64 stands for all. It returns these.
func fold48(o *attention.Observation, config *attention.Config) (folded []attention.Key) {
	bySite := map[netip.Addr][]attention.Key{}
	for _, k := range o.Keys {
		if site, ok := siteOf(k); ok && weigh(o.Marks[k], config) == guessed {
			bySite[site] = append(bySite[site], k)
		}
	}
	for _, site := range slices.SortedFunc(maps.Keys(bySite), netip.Addr.Compare) {
		whole := attention.Key{Kind: attention.Source, Name: site.String()}
		if len(bySite[site]) > most64s && weigh(o.Marks[whole], config) == guessed {
			foldInto(o, whole, bySite[site])
			folded = append(folded, whole)
		}
	}
	return folded
}

// siteOf is the first address of the /48 that a source is in.
func siteOf(k attention.Key) (netip.Addr, bool) {
	if k.Kind != attention.Source || !strings.Contains(k.Name, ":") {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(k.Name)
	if err != nil || !a.Is6() || a.Is4In6() {
		return netip.Addr{}, false
	}
	p, err := a.Prefix(48)
	return p.Addr(), err == nil
}

// foldInto moves the Marks of some keys to one, in whose place they stand.
func foldInto(o *attention.Observation, site attention.Key, keys []attention.Key) {
	at := slices.Index(o.Keys, keys[0])
	var marks []attention.Mark
	for _, k := range keys {
		for _, m := range o.Marks[k] {
			m.Source, _ = netip.ParseAddr(site.Name)
			marks = append(marks, m)
		}
		delete(o.Marks, k)
	}
	o.Marks[site] = append(o.Marks[site], marks...)
	folded := make(map[attention.Key]bool, len(keys))
	for _, k := range keys {
		folded[k] = k != site
	}
	o.Keys = slices.DeleteFunc(o.Keys, func(k attention.Key) bool { return folded[k] })
	if !slices.Contains(o.Keys, site) {
		o.Keys = slices.Insert(o.Keys, min(at, len(o.Keys)), site)
	}
}
