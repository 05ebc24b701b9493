package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
	"sshsieve/internal/syslog"
)

// Bounds of what would have been told.
const (
	maxMails     = 300
	maxMailTexts = 100 // mails whose text is on the page, too
	maxLockouts  = 100
	maxUsersOf   = 10 // of a lockout
)

// Tell puts on the page what people would have been told: mails in the order of
// sending, other findings with the word for what became of each, and what else
// Told says. The lists of told are made of these.
func (p *Page) Tell(mails []notice.Notice, others []Fate, told Told) {
	told.LockedOut, told.Untold = p.lockouts(mails, others), untold(others)
	note(p.More, "locked_out", len(told.LockedOut)-min(len(told.LockedOut), maxLockouts))
	told.LockedOut = told.LockedOut[:min(len(told.LockedOut), maxLockouts)]
	p.Told, p.Mails = &told, mailsOf(p, mails)
	if p.News != nil {
		p.News.add(p.News.lockouts(told.LockedOut))
		p.News.Headline = p.News.headline()
	}
}

// A Fate is a finding that nobody was mailed, and why: the word of
// watch.State.
type Fate struct {
	Notice notice.Notice
	State  string
}

// mailsOf keeps the gravest of too many mails, and the texts of the gravest.
func mailsOf(p *Page, notices []notice.Notice) []Mail {
	order := make([]int, len(notices))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(notices[b].Severity, notices[a].Severity) })
	note(p.More, "mails", len(order)-min(len(order), maxMails))
	order = order[:min(len(order), maxMails)]
	withText := slices.Clone(order[:min(len(order), maxMailTexts)])
	slices.Sort(order)
	slices.Sort(withText)
	mails := []Mail{}
	for _, i := range order {
		m := mailOf(&notices[i])
		if _, found := slices.BinarySearch(withText, i); found {
			m.Text = notices[i].Text
		}
		mails = append(mails, m)
	}
	return mails
}

func mailOf(n *notice.Notice) Mail {
	return Mail{Time: n.Time.UTC(), Severity: n.Severity.String(), Rule: n.Rule, Reason: n.Reason, Subject: n.Subject,
		Why: whyOf(n.Rule, n.Reason), User: n.User, Source: sourceName(n.Addr), Host: n.Host, Count: n.Count, Since: n.Since.UTC()}
}

// whyOf is what a rule asks for; "" for one that is not in the table.
func whyOf(rule, reason string) string {
	for _, r := range attention.Rules {
		if r.Name != rule {
			continue
		}
		for _, x := range r.Reasons {
			if x.Name == reason {
				return x.When
			}
		}
	}
	return ""
}

// lockingRules are those of users who cannot work.
var lockingRules = []string{"locked-out", "credential-refused"}

// lockouts lists who cannot work, each once, the latest first.
func (p *Page) lockouts(mails []notice.Notice, others []Fate) []Lockout {
	all := map[string]*Lockout{}
	for i := range mails {
		addLockout(all, &mails[i], true)
	}
	for i := range others {
		addLockout(all, &others[i].Notice, false)
	}
	list := []Lockout{}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		p.correct(all[key])
		all[key].Again = p.again(all[key])
		list = append(list, *all[key])
	}
	slices.SortStableFunc(list, func(a, b Lockout) int { return b.Last.Compare(a.Last) })
	return list
}

// again is when the last of a Lockout's users, or one of those that it is likely
// about, logged in behind it; nil: not yet.
func (p *Page) again(l *Lockout) *time.Time {
	var latest *time.Time
	for _, user := range l.Users {
		at := p.loginAfter(l, user)
		if at == nil && !l.Likely {
			return nil
		}
		if at != nil && (latest == nil || at.After(*latest)) {
			latest = at
		}
	}
	if len(l.Users) == 0 {
		return p.loginAfter(l, "")
	}
	return latest
}

// loginAfter is the latest login of a user, "" for anybody, behind a Lockout. Where
// no line names whom it is about, it must come from there.
func (p *Page) loginAfter(l *Lockout, user string) *time.Time {
	var latest *time.Time
	for i := range p.logins {
		o := &p.logins[i]
		theirs := user == "" || o.User == user
		there := o.MoreHosts || slices.Contains(o.Hosts, l.Host) || l.Host == "" || l.Reason == "policy-everywhere"
		from := user != "" && !l.Likely || o.Source == l.Source
		sure := !o.Guessed && !o.AfterGuess && o.Trust != syslog.Peer.String()
		if theirs && there && from && sure && o.Last != nil && o.Last.After(l.Last) && (latest == nil || o.Last.After(*latest)) {
			latest = o.Last
		}
	}
	return latest
}

// addLockout takes a Notice of one of the lockingRules: those about the same
// users, source and host are one.
func addLockout(all map[string]*Lockout, n *notice.Notice, mailed bool) {
	rule := slices.IndexFunc(n.Rules, func(r notice.RuleReason) bool { return slices.Contains(lockingRules, r.Rule) })
	if rule < 0 {
		return
	}
	l := Lockout{Users: usersOf(n), Likely: n.User == "" && len(n.Users) > 0, Source: sourceName(n.Addr), Host: n.Host, Rule: n.Rules[rule].Rule,
		Reason: n.Rules[rule].Reason, What: strings.TrimSuffix(n.Subject, " x"+strconv.Itoa(n.Count)), Count: n.Count, First: n.Since.UTC(), Last: n.Time.UTC(), Mailed: mailed}
	key := fmt.Sprintf("%q", []any{l.Rule, l.Reason, l.Source, l.Host, l.Users, fmt.Sprint(l.Likely)})
	had := all[key]
	if had == nil {
		all[key] = &l
		return
	}
	had.merge(l)
}

func (l *Lockout) merge(o Lockout) {
	l.Count += o.Count
	if o.First.Before(l.First) {
		l.First = o.First
	}
	if o.Last.After(l.Last) {
		l.Last = o.Last
	}
	l.Mailed = l.Mailed || o.Mailed
}

// usersOf are the users of a Notice, the one that it is about first.
func usersOf(n *notice.Notice) []string {
	users := []string{}
	for _, name := range append([]string{n.User}, n.Users...) {
		if name != "" && !slices.Contains(users, name) && len(users) < maxUsersOf {
			users = append(users, name)
		}
	}
	return users
}

// untold counts the other findings.
func untold(others []Fate) []Untold {
	counts := map[Untold]int{}
	for _, f := range others {
		counts[Untold{Rule: f.Notice.Rule, Reason: f.Notice.Reason, State: f.State}]++
	}
	list := []Untold{}
	for u, n := range counts {
		u.Count = n
		list = append(list, u)
	}
	slices.SortFunc(list, func(a, b Untold) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.State, b.State))
	})
	return list
}
