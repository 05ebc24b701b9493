package html

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"sshsieve/internal/report"
)

// adminPart is what somebody who runs the hosts has to know.
func adminPart(p *report.Page) part {
	return part{ID: "admin", Title: "For whoever runs the hosts", Sections: []section{
		mails(p), lockouts(p), logins(p), humans(p), news(p), rates(p), unrecognised(p),
	}}
}

func mails(p *report.Page) section {
	s := section{ID: "mails", Title: "What would have been mailed, and why",
		Intro: "The mails that the deployed function would have sent because of this log, from an empty memory; those of high severity first.",
		None:  "Nothing would have been mailed."}
	if p.Mails == nil {
		s.None = notAsked
	}
	t := &table{Columns: columns("@time (UTC)", "severity", "~subject", "~why")}
	list, more := shorten(gravestFirst(p.Mails), p, "mails")
	t.More = more
	for _, m := range list {
		t.Rows = append(t.Rows, row{m.Severity == "high", []string{moment(&m.Time), m.Severity, m.Subject, m.Why}})
		if m.Text != "" && len(s.Texts) < mailsInFull {
			s.Texts = append(s.Texts, text{moment(&m.Time) + "  " + m.Subject, m.Text})
		}
	}
	s.Table = t.orNil()
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
const mailsInFull = 50

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
	text := fmt.Sprintf("%s would stand in the quiet report only; ban tools would have got %s about %s.",
		plural(quiet(p), "finding"), plural(p.Told.BanMessages, "message"), plural(p.Told.BanSources, "source"))
	if p.Told.LearningUntil != nil {
		text += " " + learning(p)
	}
	return text
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
	s := section{ID: "locked-out", Title: "Who is locked out",
		Intro: "Users who have worked here before, or whose credential is good, and cannot get in. Marked are those that would have been mailed; the others are weaker signs. Times are what the log holds where its lines name the cause; elsewhere what was told, which leaves out what came while mails about it were quiet.",
		None:  "Nobody, as far as the log tells."}
	if p.Told == nil {
		s.None = notAsked
		return s
	}
	t := &table{Columns: columns("who", "from", "host", "~what", "#times", "@first (UTC)", "@last", "mailed"), More: more(p, "locked_out")}
	for _, l := range p.Told.LockedOut {
		t.Rows = append(t.Rows, row{l.Mailed, []string{who(l), orDash(l.Source), l.Host, what(l.What), number(l.Count), moment(&l.First), moment(&l.Last), yes(l.Mailed)}})
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
	s := section{ID: "logins", Title: "Who logged in, from where, by what credential",
		Intro: "Marked are logins that look guessed: by something that can be guessed, after failed attempts of the same source. The last column says who can have written the line.",
		None:  "Nobody."}
	t := &table{Columns: columns("user", "from", "method", "~credential", "hosts", "#logins", "#failed before", "@first (UTC)", "@last", "line by")}
	list, more := shorten(p.Logins, p, "logins") // those that look guessed come first
	t.More = more
	for _, l := range list {
		t.Rows = append(t.Rows, row{l.Guessed, []string{l.User, l.Source, l.Method, l.Key, loginHosts(l), number(l.Count),
			number(l.FailedBefore), moment(l.First), moment(l.Last), writers[l.Trust]}})
	}
	s.Table = t.orNil()
	return s
}

// writers say in words who can have written a line.
var writers = map[string]string{
	"root": "root", "host": "anyone there", "peer": "maybe a stranger", "forged": "not sshd",
}

func loginHosts(l report.Login) string {
	text := strings.Join(l.Hosts, ", ")
	if l.MoreHosts {
		text += ", …"
	}
	return text
}

func humans(p *report.Page) section {
	s := section{ID: "human", Title: "Lines that are bad by themselves",
		Intro: "Each kind is worth a look by itself, whatever was seen before. What is bad only together with other lines stands under “What would have been mailed, and why”.",
		None:  "None."}
	t := &table{Columns: columns("kind", "category", "#events", "@first (UTC)", "@last", "~what it means", "~what to do")}
	for _, k := range p.Human {
		t.add(k.Kind, k.Category, number(k.Count), moment(k.First), moment(k.Last), k.Means, k.Do)
	}
	s.Table = t.orNil()
	return s
}

// newNames are the sorts of what is new, as a count says them and as the table.
var newNames = map[string]struct{ one, what string }{
	"login":   {"account", "first login of an account"},
	"key":     {"credential", "first login with a credential"},
	"source":  {"login source", "first login from there"},
	"host":    {"host", "host that was silent before"},
	"kind":    {"message kind", "message never seen before"},
	"wording": {"unknown wording", "wording that nobody recognises"},
	"net":     {"busy network", "network among the busiest"},
}

func news(p *report.Page) section {
	s := section{ID: "news", Title: "What is new", None: "Nothing."}
	if p.News == nil {
		s.None = "The log is too short to tell."
		return s
	}
	s.Intro = "What the log first shows after " + moment(&p.News.Since) + " UTC, its last part."
	t := &table{Columns: columns("what", "~name", "user", "#events", "@first (UTC)", "@last")}
	for _, n := range p.News.Items {
		t.add(newNames[n.What].what, n.Name, n.User, number(n.Count), moment(n.First), moment(n.Last))
	}
	s.Table = t.orNil()
	return s
}

func rates(p *report.Page) section {
	s := section{ID: "rates", Title: "Events a day, before and now", None: "The log is too short to tell."}
	if p.News == nil {
		return s
	}
	s.Intro = "The last part of the log, from " + moment(&p.News.Since) + " UTC on, beside all before."
	t := &table{Columns: columns("category", "#a day before", "#a day now", "change")}
	for _, r := range p.News.Rates {
		t.add(r.Category, rate(r.Before), rate(r.Now), change(r))
	}
	s.Table = t.orNil()
	return s
}

// change is a rate's, in words.
func change(r report.Rate) string {
	switch {
	case r.Before == 0 && r.Now > 0:
		return "new"
	case r.Now == 0:
		return "gone"
	case factor(r) < 1.33:
		return "about the same"
	case r.Now > r.Before:
		return fmt.Sprintf("↑ ×%.1f", r.Now/r.Before)
	}
	return fmt.Sprintf("↓ ÷%.1f", r.Before/r.Now)
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
