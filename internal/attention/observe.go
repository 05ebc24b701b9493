package attention

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"sshsieve/internal/sshd"
	"sshsieve/internal/syslog"
)

// An Observation is what a batch adds to the Histories.
type Observation struct {
	// Keys are in the order in which they are to be judged: the Fleet, then
	// sources, hosts and users.
	Keys []Key
	// Marks are what is new, by Key.
	Marks map[Key][]Mark
	lines map[uint64]Line
}

// Attach gives a Finding the lines of its evidence, as far as they are of this
// batch: at most 5, oldest first.
func (o *Observation) Attach(f *Finding) {
	const most = 5
	for _, id := range f.Evidence {
		if line, ok := o.lines[id]; ok && len(f.Lines) < most {
			f.Lines = append(f.Lines, line)
		}
	}
}

// Observe makes Marks of a batch's Events, which must be joined
// (sshd.Reader.Read). What no rule asks for leaves none. The strings of what it
// returns are its own.
func Observe(events []sshd.Event, config Config) Observation {
	o := observer{
		Observation: Observation{Marks: map[Key][]Mark{}, lines: map[uint64]Line{}},
		config:      config, conns: map[*sshd.Conn]connFacts{},
	}
	for i := range events {
		o.note(&events[i])
	}
	for i := range events {
		o.observe(&events[i])
	}
	for key := range o.Marks {
		o.Keys = append(o.Keys, key)
	}
	slices.SortFunc(o.Keys, func(a, b Key) int {
		return cmp.Or(cmp.Compare(a.Kind.rank(), b.Kind.rank()), cmp.Compare(a.Name, b.Name))
	})
	return o.Observation
}

// rank is the place of a kind in the order of judging: what a user's login means
// is asked of the fleet and the source.
func (k KeyKind) rank() int { return [...]int{Fleet: 0, Source: 1, Host: 2, User: 3}[k] }

type observer struct {
	Observation
	config Config
	conns  map[*sshd.Conn]connFacts
}

// connFacts are what happened in a connection besides what the line at hand
// says.
type connFacts struct{ tried, refused, denied bool }

// note remembers what an Event says of its connection.
func (o *observer) note(e *sshd.Event) {
	if e.Conn == nil || e.Row == nil {
		return
	}
	facts := o.conns[e.Conn]
	facts.tried = facts.tried || e.Category == sshd.FailedPassword
	facts.refused = facts.refused || e.Category == sshd.Negotiation
	facts.denied = facts.denied || e.Category == sshd.Denied || e.Category == sshd.Limit
	if facts != (connFacts{}) {
		o.conns[e.Conn] = facts
	}
}

// observe remembers one Event under each key that a rule will ask.
func (o *observer) observe(e *sshd.Event) {
	o.alive(e.Record)
	switch {
	case e.Category == sshd.NotSSHD:
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
		o.add(Key{Source, w.source.String()}, w.source.IsValid(), e, w.mark(Typed, e))
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
	case e.Category == sshd.Throttle, e.Row.Kind == "max-attempts" && e.Conn != nil && !o.conns[e.Conn].tried:
		o.add(Key{Source, w.source.String()}, w.source.IsValid(), e, w.mark(Throttling, e))
	case e.Category == sshd.Disconnect && e.Row.Closes:
		silent := w.exists && e.Preauth && e.Conn != nil && !e.Conn.LoggedIn && o.conns[e.Conn] == connFacts{}
		o.add(Key{User, w.user}, silent, e, w.mark(Close, e))
	case e.Row.Kind == "restarting":
		o.add(Key{Host, e.Record.Host}, true, e, w.mark(Restarting, e))
	case e.Row.Kind == "listening":
		o.add(Key{Host, e.Record.Host}, true, e, w.mark(Listening, e))
	}
}

// denial remembers a right credential that was refused under the user whose it
// is, and what policy refuses under the source: there whoever names a user from
// elsewhere does not hide him.
func (o *observer) denial(e *sshd.Event, w who) {
	m := w.mark(Denial, e)
	if isCredential(m.Kind) {
		o.add(Key{User, w.user}, w.exists, e, m)
		return
	}
	o.add(Key{Source, w.source.String()}, w.exists && w.source.IsValid(), e, m)
}

// denials are refusals by policy that sshd's table counts elsewhere.
var denials = map[string]bool{
	"touch-missing": true, "keys-unreadable": true, "pam-faillock": true, "pam-tally": true, "no-methods": true,
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
func (w who) mark(what What, e *sshd.Event) Mark {
	m := Mark{What: what, At: e.Record.Time.Unix(), ID: idOfRecord(e.Record), Source: w.source,
		Host: own(e.Record.Host), Kind: e.Kind(), Times: max(1, e.Record.Repeat)}
	if w.exists {
		m.User = own(w.user)
	} else if w.named {
		m.Name = uint32(hashOf(w.user))
	}
	return m
}

// idOfRecord is a number for the line: host, program, pid, text and how often it
// was said, not its event id, since agents send a file again under new ones.
func idOfRecord(r *syslog.Record) uint64 {
	return hashOf(r.Host, r.Program, strconv.Itoa(r.PID), r.Message, strconv.Itoa(r.Repeat))
}

func (o *observer) login(e *sshd.Event, w who) {
	w.exists = w.user != ""
	m := w.mark(Login, e)
	m.Method, m.Credential = strings.Clone(e.Method), credential(e)
	if m.byKey() {
		m.ID = 0 // one for each day
	}
	o.add(Key{Fleet, ""}, true, e, Mark{What: Login, At: m.At})
	o.add(Key{Source, w.source.String()}, w.source.IsValid(), e, m)
	o.add(Key{User, w.user}, w.exists, e, m)
	if entry := m; m.byKey() { // at its very time, if that matters
		entry.What = Entry
		o.add(Key{Source, w.source.String()}, w.source.IsValid(), e, entry)
		o.add(Key{User, w.user}, w.exists, e, entry)
	}
}

// credential is what a user showed: a key's fingerprint, of a certificate its
// authority and id (the key changes daily), else the method.
func credential(e *sshd.Event) string {
	if ca := e.Field("ca"); ca != "" {
		return own("CA " + ca + " ID " + e.Field("certid"))
	}
	return own(cmp.Or(e.Key, e.Method))
}

func (o *observer) failure(e *sshd.Event, w who) {
	m := w.mark(Failure, e)
	m.Method = strings.Clone(e.Method)
	o.add(Key{Source, w.source.String()}, w.source.IsValid(), e, m)
	m.What = Guess
	o.add(Key{User, w.user}, w.exists, e, m)
}

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
	if e.Conn != nil && e.Conn.LoggedIn {
		return // a later key was accepted
	}
	m := w.mark(Refusal, e)
	m.Detail = strings.Clone(clip(cmp.Or(e.Field("alg"), e.Field("class")+": "+e.Field("offer"))))
	switch {
	case e.Row.Kind == "unsafe-client": // a warning: what it means comes behind it
	case ofUser[e.Row.Kind]:
		o.add(Key{User, w.user}, w.exists, e, m)
	default:
		o.add(Key{Source, w.source.String()}, w.source.IsValid(), e, m)
	}
}

// ofUser are the refusals of a user's key; the others are of the client.
var ofUser = map[string]bool{
	"signature-refused": true, "key-type-refused": true, "key-unsupported": true,
	"certificate-signature-refused": true, "key-too-short": true, "unsafe-client-key": true,
	"refusing-rsa-key-because-peer": true, "key-type-not-permitted-list": true,
}

// What is kept of a text, in bytes: of a peer's offer enough to know the client
// by it, of names as much as tells them apart.
const (
	longestDetail = 400
	longestWord   = 64
)

// clip bounds what is kept of a peer's text.
func clip(text string) string { return text[:min(len(text), longestDetail)] }

// own makes a copy of a name that outlives the batch; a long one ends in a hash
// of itself.
func own(name string) string {
	if len(name) > longestWord {
		const hash = 17 // "~" and 16 digits
		return name[:longestWord-hash] + "~" + strconv.FormatUint(hashOf(name), 16)
	}
	return strings.Clone(name)
}

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
	m := Mark{What: Fault, At: e.Record.Time.Unix(), ID: idOfRecord(e.Record), Host: own(e.Record.Host), Kind: e.Kind(), Times: 1}
	m.Detail = e.Category.String()
	if !o.believed(e.Record) {
		m.Method = "stderr"
	}
	o.add(Key{Host, e.Record.Host}, true, e, m)
}

// unknown remembers a shape that no row knows, unless a stranger wrote it.
func (o *observer) unknown(e *sshd.Event) {
	if !o.believed(e.Record) {
		return
	}
	o.add(Key{Fleet, ""}, true, e, Mark{What: Unknown, At: e.Record.Time.Unix(), Host: own(e.Record.Host),
		Kind: e.Kind(), Detail: strings.Clone(sshd.Shape(e.Record.Message)), Times: 1})
}

// alive remembers that a host was heard.
func (o *observer) alive(r *syslog.Record) {
	if r.Host == "" || r.Trust == syslog.Peer {
		return
	}
	m := Mark{What: Alive, At: r.Time.Unix() / 1800 * 1800}
	key := Key{Host, r.Host}
	if last := o.Marks[key]; len(last) > 0 && slices.Contains(last, m) {
		return
	}
	key.Name = strings.Clone(r.Host)
	o.Marks[key] = append(o.Marks[key], m)
}

// add remembers m under key, if the key is there, and keeps the line.
func (o *observer) add(key Key, ok bool, e *sshd.Event, m Mark) {
	if !ok {
		return
	}
	key.Name = strings.Clone(key.Name)
	o.Marks[key] = append(o.Marks[key], m)
	r := e.Record
	o.lines[m.evidence()] = Line{At: r.Time, Host: strings.Clone(r.Host), Program: strings.Clone(r.Program), PID: r.PID, Text: strings.Clone(r.Message)}
}
