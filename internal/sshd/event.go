package sshd

import (
	"net/netip"
	"time"

	"sshsieve/internal/syslog"
)

// An Event is what sshd said in one Record.
//
// Its strings alias the Record's message: clone what has to outlive the batch.
type Event struct {
	Record *syslog.Record
	// Row is the message's row of the table; nil for a line that is not
	// sshd's, that no row knows, or that continues the record above it.
	Row *Row

	Category Category
	// Preauth is the literal " [preauth]" suffix, which the monitor puts
	// behind the lines of the unprivileged child (OpenSSH 5.9, monitor.c
	// monitor_read_log). Its absence says nothing.
	Preauth bool
	// Level is the prefix that sshd's log.c do_log writes to syslog.
	Level Level
	// Truncated: the end of the message is missing (log.c cuts at 500 bytes
	// for syslog and at 1,023 on standard error), and with it whatever
	// stands right of the row's open field.
	Truncated bool
	// Disagrees: the line names another address than its connection has;
	// somebody may have written an address into a name.
	Disagrees bool

	// Addr and Port are the peer's as the line itself gives them: no Addr
	// and 0 where it has none, or says UNKNOWN. Zones are left out.
	Addr netip.Addr
	Port uint16
	// User is the name as printed, vis(3)-escaped; HasUser tells an empty
	// name from none.
	User    string
	HasUser bool
	// Existence is what the line says of the user's account.
	Existence Existence
	// Method is the authentication method ("password"), and Key the type
	// and fingerprint ("ED25519 SHA256:…") of the credential, if named.
	Method string
	Key    string
	// Class is what could not be negotiated ("cipher", "key exchange method"),
	// and Alg an algorithm that was refused.
	Class string
	Alg   string
	// Text is what the peer said of itself: its offer of algorithms, its reason
	// to leave, or its banner. Fields tells which.
	Text string

	// Conn is the connection that the line belongs to within its batch, nil
	// where lines cannot be joined (no pid).
	Conn *Conn

	rowless rowless
	// joined is the message where it is more than its first Record's.
	joined string
}

// Message is what sshd said, whole: the Record's message, and where a line feed
// stands in it, which only a peer can write, the lines below it as well.
func (e *Event) Message() string {
	if e.joined != "" {
		return e.joined
	}
	return e.Record.Message
}

// Level is the prefix of a message: sshd writes none for INFO and VERBOSE,
// and none at all on standard error (log.c do_log).
type Level uint8

const (
	Info Level = iota
	Error
	Fatal
)

// Existence is what sshd says of an account when it names it.
type Existence uint8

const (
	Unsaid  Existence = iota
	Exists            // "authenticating user U", "user U": there is such an account
	Invalid           // "invalid user U": none, or one that policy hides (auth.c getpwnamallow)
)

// A Conn is what the lines of one connection say together within a batch.
type Conn struct {
	Addr      netip.Addr
	Port      uint16
	User      string
	HasUser   bool
	Existence Existence
	// LoggedIn: an "Accepted …" line of this connection was read.
	LoggedIn bool

	said   uint32 // a bit for each Category of its lines
	closed bool   // a line said that it ended
}

// Said says whether a line of the connection, before or after this one, is of a
// Category.
func (c *Conn) Said(category Category) bool { return c.said&(1<<category) != 0 }

// Newest is the newest time of a batch's lines, zero where none has one.
func Newest(events []Event) (newest time.Time) {
	for i := range events {
		if at := events[i].Record.Time; at.After(newest) {
			newest = at
		}
	}
	return newest
}

// The kinds of Events that have no Row.
const (
	KindUnrecognised = "unrecognised" // sshd's text, but no row knows it
	KindForged       = "forged"       // journald says that it was not sshd who wrote this
	KindContinuation = "continuation" // belongs to the record above it
)

// rowless says why an Event has no Row.
type rowless uint8

const (
	foreign rowless = iota
	unrecognised
	forged
	continuation
)

// Kind is the name of the row that matched, or one of the kinds without row;
// empty for lines of other programs.
func (e *Event) Kind() string {
	if e.Row != nil {
		return e.Row.Kind
	}
	return [...]string{foreign: "", unrecognised: KindUnrecognised, forged: KindForged, continuation: KindContinuation}[e.rowless]
}

// Verdict is the verdict of the line alone; where Context is true, History
// may change it.
func (e *Event) Verdict() Verdict {
	if e.Row != nil {
		return e.Row.Verdict
	}
	if e.rowless == forged {
		return Human
	}
	return Graph
}

// Context says whether the verdict hangs on what was seen before.
func (e *Event) Context() bool { return e.Row != nil && e.Row.Context }
