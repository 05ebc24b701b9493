package report

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
)

func TestNetsPutAddressesTogether(t *testing.T) {
	p := gather(
		at(1, "Failed password for root from 192.0.2.7 port 4242 ssh2"),
		at(2, "Failed password for root from 192.0.2.8 port 4242 ssh2"),
		at(3, "Failed password for invalid user hunter2! from 192.0.2.8 port 4242 ssh2"),
		at(4, "Failed password for invalid user tr0ub4dor from 192.0.2.8 port 4242 ssh2"),
		at(5, "Failed password for root from 2001:db8:0:1::7 port 4242 ssh2"),
		at(6, "Failed password for root from 2001:db8:0:2::7 port 4242 ssh2"),
		at(7, "Connection closed by 198.51.100.7 port 4242 [preauth]"),
	).Page(false)
	want := []struct {
		net               string
		addresses, failed int
	}{{"192.0.2.0/24", 2, 4}, {"2001:db8::/48", 2, 2}, {"198.51.100.0/24", 1, 0}}
	if len(p.Nets) != len(want) {
		t.Fatalf("%+v", p.Nets)
	}
	for i, w := range want {
		if n := p.Nets[i]; n.Net != w.net || n.Addresses != w.addresses || n.Failed != w.failed {
			t.Errorf("net %d is %+v, want %+v", i, n, w)
		}
	}
	names := p.Nets[0].Names
	if len(names) != 2 || (names[0] != Count{"root", 2} && names[1] != Count{"root", 2}) || (names[0] != Count{HiddenNames, 2} && names[1] != Count{HiddenNames, 2}) {
		t.Errorf("names %+v, want root twice, and twice those that are hidden", names)
	}
}

// A name that is more than a ninth of all attempts is among the names of its net,
// and no count is too high.
func TestNamesOfANet(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 0))
		var m netMore
		want, total := map[string]int{}, 0
		for range 300 {
			name, n := fmt.Sprint("n", random.ExpFloat64()*4)[:3], 1+random.IntN(5)
			m.try(name, n)
			want[name] += n
			total += n
		}
		got := map[string]int{}
		for _, x := range m.names[:m.used] {
			got[x.name] += x.n
			if x.n > want[x.name] {
				t.Fatalf("seed %d: %s was tried %d times, not %d", seed, x.name, want[x.name], x.n)
			}
		}
		for name, n := range want {
			if n > total/(len(m.names)+1) && got[name] == 0 {
				t.Errorf("seed %d: %s is missing, with %d of %d", seed, name, n, total)
			}
		}
		if m.others != (len(want) > len(m.names)) {
			t.Errorf("seed %d: %d names, others: %v", seed, len(want), m.others)
		}
	}
}

// What is no name of an account, but long, takes no memory.
func TestNetsKeepNoLongNames(t *testing.T) {
	var m netMore
	m.try(fmt.Sprintf("%0100d", 7), 1)
	if m.used != 0 || !m.others {
		t.Errorf("%d names are kept, others: %v", m.used, m.others)
	}
}

func TestAddressesOfANetAreExact(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	var m netMore
	seen := map[netip.Addr]bool{}
	for range 300 {
		a := netip.AddrFrom4([4]byte{192, 0, 2, byte(random.IntN(256))})
		m.see(a)
		seen[a] = true
		if m.count() != len(seen) {
			t.Fatalf("%d addresses, want %d", m.count(), len(seen))
		}
	}
}
