package report

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// Until the limit is reached, a top is exact.
func TestTopCountsExactlyBelowItsLimit(t *testing.T) {
	names, want := newNames(100), map[string]int{}
	random := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		name := fmt.Sprint("n", random.IntN(100))
		want[name]++
		names.of(name).see(1, 0)
	}
	for _, item := range names.sorted() {
		if item.lines != want[item.key] {
			t.Errorf("%s: %d, want %d", item.key, item.lines, want[item.key])
		}
	}
	if names.forgotten != 0 {
		t.Errorf("forgot %d names, though all fit", names.forgotten)
	}
}

// Names that come once must not drive out one that comes all the time.
func TestTopIsBoundedAndKeepsTheFrequent(t *testing.T) {
	names := newNames(64)
	for i := range 100_000 {
		names.of(fmt.Sprint("once", i)).see(1, 0)
		if i%10 == 0 {
			names.of("often").see(1, 0)
		}
		if len(names.items) > 64 || len(names.index) > 64 {
			t.Fatalf("holds %d items after %d names", len(names.items), i)
		}
	}
	best := names.sorted()[0]
	if best.key != "often" || best.lines != 10_000 {
		t.Errorf("the most frequent is %q with %d, want often with 10,000", best.key, best.lines)
	}
	if kept := len(names.items) + names.forgotten; kept < 100_001 {
		t.Errorf("kept and forgotten are %d, want all 100,001", kept)
	}
}

// A login must survive a flood of names, whatever their number.
func TestTopKeepsLogins(t *testing.T) {
	names := newNames(8)
	names.of("alice").accepted = 1
	for i := range 1000 {
		names.of(fmt.Sprint("bot", i%100)).attempts += 5
	}
	if best := names.sorted()[0]; best.key != "alice" {
		t.Errorf("the first is %q, want alice", best.key)
	}
}

func TestTopOwnsItsKeys(t *testing.T) {
	names, buffer := newNames(8), []byte("alice")
	names.of(aliased(buffer)).see(1, 0)
	copy(buffer, "XXXXX")
	if got := names.items[0].key; got != "alice" {
		t.Errorf("the key became %q: it aliases the batch", got)
	}
}
