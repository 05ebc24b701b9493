package html

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"sshsieve/internal/report"
	"sshsieve/internal/sshd"
)

// adminPart is what somebody who runs the hosts has to know.
func adminPart(p *report.Page) part {
	return part{ID: "admin", Title: "For whoever runs the hosts", Sections: []section{
		logins(p), accountTimes(p), lockouts(p), attacked(p), news(p), rates(p), mails(p), humans(p), unrecognised(p),
	}}
}

func mails(p *report.Page) section {
	when := stamps(p)
	s := section{ID: "mails", Title: "What would have been mailed, and why", TextsTitle: "The mails in full",
		Intro: "The mails that sshsieve would have sent because of this log, had it run all the while with nothing learned before; those of high severity first.",
		None:  "Nothing would have been mailed."}
	if p.Mails == nil {
		s.None = notAsked
	}
	t := &table{Columns: columns("~subject", "severity", "@time (UTC)", "~why")}
	list, more := shorten(gravestFirst(p.Mails), p, "mails")
	t.More = more
	for _, m := range list {
		t.Rows = append(t.Rows, row{Marked: m.Severity == "high", Cells: []string{m.Subject, m.Severity, when(&m.Time), m.Why}})
	}
	for i, m := range inFull(p) {
		s.Texts = append(s.Texts, text{fmt.Sprint("mail-", i+1), moment(&m.Time) + "  " + m.Subject, m.Text, m.Severity == "high"})
	}
	s.Table = t.orNil()
	if s.Table != nil {
		s = s.intro("A mail counts what came until it was sent, as far as sshsieve remembers; other counts of this page are the whole log’s.")
	}
	return s.intro(untold(p))
}

// gravestFirst keeps the order of those that are as grave.
func gravestFirst(mails []report.Mail) []report.Mail {
	mails = slices.Clone(mails)
	slices.SortStableFunc(mails, func(a, b report.Mail) int { return cmp.Compare(lightness(a), lightness(b)) })
	return mails
}

func lightness(m report.Mail) int {
	if m.Severity == "high" {
		return 0
	}
	return 1
}

// mailsInFull bounds the texts, of some 2 KB each; sshsieve preview has all.
const mailsInFull = 30

// inFull are the mails whose texts the page has, the gravest first.
func inFull(p *report.Page) []report.Mail {
	list := slices.DeleteFunc(gravestFirst(p.Mails), func(m report.Mail) bool { return m.Text == "" })
	return list[:min(len(list), mailsInFull)]
}

// mailID is the id of the latest mail in full of those wanted; "" for none.
func mailID(p *report.Page, wanted func(report.Mail) bool) string {
	for i, m := range slices.Backward(inFull(p)) {
		if wanted(m) {
			return fmt.Sprint("mail-", i+1)
		}
	}
	return ""
}

// intro adds a sentence.
func (s section) intro(text string) section {
	s.Intro = strings.TrimSpace(s.Intro + " " + text)
	return s
}

// untold says what else was found.
func untold(p *report.Page) string {
	if p.Told == nil {
		return ""
	}
	text := unsent(p.Told.Untold)
	if n := p.Told.HeldBack; n > 0 {
		text += plural(n, "finding") + " would have had no mail of their own, but stood in a summary, as too many came at once. "
	}
	if n := p.Told.BanMessages; n > 0 {
		text += fmt.Sprintf("Tools that ban addresses would have got %s about %s. ", plural(n, "message"), plural(p.Told.BanSources, "source"))
	}
	if p.Told.LearningUntil != nil {
		text += learning(p)
	}
	return strings.TrimSpace(text)
}

// untoldShown bounds the findings that are named.
const untoldShown = 6

// fates say why nobody is mailed: the words of Untold.State.
var fates = map[string]string{"reported": "too weak for a mail", "late": "too late", "muted": "muted", "repeated": "told of already"}

// unsent says which findings stand in the weekly report only.
func unsent(list []report.Untold) string {
	if len(list) == 0 {
		return ""
	}
	var parts []string
	for _, u := range list[:min(len(list), untoldShown)] {
		parts = append(parts, fmt.Sprintf("%s of %s/%s (%s)", number(u.Count), u.Rule, u.Reason, cmp.Or(fates[u.State], u.State)))
	}
	rest := 0
	for _, u := range list[len(parts):] {
		rest += u.Count
	}
	if rest > 0 {
		parts = append(parts, plural(rest, "other"))
	}
	return "Found, and only in the weekly report: " + and(parts) + ". "
}

// learning says what nobody was told, since everything is new at first.
func learning(p *report.Page) string {
	until := moment(p.Told.LearningUntil) + " UTC"
	if p.To == nil || !p.Told.LearningUntil.Before(*p.To) {
		return "Logins, keys and places that are new were not told for this log: the learning period lasts until " + until + ", and the log ends before."
	}
	return "Logins, keys and places that were new before " + until + " were not told, but learned (learning period)."
}

func lockouts(p *report.Page) section {
	when := stamps(p)
	s := section{ID: "locked-out", Title: "Who is locked out",
		Intro: "Users who have worked here before, or whose credential is good, and who cannot get in. Marked are those clear enough for a mail, who have not logged in since.",
		None:  "Nobody, as far as the log tells."}
	if p.Told == nil {
		s.None = notAsked
		return s
	}
	t := &table{Columns: columns("who", "~what", "from", "host", "#times", "@first (UTC)", "@last", "mailed", "@in again"), More: more(p, "locked_out")}
	for _, l := range p.Told.LockedOut {
		t.Rows = append(t.Rows, row{Marked: l.Mailed && l.Again == nil, Cells: []string{who(l), what(l.What), orDash(l.Source), l.Host, number(l.Count), when(&l.First), when(&l.Last), yes(l.Mailed), when(l.Again)}})
	}
	s.Table = t.orNil()
	return s
}

// what is a mail's subject without what stands in columns of its own: notice
// writes "[sshsieve HOST] SEVERITY: WHAT".
func what(subject string) string {
	if _, rest, ok := strings.Cut(subject, "] "); ok {
		if _, rest, ok := strings.Cut(rest, ": "); ok {
			return rest
		}
	}
	return subject
}

// who is locked out, as a cell.
func who(l report.Lockout) string {
	users := orDash(strings.Join(l.Users, ", "))
	if l.Likely {
		return "probably " + users
	}
	return users
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func logins(p *report.Page) section {
	when := stamps(p)
	s := section{ID: "logins", Title: "Who logged in, from where, by what credential",
		Intro: "Marked are logins that look guessed (by something that can be guessed, after failed attempts of the same source), and later ones to the same account. " + whose(p),
		None:  "Nobody."}
	t := &table{Columns: columns("user", "verdict", "from", "method", "~credential", "hosts", "#logins", "#failed before", "@first (UTC)", "@last")}
	list, more := shorten(markedFirst(p.Logins), p, "logins")
	t.More = more
	for _, l := range list {
		t.Rows = append(t.Rows, row{Marked: l.Guessed || l.AfterGuess, Cells: []string{l.User, loginVerdict(l), l.Source, l.Method, l.Key, loginHosts(l),
			number(l.Count), number(l.FailedBefore), when(l.First), when(l.Last)}})
	}
	s.Table = t.orNil()
	return s
}

// markedFirst keeps the order of the others.
func markedFirst(logins []report.Login) []report.Login {
	marked := func(l report.Login) bool { return l.Guessed || l.AfterGuess }
	return slices.Concat(slices.DeleteFunc(slices.Clone(logins), func(l report.Login) bool { return !marked(l) }),
		slices.DeleteFunc(slices.Clone(logins), marked))
}

// loginVerdict says why a login is marked.
func loginVerdict(l report.Login) string {
	text := ""
	switch {
	case l.Guessed:
		text = "looks guessed"
	case l.AfterGuess:
		text = "after it was guessed"
	}
	if doubt := doubts[l.Trust]; doubt != "" {
		return strings.TrimPrefix(text+"; "+doubt, "; ")
	}
	return text
}

// doubts say of lines that somebody else than sshd may have written, who.
var doubts = map[string]string{"peer": "a stranger may have written the line", "forged": "the line is not sshd’s"}

// whose says who can have written the lines that nothing speaks against.
func whose(p *report.Page) string {
	if slices.ContainsFunc(p.Logins, func(l report.Login) bool { return l.Trust == "host" }) {
		return "The log does not prove who wrote it: any program on a host can write such lines."
	}
	return ""
}

// loginHosts names where somebody logged in: the first two, where all would fill
// the table.
func loginHosts(l report.Login) string {
	const wide = 40
	names, more := slices.Sorted(slices.Values(l.Hosts)), l.MoreHosts
	if len(names) > 2 && len(strings.Join(names, ", ")) > wide {
		names, more = names[:2], true
	}
	text := strings.Join(names, ", ")
	if more {
		text += ", …"
	}
	return text
}

// accountTimes show who works when.
func accountTimes(p *report.Page) section {
	when := stamps(p)
	s := section{ID: "accounts", Title: "When each account was logged in to", None: "Nobody logged in."}
	t, bars := &table{Columns: columns("account", "#logins", "@first (UTC)", "@last"), More: more(p, "accounts")}, &graph{}
	var rows []series
	for _, a := range p.Accounts {
		t.add(a.User, number(a.Count), when(a.First), when(a.Last))
		bars.addBar(a.User, a.Count)
		rows = append(rows, series{Name: a.User, Values: a.Timeline})
	}
	s.Table = t.orNil()
	return s.rainOr(bars, p, "logins", report.Colour(sshd.Accepted), rows)
}

// attacked are the accounts that are there to be guessed.
func attacked(p *report.Page) section {
	when := stamps(p)
	s := section{ID: "attacked", Title: "Accounts that exist, and whose passwords are guessed at",
		Intro: "Failed attempts are of anybody, their own users included. An account that takes keys only cannot be guessed.", None: "None, as far as the log tells."}
	t := &table{Columns: columns("account", "#failed", "#logins", "@seen first (UTC)", "@seen last")}
	for _, u := range p.Users {
		if u.Exists && u.Failed > 0 {
			t.add(u.Name, number(u.Failed), number(u.Accepted), when(u.First), when(u.Last))
		}
	}
	s.Table = t.orNil()
	return s
}

func humans(p *report.Page) section {
	when := stamps(p)
	s := section{ID: "human", Title: "Lines that a person should read, each by itself",
		Intro: "Such a line is bad whatever was seen before it. What is bad only together with other lines stands under “What would have been mailed, and why”.",
		None:  byThemselves(p)}
	t := &table{Columns: columns("kind", "~what it means", "~what to do", "category", "#events", "@first (UTC)", "@last")}
	for _, k := range p.Human {
		t.add(k.Kind, k.Means, k.Do, k.Category, number(k.Count), when(k.First), when(k.Last))
	}
	s.Table = t.orNil()
	return s
}

func unrecognised(p *report.Page) section {
	s := section{ID: "unrecognised", Title: "What nobody recognises",
		Intro: "Wordings of sshd that the message table does not know, their parts that vary blanked.",
		None:  "Every line of sshd is known."}
	t := &table{Columns: columns("~wording", "#events"), More: more(p, "unrecognised")}
	for _, u := range p.Unrecognised {
		t.add(u.Name, number(u.Count))
	}
	s.Table = t.orNil()
	return s
}

// ms is a time as JavaScript counts it; 0 for none.
func ms(t *time.Time) int64 {
	if t == nil {
		return 0
	}
	return t.UnixMilli()
}
