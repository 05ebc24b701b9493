package syslog

import "strings"

// rfc5424 reads the rest of an RFC 5424 line behind "<PRI>1 ":
//
//	TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA [MSG]
//
// where "-" stands for a value that is missing (section 6).
func (p Programs) rfc5424(r *Record, s string) bool {
	st, s, ok := stamp5424(s)
	if !ok {
		return false
	}
	host, s := field5424(s)
	app, s := field5424(s)
	proc, s := field5424(s)
	_, s = field5424(s)
	text, ok := cutData(s)
	if !ok {
		return false
	}
	t := tag{rest: strings.TrimPrefix(trimBlanks(text), byteOrderMark)}
	t.name, t.module = cutProgram(app)
	if n, end := number(proc, 0, 9); end == len(proc) {
		t.pid = n
	}
	r.Time, r.Stamp = st.time, st.kind
	return p.fill(r, host, &t)
}

// stamp5424 reads TIMESTAMP, which may be nil, and the blank behind it.
func stamp5424(s string) (st stamp, rest string, ok bool) {
	if rest, ok := strings.CutPrefix(s, "- "); ok {
		return stamp{}, rest, true
	}
	st, rest, ok = isoStamp(s)
	return st, strings.TrimPrefix(rest, " "), ok
}

// field5424 cuts the next field off s, "" for nil.
func field5424(s string) (field, rest string) {
	i := strings.IndexByte(s, ' ')
	if i < 0 {
		i = len(s)
	}
	field, rest = s[:i], s[min(i+1, len(s)):]
	if field == "-" {
		field = ""
	}
	return field, rest
}

// cutData cuts STRUCTURED-DATA off s: "-", or elements in brackets. In their
// quoted values '"', '\' and ']' are escaped by '\' (section 6.3.3).
func cutData(s string) (rest string, ok bool) {
	if s == "" || s[0] == '-' {
		return strings.TrimPrefix(s, "-"), true
	}
	for s != "" && s[0] == '[' {
		n := elementLen(s)
		if n == 0 {
			return s, false
		}
		s, ok = s[n:], true
	}
	return s, ok
}

// elementLen is the length of the SD-ELEMENT at the start of s, 0 where its
// end is missing.
func elementLen(s string) int {
	quoted := false
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			quoted = !quoted
		case ']':
			if !quoted {
				return i + 1
			}
		}
	}
	return 0
}
