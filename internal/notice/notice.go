package notice

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/sshd"
)

// A Notice is Findings of one cause, written for a reader. All its text is
// printable ASCII and may go into a mail, a page or a terminal as it is.
type Notice struct {
	// Severity is the gravest of the Findings, Verdict whom it is for: Tooling
	// for ban tools, Human for people.
	Severity attention.Severity
	Verdict  sshd.Verdict
	// Rule and Reason are those of the gravest Finding; Rules are those of all,
	// each once, the gravest first.
	Rule, Reason string
	Rules        []RuleReason

	// Subject is one line of less than 100 bytes, as SNS wants it (Publish:
	// "must be ASCII text that begins with a letter, number, or punctuation
	// mark; must not include line breaks or control characters; and must be
	// less than 100 characters long").
	Subject string
	// Text is the mail, its lines at most 79 bytes long.
	Text string

	// Time is the event time of the newest Finding, Since that of the oldest
	// evidence, Next when the next notice about the same can come (zero where
	// that is not known).
	Time, Since, Next time.Time
	// Host and Addr are the gravest Finding's, Hosts all of them. Addr is an
	// IPv4 address or the first of an IPv6 /64; the zero Addr where no peer is
	// involved.
	Host  string
	Hosts []string
	Addr  netip.Addr
	// User is the gravest Finding's account, Users all of them, by UserName;
	// empty where there is none. Where no account is named, Users are those it
	// may be.
	User  string
	Users []string
	// Count is how often it happened, all Findings of that Rule and Reason
	// together.
	Count int
	// Lines are at most 5 log lines, as in Text.
	Lines []string
	// Bans are the sources to ban, of tooling notices only.
	Bans []Ban

	about About
}

// RuleReason names what was found.
type RuleReason struct {
	Rule   string `json:"rule"`
	Reason string `json:"reason"`
}

// About is what a notice says beside its Findings. Every member may be empty.
type About struct {
	// Account is the AWS account, LogGroup and Stream where the lines are.
	Account, LogGroup, Stream string
	// Scope is the configured name of a fleet. It stands in the subject where
	// a Finding has no host.
	Scope string
	// ID is what `sshsieve why` takes to show the gravest Finding again.
	ID string
	// Held is how many other failures of the same hosts were seen that day and
	// not mailed.
	Held int
	// Phrase was chosen when the stack was made; a forged mail lacks it.
	Phrase string
	// Next is when the next mail about this can come; where it is zero, the
	// Findings' own Quiet is taken.
	Next time.Time
	// MayRepeat: Memory was not there, so this may have been told before.
	MayRepeat bool
	// Local: no deployed stack wrote it but the command, of log files, and Stream
	// is the file. What only a stack can do is not offered as if it could be done.
	Local bool
}

// Write makes a Notice of Findings of one cause: of one connection, or of one
// rule and reason within some minutes. It is pure, takes any Findings, and
// needs at least one.
func Write(findings []attention.Finding, about About) Notice {
	c := newIncident(findings, about)
	n := Notice{
		Severity: c.lead.Severity, Verdict: verdict(c.lead.Severity),
		Rule: ascii(c.lead.Rule), Reason: ascii(c.lead.Reason), Rules: c.rules(),
		Time: c.at, Since: c.since, Next: c.next,
		Host: hostName(c.lead.Host), Hosts: c.hosts, Addr: c.lead.Source,
		Users: c.accounts(), Count: c.count, Lines: c.lines(), about: about,
	}
	if c.lead.User != "" {
		n.User = c.censor.account(c.lead.User)
	}
	if n.Verdict == sshd.Tooling {
		n.Bans = bans(c)
	}
	n.Subject = c.subject()
	n.Text = c.mail()
	if c.lead.Rule == QuietReport {
		c.writeReport(&n)
	}
	return n
}

// verdict is whom a severity is for.
func verdict(s attention.Severity) sshd.Verdict {
	if s == attention.Ban {
		return sshd.Tooling
	}
	return sshd.Human
}

// An incident is what the Findings of a Notice say together.
type incident struct {
	findings []attention.Finding // the gravest first
	lead     *attention.Finding  // the first of them
	about    About
	censor   *censor
	story    *story
	refusal  Refusal
	remedy   Remedy // the zero Remedy where nothing was refused
	clients  []Client

	at, since, next time.Time
	hosts, users    []string // each once, as shown
	sources         []string
	count           int
	values          map[string]string // what the story's sentences are filled with
}

func newIncident(findings []attention.Finding, about About) *incident {
	c := &incident{findings: gravestFirst(findings), about: about}
	c.lead = &c.findings[0]
	c.censor = newCensor(c.findings)
	c.sum()
	c.readRefusal()
	c.story = storyOf(c)
	c.values = c.fillings()
	return c
}

// heldBack is the rule of a summary: its Finding leads those it speaks of.
const heldBack = "held-back"

// gravity orders by severity; a tooling message stands below what people are
// told.
var gravity = []attention.Severity{attention.High, attention.Medium, attention.Low, attention.Ban}

func gravityOf(f *attention.Finding) int {
	if f.Rule == heldBack {
		return -1
	}
	return slices.Index(gravity, f.Severity)
}

// Graver orders Findings as a notice does: by severity, and where that is equal as
// the table of rules has them (attention.Rules), in which a login after failures
// stands before one that is merely new. It is negative where a comes first.
func Graver(a, b *attention.Finding) int {
	return cmp.Or(cmp.Compare(gravityOf(a), gravityOf(b)), cmp.Compare(rankOf(a), rankOf(b)))
}

// rankOf is the place of a Finding's reason in the table of rules.
func rankOf(f *attention.Finding) int {
	rank := 0
	for i := range attention.Rules {
		for k := range attention.Rules[i].Reasons {
			if attention.Rules[i].Name == f.Rule && attention.Rules[i].Reasons[k].Name == f.Reason {
				return rank
			}
			rank++
		}
	}
	return rank
}

// gravestFirst sorts by Graver; among equals the order stays.
func gravestFirst(findings []attention.Finding) []attention.Finding {
	sorted := slices.Clone(findings)
	if len(sorted) == 0 {
		sorted = []attention.Finding{{}}
	}
	if len(sorted) > 1 {
		slices.SortStableFunc(sorted, func(a, b attention.Finding) int { return Graver(&a, &b) })
	}
	return sorted
}

// sum gathers times, hosts, users and counts.
func (c *incident) sum() {
	for i := range c.findings {
		f := &c.findings[i]
		c.at = later(c.at, f.At)
		if first := earliest(f); c.since.IsZero() || first.Before(c.since) {
			c.since = first
		}
		if !f.Quiet.IsZero() && (c.next.IsZero() || f.Quiet.Before(c.next)) {
			c.next = f.Quiet
		}
		for _, host := range append(slices.Clone(f.Hosts), f.Host) {
			c.hosts = appendNew(c.hosts, hostName(host))
		}
		c.sources = appendNew(c.sources, sourceOf(f))
		if f.User != "" {
			c.users = appendNew(c.users, c.censor.account(f.User))
		}
		if f.Rule == c.lead.Rule && f.Reason == c.lead.Reason {
			c.count += max(1, f.Count)
		}
	}
	if !c.about.Next.IsZero() {
		c.next = c.about.Next
	}
}

// accounts are those that are named, or else those that it may be.
func (c *incident) accounts() []string {
	if len(c.users) > 0 {
		return c.users
	}
	var likely []string
	for i := range c.findings {
		for _, name := range c.findings[i].Users {
			likely = appendNew(likely, c.censor.account(name))
		}
	}
	return likely
}

func earliest(f *attention.Finding) time.Time {
	if f.First.IsZero() || f.First.After(f.At) {
		return f.At
	}
	return f.First
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func appendNew(list []string, s string) []string {
	if s == "" || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// rules lists what was found, each once, the gravest first.
func (c *incident) rules() []RuleReason {
	var list []RuleReason
	for i := range c.findings {
		r := RuleReason{Rule: ascii(c.findings[i].Rule), Reason: ascii(c.findings[i].Reason)}
		if !slices.Contains(list, r) {
			list = append(list, r)
		}
	}
	return list
}

// lines are the log lines as a reader sees them: time, program, text.
func (c *incident) lines() []string {
	list := make([]string, 0, len(c.censor.lines))
	for i, l := range c.censor.lines {
		list = append(list, lineHead(l, len(c.hosts) > 1)+c.censor.line(i))
	}
	return list
}

func lineHead(l attention.Line, host bool) string {
	head := ""
	if !l.At.IsZero() {
		head = l.At.UTC().Format("15:04:05 ")
	}
	if host && l.Host != "" {
		head += hostName(l.Host) + " "
	}
	if l.Program != "" {
		head += clip(l.Program)
		if l.PID > 0 {
			head += "[" + decimal(l.PID) + "]"
		}
		head += " "
	}
	return head
}

// readRefusal finds what was refused, in the lines, and what to do about it.
func (c *incident) readRefusal() {
	if !refuses(c.lead.Rule) {
		return
	}
	for i := range c.censor.events {
		e := &c.censor.events[i]
		r, ok := ReadRefusal(e.Kind(), e.Record.Message, e.Truncated)
		if !ok {
			continue
		}
		c.aim(&r)
		if remedy, ok := RemedyFor(r, c.clientsOf(r)); ok {
			c.refusal, c.remedy, c.clients = r, remedy, c.clientsOf(r)
			return
		}
	}
	c.readKind()
}

// aim says whom the remedy is for, where that is one.
func (c *incident) aim(r *Refusal) {
	if len(c.users) == 1 {
		r.User = c.lead.User
	}
	if len(c.sources) == 1 {
		r.Addr = c.lead.Source
	}
}

// readKind finds the refusal from the kind alone, for Findings whose lines are
// not at hand.
func (c *incident) readKind() {
	detail := c.lead.Detail
	message := ""
	if class, offer, ok := strings.Cut(detail["offer"], ": "); ok {
		message = "with UNKNOWN port 0: no matching " + class + " found. Their offer: " + offer
	} else if detail["alg"] != "" {
		message = "userauth_pubkey: signature algorithm " + detail["alg"] + " not in PubkeyAcceptedAlgorithms"
	}
	r, ok := ReadRefusal(detail["kind"], message, false)
	c.aim(&r)
	c.clients = c.clientsOf(r)
	if remedy, found := RemedyFor(r, c.clients); ok && found {
		c.refusal, c.remedy = r, remedy
	}
}

// refuses says whether a rule is about somebody whom sshd did not let in.
func refuses(rule string) bool { return rule == "locked-out" || rule == "credential-refused" }

// clientsOf names the programs that may have been refused, by their offer and by
// what they said of themselves.
func (c *incident) clientsOf(r Refusal) []Client {
	e := Evidence{Class: r.Class, Offer: r.Offer, Cut: r.Cut}
	for i := range c.censor.events {
		for _, f := range c.censor.events[i].Fields() {
			switch f.Name {
			case "reason":
				e.Goodbye = strings.TrimSpace(f.Value)
			case "banner":
				e.Banner = f.Value
			}
		}
	}
	return people(Clients(e))
}

// people are the clients that a person may use; where there is none, all.
func people(clients []Client) []Client {
	programs := slices.DeleteFunc(slices.Clone(clients), func(c Client) bool { return c.Kind != Program })
	if len(programs) > 0 {
		return programs
	}
	return clients
}

// hostName is a host's name as shown: it is defanged unless it looks like one.
func hostName(host string) string {
	if host == "" || shellWord(host) == host {
		return host
	}
	return defang(host)
}
