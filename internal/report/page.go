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

// A Page is what a Log gathered, ready to be written: as text for people, as
// HTML, or as JSON for tools. Its JSON form is a contract.
//
// Counts are of events: a line that rsyslog wrote as "message repeated N
// times" counts N. Lists are sorted, the most frequent first; Logins begins
// with those that look guessed, Categories keeps the table's order, and what
// happened once is by time. Times are UTC.
//
// All text may be shown as it is, wherever text is shown as text (it is not
// escaped for HTML): it is UTF-8 without control, invisible or bidirectional
// characters, these being written as Go escapes, and cut to maxText characters
// where nothing else is said; only the Text of a Mail has line feeds. User names
// went through notice.UserName. In Reasons and Banners, which are peers'
// sentences, nothing looks like a link.
//
// Every list is bounded, and so is the page: its JSON form, without indentation,
// is below 1 MiB whatever was read, and 300 KB of a million lines. What a list
// leaves out More says.
type Page struct {
	Schema int `json:"schema"`

	// Files are the inputs, at most 1,000, in the order they were read.
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
	// Hosts, at most 500, are who wrote the lines of sshd, by what the
	// envelopes say.
	Hosts []Host `json:"hosts"`
	// Programs and OtherPrograms, at most 100 each, count lines by the
	// envelopes too; the name is "" where they say nothing.
	Programs      []Count `json:"programs"`
	OtherPrograms []Count `json:"other_programs"`
	// Trust counts sshd's events by who can have written them: "root",
	// "host", "peer", "forged".
	Trust map[string]int `json:"trust"`

	// Verdicts counts events by "graph", "tooling" and "human".
	Verdicts map[string]int `json:"verdicts"`
	// Human lists what somebody has to look at.
	Human []Kind `json:"human"`

	// Logins, at most 500, are who got in.
	Logins []Login `json:"logins"`
	// Accounts, at most 100, are those that were logged in to.
	Accounts []Account `json:"accounts"`
	// Failed counts failed attempts to log in, Accepted successful ones.
	Failed   int      `json:"failed"`
	Accepted int      `json:"accepted"`
	Methods  []Method `json:"methods"`
	// Sources, at most 100, are addresses; Nets, at most 100, the networks that
	// most attempts came from, whether or not somebody logged in from there too.
	Sources []Source `json:"sources"`
	Nets    []Net    `json:"nets"`
	// Users, at most 100, lists the names tried or used.
	Users []User `json:"users"`
	// Attempts are the failed attempts by user name, as UserName shows it: names
	// that are hidden are one item together (HiddenNames).
	Attempts Ranking `json:"attempts_by_name"`

	// Categories are those that were seen, with their counts over time.
	Categories []Category `json:"categories"`
	// VerdictsOverTime holds, under the names of Verdicts, counts for each step
	// of the Timeline.
	VerdictsOverTime map[string][]int `json:"verdicts_over_time,omitempty"`
	// FailedOverTime counts failed attempts to log in for each step of the
	// Timeline, those without a time left out. sshd and PAM write several lines
	// for one attempt, so that the categories count more.
	FailedOverTime []int     `json:"failed_over_time,omitempty"`
	Timeline       *Timeline `json:"timeline,omitempty"`
	// Coarse is a timeline of at most 64 steps, on which the timelines of single
	// things are: of nets, hosts, accounts and news.
	Coarse *Timeline `json:"coarse,omitempty"`
	// Heat is absent where no line has a time.
	Heat *Heat `json:"heat,omitempty"`

	// Negotiation counts what could not be negotiated, by class ("cipher", "key
	// exchange method", …), "signature algorithm" for a key's that was refused,
	// and else by the kind of the message.
	Negotiation Ranking `json:"negotiation"`
	// Offers, at most 100, are what clients proposed in vain, whole (at most 400
	// characters); Algorithms, at most 100, the names in them, each counted once
	// for each offer, and those that were refused. Clients are the families
	// of programs behind the offers, by notice.Clients: "A or B" where nothing
	// tells them apart, else UnknownClient.
	Offers     []Offer     `json:"offers"`
	Algorithms []Algorithm `json:"algorithms"`
	Clients    Ranking     `json:"clients"`
	// Reasons are what peers said when they left (preauth.disconnect), Banners
	// what they said instead of SSH; only of lines that tell it.
	Reasons Ranking `json:"reasons"`
	Banners Ranking `json:"banners"`
	// Protocol counts what broke SSH's rules, Disconnect how connections ended
	// before login, Throttle what sshd turned away by itself (penalties,
	// MaxStartups), Denied whom policy refused: each by the kind of the message,
	// of one category.
	Protocol   Ranking `json:"protocol"`
	Disconnect Ranking `json:"disconnect"`
	Throttle   Ranking `json:"throttle"`
	Denied     Ranking `json:"denied"`

	// Kinds counts sshd's messages, but for those that no row knows: at most as
	// many as the table has rows, some 1,300.
	Kinds []Kind `json:"kinds"`
	// Unrecognised, at most 100, are wordings that no row knows, their parts
	// that vary blanked.
	Unrecognised []Count `json:"unrecognised"`

	// News is what changed in the last part of the log; absent where the log is
	// too short, or holds too little before that part, for it to mean anything.
	News *News `json:"news,omitempty"`

	// More says how many things each list leaves out of what the Log holds.
	More map[string]int `json:"more,omitempty"`
	// Forgotten says how many things the Log could not hold (see the limits
	// there), at most: one that came back after it was forgotten counts
	// twice. Their counts are missing in the list, and in no total.
	Forgotten map[string]int `json:"forgotten,omitempty"`

	// Told is what the deployed function would have told people; nil where
	// nobody asked (report --quick). Mails are its mails, in the same place as
	// ever.
	Mails []Mail `json:"mails,omitzero"`
	Told  *Told  `json:"told,omitempty"`

	logins []Login // all of them, for Tell
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

// A Ranking is what came most often, at most rankShown things, of one sort.
type Ranking struct {
	// Items are the most frequent, the most frequent first.
	Items []Count `json:"items"`
	// Rest is how many events are of others: Total less what the Items count.
	Rest int `json:"rest"`
	// Total is exact, whatever the Log forgot.
	Total int `json:"total"`
	// Of is how many different things there were, Items included; at most, where
	// the Log forgot some.
	Of int `json:"of"`
	// Hidden is how many different names HiddenNames stands for; of user names
	// only.
	Hidden int `json:"hidden,omitempty"`
}

// A Host is who wrote lines of sshd; Name is "" where the envelopes name none.
type Host struct {
	Name string `json:"name"`
	// Count is events of sshd, Failed and Accepted attempts to log in, Human
	// events that somebody has to look at.
	Count    int `json:"count"`
	Failed   int `json:"failed"`
	Accepted int `json:"accepted"`
	Human    int `json:"human"`
	Seen
	// Eras are the releases of OpenSSH that the wording of its lines and the
	// program that wrote them (sshd-session since 9.8) fit, in the order of
	// time; a next one begins where a line fits no release of the one before: an
	// upgrade. At most 4; empty where nothing tells.
	Eras []Era `json:"eras,omitempty"`
	// MixedEras: there were more than 4 changes. Several hosts write under this
	// name, or the lines are made up.
	MixedEras bool `json:"mixed_eras,omitempty"`
	// Restarts, the latest 32, are when its sshd began to listen.
	Restarts []time.Time `json:"restarts,omitempty"`
	// Timeline counts its events over the steps of Coarse; of the first 100 hosts
	// only.
	Timeline []int `json:"timeline,omitempty"`

	blocks map[string][]tally[block, none] // by source, for Tell
}

// An Era is a range of OpenSSH's portable releases, both ends included, by the
// wording of lines between First and Last. Since is at least "5.3", the oldest
// that the table knows; Until is "" where the newest that it knows fits.
type Era struct {
	Since string `json:"since,omitempty"`
	Until string `json:"until,omitempty"`
	Seen
}

// A Kind is one thing that sshd says.
type Kind struct {
	Kind     string `json:"kind"`
	Category string `json:"category"`
	Verdict  string `json:"verdict"`
	Count    int    `json:"count"`
	Seen
	// Means is the table's explanation, or that of the category; Do what a
	// person could do.
	Means string `json:"means"`
	Do    string `json:"do"`
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
	// Guessed: it looks so (a password, after several failures).
	Guessed bool `json:"guessed,omitempty"`
	// AfterGuess: the account was logged in to after it was guessed, by something
	// that can be guessed, or in a way (from there, by that credential) in which
	// nobody had logged in to it before.
	AfterGuess bool `json:"after_guess,omitempty"`
	// Hosts are where, the first 4 of them; MoreHosts: there are others.
	Hosts     []string `json:"hosts"`
	MoreHosts bool     `json:"more_hosts,omitempty"`
	Seen
}

// An Account was logged in to Count times; Timeline counts that over the steps of
// Coarse.
type Account struct {
	User  string `json:"user"`
	Count int    `json:"count"`
	Seen
	Timeline []int `json:"timeline,omitempty"`
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
	// Known: it is some user's, who may mistype. Somebody logged in from there by
	// a credential before anybody failed, or more often than anybody failed, and
	// no login from there looks guessed.
	Known bool `json:"known,omitempty"`
	Seen
}

// A Net is where many come from: an IPv4 /24, or an IPv6 /48.
type Net struct {
	Net string `json:"net"` // in CIDR notation
	// Addresses is how many of its 256 addresses wrote; of IPv6, by how many of
	// 256 groups of its /64s.
	Addresses int `json:"addresses"`
	Events    int `json:"events"`
	Failed    int `json:"failed"`
	Accepted  int `json:"accepted"`
	Seen
	// Names are those most tried from there, at most 5, as UserName shows them,
	// hidden ones as HiddenNames; counts are of failed attempts. Where more than
	// 8 names were tried nobody counted them exactly: the counts are 0 then, and
	// the names those that came often, or late.
	Names []Count `json:"names"`
	// MoreNames: others were tried too.
	MoreNames bool `json:"more_names,omitempty"`
	// Timeline counts failed attempts over the steps of Coarse.
	Timeline []int `json:"timeline,omitempty"`
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
	Seen
}

// A Category is one of the groups, with its share of sshd's events (0 to 1)
// and its counts for each step of the Timeline.
type Category struct {
	Category string  `json:"category"`
	Count    int     `json:"count"`
	Share    float64 `json:"share"`
	// Colour is "#rrggbb", as on the dashboard: see Colour.
	Colour string `json:"colour"`
	// Means says in a sentence or two what happened.
	Means    string `json:"means"`
	Timeline []int  `json:"timeline,omitempty"`
}

// A Timeline says what the steps are: the first begins at Start, and each
// lasts Step seconds. There are at most 400 (of Coarse 64); Step is the shortest
// with which the
// whole log fits, from a minute on: 60, 300, 900, 3600, 10800, 21600, 43200,
// 86400, and then twice as long each.
type Timeline struct {
	Start time.Time `json:"start"`
	Step  int64     `json:"step_seconds"`
	Steps int       `json:"steps"`
}

// A Heat counts events with a time by the day of the week and the hour of the
// day, UTC: [day][hour], Monday first.
type Heat struct {
	Events   [7][24]int `json:"events"`
	Failed   [7][24]int `json:"failed"`   // attempts to log in
	Accepted [7][24]int `json:"accepted"` // logins
	// Covered is how many times that hour came in the log, as a whole or in part:
	// to tell an average. 0 means that nothing is known of it.
	Covered [7][24]int `json:"covered"`
}

// An Offer is what clients proposed where nothing in it was acceptable: class
// is what was missing ("cipher", "key exchange method", …).
type Offer struct {
	Class string `json:"class"`
	Offer string `json:"offer"`
	Count int    `json:"count"`
}

// An Algorithm was offered or asked for in vain: Class is what it is for, as in
// Offer, or "signature algorithm".
type Algorithm struct {
	Class string `json:"class"`
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// News is what changed in the last part of the log: the last seven days, by whole
// days, of a log of two weeks or more, else its last quarter. Past 64 days it
// may be longer: it begins with a step of Coarse.
type News struct {
	// Since is where the last part begins.
	Since time.Time `json:"since"`
	// Headline says the most important of it in at most 6 short sentences, without
	// full stops, the most important first; empty where nothing changed.
	Headline []string `json:"headline"`
	// Items are in the order of New.What, and of one sort the most important
	// first; at most 20 of each sort.
	Items []New `json:"items"`
	// More is how many others of each sort (New.What) there are.
	More map[string]int `json:"more,omitempty"`
	// Rates compare the categories, in the table's order.
	Rates []Rate `json:"rates"`

	left map[string]int // as More, by sort and change
}

// A New is something that changed, and by no accident: what is rare is compared
// by its numbers, what comes in bursts with its earlier bursts, and a newcomer
// with those that came before it. Times are what the log holds.
type New struct {
	// What is the sort:
	//   - "login": the first login to an account (Name), with the credential and
	//     from the Source that it came with
	//   - "key": the first login by a credential (Name) of a known account (User); of
	//     certificates, by an authority ("CA TYPE FINGERPRINT")
	//   - "source": the first login from a source (Name) to a known account (User)
	//     with a known credential, where the account's user does not roam
	//   - "user": logins to an account (Name)
	//   - "host": events of a host; "stopped" means that the log holds no later ones
	//   - "openssh": the software of a host (Name) changed from one range of
	//     releases to another; First is when
	//   - "restart": sshd of a host (Name) began to listen, Count times; 32 stand for
	//     32 or more, of which First is not exact
	//   - "lockout": somebody (User, or whoever comes from Source) is locked out
	//     since First; Name is what the latest mail says. "stopped": they have
	//     logged in since
	//   - "net": failed attempts from a network
	//   - "name": failed attempts with a user name
	//   - "kind": a message of the table (Name); one for a person once is enough
	//   - "wording": a message that no row knows
	What string `json:"what"`
	// Change is "new" (never before), "more", "less" (but not never: at least
	// twice, or at most half as often), "stopped" (since Last), and of openssh
	// "upgrade" or "downgrade".
	Change string `json:"change"`
	Name   string `json:"name"`
	User   string `json:"user,omitempty"`
	Source string `json:"source,omitempty"`
	Key    string `json:"key,omitempty"`
	Host   string `json:"host,omitempty"` // where it is one alone
	// From and To are releases of OpenSSH ("7.5 to 9.7", "9.8 or later").
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	// Count is how often it was seen in the last part.
	Count int `json:"count"`
	// Before and Now are how often a day, before the last part and in it: of a
	// "new" since its First, of one that "stopped" up to its Last. 0 where Seen
	// says all.
	Before float64 `json:"before"`
	Now    float64 `json:"now"`
	Seen
	// Timeline counts it over the steps of Coarse.
	Timeline []int `json:"timeline,omitempty"`
}

// A Rate is how many events a day there were before the last part, and in it.
type Rate struct {
	Category string  `json:"category"`
	Before   float64 `json:"before"`
	Now      float64 `json:"now"`
}

// A Mail is what people would have been told. All its text is printable ASCII.
type Mail struct {
	Time     time.Time `json:"time"`
	Severity string    `json:"severity"` // "medium" or "high"
	Rule     string    `json:"rule"`
	Reason   string    `json:"reason"`
	Subject  string    `json:"subject"`
	// Why is what the rule asks for, in words.
	Why string `json:"why"`
	// User, Source and Host are whom it is about, "" where it is about none; a
	// Source is an address, or an IPv6 /64.
	User   string `json:"user,omitempty"`
	Source string `json:"source,omitempty"`
	Host   string `json:"host,omitempty"`
	// Count is how often it happened, since Since.
	Count int       `json:"count"`
	Since time.Time `json:"since"`
	// Text is the mail, lines of at most 79 bytes; "" but in the first 100 of
	// the gravest.
	Text string `json:"text,omitempty"`
}

// Told is what the deployed function would have made of the log, from an empty
// memory, beside its mails.
type Told struct {
	// LearningUntil: before that time new keys, users and places were only
	// learned. Absent where nobody logged in.
	LearningUntil *time.Time `json:"learning_until,omitempty"`
	// LockedOut, at most 100, are the findings of rule "locked-out" and
	// "credential-refused", mailed or not: users who cannot work.
	LockedOut []Lockout `json:"locked_out"`
	// Untold counts what was found and not mailed, by why.
	Untold []Untold `json:"untold"`
	// BanMessages is how many messages ban tools would have got, about
	// BanSources sources.
	BanMessages int `json:"ban_messages"`
	BanSources  int `json:"ban_sources"`
	// HeldBack is how many findings the caps kept from a mail of their own.
	HeldBack int `json:"held_back"`
}

// A Lockout is somebody who cannot get in, the latest first.
type Lockout struct {
	// Users, at most 10, are whom it is about. Likely: no line names them, but
	// they have come from there before.
	Users  []string `json:"users"`
	Likely bool     `json:"likely,omitempty"`
	Source string   `json:"source"`
	Host   string   `json:"host"`
	Rule   string   `json:"rule"`
	Reason string   `json:"reason"`
	What   string   `json:"what"` // the subject of its mail, without the count there
	// Count, First and Last are what the log holds for these users, source and
	// host, where its lines name a cause (negotiation, algorithm, policy,
	// policy-everywhere, key-file, refused, defences) and no other one beside it;
	// else what mails and the
	// quiet report would have told, which leaves out what happened while they
	// were quiet.
	Count  int       `json:"count"`
	First  time.Time `json:"first"`
	Last   time.Time `json:"last"`
	Mailed bool      `json:"mailed"`
	// Again is when they last logged in there (all of the Users, of likely ones
	// one), which is after Last: they are not locked out any more. Absent: nobody
	// has seen that.
	Again *time.Time `json:"again,omitempty"`
}

// Untold is how many findings of a rule only the quiet report would tell. State
// is why: "reported" (low), "late", "muted" or "repeated".
type Untold struct {
	Rule   string `json:"rule"`
	Reason string `json:"reason"`
	State  string `json:"state"`
	Count  int    `json:"count"`
}

// Names that stand for many.
const (
	HiddenNames   = "‹hidden›"
	UnknownClient = "unknown"
)

// Bounds of text and of rankings.
const (
	maxText   = 64 // characters
	rankShown = 20
)

// HighMails counts the Mails of high severity; the gravest are listed, whatever More
// leaves out.
func (p *Page) HighMails() (n int) {
	for i := range p.Mails {
		if p.Mails[i].Severity == "high" {
			n++
		}
	}
	return n
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
