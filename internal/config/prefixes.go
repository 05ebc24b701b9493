package config

import "net/netip"

const (
	prefixRule   = "networks, such as 192.0.2.0/24 or 2001:db8::/48, or addresses, separated by commas"
	instanceRule = "networks: those of EC2 Instance Connect are in https://ip-ranges.amazonaws.com/ip-ranges.json, service EC2_INSTANCE_CONNECT, one for each region"
)

// Wider networks are refused: they are a slip of the hand (0.0.0.0/0 would trust
// the world), since nobody owns more. fc00::/7 is every private network of IPv6
// (RFC 4193), 10.0.0.0/8 the widest of IPv4 (RFC 1918); the widest that a
// registry gave to one holder is a /16 of IPv6.
const (
	widest4 = 8
	widest6 = 16
)

var private6 = netip.MustParsePrefix("fc00::/7")

// sourceBits is what attention takes for one source of IPv6, so a longer prefix
// would match none.
const sourceBits = 64

// prefixes reads a list of networks. An address is a network of one source.
func prefixes(into *[]netip.Prefix, s string) error {
	return each(s, func(item string) error {
		p, err := Prefix(item)
		if err == nil {
			*into = append(*into, p)
		}
		return err
	})
}

// Prefix reads a network, or an address, as the owner's lists hold them: one that
// is as wide as a source at least (attention.Fold) and no wider than anybody owns.
// The error says what would be right.
func Prefix(s string) (netip.Prefix, error) {
	if s == "ec2-instance-connect" {
		return netip.Prefix{}, wrong(s, instanceRule)
	}
	if a, err := netip.ParseAddr(s); err == nil {
		if a.Zone() != "" {
			return netip.Prefix{}, wrong(s, "an address without a zone, "+a.WithZone("").String())
		}
		a = a.Unmap()
		return source(netip.PrefixFrom(a, a.BitLen())), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, wrong(s, prefixRule)
	}
	return network(s, unmap(p))
}

// unmap makes a network of IPv4 of one that is mapped into IPv6 (RFC 4291,
// section 2.5.5.2).
func unmap(p netip.Prefix) netip.Prefix {
	const mapped = 96 // ::ffff:0:0/96
	if p.Addr().Is4In6() && p.Bits() >= mapped {
		return netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-mapped)
	}
	return p
}

// network checks what was written as s.
func network(s string, p netip.Prefix) (netip.Prefix, error) {
	switch {
	case p.Bits() < widestOf(p):
		return netip.Prefix{}, wrong(s, "a network of your own: this takes in too much of the internet to be trusted")
	case p != p.Masked():
		return netip.Prefix{}, wrong(s, p.Masked().String()+", or "+p.Addr().String()+" for that address alone: it has bits beyond its prefix")
	}
	return source(p), nil
}

// source widens a network of IPv6 that is less than one source.
func source(p netip.Prefix) netip.Prefix {
	if p.Addr().Is6() && p.Bits() > sourceBits {
		return netip.PrefixFrom(p.Addr(), sourceBits).Masked()
	}
	return p
}

func widestOf(p netip.Prefix) int {
	switch {
	case p.Addr().Is4():
		return widest4
	case p.Bits() >= private6.Bits() && private6.Contains(p.Addr()):
		return private6.Bits()
	}
	return widest6
}
