package attention

import (
	"cmp"
	"net/netip"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"
)

// A Mark is one remembered fact. Of Marks that are equal but for At the earliest
// stays, so that seeing a fact again changes nothing.
type Mark struct {
	What What `json:"w"`
	// Part is how much of its second was over, in hundredths, of Restarting and
	// Listening: which came first is all that they tell. It is 0 where the log
	// has whole seconds, and of other Marks.
	Part uint8 `json:"p,omitempty"`
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
	// Alive: a line of the host was read; one Mark for each day, since a write for
	// each host and half hour is more than all else costs. Lives know the rest.
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
	// NewKey: a user showed a new credential where he is known. The Fleet hears
	// of it: keys are rotated together.
	NewKey
	// Unread: the user's keys are there and not read, because others could write
	// to them; the first of each day.
	Unread
	// Guessed: a source was found to guess passwords. The Fleet hears of it, and
	// rests once it has.
	Guessed
	// Moved: a user logged in from a source new to them; the first of each day.
	// The Fleet hears of it: where many move it is no news.
	Moved
)

// order sorts Marks by sort, time and the rest.
func (m *Mark) order(n *Mark) int {
	switch {
	case m.What != n.What:
		return cmp.Compare(m.What, n.What)
	case m.At != n.At:
		return cmp.Compare(m.At, n.At)
	case m.Part != n.Part:
		return cmp.Compare(m.Part, n.Part)
	case m.ID != n.ID: // most of one second are told apart by it
		return cmp.Compare(m.ID, n.ID)
	}
	return m.identity(n)
}

// identity is 0 for Marks of one sort, and one day or time, that are one fact.
func (m *Mark) identity(n *Mark) int {
	if c := cmp.Or(cmp.Compare(m.ID, n.ID), cmp.Compare(m.Name, n.Name), strings.Compare(m.User, n.User), m.Source.Compare(n.Source)); c != 0 {
		return c
	}
	return cmp.Or(strings.Compare(m.Host, n.Host), strings.Compare(m.Method, n.Method), strings.Compare(m.Credential, n.Credential),
		strings.Compare(m.Kind, n.Kind), strings.Compare(m.Detail, n.Detail))
}

// before is order, but of what is there twice the one that was said most often
// comes first.
func (m *Mark) before(n *Mark) int {
	if c := m.order(n); c != 0 {
		return c
	}
	return cmp.Compare(n.Times, m.Times)
}

// unit is how long, in seconds, the same is one fact, of which the earliest Mark
// stays; 0 where each time is another.
func (m *Mark) unit() int64 {
	switch {
	case m.What == Login && m.byKey():
		return seconds(day)
	case m.What == Alive, m.What == Unread, m.What == Moved:
		return seconds(day)
	case m.What == Unknown: // one for each of its slots
		return seconds(bounds[Unknown].slot)
	}
	return 0
}

// slot numbers the units that one fact is told apart by.
func (m *Mark) slot() int64 { return m.At / max(1, m.unit()) }

// precedes says whether a Mark is older than another by what is known of their
// seconds.
func (m *Mark) precedes(n *Mark) bool { return m.At < n.At || m.At == n.At && m.Part < n.Part }

// byKey says whether a login showed a key or certificate, which nobody guesses.
func (m Mark) byKey() bool { return !isSecret(m.Method) }

func (m Mark) bySecret() bool { return isSecret(m.Method) }

// isSecret says whether a method asks for something that can be guessed.
func isSecret(method string) bool {
	return method == "password" || strings.HasPrefix(method, "keyboard-interactive") || method == "challenge-response"
}

// evidence is the number by which an Observation finds the Mark's line.
func (m *Mark) evidence() uint64 {
	if m.ID != 0 {
		return m.ID
	}
	source := m.Source.As16()
	return mix(mix(hashOf(m.User, m.Host, m.Method, m.Credential, m.Kind), xxhash.Sum64(source[:])), uint64(m.slot()))
}

// Time is At as an instant, in UTC.
func (m Mark) Time() time.Time { return time.Unix(m.At, 0).UTC() }

// hashOf is the same for the same parts, on every machine and in every version.
func hashOf(parts ...string) uint64 {
	var h xxhash.Digest
	h.Reset()
	for _, p := range parts {
		_, _ = h.WriteString(p)
		_, _ = h.WriteString("\x00")
	}
	return h.Sum64()
}
