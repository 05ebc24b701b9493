package watch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"sshsieve/internal/attention"
)

// seen is an Observation of sources, each with so many failures.
func seen(failures map[string]int) attention.Observation {
	o := attention.Observation{Marks: map[attention.Key][]attention.Mark{}}
	for source, n := range failures {
		for i := range n {
			see(&o, source, attention.Mark{What: attention.Failure, ID: uint64(i + 1)})
		}
	}
	return o
}

// see adds a Mark of a source, in the order of an Observation.
func see(o *attention.Observation, source string, m attention.Mark) {
	key := attention.Key{Kind: attention.Source, Name: source}
	m.Source = netip.MustParseAddr(source)
	if o.Marks[key] == nil {
		o.Keys = append(o.Keys, key)
		slices.SortFunc(o.Keys, func(a, b attention.Key) int { return cmp.Compare(a.Name, b.Name) })
	}
	o.Marks[key] = append(o.Marks[key], m)
}

func guessers(n int, failures func(i int) int) map[string]int {
	all := map[string]int{}
	for i := range n {
		all[fmt.Sprintf("198.51.100.%d", i)] = failures(i)
	}
	return all
}

func (r *run) chosen(t *testing.T) (names []string) {
	t.Helper()
	if err := r.chooseKeys(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, k := range r.seen.Keys {
		if k.Kind == attention.Source {
			names = append(names, k.Name)
		}
	}
	return names
}

// TestMostFailuresStay: of 200 guessing sources the 64 with most failures are
// written.
func TestMostFailuresStay(t *testing.T) {
	r := &run{Watcher: &Watcher{Memory: &Mem{}}, seen: seen(guessers(200, func(i int) int { return i + 1 }))}
	chosen := r.chosen(t)
	if len(chosen) != mostSources || r.result.Dropped != 200-mostSources {
		t.Fatalf("%d stay and %d are dropped", len(chosen), r.result.Dropped)
	}
	for i := 200 - mostSources; i < 200; i++ {
		if name := fmt.Sprintf("198.51.100.%d", i); !slices.Contains(chosen, name) {
			t.Errorf("%s with %d failures was dropped", name, i+1)
		}
	}
	if !slices.IsSorted(chosen) {
		t.Error("the order of judging was lost")
	}
}

// TestPeopleStay: a key that can fire a rule for people is never dropped for
// guessing keys, however many failures these have.
func TestPeopleStay(t *testing.T) {
	people := map[string]attention.What{
		"192.0.2.1": attention.Login, "192.0.2.2": attention.Refusal, "192.0.2.3": attention.Throttling,
		"10.0.0.1": attention.Failure, // guessing-inside
	}
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		o := seen(guessers(200, func(int) int { return 5 + rnd.IntN(50) }))
		for source, what := range people {
			see(&o, source, attention.Mark{What: what})
		}
		r := &run{Watcher: &Watcher{Memory: &Mem{}}, seen: o}
		chosen := r.chosen(t)
		for source, what := range people {
			if !slices.Contains(chosen, source) {
				t.Errorf("seed %d: %s with a mark of sort %d was dropped", seed, source, what)
			}
		}
		if len(chosen) != mostSources {
			t.Errorf("seed %d: %d stay", seed, len(chosen))
		}
	}
}

// TestKnownSourceStays: a storm of scanners that cannot negotiate does not hide
// the one client that could until today.
func TestKnownSourceStays(t *testing.T) {
	mem := &Mem{}
	r := &run{Watcher: &Watcher{Memory: mem}, seen: seen(nil)}
	known := attention.Key{Kind: attention.Source, Name: "203.0.113.250"}
	_, err := mem.Update(t.Context(), r.key(known), func(attention.History) (attention.History, []Entry) {
		return attention.History{Version: 1, Marks: []attention.Mark{{What: attention.Login, User: "bob"}}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		for n := range 3 {
			see(&r.seen, fmt.Sprintf("198.51.100.%d", i), attention.Mark{What: attention.Refusal, ID: uint64(n + 1)})
		}
	}
	see(&r.seen, known.Name, attention.Mark{What: attention.Refusal, ID: 1})
	if chosen := r.chosen(t); len(chosen) != mostSources+1 || !slices.Contains(chosen, known.Name) {
		t.Errorf("%d stay, the known source among them: %v", len(chosen), slices.Contains(chosen, known.Name))
	}
}

type noMemory struct{ Memory }

func (noMemory) Read(context.Context, Key) (attention.History, error) {
	return attention.History{}, errors.ErrUnsupported
}

// TestChoosingWithoutMemory: what cannot be looked up is not dropped silently.
func TestChoosingWithoutMemory(t *testing.T) {
	r := &run{Watcher: &Watcher{Memory: noMemory{}}, seen: seen(nil)}
	for i := range 100 {
		see(&r.seen, fmt.Sprintf("198.51.100.%d", i), attention.Mark{What: attention.Refusal})
	}
	if err := r.chooseKeys(t.Context()); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("%v, want the store's error", err)
	}
}

func TestFold48(t *testing.T) {
	sites := func(n int, of string) map[string]int {
		all := map[string]int{}
		for i := range n {
			all[fmt.Sprintf("2001:db8:%s:%x::", of, i+1)] = 2
		}
		return all
	}
	cases := []struct {
		why    string
		give   map[string]int
		also   map[string]attention.What
		keys   int
		folded string
	}{
		{"16 /64s of one /48 stay", sites(16, "7"), nil, 16, ""},
		{"17 are one source", sites(17, "7"), nil, 1, "2001:db8:7::"},
		{"one that logged in stays for itself", sites(17, "7"), map[string]attention.What{"2001:db8:7:1::": attention.Login}, 17, ""},
		{"beside 17 others it stays, too", sites(18, "7"), map[string]attention.What{"2001:db8:7:1::": attention.Login}, 2, "2001:db8:7::"},
		{"a first /64 that logged in stands for nobody else", sites(17, "7"), map[string]attention.What{"2001:db8:7::": attention.Login}, 18, ""},
		{"IPv4 is not folded", guessers(30, func(int) int { return 1 }), nil, 30, ""},
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			o := seen(c.give)
			for source, what := range c.also {
				see(&o, source, attention.Mark{What: what})
			}
			before := marksIn(&o)
			folded := fold48(&o, &attention.Config{})
			if len(o.Keys) != c.keys || len(o.Marks) != c.keys {
				t.Errorf("%d keys and %d sets of marks, want %d", len(o.Keys), len(o.Marks), c.keys)
			}
			if marksIn(&o) != before {
				t.Errorf("%d marks of %d", marksIn(&o), before)
			}
			if got := fmt.Sprint(folded); c.folded == "" && len(folded) > 0 || c.folded != "" && (len(folded) != 1 || folded[0].Name != c.folded) {
				t.Errorf("folded %s, want %q", got, c.folded)
			}
		})
	}
}

func marksIn(o *attention.Observation) (n int) {
	for _, k := range o.Keys {
		n += len(o.Marks[k])
	}
	return n
}
