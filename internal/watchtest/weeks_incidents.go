package watchtest

import (
	"net/netip"
	"time"

	"sshsieve/internal/attention"
)

// planted sets both incidents: user's password is guessed on one day, and on
// another her own client is refused where she works.
func (w *weekWriter) planted(p *person) {
	w.breakIn(p.hosts[0], p.name, w.stranger(), w.within(w.dayOf(1+w.IntN(2)), 20*time.Hour))
	w.lockOut(p, w.within(w.dayOf(3).Add(9*time.Hour), 8*time.Hour))
}

// breakIn guesses a user's password: at least 5 failures, then a login. That
// is the rule login/after-failures, which counts 60 minutes back.
func (w *weekWriter) breakIn(h *host, user string, from netip.Addr, at time.Time) {
	i := Incident{Rule: "login", Reason: "after-failures", Severity: attention.High, Account: h.account, User: user, Source: from, Need: 5}
	for range 5 + w.IntN(5) {
		c := h.connect(at, from, user).wrongPassword()
		i.Parts = append(i.Parts, []int{c.said[1]}) // the attempt; PAM's line only corroborates
		c.byeBye("authenticating")
		at = at.Add(time.Duration(5+w.IntN(240)) * time.Second)
	}
	c := h.connect(at, from, user)
	c.login("password", "", 10*time.Minute)
	i.Must = c.said[:1]
	w.week.BreakIn = i
}

// lockOut is a user whose client the server no longer understands, by the
// negotiation or, half of the time where the host's words allow it, by the
// algorithm of her signature: two refusals are enough for either rule.
func (w *weekWriter) lockOut(p *person, at time.Time) {
	h := p.hosts[w.IntN(len(p.hosts))]
	byAlgorithm := h.refusal != "" && w.chance(2)
	i := Incident{Rule: "locked-out", Reason: "negotiation", Severity: attention.Medium, Account: h.account, Source: p.from, Need: 2}
	if byAlgorithm {
		i.Reason, i.User = "algorithm", p.name
	}
	for range 3 {
		c := h.connect(at, p.from, p.name)
		if byAlgorithm {
			c.oldSignature()
		} else {
			c.user = "" // sshd does not know yet who comes
			c.noCommon("host key type", "ssh-rsa,ssh-dss")
		}
		i.Parts = append(i.Parts, c.said)
		at = at.Add(time.Duration(30+w.IntN(120)) * time.Second)
	}
	w.week.LockOut = i
}
