package sshd

import (
	"strings"
	"time"
)

// connLife is how long lines with one pid are taken for one connection: pids
// are reused.
const connLife = 10 * time.Minute

// A joiner puts the Events of a batch together by connection. Until 9.7 one
// pid writes all lines of a connection (the monitor logs for its child); from
// 9.8 the listener's lines have its own pid (Row.Listener).
type joiner struct {
	hosts []string
	open  map[connKey]*openConn
	// Connections are handed out of chunks, so that pointers to them stay
	// good; used is how many of them are this batch's.
	chunks [][]openConn
	used   int
	// last is the connection of the line before.
	last    *openConn
	lastKey connKey
}

// A connKey is the number of the host within the batch, and the pid.
type connKey struct{ host, pid int32 }

const chunk = 256 // connections

type openConn struct {
	Conn
	last time.Time
}

func (j *joiner) join(events []Event) {
	if j.open == nil {
		j.open = make(map[connKey]*openConn)
	}
	clear(j.open)
	j.hosts, j.used, j.last = j.hosts[:0], 0, nil
	for i := range events {
		if e := &events[i]; e.joinable() {
			j.add(e)
		}
	}
}

// joinable says whether the line belongs to a connection by its pid.
func (e *Event) joinable() bool {
	return e.Record.PID != 0 && (e.Row != nil && !e.Row.Listener || e.rowless == unrecognised)
}

// add finds the Event's connection and lets each tell the other what it knows.
func (j *joiner) add(e *Event) {
	key := connKey{j.host(e.Record.Host), int32(e.Record.PID)}
	c := j.last
	if key != j.lastKey || c == nil { // most lines follow one of their connection
		c = j.open[key]
	}
	if c == nil || c.ended(e) {
		c = j.newConn()
		j.open[key] = c
	}
	j.last, j.lastKey = c, key
	c.learn(e)
	e.Conn = &c.Conn
	if c.LoggedIn && e.Row != nil && e.Row.AfterLogin && !e.Preauth {
		e.Category = Session
	}
	if e.Row != nil {
		c.said |= 1 << e.Category
	}
}

// host numbers the hosts of a batch, which are few: mostly one.
func (j *joiner) host(name string) int32 {
	for i := len(j.hosts) - 1; i >= 0; i-- {
		if j.hosts[i] == name {
			return int32(i)
		}
	}
	j.hosts = append(j.hosts, name)
	return int32(len(j.hosts) - 1)
}

func (j *joiner) newConn() *openConn {
	if j.used == chunk*len(j.chunks) {
		j.chunks = append(j.chunks, make([]openConn, chunk))
	}
	c := &j.chunks[j.used/chunk][j.used%chunk]
	*c = openConn{}
	j.used++
	return c
}

// ended says whether e belongs to another connection that got the same pid.
// After the closing line only the same peer's lines are still of this one, and
// those that name nobody and begin nothing, such as PAM's summaries.
func (c *openConn) ended(e *Event) bool {
	if !c.last.IsZero() && e.Record.Time.Sub(c.last) > connLife {
		return true
	}
	if !c.closed {
		return false
	}
	if e.Addr.IsValid() {
		return c.Addr.IsValid() && (e.Addr != c.Addr || e.Port != c.Port && e.Port != 0 && c.Port != 0)
	}
	return e.begins()
}

// begins says whether a line without an address is one of a login under way,
// which no closed connection has any more.
func (e *Event) begins() bool {
	switch e.Category {
	case Connect, InvalidUser, Negotiation, Partial, Protocol, FailedPublickey:
		return e.Row != nil && !e.Row.Closes
	}
	return false
}

func (c *openConn) learn(e *Event) {
	if c.Addr.IsValid() && e.Addr.IsValid() && e.Addr != c.Addr {
		e.Disagrees = true
	}
	if !c.Addr.IsValid() {
		c.Addr = e.Addr
	}
	if c.Port == 0 && e.Port != 0 && e.Addr == c.Addr {
		c.Port = e.Port
	}
	if e.HasUser && !c.HasUser {
		c.User, c.HasUser = e.User, true
	}
	if e.Existence != Unsaid && c.Existence == Unsaid {
		c.Existence = e.Existence
	}
	if e.Row != nil {
		c.LoggedIn = c.LoggedIn || e.Row.Category == Accepted && e.Row.Attempt
		c.closed = c.closed || e.Row.Closes
	}
	if e.Record.Time.After(c.last) {
		c.last = e.Record.Time
	}
}

// SameUser says whether two printed names are one: sshd escapes a name once or
// twice (5.9 to 10.2 escape [preauth] lines in the child and in the monitor)
// and cuts it at 100 bytes or at about 190.
func SameUser(a, b string) bool {
	a, b = unvis(a), unvis(b)
	if len(a) > len(b) {
		a, b = b, a
	}
	return a == b || len(a) >= 100 && strings.HasPrefix(b, a)
}

// unvis undoes vis(3)'s doubling of backslashes, however often.
func unvis(s string) string {
	for strings.Contains(s, `\\`) {
		s = strings.ReplaceAll(s, `\\`, `\`)
	}
	return s
}
