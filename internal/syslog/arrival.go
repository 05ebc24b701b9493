package syslog

import "time"

// CloudWatch Logs takes events from 14 days before to 2 hours after its own
// clock (PutLogEvents). A host's clock is believed for less of the future:
// what it writes ahead of everybody else would hold back the quiet times of
// the rules.
const (
	oldest        = 14 * 24 * time.Hour
	farthestAhead = 10 * time.Minute
)

// Arrival gives r the time by which it is judged, where delivered is the
// timestamp that CloudWatch Logs has for it: the envelope's own time if that
// is Exact and lies from 14 days before to 10 minutes after delivered, else
// delivered. Skew is set where an Exact time was refused; a stamp without year
// or zone has nothing to be refused. r.Stamp stays.
func Arrival(r *Record, delivered time.Time) {
	if r.Stamp == Exact {
		if !r.Time.Before(delivered.Add(-oldest)) && !r.Time.After(delivered.Add(farthestAhead)) {
			return
		}
		r.Skew = true
	}
	r.Time = delivered
}
