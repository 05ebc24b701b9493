package main

import (
	"cmp"
	"slices"
	"time"

	"sshsieve/internal/logfile"
	"sshsieve/internal/syslog"
)

// oldestFirst puts inputs into the order of their first lines, since a shell
// lists auth.log before auth.log.1, which is older, and what is a habit shows
// from what came before. Standard input, and what has no times or cannot be
// read, stays behind the others.
func (r *reading) oldestFirst(inputs []string) []string {
	if len(inputs) < 2 {
		return inputs
	}
	begins := map[string]time.Time{}
	for _, name := range inputs {
		begins[name] = r.begins(name)
	}
	ordered := slices.Clone(inputs)
	slices.SortStableFunc(ordered, func(a, b string) int {
		if x, y := begins[a].IsZero(), begins[b].IsZero(); x != y {
			return cmp.Compare(btoi(x), btoi(y))
		}
		return begins[a].Compare(begins[b])
	})
	return ordered
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// begins is the time of an input's first line that has one; zero where nobody
// knows.
func (r *reading) begins(name string) time.Time {
	if name == logfile.Stdin {
		return time.Time{}
	}
	in, err := logfile.Open(name, nil)
	if err != nil {
		return time.Time{} // told when it is to be read
	}
	defer in.Close() // read only: nothing can be lost
	// As many lines as the reading will take at first: the year of a stamp
	// without one hangs on them.
	lines, err := in.ReadBatch(batchLines)
	if err != nil {
		return time.Time{}
	}
	timeline := syslog.Timeline{Zone: r.zone, Latest: r.newest(in)}
	r.parse(lines, &timeline)
	for i := range r.records {
		if r.records[i].Stamp != syslog.NoTime {
			return r.records[i].Time
		}
	}
	return time.Time{}
}
