// Package syslog takes the envelope off a log line.
//
// sshd's lines reach a reader in many wrappers: what syslogd wrote to a file,
// what journald exports, what a container runtime stores, what a log shipper
// made of any of these. Parse recognises each of them and returns a Record:
// the message that sshd wrote, and what the wrapper says of it. It is total:
// a line without a wrapper is a Record whose message is the line. Arrival and
// Timeline then give a Record the time that it is to be judged by.
//
// The package is pure: no clock, no I/O. Strings of a Record alias the line
// that was parsed wherever that is possible.
//
// Read parse.go first: it says which envelope is tried when.
package syslog

import "time"

// A Record is a line without its envelope.
type Record struct {
	// Time is when the line was written. Stamp says how much of it the
	// envelope gave; the zero Time goes with NoTime.
	Time time.Time
	// Stamp stays as Parse set it: Arrival and Timeline change Time alone.
	Stamp Stamp
	// Skew is set by Timeline and Arrival where the envelope's own time could
	// not be believed and another took its place.
	Skew bool
	// Partial is set where a container runtime cut the line (CRI tag "P", a log
	// driver's partial_message): the rest of the message is in the next Record.
	Partial bool
	// Trust says who can have written the line.
	Trust Trust

	// Host, Program and PID are empty or 0 where the envelope has none.
	// Program is the bare name: "sshd" for "/usr/sbin/sshd[7]:".
	Host    string
	Program string
	PID     int
	// Module is the PAM module of the old "sshd(pam_unix)[7]:" tag.
	Module string

	// Message is what the program wrote.
	Message string
	// Repeat is how many times it was said, at least 1: the N of rsyslog's
	// "message repeated N times: [ … ]" counts the N further ones.
	Repeat int
	// CR: the line ended in CR, as those on sshd's own standard error do
	// (OpenSSH log.c do_log); Message is without it.
	CR bool
	// EventID is the CloudWatch Logs id of the log event, where there is one.
	EventID string
}

// Stamp is how much of a time an envelope gives.
type Stamp uint8

const (
	NoTime Stamp = iota // no time at all
	NoYear              // month, day and clock, as RFC 3164 section 4.1.2: neither year (Time has year 0) nor zone
	NoZone              // a date with its year, but no zone: Time reads it as UTC
	Exact               // an instant
)

// Trust says who can have written a line.
type Trust uint8

const (
	// Peer: no envelope, or a container's. sshd's own standard error escapes no
	// CR, LF or TAB (OpenSSH log.c, LOG_STDERR_VIS), so a stranger can write
	// whole lines.
	Peer Trust = iota
	// Host: a syslog envelope, which anybody with a shell there can write.
	Host
	// Root: journald's own fields say that uid 0 wrote it as sshd.
	Root
	// Forged: journald's own fields say that somebody else wrote it as sshd.
	Forged
)

func (t Trust) String() string {
	return [...]string{"peer", "host", "root", "forged"}[t]
}
