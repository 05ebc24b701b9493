package report

import "sshsieve/internal/sshd"

// numCategories is the number of categories, NotSSHD included.
var numCategories = len(sshd.Categories())

// numVerdicts is the number of verdicts.
const numVerdicts = int(sshd.Human) + 1

// A series counts categories and verdicts over time, on one axis.
type series struct {
	first, last int64   // Unix seconds; 0: nothing seen yet
	rows        []trend // by category, and behind these by verdict
}

// add counts n events of a category and a verdict at a time in Unix seconds.
func (s *series) add(at int64, c sshd.Category, v sshd.Verdict, n int) {
	if s.rows == nil {
		s.first = at
		s.rows = make([]trend, numCategories+numVerdicts)
	}
	s.first, s.last = min(s.first, at), max(s.last, at)
	s.rows[c].add(at, n, columns)
	s.rows[numCategories+int(v)].add(at, n, columns)
}

// axis is that of all rows.
func (s *series) axis() axis {
	if s.rows == nil {
		return axis{}
	}
	return axisOf(s.first, s.last, columns)
}

// of lists a category's counts, column by column.
func (s *series) of(c sshd.Category) []int { return s.line(int(c)) }

// ofVerdict lists a verdict's.
func (s *series) ofVerdict(v sshd.Verdict) []int { return s.line(numCategories + int(v)) }

func (s *series) line(row int) []int {
	if s.rows == nil {
		return nil
	}
	return s.rows[row].on(s.axis())
}
