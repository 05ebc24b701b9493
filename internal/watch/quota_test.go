package watch

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"sshsieve/internal/attention"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// found is an Entry of a rule about a user, so long after noon.
func found(severity attention.Severity, rule, user string, later time.Duration) Entry {
	at := noon.Add(later)
	return Entry{ID: fmt.Sprintf("%s-%s-%s", rule, user, later), Found: at, Finding: attention.Finding{
		Rule: rule, Reason: "r", Severity: severity, User: user, At: at, Source: netip.MustParseAddr("192.0.2.7"),
	}}
}

// A step of a quota's life: at a time these Entries ask for a Notice.
type quotaStep struct {
	later time.Duration
	asks  []Entry
	want  string // what becomes of each: s(end), h(old), r(epeated)
}

// play asks a Quota step by step and says what became of the Entries.
func playQuota(t *testing.T, q Quota, steps []quotaStep) Quota {
	t.Helper()
	for i, s := range steps {
		var is ruling
		q, is = q.admit(s.asks, noon.Add(s.later))
		got := ""
		for _, e := range s.asks {
			got += became(e, is)
		}
		if got != s.want {
			t.Errorf("step %d: %s, want %s", i, got, s.want)
		}
	}
	return q
}

func became(e Entry, is ruling) string {
	for letter, list := range map[string][]Entry{"s": is.send, "h": is.hold, "r": is.repeated} {
		for _, o := range list {
			if o.ID == e.ID {
				return letter
			}
		}
	}
	return "?"
}

// each makes n steps, so far apart, that ask for different causes each.
func each(severity attention.Severity, n int, apart time.Duration, want func(i int) string) []quotaStep {
	var steps []quotaStep
	for i := range n {
		later := time.Duration(i) * apart
		steps = append(steps, quotaStep{later, []Entry{found(severity, fmt.Sprintf("rule%d", i), "bob", later)}, want(i)})
	}
	return steps
}

func upTo(n int) func(int) string {
	return func(i int) string {
		if i < n {
			return "s"
		}
		return "h"
	}
}

func TestQuota(t *testing.T) {
	const minute = time.Minute
	high, medium := attention.High, attention.Medium
	cases := []struct {
		why   string
		steps []quotaStep
	}{
		{"six medium an hour, the rest in the summary", each(medium, 9, minute, upTo(6))},
		{"twenty medium a day", each(medium, 24, 40*minute, upTo(20))},
		{"twelve high an hour: SNS switches a flooded subscription off", each(high, 14, minute, upTo(12))},
		{"an hour later there is room", []quotaStep{
			{0, []Entry{found(medium, "a", "bob", 0)}, "s"}, {0, []Entry{found(medium, "b", "bob", 0)}, "s"},
			{0, []Entry{found(medium, "c", "bob", 0)}, "s"}, {0, []Entry{found(medium, "d", "bob", 0)}, "s"},
			{0, []Entry{found(medium, "e", "bob", 0)}, "s"}, {0, []Entry{found(medium, "f", "bob", 0)}, "s"},
			{59 * minute, []Entry{found(medium, "g", "bob", 0)}, "h"},
			{60 * minute, []Entry{found(medium, "h", "bob", 0)}, "s"},
		}},
		{"medium ones do not count against high ones", append(each(medium, 6, 0, upTo(6)),
			quotaStep{0, []Entry{found(high, "login", "bob", 0)}, "s"})},
		{"high ones do not count against medium ones", append(each(high, 12, 0, upTo(12)),
			quotaStep{0, []Entry{found(medium, "login", "bob", 0)}, "s"})},
		{"one user, rule and source is told as high once in 6 hours of event time", []quotaStep{
			{0, []Entry{found(high, "login", "bob", 0)}, "s"},
			{0, []Entry{found(high, "login", "bob", 6*time.Hour-1)}, "r"},
			{0, []Entry{found(high, "login", "bob", -6*time.Hour+1)}, "r"}, // came late
			{0, []Entry{found(high, "login", "bob", 6*time.Hour)}, "s"},
			{0, []Entry{found(high, "login", "eve", 1)}, "s"},
			{0, []Entry{found(high, "logout", "bob", 1)}, "s"},
		}},
		{"medium does not quiet what is high", []quotaStep{
			{0, []Entry{found(medium, "login", "bob", 0)}, "s"},
			{0, []Entry{found(high, "login", "bob", 1)}, "s"},
		}},
		{"of several, those who were told are dropped", []quotaStep{
			{0, []Entry{found(high, "login", "bob", 0)}, "s"},
			{0, []Entry{found(high, "login", "bob", 1), found(high, "login", "eve", 1)}, "rs"},
		}},
		{"more of a cause within 10 minutes of event time waits for the summary", []quotaStep{
			{0, []Entry{found(medium, "locked-out", "bob", 0)}, "s"},
			{minute, []Entry{found(medium, "locked-out", "eve", minute)}, "h"},
			{minute, []Entry{found(medium, "locked-out", "eve", 10*minute)}, "s"},
			{minute, []Entry{found(medium, "locked-out", "mia", -minute)}, "h"}, // came late
		}},
		{"one new cause is enough to tell all", []quotaStep{
			{0, []Entry{found(medium, "locked-out", "bob", 0)}, "s"},
			{0, []Entry{found(medium, "locked-out", "eve", 1), found(medium, "sshd-broken", "", 1)}, "ss"},
		}},
		{"asked again after a death, the same is let through and not counted", []quotaStep{
			{0, []Entry{found(high, "login", "bob", 0)}, "s"},
			{minute, []Entry{found(high, "login", "bob", 0)}, "s"},
			{minute, []Entry{found(high, "login", "bob", 0), found(high, "login", "eve", 0)}, "ss"},
			{minute, []Entry{found(high, "login", "eve", 0)}, "s"},
			{minute, []Entry{found(high, "login", "eve", 1)}, "r"},
		}},
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) { playQuota(t, Quota{}, c.steps) })
	}
}

// TestQuotaSummary: with a summary at each tick the cap would be none.
func TestQuotaSummary(t *testing.T) {
	steps := []struct {
		later time.Duration
		asks  Entry
		want  bool
		why   string
	}{
		{0, found(attention.Medium, "a", "bob", 0), true, "the first"},
		{time.Minute, found(attention.Medium, "a", "bob", 0), true, "the same again, after a death"},
		{5 * time.Minute, found(attention.Medium, "a", "eve", 0), false, "the next tick"},
		{5 * time.Minute, found(attention.High, "a", "eve", 1), true, "no cap stands before what is high"},
		{64 * time.Minute, found(attention.Medium, "a", "mia", 0), false, "an hour after that is not over"},
		{65 * time.Minute, found(attention.Medium, "a", "mia", 0), true, "an hour after the last"},
	}
	q := Quota{}
	for _, s := range steps {
		got := false
		if q, got = q.admitSummary([]Entry{s.asks}, noon.Add(s.later)); got != s.want {
			t.Errorf("%s: %v, want %v", s.why, got, s.want)
		}
	}
	if q, _ := q.admit([]Entry{found(attention.Medium, "b", "bob", 0)}, noon); len(q.Sent) != 4 {
		t.Errorf("%d notices are noted, want the three summaries and one", len(q.Sent))
	}
}

// TestQuotaIsBounded: it is one item of a table, which takes 400 KB.
func TestQuotaIsBounded(t *testing.T) {
	q := Quota{}
	for i := range 100 {
		later := time.Duration(i) * 20 * time.Minute
		var g []Entry
		for n := range 200 {
			g = append(g, found(attention.High, "login", fmt.Sprint(i, "-", n), later))
		}
		q, _ = q.admit(g, noon.Add(later))
	}
	total := 0
	for _, s := range q.Sent {
		total += len(s.Findings)
	}
	if len(q.Sent) != 72 || total > quotaFindings || total == 0 {
		t.Errorf("%d notices and %d findings are kept, want those of a day and at most %d", len(q.Sent), total, quotaFindings)
	}
}
