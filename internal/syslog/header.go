package syslog

import "strings"

// header reads "HOST TAG MESSAGE" or "TAG MESSAGE" into r and reports whether
// there was a tag; if not, r is as it was. strict believes only a tag with a
// pid or with a program of p's: after the stamp of a container runtime sshd's
// own "banner exchange: …" would pass for a host and a tag.
func (p Programs) header(r *Record, s string, strict bool) bool {
	s = trimBlanks(s)
	if s != "" && s[0] == '<' {
		s = cutBracketed(s)
	}
	i := strings.IndexByte(s, ' ')
	if i < 0 {
		i = len(s)
	}
	var t tag
	// Most lines have a host: its last byte tells it from a tag.
	if i == 0 || s[i-1] == ':' || s[i-1] == ']' {
		if p.tag(&t, s) && p.plain(&t) {
			return p.fill(r, "", &t)
		}
	}
	if p.tag(&t, trimBlanks(s[i:])) && (!strict || p.plain(&t)) {
		return p.fill(r, hostWord(s[:i]), &t)
	}
	return p.headerRare(r, s, i)
}

// hostWord is the word before a tag, or nothing where that is a facility: then
// there was no host (busybox, OpenWrt).
func hostWord(s string) string {
	if _, ok := cutFacility(s, 0); ok {
		return ""
	}
	return s
}

// plain reports whether t is a tag beyond doubt.
func (p Programs) plain(t *tag) bool { return t.pid >= 0 || p.Has(t.name) }

// headerRare reads the headers that header does not: AIX's "Message forwarded
// from HOST: TAG", a facility before the tag, and "sshd MESSAGE". The first
// word of s ends at i.
func (p Programs) headerRare(r *Record, s string, i int) bool {
	host, rest := s[:i], trimBlanks(s[i:])
	if forwarded, ok := strings.CutPrefix(s, "Message forwarded from "); ok {
		host, rest, _ = strings.Cut(forwarded, ": ")
	} else if after, ok := cutFacility(s, ' '); ok {
		host, rest = "", after
	} else if after, ok := cutFacility(rest, ' '); ok {
		rest = after
	} else if p.Has(base(host)) {
		host, rest = "", s
	} else {
		return false
	}
	var t tag
	return p.tag(&t, rest) && p.fill(r, host, &t)
}

// fill takes what a header says into r.
func (p Programs) fill(r *Record, host string, t *tag) bool {
	r.Host, r.Program, r.Module = host, t.name, t.module
	r.PID = max(t.pid, 0)
	r.Trust = Host
	r.Message = trimBlanks(t.rest)
	if m := r.Message; m != "" && (m[0] == '[' || m[0] == '(' || m[0] == 'm') {
		p.unwrap(r)
	}
	return true
}

// container reads a line without an envelope of its own: behind the name of a
// container, if there is one, any other may stand. It is looked for at the
// beginning of the line only, once. Both of a container's streams look alike
// there, and what is on its standard error is a stranger's to write, the name
// included: so it is dropped.
func (p Programs) container(r *Record, s string) {
	text, ok := cutContainer(s)
	if !ok || !p.envelope(r, text, maxDepth-1) {
		p.bare(r, text)
	}
	if ok {
		r.Trust = Peer
	}
}

// cutContainer cuts "bastion-1  | " ("docker compose logs", "docker service
// logs") off s: a word, blanks up to the longest name's end, a bar, a blank. No
// message of sshd's begins so.
func cutContainer(s string) (rest string, ok bool) {
	name, rest, _ := strings.Cut(s, " ")
	rest, ok = strings.CutPrefix(trimBlanks(rest), "| ")
	if !ok || name == "" || strings.IndexFunc(name, isNoName) >= 0 {
		return s, false
	}
	return rest, true
}

// isNoName tells what stands in no name of a container, service or node.
func isNoName(c rune) bool {
	return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.' || c == '@')
}

// bare reads a line without an envelope into r. sshd's own tag is believed
// with a pid ("sshd[7]: …", with or without a host before it: what a template
// without a time makes), and without one at the start, with its colon; nobody else's is,
// since sshd's messages may look like one ("error: …", "/run/sshd must be …").
func (p Programs) bare(r *Record, s string) {
	r.Message = s
	var t tag
	if p.tag(&t, s) && p.Has(t.name) && (t.pid >= 0 || strings.HasPrefix(s, t.name+":")) && !looksLikeTag(s) {
		p.fill(r, "", &t)
		if t.pid < 0 {
			r.Trust = Peer
		}
		return
	}
	host, rest, _ := strings.Cut(s, " ")
	if host != "" && p.tag(&t, rest) && t.pid >= 0 && p.Has(t.name) {
		p.fill(r, host, &t)
	}
}

// looksLikeTag reports whether s is the one message of sshd's that begins like
// a tag (OpenSSH sshd.c main, up to HEAD).
func looksLikeTag(s string) bool {
	return strings.HasPrefix(s, "sshd: no hostkeys available")
}

// cutBracketed cuts FreeBSD's "<4.3> " (syslogd -v) off s.
func cutBracketed(s string) string {
	if i := strings.IndexByte(s, '>'); i > 0 && i < 24 && strings.IndexByte(s[:i], '.') > 0 {
		return trimBlanks(s[i+1:])
	}
	return s
}

// isSyslogd reads what syslogd itself says without a tag into r: "HOST last
// message repeated N times" (which counts lines of any program), "HOST syslogd
// 1.4.1: restart." and "HOST -- MARK --".
func isSyslogd(r *Record, s string) bool {
	host, rest, _ := strings.Cut(s, " ")
	rest = trimBlanks(rest)
	for _, prefix := range [...]string{"last message repeated ", "last message buffered ", "syslogd ", "-- "} {
		if strings.HasPrefix(rest, prefix) {
			r.Host, r.Program, r.Trust, r.Message = host, "syslogd", Host, rest
			return true
		}
	}
	return false
}

// cutFacility cuts a facility and level, "auth.info " (busybox, OpenWrt),
// "auth|security:info " (AIX) or "auth.info: " (socklog), off s; end is the
// byte behind it, or 0 where s is to be nothing else.
func cutFacility(s string, end byte) (rest string, ok bool) {
	if len(s) < len("user.err") || s[0] != 'a' && s[0] != 'd' && s[0] != 'u' && s[0] != 'l' {
		return s, false // most words
	}
	word, rest, _ := strings.Cut(s, " ")
	if end == ':' && word != "" {
		word, ok = strings.CutSuffix(word, ":")
	} else {
		ok = (end == ' ') == (len(word) < len(s))
	}
	i := strings.LastIndexAny(word, ".:")
	if !ok || i < 0 || !isFacility(word[:i]) || !isLevel(word[i+1:]) {
		return s, false
	}
	return trimBlanks(rest), true
}

// isFacility knows the facilities of sshd_config's SyslogFacility.
func isFacility(s string) bool {
	switch s {
	case "auth", "authpriv", "auth|security", "daemon", "user":
		return true
	}
	return len(s) == len("local0") && s[:5] == "local" && s[5] >= '0' && s[5] <= '7'
}

// isLevel knows the severities of RFC 5424 section 6.2.1 by syslog.conf's names.
func isLevel(s string) bool {
	switch s {
	case "emerg", "panic", "alert", "crit", "err", "error", "warn", "warning", "notice", "info", "debug":
		return true
	}
	return false
}
