package watch

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
)

// sameCause is how far apart, in event time, Findings of one rule and reason
// are still one cause.
const sameCause = 10 * time.Minute

// group puts together what makes one Notice: all Entries of one connection, and
// of one cause, in one scope. What is for ban tools stays alone, since they want
// a message for each source. The gravest group is first, and in it the gravest
// Entry.
func group(entries []Entry) [][]Entry {
	entries = slices.Clone(entries)
	slices.SortStableFunc(entries, gravestFirst)
	var groups [][]Entry
	for _, e := range entries {
		groups = joinGroups(groups, e)
	}
	for _, g := range groups {
		slices.SortStableFunc(g, gravestFirst)
	}
	slices.SortStableFunc(groups, func(a, b []Entry) int { return gravestFirst(a[0], b[0]) })
	return groups
}

// gravestFirst orders as a Notice does, whose ID is the first one's.
func gravestFirst(a, b Entry) int {
	return cmp.Or(notice.Graver(&a.Finding, &b.Finding), a.Finding.At.Compare(b.Finding.At), cmp.Compare(a.ID, b.ID))
}

// joinGroups adds an Entry to the groups that it belongs to, which thereby
// become one.
func joinGroups(groups [][]Entry, e Entry) [][]Entry {
	joined := []Entry{e}
	apart := groups[:0]
	for _, g := range groups {
		if slices.ContainsFunc(g, func(o Entry) bool { return belong(&o, &e) }) {
			joined = append(joined, g...)
		} else {
			apart = append(apart, g)
		}
	}
	return append(apart, joined)
}

// belong says whether two Entries are of one Notice.
func belong(a, b *Entry) bool {
	if isAlone(&a.Finding) || isAlone(&b.Finding) || a.Origin.Scope() != b.Origin.Scope() {
		return false
	}
	one := causeOf(&a.Finding) == causeOf(&b.Finding) && within(a.Finding.At, b.Finding.At, sameCause)
	return one || connected(&a.Finding, &b.Finding)
}

// isAlone says whether a Finding is a Notice of its own whatever comes with it.
func isAlone(f *attention.Finding) bool {
	return f.Severity == attention.Ban || f.Rule == selfTestRule
}

type cause struct{ Rule, Reason string }

func causeOf(f *attention.Finding) cause { return cause{f.Rule, f.Reason} }

// within says whether two instants are less than d apart, whichever is first.
func within(a, b time.Time, d time.Duration) bool { return a.Sub(b).Abs() < d }

// connected says whether a line of one connection stands in both Findings. The
// source must agree, because the listener's process speaks for many
// connections.
func connected(a, b *attention.Finding) bool {
	if a.Source != b.Source || !within(a.At, b.At, sameCause) {
		return false
	}
	conns := connections(a)
	for c := range connections(b) {
		if conns[c] {
			return true
		}
	}
	return false
}

// connections are the processes whose lines a Finding shows.
func connections(f *attention.Finding) map[string]bool {
	conns := map[string]bool{}
	for _, l := range f.Lines {
		if l.PID != 0 {
			conns[l.Host+" "+strconv.Itoa(l.PID)] = true
		}
	}
	return conns
}

// A subject is whom, or what, a Finding of a rule is about.
type subject struct {
	Rule, User string
	Source     netip.Addr
	Fault      string // where no user is named: the host, and what is wrong with it
}

func subjectOf(f *attention.Finding) subject {
	s := subject{Rule: f.Rule, User: f.User, Source: f.Source}
	if f.User == "" { // the source is one of many, or none
		s.Fault = f.Reason + " " + f.Detail["kind"] + " " + f.Host
	}
	return s
}
