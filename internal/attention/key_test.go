package attention

import (
	"net/netip"
	"testing"
)

func TestSourcesFold(t *testing.T) {
	for _, test := range []struct{ why, addr, want string }{
		{"one IPv4 address is one source", "192.0.2.7", "192.0.2.7"},
		{"a customer has a /64 at least", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"},
		{"an IPv4 peer of a dual-stack socket is the same peer", "::ffff:192.0.2.7", "192.0.2.7"},
		{"a zone names an interface of the server", "fe80::1%eth0", "fe80::"},
	} {
		if got := Fold(netip.MustParseAddr(test.addr)).String(); got != test.want {
			t.Errorf("Fold(%s) = %s, want %s: %s", test.addr, got, test.want, test.why)
		}
	}
}
