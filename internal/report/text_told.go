package report

import (
	"fmt"
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

// textNews tells what changed in the last part of the log.
func (p *Page) textNews(s *sheet) {
	if p.News == nil || len(p.News.Items) == 0 {
		return
	}
	s.heading("WHAT CHANGED", "since "+p.News.Since.Format(stampLayout)+", compared with all before")
	for _, said := range p.News.Headline {
		s.text(2, said+".")
	}
	s.line("  %-35s %13s %8s  %s", "", "a day: before", "now", "when")
	shown := p.News.Items[:min(len(p.News.Items), newsRows)]
	for _, n := range shown {
		s.line("  %-9s %s", n.What, n.row())
	}
	left := len(p.News.Items) - len(shown)
	for _, n := range p.News.More {
		left += n
	}
	s.rest(left, 0, "thing")
}

// label names the thing of an item, and whose it is.
func (n New) label() string {
	if n.User != "" && n.User != n.Name && n.What != "lockout" {
		return n.User + ", " + n.Name
	}
	return orNone(n.Name, "no host name")
}

// row is what stands behind the sort of an item.
func (n New) row() string {
	switch {
	case n.From != "":
		return pad(notice.Cut(n.label(), 20), 20) + " " + n.From + ", then " + n.To + n.First.Format(" 01-02 15:04")
	case n.Before > 0 || n.Now > 0:
		return fmt.Sprintf("%s %8s %8s  %s", pad(notice.Cut(n.label(), 30), 30), rate(n.Before), rate(n.Now), n.note())
	}
	return fmt.Sprintf("%s %17s  %s", pad(notice.Cut(n.label(), 30), 30), count(n.Count, "time"), n.note())
}

// note is what became of the thing, and when.
func (n New) note() string {
	switch {
	case n.Change == changeNew && n.First != nil:
		return "new " + n.First.Format("01-02 15:04")
	case n.Change == changeStopped && n.Last != nil:
		return "until " + n.Last.Format("01-02 15:04")
	}
	return n.Change
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
