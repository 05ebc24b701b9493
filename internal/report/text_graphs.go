package report

import (
	"slices"
	"strings"

	"sshsieve/internal/notice"
)

// The sections for whoever studies what comes in.

// textNets lists the networks that most attempts came from.
func (p *Page) textNets(s *sheet) {
	attackers := slices.DeleteFunc(slices.Clone(p.Nets), func(n Net) bool { return n.Failed == 0 })
	if len(attackers) < 2 {
		return
	}
	s.heading("ATTACKERS BY NET", "IPv4 by /24, IPv6 by /48; addresses: IPv6 by /64")
	s.line("  %-19s %9s %9s  %-10s  %s", "net", "attempts", "addresses", "", "first - last seen")
	for _, n := range attackers[:min(len(attackers), rowsShown)] {
		bar := pad(s.bar(n.Failed, attackers[0].Failed, namesBar), namesBar)
		s.line("  %-19s %9s %9d  %s  %s", n.Net, thousands(n.Failed), n.Addresses, s.draw(bar), n.when())
	}
}

// textNegotiation lists what clients could not agree on with this server.
func (p *Page) textNegotiation(s *sheet) {
	if p.Negotiation.Total == 0 {
		return
	}
	s.heading("NEGOTIATION FAILED", "for want of a common")
	textRanking(s, p.Negotiation, "thing")
	if len(p.Offers) == 0 {
		return
	}
	s.heading("WHAT WAS OFFERED IN VAIN", "and the programs that make such offers")
	textRanking(s, p.Clients, "family")
	shown := p.Offers[:min(len(p.Offers), rowsShown/2)]
	for _, o := range shown {
		s.line("  %7s  no %s in common", thousands(o.Count), orNone(o.Class, "algorithm"))
		s.line("  %7s  %s", "", notice.Cut(o.Offer, width-11))
	}
	s.rest(p.left("offers", len(p.Offers), len(shown)), p.Forgotten["offers"], "offer")
}

// textRanking lists the first of a Ranking, with bars.
func textRanking(s *sheet, r Ranking, one string) {
	shown := r.Items[:min(len(r.Items), rowsShown)]
	for _, item := range shown {
		s.line("  %7s  %s  %s", thousands(item.Count), pad(notice.Cut(item.Name, 42), 42), s.draw(s.bar(item.Count, r.Total, barWidth)))
	}
	s.rest(max(0, r.Of-len(shown)), 0, one)
}

// textEras tells which releases of OpenSSH the hosts run, as far as the wording
// shows.
func (p *Page) textEras(s *sheet) {
	hosts := slices.DeleteFunc(slices.Clone(p.Hosts), func(h Host) bool { return len(h.Eras) == 0 })
	if len(hosts) == 0 {
		return
	}
	s.heading("WHICH OPENSSH", "by the wording of each host's lines, and their program")
	shown := hosts[:min(len(hosts), rowsShown)]
	for i := range shown {
		s.line("  %s  %s", pad(notice.Cut(orNone(shown[i].Name, "no host name"), 24), 24), notice.Cut(shown[i].eras(), width-28))
	}
	s.rest(len(hosts)-len(shown)+p.More["hosts"], p.Forgotten["hosts"], "host")
}

// eras names the releases of a host.
func (h *Host) eras() string {
	if h.MixedEras {
		return "of several releases: more than one host, or made up"
	}
	texts := make([]string, 0, len(h.Eras))
	for _, e := range h.Eras {
		texts = append(texts, e.text())
	}
	return strings.Join(texts, ", then ")
}

// text names the releases of an Era.
func (e Era) text() string {
	switch e.Until {
	case "":
		return e.Since + " or later"
	case e.Since:
		return e.Since
	}
	return e.Since + " to " + e.Until
}
