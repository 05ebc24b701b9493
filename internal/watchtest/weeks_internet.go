package watchtest

import (
	"net/netip"
	"time"
)

// guessed are names that everybody's guessers try; sshd knows none of them but
// root.
var guessed = []string{"admin", "test", "oracle", "postgres", "ubuntu", "git", "user", "ftpuser", "support", "pi", "minecraft", "hadoop", "es", "www", "guest", "steam"}

// internet is what reaches a host with a public address all day and night:
// guessers, scanners, and clients too old for it.
func (w *weekWriter) internet(midnight time.Time, perDay int, hosts ...*host) {
	for range w.thin(perDay, 6) {
		h, at, addr := hosts[w.IntN(len(hosts))], w.within(midnight, day), w.stranger()
		switch w.IntN(11) {
		case 0, 1, 2:
			h.connect(at, addr, "").probe()
		case 3:
			h.connect(at, addr, "").noCommon("host key type", "ssh-dss")
		case 4:
			h.connect(at, addr, "").noCommon("key exchange method", "diffie-hellman-group14-sha1,diffie-hellman-group1-sha1")
		case 5:
			h.connect(at, addr, "").garbage()
		default:
			w.guesser(h, at, addr)
		}
	}
}

// internetAll is internet for every day. The first guesser comes within hours
// of the first login, as they do, so the one mail about it falls into the
// history.
func (w *weekWriter) internetAll(perDay int, hosts ...*host) {
	w.guess(hosts[0], w.week.From.Add(9*time.Hour), w.stranger(), 12)
	for _, d := range w.days() {
		w.internet(d, perDay, hosts...)
	}
}

// stranger is an address that nobody here has: of the nets for benchmarks
// (RFC 2544), one in eight of the IPv6 documentation prefix (RFC 3849).
func (w *weekWriter) stranger() netip.Addr {
	if w.chance(8) {
		a := [16]byte{0x20, 0x01, 0x0d, 0xb8, 0xba, 0xd0}
		for i := 6; i < 16; i++ {
			a[i] = byte(w.Uint32())
		}
		return netip.AddrFrom16(a)
	}
	return v4(198, 18, byte(w.IntN(256)), byte(1+w.IntN(254)))
}

// guesser tries a few passwords, or a dozen.
func (w *weekWriter) guesser(h *host, at time.Time, addr netip.Addr) {
	w.guess(h, at, addr, 1+w.IntN(4)*w.IntN(5))
}

// guess tries n passwords: root's half of the time.
func (w *weekWriter) guess(h *host, at time.Time, addr netip.Addr, n int) {
	for range n {
		if w.chance(2) {
			h.connect(at, addr, "root").wrongPassword().byeBye("authenticating")
		} else {
			h.connect(at, addr, guessed[w.IntN(len(guessed))]).wrongName().byeBye("invalid")
		}
		at = at.Add(time.Duration(3+w.IntN(20)) * time.Second)
	}
}
