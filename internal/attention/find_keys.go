package attention

import (
	"slices"
	"time"
)

// Keys are rotated together: one by one each is news, and many on one day are
// one event. A user's new key therefore waits for others, the Fleet hears of it
// at once, and when the wait is over Ripen says what came of it.

func newKey(j *judgement) []Finding {
	return j.eachNovel(func(n *novelty) bool { return !n.first && n.credential && !n.source && !n.rolling }, func(n *novelty, f *Finding) {
		f.subject, f.Wait = n.login.Credential, waitForOthers
		if j.toldNear("login/new-key", n.login.At) { // whoever makes keys all day is about to roll
			f.Severity, f.Wait = Low, 0
		}
	})
}

// toldNear says whether some Finding of this cause was told within a day.
func (h History) toldNear(cause string, at int64) bool {
	return slices.ContainsFunc(h.of(Told), func(m Mark) bool { return m.Kind == cause && near(m.At, at, day) })
}

// newKeys finds a day on which keys are rotated.
func newKeys(j *judgement) []Finding {
	if len(j.freshOf(NewKey)) == 0 {
		return nil
	}
	var found []Finding
	for _, run := range burstsOf(j.of(NewKey), day, func(run []Mark) bool { return len(usersOf(run)) >= rotatedMany }) {
		f := finding(run)
		f.Wait = waitForOthers
		f.rotated(run)
		found = append(found, f)
	}
	return found
}

// rotated sets who has which new key.
func (f *Finding) rotated(marks []Mark) {
	f.User, f.Users, f.Credentials, f.Count = "", nil, nil, len(marks)
	f.Hosts = hostsOf(marks)
	for _, m := range marks {
		f.Users, f.Credentials = append(f.Users, m.User), append(f.Credentials, m.Credential)
	}
}

// Ripen is what a Finding that waited has become, by what the Fleet knows now. ok
// is false where another Finding, of many, tells of it. It is pure, and leaves
// a Finding alone that did not wait.
func Ripen(f Finding, fleet History) (ripe Finding, ok bool) {
	at := f.At.Unix()
	switch f.Rule + "/" + f.Reason {
	case "login/new-key":
		if fleet.toldNear("login/new-keys", at) {
			return f, false
		}
	case "login/new-keys":
		if marks := where(fleet.of(NewKey), func(m Mark) bool { return near(m.At, at, day) }); len(marks) > f.Count {
			f.rotated(marks)
		}
	}
	return f, true
}

// near says whether two times are less than d apart, whichever is first.
func near(a, b int64, d time.Duration) bool { return max(a-b, b-a) < seconds(d) }
