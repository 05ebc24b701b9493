package html

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"sshsieve/internal/report"
	"sshsieve/internal/sshd"
)

// answers are what a reader asks first, in one or two sentences each.
func answers(p *report.Page) []answer {
	return []answer{gotIn(p), lockedOut(p), mailed(p), commonest(p), changed(p), unknown(p)}
}

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
		a.Text = fmt.Sprintf("It looks so: %s logged in by %s from %s after %s from there.%s",
			l.User, l.Method, l.Source, plural(l.FailedBefore, "failed attempt"), others(guessed-1, "login"))
	default:
		a.Text = fmt.Sprintf("%s by %s. None looks guessed; see whether you know them all.",
			plural(p.Accepted, "login"), plural(accounts(p), "account"))
	}
	return a
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

// accounts is how many accounts logged in, of the logins that are listed.
func accounts(p *report.Page) int {
	users := map[string]bool{}
	for _, l := range p.Logins {
		users[l.User] = true
	}
	return len(users)
}

func lockedOut(p *report.Page) answer {
	a := answer{Question: "Who is locked out?", Section: "locked-out"}
	switch {
	case p.Told == nil:
		a.Text = notAsked
	case len(p.Told.LockedOut) == 0:
		a.Text, a.Tone = "Nobody that has worked here before.", good
	case !slices.ContainsFunc(p.Told.LockedOut, mailedOut):
		a.Text = "Nobody for certain. There are weak signs of " + lockedNames(p.Told.LockedOut) + "."
	default:
		told := slices.DeleteFunc(slices.Clone(p.Told.LockedOut), func(l report.Lockout) bool { return !mailedOut(l) })
		a.Text, a.Tone = lockedNames(told)+".", bad
	}
	return a
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
	high := 0
	for _, m := range p.Mails {
		if m.Severity == "high" {
			high++
		}
	}
	switch {
	case p.Told == nil && p.Mails == nil:
		a.Text = notAsked
	case len(p.Mails) == 0 && unmailed(p) != "":
		a.Text = "Nothing. But there " + unmailed(p) + "."
	case len(p.Mails) == 0:
		a.Text, a.Tone = "Nothing.", good
	case high > 0:
		a.Text, a.Tone = fmt.Sprintf("%s, %s of high severity.", plural(len(p.Mails), "mail"), number(high)), bad
	default:
		a.Text = plural(len(p.Mails), "mail") + ", none of high severity."
	}
	return a
}

// unmailed says what else deserves a look; "" for nothing.
func unmailed(p *report.Page) string {
	var parts []string
	if n := quiet(p); n > 0 {
		parts = append(parts, plural(n, "finding")+" for the quiet report")
	}
	if n := p.Verdicts[sshd.Human.String()]; n > 0 {
		parts = append(parts, plural(n, "event")+" bad by "+themselves(n))
	}
	if len(parts) == 0 {
		return ""
	}
	if strings.HasPrefix(parts[0], "1 ") {
		return "is " + and(parts)
	}
	return "are " + and(parts)
}

func themselves(n int) string {
	if n == 1 {
		return "itself"
	}
	return "themselves"
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
	method, failed := "", 0
	for _, m := range p.Methods {
		if m.Failed > failed {
			method, failed = m.Method, m.Failed
		}
	}
	if name, n := commonestOther(p); n > p.Failed {
		a.Text = fmt.Sprintf("Scanning: %s events of %s, before any login was tried; %s to log in.",
			number(n), name, plural(p.Failed, "failed attempt"))
		return a
	}
	if p.Failed == 0 {
		a.Text, a.Tone = "None was seen.", good
		return a
	}
	a.Section = "nets"
	a.Text = fmt.Sprintf("Guessing by %s: %s of %s failed attempts to log in.%s", method, number(failed), number(p.Failed), foremost(p))
	return a
}

// foremost adds what most guessers have in common.
func foremost(p *report.Page) string {
	text := ""
	if names := p.Attempts.Items; len(names) > 0 {
		text += fmt.Sprintf(" Most tried name: %s (%s).", names[0].Name, percent(names[0].Count, p.Attempts.Total))
	}
	if len(p.Nets) > 0 && p.Nets[0].Failed > 0 {
		text += fmt.Sprintf(" Most from: %s (%s).", p.Nets[0].Net, percent(p.Nets[0].Failed, p.Failed))
	}
	return text
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

// changed says what came up in the last part of the log.
func changed(p *report.Page) answer {
	a := answer{Question: "What has changed?", Section: "news"}
	if p.News == nil {
		a.Text = "The log is too short to tell."
		return a
	}
	a.Text = "Since " + moment(&p.News.Since) + ": " + newOnes(p.News.Items) + trend(p.News.Rates)
	return a
}

// newOnes counts what is new, by sort, in their order.
func newOnes(items []report.New) string {
	counts := map[string]int{}
	var sorts []string
	for _, n := range items {
		if counts[n.What] == 0 {
			sorts = append(sorts, n.What)
		}
		counts[n.What]++
	}
	if len(sorts) == 0 {
		return "nothing is new."
	}
	var parts []string
	for _, what := range sorts {
		parts = append(parts, plural(counts[what], "new "+newNames[what].one))
	}
	return and(parts) + "."
}

// trend tells the category that changed most, as a factor, of those that are not
// rare: a change below a third is none.
func trend(rates []report.Rate) string {
	var most report.Rate
	for _, r := range rates {
		if max(r.Before, r.Now) >= 10 && factor(r) > max(factor(most), 1.33) {
			most = r
		}
	}
	if most.Category == "" {
		return " The amount of each category is about as before."
	}
	return fmt.Sprintf(" Most changed: %s, from %s to %s a day.", most.Category, rate(most.Before), rate(most.Now))
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
	return a
}
