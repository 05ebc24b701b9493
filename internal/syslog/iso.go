package syslog

import "time"

// isoStamp reads "2026-11-22T13:27:06" with any fraction and any zone or none
// (ISO 8601, RFC 3339), a blank or the end of s behind it. The date and clock
// may be parted by a blank (macOS) or by svlogd's "_", which means UTC.
func isoStamp(s string) (st stamp, rest string, ok bool) {
	const shape = len("2026-11-22T13:27:06")
	if len(s) < shape || s[4] != '-' || s[7] != '-' || !isoSeparator(s[10]) {
		return stamp{}, s, false
	}
	century, year := digits2(s, 0), digits2(s, 2)
	w := wall{year: century*100 + year, month: digits2(s, 5), day: digits2(s, 8), sec: clock(s, 11)}
	if century < 1 || year < 0 || !w.valid() {
		return stamp{}, s, false
	}
	var end int
	w.nsec, end = fraction(s, shape)
	offset, length, zoned := zoneOffset(s[end:])
	st.zulu = zoned && length == 1
	end += length
	if end < len(s) && s[end] != ' ' {
		return stamp{}, s, false
	}
	st.time, st.kind = w.in(offset), NoZone
	if zoned || s[10] == '_' {
		st.kind = Exact
	}
	return st, s[end:], true
}

func isoSeparator(c byte) bool { return c == 'T' || c == ' ' || c == 't' || c == '_' }

// zoneOffset reads "Z", "+00:00", "+0000" or "+00" at the start of s: seconds
// east of UTC, and its length.
func zoneOffset(s string) (offset, length int, ok bool) {
	if s == "" {
		return 0, 0, false
	}
	switch s[0] {
	case 'Z', 'z':
		return 0, 1, true
	case '+', '-':
		offset, length = hoursMinutes(s)
	}
	if length > 0 && s[0] == '-' {
		offset = -offset
	}
	return offset, length, length > 0
}

// hoursMinutes reads "hh:mm", "hhmm" or "hh" behind a sign.
func hoursMinutes(s string) (sec, length int) {
	if len(s) < 3 {
		return 0, 0
	}
	h, m := digits2(s, 1), 0
	length = 3
	if len(s) >= 6 && s[3] == ':' {
		m, length = digits2(s, 4), 6
	} else if len(s) >= 5 && isDigit(s[3]) {
		m, length = digits2(s, 3), 5
	}
	if h < 0 || h > 23 || m < 0 || m > 59 {
		return 0, 0
	}
	return h*3600 + m*60, length
}

// epochStamp reads "1795354029.134463" (journalctl -o short-unix), the seconds
// with 9 to 11 digits.
func epochStamp(s string) (st stamp, rest string, ok bool) {
	sec, i := number(s, 0, 11)
	if i < 9 || i == len(s) || s[i] != '.' {
		return stamp{}, s, false
	}
	nsec, end := fraction(s, i)
	if end == len(s) || s[end] != ' ' {
		return stamp{}, s, false
	}
	return stamp{time: time.Unix(int64(sec), int64(nsec)).UTC(), kind: Exact}, s[end:], true
}

// taiStamp reads multilog's TAI64N label: "@", 16 hexadecimal digits of seconds
// from 2^62 and 8 of nanoseconds (D. J. Bernstein, "TAI64, TAI64N, and
// TAI64NA"). Like its own tools it takes TAI to be 10 s ahead of Unix time.
func taiStamp(s string) (st stamp, rest string, ok bool) {
	const length = 1 + 16 + 8
	if len(s) <= length || s[length] != ' ' {
		return stamp{}, s, false
	}
	sec, ok1 := hexadecimal(s[1:17])
	nsec, ok2 := hexadecimal(s[17:length])
	const base, ahead, farthest = 1 << 62, 10, 1 << 36
	if !ok1 || !ok2 || sec < base || sec > base+farthest || nsec >= 1e9 {
		return stamp{}, s, false
	}
	return stamp{time: time.Unix(int64(sec-base)-ahead, int64(nsec)).UTC(), kind: Exact}, s[length:], true
}
