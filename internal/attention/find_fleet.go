package attention

import (
	"slices"
	"time"

	"sshsieve/internal/sshd"
)

// What the History of a host, or of the scope as a whole, shows.

func fault(j *judgement) []Finding {
	var found []Finding
	for _, m := range where(j.freshOf(Fault), func(m Mark) bool { return m.Kind != sshd.KindForged }) {
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

// forged finds lines that somebody else than sshd wrote in its name. It is low:
// what comes through a container's output may be a stranger's, journald's fields
// included.
func forged(j *judgement) []Finding {
	lies := func(m Mark) bool { return m.Kind == sshd.KindForged }
	if len(where(j.freshOf(Fault), lies)) == 0 {
		return nil
	}
	f := finding(where(j.of(Fault), lies))
	f.Detail["kind"] = sshd.KindForged
	return []Finding{f}
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
		if !j.isDown(m, j.world.Now) {
			continue
		}
		f := finding([]Mark{m})
		if others := j.listeningSoon(m); len(others) > 0 {
			f.Severity, f.Detail["instead"] = Medium, others[0].Time().Format("15:04:05 UTC")
		}
		found = append(found, f)
	}
	return found
}

// isDown says whether sshd did not come back in time after a restart; signs of
// life may have come before the news of it. A restart is left alone once sshd
// listened 6 hours later: that is old news.
func (h History) isDown(restarting Mark, now time.Time) bool {
	listening := h.of(Listening)
	if len(listening) > 0 && last(listening).At > restarting.At+seconds(6*time.Hour) {
		return false
	}
	deadline := restarting.At + seconds(listenWithin)
	certain := deadline + seconds(lateness)
	over := now.Unix() > certain || slices.ContainsFunc(h.of(Alive), func(m Mark) bool { return m.At > certain })
	return over && !h.forgets(Listening, restarting.At, deadline) &&
		!slices.ContainsFunc(h.listeningSoon(restarting), restarting.isSame)
}

// listeningSoon are the Marks of those who listen in time after a restart.
func (h History) listeningSoon(restarting Mark) []Mark {
	return where(within(h.of(Listening), restarting.At, restarting.At+seconds(listenWithin)),
		func(m Mark) bool { return !m.precedes(&restarting) })
}

// isSame says whether the daemon that was told to restart is the one that
// listens: sshd executes itself anew (sshd.c sighup_restart), so its pid stays.
// Only one that is no child of process 1 forks then (daemonized), at once. Where
// the log has no pid it is taken for the same.
func (m Mark) isSame(listening Mark) bool {
	return m.Detail == "" || listening.Detail == "" || m.Detail == listening.Detail || m.At == listening.At
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

// Followups are the Marks that Findings leave with the Fleet, whose rules look
// across sources, users and hosts.
func Followups(findings []Finding) []Mark {
	var marks []Mark
	for i := range findings {
		marks = append(marks, findings[i].followups()...)
	}
	return marks
}

func (f *Finding) followups() []Mark {
	m := Mark{At: f.At.Unix(), User: f.User, Source: f.Source, Host: f.Host, Times: 1}
	switch f.Rule + "/" + f.Reason {
	case "password-guessing/source":
		m.What, m.Times = Guessed, f.Count
	case "login/new-source":
		return []Mark{{What: Moved, At: f.At.Unix(), User: f.User, Times: 1}}
	case "login/new-key":
		m.What, m.Credential = NewKey, f.Detail["credential"]
	case "locked-out/policy":
		m.What, m.Kind = Denial, f.Detail["kind"]
	case "locked-out/policy-everywhere":
		m.What, m.Kind = Denial, f.Detail["kind"]
		return m.onEach(f.Hosts, f.factID())
	default:
		return nil
	}
	m.ID = f.factID()
	return []Mark{m}
}

// onEach is the Mark on each of some hosts.
func (m Mark) onEach(hosts []string, id uint64) (marks []Mark) {
	m.ID = id
	for _, host := range hosts {
		m.Host = host
		marks = append(marks, m)
	}
	return marks
}

func guessingBegins(j *judgement) []Finding {
	if j.world.Config.GuessingMail == GuessingOff {
		return nil
	}
	for _, m := range j.freshOf(Guessed) {
		return []Finding{finding([]Mark{m})}
	}
	return nil
}

func policyForAll(j *judgement) []Finding {
	var found []Finding
	for _, m := range j.freshOf(Denial) {
		same := where(j.of(Denial), func(n Mark) bool { return n.Kind == m.Kind })
		for _, run := range burstsOf(same, deniedWithin, areMany) {
			f := finding(run)
			f.Users, f.Hosts = usersOf(run), hostsOf(run)
			f.Evidence = slices.Compact(f.Evidence) // one Finding may have told of several hosts
			f.Detail["kind"], f.subject = m.Kind, m.Kind
			f.User, f.Count = "", max(len(f.Users), len(f.Hosts))
			found = append(found, f)
		}
	}
	return found
}

// areMany says whether enough users, or hosts, are refused.
func areMany(run []Mark) bool { return max(len(usersOf(run)), len(hostsOf(run))) >= deniedMany }

// usersOf lists the users of some marks, each once.
func usersOf(marks []Mark) []string { return eachOnce(marks, func(m Mark) string { return m.User }) }

// hostsOf lists their hosts.
func hostsOf(marks []Mark) []string { return eachOnce(marks, func(m Mark) string { return m.Host }) }

func eachOnce(marks []Mark, of func(Mark) string) (list []string) {
	for _, m := range marks {
		if s := of(m); s != "" && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}
