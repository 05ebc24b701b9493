package main

import (
	"cmp"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"sshsieve/internal/logfile"
	"sshsieve/internal/syslog"
)

// A beginning is how an input begins.
type beginning struct {
	name string
	at   time.Time // of the first line that has one; zero where nobody knows
	line string    // the first one
}

// oldestFirst puts inputs into the order of their first lines, since a shell
// lists auth.log before auth.log.1, which is older, and what is a habit shows
// from what came before. Standard input, and what has no times or cannot be
// read, stays behind the others. What another input holds already is left out,
// with a warning: each of its lines would count twice.
func (r *reading) oldestFirst(inputs []string) []string {
	if len(inputs) < 2 {
		return inputs
	}
	list := make([]beginning, len(inputs))
	for i, name := range inputs {
		list[i] = r.begins(name)
	}
	list = r.withoutCopies(list)
	slices.SortStableFunc(list, func(a, b beginning) int {
		if x, y := a.at.IsZero(), b.at.IsZero(); x != y {
			return cmp.Compare(btoi(x), btoi(y))
		}
		return a.at.Compare(b.at)
	})
	ordered := make([]string, len(list))
	for i := range list {
		ordered[i] = list[i].name
	}
	return ordered
}

// withoutCopies leaves out what another input holds from its beginning on: the
// same file twice, one and its .gz, an older copy of it.
func (r *reading) withoutCopies(list []beginning) (kept []beginning) {
	for _, b := range list {
		isHeld := false
		kept = slices.DeleteFunc(kept, func(k beginning) bool {
			o := partly
			if !isHeld && k.line != "" && k.line == b.line {
				o = r.compare(k, b)
			}
			isHeld = isHeld || o == firstHolds
			return o == secondHolds
		})
		if !isHeld {
			kept = append(kept, b)
		}
	}
	return kept
}

// compare says which of two inputs that begin alike holds the other, with a
// warning.
func (r *reading) compare(a, b beginning) overlap {
	if isSameFile(a.name, b.name) {
		r.warn("%q is given twice: it is read once", b.name)
		return firstHolds
	}
	if b.at.IsZero() {
		return partly // without times two servers begin alike, and may say no more
	}
	o := holds(a.name, b.name)
	switch o {
	case firstHolds:
		r.warn("%q: all of its lines are in %q, so it is left out", b.name, a.name)
	case secondHolds:
		r.warn("%q: all of its lines are in %q, so it is left out", a.name, b.name)
	default:
		r.warn("%q and %q begin with the same line: what both hold counts twice", a.name, b.name)
	}
	return o
}

func isSameFile(a, b string) bool {
	x, errA := os.Stat(a)
	y, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(x, y)
}

// What two logs that begin alike have in common.
type overlap int

const (
	partly overlap = iota
	firstHolds
	secondHolds
)

// holds reads two logs side by side until they differ, or one of them ends.
func holds(first, second string) overlap {
	a, err := logfile.Open(first, nil)
	if err != nil {
		return partly // told when it is to be read
	}
	defer a.Close() // read only: nothing can be lost
	b, err := logfile.Open(second, nil)
	if err != nil {
		return partly
	}
	defer b.Close()
	for {
		// Batches of equal text end alike.
		x, errA := a.ReadBatch(batchLines)
		y, errB := b.ReadBatch(batchLines)
		switch n := min(len(x), len(y)); {
		case errA != nil && errA != io.EOF, errB != nil && errB != io.EOF, !slices.Equal(x[:n], y[:n]):
			return partly
		case len(x) == len(y) && errA == io.EOF:
			return firstHolds
		case len(x) > len(y):
			return onlyIf(firstHolds, b)
		case len(y) > len(x):
			return onlyIf(secondHolds, a)
		}
	}
}

// onlyIf is an overlap if the shorter log has ended.
func onlyIf(o overlap, shorter *logfile.Reader) overlap {
	if _, err := shorter.ReadBatch(1); err != io.EOF {
		return partly
	}
	return o
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// begins reads an input's first lines.
func (r *reading) begins(name string) beginning {
	b := beginning{name: name}
	if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
		return b // told when it is to be read; a pipe gives its lines once
	}
	in, err := logfile.Open(name, nil)
	if err != nil {
		return b // told when it is to be read
	}
	defer in.Close() // read only: nothing can be lost
	// As many lines as the reading will take at first: the year of a stamp
	// without one hangs on them.
	lines, err := in.ReadBatch(batchLines)
	if err != nil {
		return b
	}
	b.line = strings.Clone(lines[0])
	timeline := syslog.Timeline{Zone: r.zone, Latest: r.newest(in)}
	r.parse(lines, &timeline)
	for i := range r.records {
		if r.records[i].Stamp != syslog.NoTime {
			b.at = r.records[i].Time
			break
		}
	}
	return b
}
