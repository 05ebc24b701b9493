package html

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"sshsieve/internal/report"
	"sshsieve/internal/sshd"
)

// answers are what a reader asks first, in one or two sentences each.
func answers(p *report.Page) []answer {
	list := []answer{gotIn(p), lockedOut(p), commonest(p), changed(p), mailed(p), unknown(p)}
	if p.SSHD == 0 {
		for i, a := range list {
			list[i] = answer{Question: a.Question, Section: a.Section, Text: nothingRead}
		}
	}
	return list
}

// nothingRead is no good news: sshd always has something to say.
const nothingRead = "Nobody knows: not one line of sshd was read."

const (
	bad  = "bad"
	good = "good"
)

// gotIn says whether somebody did whom nobody let in.
func gotIn(p *report.Page) answer {
	a := answer{Question: "Did anybody get in?", Section: "logins"}
	guessed := 0
	for _, l := range p.Logins {
		if l.Guessed {
			guessed++
		}
	}
	switch {
	case len(p.Logins) == 0:
		a.Text, a.Tone = "No. Nobody logged in at all.", good
	case guessed > 0:
		l := p.Logins[0] // those that look guessed come first
		a.Tone = bad
		a.Text = fmt.Sprintf("It looks so: %s logged in by %s from %s%s%s, after %s from there.%s%s", l.User, l.Method, l.Source, onHost(l), onDay(p, l.First),
			plural(l.FailedBefore, "failed attempt"), again(p), others(guessed-1, "login"))
		a.Mail = mailID(p, func(m report.Mail) bool { return m.Rule == "login" && m.User == l.User && m.Source == l.Source })
	default:
		a.Text = fmt.Sprintf("%s by %s. None looks guessed; see whether you know them all.",
			plural(p.Accepted, "login"), plural(accounts(p), "account"))
	}
	return a
}

// onHost names the host of a login, if it is one.
func onHost(l report.Login) string {
	if len(l.Hosts) == 1 && !l.MoreHosts && l.Hosts[0] != "" {
		return " on " + l.Hosts[0]
	}
	return ""
}

// onDay is when something was, in a sentence; nothing where nobody knows.
func onDay(p *report.Page, at *time.Time) string {
	if at == nil {
		return ""
	}
	return " on " + stamps(p)(at) + " UTC"
}

// again names the logins to accounts that were guessed before.
func again(p *report.Page) string {
	var list []string
	for _, l := range p.Logins {
		if l.AfterGuess {
			list = append(list, l.User+" came back"+onDay(p, l.First)+" from "+l.Source+withKey(p.Logins, l))
		}
	}
	if len(list) == 0 {
		return ""
	}
	if n := len(list) - namesShown; n > 0 {
		list = append(list[:namesShown], plural(n, "other"))
	}
	return " Then " + and(list) + "."
}

// withKey says of a login to an account that was guessed before that it brought a
// key of its own, which stays when the password is changed.
func withKey(logins []report.Login, l report.Login) string {
	known := slices.ContainsFunc(logins, func(o report.Login) bool { return !o.AfterGuess && o.User == l.User && o.Key == l.Key })
	if l.Key == "" || known {
		return ""
	}
	return " with a new key (remove it)"
}

// others says that n more look alike; nothing for none.
func others(n int, one string) string {
	if n <= 0 {
		return ""
	}
	return " So " + do(n) + " " + plural(n, "other "+one) + "."
}

func do(n int) string {
	if n == 1 {
		return "does"
	}
	return "do"
}

// accounts is how many accounts logged in.
func accounts(p *report.Page) int { return len(p.Accounts) + p.More["accounts"] }

func lockedOut(p *report.Page) answer {
	a := answer{Question: "Who is locked out?", Section: "locked-out"}
	if p.Told == nil {
		a.Text = notAsked
		return a
	}
	out, back := stillOut(p.Told.LockedOut)
	switch {
	case len(out)+len(back) == 0:
		a.Text, a.Tone = "Nobody that has worked here before.", good
	case len(out) == 0:
		a.Text = "Nobody any more. " + capital(lockedNames(back)) + onHosts(back) + ": " + refused(p, back) + ", and logged in since."
	case !slices.ContainsFunc(out, mailedOut):
		a.Text = "Nobody for certain. There are weak signs of " + lockedNames(out) + "."
	default:
		told := slices.DeleteFunc(out, func(l report.Lockout) bool { return !mailedOut(l) })
		a.Tone = bad
		a.Text = capital(lockedNames(told)) + onHosts(told) + ": " + refused(p, told) + "."
		a.Mail = mailID(p, func(m report.Mail) bool { return isAbout(m, told[0]) })
	}
	return a
}

// stillOut tells those who are locked out from those who have logged in since.
func stillOut(list []report.Lockout) (out, back []report.Lockout) {
	for _, l := range list {
		if l.Again == nil {
			out = append(out, l)
		} else {
			back = append(back, l)
		}
	}
	return out, back
}

// capital begins a sentence, unless it begins with a name, which stays as it is.
func capital(text string) string {
	for _, word := range []string{"probably ", "somebody "} {
		if strings.HasPrefix(text, word) {
			return strings.ToUpper(text[:1]) + text[1:]
		}
	}
	return text
}

// refused counts what kept them out.
func refused(p *report.Page, list []report.Lockout) string {
	when := stamps(p)
	n, first, last := 0, list[0].First, list[0].Last
	for _, l := range list {
		n += l.Count
		if l.First.Before(first) {
			first = l.First
		}
		if l.Last.After(last) {
			last = l.Last
		}
	}
	return "refused " + plural(n, "time") + cause(list) + ", from " + when(&first) + " to " + when(&last) + " UTC"
}

// causes are the reasons of the rules about users who cannot work, shortly.
var causes = map[string]string{
	"negotiation": "client and server have no algorithm in common", "algorithm": "the key’s signature algorithm is not accepted",
	"silent": "no line says why", "key-file": "sshd does not read the file of keys", "policy": "by policy", "policy-everywhere": "by policy",
	"policy-for-all": "by policy", "defences": "as too many attempts", "refused": "the right credential was not taken",
}

// cause is why they were refused, if it is one cause.
func cause(list []report.Lockout) string {
	text := causes[list[0].Reason]
	if text == "" || slices.ContainsFunc(list, func(l report.Lockout) bool { return causes[l.Reason] != text }) {
		return ""
	}
	return " (" + text + ")"
}

// onHosts names where somebody is locked out.
func onHosts(list []report.Lockout) string {
	var hosts []string
	for _, l := range list {
		if l.Host != "" && !slices.Contains(hosts, l.Host) {
			hosts = append(hosts, l.Host)
		}
	}
	if len(hosts) == 0 {
		return ""
	}
	if n := len(hosts) - namesShown; n > 0 {
		hosts = append(hosts[:namesShown], plural(n, "other host"))
	}
	return " on " + and(hosts)
}

// isAbout says whether a mail is about somebody who is locked out.
func isAbout(m report.Mail, l report.Lockout) bool {
	same := m.Source == l.Source || m.User != "" && slices.Contains(l.Users, m.User)
	return m.Rule == l.Rule && m.Reason == l.Reason && m.Host == l.Host && same
}

// mailedOut says whether the signs were clear enough for a mail.
func mailedOut(l report.Lockout) bool { return l.Mailed }

const (
	notAsked   = "Not asked: report --quick leaves it out."
	namesShown = 3
)

// lockedNames names who is locked out, each once.
func lockedNames(list []report.Lockout) string {
	var names []string
	seen := map[string]bool{}
	for _, l := range list {
		users := l.Users
		switch {
		case len(users) == 0:
			users = []string{"somebody from " + l.Source}
		case l.Likely:
			users = []string{"probably " + or(users) + " (from " + l.Source + ")"}
		}
		for _, name := range users {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	if n := len(names) - namesShown; n > 0 {
		names = append(names[:namesShown], number(n)+" more")
	}
	return and(names)
}

// or names one of some, at most namesShown of them.
func or(names []string) string {
	if n := len(names) - namesShown; n > 0 {
		names = append(slices.Clone(names[:namesShown]), "one of "+plural(n, "other"))
	}
	return strings.Join(names, " or ")
}

func mailed(p *report.Page) answer {
	a := answer{Question: "What would have been mailed?", Section: "mails"}
	high, all := p.HighMails(), len(p.Mails)+p.More["mails"]
	switch {
	case p.Told == nil && p.Mails == nil:
		a.Text = notAsked
	case len(p.Mails) == 0 && unmailed(p) != "":
		a.Text = "Nothing. But there " + unmailed(p) + "."
	case len(p.Mails) == 0:
		a.Text, a.Tone = "Nothing.", good
	case high > 0:
		a.Text, a.Tone = fmt.Sprintf("%s, %s of high severity.", plural(all, "mail"), number(high)), bad
	default:
		a.Text = plural(all, "mail") + ", none of high severity."
	}
	return a
}

// unmailed says what else deserves a look; "" for nothing.
func unmailed(p *report.Page) string {
	var parts []string
	if n := quiet(p); n > 0 {
		parts = append(parts, plural(n, "finding")+" for the weekly report")
	}
	if n := p.Verdicts[sshd.Human.String()]; n > 0 {
		parts = append(parts, plural(n, "line")+" to be read by a person")
	}
	if len(parts) == 0 {
		return ""
	}
	if strings.HasPrefix(parts[0], "1 ") {
		return "is " + and(parts)
	}
	return "are " + and(parts)
}

// quiet is how many findings nobody is mailed.
func quiet(p *report.Page) int {
	n := 0
	if p.Told != nil {
		for _, u := range p.Told.Untold {
			n += u.Count
		}
	}
	return n
}

// commonest says what most attackers do. Guessing is counted in attempts, which
// sshd logs once each; the others by their events.
func commonest(p *report.Page) answer {
	a := answer{Question: "What is the most common attack?", Section: "categories"}
	if name, n := commonestOther(p); n > p.Failed {
		a.Text = fmt.Sprintf("Scanning: programs that look at what answers here, and leave before they try a login (%s of %s). Beside it, %s to log in.",
			plural(n, "event"), name, plural(p.Failed, "failed attempt"))
		return a
	}
	if p.Failed == 0 {
		a.Text, a.Tone = "None was seen.", good
		return a
	}
	a.Section = "nets"
	a.Text = fmt.Sprintf("%s: %s to log in%s.%s", guessing(p), plural(p.Failed, "failed attempt"), everyDay(p), foremost(p))
	return a
}

// guessing says by what most attempts were made.
func guessing(p *report.Page) string {
	method, failed := "", 0
	for _, m := range p.Methods {
		if m.Failed > failed {
			method, failed = m.Method, m.Failed
		}
	}
	switch method {
	case "password", "keyboard-interactive", "keyboard-interactive/pam":
		return "Guessing passwords"
	case "":
		return "Guessing"
	}
	return "Guessing by " + method
}

// everyDay is how many failed attempts a day that is, of a log of two days or
// more.
func everyDay(p *report.Page) string {
	if p.From == nil || p.To == nil {
		return ""
	}
	days := p.To.Sub(*p.From).Hours() / 24
	if days < 2 {
		return ""
	}
	return ", " + rate(float64(p.Failed)/days) + " a day"
}

// foremost adds what most guessers have in common.
func foremost(p *report.Page) string {
	text := ""
	if names := withoutHidden(p.Attempts.Items); len(names) > 0 {
		text += fmt.Sprintf(" The name most tried is %s (%s).", names[0].Name, percent(names[0].Count, p.Attempts.Total))
	}
	if len(p.Nets) > 0 && p.Nets[0].Failed > 0 {
		text += fmt.Sprintf(" The busiest network is %s (%s)%s.", p.Nets[0].Net, percent(p.Nets[0].Failed, p.Failed), trying(p.Nets[0].Names))
	}
	return text
}

// withoutHidden leaves out what stands for many names.
func withoutHidden(names []report.Count) []report.Count {
	return slices.DeleteFunc(slices.Clone(names), func(c report.Count) bool { return c.Name == report.HiddenNames })
}

// trying names what a network tries most.
func trying(names []report.Count) string {
	names = withoutHidden(names)
	if len(names) == 0 {
		return ""
	}
	var list []string
	for _, c := range names[:min(namesShown, len(names))] {
		list = append(list, shown(c.Name))
	}
	return ": it tries " + and(list)
}

// commonestOther is the commonest of what scanners leave.
func commonestOther(p *report.Page) (name string, count int) {
	for _, c := range p.Categories {
		switch c.Category {
		case "preauth.protocol", "preauth.negotiation", "preauth.connect":
			if c.Count > count {
				name, count = c.Category, c.Count
			}
		}
	}
	return name, count
}

// changed says what the last part of the log shows that the others do not.
func changed(p *report.Page) answer {
	a := answer{Question: "What has changed?", Section: "news"}
	switch {
	case p.News == nil:
		a.Text = tooShort
	case len(p.News.Headline) == 0 && len(p.News.Items) > 0:
		a.Text = "Since " + stamps(p)(&p.News.Since) + " UTC, nothing but " + plural(len(p.News.Items), "small change") + "."
	case len(p.News.Headline) == 0:
		a.Text = "Nothing stands out since " + stamps(p)(&p.News.Since) + " UTC."
	default:
		a.Text = "Since " + stamps(p)(&p.News.Since) + " UTC:"
		a.Points = p.News.Headline
	}
	return a
}

// factor is by how much a rate went up or down, at least 1. The one stands for
// what a day's chance is.
func factor(r report.Rate) float64 {
	f := (r.Now + 1) / (r.Before + 1)
	return max(f, 1/f)
}

// rate is events a day.
func rate(perDay float64) string {
	if perDay > 0 && perDay < 10 {
		return fmt.Sprintf("%.1f", perDay)
	}
	return number(int(math.Round(perDay)))
}

func unknown(p *report.Page) answer {
	a := answer{Question: "What does nobody recognise?", Section: "unrecognised"}
	if len(p.Unrecognised) == 0 {
		a.Text, a.Tone = "Every line of sshd is known.", good
		return a
	}
	n := 0
	for _, u := range p.Unrecognised {
		n += u.Count
	}
	a.Text = fmt.Sprintf("%s in %s.", plural(n, "event"), plural(len(p.Unrecognised)+p.More["unrecognised"], "wording"))
	if p.More["unrecognised"] > 0 {
		a.Text = "At least " + a.Text
	}
	return a
}
