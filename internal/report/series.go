package report

import "sshsieve/internal/sshd"

// columns is how many steps of time a series holds at most: a graph that is
// wider than 400 points shows no more.
const columns = 400

// numCategories is the number of categories, NotSSHD included.
var numCategories = len(sshd.Categories())

// numVerdicts is the number of verdicts.
const numVerdicts = int(sshd.Human) + 1

// steps is how long a column may be, in seconds; each divides the next. Past
// the last, steps double.
var steps = []int64{60, 5 * 60, 15 * 60, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600}

// A series counts categories and verdicts over time in at most columns steps. It begins
// with steps of a minute and takes longer ones when the time outgrows it, so
// its size does not depend on the log.
type series struct {
	step   int64          // seconds; 0: nothing seen yet
	start  int64          // Unix seconds of the first column, a multiple of step
	counts [columns][]int // by category, and behind these by verdict
	used   int            // columns up to the newest event
}

// add counts n events of a category and a verdict at a time in Unix seconds.
func (s *series) add(at int64, c sshd.Category, v sshd.Verdict, n int) {
	if s.step == 0 {
		s.begin(at)
	}
	for !s.holds(at) {
		s.coarsen()
	}
	for at < s.start {
		s.shift(1)
	}
	column := int((at - s.start) / s.step)
	s.used = max(s.used, column+1)
	s.counts[column][c] += n
	s.counts[column][numCategories+int(v)] += n
}

func (s *series) begin(at int64) {
	s.step = steps[0]
	s.start = floor(at, s.step)
	for i := range s.counts {
		s.counts[i] = make([]int, numCategories+numVerdicts)
	}
}

// holds says whether a time fits, by moving the beginning if need be.
func (s *series) holds(at int64) bool {
	if at < s.start {
		return (s.start-floor(at, s.step))/s.step <= int64(columns-s.used)
	}
	return (at-s.start)/s.step < columns
}

// shift moves every column by one to the right, into those not used.
func (s *series) shift(by int) {
	for range by {
		last := s.counts[columns-1]
		copy(s.counts[1:], s.counts[:columns-1])
		s.counts[0] = last
		s.start -= s.step
		s.used++
	}
}

// coarsen takes the next longer step and merges the columns into it.
func (s *series) coarsen() {
	step := longer(s.step)
	start := floor(s.start, step)
	used := 0
	for i := range s.used {
		to := int((s.start + int64(i)*s.step - start) / step)
		merge(s.counts[to], s.counts[i], to != i)
		used = to + 1
	}
	s.step, s.start, s.used = step, start, used
}

// merge adds the counts of one column to another and empties it.
func merge(to, from []int, apart bool) {
	if !apart {
		return
	}
	for c, n := range from {
		to[c] += n
		from[c] = 0
	}
}

// longer is the step after this one.
func longer(step int64) int64 {
	for _, next := range steps {
		if next > step {
			return next
		}
	}
	return 2 * step
}

// floor is the last multiple of step at or before a time, which may be
// negative (before 1970).
func floor(at, step int64) int64 {
	return at - ((at%step)+step)%step
}

// of lists a category's counts, column by column.
func (s *series) of(c sshd.Category) []int { return s.line(int(c)) }

// ofVerdict lists a verdict's.
func (s *series) ofVerdict(v sshd.Verdict) []int { return s.line(numCategories + int(v)) }

func (s *series) line(row int) []int {
	line := make([]int, s.used)
	for i := range line {
		line[i] = s.counts[i][row]
	}
	return line
}
