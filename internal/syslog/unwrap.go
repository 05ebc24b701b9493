package syslog

import "strings"

// unwrap undoes what a syslogd did to r's message. Only the whole message is
// looked at, and only behind a tag, since a peer may write any of it further on.
func (p Programs) unwrap(r *Record) {
	r.Message = cutHost(cutMessageID(r.Message), r.Host)
	if r.Host == "localhost" {
		r.Message = cutLibrary(r.Message)
	}
	if n, text, ok := repeated(r.Message); ok && p.Has(r.Program) {
		r.Repeat, r.Message = n, text
	}
}

// cutHost cuts "[HOST] " off s, which some relays repeat.
func cutHost(s, host string) string {
	if s == "" || s[0] != '[' {
		return s
	}
	if rest, ok := strings.CutPrefix(s[1:], host); ok && host != "" && strings.HasPrefix(rest, "] ") {
		return rest[2:]
	}
	return s
}

// cutLibrary cuts "(libpam.2.dylib) " off s, the sender that macOS's log(1)
// names in --style syslog, where every host is "localhost".
func cutLibrary(s string) string {
	if s == "" || s[0] != '(' {
		return s
	}
	word, rest, ok := strings.Cut(s, " ")
	if !ok || word[len(word)-1] != ')' {
		return s
	}
	return rest
}

// cutMessageID cuts "[ID 800047 auth.info] " (Solaris, log(4D): msgid) off s.
func cutMessageID(s string) string {
	if !strings.HasPrefix(s, "[ID ") {
		return s
	}
	_, i := number(s, 4, 10)
	j := strings.IndexByte(s, ']')
	if i == 4 || j < i || j > i+24 || s[i] != ' ' || strings.IndexByte(s[i+1:j], ' ') >= 0 {
		return s
	}
	return trimBlanks(s[j+1:])
}

// repeated reads "message repeated N times: [ TEXT]", which rsyslog writes with
// $RepeatedMsgReduction on; it must be the whole of s.
func repeated(s string) (n int, text string, ok bool) {
	const before, after = "message repeated ", " times: ["
	if !strings.HasPrefix(s, before) || s[len(s)-1] != ']' {
		return 0, s, false
	}
	n, i := number(s, len(before), 9)
	if n < 1 || !strings.HasPrefix(s[i:], after) {
		return 0, s, false
	}
	return n, strings.TrimPrefix(s[i+len(after):len(s)-1], " "), true
}
