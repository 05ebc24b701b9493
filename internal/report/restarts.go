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

// restarts are the latest times, sorted, of lines that sshd of a host began to listen,
// in Unix seconds: mostly two or so are of one restart.
type restarts []int64

// linesKept is how many such lines a host keeps.
const linesKept = 4 * maxRestarts

// add takes the time of one "Server listening" line, 0 for none.
func (r *restarts) add(at int64) {
	i, found := slices.BinarySearch(*r, at)
	if at == 0 || found {
		return
	}
	*r = slices.Insert(*r, i, at)
	if len(*r) > linesKept {
		*r = slices.Delete(*r, 0, 1)
	}
}

// times are the restarts, each by its first line. What begins again while it has not
// yet begun is one of them; an sshd that is started for ever is many.
func (r restarts) times() []int64 {
	var times []int64
	for _, at := range r {
		if len(times) == 0 || at-times[len(times)-1] >= restartTakes {
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
