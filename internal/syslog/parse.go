package syslog

import "strings"

// maxDepth bounds envelopes within envelopes: a container runtime's around a
// log shipper's around syslog's is the deepest that is seen.
const maxDepth = 4

// Parse takes the envelope off line. It accepts
//
//   - RFC 3164 with and without <PRI>, and what its relatives write: years,
//     fractions, month names of other languages, no host, facility words
//     (busybox, AIX, FreeBSD, socklog, OpenWrt), "Message forwarded from";
//   - ISO 8601 stamps (rsyslog, macOS) and RFC 5424;
//   - journalctl -o short, short-precise, short-iso, short-iso-precise,
//     short-full, short-unix, short-monotonic, json;
//   - fluent-bit's systemd input and other flat JSON with a message in it;
//   - {"log": …}, Docker's json-file and CRI, with any of these inside, and
//     the stamps that CloudWatch exports, "docker logs -t" and multilog add;
//   - "NAME-1  | " before any of these ("docker compose logs").
//
// In a message it undoes rsyslog's "message repeated N times: [ … ]" and drops
// Solaris's "[ID … auth.info]". A line with none of these is its own message.
//
// Parse is total: any bytes of any length, no error, no panic. It allocates
// for JSON only. Blanks before a message and the line's own end (LF, CR or
// CRLF) are no part of it; blanks at its end are.
func Parse(line string) Record { return Programs{}.Parse(line) }

// Parse is the function Parse with p for the names that are believed as a tag
// where nothing but the name shows that it is one.
func (p Programs) Parse(line string) (r Record) {
	r.Repeat = 1
	s := strings.TrimPrefix(r.chomp(line), byteOrderMark)
	if !p.envelope(&r, s, maxDepth) {
		p.container(&r, s)
	}
	return r
}

// byteOrderMark opens files from some editors, and the messages of RFC 5424.
const byteOrderMark = "\ufeff"

// chomp drops one line end, LF, CR or CRLF, and notes a CR.
func (r *Record) chomp(s string) string {
	s, r.CR = strings.CutSuffix(strings.TrimSuffix(s, "\n"), "\r")
	return s
}

// envelope reads s as an enveloped line into r and reports whether it was one;
// if not, r is as it was. The first byte decides what is tried.
func (p Programs) envelope(r *Record, s string, depth int) bool {
	if s == "" || depth == 0 {
		return false
	}
	switch c := s[0]; {
	case c == '<':
		return p.priority(r, s, depth)
	case c == '{':
		return p.json(r, s, depth)
	case c == '[':
		return p.monotonic(r, s)
	case c == '@':
		st, rest, ok := taiStamp(s)
		return ok && p.stamped(r, st, rest, depth)
	case c == '-':
		return p.archived(r, s, depth)
	case isDigit(c):
		return p.numbered(r, s, depth)
	}
	return p.worded(r, s, depth)
}

// priority reads RFC 3164 and RFC 5424 lines with their <PRI>. What follows a
// PRI may also be a tag alone, as programs write to /dev/log.
func (p Programs) priority(r *Record, s string, depth int) bool {
	rest, ok := cutPriority(s)
	if !ok {
		return false
	}
	if rest5424, ok := strings.CutPrefix(rest, "1 "); ok && p.rfc5424(r, rest5424) {
		return true
	}
	if p.envelope(r, rest, depth-1) {
		return true
	}
	return p.header(r, rest, false)
}

// cutPriority cuts "<0>" to "<191>" (RFC 5424 section 6.2.1) off s.
func cutPriority(s string) (rest string, ok bool) {
	n, i := number(s, 1, 3)
	if i == 1 || n > 191 || i >= len(s) || s[i] != '>' {
		return s, false
	}
	return s[i+1:], true
}

// monotonic reads "[ 2997.582226] host sshd[1]: …" (journalctl -o
// short-monotonic): time since boot, which is no time for us.
func (p Programs) monotonic(r *Record, s string) bool {
	i := strings.IndexByte(s, ']')
	if i < 0 || i > 24 || i+1 >= len(s) || s[i+1] != ' ' {
		return false
	}
	if strings.Trim(s[1:i], " 0123456789.") != "" {
		return false
	}
	return p.header(r, s[i+1:], false)
}

// archived reads "- 1131566479 2005.11.09 NODE Nov  9 12:01:19 …", as the logs
// of Sandia's clusters are kept (USENIX CFDR, HPC4); "-" is their "no alert".
func (p Programs) archived(r *Record, s string, depth int) bool {
	const fields = 4
	for range fields {
		var ok bool
		if _, s, ok = strings.Cut(s, " "); !ok {
			return false
		}
	}
	return s != "" && !isDigit(s[0]) && p.envelope(r, s, depth-1)
}

// numbered reads lines that begin with a digit: ISO 8601, RFC 5424 without
// PRI, "2026 Jan  5 …", and journalctl -o short-unix.
func (p Programs) numbered(r *Record, s string, depth int) bool {
	if st, rest, ok := isoStamp(s); ok {
		return p.stamped(r, st, rest, depth)
	}
	if rest, ok := strings.CutPrefix(s, "1 "); ok {
		return p.rfc5424(r, rest)
	}
	if st, rest, ok := yearMonthStamp(s); ok {
		return p.stamped(r, st, rest, depth)
	}
	st, rest, ok := epochStamp(s)
	return ok && p.headed(r, st, rest, false)
}

// worded reads lines that begin with a word: a month, a weekday or socklog's
// facility. Most bare messages end up here too, so the second word is looked
// at before anything is tried.
func (p Programs) worded(r *Record, s string, depth int) bool {
	if st, rest, ok := monthStamp(s); ok {
		return p.stamped(r, st, rest, depth)
	}
	if rest, ok := cutFacility(s, ':'); ok {
		return p.envelope(r, rest, depth-1)
	}
	const longest = 14 // bytes of a month or weekday: a Cyrillic letter takes two
	i := strings.IndexByte(s[:min(len(s), longest)], ' ')
	if i < 2 || i+1 == len(s) {
		return false
	}
	st, rest, ok := wordStamp(s, i)
	return ok && p.stamped(r, st, rest, depth)
}

// stamped reads what follows a time: CRI's stream, a header, another envelope,
// or the message itself.
func (p Programs) stamped(r *Record, st stamp, s string, depth int) bool {
	s = trimBlanks(s)
	if strings.HasPrefix(s, "std") && p.cri(r, st, s, depth) {
		return true
	}
	if p.headed(r, st, s, st.zulu) || p.nested(r, st, s, depth) {
		return true
	}
	r.Time, r.Stamp = st.time, st.kind
	if !isSyslogd(r, s) {
		r.Message = s
	}
	return true
}

// headed reads a host and a tag, and keeps st as their time.
func (p Programs) headed(r *Record, st stamp, s string, strict bool) bool {
	if !p.header(r, s, strict) {
		return false
	}
	r.Time, r.Stamp = st.time, st.kind
	return true
}

// nested reads an envelope that somebody stamped: CloudWatch's export to S3
// puts a time before each line, "aws logs tail" a time and the stream's name,
// svlogd a time and a facility.
func (p Programs) nested(r *Record, st stamp, s string, depth int) bool {
	if !p.envelope(r, s, depth-1) {
		_, rest, ok := strings.Cut(s, " ")
		if !ok || st.kind != Exact || !p.envelope(r, rest, depth-1) {
			return false
		}
	}
	if r.Stamp < st.kind {
		r.Time, r.Stamp = st.time, st.kind
	}
	return true
}

// cri reads "stderr F text" behind its time (Kubernetes, CRI logging format:
// pkg/kubelet/kuberuntime/logs of kubernetes/kubernetes). The text of the
// standard error is a stranger's to write, whatever envelope it shows.
func (p Programs) cri(r *Record, st stamp, s string, depth int) bool {
	stream, rest, _ := strings.Cut(s, " ")
	if stream != "stderr" && stream != "stdout" {
		return false
	}
	tags, text, _ := strings.Cut(rest, " ")
	flag, _, _ := strings.Cut(tags, ":")
	if flag != "F" && flag != "P" {
		return false
	}
	p.inner(r, text, depth)
	if r.Stamp < st.kind {
		r.Time, r.Stamp = st.time, st.kind
	}
	r.Partial = flag == "P"
	if stream == "stderr" {
		r.Trust = Peer
	}
	return true
}

// inner reads the line that a wrapper holds.
func (p Programs) inner(r *Record, s string, depth int) {
	s = r.chomp(s)
	if !p.envelope(r, s, depth-1) {
		p.bare(r, s)
	}
}
