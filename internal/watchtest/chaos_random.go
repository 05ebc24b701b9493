package watchtest

import (
	"math/rand/v2"
	"sync"
)

// Random is a Plan in which a step goes wrong once in so many; which, and how,
// hangs on the seed alone as long as there is one worker.
func Random(seed uint64, once int, faults ...Fault) Plan {
	var mu sync.Mutex
	r := rand.New(rand.NewPCG(seed, 0))
	return func(Step) Fault {
		mu.Lock()
		defer mu.Unlock()
		if r.IntN(once) > 0 {
			return None
		}
		return faults[r.IntN(len(faults))]
	}
}

// Redelivered is an order in which batches 0 to n-1 may come: each at least
// once, some twice, and up to delay places too late.
func Redelivered(seed uint64, n, delay int) []int {
	r := rand.New(rand.NewPCG(seed, 1))
	type delivery struct{ batch, at int }
	var list []delivery
	for batch := range n {
		for range 1 + r.IntN(2) {
			list = append(list, delivery{batch, batch + r.IntN(delay+1)})
		}
	}
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	var order []int
	for at := range n + delay {
		for _, d := range list {
			if d.at == at {
				order = append(order, d.batch)
			}
		}
	}
	return order
}
