package watch

import (
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"sshsieve/internal/attention"
)

// An Origin says where lines came from.
type Origin struct {
	Account  string `json:"account,omitempty"` // of the log group's owner, 12 digits
	LogGroup string `json:"group,omitempty"`
	Stream   string `json:"stream,omitempty"`
	// Fleet is a configured name that several log groups share, so that a user
	// known in one is known in all.
	Fleet string `json:"fleet,omitempty"`
}

// A Scope is what is remembered and capped together; every key begins with it.
type Scope string

// Scope is the fleet's name or the account and log group.
func (o Origin) Scope() Scope {
	if o.Fleet != "" {
		return Scope("fleet:" + o.Fleet)
	}
	return Scope(o.Account + ":" + o.LogGroup)
}

// A Key is an attention.Key of one scope.
type Key struct {
	Scope Scope
	Of    attention.Key
}

// String is the key's name in a store: "123456789012:/var/log/secure|user/bob".
// The names of log groups hold no bar (Amazon CloudWatch Logs API Reference,
// CreateLogGroup); that of a fleet's is escaped.
func (k Key) String() string { return k.Scope.prefix() + k.Of.String() }

func (s Scope) prefix() string { return strings.ReplaceAll(string(s), "|", "%7C") + "|" }

// An Entry is a Finding on its way to somebody. It is an item of its own, so
// that telling touches no History.
type Entry struct {
	// ID is the same whoever finds it, and however often; it is what `why` asks
	// for.
	ID      string            `json:"id"`
	Origin  Origin            `json:"origin"`
	Finding attention.Finding `json:"finding"`
	// Found is when it was found, by the wall clock.
	Found time.Time `json:"found"`
	State State     `json:"state"`
	// Due is when it may be taken: the end of its creator's lease, or of
	// another's.
	Due time.Time `json:"due"`
}

// entryID tells the Findings of one scope from those of another, in 13 letters
// and digits at most.
func entryID(scope Scope, f *attention.Finding) string {
	return hashID(string(scope) + "|" + f.ID())
}

func hashID(text string) string {
	h := fnv.New64a()
	h.Write([]byte(text)) // a hash returns no error
	return strconv.FormatUint(h.Sum64(), 36)
}

// Late says whether the line was written more than a day before it was read:
// agents ship the whole old file on their first start.
func (e *Entry) Late() bool { return e.Found.Sub(e.Finding.At) > lateAfter }

const lateAfter = 24 * time.Hour

// State is what became of an Entry.
type State uint8

const (
	Pending  State = iota // to be told at once
	Held                  // to be told in the next summary
	Told                  // somebody was told
	Reported              // only in the quiet report: it is low
	Late                  // only in the quiet report: the line came a day late
	Muted                 // only in the quiet report: the owner muted it
	Repeated              // only in the quiet report: he was told of the same
	Failed                // the Notifier refused it for ever
)

// String is the word in JSON and reports.
func (s State) String() string {
	return [...]string{"pending", "held", "told", "reported", "late", "muted", "repeated", "failed"}[s]
}

// MarshalText writes the word.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the word; one that a later version wrote counts as
// settled.
func (s *State) UnmarshalText(text []byte) error {
	for *s = Pending; *s < Failed; *s++ {
		if s.String() == string(text) {
			return nil
		}
	}
	return nil
}

// Settled says whether nothing more is to be done about it.
func (s State) Settled() bool { return s > Held }

// EntryLife is how long a settled Entry is kept: `why` asks for it.
const EntryLife = 30 * 24 * time.Hour
