package attention

import (
	"net/netip"
	"slices"
	"strconv"
)

// What an existing user's History shows.

// ofLogin makes a Finding of a login.
func ofLogin(login Mark) Finding {
	f := finding([]Mark{login})
	f.Detail["method"], f.Detail["credential"] = login.Method, login.Credential
	f.subject = login.Source.String()
	return f
}

// each makes Findings of those of the logins for which ok is true.
func each(logins []Mark, ok func(login Mark) bool) (found []Finding) {
	for _, login := range where(logins, ok) {
		found = append(found, ofLogin(login))
	}
	return found
}

// eachNovel makes Findings of those of the new logins of which ok is true; more,
// unless nil, says more of each.
func (j *judgement) eachNovel(ok func(n *novelty) bool, more func(n *novelty, f *Finding)) (found []Finding) {
	if !j.compared {
		j.novelties, j.compared = j.compare(j.freshOf(Login)), true
	}
	for i := range j.novelties {
		n := &j.novelties[i]
		if !ok(n) {
			continue
		}
		f := ofLogin(n.login)
		if more != nil {
			more(n, &f)
		}
		found = append(found, f)
	}
	return found
}

// before are the user's logins before a time.
func (j *judgement) before(at int64) []Mark {
	return within(j.of(Login), at-seconds(knownFor), at-1)
}

// from are the marks of one source.
func from(marks []Mark, source netip.Addr) []Mark {
	return where(marks, func(m Mark) bool { return m.Source == source })
}

// cameFrom says whether a mark is of a source.
func cameFrom(marks []Mark, source netip.Addr) bool {
	return slices.ContainsFunc(marks, func(m Mark) bool { return m.Source == source })
}

// isKnown says whether the source is known for the user at a time: a login by
// key, or logins on two days. What one host saw counts for the others once a
// second host or day agrees, since anybody with a shell on it can write its log.
func (j *judgement) isKnown(source netip.Addr, host string, at int64) bool {
	if contains(j.world.Config.Known, source) {
		return true
	}
	logins := from(j.before(at), source)
	days := distinct(logins, func(m Mark) int64 { return m.At / seconds(day) })
	if days > 1 {
		return true
	}
	byKey := where(logins, Mark.byKey)
	return distinct(byKey, func(m Mark) string { return m.Host }) > 1 ||
		slices.ContainsFunc(byKey, func(m Mark) bool { return m.Host == host })
}

// isNear says whether a source is not known for the user, but two of its /24
// are, on two days: the provider gave the user another address.
func (j *judgement) isNear(source netip.Addr, at int64) bool {
	if !source.Is4() {
		return false
	}
	near := where(j.before(at), func(m Mark) bool {
		return m.Source != source && foldTo24(m.Source) == foldTo24(source) && j.isKnown(m.Source, m.Host, at)
	})
	return distinct(near, func(m Mark) netip.Addr { return m.Source }) > 1 &&
		distinct(near, func(m Mark) int64 { return m.At / seconds(day) }) > 1
}

func foldTo24(a netip.Addr) netip.Addr {
	if !a.Is4() {
		return netip.Addr{}
	}
	p, _ := a.Prefix(24)
	return p.Addr()
}

func afterGuessing(j *judgement) []Finding {
	logins := j.freshOf(Login)
	if len(j.freshOf(Guess)) > 0 {
		logins = j.of(Login) // the failures may arrive late
	}
	var found []Finding
	for _, login := range logins {
		if login.byKey() || j.isKnown(login.Source, login.Host, login.At) {
			continue
		}
		tries := within(j.of(Guess), login.At-seconds(day), login.At)
		n, sources := count(tries), distinct(tries, func(m Mark) netip.Addr { return m.Source })
		if n < guessesOfUser || sources < guessingSources {
			continue
		}
		f := ofLogin(login)
		f.Count, f.Detail["sources"] = n, itoa(sources)
		found = append(found, f)
	}
	return found
}

func keysOnly(j *judgement) []Finding {
	hosts := j.world.Config.KeysOnly
	return each(j.freshOf(Login), func(login Mark) bool {
		return login.bySecret() && (slices.Contains(hosts, login.Host) || slices.Contains(hosts, "*"))
	})
}

func rootPassword(j *judgement) []Finding {
	return each(j.freshOf(Login), func(login Mark) bool { return login.bySecret() && login.User == "root" })
}

// A novelty is what is new about a login.
type novelty struct {
	login                     Mark
	first, credential, source bool
	rolling, roaming          bool // new credentials, or sources, are the user's habit
}

// compare lists what is novel of some logins. While the scope learns, and of
// automation, nothing is.
func (j *judgement) compare(logins []Mark) (novelties []novelty) {
	config := &j.world.Config
	for _, login := range logins {
		if j.world.isLearning(login.At) || slices.Contains(config.AutomationUsers, login.User) || contains(config.AutomationSources, login.Source) {
			continue
		}
		if n := j.novelty(login); n.first || n.credential || n.source {
			novelties = append(novelties, n)
		}
	}
	return novelties
}

// novelty compares a login with those before it.
func (j *judgement) novelty(login Mark) novelty {
	before := j.before(login.At)
	week := within(j.of(Login), login.At-seconds(7*day), login.At)
	return novelty{
		login:      login,
		first:      len(before) == 0,
		credential: !slices.ContainsFunc(before, func(m Mark) bool { return m.Credential == login.Credential }),
		source:     !cameFrom(before, login.Source) && !contains(j.world.Config.Known, login.Source),
		rolling:    distinct(week, func(m Mark) string { return m.Credential }) > rollingCredentials,
		roaming:    distinct(week, func(m Mark) netip.Addr { return m.Source }) > roamingSources,
	}
}

// isLearning says whether the scope is only watched at a time.
func (w *World) isLearning(at int64) bool {
	if !w.Config.Learned.IsZero() {
		return at < w.Config.Learned.Unix()
	}
	span := w.Config.Learning
	if span == 0 {
		span = learning
	}
	return w.Fleet.Since == 0 || at < w.Fleet.Since+seconds(span)
}

func firstLogin(j *judgement) []Finding {
	return j.eachNovel(func(n *novelty) bool { return n.first }, func(n *novelty, f *Finding) {
		f.Severity = High
		if j.world.usedBy(n.login) {
			f.Severity, f.Wait = Medium, waitForOthers // accounts are made together
		}
	})
}

// usedBy says whether others than its user had logged in from a login's source.
func (w *World) usedBy(login Mark) bool {
	if w.Source == nil || !login.Source.IsValid() {
		return false
	}
	return slices.ContainsFunc(w.Source(login.Source).of(Login), func(m Mark) bool { return m.User != login.User && m.At < login.At })
}

func newKeyAndSource(j *judgement) []Finding {
	return j.eachNovel(func(n *novelty) bool { return !n.first && n.credential && n.source && !n.rolling && !n.roaming }, nil)
}

func rootNewSource(j *judgement) []Finding {
	return j.eachNovel(func(n *novelty) bool {
		return j.isService(n.login.User) && !n.first && !n.credential && n.source && !n.roaming
	}, nil)
}

func (j *judgement) isService(user string) bool {
	return user == "root" || slices.Contains(j.world.Config.ServiceUsers, user)
}

func newSource(j *judgement) []Finding {
	return j.eachNovel(func(n *novelty) bool {
		return !j.isService(n.login.User) && !n.first && !n.credential && n.source && !n.roaming
	}, func(n *novelty, f *Finding) {
		sources := distinct(j.before(n.login.At), func(m Mark) netip.Addr { return m.Source })
		if sources <= fewSources && !j.isNear(n.login.Source, n.login.At) && !j.world.othersMove(&n.login) {
			f.Severity = Medium
		}
		f.Detail["sources"] = itoa(sources)
	})
}

// othersMove says whether so many others came from new sources, in the week
// before a login, that one more is no news: at home, on the train and behind a
// VPN's pool everybody's address changes. It is the one severity that hangs on
// the order in which batches arrive: of five who move at once the last to be
// judged is Low, whoever logged in last. To wait for the others would put off the
// mail of the first, who may be a thief.
func (w *World) othersMove(login *Mark) bool {
	others := where(within(w.Fleet.of(Moved), login.At-seconds(movedWithin), login.At), func(m Mark) bool { return m.User != login.User })
	return len(usersOf(others)) >= movedMany
}

// history sets what a reader wants to know of the user's logins before.
func (j *judgement) history(f *Finding) {
	before := where(j.before(f.At.Unix()+1), func(m Mark) bool { return m.User == f.User })
	f.Detail["logins"] = itoa(len(before))
	if here := from(before, f.Source); len(here) > 0 {
		f.Detail["logins-here"] = itoa(len(here))
		f.Detail["last-login"] = here[len(here)-1].Time().Format("2006-01-02 15:04 UTC")
	}
}

func algorithm(j *judgement) []Finding {
	refusals := j.of(Refusal)
	if len(refusals) == 0 {
		return nil
	}
	here := func(m Mark) bool {
		return contains(j.world.Config.Known, m.Source) || cameFrom(j.before(m.At+1), m.Source)
	}
	elsewhere := func(m Mark) bool { return !here(m) } // whoever knows her name can cause that
	return append(j.refused(where(refusals, here), ofReason), j.refused(where(refusals, elsewhere), Low)...)
}

// refused makes Findings of refusals, apart for where the user is known: there a
// stranger's do not hide hers.
func (j *judgement) refused(refusals []Mark, severity Severity) []Finding {
	var found []Finding
	for _, run := range bursts(refusals, refusalsOfUser, day) {
		end := last(run)
		if len(j.before(end.At+1)) == 0 || j.isQuiet(end.At, end.Source.String()) {
			continue
		}
		f := finding(run)
		f.Severity = severity
		f.Detail["alg"], f.Detail["kind"], f.subject = end.Detail, end.Kind, end.Source.String()
		j.history(&f)
		found = append(found, f)
	}
	return found
}

// silent finds the user whose key is refused without a word: from 9.6 on that
// is all that INFO shows.
func silent(j *judgement) []Finding {
	var found []Finding
	for _, end := range j.of(Close) {
		here := from(within(j.of(Close), end.At-seconds(day), end.At), end.Source)
		since := here[0].At
		if len(here) < closes || end.At-since < seconds(closesOver) ||
			cameFrom(j.entries(since, end.At+seconds(closesOver)), end.Source) {
			continue
		}
		f := finding(here)
		switch {
		case slices.ContainsFunc(from(j.entries(0, since-1), end.Source), Mark.byKey):
		case j.isNear(end.Source, since):
			f.Severity = Low
		default:
			continue // whoever knows the name can cause that
		}
		j.history(&f)
		found = append(found, f)
	}
	return found
}

// keyFile finds the user whose keys sshd does not read because others could
// write to them. sshd says so only where there is such a file (auth2-pubkeyfile.c
// auth_openfile): strangers can name the user, and make nothing of it up. She
// need not have logged in before: a new account's first key is where it happens.
func keyFile(j *judgement) []Finding {
	var found []Finding
	for _, m := range j.of(Unread) {
		f := finding([]Mark{m})
		f.Detail["kind"], f.subject = m.Kind, m.Kind
		j.history(&f)
		found = append(found, f)
	}
	return found
}

// isCredential says whether a refusal means that the credential itself was right.
func isCredential(kind string) bool {
	switch kind {
	case "key-not-from-here", "certificate-not-from-here", "key-revoked", "key-revoked-old", "root-refused",
		"touch-missing", "pam-account", "certificate-invalid", "certificate-refused", "krl-unreadable":
		return true
	}
	return false
}

func credentialRefused(j *judgement) []Finding {
	var found []Finding
	for _, m := range where(j.of(Denial), func(m Mark) bool { return isCredential(m.Kind) }) { // the logins may have come late
		if len(j.before(m.At)) == 0 && m.User != "root" {
			continue
		}
		same := where(j.of(Denial), func(n Mark) bool { return n.Kind == m.Kind && n.At <= m.At })
		known := where(same, func(n Mark) bool { return j.isKnown(n.Source, n.Host, n.At) })
		f := finding(same)
		f.Detail["kind"], f.subject = m.Kind, m.Kind
		if distinct(known, func(n Mark) netip.Addr { return n.Source }) > 1 {
			f.Severity, f.subject = High, m.Kind+" twice" // worse than what was told
		}
		f.Source = m.Source
		j.history(&f)
		found = append(found, f)
	}
	return found
}

func itoa(n int) string { return strconv.Itoa(n) }
