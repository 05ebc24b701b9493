package attention

import (
	"testing"
	"time"
)

func TestJudgeHour(t *testing.T) {
	for _, c := range []struct {
		why                 string
		lines, unrecognised int
		want                string // what it says of itself; "" where nothing is found
	}{
		{"fifty lines, more than one in a hundred", 4999, 50, "1 % of 4999"},
		{"exactly one in a hundred is usual", 5000, 50, ""},
		{"forty-nine are a quiet hour's accident", 100, 49, ""},
		{"all of them", 50, 50, "100 % of 50"},
		{"nothing was written", 0, 0, ""},
	} {
		hour := Hour{From: began, To: began.Add(time.Hour), Lines: c.lines, Unrecognised: c.unrecognised}
		history, found := JudgeHour(History{}, hour, Config{})
		got := ""
		for _, f := range found {
			got += f.Detail["percent"] + " % of " + f.Detail["lines"]
			if f.Rule != "parser-drift" || f.Reason != "share" || f.Severity != Low || f.Count != c.unrecognised || f.At != hour.To {
				t.Errorf("%s: found %+v", c.why, f)
			}
		}
		if got != c.want || hour.Drifts() != (c.want != "") {
			t.Errorf("%s: found %q, drifts %t, want %q", c.why, got, hour.Drifts(), c.want)
		}
		if len(found) == 0 && len(history.Marks) > 0 {
			t.Errorf("%s: the History changed", c.why)
		}
	}
}

// An hour is judged at each tick, and hours after it: that is told once.
func TestJudgeHourAgain(t *testing.T) {
	hour := Hour{From: began, To: began.Add(time.Hour), Lines: 100, Unrecognised: 60}
	history, found := JudgeHour(History{}, hour, Config{})
	if len(found) != 1 {
		t.Fatalf("found %d, want 1", len(found))
	}
	for _, later := range []struct {
		why  string
		by   time.Duration
		want int
	}{
		{"the same hour", 0, 0}, {"an earlier one, late", -5 * time.Hour, 0}, {"the next", time.Hour, 0},
		{"just within 30 days", 30*day - time.Second, 0}, {"after 30 days", 30 * day, 1},
	} {
		next := Hour{From: hour.From.Add(later.by), To: hour.To.Add(later.by), Lines: 100, Unrecognised: 60}
		if _, found := JudgeHour(history, next, Config{}); len(found) != later.want {
			t.Errorf("%s: found %d, want %d", later.why, len(found), later.want)
		}
	}
}
