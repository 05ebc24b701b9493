package report

import (
	"slices"
	"strings"

	"sshsieve/internal/notice"
	"sshsieve/internal/sshd"
)

// refusal is what a message refuses, by whom it may have been sent, and the
// remedy that a mail about it would have; false where there is none.
func refusal(e *sshd.Event) ([]notice.Client, notice.Remedy, bool) {
	r, ok := notice.ReadRefusal(e.Kind(), e.Message(), e.Truncated)
	if !ok {
		return nil, notice.Remedy{}, false
	}
	r.User, r.Addr = e.User, e.Addr
	clients := clientsOf(e)
	remedy, ok := notice.RemedyFor(r, clients)
	return clients, remedy, ok
}

// clientsOf are the programs that the message's own words fit: an offer of
// algorithms, a farewell, a greeting.
func clientsOf(e *sshd.Event) []notice.Client {
	evidence := notice.Evidence{Class: e.Class, Cut: e.Truncated}
	for _, f := range e.Fields() {
		switch f.Name {
		case "offer":
			evidence.Offer = f.Value
		case "reason":
			evidence.Goodbye = strings.TrimSpace(f.Value)
		case "banner":
			evidence.Banner = f.Value
		}
	}
	return notice.Clients(evidence)
}

// explainRefusal tells which program it may be, what that lacks, and what to do:
// the same that a mail would say.
func explainRefusal(s *sheet, e *sshd.Event) {
	if clients := clientsOf(e); len(clients) > 0 {
		s.labelled("CLIENT", "By what it says of itself (it can say what it likes): "+clientNames(clients)+".")
	}
	_, remedy, ok := refusal(e)
	if !ok {
		return
	}
	s.labelled("REFUSED", since(remedy))
	if remedy.Missing != "" {
		s.labelled("MISSING", "The client would need "+remedy.Missing+".")
	}
	label := "DO"
	for _, step := range remedy.Steps {
		s.labelled(label, strings.Join(step.Say, " "))
		for _, line := range slices.Concat(step.Config, step.Run) {
			s.verbatim("", "  "+line)
		}
		label = ""
	}
	if remedy.Risk != "" {
		s.labelled("RISK", remedy.Risk)
	}
	for _, note := range remedy.Notes {
		s.labelled("NOTE", note)
	}
}

// since is what happened, and from which release on sshd does so by itself.
func since(r notice.Remedy) string {
	if r.Since == "" {
		return r.What
	}
	return r.What + " That is the default since OpenSSH " + r.Since + "."
}

// clientNames lists families with their best known programs and, where the
// evidence tells, the releases.
func clientNames(clients []notice.Client) string {
	var names []string
	for _, c := range clients {
		name := c.Family
		if c.Versions != "" {
			name += " " + strings.ReplaceAll(c.Versions, "..", " to ")
		}
		if c.Programs != "" {
			name += " (" + c.Programs + ")"
		}
		switch c.Kind {
		case notice.Scanner:
			name += " (a scanner: nobody is locked out)"
		case notice.Bots:
			name += " (nobody is locked out)"
		}
		names = append(names, name)
	}
	return strings.Join(names, "; or ")
}
