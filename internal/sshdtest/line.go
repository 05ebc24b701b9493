package sshdtest

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// A Line is one record as sshd handed it to the syslog daemon.
type Line struct {
	Time     time.Time // when the test read it, in UTC
	Priority int       // facility × 8 + severity (RFC 3164 section 4.1.1); -1 where sshd wrote to standard error
	Tag      string    // the program: sshd, sshd-session, internal-sftp; empty on standard error
	PID      int       // 0 on standard error
	Message  string    // on standard error with its CRLF
}

// datagram is what glibc's syslog(3) sends to /dev/log (misc/syslog.c): RFC
// 3164 without the host name. (?s) because a PAM module may send a newline.
var datagram = regexp.MustCompile(`(?s)^<(\d{1,3})>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d ([\w./()-]+)(?:\[(\d{1,9})\])?: (.*?)\n?$`)

// parseDatagram reads one datagram of syslog(3), read at now. What it cannot
// read becomes the message of a Line without tag, so that nothing gets lost.
func parseDatagram(b []byte, now time.Time) Line {
	m := datagram.FindSubmatch(b)
	if m == nil {
		return Line{Time: now, Priority: -1, Message: string(b)}
	}
	priority, _ := strconv.Atoi(string(m[1]))
	pid, _ := strconv.Atoi(string(m[3]))
	return Line{Time: now, Priority: priority, Tag: string(m[2]), PID: pid, Message: string(m[4])}
}

// RFC3164 is the line as a syslog daemon with the traditional template writes
// it for host, without a newline at its end.
func (l Line) RFC3164(host string) string {
	return l.Time.Format(time.Stamp) + " " + host + " " + l.tagged()
}

// ISO8601 is the line as rsyslog's RSYSLOG_FileFormat template writes it, the
// default of Debian 12 and Ubuntu 24.04; without a newline at its end.
func (l Line) ISO8601(host string) string {
	return l.Time.Format("2006-01-02T15:04:05.000000-07:00") + " " + host + " " + l.tagged()
}

// Text is the message with control characters, which only PAM modules let
// through, as rsyslog writes them: #012 for LF.
func (l Line) Text() string {
	return control.ReplaceAllStringFunc(l.Message, func(c string) string {
		return fmt.Sprintf("#%03o", c[0])
	})
}

func (l Line) tagged() string {
	if l.PID == 0 {
		return l.Tag + ": " + l.Text()
	}
	return fmt.Sprintf("%s[%d]: %s", l.Tag, l.PID, l.Text())
}

var control = regexp.MustCompile(`[\x00-\x1f\x7f]`)
