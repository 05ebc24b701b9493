package report

import (
	"net/netip"
	"slices"
	"strings"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
	"sshsieve/internal/sshd"
	"sshsieve/internal/syslog"
)

// How many different things of a kind a Log remembers. They bound its memory
// to about 50 MiB, whatever it reads; what is forgotten is said on the page.
const (
	maxSources  = 32_768
	maxNets     = 8_192
	maxUsers    = 16_384
	maxLogins   = 2_048
	maxOffers   = 512
	maxTexts    = 512 // reasons, and as many banners
	maxShapes   = 512
	maxHosts    = 1_024
	maxPrograms = 256
	maxMethods  = 64
	maxAlgs     = 256
)

// A Log gathers what is in a log as Events pass by: Input, Add, Add, …, then
// Page. Its memory does not grow with the number of Events. It keeps nothing
// that aliases them.
type Log struct {
	files []File
	lines int // of the input, continuations and other programs' included

	first, last int64 // Unix seconds of the earliest and the latest time
	all         trend // of all lines: where it has none, the log has a hole
	trust       [4]int
	repeated    int // events that rsyslog folded into one line

	continuations, notSSHD int
	failed, accepted       int
	named                  int // failed attempts whose line names a user
	verdicts               [3]int
	categories             []int
	series                 series
	heat                   heat
	tries                  trend // failed attempts, in steps as short as the series'
	kinds                  map[*sshd.Row]*rowKinds
	forged                 kind

	hosts            *top[string, hostMore]
	programs, others *top[string, none]

	sources *top[netip.Addr, sourceMore]
	nets    *top[netip.Prefix, netMore]
	users   *top[string, trend] // of failed attempts
	methods *top[string, none]
	logins  *top[login, loginMore]
	// accounts are the users of logins.
	accounts *top[string, trend]

	offers  *top[offer, none]
	refused *top[string, none] // algorithms that sshd named when it refused them
	classes *top[string, none] // of what could not be negotiated
	reasons *top[string, none]
	banners *top[string, none]
	drops   *top[drop, none] // what sshd turned away by itself
	shapes  *top[string, trend]
	blocks  *top[block, none] // what kept somebody out
}

// A hostMore is what else is kept of a host.
type hostMore struct {
	human    int // events that somebody has to look at
	eras     eras
	restarts restarts
	listens  trend // lines that sshd began to listen: several for one restart
	trend    trend
}

// rowKinds are the kinds of one row of the message table, mostly one, and the
// releases that print it.
type rowKinds struct {
	era   era
	kinds []kind
}

// A kind counts the Events of one row of the message table, in the one of its
// categories that the message's suffix gives it.
type kind = tally[sshd.Category, trend]

// A login is who got in, from where and how.
type login struct {
	user, method, key string
	authority         string // of a certificate, type and fingerprint
	source            netip.Addr
	trust             syslog.Trust
}

// A loginMore is on which hosts a login was: the first of them.
type loginMore struct {
	hosts []string
	more  bool // there are others
}

// An offer is what a client proposed, what of it was missing, and whether sshd
// cut its end.
type offer struct {
	class, list string
	cut         bool
}

// A drop is a kind of message by which sshd turns connections away, and the
// reason that it gives for a penalty.
type drop struct{ kind, why string }

// NewLog returns a Log that has seen nothing.
func NewLog() *Log {
	return &Log{
		categories: make([]int, numCategories),
		kinds:      map[*sshd.Row]*rowKinds{},
		hosts:      newTop[string, hostMore](maxHosts, strings.Clone),
		programs:   newNames(maxPrograms),
		others:     newNames(maxPrograms),
		sources:    newTop[netip.Addr, sourceMore](maxSources, itself),
		nets:       newTop[netip.Prefix, netMore](maxNets, itself),
		users:      newTop[string, trend](maxUsers, strings.Clone),
		accounts:   newTop[string, trend](maxLogins, strings.Clone),
		methods:    newNames(maxMethods),
		logins:     newTop[login, loginMore](maxLogins, login.clone),
		offers:     newTop[offer, none](maxOffers, offer.clone),
		refused:    newNames(maxAlgs),
		classes:    newNames(maxAlgs),
		reasons:    newNames(maxTexts),
		banners:    newNames(maxTexts),
		drops:      newTop[drop, none](maxAlgs, drop.clone),
		shapes:     newTop[string, trend](maxShapes, strings.Clone),
		blocks:     newTop[block, none](maxBlocked, block.clone),
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
		l.others.count(clip(e.Record.Program), 1, at)
	case e.Row == nil && e.Kind() == sshd.KindContinuation:
		l.continuations++
	default:
		l.add(e, max(e.Record.Repeat, 1), at)
	}
}

// neverSet is until when, in Unix seconds, a time is that of a clock that nobody
// set: boards without a battery begin in 1970, 1980 or with the first day of 2000.
// One such line would make all graphs decades wide.
const neverSet = 946_771_200

// neverYet is from when on, in Unix seconds, a time is a fault: 2200 begins. Such a
// line would make graphs wide, too, and JSON has no years of five digits (RFC 3339).
const neverYet = 7_258_118_400

// see widens the time range, and returns the time in Unix seconds, 0 for none.
// The time that a Timeline lends to a line without one does not count.
func (l *Log) see(r *syslog.Record) int64 {
	if r.Stamp == syslog.NoTime {
		return 0
	}
	at := r.Time.Unix()
	if at < neverSet || at >= neverYet {
		return 0
	}
	if l.first == 0 || at < l.first {
		l.first = at
	}
	l.last = max(l.last, at)
	l.all.add(at, 1, columns)
	return at
}

// add counts one Event of sshd that happened n times.
func (l *Log) add(e *sshd.Event, n int, at int64) {
	verdict := e.Verdict()
	l.repeated += n - 1
	l.trust[e.Record.Trust] += n
	l.verdicts[verdict] += n
	l.categories[e.Category] += n
	failed, accepted := attempts(e, n)
	if at != 0 {
		l.series.add(at, e.Category, verdict, n)
		l.heat.add(at, n, failed, accepted)
	}
	host := l.hosts.of(clip(e.Record.Host))
	host.see(n, at)
	host.try(failed, accepted)
	host.more.trend.add(at, n, fineColumns)
	if verdict == sshd.Human {
		host.more.human += n
	}
	l.programs.count(clip(e.Record.Program), n, at)
	l.addKind(e, host, n, at)
	l.addText(e, n, at)
	if e.Record.Trust != syslog.Forged { // forged, it tells nothing of a peer
		l.addPeer(e, n, failed, accepted, at)
		l.addBlock(e, n, at)
	}
}

// addKind counts the row, or what there is instead of one.
func (l *Log) addKind(e *sshd.Event, host *tally[string, hostMore], n int, at int64) {
	switch {
	case e.Row != nil:
		row := l.rowOf(e.Row)
		kind := row.of(e.Category)
		kind.see(n, at)
		kind.more.add(at, n, fewColumns)
		if e.Record.Trust != syslog.Peer { // else a stranger may have written it
			host.more.see(e, row.era, at)
		}
	case e.Kind() == sshd.KindForged:
		l.forged.see(n, at)
	case e.Kind() == sshd.KindUnrecognised:
		shape := l.shapes.of(clip(sshd.Shape(e.Record.Message)))
		shape.see(n, at)
		shape.more.add(at, n, fewColumns)
	}
}

// see takes what a line tells of its host's software.
func (m *hostMore) see(e *sshd.Event, of era, at int64) {
	m.eras.seeProgram(e, at)
	of.pid = e.Record.PID
	m.eras.see(of, at)
	if e.Row.Kind == listening {
		m.restarts.add(at)
		m.listens.add(at, 1, fewColumns)
	}
}

func (l *Log) rowOf(row *sshd.Row) *rowKinds {
	r, ok := l.kinds[row]
	if !ok {
		r = &rowKinds{era: eraOf(row)}
		l.kinds[row] = r
	}
	return r
}

// of is the kind of a category.
func (r *rowKinds) of(c sshd.Category) *kind {
	for i := range r.kinds {
		if r.kinds[i].key == c {
			return &r.kinds[i]
		}
	}
	r.kinds = append(r.kinds, kind{key: c})
	return &r.kinds[len(r.kinds)-1]
}

// addText counts what the peer itself said, and what it wanted in vain.
func (l *Log) addText(e *sshd.Event, n int, at int64) {
	switch {
	case e.Row == nil:
	case e.Category == sshd.Negotiation:
		l.addNegotiation(e, n, at)
	case e.Category == sshd.Throttle:
		l.drops.count(drop{e.Row.Kind, clip(penaltyOf(e))}, n, at)
	case e.Text == "":
	case e.Category == sshd.Disconnect:
		l.reasons.count(clip(strings.TrimSpace(e.Text)), n, at)
	case e.Category == sshd.Protocol:
		l.banners.count(clip(strings.TrimSpace(e.Text)), n, at)
	}
}

// addNegotiation counts what failed, and what the client had offered.
func (l *Log) addNegotiation(e *sshd.Event, n int, at int64) {
	class := classOf(e)
	switch {
	case e.Alg != "":
		l.refused.count(clip(e.Alg), n, at)
		l.classes.count(signatureAlgorithm, n, at)
		return
	case class == "":
		l.classes.count(e.Row.Kind, n, at)
	default:
		l.classes.count(clip(class), n, at)
	}
	if e.Text != "" && e.Row.Kind != unsafeClient {
		l.offers.count(offer{class, clip(e.Text), e.Truncated}, n, at)
	}
}

// penaltyOf is why an address was turned away: sshd's words (OpenSSH srclimit.c
// srclimit_penalise); "" for other messages.
func penaltyOf(e *sshd.Event) string {
	if e.Row.Kind != penaltyDrop {
		return ""
	}
	_, why, _ := strings.Cut(e.Record.Message, " penalty: ")
	return why
}

// signatureAlgorithm is the class of what a user's key was refused for.
const signatureAlgorithm = "signature algorithm"

// Kinds of the message table whose text is not like that of their category.
const (
	listening     = "listening"
	noMatchingOld = "no-matching-old"
	penaltyDrop   = "penalty-drop"
	unsafeClient  = "unsafe-client" // names a program, and no algorithm
)

// classOf is what could not be negotiated. The rows before 7.0 say it in words
// of their own ("no matching mac found").
func classOf(e *sshd.Event) string {
	if e.Row.Kind != noMatchingOld {
		return e.Class
	}
	_, rest, _ := strings.Cut(e.Record.Message, "no matching ")
	class, _, _ := strings.Cut(rest, " found")
	return class
}

// noUser is what sshd calls a user without account when it asks for one all the
// same (auth.c fakepw). Nobody tried that name.
const noUser = "NOUSER"

// addPeer counts what the Event tells of the other side.
func (l *Log) addPeer(e *sshd.Event, n, failed, accepted int, at int64) {
	before, name := 0, ""
	if e.HasUser && e.User != noUser {
		user := l.users.of(clip(e.User))
		user.see(n, at)
		user.try(failed, accepted)
		if failed > 0 {
			user.more.add(at, failed, fewColumns)
		}
		user.exists = user.exists || notice.AccountExists(e)
		l.named += failed
		name = user.key
	}
	if e.Addr.IsValid() {
		before = l.addSource(e, name, n, failed, accepted, at)
	}
	l.failed += failed
	l.accepted += accepted
	if failed > 0 {
		l.tries.add(at, failed, columns)
	}
	if failed+accepted > 0 {
		l.methods.of(clip(e.Method)).try(failed, accepted)
	}
	if accepted > 0 {
		login := l.logins.of(loginOf(e))
		login.see(n, at)
		login.attempts = max(login.attempts, before)
		login.more.on(e.Record.Host)
		account := l.accounts.of(login.key.user)
		account.see(n, at)
		account.more.add(at, n, fineColumns)
	}
}

// addSource counts an address and its net, and returns how many attempts had
// failed from there. The name is the Log's own.
func (l *Log) addSource(e *sshd.Event, name string, n, failed, accepted int, at int64) int {
	a := attention.Fold(e.Addr)
	source := l.sources.of(a)
	source.see(n, at)
	source.try(failed, accepted)
	source.more.see(e, failed, at)
	net := l.nets.of(netOf(a))
	net.see(n, at)
	net.try(failed, accepted)
	net.more.see(a)
	if failed > 0 {
		net.more.trend.add(at, failed, fewColumns)
	}
	if failed > 0 && name != "" {
		net.more.try(name, failed)
	}
	return source.attempts
}

// hostsOfLogin is how many hosts of a login are kept.
const hostsOfLogin = 4

// on notes a host.
func (m *loginMore) on(host string) {
	switch {
	case slices.Contains(m.hosts, clip(host)):
	case len(m.hosts) == hostsOfLogin:
		m.more = true
	default:
		m.hosts = append(m.hosts, strings.Clone(clip(host)))
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
	return login{user: clip(e.User), source: attention.Fold(e.Addr), method: clip(e.Method), key: clip(e.Key), authority: clip(authorityOf(e)), trust: e.Record.Trust}
}

// authorityOf is who signed a certificate; "" where none was.
func authorityOf(e *sshd.Event) string {
	if !strings.Contains(e.Key, "-CERT ") { // reading fields costs more than that
		return ""
	}
	return e.Field("ca")
}

func (k login) clone() login {
	k.user, k.method, k.key, k.authority = strings.Clone(k.user), strings.Clone(k.method), strings.Clone(k.key), strings.Clone(k.authority)
	return k
}

func (k offer) clone() offer {
	return offer{strings.Clone(k.class), strings.Clone(k.list), k.cut}
}

func (k drop) clone() drop { return drop{k.kind, strings.Clone(k.why)} }
