package sshd

import (
	"slices"
	"strings"
	"time"

	"sshsieve/internal/syslog"
)

const (
	// mostUnfinished is how many lines a batch leaves to the next: MaxStartups lets
	// sshd have 100 connections before the login (servconf.c), of a line or two each.
	mostUnfinished = 200
	// graceTime is how long a connection may take to log in, and a little longer:
	// LoginGraceTime is 120 s by default (servconf.c).
	graceTime = 150 * time.Second
)

// refusals are what a connection is not over with: sshd names nobody where it
// refuses a key's algorithm, or the modes of a file, and goes on to the password,
// at whose prompt a user may sit for two minutes.
var refusals = []Category{Negotiation, Denied, FailedPublickey}

// Unfinished returns the Records of the last Read whose other half may come in a
// later batch: those of connections that something was refused to, and that had
// neither ended nor logged in. They are copies, in order, at most the newest 200
// of two and a half minutes.
func (r *Reader) Unfinished() []syslog.Record {
	newest := Newest(r.events)
	var left []syslog.Record
	for i := range r.events {
		if e := &r.events[i]; e.Conn != nil && e.Conn.isUnfinished() && newest.Sub(e.Record.Time) < graceTime {
			left = append(left, *e.Record)
		}
	}
	left = left[max(0, len(left)-mostUnfinished):]
	for i := range left {
		left[i] = clone(&left[i])
	}
	return left
}

func (c *Conn) isUnfinished() bool {
	return !c.closed && !c.LoggedIn && slices.ContainsFunc(refusals, c.Said)
}

// clone is a Record with text of its own: a batch's buffer is used again.
func clone(r *syslog.Record) syslog.Record {
	c := *r
	for _, s := range []*string{&c.Host, &c.Program, &c.Module, &c.Message, &c.EventID} {
		*s = strings.Clone(*s)
	}
	return c
}
