package report

import (
	"net/netip"
	"strings"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
	"sshsieve/internal/sshd"
	"sshsieve/internal/syslog"
)

// How many different things of a kind a Log remembers. They bound its memory
// to about 30 MiB, whatever it reads; what is forgotten is said on the page.
const (
	maxSources  = 32_768
	maxUsers    = 16_384
	maxLogins   = 2_048
	maxOffers   = 512
	maxShapes   = 512
	maxHosts    = 1_024
	maxPrograms = 256
	maxMethods  = 64
)

// A Log gathers what is in a log as Events pass by: Input, Add, Add, …, then
// Page. Its memory does not grow with the number of Events. It keeps nothing
// that aliases them.
type Log struct {
	files []File
	lines int // of the input, continuations and other programs' included

	first, last int64 // Unix seconds of the earliest and the latest time
	trust       [4]int
	repeated    int // events that rsyslog folded into one line

	continuations, notSSHD int
	failed, accepted       int
	verdicts               [3]int
	categories             []int
	series                 series
	kinds                  map[*sshd.Row][]kind
	forged                 kind

	hosts, programs, others *top[string]

	sources *top[netip.Addr]
	users   *top[string]
	methods *top[string]
	logins  *top[login]
	offers  *top[offer]
	shapes  *top[string]
}

// A kind counts the Events of one row of the message table, in the one of its
// categories that the message's suffix gives it.
type kind = tally[sshd.Category]

// A login is who got in, from where and how.
type login struct {
	user, method, key string
	source            netip.Addr
	trust             syslog.Trust
}

// An offer is what a client proposed, and what of it was missing.
type offer struct{ class, list string }

// NewLog returns a Log that has seen nothing.
func NewLog() *Log {
	return &Log{
		categories: make([]int, numCategories),
		kinds:      map[*sshd.Row][]kind{},
		hosts:      newNames(maxHosts),
		programs:   newNames(maxPrograms),
		others:     newNames(maxPrograms),
		sources:    newTop(maxSources, func(a netip.Addr) netip.Addr { return a }),
		users:      newNames(maxUsers),
		methods:    newNames(maxMethods),
		logins:     newTop(maxLogins, login.clone),
		offers:     newTop(maxOffers, offer.clone),
		shapes:     newNames(maxShapes),
	}
}

// Input begins a file, or whatever name stands for; the Events that follow
// are its lines.
func (l *Log) Input(name string) { l.files = append(l.files, File{Name: name}) }

// Add takes one Event, with its Record's Time as the Timeline left it.
// Events come in the order of the lines, one for each line.
func (l *Log) Add(e *sshd.Event) {
	l.lines++
	if len(l.files) > 0 {
		l.files[len(l.files)-1].Lines++
	}
	at := l.see(e.Record)
	switch {
	case e.Category == sshd.NotSSHD:
		l.notSSHD++
		l.others.of(clip(e.Record.Program)).see(1, at)
	case e.Row == nil && e.Kind() == sshd.KindContinuation:
		l.continuations++
	default:
		l.add(e, max(e.Record.Repeat, 1), at)
	}
}

// see widens the time range, and returns the time in Unix seconds, 0 for none.
// The time that a Timeline lends to a line without one does not count.
func (l *Log) see(r *syslog.Record) int64 {
	if r.Stamp == syslog.NoTime {
		return 0
	}
	at := r.Time.Unix()
	if at <= 0 {
		return 0 // a clock that was never set
	}
	if l.first == 0 || at < l.first {
		l.first = at
	}
	l.last = max(l.last, at)
	return at
}

// add counts one Event of sshd that happened n times.
func (l *Log) add(e *sshd.Event, n int, at int64) {
	l.repeated += n - 1
	l.trust[e.Record.Trust] += n
	l.verdicts[e.Verdict()] += n
	l.categories[e.Category] += n
	if at != 0 {
		l.series.add(at, e.Category, n)
	}
	l.hosts.of(clip(e.Record.Host)).see(n, at)
	l.programs.of(clip(e.Record.Program)).see(n, at)
	l.addKind(e, n, at)
	l.addPeer(e, n, at)
}

// addKind counts the row, or what there is instead of one.
func (l *Log) addKind(e *sshd.Event, n int, at int64) {
	switch {
	case e.Row != nil:
		l.kindOf(e.Row, e.Category).see(n, at)
	case e.Kind() == sshd.KindForged:
		l.forged.see(n, at)
	case e.Kind() == sshd.KindUnrecognised:
		l.shapes.of(clip(sshd.Shape(e.Record.Message))).see(n, at)
	}
	if e.Category == sshd.Negotiation {
		l.addOffer(e, n, at)
	}
}

func (l *Log) kindOf(row *sshd.Row, c sshd.Category) *kind {
	kinds := l.kinds[row]
	for i := range kinds {
		if kinds[i].key == c {
			return &kinds[i]
		}
	}
	kinds = append(kinds, kind{key: c})
	l.kinds[row] = kinds
	return &kinds[len(kinds)-1]
}

// addOffer counts what a client offered in vain. It asks for the fields of
// negotiation lines only: that matches again.
func (l *Log) addOffer(e *sshd.Event, n int, at int64) {
	var o offer
	for _, f := range e.Fields() {
		switch f.Name {
		case "offer":
			o.list = clip(f.Value)
		case "class":
			o.class = clip(f.Value)
		}
	}
	if o.list != "" {
		l.offers.of(o).see(n, at)
	}
}

// noUser is what sshd calls a user without account when it asks for one all the
// same (auth.c fakepw). Nobody tried that name.
const noUser = "NOUSER"

// addPeer counts what the Event tells of the other side. A forged record
// tells nothing of it.
func (l *Log) addPeer(e *sshd.Event, n int, at int64) {
	if e.Record.Trust == syslog.Forged {
		return
	}
	tried, accepted := attempts(e, n)
	before := 0
	if e.Addr.IsValid() {
		source := l.sources.of(attention.Fold(e.Addr))
		source.see(n, at)
		source.attempts += tried
		source.accepted += accepted
		before = source.attempts
	}
	if e.HasUser && e.User != noUser {
		user := l.users.of(clip(e.User))
		user.see(n, at)
		user.attempts += tried
		user.accepted += accepted
		user.exists = user.exists || notice.AccountExists(e)
	}
	l.failed += tried
	l.accepted += accepted
	if tried+accepted > 0 {
		method := l.methods.of(clip(e.Method))
		method.attempts += tried
		method.accepted += accepted
	}
	if accepted > 0 {
		login := l.logins.of(loginOf(e))
		login.see(n, at)
		login.attempts = max(login.attempts, before)
	}
}

// attempts tells failed attempts to log in from logins. Of the several lines
// that sshd writes for one attempt, the row says which is the one to count.
func attempts(e *sshd.Event, n int) (failed, accepted int) {
	switch {
	case e.Row == nil || !e.Row.Attempt:
		return 0, 0
	case e.Category == sshd.Accepted:
		return 0, n
	}
	return n, 0
}

func loginOf(e *sshd.Event) login {
	return login{user: clip(e.User), source: attention.Fold(e.Addr), method: clip(e.Method), key: clip(e.Key), trust: e.Record.Trust}
}

func (k login) clone() login {
	k.user, k.method, k.key = strings.Clone(k.user), strings.Clone(k.method), strings.Clone(k.key)
	return k
}

func (k offer) clone() offer {
	return offer{class: strings.Clone(k.class), list: strings.Clone(k.list)}
}
