package attention

import (
	"net/netip"
	"slices"
)

// What a source's History shows.

// afterFailures finds logins by password behind failures, by the time at which
// each was written: failures from before the login count whenever they arrive,
// later ones never do.
func afterFailures(j *judgement) []Finding {
	var found []Finding
	for _, login := range where(j.of(Login), func(m Mark) bool { return !m.byKey() }) {
		before := within(j.of(Failure), login.At-seconds(guessedBefore), login.At)
		if !j.isFresh(login) && !slices.ContainsFunc(before, j.isFresh) {
			continue
		}
		if evidence := j.guessed(login, before); evidence != nil {
			f := finding(append(evidence, login))
			f.Count = count(evidence)
			f.Detail["method"], f.subject = login.Method, login.User
			found = append(found, f)
		}
	}
	return found
}

// guessed are the failures that make a login suspect, nil if they do not.
func (j *judgement) guessed(login Mark, before []Mark) []Mark {
	own := where(before, func(m Mark) bool { return m.User == login.User })
	invalid := where(before, func(m Mark) bool { return m.User == "" })
	others := where(before, func(m Mark) bool { return m.User != login.User && !j.loggedIn(m) })
	switch {
	case count(own) >= failuresOfUser:
		return own
	case distinct(invalid, func(m Mark) uint32 { return m.Name }) >= invalidNames:
		return invalid
	case count(others) >= failuresOfOthers:
		return others
	}
	return nil
}

// loggedIn says whether the user of a failure ever logged in from here, or may
// have: where there are more users than a History holds, only names that do not
// exist are certain.
func (j *judgement) loggedIn(failure Mark) bool {
	return failure.User != "" &&
		(j.overflowed() || slices.ContainsFunc(j.of(Login), func(m Mark) bool { return m.User == failure.User }))
}

// users are those whom the source is known for at a time: by a login with a
// key, or logins on two days, in the 90 days before.
func (h History) users(at int64) []string {
	days := map[string]map[int64]bool{}
	var users []string
	for _, m := range within(h.of(Login), at-seconds(knownFor), at) {
		if days[m.User] == nil {
			days[m.User] = map[int64]bool{}
		}
		days[m.User][m.At/seconds(day)] = true
		if (m.byKey() || len(days[m.User]) > 1) && !slices.Contains(users, m.User) {
			users = append(users, m.User)
		}
	}
	return users
}

// source is the address that a source's Key is of.
func (j *judgement) source() netip.Addr {
	a, err := netip.ParseAddr(j.key.Name)
	if err != nil {
		return netip.Addr{}
	}
	return a
}

// isOurs says whether the source is known for somebody at a time, or declared.
func (j *judgement) isOurs(at int64) bool {
	return contains(j.world.Config.Known, j.source()) || len(j.users(at)) > 0
}

func negotiation(j *judgement) []Finding {
	all := j.of(Refusal)
	return j.lockedOut(append(bursts(all, refusalsSoon, refusalsSoonIn), bursts(all, refusals, day)...))
}

func defences(j *judgement) []Finding {
	return j.lockedOut(bursts(j.of(Throttling), throttled, refusalsSoonIn))
}

// lockedOut makes Findings of a source's refusals, if somebody is known to come
// from there.
func (j *judgement) lockedOut(runs [][]Mark) []Finding {
	var found []Finding
	for _, run := range runs {
		end := last(run)
		if !j.isOurs(end.At) {
			continue
		}
		f := finding(run)
		f.Source, f.Users = j.source(), j.users(end.At)
		f.Detail["kind"], f.Detail["offer"] = end.Kind, end.Detail
		found = append(found, f)
	}
	return found
}

// policy finds users who may not come any more from where they came. Others who
// name them from elsewhere are in other Histories.
func policy(j *judgement) []Finding {
	var found []Finding
	for _, marks := range j.denials() {
		for _, run := range bursts(marks, denialsSoon, denialsSoonIn) {
			if !j.cameBefore(run[0]) {
				continue
			}
			f := finding(run)
			f.Detail["kind"], f.subject = run[0].Kind, run[0].Kind+" "+run[0].User
			if run[0].Kind == kindKeyFile {
				f.Severity = Low // key-file has told of it; the Fleet is to hear how many there are
			}
			j.history(&f)
			found = append(found, f)
		}
	}
	slices.SortStableFunc(found, func(a, b Finding) int { return a.At.Compare(b.At) })
	return found
}

// policyEverywhere finds a user whom several hosts refuse at once, be it once
// each. The Fleet is to hear of each host.
func policyEverywhere(j *judgement) []Finding {
	var found []Finding
	for _, marks := range j.denials() {
		for _, run := range burstsOf(marks, deniedWithin, manyHosts) {
			if !j.cameBefore(run[0]) {
				continue
			}
			f := finding(run)
			f.Hosts = hostsOf(run)
			f.Detail["kind"], f.subject = run[0].Kind, run[0].Kind+" "+run[0].User
			found = append(found, f)
		}
	}
	return found
}

func manyHosts(run []Mark) bool { return len(hostsOf(run)) >= deniedMany }

// denials are what policy refused, apart by user and kind, in order.
func (j *judgement) denials() [][]Mark {
	type subject struct{ user, kind string }
	place := map[subject]int{}
	var lists [][]Mark
	for _, m := range j.of(Denial) {
		of := subject{m.User, m.Kind}
		i, ok := place[of]
		if !ok {
			i = len(lists)
			place[of], lists = i, append(lists, nil)
		}
		lists[i] = append(lists[i], m)
	}
	return lists
}

// cameBefore says whether the user of a Mark logged in from the source within 90
// days before it.
func (j *judgement) cameBefore(of Mark) bool {
	return slices.ContainsFunc(j.before(of.At), func(m Mark) bool { return m.User == of.User })
}

// isInside says whether guesses from the source are no stranger's.
func (j *judgement) isInside(at int64) bool {
	return j.world.Config.IsInside(j.source()) || len(j.users(at)) > 0
}

func guessing(j *judgement) []Finding {
	if contains(j.world.Config.Scanners, j.source()) {
		return nil
	}
	var found []Finding
	for _, run := range bursts(j.of(Failure), guesses, guessWindow) {
		if j.isQuiet(last(run).At, "") || j.isInside(run[0].At) {
			continue
		}
		f := finding(run)
		f.User, f.Source = "", j.source()
		f.Detail["names"] = itoa(distinct(run, Mark.name))
		found = append(found, f)
	}
	return found
}

// A triedName tells the names that were tried apart.
type triedName struct {
	user string
	hash uint32
}

func (m Mark) name() triedName { return triedName{m.User, m.Name} }

func guessingInside(j *judgement) []Finding {
	failures := j.of(Failure)
	if contains(j.world.Config.Scanners, j.source()) || len(failures) == 0 || !j.isInside(last(failures).At) {
		return nil
	}
	runs := bursts(failures, insideGuess, guessWindow)
	manyNames := func(run []Mark) bool { return distinct(run, Mark.name) >= insideNames }
	if manyNames(failures) {
		strange := where(failures, func(m Mark) bool { return !j.loggedIn(m) })
		runs = append(runs, burstsOf(strange, guessWindow, manyNames)...)
	}
	var found []Finding
	for _, run := range runs {
		if j.isQuiet(last(run).At, "") || !j.isInside(run[0].At) {
			continue
		}
		f := finding(run)
		f.User, f.Source, f.Users = "", j.source(), j.users(run[0].At)
		found = append(found, f)
	}
	return found
}

// entries are the logins within some time.
func (h History) entries(from, to int64) []Mark {
	return slices.Concat(within(h.of(Login), from, to), within(h.of(Entry), from, to))
}

// passwordAsUsername finds the login of whoever typed a secret as a name.
func passwordAsUsername(j *judgement) []Finding {
	var found []Finding
	for _, typed := range j.of(Typed) {
		for _, login := range j.entries(typed.At, typed.At+seconds(secretWindow)) {
			if j.isFresh(typed) || j.isFresh(login) {
				f := finding([]Mark{login})
				f.First, f.subject = typed.Time(), login.User
				found = append(found, f)
			}
		}
	}
	return found
}
