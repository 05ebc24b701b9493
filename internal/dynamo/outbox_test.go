package dynamo_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/dynamo"
	"sshsieve/internal/watch"
)

// TestManyEntries: more than a transaction takes, and some of them twice.
func TestManyEntries(t *testing.T) {
	const n = 120
	table := open(t)
	list := entries(n)
	if fresh := update(t, table, userKey, adds(mark(1), append(list, list[:20]...)...)); len(fresh) != n {
		t.Errorf("wrote %d of %d", len(fresh), n)
	}
	if fresh := update(t, table, userKey, adds(mark(2), append(list, entry("one more"))...)); len(fresh) != 1 {
		t.Errorf("wrote %d again", len(fresh)-1)
	}
	taken, err := table.Take(t.Context(), watch.Pending, noon, noon.Add(time.Minute), 2*n)
	if err != nil || len(taken) != n+1 {
		t.Errorf("took %d, %v", len(taken), err)
	}
	if got := len(read(t, table, userKey).Marks); got != 2 {
		t.Errorf("%d marks, want 2", got)
	}
}

// TestTakeGoesOn: Entries that another leased a moment ago do not hide those
// behind them, since the index may not know it yet.
func TestTakeGoesOn(t *testing.T) {
	client, name := newTable(t)
	update(t, dynamo.New(client, name), userKey, adds(mark(1), entries(9)...))
	m := &meddler{Client: client}
	// The others lease between the first query and its leases.
	var once sync.Once
	others := func() {
		taken, err := dynamo.New(client, name).Take(t.Context(), watch.Pending, noon, noon.Add(time.Minute), 4)
		if err != nil || len(taken) != 4 {
			t.Errorf("the others took %d, %v", len(taken), err)
		}
	}
	m.fault = func(call string, _ any) error {
		if call == "UpdateItem" {
			once.Do(others)
		}
		return nil
	}
	taken, err := dynamo.New(m, name).Take(t.Context(), watch.Pending, noon, noon.Add(time.Minute), 4)
	if err != nil || len(taken) != 4 {
		t.Errorf("took %d, %v; want 4 of the 5 that are left", len(taken), err)
	}
}

// TestLongLines: a log event may be 1 MB, an item 400 KB. What is too long is
// cut where it is stored, and loses no batch.
func TestLongLines(t *testing.T) {
	table := open(t)
	e := entry("long")
	junk := rand.New(rand.NewPCG(7, 8))
	for range 5 {
		var text strings.Builder
		for text.Len() < 1<<20 {
			text.WriteByte(byte(' ' + junk.IntN(95)))
		}
		e.Finding.Lines = append(e.Finding.Lines, attention.Line{At: noon, Host: text.String(), Program: text.String(), Text: text.String()})
	}
	update(t, table, userKey, adds(mark(1), e))
	got, ok, err := table.Entry(t.Context(), "long")
	if err != nil || !ok || len(got.Finding.Lines) != 5 {
		t.Fatalf("entry: %d lines, %v, %v", len(got.Finding.Lines), ok, err)
	}
	for i, l := range got.Finding.Lines {
		if len(l.Text) < 1024 || !strings.HasPrefix(e.Finding.Lines[i].Text, l.Text) {
			t.Errorf("line %d is cut to %d bytes", i, len(l.Text))
		}
	}
	if len(e.Finding.Lines[0].Text) < 1<<20 {
		t.Error("the caller's own Entry was cut")
	}
}

// TestEntriesExpire: a settled one is gone after 30 days, though it is still
// there, and may be found again. One that waits does not expire.
func TestEntriesExpire(t *testing.T) {
	client, name := newTable(t)
	before := at(client, name, noon)
	update(t, before, userKey, adds(mark(1), entry("told"), entry("waits")))
	if err := before.Settle(t.Context(), []string{"told"}, watch.Told); err != nil {
		t.Fatal(err)
	}
	after := at(client, name, noon.Add(watch.EntryLife))
	for id, want := range map[string]bool{"told": false, "waits": true, "never was": false} {
		if _, ok, err := after.Entry(t.Context(), id); ok != want || err != nil {
			t.Errorf("%s: there %v, %v; want %v", id, ok, err, want)
		}
	}
	if fresh := update(t, after, userKey, adds(mark(2), entry("told"), entry("waits"))); len(fresh) != 1 || fresh[0].ID != "told" {
		t.Errorf("wrote %d", len(fresh))
	}
}

// TestArchive: what is listed is what Mem lists, whatever was done.
func TestArchive(t *testing.T) {
	table, mem := open(t), &watch.Mem{}
	var archives = []interface {
		watch.Store
		watch.Archive
	}{table, mem}
	r := rand.New(rand.NewPCG(9, 10))
	for n := range 30 {
		e := entry(fmt.Sprint("e", n))
		e.Found = noon.Add(time.Duration(r.IntN(5*24)) * time.Hour)
		if n%5 == 0 {
			e.State = watch.Reported
		}
		if n%3 == 0 {
			e.Finding.Severity, e.Finding.Source, e.Finding.Count = attention.Ban, netip.AddrFrom4([4]byte{198, 51, 100, byte(n)}), r.IntN(2000)
		}
		state := watch.State(r.IntN(int(watch.Failed) + 1))
		for _, a := range archives {
			update(t, a, userKey, adds(mark(n), e))
			if state != watch.Pending {
				if err := a.Settle(t.Context(), []string{e.ID}, state); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for _, c := range [][2]time.Duration{{0, 5 * 24 * time.Hour}, {24 * time.Hour, 48 * time.Hour}, {7 * time.Hour, 9 * time.Hour}, {time.Hour, 0}, {-time.Hour, 0}} {
		var got [2]string
		for i, a := range archives {
			got[i] = listed(t, a, noon.Add(c[0]), noon.Add(c[1]))
		}
		if got[0] != got[1] {
			t.Errorf("%v: listed\n%s\nMem listed\n%s", c, got[0], got[1])
		}
	}
	for i, a := range archives {
		if n, err := a.Waiting(t.Context()); err != nil || n == 0 || n != must(mem.Waiting(t.Context())) {
			t.Errorf("%d: %d wait, %v", i, n, err)
		}
	}
}

// TestGuesses: the messages for ban tools of an hour are listed by what they say,
// and counted; one that failed is listed with what else was found.
func TestGuesses(t *testing.T) {
	table := open(t)
	var list []watch.Entry
	for n := range 12 {
		e := entry(fmt.Sprint("ban", n))
		e.Finding.Severity, e.Finding.Source, e.Finding.Count = attention.Ban, netip.AddrFrom4([4]byte{198, 51, byte(n >> 8), byte(n)}), n
		if n > 1 {
			e.State = watch.Told
		}
		list = append(list, e)
	}
	update(t, table, fleetKey, adds(mark(1), list...))
	for id, state := range map[string]watch.State{"ban0": watch.Failed, "ban1": watch.Told} {
		if err := table.Settle(t.Context(), []string{id}, state); err != nil {
			t.Fatal(err)
		}
	}
	var got []watch.Guess
	more, err := table.EachGuess(t.Context(), scope, noon, noon.Add(time.Hour), func(g watch.Guess) { got = append(got, g) })
	if most := list[len(list)-1].Guess(); err != nil || more || len(got) != len(list)-1 || got[0] != most {
		t.Errorf("listed %+v, more %v, %v; want %+v first", got, more, err, most)
	}
	if n, err := table.CountGuesses(t.Context(), noon.Add(59*time.Minute), noon.Add(time.Hour)); err != nil || n != len(list)-1 {
		t.Errorf("%d counted, %v; want %d", n, err, len(list)-1)
	}
	if got := listed(t, table, noon.Add(-1), noon.Add(1)); strings.Count(got, "\n") != 0 || !strings.Contains(got, `"ban0"`) {
		t.Errorf("found %s, want the one that failed", got)
	}
}

// TestGuessesOfScopes: however many messages for ban tools a scope has in an hour,
// each scope gets its share; and those that were muted take no place of others'.
func TestGuessesOfScopes(t *testing.T) {
	small := watch.Origin{Account: "123456789012", LogGroup: "/var/log/secure-too"}
	for _, c := range []struct {
		why              string
		big, untold      int
		guesses, smaller int
		more             bool
	}{
		{"one in each", 1, 0, 1, 1, false},
		{"exactly as many as are listed are all", watch.GuessesMost, 0, watch.GuessesMost, 1, false},
		{"one more", watch.GuessesMost + 1, 0, watch.GuessesMost, 1, true},
		{"muted ones besides", 2, 3, 5, 1, false},
	} {
		t.Run(c.why, func(t *testing.T) {
			table, counted := open(t), c.big+1
			var list []watch.Entry
			for n := range c.big + c.untold + 1 {
				e := entry(fmt.Sprint("ban", n))
				e.Finding.Severity, e.Finding.Source, e.Finding.Count = attention.Ban, netip.AddrFrom4([4]byte{198, 51, byte(n >> 8), byte(n)}), 100+n
				if e.State = watch.Told; n >= c.big {
					e.State = watch.Muted
				}
				if n == c.big+c.untold {
					e.State, e.Origin, e.Finding.Count = watch.Told, small, 1
				}
				list = append(list, e)
			}
			update(t, table, fleetKey, adds(mark(1), list...))
			for _, want := range []struct {
				scope   watch.Scope
				guesses int
				more    bool
			}{{scope, c.guesses, c.more}, {small.Scope(), c.smaller, false}} {
				got := map[watch.Guess]bool{}
				more, err := table.EachGuess(t.Context(), want.scope, noon, noon.Add(time.Hour), func(g watch.Guess) { got[g] = g.Scope == want.scope })
				if err != nil || more != want.more || len(got) != want.guesses || slices.Contains(slices.Collect(maps.Values(got)), false) {
					t.Errorf("%s: %d guesses, more %v, %v; want %d, %v", want.scope, len(got), more, err, want.guesses, want.more)
				}
			}
			all, err := table.CountGuesses(t.Context(), noon, noon.Add(time.Hour))
			told, toldErr := table.CountToldGuesses(t.Context(), noon, noon.Add(time.Hour))
			if err := errors.Join(err, toldErr); err != nil || all != counted+c.untold || told != counted {
				t.Errorf("%d counted, %d of them told, %v; want %d and %d", all, told, err, counted+c.untold, counted)
			}
		})
	}
}

// TestMutedGuesses: one that is settled as muted is not among those that were told.
func TestMutedGuesses(t *testing.T) {
	table := open(t)
	e := entry("ban")
	e.Finding.Severity, e.Finding.Source = attention.Ban, netip.MustParseAddr("198.51.100.7")
	update(t, table, fleetKey, adds(mark(1), e))
	if err := table.Settle(t.Context(), []string{"ban"}, watch.Muted); err != nil {
		t.Fatal(err)
	}
	all, err := table.CountGuesses(t.Context(), noon, noon.Add(time.Hour))
	told, toldErr := table.CountToldGuesses(t.Context(), noon, noon.Add(time.Hour))
	if err := errors.Join(err, toldErr); err != nil || all != 1 || told != 0 {
		t.Errorf("%d counted, %d of them told, %v", all, told, err)
	}
	if got := listed(t, table, noon, noon.Add(time.Hour)); got != string(must(json.Marshal(e.Guess()))) {
		t.Errorf("listed %s", got)
	}
}

// listed is what an Archive lists, sorted, a line for each.
func listed(t *testing.T, a watch.Archive, from, to time.Time) string {
	t.Helper()
	var lines []string
	err := a.EachEntry(t.Context(), from, to, func(e watch.Entry) {
		e.Found, e.Due = e.Found.UTC(), e.Due.UTC()
		lines = append(lines, string(must(json.Marshal(e))))
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.EachGuess(t.Context(), scope, from, to, func(g watch.Guess) { lines = append(lines, string(must(json.Marshal(g)))) })
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// TestEachWaiting: what waits is listed whenever it was found, and nothing else.
func TestEachWaiting(t *testing.T) {
	table := open(t)
	old := entry("old")
	old.Found = noon.AddDate(0, -3, 0)
	update(t, table, userKey, adds(mark(1), old, entry("held"), entry("told")))
	for id, state := range map[string]watch.State{"held": watch.Held, "told": watch.Told} {
		if err := table.Settle(t.Context(), []string{id}, state); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string]watch.State{}
	err := table.EachWaiting(t.Context(), func(e watch.Entry) { got[e.ID] = e.State })
	if want := map[string]watch.State{"old": watch.Pending, "held": watch.Held}; err != nil || !maps.Equal(got, want) {
		t.Errorf("waiting %v, %v; want %v", got, err, want)
	}
}

// TestMutes: what is there is what was put last for the same; an end that has
// passed takes back. Scopes are apart.
func TestMutes(t *testing.T) {
	client, name := newTable(t)
	table := at(client, name, noon)
	for _, m := range []watch.Mute{
		{User: secret, Until: noon.Add(time.Hour), Why: "first"},
		{User: secret, Until: noon.Add(2 * time.Hour), Why: "second"},
		{Host: secret, Until: noon.Add(time.Hour)},
		{Rule: "login", User: secret, Until: noon.Add(-time.Hour)},
	} {
		if err := table.Mute(t.Context(), scope, m); err != nil {
			t.Fatal(err)
		}
	}
	got, err := table.Mutes(t.Context(), scope)
	slices.SortFunc(got, func(a, b watch.Mute) int { return cmp.Or(cmp.Compare(a.Host, b.Host), cmp.Compare(a.Rule, b.Rule)) })
	if err != nil || len(got) != 3 || got[0].Why != "second" || got[1].Rule != "login" || got[2].Host != secret {
		t.Errorf("mutes %+v, %v", got, err)
	}
	for _, other := range []watch.Scope{scope + "2", scope[1:], "", "123456789012:"} {
		if got, err := table.Mutes(t.Context(), other); err != nil || len(got) != 0 {
			t.Errorf("mutes of %q: %v, %v", other, got, err)
		}
	}
	if got, err := at(client, name, noon.AddDate(0, 2, 0)).Mutes(t.Context(), scope); err != nil || len(got) != 0 {
		t.Errorf("two months later: %v, %v", got, err)
	}
}

// TestSelfTests: names are hostile, and nobody asked for most of them.
func TestSelfTests(t *testing.T) {
	client, name := newTable(t)
	table := at(client, name, noon)
	asked := []string{"sshsieve-test-1", "x'|/%2F\u202e\x1b[2J\x00\n", strings.Repeat("sshsieve-test-", 1000), ""}
	for i, who := range asked {
		if err := table.PutTest(t.Context(), who, noon.Add(time.Duration(i)*time.Minute)); err != nil {
			t.Fatalf("%.30q: %v", who, err)
		}
	}
	for i, who := range append(asked, "sshsieve-test-2", "sshsieve-test-1/", strings.Repeat("sshsieve-test-", 1001)) {
		want := noon.Add(time.Duration(i) * time.Minute)
		if i >= len(asked) {
			want = time.Time{}
		}
		if until, err := table.Test(t.Context(), who); err != nil || !until.Equal(want) {
			t.Errorf("%.30q: %v, %v; want %v", who, until, err, want)
		}
	}
	if until, err := at(client, name, noon.Add(2*time.Hour)).Test(t.Context(), asked[0]); err != nil || !until.IsZero() {
		t.Errorf("two hours later: %v, %v", until, err)
	}
}

// TestStatesOfLaterVersions: an Entry that this version cannot read is nobody's
// hindrance.
func TestStatesOfLaterVersions(t *testing.T) {
	client, name := newTable(t)
	table := dynamo.New(client, name)
	update(t, table, userKey, adds(mark(1), entry("ours"), entry("theirs")))
	spoil(t, client, name, "theirs")
	taken, err := table.Take(t.Context(), watch.Pending, noon, noon.Add(time.Minute), 9)
	if err != nil || len(taken) != 1 || taken[0].ID != "ours" {
		t.Errorf("took %v, %v", taken, err)
	}
	var ids []string
	err = table.EachEntry(t.Context(), noon, noon.Add(time.Hour), func(e watch.Entry) { ids = append(ids, e.ID) })
	if err != nil || !reflect.DeepEqual(ids, []string{"ours"}) {
		t.Errorf("listed %v, %v", ids, err)
	}
	if err := table.Settle(t.Context(), []string{"theirs"}, watch.Told); err != nil {
		t.Errorf("settle: %v", err)
	}
}
