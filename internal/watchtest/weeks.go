package watchtest

import (
	"hash/fnv"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"sshsieve/internal/attention"
)

// A Scenario is an ordinary week of some kind of place. Everybody who runs
// hosts has one of these weeks, so what is told in them beyond the two planted
// incidents is told to everybody, every week.
type Scenario struct {
	Name string
	// Why says what in this week looks like news and is none.
	Why string
	// Others is how many mails above low the week may cause besides those of
	// its incidents; Before how many the two weeks of history may, besides the one
	// for each account that guessing begins.
	Others, Before int
	// Among is a rule and reason that must be among them, such as "a/b"; empty
	// where none has to.
	Among string

	config attention.Config
	script func(*weekWriter)
}

// A Week is a Scenario written out: two weeks of history, in which users
// become known (learning lasts 7 days), and the week itself.
type Week struct {
	Scenario
	Config attention.Config
	// From is where the history begins, Begin the week itself, and To its end:
	// Mondays, midnight UTC.
	From, Begin, To time.Time
	// Lines are of all hosts, in the order in which their agents read them.
	Lines []Line
	// BreakIn is a password that was guessed, LockOut a user whom a server no
	// longer understands; both lie in the week itself.
	BreakIn, LockOut Incident
}

// A Line is one log line: as its host wrote it, as CloudWatch Logs got it, and
// what its writer meant.
type Line struct {
	// Seq tells lines apart; a line that is sent again has one of its own.
	Seq int
	// Read is when the host's agent read the line, Stamped the timestamp of
	// its log event, which the agent took from the line or from its own clock.
	Read, Stamped time.Time
	// Account owns the log group, Host is the log stream.
	Account, Host string
	Text          string
	// Addr and User are those of the line's connection, where it has them.
	// Foreign lines are another program's.
	Addr    netip.Addr
	User    string
	Foreign bool
}

// An Incident is something planted that has to be told. It is complete when
// all of Must and Need of Parts have arrived; the lines of a part count when
// they arrive together, in one batch, since nothing is joined across batches.
type Incident struct {
	Rule, Reason, Account, User string
	Source                      netip.Addr
	// Severity is what it is told with, at least.
	Severity attention.Severity

	Parts [][]int // Seqs of lines
	Need  int
	Must  []int
}

// history is how long before its week a Scenario begins.
const history = 14 * day

const day = 24 * time.Hour

// weeksBegin is a Monday: the week itself ends with the night in which
// central Europe puts its clocks back, 25 October 2026, 01:00 UTC.
var weeksBegin = time.Date(2026, 10, 5, 0, 0, 0, 0, time.UTC)

// Write writes the Week that seed gives: the same every time. Sizes above 1
// thin out what there is much of by that factor, for a test in a hurry; the
// incidents and the shape of the week stay.
func (s Scenario) Write(seed uint64, size int) *Week {
	name := fnv.New64a()
	name.Write([]byte(s.Name)) // a hash returns no error
	w := &weekWriter{
		Rand: rand.New(rand.NewPCG(seed, name.Sum64())),
		size: max(size, 1),
		week: &Week{Scenario: s, Config: s.config, From: weeksBegin, Begin: weeksBegin.Add(history), To: weeksBegin.Add(history + 7*day)},
	}
	s.script(w)
	slices.SortStableFunc(w.week.Lines, func(a, b Line) int { return a.Read.Compare(b.Read) })
	return w.week
}

// A weekWriter writes the lines of one Week.
type weekWriter struct {
	*rand.Rand
	size int
	week *Week
	seq  int
}

// thin is n, or less of it in a small week, but at least least.
func (w *weekWriter) thin(n, least int) int { return max(n/w.size, min(n, least)) }

// days are the midnights of history and week.
func (w *weekWriter) days() []time.Time {
	var days []time.Time
	for d := w.week.From; d.Before(w.week.To); d = d.Add(day) {
		days = append(days, d)
	}
	return days
}

// dayOf is a day of the week itself: 0 is Monday.
func (w *weekWriter) dayOf(weekday int) time.Time {
	return w.week.Begin.Add(time.Duration(weekday) * day)
}

// within is an instant at random from `from` on, within d.
func (w *weekWriter) within(from time.Time, d time.Duration) time.Time {
	return from.Add(time.Duration(w.Int64N(int64(d))))
}

// chance is true in one of n cases.
func (w *weekWriter) chance(n int) bool { return w.IntN(n) == 0 }
