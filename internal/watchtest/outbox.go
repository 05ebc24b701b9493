package watchtest

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"sshsieve/internal/watch"
)

// A memoryOutbox is what an Outbox's contract needs: Entries come in through
// Memory.
type memoryOutbox interface {
	watch.Memory
	watch.Outbox
}

// TestOutbox is the contract of watch.Outbox. open returns an empty one.
func TestOutbox(t *testing.T, open func(*testing.T) watch.Store) {
	for name, test := range map[string]func(*testing.T, memoryOutbox){
		"TakesWhatIsDue":    takesWhatIsDue,
		"WholeEntry":        wholeEntry,
		"LongestDueFirst":   longestDueFirst,
		"OneTaker":          oneTaker,
		"SettledForGood":    settledForGood,
		"HeldIsAnother":     heldIsAnother,
		"LowIsNeverTaken":   lowIsNeverTaken,
		"SpendsOneByOne":    spendsOneByOne,
		"ScopesSpendApart":  scopesSpendApart,
		"OutboxAfterTheEnd": outboxAfterTheEnd,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// after is a time after the start.
func after(d time.Duration) time.Time { return start.Add(d) }

// take takes Entries at a time for a minute, and returns their IDs, sorted.
func take(t *testing.T, o watch.Outbox, state watch.State, now time.Time) []string {
	t.Helper()
	taken, err := o.Take(t.Context(), state, now, now.Add(time.Minute), 100)
	if err != nil {
		t.Fatalf("Take: %v", err)
	}
	ids := []string{}
	for _, e := range taken {
		ids = append(ids, e.ID)
	}
	slices.Sort(ids)
	return ids
}

func wantTaken(t *testing.T, why string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) && len(got)+len(want) > 0 {
		t.Errorf("%s: took %v, want %v", why, got, want)
	}
}

func settle(t *testing.T, o watch.Outbox, state watch.State, ids ...string) {
	t.Helper()
	if err := o.Settle(t.Context(), ids, state); err != nil {
		t.Fatalf("Settle(%v, %s): %v", ids, state, err)
	}
}

func takesWhatIsDue(t *testing.T, s memoryOutbox) {
	e := entry("a")
	e.Due = after(45 * time.Second)
	update(t, s, userKey, finds(e))
	wantTaken(t, "its creator's lease runs", take(t, s, watch.Pending, after(44*time.Second)))
	wantTaken(t, "its creator is dead", take(t, s, watch.Pending, after(45*time.Second)), "a")
	wantTaken(t, "the taker's lease runs", take(t, s, watch.Pending, after(104*time.Second)))
	wantTaken(t, "the taker is dead too", take(t, s, watch.Pending, after(105*time.Second)), "a")
}

func wholeEntry(t *testing.T, s memoryOutbox) {
	want := entry("a")
	want.Finding.Evidence = nil // is not kept
	update(t, s, userKey, finds(want))
	taken, err := s.Take(t.Context(), watch.Pending, start, after(time.Minute), 1)
	if err != nil || len(taken) != 1 {
		t.Fatalf("Take = %v, %v", taken, err)
	}
	want.Due = after(time.Minute)
	if got := taken[0]; !reflect.DeepEqual(inUTC(got), inUTC(want)) {
		t.Errorf("took %+v\nput  %+v", got, want)
	}
}

// inUTC makes equal times equal values.
func inUTC(e watch.Entry) watch.Entry {
	e.Found, e.Due = e.Found.UTC(), e.Due.UTC()
	f := &e.Finding
	f.At, f.First, f.Quiet = f.At.UTC(), f.First.UTC(), f.Quiet.UTC()
	for i := range f.Lines {
		f.Lines[i].At = f.Lines[i].At.UTC()
	}
	return e
}

func longestDueFirst(t *testing.T, s memoryOutbox) {
	list := entries(9)
	for i := range list {
		list[i].Due = after(-time.Duration(i) * time.Second)
	}
	update(t, s, userKey, finds(list...))
	for n, want := range [][]string{{"e8", "e7"}, {"e6", "e5"}} {
		taken, err := s.Take(t.Context(), watch.Pending, start, after(time.Minute), 2)
		if err != nil || len(taken) != 2 || taken[0].ID != want[0] || taken[1].ID != want[1] {
			t.Errorf("Take %d = %v, %v; want %v", n, taken, err, want)
		}
	}
}

// oneTaker: of many who ask at once one gets each Entry.
func oneTaker(t *testing.T, s memoryOutbox) {
	const n, takers = 12, 8
	update(t, s, userKey, finds(entries(n)...))
	var wg sync.WaitGroup
	var mu sync.Mutex
	takenBy := map[string]int{}
	for range takers {
		wg.Go(func() {
			taken, err := s.Take(t.Context(), watch.Pending, start, after(time.Minute), n)
			if err != nil {
				t.Errorf("Take: %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, e := range taken {
				takenBy[e.ID]++
			}
		})
	}
	wg.Wait()
	for i := range n {
		if id := "e" + strconv.Itoa(i); takenBy[id] != 1 {
			t.Errorf("%s was taken %d times", id, takenBy[id])
		}
	}
}

func settledForGood(t *testing.T, s memoryOutbox) {
	final := []watch.State{watch.Told, watch.Reported, watch.Late, watch.Muted, watch.Repeated, watch.Failed}
	update(t, s, userKey, finds(entries(len(final))...))
	for i, state := range final {
		id := "e" + strconv.Itoa(i)
		settle(t, s, state, id, "nobody-knows-this")
		settle(t, s, state, id)
		settle(t, s, watch.Held, id)
	}
	settle(t, s, watch.Told)
	wantTaken(t, "all are settled", take(t, s, watch.Pending, after(time.Hour)))
	wantTaken(t, "what is settled is not held", take(t, s, watch.Held, after(time.Hour)))
	if fresh := update(t, s, userKey, finds(entry("e0"))); len(fresh) != 0 {
		t.Errorf("a settled Entry was written again: %v", fresh)
	}
}

func heldIsAnother(t *testing.T, s memoryOutbox) {
	update(t, s, userKey, finds(entry("a"), entry("b")))
	wantTaken(t, "both are pending", take(t, s, watch.Pending, start), "a", "b")
	settle(t, s, watch.Held, "a")
	wantTaken(t, "held ones are due at once", take(t, s, watch.Held, start), "a")
	wantTaken(t, "and leased then", take(t, s, watch.Held, after(59*time.Second)))
	wantTaken(t, "only b is still pending", take(t, s, watch.Pending, after(time.Hour)), "b")
	wantTaken(t, "held until it is settled", take(t, s, watch.Held, after(time.Hour)), "a")
	settle(t, s, watch.Told, "a")
	wantTaken(t, "told", take(t, s, watch.Held, after(2*time.Hour)))
}

// lowIsNeverTaken: an Entry may be settled from the beginning.
func lowIsNeverTaken(t *testing.T, s memoryOutbox) {
	e := entry("a")
	e.State = watch.Reported
	if fresh := update(t, s, userKey, finds(e)); len(fresh) != 1 {
		t.Errorf("wrote %v", fresh)
	}
	wantTaken(t, "it is reported", take(t, s, watch.Pending, after(time.Hour)))
}

// spent adds a Notice to a Quota.
func spent(n int) func(watch.Quota) watch.Quota {
	return func(q watch.Quota) watch.Quota {
		return watch.Quota{Sent: append(slices.Clone(q.Sent), watch.Sent{
			At: after(time.Duration(n) * time.Second), Findings: []watch.SentFinding{{ID: fmt.Sprint(n), User: hostile, At: start}},
		})}
	}
}

func spend(t *testing.T, o watch.Outbox, scope watch.Scope, f func(watch.Quota) watch.Quota) {
	t.Helper()
	if err := o.Spend(t.Context(), scope, f); err != nil {
		t.Errorf("Spend: %v", err)
	}
}

func quotaOf(t *testing.T, o watch.Outbox, scope watch.Scope) (q watch.Quota) {
	t.Helper()
	spend(t, o, scope, func(is watch.Quota) watch.Quota { q = is; return is })
	return q
}

func spendsOneByOne(t *testing.T, s memoryOutbox) {
	const n = 16
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { spend(t, s, scopes[0], spent(i)) })
	}
	wg.Wait()
	if got := quotaOf(t, s, scopes[0]); len(got.Sent) != n || len(got.Sent[0].Findings) != 1 || got.Sent[0].Findings[0].User != hostile {
		t.Errorf("%d of %d were noted: %+v", len(got.Sent), n, got)
	}
}

func scopesSpendApart(t *testing.T, s memoryOutbox) {
	for i, scope := range scopes {
		for n := range i {
			spend(t, s, scope, spent(n))
		}
	}
	for i, scope := range scopes {
		if got := len(quotaOf(t, s, scope).Sent); got != i {
			t.Errorf("%s: %d were noted, want %d", scope, got, i)
		}
	}
}

func outboxAfterTheEnd(t *testing.T, s memoryOutbox) {
	update(t, s, userKey, finds(entry("a")))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Take(ctx, watch.Pending, start, after(time.Minute), 1); err == nil {
		t.Error("Take with an ended context returned no error")
	}
	if err := s.Settle(ctx, []string{"a"}, watch.Told); err == nil {
		t.Error("Settle with an ended context returned no error")
	}
	if err := s.Spend(ctx, scopes[0], spent(1)); err == nil {
		t.Error("Spend with an ended context returned no error")
	}
	wantTaken(t, "nothing was done", take(t, s, watch.Pending, start), "a")
}
