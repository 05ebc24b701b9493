package attention

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"sshsieve/internal/sshd"
	"sshsieve/internal/syslog"
)

// observe remembers one Event under each key that a rule will ask.
func (o *observer) observe(e *sshd.Event) {
	o.hear(e.Record)
	switch {
	case e.Category == sshd.NotSSHD:
		o.program(e.Record)
	case e.Kind() == sshd.KindUnrecognised:
		o.unknown(e)
	case o.isFault(e):
		o.fault(e)
	case e.Row == nil || !o.believed(e.Record):
	default:
		o.person(e)
	}
}

// believed says whether a record may teach and accuse: not what strangers can
// write whole.
func (o *observer) believed(r *syslog.Record) bool {
	return r.Trust != syslog.Forged && (r.Trust != syslog.Peer || o.config.TrustStderr)
}

// person remembers what an Event says of somebody who wants in.
func (o *observer) person(e *sshd.Event) {
	w := o.who(e)
	if (e.Category == sshd.FailedPassword || e.Category == sshd.InvalidUser) && !w.exists && looksSecret(w.user) {
		o.add(o.source(w), o.mark(Typed, w, e))
	}
	switch {
	case e.Category == sshd.Accepted && e.Row.Attempt:
		o.login(e, w)
	case e.Category == sshd.FailedPassword && e.Row.Attempt:
		o.failure(e, w)
	case e.Category == sshd.Negotiation:
		o.refusal(e, w)
	case e.Category == sshd.Denied, denials[e.Row.Kind]:
		o.denial(e, w)
	case e.Category == sshd.Throttle, e.Row.Kind == "max-attempts" && e.Conn != nil && !e.Conn.Said(sshd.FailedPassword):
		o.add(o.source(w), o.mark(Throttling, w, e))
	case e.Category == sshd.Disconnect && e.Row.Closes:
		if w.exists && leftWithoutReason(e) {
			o.add(o.user(w), o.mark(Close, w, e))
		}
	case e.Row.Kind == "restarting":
		m := o.ofProcess(Restarting, e)
		o.here.pile.listenedBefore(m)
		o.add(o.here.pile, m)
	case e.Row.Kind == "listening":
		m := o.ofProcess(Listening, e)
		m.ID = 0 // one, however many addresses it says this of
		o.add(o.here.pile, m)
	}
}

// listenedBefore puts what a process said of listening before it was told to
// restart into the second before, where their times are the same: then Marks
// have no order, and of what a batch between the two cuts apart nobody can tell.
func (p *pile) listenedBefore(restarting Mark) {
	for i := range p.marks {
		m := &p.marks[i]
		if m.What == Listening && m.At == restarting.At && m.Part == restarting.Part && m.Detail == restarting.Detail {
			m.At, m.Part = m.At-1, 0
		}
	}
}

// ofProcess is a Mark of what a process says of itself; Detail is its pid, empty
// where the log has none.
func (o *observer) ofProcess(what What, e *sshd.Event) Mark {
	m := o.mark(what, who{}, e)
	m.Part = uint8(time.Duration(e.Record.Time.Nanosecond()) / hundredth)
	if e.Record.PID > 0 {
		m.Detail = strconv.Itoa(e.Record.PID)
	}
	return m
}

const hundredth = 10 * time.Millisecond

// leftWithoutReason says whether nothing in the connection tells why its client
// left before its login.
func leftWithoutReason(e *sshd.Event) bool {
	if !e.Preauth || e.Conn == nil || e.Conn.LoggedIn {
		return false
	}
	return !slices.ContainsFunc(reasonsToLeave, e.Conn.Said)
}

var reasonsToLeave = []sshd.Category{sshd.FailedPassword, sshd.Negotiation, sshd.Denied, sshd.Limit}

// denial remembers a right credential that was refused under the user whose it
// is, and what policy refuses under the source: there whoever names a user from
// elsewhere does not hide him.
func (o *observer) denial(e *sshd.Event, w who) {
	switch {
	case !w.exists:
	case isCredential(e.Row.Kind):
		o.add(o.user(w), o.mark(Denial, w, e))
	case e.Row.Kind == kindKeyHelper && helperIsWell(e): // nobody is refused
	default:
		o.add(o.source(w), o.mark(Denial, w, e))
		if e.Row.Kind == kindKeyFile && !loggedIn(e) {
			m := o.mark(Unread, w, e)
			m.ID, m.Times = 0, 1 // one a day
			o.add(o.user(w), m)
		}
	}
}

const (
	kindKeyFile   = "bad-modes"         // StrictModes: others could write to the user's keys
	kindKeyHelper = "key-helper-failed" // AuthorizedKeysCommand, or that of principals
)

// loggedIn says whether the connection logged in all the same.
func loggedIn(e *sshd.Event) bool { return e.Conn != nil && e.Conn.LoggedIn }

// helperIsWell says whether a key helper's error locks nobody out: another key
// or method let the user in, or a password was tried, or no key was pushed by
// EC2 Instance Connect (its helper's curl says 22 then).
func helperIsWell(e *sshd.Event) bool {
	return loggedIn(e) || e.Conn != nil && e.Conn.Said(sshd.FailedPassword) || strings.Contains(e.Record.Message, " failed, status 22")
}

// denials are refusals by policy that sshd's table counts elsewhere.
var denials = map[string]bool{
	"touch-missing": true, "keys-unreadable": true, kindKeyHelper: true, "pam-faillock": true, "pam-tally": true, "no-methods": true,
}

// A who is whom a line is about, by itself or by its connection.
type who struct {
	source netip.Addr
	user   string
	named  bool // there is a name at all
	exists bool // and an account of that name
}

func (o *observer) who(e *sshd.Event) who {
	w := who{source: e.Addr, user: e.User, named: e.HasUser, exists: e.Existence == sshd.Exists}
	if c := e.Conn; c != nil {
		if !w.source.IsValid() {
			w.source = c.Addr
		}
		if !w.named {
			w.user, w.named, w.exists = c.User, c.HasUser, c.Existence == sshd.Exists
		}
	}
	if w.source.IsValid() {
		w.source = Fold(w.source)
	}
	w.exists = w.exists && w.user != ""
	return w
}

// mark makes a Mark of an Event. The name of a user who does not exist is not
// kept: it may be a secret.
func (o *observer) mark(what What, w who, e *sshd.Event) Mark {
	m := Mark{What: what, At: e.Record.Time.Unix(), ID: o.id(e.Record), Source: w.source,
		Host: o.here.name, Kind: e.Kind(), Times: max(1, e.Record.Repeat)}
	if w.exists {
		m.User = o.own(w.user)
	} else if w.named {
		m.Name = uint32(hashOf(w.user))
	}
	return m
}

func (o *observer) login(e *sshd.Event, w who) {
	w.exists = w.user != ""
	m := o.mark(Login, w, e)
	m.Method, m.Credential = o.own(e.Method), credential(e)
	if m.byKey() {
		m.ID = 0 // one for each day
	}
	o.add(o.fleet(), Mark{What: Login, At: m.At})
	o.add(o.source(w), m)
	o.add(o.user(w), m)
	if m.byKey() { // at its very time, if that matters
		m.What = Entry
		o.add(o.source(w), m)
		o.add(o.user(w), m)
	}
}

// credential is what a user showed: a key's fingerprint, of a certificate its
// authority and id (the key changes daily), else the method.
func credential(e *sshd.Event) string {
	if strings.Contains(e.Record.Message, " CA ") { // reading fields costs more than that
		if ca := e.Field("ca"); ca != "" {
			return own("CA " + ca + " ID " + e.Field("certid"))
		}
	}
	return own(cmp.Or(e.Key, e.Method))
}

func (o *observer) failure(e *sshd.Event, w who) {
	m := o.mark(Failure, w, e)
	m.Method = o.own(e.Method)
	o.add(o.source(w), m)
	m.What = Guess
	if p := o.user(w); p != nil && !p.rests(&m) {
		o.add(p, m)
	}
}

// A fill is how much of a half hour's guesses at one user a batch has piled up.
type fill struct {
	slot    int64    // that half hour
	guesses []uint64 // what tells them apart
	sources []netip.Addr
	last    int64 // the newest of them, in Unix seconds
}

// rests says whether a History would drop a guess anyhow, since it keeps the
// first of a half hour and of some sources: all of them are there, and older. Of
// a thousand guesses at root that took as long to sort as all else to judge.
func (p *pile) rests(guess *Mark) bool {
	b, f := &guessBound, &p.fill
	if slot := guess.At / seconds(b.slot); slot != f.slot {
		*f = fill{slot: slot, guesses: f.guesses[:0], sources: f.sources[:0]}
	}
	if len(f.guesses) >= b.first && len(f.sources) >= b.sources {
		return guess.At > f.last
	}
	if len(f.guesses) < b.first && !slices.Contains(f.guesses, guess.ID) { // what comes twice is one
		f.guesses = append(f.guesses, guess.ID)
	}
	f.last = max(f.last, guess.At)
	if !slices.Contains(f.sources, guess.Source) {
		f.sources = append(f.sources, guess.Source)
	}
	return false
}

var guessBound = bounds[Guess]

// looksSecret says whether a name is more likely a password: long enough, with
// letters and digits or signs mixed as no account's name is.
func looksSecret(name string) bool {
	var lower, upper, digit, sign bool
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z':
			lower = true
		case 'A' <= c && c <= 'Z':
			upper = true
		case '0' <= c && c <= '9':
			digit = true
		case strings.IndexByte("-_. ", c) < 0:
			sign = true
		}
	}
	return len(name) >= 8 && !strings.Contains(name, " ") &&
		(sign && (digit || upper) || lower && upper && digit)
}

// refusal remembers an algorithm that was refused: under the source while
// nobody is named, under the user where the connection names one.
func (o *observer) refusal(e *sshd.Event, w who) {
	if loggedIn(e) {
		return // a later key was accepted
	}
	m := o.mark(Refusal, w, e)
	m.Detail = whatWasRefused(e)
	switch {
	case e.Row.Kind == "unsafe-client": // a warning: what it means comes behind it
	case ofUser[e.Row.Kind]:
		o.add(o.user(w), m)
	default:
		o.add(o.source(w), m)
	}
}

// whatWasRefused is an algorithm, or the class and what the peer offers of it.
func whatWasRefused(e *sshd.Event) string {
	if e.Alg != "" {
		return strings.Clone(clip(e.Alg, longestDetail))
	}
	return clip(e.Class+": "+e.Text, longestDetail)
}

// ofUser are the refusals of a user's key; the others are of the client.
var ofUser = map[string]bool{
	"signature-refused": true, "key-type-refused": true, "key-unsupported": true,
	"certificate-signature-refused": true, "key-too-short": true, "unsafe-client-key": true,
	"refusing-rsa-key-because-peer": true, "key-type-not-permitted-list": true,
}

// longestDetail is what is kept of a peer's offer, in bytes: enough to know the
// client by it.
const longestDetail = 400

// clip bounds what is kept of a peer's text.
func clip(text string, most int) string { return text[:min(len(text), most)] }

// isFault says whether a line tells that sshd itself is broken, in a way that
// no peer provokes at will.
func (o *observer) isFault(e *sshd.Event) bool {
	if e.Verdict() != sshd.Human || strings.Contains(e.Record.Message, " signal 15") {
		return false // SIGTERM ends every session at every scale-in
	}
	switch e.Category {
	case sshd.Config, sshd.Lifecycle, sshd.Resource, sshd.Integrity, sshd.Throttle, sshd.SFTP, sshd.Session:
		return true
	}
	return false
}

func (o *observer) fault(e *sshd.Event) {
	m := o.mark(Fault, who{}, e)
	m.Times, m.Detail = 1, e.Category.String()
	if !o.believed(e.Record) {
		m.Method = "stderr"
	}
	o.add(o.here.pile, m)
}

// unknown remembers a shape that no row knows, unless a stranger wrote it.
func (o *observer) unknown(e *sshd.Event) {
	if !o.believed(e.Record) {
		return
	}
	o.add(o.fleet(), Mark{What: Unknown, At: e.Record.Time.Unix(), Host: o.here.name,
		Kind: e.Kind(), Detail: strings.Clone(sshd.Shape(e.Record.Message)), Times: 1})
}
