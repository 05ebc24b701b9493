package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"sshsieve/internal/notice"
	"sshsieve/internal/sshd"
)

// How much of each list the text page shows; the JSON form has more.
const (
	width       = 80 // characters
	rowsShown   = 10
	loginsShown = 20
	mailsShown  = 12
	newsRows    = 15
	barWidth    = 24
	namesBar    = 10
)

// stampLayout is how the page writes times, always UTC.
const stampLayout = "2006-01-02 15:04"

// all is how many things there are of a list.
func (p *Page) all(list string, listed int, one string) string {
	return upTo(p.Forgotten[list]) + count(listed+p.More[list]+p.Forgotten[list], one)
}

// left is how many things of a list are not among the first shown.
func (p *Page) left(list string, listed, shown int) int { return listed - shown + p.More[list] }

// WriteText writes the page for people: 80 columns, the most important first,
// nothing that is empty. What the page itself draws is ASCII, for files, mails
// and terminals of all sorts; names and texts of the log may be other UTF-8.
func (p *Page) WriteText(w io.Writer) error { return p.writeText(w, look{plain: true}) }

// WriteTerminal is WriteText for a terminal that shows UTF-8, and on demand
// colours (ECMA-48).
func (p *Page) WriteTerminal(w io.Writer, colours bool) error {
	return p.writeText(w, look{colours: colours})
}

func (p *Page) writeText(w io.Writer, k look) error {
	s := &sheet{look: k}
	for _, section := range []func(*sheet){
		p.textTitle, p.textHuman, p.textLogins, p.textLockedOut, p.textNews, p.textGuessing, p.textSources, p.textNets, p.textUsers,
		p.textCategories, p.textHeat, p.textNegotiation, p.textNoise, p.textEras, p.textUnrecognised, p.textOthers, p.textTrust, p.textMails,
	} {
		section(s)
	}
	return writeSheet(w, s, "report")
}

// textTitle says what was read, and the answer in one glance.
func (p *Page) textTitle(s *sheet) {
	s.line("%s", strings.ToUpper("what sshd says")+" in "+p.inputs())
	if p.SSHD == 0 {
		s.line("No line of sshd among %s.", count(p.Lines, "line"))
		return
	}
	s.text(0, p.span())
	s.line("%s of sshd: %s noise, %s for ban tools, %s alarming by itself", count(p.events(), "event"),
		thousands(p.Verdicts["graph"]), thousands(p.Verdicts["tooling"]), thousands(p.Verdicts["human"]))
	if len(p.Mails) > 0 {
		s.line("Alarming together: %s, %s of high severity", count(len(p.Mails)+p.More["mails"], "mail"), thousands(p.HighMails()))
	}
	if p.Repeated > 0 {
		s.text(0, fmt.Sprintf("That is %s, as %s in others.", count(p.SSHD, "line"), folded(p.Repeated)))
	}
}

// folded says that repeated lines stand in others.
func folded(n int) string {
	if n == 1 {
		return "1 repeated line is folded"
	}
	return thousands(n) + " repeated lines are folded"
}

// events is how often sshd said something.
func (p *Page) events() int { return p.SSHD + p.Repeated }

// inputs names the files.
func (p *Page) inputs() string {
	names := make([]string, 0, len(p.Files))
	for _, f := range p.Files {
		names = append(names, notice.Printable(f.Name))
	}
	if len(names) == 0 || len(names) > 3 {
		return fmt.Sprintf("%s, %s", count(len(p.Files), "file"), count(p.Lines, "line"))
	}
	return notice.Cut(strings.Join(names, ", "), 40) + ", " + count(p.Lines, "line")
}

// span tells the time and the hosts.
func (p *Page) span() string {
	hosts := make([]string, 0, len(p.Hosts))
	for _, h := range p.Hosts {
		hosts = append(hosts, notice.Cut(notice.Printable(orNone(h.Name, "no host name")), 20))
	}
	text := strings.Join(hosts[:min(3, len(hosts))], ", ")
	if len(hosts) > 3 {
		text = fmt.Sprintf("%s and %d more hosts", text, len(hosts)-3+p.Forgotten["hosts"])
	}
	if p.From == nil {
		return text + ", no line with a time"
	}
	return fmt.Sprintf("%s, %s to %s UTC", text, p.From.Format(stampLayout), p.To.Format(stampLayout))
}

// unrecognised is how many events no row knows, as far as their shapes are kept.
func (p *Page) unrecognised() int {
	n := 0
	for _, shape := range p.Unrecognised {
		n += shape.Count
	}
	return n
}

// foreign says whether hardly a line is known as sshd's, of those that no other
// program wrote: it may be no log of sshd's.
func (p *Page) foreign() bool { return 2*p.unrecognised() > p.SSHD }

// textHuman lists what somebody has to look at.
func (p *Page) textHuman(s *sheet) {
	switch {
	case len(p.Human) > 0:
		s.alarm("LOOK AT THIS", "each is worth a person's time")
	case slices.ContainsFunc(p.Logins, Login.guessed):
		s.alarm("LOOK AT THE LOGINS", "one came after failed attempts from the same source")
	case p.foreign():
		s.heading("Hardly a line here is known as sshd's. Is this its log?", "")
	case p.SSHD > 0:
		s.heading("No line of this log asks by itself for a person.", "")
	}
	for _, k := range p.Human[:min(len(p.Human), rowsShown)] {
		s.line("  %7s  %-34s %s", thousands(k.Count), k.Kind, k.when())
		s.text(11, k.Means)
	}
	s.rest(max(0, len(p.Human)-rowsShown), 0, "kind")
}

// when is the time of something: one stamp, or from the first to the last.
func (s Seen) when() string {
	switch {
	case s.First == nil:
		return ""
	case s.Last.Sub(*s.First) < time.Minute:
		return s.First.Format(stampLayout)
	case s.First.Format(time.DateOnly) == s.Last.Format(time.DateOnly):
		return s.First.Format(stampLayout) + s.Last.Format(" – 15:04")
	}
	return s.First.Format("01-02 15:04") + s.Last.Format(" – 01-02 15:04")
}

// manyFailures is when a login looks guessed: a person who mistypes gives up,
// or gets in, before.
const manyFailures = 5

// guessed: the login was by something that can be guessed, and followed many
// failures of its source. Public keys cannot be guessed.
func (l Login) guessed() bool {
	return l.FailedBefore >= manyFailures && guessable(l.Method, l.Key)
}

// textLogins says who got in, or that nobody did.
func (p *Page) textLogins(s *sheet) {
	switch {
	case p.SSHD == 0:
		return
	case p.Accepted == 0:
		s.heading("NOBODY GOT IN", "no login was accepted")
		return
	}
	note := count(p.Accepted, "login")
	if slices.ContainsFunc(p.Logins, func(l Login) bool { return l.Trust == "peer" }) {
		note += "; strangers can write such lines, see at the end"
	}
	s.heading("WHO GOT IN", note)
	for _, l := range p.Logins[:min(len(p.Logins), loginsShown)] {
		s.line("  %5s  %s %s %s %s", thousands(l.Count), pad(notice.Cut(l.User, 12), 12),
			pad(orNone(l.Source, "no address"), 22), pad(notice.Cut(notice.Printable(l.Method), 9), 9), l.when())
		if l.Key != "" {
			s.line("  %5s  %s", "", notice.Cut(notice.Printable(l.Key), width-9))
		}
		if l.guessed() {
			s.text(9, "Look: after "+count(l.FailedBefore, "failed attempt")+" from that source.")
		}
	}
	s.rest(p.left("logins", len(p.Logins), min(len(p.Logins), loginsShown)), p.Forgotten["logins"], "login")
}

// textGuessing sums the attempts that failed.
func (p *Page) textGuessing(s *sheet) {
	if p.Failed == 0 {
		return
	}
	s.heading("FAILED ATTEMPTS", count(p.Failed, "attempt"))
	s.line("  %-28s %9s %9s", "method", "failed", "accepted")
	for _, m := range p.Methods[:min(len(p.Methods), rowsShown)] {
		s.line("  %s %9s %9s  %s", pad(notice.Cut(orNone(m.Method, "not said"), 28), 28), thousands(m.Failed), thousands(m.Accepted),
			s.draw(s.bar(m.Failed, p.Failed, barWidth)))
	}
	s.rest(p.left("methods", len(p.Methods), min(len(p.Methods), rowsShown)), p.Forgotten["methods"], "method")
}

// textSources lists where most of it came from.
func (p *Page) textSources(s *sheet) {
	if len(p.Sources) == 0 {
		return
	}
	s.heading("SOURCES", p.all("sources", len(p.Sources), "address")+", IPv6 by /64")
	s.line("  %-24s %9s %9s  %s", "source", "attempts", "events", "first – last seen")
	for _, src := range p.Sources[:min(len(p.Sources), rowsShown)] {
		s.line("  %-24s %9s %9s  %s", src.Source, thousands(src.Failed), thousands(src.Events), src.when())
	}
	s.rest(p.left("sources", len(p.Sources), min(len(p.Sources), rowsShown)), p.Forgotten["sources"], "source")
}

// textUsers lists the names tried most.
func (p *Page) textUsers(s *sheet) {
	if len(p.Users) == 0 {
		return
	}
	s.heading("NAMES TRIED", p.all("users", len(p.Users), "name"))
	s.line("  %-26s %9s %9s  %s", "user", "attempts", "events", "account")
	for _, u := range p.Users[:min(len(p.Users), rowsShown)] {
		s.line("  %s %9s %9s  %-17s  %s", pad(notice.Cut(u.Name, 26), 26), thousands(u.Failed), thousands(u.Events), u.account(),
			s.draw(s.bar(u.Failed, p.Users[0].Failed, namesBar)))
	}
	s.rest(p.left("users", len(p.Users), min(len(p.Users), rowsShown)), p.Forgotten["users"], "name")
	if slices.ContainsFunc(p.Users, func(u User) bool { return u.Hidden }) {
		s.text(2, "Hidden: no such account, and the name may be a password typed into the wrong field.")
	}
}

// account says whether there is one.
func (u User) account() string {
	switch {
	case u.Accepted > 0:
		return "exists, " + count(u.Accepted, "login")
	case u.Exists:
		return "exists"
	}
	return "none known"
}

// textNoise lists how connections end before a login, and what held them off.
func (p *Page) textNoise(s *sheet) {
	for _, group := range []struct{ category, title, note string }{
		{"auth.denied", "REFUSED BY POLICY", "if it is one of your users, she is locked out"},
		{"throttle", "HELD OFF BY SSHD ITSELF", "MaxStartups, penalties"},
		{"preauth.protocol", "BYTES THAT ARE NO SSH", "scanners, and health checks of load balancers"},
		{"preauth.disconnect", "GONE BEFORE LOGIN", "scanners, guessers, and users whose key is not accepted"},
	} {
		p.textKinds(s, group.category, group.title, group.note)
	}
}

// textKinds lists the messages of one category.
func (p *Page) textKinds(s *sheet, category, title, note string) {
	kinds := make([]Kind, 0, rowsShown)
	for _, k := range p.Kinds {
		// What is for a person stands at the top already.
		if k.Category == category && k.Verdict != sshd.Human.String() {
			kinds = append(kinds, k)
		}
	}
	if len(kinds) == 0 {
		return
	}
	s.heading(title, note)
	shown := min(len(kinds), rowsShown/2)
	for _, k := range kinds[:shown] {
		s.line("  %7s  %-34s %s", thousands(k.Count), k.Kind, k.when())
	}
	s.rest(len(kinds)-shown, 0, "kind")
}

// textUnrecognised lists what no row knows.
func (p *Page) textUnrecognised(s *sheet) {
	if len(p.Unrecognised) == 0 {
		return
	}
	s.heading("NOT RECOGNISED", "no row of the table knows these; parts that vary are blanked")
	for _, u := range p.Unrecognised[:min(len(p.Unrecognised), rowsShown)] {
		s.line("  %7s  %s", thousands(u.Count), notice.Cut(notice.Printable(u.Name), width-11))
	}
	s.rest(p.left("unrecognised", len(p.Unrecognised), min(len(p.Unrecognised), rowsShown)), p.Forgotten["unrecognised"], "shape")
}

// textOthers names the other programs in one paragraph.
func (p *Page) textOthers(s *sheet) {
	if p.NotSSHD == 0 {
		return
	}
	s.heading("NOT OF SSHD", count(p.NotSSHD, "line")+", not read any further")
	names := make([]string, 0, rowsShown)
	for _, o := range p.OtherPrograms[:min(len(p.OtherPrograms), rowsShown)] {
		names = append(names, notice.Cut(notice.Printable(orNone(o.Name, "empty")), 24)+" "+thousands(o.Count))
	}
	s.text(2, strings.Join(names, ", "))
	s.rest(len(p.OtherPrograms)-len(names), p.Forgotten["other_programs"], "program")
}

// textTrust says who could have lied to this page.
func (p *Page) textTrust(s *sheet) {
	if n := p.Trust["peer"]; n > 0 {
		s.heading("WHO CAN HAVE WRITTEN THIS", "")
		s.text(2, count(n, "event")+" came without an envelope, as sshd writes to standard error. It escapes no line "+
			"feed there, so whoever connects can write whole lines: believe no login and no name from them alone.")
	}
	if n := p.Trust["forged"]; n > 0 {
		s.heading("FORGED", "")
		s.text(2, count(n, "record")+" claimed to be sshd's, but journald saw another user write it.")
	}
}

// orNone stands in for an empty name.
func orNone(s, none string) string {
	if s == "" {
		return "(" + none + ")"
	}
	return s
}
