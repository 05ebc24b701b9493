package attention

import "time"

// A Rule is something that can be found.
type Rule struct {
	Name    string
	Why     string // why somebody should know
	Reasons []Reason
}

// A Reason is one way in which a Rule's thing shows.
type Reason struct {
	Name     string
	When     string // what must be there, thresholds included
	NotFor   string // what must not fire it
	Severity Severity
	// Quiet is how long the same is not told again; 0: 1 day, then 3, 10 and
	// 30 days after the last time, or what When says where no History shows it.
	Quiet time.Duration

	key  KeyKind // or elsewhere
	find func(*judgement) []Finding
	// quiet is the owner's choice in place of Quiet, where he has one.
	quiet func(*Config) time.Duration
}

// elsewhere is the key of what no History shows: counts, caps, a test that was
// asked for.
const elsewhere KeyKind = 255

// Key is whose History shows the Reason; ok is false where it is none's.
func (r *Reason) Key() (kind KeyKind, ok bool) { return r.key, r.key != elsewhere }

// Thresholds. Each stands beside the reason for it.
const (
	// A break-in by guessing shows as a success after failures; a person who
	// mistypes gives up, or asks, before five.
	failuresOfUser   = 5
	invalidNames     = 3  // nobody mistypes three names that do not exist
	failuresOfOthers = 12 // one source fails for names that never came from it
	guessedBefore    = time.Hour

	// A password that many sources tried in vain, and then somebody new knew.
	guessesOfUser   = 20
	guessingSources = 5

	// Five tries in ten minutes are a program: sshd itself allows six in two.
	guesses      = 5
	guessWindow  = 10 * time.Minute
	insideGuess  = 30 // from inside somebody may have forgotten his password
	insideNames  = 5
	secretWindow = 2 * time.Minute // between a name that was a password and the login

	// A client that cannot negotiate is tried again at once, and tomorrow.
	refusalsSoon   = 2
	refusalsSoonIn = 10 * time.Minute
	refusals       = 3
	refusalsOfUser = 2
	closes         = 3
	closesOver     = 10 * time.Minute // an agent's keys are through long before
	denialsSoon    = 2
	denialsSoonIn  = 15 * time.Minute
	deniedMany     = 3 // users or hosts at once: the configuration changed
	deniedWithin   = 10 * time.Minute
	throttled      = 3

	// Novelty that is habit: such users' new keys and places are only counted.
	rollingCredentials = 5
	roamingSources     = 8
	fewSources         = 3
	movedMany          = 4 // others who came from a source new to them
	movedWithin        = 7 * day

	// Keys are rotated, and accounts made, for many at once: these are one mail.
	waitForOthers = 10 * time.Minute
	rotatedMany   = 5 // users on one day

	learning     = 7 * day
	listenWithin = time.Minute // after SIGHUP
	// Nothing is taken for absent before a line is there that was written so much
	// later: batches overtake each other.
	lateness   = 30 * time.Minute
	shapeHosts = 2
	// A log is never understood whole; a new release shows in more than one line
	// of a hundred, and 50 lines are no accident of a quiet hour.
	shareLines   = 50
	sharePercent = 1
)

// Rules is the table of what can be found. A stranger causes at most what is
// Low or for ban tools (and one mail in 30 days), whatever he does.
var Rules = []Rule{
	{"login", "Somebody is in. A break-in looks like a login: what tells them apart is what came before, and what is new.", []Reason{
		{Name: "after-failures", Severity: High, Quiet: 6 * time.Hour, key: Source, find: afterFailures,
			When:   "a password is accepted, and in the 60 minutes before the same source had 5 password failures for that user, or tried 3 names that do not exist, or had 12 failures for names that never logged in from it",
			NotFor: "logins by key; five colleagues behind one address who each mistype once"},
		{Name: "after-guessing", Severity: High, Quiet: 6 * time.Hour, key: User, find: afterGuessing,
			When:   "a password is accepted from a source new to the user, after 20 password failures for that user from 5 sources in 24 hours",
			NotFor: "sources from which the user is known"},
		{Name: "keys-only", Severity: High, Quiet: day, key: User, find: keysOnly,
			When: "a password is accepted on a host that is declared to take keys only"},
		{Name: "root-password", Severity: High, Quiet: day, key: User, find: rootPassword,
			When: "root logs in with a password"},
		{Name: "new-key-and-source", Severity: High, key: User, find: newKeyAndSource,
			When:   "a credential and a source that are both new to the user",
			NotFor: "the learning period, automation, users with more than 5 credentials or 8 sources in 7 days"},
		{Name: "first-login", Severity: High, key: User, find: firstLogin,
			When:   "an account logs in for the first time. High if nobody else had logged in from that source before; else medium, and the mail waits 10 minutes for other new accounts, which are often made together",
			NotFor: "the learning period, automation"},
		{Name: "new-key", Severity: Medium, key: User, find: newKey,
			When:   "a credential new to the user, from a source known for the user. The mail waits 10 minutes for other users, so that a rotation of keys is one mail. Low if the user had another new credential within a day",
			NotFor: "the learning period, automation, users with more than 5 credentials in 7 days; a day on which keys are rotated (new-keys)"},
		{Name: "new-keys", Severity: Medium, Quiet: day, key: Fleet, find: newKeys,
			When:   "5 users have new credentials within 24 hours, each from a source known for that user: keys are rotated, and that is one mail for all of them that day",
			NotFor: "fewer users, each of whom is named by new-key"},
		{Name: "root-new-source", Severity: Medium, key: User, find: rootNewSource,
			When:   "root or a service account logs in from a source new to it",
			NotFor: "the learning period, automation, users with more than 8 sources in 7 days"},
		{Name: "new-source", Severity: Low, key: User, find: newSource,
			When:   "a credential known for the user, from a source new to the user. Medium if the user had at most 3 sources in 90 days, else low. Low, too, if the user is known from two other addresses of the same /24, on two days; and if, by the time it is judged, 4 other users came from sources new to them within 7 days",
			NotFor: "the learning period, automation, users with more than 8 sources in 7 days"},
	}},
	{"locked-out", "An authorised user cannot work, and her screen does not tell her why. Ban tools make it worse.", []Reason{
		{Name: "negotiation", Severity: Medium, key: Source, find: negotiation,
			When:   "client and server have no algorithm in common, and some user is known from that source: 2 times in 10 minutes or 3 in 24 hours",
			NotFor: "unknown sources: scanners with ancient libraries"},
		{Name: "algorithm", Severity: Medium, key: User, find: algorithm,
			When:   "sshd refuses the algorithm of the key or signature of a user who logged in before: 2 times in 24 hours. Low from a source where the user never logged in, since whoever knows the name can cause it",
			NotFor: "names that do not exist; connections in which a later key was accepted"},
		{Name: "silent", Severity: Medium, key: User, find: silent,
			When:   "a user who has logged in by key from this source leaves before the login: 3 times in 24 hours, over more than 10 minutes, with no login between or since. Low if the user is not known from the source, but from two other addresses of its /24, on two days",
			NotFor: "users or sources without history; a connection that names another reason"},
		{Name: "key-file", Severity: Medium, key: User, find: keyFile,
			When:   "sshd does not read an account's keys because of the owner or modes of the file or a folder above it: once is enough, and she need not have logged in before, since no stranger can cause it",
			NotFor: "names that do not exist; connections that logged in all the same"},
		{Name: "policy", Severity: Medium, key: Source, find: policy,
			When:   "a user who logged in from this source within 90 days is refused, because of AllowUsers, groups, the shell, a locked or expired account, or a key helper that failed: 2 times in 15 minutes. Low for file modes, of which key-file tells",
			NotFor: "bots that name root or games: they never logged in from there"},
		{Name: "policy-everywhere", Severity: Low, Quiet: 6 * time.Hour, key: Source, find: policyEverywhere,
			When:   "the same as policy on 3 hosts in 10 minutes, where once on each is enough; the mail is policy-for-all's",
			NotFor: "bots that name root everywhere"},
		{Name: "policy-for-all", Severity: High, Quiet: 6 * time.Hour, key: Fleet, find: policyForAll,
			When:   "3 users are refused for the same reason in 10 minutes (policy), or one user on 3 hosts (policy-everywhere): the configuration changed",
			NotFor: "strangers, whomever they name and wherever"},
		{Name: "defences", Severity: Medium, key: Source, find: defences,
			When:   "MaxStartups, penalties or too many keys turn away a source that some user is known from: 3 times in 10 minutes",
			NotFor: "unknown sources"},
	}},
	{"credential-refused", "A right credential was refused: its owner is stuck, or somebody else has it.", []Reason{
		{Name: "refused", Severity: Medium, Quiet: day, key: User, find: credentialRefused,
			When:   "a right key or password is refused because of from= or source-address, because it is revoked, by PAM's account checks, because root may not log in, or because nobody touched the security key: once for each user and cause in 24 hours. High if it happens from 2 sources known for the user",
			NotFor: "users without a login history, but for root"},
	}},
	{"password-guessing", "Somebody tries passwords. Ban tools take it from here.", []Reason{
		{Name: "source", Severity: Ban, Quiet: time.Hour, key: Source, find: guessing,
			When:   "5 password attempts from one source in 10 minutes; hourly while it goes on",
			NotFor: "keys, PAM's echoes, lines before the login; shared and known sources (guessing-inside)"},
		{Name: "begins", Severity: Medium, Quiet: 30 * day, key: Fleet, find: guessingBegins, quiet: guessingQuiet,
			When: "somebody begins to guess passwords in a log group, or in your fleet where its log groups are one: one mail in 30 days, or as configured"},
	}},
	{"guessing-inside", "Passwords are guessed from where your own people sit: a forgotten password in a script, or a machine that is not yours any more.", []Reason{
		{Name: "source", Severity: Medium, key: Source, find: guessingInside,
			When:   "a private, shared or known source has 30 password failures in 10 minutes, or tries 5 names in 10 minutes that never logged in from it",
			NotFor: "listed scanners"},
	}},
	{"password-as-username", "A password was typed as the user name, and stands in the log now.", []Reason{
		{Name: "typed", Severity: Medium, Quiet: day, key: Source, find: passwordAsUsername,
			When:   "an unknown user name that looks like a secret, and within 2 minutes a login from the same source",
			NotFor: "names that bots try"},
	}},
	{"sshd-broken", "sshd itself is broken: nobody, or not everybody, can log in.", []Reason{
		{Name: "fault", Severity: Medium, Quiet: 6 * time.Hour, key: Host, find: fault,
			When:   "sshd cannot listen, cannot use its host keys or configuration, was half upgraded, distrusts a key helper, has run out of files, or a child of it crashed. High if logins fail",
			NotFor: "signal 15, Instance Connect's status 22, what a peer provokes at will"},
		{Name: "restart", Severity: High, Quiet: 6 * time.Hour, key: Host, find: restart,
			When:   "sshd was told to read its configuration anew, and does not listen again within 60 seconds: a dead sshd writes nothing else. Medium if another process listens by then, since somebody started it again",
			NotFor: "a reload that the same process survived; what nobody can tell, since sshd started more than 32 times in that half hour"},
	}},
	{"forged-line", "Somebody with an account on the host writes lines in sshd's name, to have others banned or to hide something.", []Reason{
		{Name: "other-program", Severity: Low, key: Host, find: forged,
			When:   "journald notes that another program, or another user than root, wrote a line as sshd; what it says is not believed",
			NotFor: "hosts without journald's fields, where nobody can tell"},
	}},
	{"logs-stopped", "Where nothing is written nothing is found: neither break-ins nor locked-out users.", []Reason{
		{Name: "silence", Severity: Medium, key: elsewhere, Quiet: armedAfter * day,
			When:   "a host, or all of them, writes nothing for more than 6 hours, and for more than 4 times its longest pause. It is watched once it wrote 24 lines, of any program, on each of 7 days, without a pause over 2 hours; or once it wrote, twice, the heartbeat that you configured. Pauses count by half hours",
			NotFor: "hosts that are switched off at night, or live for some hours or days; a host that was told of, before it has written for another such week; the end of a file"},
	}},
	{"parser-drift", "sshd says what no row knows: a new release, or our blindness.", []Reason{
		{Name: "shape", Severity: Low, Quiet: 30 * day, key: Fleet, find: shape,
			When:   "2 hosts write a line of a form that sshsieve does not know",
			NotFor: "text that peers write"},
		{Name: "program", Severity: Low, Quiet: 30 * day, key: Fleet, find: program,
			When:   "a program with sshd in its name that is none of the known ones says what sshd says",
			NotFor: "programs that are configured; other programs' words; text that peers write"},
		{Name: "share", Severity: Low, Quiet: 30 * day, key: elsewhere,
			When:   "more than 1 % of sshd's lines in an hour, and at least 50, are not understood; judged from the counts",
			NotFor: "text that peers write"},
	}},
	{"held-back", "The caps let no more mails through for now. Nothing is lost: one summary comes instead.", []Reason{
		{Name: "cap", Severity: Medium, key: elsewhere,
			When:   "there were 6 mails of medium severity in an hour or 20 in a day, or 12 of high in an hour, or one of the same cause minutes ago. The rest comes in one summary: of high severity within 5 minutes, of medium once an hour",
			NotFor: "messages for ban tools, which no cap bounds"},
	}},
	{"quiet-report", "What nobody was mailed about is not lost: once a week somebody can see it together.", []Reason{
		{Name: "weekly", Severity: Low, Quiet: 7 * day, key: elsewhere,
			When: "a week is over, or the first day. It says what was low, late, muted or repeated, how much was guessed and from where, and which hosts fell silent; it is mailed though it is low"},
	}},
	{"self-test", "Somebody wants to see that mails arrive.", []Reason{
		{Name: "asked", Severity: Medium, key: elsewhere,
			When:   "the random name that the command selftest wrote down stands in a line within 10 minutes: once",
			NotFor: "any other name"},
	}},
}

// steps are the quiet periods of what has none of its own: after the first
// time, the second, and so on.
var steps = [...]time.Duration{day, 3 * day, 10 * day, 30 * day}

// quietAfter is how long nothing is said after the times-th time.
func (r *Reason) quietAfter(times int, config *Config) time.Duration {
	if r.quiet != nil {
		return r.quiet(config)
	}
	if r.Quiet > 0 {
		return r.Quiet
	}
	return steps[min(max(times, 1), len(steps))-1]
}
