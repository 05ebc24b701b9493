package attention

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Key names a History. Every rule asks the History of one Key, and an Event
// is remembered under each Key that a rule will ask.
type Key struct {
	Kind KeyKind
	// Name is an address, a host's name or an existing user's name; empty for
	// the Fleet. It is text from a log: String makes it safe.
	Name string
}

// KeyKind is what a Key is about.
type KeyKind uint8

const (
	Fleet  KeyKind = iota // the scope as a whole
	Source                // an address: IPv4, or the /64 of IPv6
	User                  // an account that exists
	Host                  // a machine
	Signs                 // signs of life, of the hosts of all scopes
	Report                // the quiet report: when it was last told
)

// String is its word in a store's keys.
func (k KeyKind) String() string {
	return [...]string{"fleet", "source", "user", "host", "signs", "report"}[k]
}

// String is the key's name in a store: "source/192.0.2.7", "user/alice". What
// is not a letter, digit, dot, dash, colon or underscore becomes %XX, and a long
// name ends in a hash of itself, so that no name is another's.
func (k Key) String() string {
	switch k.Kind {
	case Source, User, Host:
		return k.Kind.String() + "/" + safeName(k.Name)
	}
	return k.Kind.String()
}

const longestName = 64 // bytes of a name that stand in a key

func safeName(name string) string {
	odd := func(c rune) bool { return c >= utf8.RuneSelf || !isPlain(byte(c)) }
	if len(name) <= longestName && !strings.ContainsFunc(name, odd) {
		return name // as nearly always
	}
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		if b.Len() >= longestName {
			b.WriteString("~" + strconv.FormatUint(hashOf(name), 16))
			break
		}
		if c := name[i]; isPlain(c) {
			b.WriteByte(c)
		} else {
			b.WriteString("%" + strings.ToUpper(strconv.FormatUint(uint64(c)|0x100, 16)[1:]))
		}
	}
	return b.String()
}

func isPlain(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || strings.IndexByte(".-_:", c) >= 0
}

// Fold is the source that an address belongs to: an IPv4 address itself, of
// IPv6 the /64, since one customer has at least that (RFC 6177).
func Fold(a netip.Addr) netip.Addr { return foldTo(a, 64) }

func foldTo(a netip.Addr, bits int) netip.Addr {
	a = a.Unmap()
	if !a.Is6() {
		return a
	}
	prefix, err := a.WithZone("").Prefix(bits)
	if err != nil {
		return a
	}
	return prefix.Addr()
}
