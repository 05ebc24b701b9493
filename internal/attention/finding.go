package attention

import (
	"net/netip"
	"strconv"
	"time"
)

// A Finding is one instance of a Rule: something that deserves somebody.
type Finding struct {
	Rule   string // a Rule's Name
	Reason string // one of its Reasons
	// Severity decides delivery; Key is the History that it was found in.
	Severity Severity
	Key      Key

	// At is the event time of what completed it; First that of the oldest
	// evidence. Count is how much there was of it.
	At, First time.Time
	Count     int

	Host string
	// Hosts are all of them, where it is about several.
	Hosts []string `json:",omitempty"`
	// User is the account it is about, as printed; empty where there is none,
	// or where the name may be a secret. Users are further likely ones: those
	// who logged in from the source.
	User  string
	Users []string
	// Credentials are what Users showed, one for each, where the Reason is about
	// that; else there are none.
	Credentials []string `json:",omitempty"`
	// Source is an IPv4 address or the first of an IPv6 /64.
	Source netip.Addr
	// Detail are the facts of the reason that a reader needs, each as printed
	// by sshd or computed from it: "offer", "class", "alg", "method",
	// "credential", "kind", "logins", "last-login", …
	Detail map[string]string
	// Evidence are the IDs of the Marks that completed it; Observation.Attach
	// finds their lines.
	Evidence []uint64 `json:"-"`
	// Lines are 1 to 5 log lines that show it, oldest first, as they stood in
	// the log (hostile text: escape before use).
	Lines []Line

	// subject is what, beside the Key, the Finding is about: the same is quiet.
	subject string

	// Wait is how long it waits for others of its cause before somebody is told,
	// so that they are one mail; Ripen says what came of it. 0: it is told at once.
	Wait time.Duration `json:",omitempty"`

	// Quiet is when the next Finding of this Rule and Reason about the same
	// can come: repeats before are merged.
	Quiet time.Time
}

// A Line is a log line as evidence.
type Line struct {
	At      time.Time
	Host    string
	Program string
	PID     int
	Text    string
}

// ID is the same for whoever makes this Finding again.
func (f *Finding) ID() string {
	return strconv.FormatUint(hashOf(f.Rule, f.Reason, f.Key.String(), f.subject, f.At.UTC().Format(time.RFC3339)), 36)
}

// factID tells the fact that a Finding is from others of one second. Unlike ID
// it is the same of a Finding that a store has kept.
func (f *Finding) factID() uint64 {
	return hashOf(f.Rule, f.Reason, f.Key.String(), f.At.UTC().Format(time.RFC3339))
}
