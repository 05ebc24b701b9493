package report

import "time"

// coarse is the axis for single things, of the whole log.
func (l *Log) coarse() axis { return l.axis(fewColumns) }

// axis is that of the whole log, in at most so many columns; none where no line
// has a time.
func (l *Log) axis(limit int) axis {
	if l.last == 0 {
		return axis{}
	}
	return axisOf(l.first, l.last, limit)
}

// timeline is the axis for a page.
func (a axis) timeline() *Timeline {
	if a.step == 0 {
		return nil
	}
	return &Timeline{Start: time.Unix(a.start, 0).UTC(), Step: a.step, Steps: a.used}
}
