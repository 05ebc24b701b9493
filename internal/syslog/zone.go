package syslog

import "time"

// A zoneSpan is a time in which a zone keeps one offset: readings of its wall
// clock, as if in UTC, a day and more away from any change.
type zoneSpan struct {
	from, to time.Time
	offset   time.Duration
}

func (t *Timeline) zone() *time.Location {
	if t.Zone == nil {
		return time.UTC
	}
	return t.Zone
}

// local is the instant at which a clock in Zone shows w, which is that reading
// as if in UTC; near is the line above.
func (t *Timeline) local(w, near time.Time) time.Time {
	if t.Zone == nil || t.Zone == time.UTC {
		return w
	}
	if w.Before(t.span.from) || !w.Before(t.span.to) {
		if before, after := t.offset(w.Add(-day)), t.offset(w.Add(day)); before != after {
			return t.atChange(w, near, before, after)
		}
		t.span = t.spanAround(w)
	}
	return w.Add(-t.span.offset)
}

// offset is how far Zone is east of UTC at an instant.
func (t *Timeline) offset(at time.Time) time.Duration {
	_, sec := at.In(t.Zone).Zone()
	return time.Duration(sec) * time.Second
}

// spanAround is the span around w, which no change is near.
func (t *Timeline) spanAround(w time.Time) zoneSpan {
	offset := t.offset(w)
	start, end := w.In(t.Zone).ZoneBounds()
	span := zoneSpan{from: w, to: w.Add(1), offset: offset}
	if !start.IsZero() {
		span.from = start.UTC().Add(offset + day)
	}
	if !end.IsZero() {
		span.to = end.UTC().Add(offset - day)
	}
	return span
}

// atChange is local within a day of a change of Zone's offset.
func (t *Timeline) atChange(w, near time.Time, before, after time.Duration) time.Time {
	first, second := w.Add(-before), w.Add(-after)
	isFirst, isSecond := t.offset(first) == before, t.offset(second) == after
	switch {
	case isFirst && isSecond && t.isSecondTurn(first, near, after):
		return second
	case isSecond && !isFirst:
		return second
	}
	return first
}

// isSecondTurn reports whether the line behind near is of the second turn of an
// hour, of which first is its instant in the first: near was there already, or
// its clock was ahead.
func (t *Timeline) isSecondTurn(first, near time.Time, after time.Duration) bool {
	const disorder = 5 * time.Minute // by which lines of one host may swap
	ahead := near.Sub(first)
	if ahead < -day || ahead > day {
		return false // another file's line
	}
	return ahead > disorder || t.offset(near) == after
}
