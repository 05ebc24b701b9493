package watchtest

import (
	"testing"

	"sshsieve/internal/watch"
)

// TestChaosWithoutAPlan: the wrapping itself changes nothing, also where
// another worker is always faster.
func TestChaosWithoutAPlan(t *testing.T) {
	for why, plan := range map[string]Plan{"no plan": nil, "a plan without faults": Random(1, 1, None)} {
		t.Run(why, func(t *testing.T) {
			TestStore(t, func(*testing.T) watch.Store { return &Chaos{Store: &watch.Mem{}, Plan: plan} })
		})
	}
}

// TestRedelivered: a test of an order that misses a batch would prove nothing.
func TestRedelivered(t *testing.T) {
	const n, delay = 50, 7
	times := map[int]int{}
	late := false
	for seed := range uint64(20) {
		highest := -1
		for _, batch := range Redelivered(seed, n, delay) {
			times[batch]++
			late = late || batch < highest
			highest = max(highest, batch)
		}
	}
	for batch := range n {
		if times[batch] < 20 || times[batch] > 40 {
			t.Errorf("batch %d came %d times in 20 orders", batch, times[batch])
		}
	}
	if !late {
		t.Error("nothing came out of order")
	}
}
