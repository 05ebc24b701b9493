package report

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Schema is the version of the JSON form of a Page. Members may be added
// within a version; one that changes its meaning makes a new version.
const Schema = 1

// A Page is what a Log gathered, ready to be written: as text for people, or
// as JSON for tools. Its JSON form is a contract.
//
// Counts are of events: a line that rsyslog wrote as "message repeated N
// times" counts N. Lists are sorted, the most frequent first; Logins begins
// with those that look guessed, and Categories keeps the table's order. User
// names went through UserName; all other text is as in the log, and as hostile.
// Times are UTC.
type Page struct {
	Schema int `json:"schema"`

	Files []File `json:"files"`
	// Lines is how many lines there were: SSHD + NotSSHD + Continuations.
	Lines         int `json:"lines"`
	SSHD          int `json:"sshd"`
	NotSSHD       int `json:"not_sshd"`
	Continuations int `json:"continuations"`
	// Repeated is how many events stand in no line of their own, since
	// rsyslog folded them.
	Repeated int `json:"repeated"`
	// From and To are the earliest and the latest time of any line; absent
	// where no line has one.
	From *time.Time `json:"from,omitempty"`
	To   *time.Time `json:"to,omitempty"`
	// Hosts, Programs and OtherPrograms count lines by what the envelopes
	// say; the name is "" where they say nothing.
	Hosts         []Count `json:"hosts"`
	Programs      []Count `json:"programs"`
	OtherPrograms []Count `json:"other_programs"`
	// Trust counts sshd's events by who can have written them: "root",
	// "host", "peer", "forged".
	Trust map[string]int `json:"trust"`

	// Verdicts counts events by "graph", "tooling" and "human".
	Verdicts map[string]int `json:"verdicts"`
	// Human lists what somebody has to look at.
	Human []Kind `json:"human"`

	Logins []Login `json:"logins"`
	// Failed counts failed attempts to log in, Accepted successful ones.
	Failed   int      `json:"failed"`
	Accepted int      `json:"accepted"`
	Methods  []Method `json:"methods"`
	Sources  []Source `json:"sources"`
	// Users lists the names tried or used.
	Users []User `json:"users"`

	Categories []Category `json:"categories"`
	Timeline   *Timeline  `json:"timeline,omitempty"`

	Offers []Offer `json:"offers"`
	// Kinds counts sshd's messages, but for those that no row knows.
	Kinds        []Kind  `json:"kinds"`
	Unrecognised []Count `json:"unrecognised"`

	// More says how many things each list leaves out of what the Log holds.
	More map[string]int `json:"more,omitempty"`
	// Forgotten says how many things the Log could not hold (see the limits
	// there), at most: one that came back after it was forgotten counts
	// twice. Their counts are missing in the list, and in no total.
	Forgotten map[string]int `json:"forgotten,omitempty"`
}

// A File is one input.
type File struct {
	Name  string `json:"name"`
	Lines int    `json:"lines"`
}

// A Count is how often something was seen.
type Count struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// Seen is when something was first and last seen; absent where its lines have
// no time.
type Seen struct {
	First *time.Time `json:"first,omitempty"`
	Last  *time.Time `json:"last,omitempty"`
}

// A Kind is one thing that sshd says.
type Kind struct {
	Kind     string `json:"kind"`
	Category string `json:"category"`
	Verdict  string `json:"verdict"`
	Count    int    `json:"count"`
	Seen
	// Means is the table's explanation, or that of the category.
	Means string `json:"means"`
}

// A Login is who got in, from which source and how.
type Login struct {
	User   string `json:"user"`
	Source string `json:"source"`
	Method string `json:"method"`
	Key    string `json:"key,omitempty"`
	// FailedBefore is how many failed attempts the source had made before.
	FailedBefore int `json:"failed_before"`
	// Trust says who can have written the lines: from a "peer", a stranger.
	Trust string `json:"trust"`
	Count int    `json:"count"`
	Seen
}

// A Method is a way to authenticate, and how often it succeeded.
type Method struct {
	Method   string `json:"method"`
	Failed   int    `json:"failed"`
	Accepted int    `json:"accepted"`
}

// A Source is where somebody came from: an IPv4 address, or an IPv6 /64.
type Source struct {
	Source   string `json:"source"`
	Events   int    `json:"events"`
	Failed   int    `json:"failed"`
	Accepted int    `json:"accepted"`
	Seen
}

// A User is a name that was tried. Hidden: the name may be a mistyped
// password, and Name holds its length only.
type User struct {
	Name     string `json:"name"`
	Hidden   bool   `json:"hidden,omitempty"`
	Exists   bool   `json:"exists"`
	Failed   int    `json:"failed"`
	Accepted int    `json:"accepted"`
	Events   int    `json:"events"`
}

// A Category is one of the groups, with its share of sshd's events (0 to 1)
// and its counts for each step of the Timeline.
type Category struct {
	Category string  `json:"category"`
	Count    int     `json:"count"`
	Share    float64 `json:"share"`
	Timeline []int   `json:"timeline,omitempty"`
}

// A Timeline says what the steps are: the first begins at Start, and each
// lasts Step seconds.
type Timeline struct {
	Start time.Time `json:"start"`
	Step  int64     `json:"step_seconds"`
}

// An Offer is what clients proposed where nothing in it was acceptable: class
// is what was missing ("cipher", "key exchange method", …).
type Offer struct {
	Class string `json:"class"`
	Offer string `json:"offer"`
	Count int    `json:"count"`
}

// WriteJSON writes the page as one JSON document.
func (p *Page) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(p); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}
