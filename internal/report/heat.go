package report

// hoursAWeek is the size of a week by the hour.
const hoursAWeek = 7 * 24

// heat counts by the hour of the week, UTC, Monday first: events, failed
// attempts, logins.
type heat struct{ events, failed, accepted [hoursAWeek]int }

// hourOfWeek is the hour of a time in Unix seconds: 1970 began on a Thursday.
func hourOfWeek(at int64) int { return int((at/3600 + 3*24) % hoursAWeek) }

// covered is how many times an hour of the week comes between two times.
func covered(hour int, first, last int64) int {
	hours := int(last/3600-first/3600) + 1
	after := (hour - hourOfWeek(first) + hoursAWeek) % hoursAWeek // from the first hour on
	n := hours / hoursAWeek
	if after < hours%hoursAWeek {
		n++
	}
	return n
}

// add counts events, and what of them are attempts and logins.
func (h *heat) add(at int64, n, failed, accepted int) {
	i := hourOfWeek(at)
	h.events[i] += n
	h.failed[i] += failed
	h.accepted[i] += accepted
}

// page is the heat for a page, of a log from one time to another; nil where
// nothing had a time.
func (h *heat) page(first, last int64) *Heat {
	var p Heat
	any := 0
	for i := range hoursAWeek {
		day, hour := i/24, i%24
		p.Events[day][hour], p.Failed[day][hour], p.Accepted[day][hour] = h.events[i], h.failed[i], h.accepted[i]
		p.Covered[day][hour] = covered(i, first, last)
		any += h.events[i]
	}
	if any == 0 {
		return nil
	}
	return &p
}
