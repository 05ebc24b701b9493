package main

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/watch"
)

// evidenceOf says for every reason of attention.Rules that some History shows
// what it asks for in it; a test compares. What is here only decides what is
// shown and tried: the rules themselves decide the rest.
var evidenceOf = map[string][]attention.What{
	"login/after-failures":         {attention.Failure, attention.Login},
	"login/after-guessing":         {attention.Guess, attention.Login},
	"login/keys-only":              {attention.Login},
	"login/root-password":          {attention.Login},
	"login/new-key-and-source":     {attention.Login},
	"login/first-login":            {attention.Login},
	"login/new-key":                {attention.Login},
	"login/new-keys":               {attention.NewKey},
	"login/root-new-source":        {attention.Login},
	"login/new-source":             {attention.Login},
	"locked-out/negotiation":       {attention.Refusal, attention.Login},
	"locked-out/algorithm":         {attention.Refusal, attention.Login},
	"locked-out/silent":            {attention.Close, attention.Login},
	"locked-out/key-file":          {attention.Unread},
	"locked-out/policy":            {attention.Denial, attention.Login},
	"locked-out/policy-everywhere": {attention.Denial, attention.Login},
	"locked-out/policy-for-all":    {attention.Denial},
	"locked-out/defences":          {attention.Throttling, attention.Login},
	"credential-refused/refused":   {attention.Denial, attention.Login},
	"password-guessing/source":     {attention.Failure},
	"password-guessing/begins":     {attention.Guessed},
	"guessing-inside/source":       {attention.Failure, attention.Login},
	"password-as-username/typed":   {attention.Failure, attention.Login},
	"sshd-broken/fault":            {attention.Fault},
	"sshd-broken/restart":          {attention.Restarting, attention.Listening},
	"forged-line/other-program":    {attention.Fault},
	"parser-drift/program":         {attention.Unknown},
	"parser-drift/shape":           {attention.Unknown},
}

// markNames are the sorts of Marks for a reader.
var markNames = map[attention.What][2]string{
	attention.Login:      {"login", "logins"},
	attention.Failure:    {"failed password", "failed passwords"},
	attention.Guess:      {"failed password", "failed passwords"},
	attention.Refusal:    {"refused algorithm", "refused algorithms"},
	attention.Close:      {"silent end before the login", "silent ends before the login"},
	attention.Denial:     {"refusal by policy", "refusals by policy"},
	attention.Throttling: {"connection turned away", "connections turned away"},
	attention.Fault:      {"fault", "faults"},
	attention.Restarting: {"restart", "restarts"},
	attention.Listening:  {"line \"Server listening\"", "lines \"Server listening\""},
	attention.Unknown:    {"unknown shape", "unknown shapes"},
	attention.NewKey:     {"new key", "new keys"},
	attention.Guessed:    {"source that guesses", "sources that guess"},
	attention.Unread:     {"file of keys that was not read", "files of keys that were not read"},
}

// A trial is one reason asked again about a History.
type trial struct {
	key      attention.Key
	evidence []attention.What
	marks    []attention.Mark // in order, without what was told: so nothing is quiet
	world    attention.World
}

func newTrial(p *preview, key attention.Key, history attention.History, evidence []attention.What) trial {
	read := func(key attention.Key) attention.History {
		h, _ := p.player.mem.Read(p.player.ctx, watch.Key{Scope: scope, Of: key}) // in memory: it cannot fail
		return h
	}
	t := trial{key: key, evidence: evidence, world: attention.World{
		Config: p.player.watcher.Config, Fleet: read(attention.Key{Kind: attention.Fleet}), Now: p.player.last,
		Source: func(a netip.Addr) attention.History {
			return read(attention.Key{Kind: attention.Source, Name: a.String()})
		},
	}}
	t.marks = slices.DeleteFunc(slices.Clone(history.Marks), func(m attention.Mark) bool { return m.What == attention.Told })
	return t
}

// there says how much evidence there is, with the time of the newest. Of logins
// by key a History keeps some of each day: only the days are certain.
func (t *trial) there() string {
	var parts []string
	for i, what := range t.evidence {
		marks := t.of(what)
		if len(marks) == 0 || slices.Contains(t.evidence[:i], what) {
			continue
		}
		n, newest, days := 0, int64(0), map[int64]bool{}
		for _, m := range marks {
			n += max(1, m.Times)
			newest = max(newest, m.At)
			days[m.At/int64(24*time.Hour/time.Second)] = true
		}
		part, last := pluralOf(n, markNames[what][0], markNames[what][1]), when(newest)+" UTC"
		switch {
		case what == attention.Login:
			part, last = "logins on "+plural(len(days), "day"), last[:len(time.DateOnly)]
		case what == attention.Guessed: // how often each tried is not asked
			part = pluralOf(len(marks), markNames[what][0], markNames[what][1])
		case n >= keptForCertain:
			part = "at least " + part
		}
		parts = append(parts, part+" (last "+last+")")
	}
	return strings.Join(parts, ", ")
}

// keptForCertain is how much of any evidence in half an hour is remembered
// (attention's bounds): of more, no more is known.
const keptForCertain = 20

func (t *trial) of(what attention.What) []attention.Mark {
	return slices.DeleteFunc(slices.Clone(t.marks), func(m attention.Mark) bool { return m.What != what })
}

// fires asks the rules.
func (t *trial) fires(rule, reason string) bool {
	_, found := attention.Judge(t.key, attention.History{}, t.marks, t.world)
	return slices.ContainsFunc(found, func(f attention.Finding) bool { return f.Rule == rule && f.Reason == reason })
}

// missing says what it would have taken for a reason to fire: as little as
// possible, and at most three things. It is nil where that is not enough, or
// there is no evidence of the first sort.
func (t *trial) missing(rule, reason string) []string {
	if len(t.of(t.evidence[0])) == 0 {
		return nil
	}
	if t.fires(rule, reason) {
		return []string{"nothing more, had all of the log come at once"}
	}
	for size := 1; size <= 3; size++ {
		if words := t.search(rule, reason, suppositions(t), size); words != nil {
			return words
		}
	}
	return nil
}

// search looks for `size` suppositions that make a reason fire, and returns them
// in words.
func (t *trial) search(rule, reason string, from []supposition, size int) []string {
	for i, s := range from {
		for _, step := range s.steps {
			with := step.apply(*t)
			if size > 1 {
				if more := with.search(rule, reason, from[i+1:], size-1); more != nil {
					return append([]string{step.words}, more...)
				}
			} else if with.fires(rule, reason) {
				return []string{step.words}
			}
		}
	}
	return nil
}

// A supposition is one way in which things could have been otherwise; its steps
// go from less to more.
type supposition struct{ steps []step }

type step struct {
	words string
	apply func(trial) trial
}

// counts are how many more of something are tried.
var counts = []int{1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30}

// suppositions are what is tried, the likeliest first.
func suppositions(t *trial) []supposition {
	list := configured()
	for _, what := range t.evidence {
		if what != attention.Login && len(t.of(what)) > 0 {
			list = append(list, supposition{[]step{{"all " + markNames[what][1] + " within seconds", together(what)}, {"all " + markNames[what][1] + " over half an hour", apart(what)}}}, moreOf(what))
		}
	}
	if slices.Contains(t.evidence, attention.Login) {
		list = append(list, aboutLogins()...)
	}
	return list
}

// configured are those about what the owner said.
func configured() []supposition {
	return []supposition{
		{[]step{{"the learning period over (--learned)", func(t trial) trial {
			t.world.Config.Learned = time.Unix(1, 0)
			return t
		}}}},
		{[]step{{"without what is declared: known, shared, automation", func(t trial) trial {
			c := &t.world.Config
			c.Known, c.Shared, c.AutomationUsers, c.AutomationSources, c.Scanners = nil, nil, nil, nil, nil
			return t
		}}}},
		{[]step{{"the host declared to take keys only (--keys-only)", func(t trial) trial {
			t.world.Config.KeysOnly = []string{"*"}
			return t
		}}}},
	}
}

// moreOf repeats the newest evidence.
func moreOf(what attention.What) supposition {
	var s supposition
	for _, n := range counts {
		s.steps = append(s.steps, step{pluralOf(n, "more "+markNames[what][0], "more "+markNames[what][1]), func(t trial) trial {
			return t.repeat(what, n)
		}})
	}
	return s
}

// repeat adds n Marks like the newest, each of another process.
func (t trial) repeat(what attention.What, n int) trial {
	marks := t.of(what)
	m := marks[len(marks)-1]
	t.marks = slices.Clone(t.marks)
	for i := range n {
		m.ID += uint64(i) + 1
		t.marks = append(t.marks, m)
	}
	return t
}

// together moves the evidence to where the newest is.
func together(what attention.What) func(trial) trial {
	return func(t trial) trial { return t.move(what, 0) }
}

// apart spreads it over half an hour.
func apart(what attention.What) func(trial) trial {
	return func(t trial) trial { return t.move(what, 30*time.Minute) }
}

// move puts the Marks of one sort into the time before the newest of them.
func (t trial) move(what attention.What, span time.Duration) trial {
	marks := t.of(what)
	newest, n := marks[len(marks)-1].At, int64(len(marks))
	t.marks = slices.Clone(t.marks)
	for i, k := range t.indices(what) {
		t.marks[k].At = newest - int64(span/time.Second)*(n-1-int64(i))/max(1, n-1)
	}
	return t
}

// indices are where the Marks of one sort stand.
func (t *trial) indices(what attention.What) []int {
	var list []int
	for i := range t.marks {
		if t.marks[i].What == what {
			list = append(list, i)
		}
	}
	return list
}

// aboutLogins are those about who logged in, when, and how.
func aboutLogins() []supposition {
	const key, before, behind = "publickey", -48 * time.Hour, 30 * time.Second
	elsewhere := netip.AddrFrom4([4]byte{192, 0, 2, 255})
	return []supposition{
		{[]step{{"a login by key from there before", func(t trial) trial { return t.login(key, before, netip.Addr{}, "another key") }}}},
		{[]step{
			{"an earlier login from elsewhere with another key", func(t trial) trial { return t.login(key, before, elsewhere, "another key") }},
			{"an earlier login from elsewhere with the same key", func(t trial) trial { return t.login(key, before, elsewhere, "") }},
		}},
		{[]step{{"a password accepted behind it", func(t trial) trial { return t.login("password", behind, netip.Addr{}, "password") }}}},
		{[]step{{"a password accepted instead of a key", trial.byPassword}}},
		{[]step{{"no login since it began", trial.withoutLogins}}},
	}
}

// login adds one, so much away from the evidence. What is left open, source and
// credential, is that of the newest evidence.
func (t trial) login(method string, away time.Duration, source netip.Addr, credential string) trial {
	marks := t.of(t.evidence[0])
	m, at := marks[len(marks)-1], marks[len(marks)-1].At
	if away < 0 {
		at = marks[0].At
	}
	m = attention.Mark{What: attention.Login, At: at + int64(away/time.Second), ID: 1, User: cmp.Or(m.User, "somebody"),
		Source: m.Source, Host: m.Host, Method: method, Credential: cmp.Or(credential, m.Credential)}
	if source.IsValid() {
		m.Source = source
	}
	t.marks = append(slices.Clone(t.marks), m)
	return t
}

// byPassword makes all logins such.
func (t trial) byPassword() trial {
	t.marks = slices.Clone(t.marks)
	for i := range t.marks {
		if t.marks[i].What == attention.Login {
			t.marks[i].Method = "password"
		}
	}
	return t
}

// withoutLogins drops those since the evidence began.
func (t trial) withoutLogins() trial {
	since := t.of(t.evidence[0])[0].At
	t.marks = slices.DeleteFunc(slices.Clone(t.marks), func(m attention.Mark) bool { return m.What == attention.Login && m.At >= since })
	return t
}
