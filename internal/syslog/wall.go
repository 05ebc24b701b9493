package syslog

import "time"

// A wall is what a calendar and a clock on the wall show.
type wall struct {
	year, month, day int // year 0: none given
	sec              int // of the day, -1 where the clock was none
	nsec             int
}

// valid reports whether the calendar has w: 29 February in any year that is
// not given.
func (w wall) valid() bool {
	return w.sec >= 0 && w.day >= 1 && w.day <= daysIn(w.year, w.month)
}

// daysIn returns the days of a month, 0 where there is no such month. Year 0
// is a leap year, as in package time.
func daysIn(year, month int) int {
	switch month {
	case 1, 3, 5, 7, 8, 10, 12:
		return 31
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 0
}

// in is the instant when a clock of a zone offset seconds east of UTC shows w.
func (w wall) in(offset int) time.Time {
	return time.Unix(days(w.year, w.month, w.day)*86400+int64(w.sec-offset), int64(w.nsec)).UTC()
}

// days counts from 1 January 1970 to a date. It does what time.Date does in a
// tenth of its time, which was half of what an RFC 3164 line costs. It counts
// from 1 March, so that a leap day is the last of its year (Hinnant,
// "chrono-Compatible Low-Level Date Algorithms", days_from_civil), and from 400
// years before year 0, so that no year is negative.
func days(year, month, day int) int64 {
	const cycle, to1970 = 146097, 719468 // 400 years; from 1 March of year 0
	year, month = year+400, month-3
	if month < 0 {
		year, month = year-1, month+12
	}
	return int64(year*365 + year/4 - year/100 + year/400 + (153*month+2)/5 + day - 1 - cycle - to1970)
}

// stamp is w as an envelope without a zone gives it.
func (w wall) stamp() stamp {
	if w.year == 0 {
		return stamp{time: w.in(0), kind: NoYear}
	}
	return stamp{time: w.in(0), kind: NoZone}
}

// withYear is the stamp of w in year; s and rest are what a reader of stamps
// returns where it is none, and where it is one.
func (w wall) withYear(year int, s, rest string, ok bool) (stamp, string, bool) {
	w.year = year
	if !ok || !w.valid() {
		return stamp{}, s, false
	}
	return w.stamp(), rest, true
}
