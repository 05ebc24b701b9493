package attention

import (
	"cmp"
	"hash/fnv"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// A Mark is one remembered fact. Of Marks that are equal but for At the earliest
// stays, so that seeing a fact again changes nothing.
type Mark struct {
	What What `json:"w"`
	// At is the event time in Unix seconds.
	At int64 `json:"t"`
	// ID tells facts of one second apart: a hash of host, program, pid and
	// text. It is 0 where a day, or half hour, of the same is one fact.
	ID uint64 `json:"i,omitempty"`
	// User is an existing user's name, as printed. A stranger's name, which may
	// be a mistyped password, is only here as its hash, in Name.
	User string `json:"u,omitempty"`
	Name uint32 `json:"n,omitempty"`
	// Source is where it came from, folded.
	Source netip.Addr `json:"a,omitzero"`
	Host   string     `json:"h,omitempty"`
	// Method and Credential are those of a login: "password", or a key's
	// fingerprint; for a certificate its authority and key id.
	Method     string `json:"m,omitempty"`
	Credential string `json:"c,omitempty"`
	// Kind is the message's row, and Detail what of it a reader needs: an
	// offer, an algorithm, a shape.
	Kind   string `json:"k,omitempty"`
	Detail string `json:"d,omitempty"`
	// Times is how often it was said, at least 1 (syslog's repeat count).
	Times int `json:"x,omitempty"`
}

// What is the sort of a Mark.
type What uint8

const (
	// Login: an accepted login; one Mark for each day, user, source, host,
	// method and credential.
	Login What = iota + 1
	// Failure: a secret was tried from a source, for an existing user or for a
	// name that sshd calls invalid (Name, without User).
	Failure
	// Guess: a secret of a user was tried in vain, from anywhere.
	Guess
	// Refusal: negotiation failed, or a key's algorithm was refused.
	Refusal
	// Close: an existing user's client left before its login, without another
	// reason in its connection.
	Close
	// Denial: policy refused an account, or a right credential.
	Denial
	// Throttling: sshd's own defences turned a connection away.
	Throttling
	// Fault: sshd itself is broken.
	Fault
	// Restarting and Listening: sshd read its configuration anew; it listens.
	Restarting
	Listening
	// Alive: a line of the host was read; one Mark for each half hour.
	Alive
	// Unknown: a shape that no row knows.
	Unknown
	// Told: a Finding was made. Kind is its rule and reason, Detail its
	// subject, Times how often it has been told.
	Told
	// Entry: a login by key at its very time, where that matters (of Login one a
	// day is kept).
	Entry
	// Typed: a name that does not exist and looks like a password.
	Typed
)

// order sorts Marks by sort, time and the rest.
func (m Mark) order(n Mark) int {
	if m.What != n.What || m.At != n.At { // most are told apart by these
		return cmp.Or(cmp.Compare(m.What, n.What), cmp.Compare(m.At, n.At))
	}
	return m.identity(n)
}

// identity is 0 for Marks of the same fact.
func (m Mark) identity(n Mark) int {
	return cmp.Or(cmp.Compare(m.What, n.What), cmp.Compare(m.ID, n.ID), cmp.Compare(m.Name, n.Name),
		cmp.Compare(m.User, n.User), m.Source.Compare(n.Source), cmp.Compare(m.Host, n.Host),
		cmp.Compare(m.Method, n.Method), cmp.Compare(m.Credential, n.Credential), cmp.Compare(m.Kind, n.Kind),
		cmp.Compare(m.Detail, n.Detail), cmp.Compare(m.day(), n.day()))
}

// day tells the Marks of one day, or half hour, from those of another; the
// others are told apart by ID and time.
func (m Mark) day() int64 {
	switch m.What {
	case Login:
		if m.byKey() {
			return m.At / int64(day/time.Second)
		}
	case Alive:
		return m.At / int64(halfHour/time.Second)
	case Unknown: // one for each of its slots
		return m.At / seconds(bounds[Unknown].slot)
	}
	return m.At
}

// daily says whether Marks of two times can be one fact.
func (m Mark) daily() bool {
	return m.What == Login && m.byKey() || m.What == Alive || m.What == Unknown
}

// byKey says whether a login showed a key or certificate, which nobody guesses.
func (m Mark) byKey() bool { return !isSecret(m.Method) }

func (m Mark) bySecret() bool { return isSecret(m.Method) }

// isSecret says whether a method asks for something that can be guessed.
func isSecret(method string) bool {
	return method == "password" || strings.HasPrefix(method, "keyboard-interactive") || method == "challenge-response"
}

// evidence is the number by which an Observation finds the Mark's line.
func (m Mark) evidence() uint64 {
	if m.ID != 0 {
		return m.ID
	}
	return hashOf(m.User, m.Source.String(), m.Host, m.Method, m.Credential, m.Kind, strconv.FormatInt(m.day(), 10))
}

// Time is At as an instant, in UTC.
func (m Mark) Time() time.Time { return time.Unix(m.At, 0).UTC() }

func hashOf(parts ...string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return h.Sum64()
}
