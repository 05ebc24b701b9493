package syslog

import "strings"

// clock reads "hh:mm:ss" at s[i:], which has 8 bytes, as seconds of the day; -1
// where it is none. A leap second is the one before it again, so that a stamp
// without year stays in its year.
func clock(s string, i int) int {
	if s[i+2] != ':' || s[i+5] != ':' {
		return -1
	}
	h, m, sec := digits2(s, i), digits2(s, i+3), digits2(s, i+6)
	if h < 0 || h > 23 || m < 0 || m > 59 || sec < 0 || sec > 60 {
		return -1
	}
	return h*3600 + m*60 + min(sec, 59)
}

// digits2 reads two digits at s[i:]; below 0 where they are none.
func digits2(s string, i int) int {
	a, b := s[i]-'0', s[i+1]-'0'
	if a > 9 || b > 9 {
		return -1
	}
	return int(a)*10 + int(b)
}

// padded2 is digits2 with a blank for a leading 0.
func padded2(s string, i int) int {
	if s[i] == ' ' && isDigit(s[i+1]) {
		return int(s[i+1] - '0')
	}
	return digits2(s, i)
}

// fraction reads ".123456" or ",123" at s[i:] as nanoseconds; end is the index
// behind it, i where there is none. Digits after the ninth do not count.
func fraction(s string, i int) (nsec, end int) {
	if i+1 >= len(s) || s[i] != '.' && s[i] != ',' || !isDigit(s[i+1]) {
		return 0, i
	}
	scale := 100_000_000
	for end = i + 1; end < len(s) && isDigit(s[end]); end++ {
		nsec += int(s[end]-'0') * scale
		scale /= 10
	}
	return nsec, end
}

// hexadecimal reads all of s, at most 16 digits.
func hexadecimal(s string) (n uint64, ok bool) {
	for i := range len(s) {
		d := strings.IndexByte("0123456789abcdef", s[i])
		if d < 0 {
			return 0, false
		}
		n = n<<4 | uint64(d)
	}
	return n, true
}

// number reads at most most digits at s[i:]; end is the index behind them, i
// where there is none.
func number(s string, i, most int) (n, end int) {
	for end = i; end < len(s) && end-i < most && isDigit(s[end]); end++ {
		n = n*10 + int(s[end]-'0')
	}
	return n, end
}

func isDigit(c byte) bool { return c-'0' <= 9 }

// trimBlanks drops the blanks before s.
func trimBlanks(s string) string {
	for s != "" && s[0] == ' ' {
		s = s[1:]
	}
	return s
}
