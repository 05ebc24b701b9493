package syslog

import (
	"strings"
	"time"
)

// A stamp is a time as an envelope gives it.
type stamp struct {
	time time.Time
	kind Stamp
	zulu bool // the zone was written "Z", as container runtimes do and rsyslog does not
}

// yearMonthStamp reads "2026 Jan  5 01:31:41".
func yearMonthStamp(s string) (st stamp, rest string, ok bool) {
	year, rest, ok := yearWord(s)
	if !ok {
		return stamp{}, s, false
	}
	i := strings.IndexByte(rest, ' ')
	if i < 3 {
		return stamp{}, s, false
	}
	w, rest, ok := monthWall(rest, i)
	return w.withYear(year, s, rest, ok)
}

// wordStamp reads stamps that begin with a word, s[:i]: months in other shapes
// than monthStamp's, journalctl -o short-full, "Sun 2026-11-22 13:27:06 UTC",
// and ctime's order, "Sun Nov 22 13:27:06 2026" (OpenWrt). Words may be of any
// language, but ctime's, which are the C locale's.
func wordStamp(s string, i int) (st stamp, rest string, ok bool) {
	switch c := s[i+1]; {
	case c == ' ' || isDigit(c):
		if w, rest, ok := monthWall(s, i); ok {
			return w.stamp(), rest, true
		}
		return fullStamp(s[i+1:])
	case len(s) > i+4 && englishMonth(s[i+1:i+4]) > 0:
		return ctimeStamp(s[i+1:])
	}
	return stamp{}, s, false
}

// ctimeStamp reads "Nov 22 13:27:06 2026", or without the year.
func ctimeStamp(s string) (st stamp, rest string, ok bool) {
	w, rest, ok := monthWall(s, len("Nov"))
	if !ok {
		return stamp{}, s, false
	}
	if year, after, ok := yearWord(trimBlanks(rest)); ok {
		return w.withYear(year, s, after, true)
	}
	return w.stamp(), rest, true
}

// fullStamp reads "2026-11-22 13:27:06 UTC". An abbreviation other than UTC's
// own names no zone that is certain.
func fullStamp(s string) (st stamp, rest string, ok bool) {
	st, rest, ok = isoStamp(s)
	if !ok || st.kind == Exact {
		return st, rest, ok
	}
	zone, after, _ := strings.Cut(trimBlanks(rest), " ")
	if offset, end, ok := zoneOffset(zone); ok && end == len(zone) {
		st.kind, st.time = Exact, st.time.Add(-time.Duration(offset)*time.Second)
		return st, after, true
	}
	if !isAbbreviation(zone) {
		return st, rest, true
	}
	if zone == "UTC" || zone == "GMT" {
		st.kind = Exact
	}
	return st, after, true
}

// isAbbreviation reports whether s may be a zone's: 3 to 6 capitals (POSIX
// XBD 8.3, TZ).
func isAbbreviation(s string) bool {
	return len(s) >= 3 && len(s) <= 6 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// monthStamp reads RFC 3164's "Jan  5 01:31:41 ": three letters of the C
// locale, a day of two places.
func monthStamp(s string) (st stamp, rest string, ok bool) {
	if len(s) < 16 || s[3] != ' ' || s[6] != ' ' || s[15] != ' ' {
		return stamp{}, s, false
	}
	month, date, sec := englishMonth(s[:3]), padded2(s, 4), clock(s, 7)
	if sec < 0 || date < 1 || date > daysIn(0, month) {
		return stamp{}, s, false
	}
	st.time = time.Unix(days(0, month, date)*86400+int64(sec), 0).UTC()
	st.kind = NoYear
	return st, s[15:], true
}

// monthWall reads what monthStamp does and the other shapes: a day of one
// place, a year before the clock ("Jan  5 2026 01:31:41"), a fraction
// (journalctl -o short-precise), and months of other languages. The month is
// s[:i].
func monthWall(s string, i int) (w wall, rest string, ok bool) {
	name, day := s[:i], trimBlanks(s[i:])
	n, end := number(day, 0, 2)
	if end == 0 || end == len(day) || day[end] != ' ' {
		return wall{}, s, false
	}
	w.month, w.day = monthNamed(name), n
	rest = trimBlanks(day[end:])
	if year, after, ok := yearWord(rest); ok {
		w.year, rest = year, after
	}
	if len(rest) < len("hh:mm:ss ") {
		return wall{}, s, false
	}
	w.sec = clock(rest, 0)
	w.nsec, end = fraction(rest, 8)
	return w, rest[end:], w.valid() && end < len(rest) && rest[end] == ' '
}

// yearWord cuts a year, 1970 or later, and the blanks behind it off s.
func yearWord(s string) (year int, rest string, ok bool) {
	year, end := number(s, 0, 4)
	if year < 1970 || end == len(s) || s[end] != ' ' {
		return 0, s, false
	}
	return year, trimBlanks(s[end:]), true
}
