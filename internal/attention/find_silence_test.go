package attention

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// monday is when the hosts of these tests begin to write.
var monday = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// wrote are the signs of a host, one each `every` from `from` on, before `to`
// (after monday), of so many lines.
func wrote(host string, from, to, every time.Duration, lines int) (signs []Sign) {
	for at := from; at < to; at += every {
		signs = append(signs, Sign{Scope: "s", Host: host, At: monday.Add(at), Lines: lines})
	}
	return signs
}

func beats(signs []Sign) []Sign {
	for i := range signs {
		signs[i].Beat = true
	}
	return signs
}

// withScope adds what each sign says of its scope.
func withScope(signs []Sign) []Sign {
	for _, s := range slices.Clone(signs) {
		s.Host = ""
		signs = append(signs, s)
	}
	return signs
}

// hearAll plays signs by a clock that strikes every 10 minutes until `to`, and
// lists who was missed, and when: "web 7d6h30m".
func hearAll(t *testing.T, signs []Sign, to time.Duration, onlyScopes bool) (missed []string) {
	t.Helper()
	signs = withScope(signs)
	slices.SortStableFunc(signs, func(a, b Sign) int { return a.At.Compare(b.At) })
	var h History
	for now := monday; !now.After(monday.Add(to)); now = now.Add(10 * time.Minute) {
		n := 0
		for n < len(signs) && signs[n].At.Before(now) {
			n++
		}
		var found []Silence
		h, found = Hear(h, signs[:n], now, onlyScopes)
		signs = signs[n:]
		for _, s := range found {
			missed = append(missed, name(s.Finding)+" "+inDays(now.Sub(monday)))
		}
	}
	return missed
}

func name(f Finding) string {
	if f.Key.Kind == Fleet {
		return "all:" + f.Host + strings.Join(f.Hosts, "+")
	}
	return f.Host
}

func inDays(d time.Duration) string {
	return fmt.Sprintf("%dd%s", d/day, strings.TrimSuffix((d%day).String(), "0s"))
}

const hour = time.Hour

// TestSilence: whoever wrote for a week without a pause is missed, and nobody
// else.
func TestSilence(t *testing.T) {
	other := wrote("other", 0, 30*day, hour, 2) // a host that never stops, so that the scope does not
	for _, c := range []struct {
		why   string
		signs []Sign
		to    time.Duration
		want  string
	}{
		// The last half hour with a line ends at 167:30, 6d23h30m.
		{"an hourly job for a week, then silence: after 6 hours", wrote("web", 0, 7*day, hour, 2), 8 * day, "web 7d5h40m"},
		{"6 hours are not more than 6 hours", wrote("web", 0, 7*day, hour, 2), 7*day + 5*hour + 30*time.Minute, ""},
		{"told once", wrote("web", 0, 7*day, hour, 2), 28 * day, "web 7d5h40m"},
		{"a week less a few hours does not arm", wrote("web", 5*hour, 7*day, hour, 2), 14 * day, ""},
		{"pauses of 2 hours arm, and are waited out four times", wrote("web", 0, 8*day, 2*hour, 2), 9 * day, "web 8d6h40m"},
		{"pauses of 2.5 hours do not", wrote("web", 0, 20*day, 150*time.Minute, 50), 22 * day, ""},
		{"12 lines a day do not arm", wrote("web", 0, 8*day, 2*hour, 1), 12 * day, ""},
		{"24 lines a day do", wrote("web", 0, 8*day, hour, 1), 9 * day, "web 8d5h40m"},
		{"one day of 23 lines does not", slices.Delete(wrote("web", 0, 8*day, hour, 1), 100, 101), 12 * day, ""},
		{"off at night", nights("web", 20), 22 * day, ""},
		{"off on Sundays", slices.Concat(wrote("web", 0, 6*day, hour, 2), wrote("web", 7*day, 13*day, hour, 2)), 16 * day, ""},
		{"lives for 40 minutes", wrote("web", 3*day, 3*day+40*time.Minute, time.Minute, 9), 5 * day, ""},
		{"comes back and is not armed at once", slices.Concat(wrote("web", 0, 7*day, hour, 2), wrote("web", 9*day, 11*day, hour, 2)), 20 * day, "web 7d5h40m"},
		{"comes back, writes for a week and is missed again", slices.Concat(wrote("web", 0, 7*day, hour, 2), wrote("web", 9*day, 16*day, hour, 2)), 20 * day, "web 7d5h40m, web 16d5h40m"},
		{"two heartbeats arm", beats(wrote("web", 0, hour, 30*time.Minute, 1)), 2 * day, "web 0d7h10m"},
		{"one does not", beats(wrote("web", 0, hour, hour, 1)), 2 * day, ""},
		{"two lines that are none do not", wrote("web", 0, hour, 30*time.Minute, 1), 2 * day, ""},
		{"a heartbeat each day is waited for 4 days", beats(wrote("web", 0, 3*day, day, 1)), 9 * day, "web 6d40m"},
		{"a heartbeat comes back: armed by two", beats(slices.Concat(wrote("web", 0, hour, 30*time.Minute, 1), wrote("web", 2*day, 2*day+hour, 30*time.Minute, 1))), 4 * day, "web 0d7h10m, web 2d7h10m"},
	} {
		got := strings.Join(hearAll(t, append(slices.Clone(other), c.signs...), c.to, false), ", ")
		if got != c.want {
			t.Errorf("%s: missed %q, want %q", c.why, got, c.want)
		}
	}
}

// TestSilenceOfAll: while nothing comes at all that is told, once, and not of
// each host; and when lines come again nobody is missed who has yet to come.
func TestSilenceOfAll(t *testing.T) {
	both := func(from, to time.Duration) []Sign {
		return append(wrote("web", from, to, hour, 2), wrote("db", from, to, hour, 2)...)
	}
	outage := slices.Concat(both(0, 10*day), wrote("web", 11*day, 20*day, hour, 2))
	for _, c := range []struct {
		why        string
		signs      []Sign
		onlyScopes bool
		want       string
	}{
		{"all fall silent", both(0, 10*day), false, "all:db+web 10d5h40m"},
		{"the only host", wrote("web", 0, 10*day, hour, 2), false, "all:web 10d5h40m"},
		// web is back at 11 days; that db is not shows 6 hours later.
		{"one does not come back", outage, false, "all:db+web 10d5h40m, db 11d6h40m, all:web 20d5h40m"},
		{"a week of many hosts that live for an hour each", shortLived(9), false, "all:ip-213+ip-214+ip-215 9d6h10m"},
		{"files end", slices.Concat(wrote("web", 0, 8*day, hour, 2), wrote("db", 0, 12*day, hour, 2)), true, "all:db 12d5h40m"},
	} {
		got := strings.Join(hearAll(t, c.signs, 24*day, c.onlyScopes), ", ")
		if got != c.want {
			t.Errorf("%s: missed %q, want %q", c.why, got, c.want)
		}
	}
}

// shortLived are hosts that live for an hour, one behind the other.
func shortLived(days int) (signs []Sign) {
	for i := range days * 24 {
		from := time.Duration(i) * hour
		signs = append(signs, wrote("ip-"+itoa(i), from, from+hour, 10*time.Minute, 3)...)
	}
	return signs
}

// heard is the History of signs that were heard day by day, by when nobody was
// missed.
func heard(signs []Sign, to time.Duration) (h History) {
	for at := day; at < to+day; at += day {
		until := monday.Add(min(at, to))
		today := slices.DeleteFunc(withScope(signs), func(s Sign) bool { return !s.At.Before(until) || s.At.Before(until.Add(-day)) })
		h, _ = Hear(h, today, until, true)
	}
	return h
}

// TestScopesAreApart: one owner's host does not speak for another's of the same
// name, nor his silence.
func TestScopesAreApart(t *testing.T) {
	ours := wrote("web", 0, 8*day, hour, 2)
	theirs := wrote("web", 0, 8*day+3*hour, hour, 2)
	for i := range theirs {
		theirs[i].Scope = "fleet:a|b" // a bar is the keys' own
	}
	h := heard(slices.Concat(ours, theirs), 8*day+3*hour)
	h, found := Hear(h, nil, monday.Add(8*day+8*hour), false)
	if len(found) != 1 || found[0].Scope != "s" || found[0].Finding.Host != "web" {
		t.Errorf("found %+v, want our host", found)
	}
	if _, found = Hear(h, nil, monday.Add(8*day+10*hour), false); len(found) != 1 || found[0].Scope != "fleet:a|b" {
		t.Errorf("found %+v, want theirs", found)
	}
}

// TestSilenceSays: what a reader is told.
func TestSilenceSays(t *testing.T) {
	h := heard(wrote("web", 0, 8*day, hour, 2), 8*day)
	until := monday.Add(8*day + 7*hour)
	_, found := Hear(h, nil, until, false)
	f := found[0].Finding
	if f.Rule != "logs-stopped" || f.Severity != Medium || !f.At.Equal(until) || !f.First.Equal(monday.Add(8*day-30*time.Minute)) || f.Detail["gap"] != "1 hour" {
		t.Errorf("%+v", f)
	}
	_, late := Hear(h, nil, until.Add(hour), false)
	if f.ID() == late[0].Finding.ID() {
		t.Error("two silences have one ID") // that it is told once is in the History
	}
}

// TestHearingIsASet: in any order, cut anyhow and twice, the same signs give the
// same History; and what adds nothing gives it back itself.
func TestHearingIsASet(t *testing.T) {
	signs := slices.Concat(wrote("web", 0, 9*day, hour, 2), beats(wrote("db", 0, 9*day, 3*hour, 1)), shortLived(9))
	until := monday.Add(9 * day)
	want := heard(signs, 9*day)
	for seed := range uint64(5) {
		r := rand.New(rand.NewPCG(seed, 1))
		shuffled := withScope(slices.Concat(signs, signs[:r.IntN(len(signs))]))
		r.Shuffle(len(shuffled), func(i, k int) { shuffled[i], shuffled[k] = shuffled[k], shuffled[i] })
		var got History
		for len(shuffled) > 0 {
			n := 1 + r.IntN(len(shuffled))
			got, _ = Hear(got, shuffled[:n], monday, true)
			shuffled = shuffled[n:]
		}
		got, _ = Hear(got, nil, until, false)
		if !reflect.DeepEqual(got.Signs.Of, want.Signs.Of) {
			t.Fatalf("seed %d: another History", seed)
		}
	}
	if again, found := Hear(want, withScope(signs), until, false); again.Signs != want.Signs || len(found) != 0 {
		t.Error("what is known changed the History")
	}
}

// TestLivesAreBounded: however many hosts there are, and whatever they are
// called, what is kept is JSON of a few hundred KB.
func TestLivesAreBounded(t *testing.T) {
	var h History
	for d := range 12 {
		var signs []Sign
		for i := range 3 * livesKept {
			signs = append(signs, wrote(strings.Repeat("\xff\x00", 50)+itoa(i), time.Duration(d)*day, time.Duration(d)*day+hour, 30*time.Minute, 3)...)
		}
		h, _ = Hear(h, signs, monday.Add(time.Duration(d+1)*day), false)
	}
	if n := len(h.Signs.Of); n != livesKept {
		t.Errorf("%d lives", n)
	}
	for key, life := range h.Signs.Of {
		if len(life.Days) > daysKept {
			t.Fatalf("%q has %d days", key, len(life.Days))
		}
	}
	raw := must(json.Marshal(h))
	var back History
	if err := json.Unmarshal(raw, &back); err != nil || !reflect.DeepEqual(back, h) {
		t.Errorf("not the same after JSON: %v", err)
	}
	t.Logf("%d KB of JSON", len(raw)>>10)
}

// nights are the signs of a host that is on from 6 to 22 o'clock.
func nights(host string, days int) (signs []Sign) {
	for d := range days {
		from := time.Duration(d) * day
		signs = append(signs, wrote(host, from+6*hour, from+22*hour, 10*time.Minute, 3)...)
	}
	return signs
}

// Whoever can write as many hosts does not hide that one fell silent.
func TestInventedHostsHideNoSilence(t *testing.T) {
	signs := func(at time.Time, hosts ...string) (list []Sign) {
		for _, host := range append(hosts, "") {
			list = append(list, Sign{Scope: "1:sshd", Host: host, At: at, Lines: 9})
		}
		return list
	}
	var h History
	at := began.Truncate(day)
	for end := at.Add(8 * day); at.Before(end); at = at.Add(halfHour) {
		h, _ = Hear(h, signs(at, "web-1", "web-2"), at.Add(10*time.Minute), false)
	}
	for i := range 24 {
		heard := signs(at, "web-2")
		for k := 0; i == 1 && k < livesKept+100; k++ {
			heard = append(heard, Sign{Scope: "1:sshd", Host: fmt.Sprint("invented-", k), At: at, Lines: 1})
		}
		var silences []Silence
		if h, silences = Hear(h, heard, at.Add(10*time.Minute), false); len(silences) > 0 {
			if silences[0].Finding.Host != "web-1" {
				t.Errorf("told of %q", silences[0].Finding.Host)
			}
			return
		}
		at = at.Add(halfHour)
	}
	t.Error("nobody is told that web-1 fell silent")
}

// However many sources guess, the Fleet's History comes to rest.
func TestFleetRestsUnderAttack(t *testing.T) {
	var h History
	changed := 0
	for i := range 1800 {
		f := Finding{Rule: "password-guessing", Reason: "source", Key: Key{Source, fmt.Sprintf("198.51.%d.%d", i/250, i%250)}, At: began.Add(time.Duration(i) * time.Second), Count: 5}
		next, _ := Judge(Key{Kind: Fleet}, h, Followups([]Finding{f}), World{Now: f.At})
		if !slices.Equal(next.Marks, h.Marks) {
			changed++
		}
		h = next
	}
	if changed > 8 { // a Mark and a Finding told, in two half hours
		t.Errorf("%d of 1800 Findings changed it", changed)
	}
}
