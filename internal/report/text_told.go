package report

import (
	"strings"

	"sshsieve/internal/notice"
)

// The sections on what became of the log, for whoever answers for its hosts.

// textLockedOut lists who cannot work.
func (p *Page) textLockedOut(s *sheet) {
	if p.Told == nil || len(p.Told.LockedOut) == 0 {
		return
	}
	s.alarm("LOCKED OUT", "users who cannot get in, and credentials that were refused")
	shown := p.Told.LockedOut[:min(len(p.Told.LockedOut), rowsShown)]
	for _, l := range shown {
		users := orNone(strings.Join(l.Users, ", "), "nobody named")
		if l.Likely {
			users = "probably " + users
		}
		s.line("  %7s  %s %s %s", thousands(l.Count), pad(notice.Cut(users, 20), 20), pad(orNone(l.Source, "no address"), 22), Seen{&l.First, &l.Last}.when())
		s.line("  %7s  %s", "", notice.Cut(l.What, width-11))
	}
	s.rest(p.left("locked_out", len(p.Told.LockedOut), len(shown)), 0, "lockout")
}

// textNews lists what came up in the last part of the log.
func (p *Page) textNews(s *sheet) {
	if p.News == nil || len(p.News.Items) == 0 {
		return
	}
	s.heading("NEW SINCE "+p.News.Since.Format(stampLayout), "never seen before in this log")
	shown := p.News.Items[:min(len(p.News.Items), rowsShown)]
	for _, n := range shown {
		name := n.Name
		if n.User != "" && n.User != n.Name {
			name = n.User + ", " + name
		}
		s.line("  %7s  %-8s %s  %s", thousands(n.Count), n.What, pad(notice.Cut(name, 42), 42), n.First.Format(stampLayout))
	}
	s.rest(len(p.News.Items)-len(shown), 0, "thing")
}

// textMails lists what would have been mailed.
func (p *Page) textMails(s *sheet) {
	if p.Mails == nil || p.SSHD == 0 {
		return
	}
	if len(p.Mails) == 0 {
		s.heading("NOTHING WOULD HAVE BEEN MAILED", "from an empty memory; see sshsieve preview")
		return
	}
	s.heading("WHAT WOULD HAVE BEEN MAILED", count(len(p.Mails)+p.More["mails"], "mail")+"; sshsieve preview shows them")
	shown := p.Mails[:min(len(p.Mails), mailsShown)]
	for _, m := range shown {
		s.line("  %s  %s", m.Time.Format(stampLayout), notice.Cut(m.Subject, width-20))
	}
	s.rest(p.left("mails", len(p.Mails), len(shown)), 0, "mail")
}
