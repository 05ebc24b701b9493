package report

import (
	"cmp"
	"net/netip"
	"slices"

	"sshsieve/internal/notice"
	"sshsieve/internal/sshd"
	"sshsieve/internal/syslog"
)

// Limits of the lists of a Page that could be long.
const (
	maxFilesShown    = 1000
	maxHostsShown    = 500
	maxHostTimelines = 100
	maxProgramsShown = 100
	maxLoginsShown   = 500
	maxAccountsShown = 100
	maxSourcesShown  = 100
	maxNetsShown     = 100
	maxUsersShown    = 100
	maxOffersShown   = 100
	maxAlgsShown     = 100
	maxShapesShown   = 100
)

// Page is what the Log has seen so far. ShowNames shows the names of users
// that do not exist, too.
func (l *Log) Page(showNames bool) *Page {
	p := &Page{Schema: Schema, Lines: l.lines, More: map[string]int{}, Forgotten: map[string]int{}}
	p.Coarse = l.coarse().timeline()
	l.fillInput(p)
	l.fillHosts(p)
	l.fillKinds(p)
	l.fillLogins(p)
	l.fillPeers(p, showNames)
	l.fillNets(p, showNames)
	l.fillRankings(p, showNames)
	l.fillCategories(p)
	l.fillNews(p, showNames)
	l.fillForgotten(p)
	return p
}

// fillForgotten tells what did not fit into the Log.
func (l *Log) fillForgotten(p *Page) {
	note(p.Forgotten, "hosts", l.hosts.forgotten)
	note(p.Forgotten, "programs", l.programs.forgotten)
	note(p.Forgotten, "other_programs", l.others.forgotten)
	note(p.Forgotten, "sources", l.sources.forgotten)
	note(p.Forgotten, "nets", l.nets.forgotten)
	note(p.Forgotten, "users", l.users.forgotten)
	note(p.Forgotten, "methods", l.methods.forgotten)
	note(p.Forgotten, "logins", l.logins.forgotten)
	note(p.Forgotten, "accounts", l.accounts.forgotten)
	note(p.Forgotten, "offers", l.offers.forgotten)
	note(p.Forgotten, "unrecognised", l.shapes.forgotten)
	note(p.Forgotten, "locked_out", l.blocks.forgotten)
}

// fillInput tells what was read.
func (l *Log) fillInput(p *Page) {
	p.Continuations, p.Repeated = l.continuations, l.repeated
	p.From, p.To = moment(l.first), moment(l.last)
	p.Files = []File{}
	for _, f := range capped(p, "files", l.files, maxFilesShown) {
		p.Files = append(p.Files, File{showTo(f.Name, maxPath), f.Lines})
	}
	p.Programs = capped(p, "programs", countsOf(l.programs), maxProgramsShown)
	p.OtherPrograms = capped(p, "other_programs", countsOf(l.others), maxProgramsShown)
	p.Unrecognised = capped(p, "unrecognised", countsOf(l.shapes), maxShapesShown)
	p.NotSSHD = l.notSSHD
	p.SSHD = l.lines - p.NotSSHD - p.Continuations
	p.Trust = map[string]int{}
	for i, n := range l.trust {
		if n > 0 {
			p.Trust[syslog.Trust(i).String()] = n
		}
	}
}

// How much is shown of the longer texts, in characters.
const (
	maxPath  = 200
	maxKeyed = 200 // a credential: type, fingerprint, and a certificate's name
	maxOffer = 400 // all that syslog keeps of one (log.c do_log)
	maxShape = 130 // sshd.Shape makes none longer
)

// fillHosts tells who wrote the lines.
func (l *Log) fillHosts(p *Page) {
	p.Hosts = []Host{}
	blocks := l.blocksByPlace()
	all := l.hosts.sorted()
	slices.SortStableFunc(all, func(a, b tally[string, hostMore]) int { return cmp.Compare(b.lines, a.lines) })
	for i, t := range capped(p, "hosts", all, maxHostsShown) {
		host := hostOnPage(t)
		host.blocks = blocks[t.key]
		if i < maxHostTimelines {
			host.Timeline = t.more.trend.on(l.coarse())
		}
		p.Hosts = append(p.Hosts, host)
	}
}

func hostOnPage(t tally[string, hostMore]) Host {
	return Host{Name: show(t.key), Count: t.lines, Failed: t.attempts, Accepted: t.accepted, Human: t.more.human, Seen: t.seen(),
		Eras: t.more.eras.page(t.more.restarts), MixedEras: t.more.eras.mixed, Restarts: t.more.restarts.page()}
}

// note keeps a number that is not 0.
func note(in map[string]int, list string, n int) {
	if n > 0 {
		in[list] = n
	}
}

// countsOf lists a top's keys.
func countsOf[M any](t *top[string, M]) []Count {
	counts := make([]Count, 0, len(t.items))
	for _, item := range t.sorted() {
		counts = append(counts, Count{Name: showTo(item.key, maxShape), Count: item.lines})
	}
	return counts
}

// capped shortens a list and notes by how much.
func capped[T any](p *Page, name string, list []T, limit int) []T {
	shown := min(len(list), limit)
	note(p.More, name, len(list)-shown)
	return list[:shown]
}

// fillKinds tells what sshd said, and what of it is for a person.
func (l *Log) fillKinds(p *Page) {
	p.Verdicts = map[string]int{}
	for v, n := range l.verdicts {
		p.Verdicts[sshd.Verdict(v).String()] = n
	}
	p.Kinds, p.Human = []Kind{}, []Kind{}
	for row, r := range l.kinds {
		for _, k := range r.kinds {
			p.Kinds = append(p.Kinds, kindOnPage(row, k))
		}
	}
	if l.forged.lines > 0 {
		p.Kinds = append(p.Kinds, l.forgedKind())
	}
	slices.SortFunc(p.Kinds, func(a, b Kind) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Category, b.Category))
	})
	for _, k := range p.Kinds {
		if k.Verdict == sshd.Human.String() {
			p.Human = append(p.Human, k)
		}
	}
}

func kindOnPage(row *sshd.Row, k kind) Kind {
	means, do := row.Explain()
	return Kind{Kind: row.Kind, Category: k.key.String(), Verdict: row.Verdict.String(), Count: k.lines, Seen: k.seen(),
		Means: cmp.Or(means, Explain(k.key).What), Do: cmp.Or(do, Explain(k.key).Do)}
}

func (l *Log) forgedKind() Kind {
	return Kind{Kind: sshd.KindForged, Category: sshd.Integrity.String(), Verdict: sshd.Human.String(),
		Count: l.forged.lines, Seen: l.forged.seen(),
		Means: meansForged, Do: Explain(sshd.Integrity).Do}
}

func seen(first, last int64) Seen { return Seen{First: moment(first), Last: moment(last)} }

// fillLogins tells who got in, and by which means others tried.
func (l *Log) fillLogins(p *Page) {
	logins := make([]Login, 0, len(l.logins.items))
	guesses := l.guesses()
	for _, t := range l.logins.sorted() {
		login := loginOnPage(t)
		login.AfterGuess = guesses.precede(t)
		logins = append(logins, login)
	}
	// Those that look guessed first, lest a list that is cut hides them.
	slices.SortStableFunc(logins, func(a, b Login) int {
		return cmp.Or(-compare(a.Guessed, b.Guessed), cmp.Compare(b.Count, a.Count))
	})
	p.logins = logins
	p.Logins = capped(p, "logins", logins, maxLoginsShown)
	p.Failed, p.Accepted = l.failed, l.accepted
	p.Accounts = []Account{}
	for _, t := range capped(p, "accounts", l.accounts.sorted(), maxAccountsShown) {
		p.Accounts = append(p.Accounts, Account{User: accountName(t.key), Count: t.lines, Seen: t.seen(), Timeline: t.more.on(l.coarse())})
	}
	p.Methods = []Method{}
	for _, t := range l.methods.sorted() {
		p.Methods = append(p.Methods, Method{Method: show(t.key), Failed: t.attempts, Accepted: t.accepted})
	}
}

func loginOnPage(t tally[login, loginMore]) Login {
	login := Login{User: accountName(t.key.user), Source: sourceName(t.key.source),
		Method: show(t.key.method), Key: showTo(t.key.key, maxKeyed), FailedBefore: t.attempts, Trust: t.key.trust.String(),
		Count: t.lines, Hosts: []string{}, MoreHosts: t.more.more, Seen: t.seen()}
	for _, host := range t.more.hosts {
		login.Hosts = append(login.Hosts, show(host))
	}
	login.Guessed = login.guessed()
	return login
}

// compare orders false before true.
func compare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// sourceName writes a folded address; "" where the line had none.
func sourceName(a netip.Addr) string {
	switch {
	case !a.IsValid():
		return ""
	case a.Is6():
		return a.String() + "/64"
	}
	return a.String()
}

// fillPeers tells where others came from and which names they tried.
func (l *Log) fillPeers(p *Page, showNames bool) {
	p.Sources, p.Users, p.Offers = []Source{}, []User{}, []Offer{}
	guessed := l.guessedFrom()
	for _, t := range capped(p, "sources", byFailures(l.sources.sorted()), maxSourcesShown) {
		p.Sources = append(p.Sources, Source{Source: sourceName(t.key), Events: t.lines,
			Failed: t.attempts, Accepted: t.accepted, Known: !guessed[t.key] && isKnown(t), Seen: t.seen()})
	}
	for _, t := range capped(p, "users", byFailures(l.users.sorted()), maxUsersShown) {
		p.Users = append(p.Users, userOf(t, showNames))
	}
	for _, t := range capped(p, "offers", l.offers.sorted(), maxOffersShown) {
		p.Offers = append(p.Offers, Offer{Class: show(t.key.class), Offer: showTo(t.key.list, maxOffer), Count: t.lines})
	}
}

// byFailures sorts those who failed most to the front.
func byFailures[K comparable, M any](all []tally[K, M]) []tally[K, M] {
	slices.SortStableFunc(all, func(a, b tally[K, M]) int {
		return cmp.Or(cmp.Compare(b.attempts, a.attempts), cmp.Compare(b.lines, a.lines))
	})
	return all
}

func userOf(t tally[string, trend], showNames bool) User {
	return User{Name: notice.UserName(t.key, t.exists, showNames), Hidden: !notice.ShowsName(t.key, t.exists, showNames),
		Exists: t.exists, Failed: t.attempts, Accepted: t.accepted, Events: t.lines, Seen: t.seen()}
}

// fillCategories counts the groups, in the order of the table.
func (l *Log) fillCategories(p *Page) {
	p.Categories = []Category{}
	total := 0
	for _, n := range l.categories {
		total += n
	}
	for _, c := range sshd.Categories() {
		if n := l.categories[c]; n > 0 {
			p.Categories = append(p.Categories, Category{Category: c.String(), Count: n,
				Share: float64(n) / float64(total), Colour: Colour(c), Means: Explain(c).What, Timeline: l.series.of(c)})
		}
	}
	p.Heat = l.heat.page(l.first, l.last)
	p.Timeline = l.series.axis().timeline()
	if p.Timeline != nil {
		p.VerdictsOverTime = map[string][]int{}
		for v := range sshd.Human + 1 {
			p.VerdictsOverTime[v.String()] = l.series.ofVerdict(v)
		}
		p.FailedOverTime = l.tries.on(l.series.axis())
	}
}
