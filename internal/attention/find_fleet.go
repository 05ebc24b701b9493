package attention

import (
	"slices"
	"time"
)

// What the History of a host, or of the scope as a whole, shows.

func fault(j *judgement) []Finding {
	var found []Finding
	for _, m := range j.freshOf(Fault) {
		f := finding([]Mark{m})
		f.Detail["kind"], f.Detail["category"], f.subject = m.Kind, m.Detail, m.Kind
		f.Count = len(where(j.of(Fault), func(n Mark) bool { return n.Kind == m.Kind }))
		switch {
		case m.Method == "stderr":
			f.Severity = Low // a stranger may have written it
		case stopsLogins[m.Kind]:
			f.Severity = High
		}
		found = append(found, f)
	}
	return found
}

// stopsLogins are the faults with which nobody, or hardly anybody, gets in.
var stopsLogins = map[string]bool{
	"cannot-bind": true, "bind-failed": true, "no-hostkeys": true, "options-bad": true, "session-program-missing": true,
	"rexec-mismatch": true, "privsep-user-missing": true, "privsep-directory-missing": true, "privsep-directory-modes": true,
	"restart-failed": true, "krl-unreadable": true, "pam-module-missing": true, "accept-failed": true, "fork-failed": true,
	"child-crash": true, "child-signal": true, "preauth-child-signal": true, "penalty-crash": true,
}

// restart finds a host whose sshd was told to read its configuration anew and
// did not come back: any later line of the host tells that the time is over.
func restart(j *judgement) []Finding {
	var found []Finding
	for _, m := range j.of(Restarting) {
		if j.isDown(m, j.world.Now) {
			found = append(found, finding([]Mark{m}))
		}
	}
	return found
}

// isDown says whether sshd did not listen in time after a restart; signs of life
// may have come before the news of it. A restart is left alone once sshd listened
// 6 hours later: by then it may be forgotten when it listened first.
func (h History) isDown(restarting Mark, now time.Time) bool {
	listening := h.of(Listening)
	if len(listening) > 0 && last(listening).At > restarting.At+seconds(6*time.Hour) {
		return false
	}
	deadline := restarting.At + seconds(listenWithin)
	certain := deadline + seconds(lateness)
	over := now.Unix() > certain || slices.ContainsFunc(h.of(Alive), func(m Mark) bool { return m.At > certain })
	return over && len(within(listening, restarting.At, deadline)) == 0
}

// awaits says whether a restart's time is over and nobody was told: then any
// sign of life is news.
func (h History) awaits(now time.Time) bool {
	return slices.ContainsFunc(h.of(Restarting), func(m Mark) bool {
		return h.isDown(m, now) && !slices.ContainsFunc(h.of(Told), func(t Mark) bool {
			return t.Kind == "sshd-broken/restart" && time.Duration(t.At-m.At).Abs()*time.Second < 6*time.Hour
		})
	})
}

// follow-up kinds: what one Finding makes the Fleet remember.
const (
	kindGuessing = "guessing"
	kindNewKey   = "new-key"
)

// Followups are the Marks that Findings leave with the Fleet, whose rules look
// across sources, users and hosts.
func Followups(findings []Finding) []Mark {
	var marks []Mark
	for _, f := range findings {
		m := Mark{At: f.At.Unix(), User: f.User, Source: f.Source, Host: f.Host, Times: 1}
		switch f.Rule + "/" + f.Reason {
		case "password-guessing/source":
			m.What, m.Kind, m.Times = Failure, kindGuessing, f.Count
		case "login/new-key":
			m.What, m.Kind, m.Credential = Denial, kindNewKey, f.Detail["credential"]
		case "locked-out/policy":
			m.What, m.Kind = Denial, f.Detail["kind"]
		default:
			continue
		}
		m.ID = hashOf(f.ID())
		marks = append(marks, m)
	}
	return marks
}

func guessingBegins(j *judgement) []Finding {
	if j.world.Config.GuessingMail == GuessingOff {
		return nil
	}
	for _, m := range where(j.freshOf(Failure), func(m Mark) bool { return m.Kind == kindGuessing }) {
		return []Finding{finding([]Mark{m})}
	}
	return nil
}

func newKeys(j *judgement) []Finding {
	isNew := func(m Mark) bool { return m.Kind == kindNewKey }
	fresh := where(j.freshOf(Denial), isNew)
	if len(fresh) == 0 {
		return nil
	}
	f := finding(fresh)
	if f.Users = usersOf(fresh); len(f.Users) > 1 {
		f.User = ""
	}
	return []Finding{f}
}

func policyForAll(j *judgement) []Finding {
	var found []Finding
	for _, m := range where(j.freshOf(Denial), func(m Mark) bool { return m.Kind != kindNewKey }) {
		same := where(j.of(Denial), func(n Mark) bool { return n.Kind == m.Kind })
		for _, run := range burstsOf(same, 10*time.Minute, areMany) {
			f := finding(run)
			f.Users = usersOf(run)
			f.User, f.Detail["kind"], f.subject = "", m.Kind, m.Kind
			found = append(found, f)
		}
	}
	return found
}

// areMany says whether enough users, or hosts, are refused.
func areMany(run []Mark) bool {
	users := distinct(run, func(m Mark) string { return m.User })
	hosts := distinct(run, func(m Mark) string { return m.Host })
	return max(users, hosts) >= deniedMany
}

// usersOf lists the users of some marks, each once.
func usersOf(marks []Mark) []string {
	var users []string
	for _, m := range marks {
		if m.User != "" && !slices.Contains(users, m.User) {
			users = append(users, m.User)
		}
	}
	return users
}

func drift(j *judgement) []Finding {
	var found []Finding
	for _, m := range j.freshOf(Unknown) {
		same := where(j.of(Unknown), func(n Mark) bool { return n.Detail == m.Detail })
		lately := within(j.of(Unknown), m.At-seconds(time.Hour), m.At)
		if distinct(same, func(n Mark) string { return n.Host }) < shapeHosts && count(lately) < shapeLines {
			continue
		}
		f := finding(same)
		f.Host, f.Detail["shape"], f.subject = "", m.Detail, m.Detail
		found = append(found, f)
	}
	return found
}
