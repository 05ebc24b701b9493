package report

import (
	"slices"
	"time"
)

const (
	// maxRestarts is how many restarts a host keeps, the latest.
	maxRestarts = 32
	// restartTakes bounds one, in seconds: sshd says of each address that it
	// listens on it, and when it cannot yet, it is started again.
	restartTakes = 60
)

// restarts are when sshd of a host began to listen, in Unix seconds: sorted, with
// nothing else between that is nearer than restartTakes, and the latest ones.
type restarts []int64

// add takes the time of one "Server listening" line, 0 for none.
func (r *restarts) add(at int64) {
	i, found := slices.BinarySearch(*r, at)
	if at == 0 || found {
		return
	}
	*r = slices.Insert(*r, i, at)
	if len(*r) > 2*maxRestarts {
		*r = slices.Delete(*r, 0, 1)
	}
}

// times are the restarts: each begins with its first line.
func (r restarts) times() []int64 {
	var times []int64
	for i, at := range r {
		if i == 0 || at-r[i-1] >= restartTakes {
			times = append(times, at)
		}
	}
	return times[max(0, len(times)-maxRestarts):]
}

// page is the restarts for a page.
func (r restarts) page() []time.Time {
	var list []time.Time
	for _, at := range r.times() {
		list = append(list, time.Unix(at, 0).UTC())
	}
	return list
}
