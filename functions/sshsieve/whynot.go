package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
	"sshsieve/internal/watch"
)

const whyNotHelp = `Usage: sshsieve why-not --user NAME | --source ADDR | --host NAME [flags] [FILE...]

Says whether somebody was mailed about an account, a source or a host, and if not
what was missing. It asks the rules themselves: the log is played as by preview,
and then each rule is asked again with more, or other, evidence until it finds
something. With --rule it says, too, what that rule asks for (sshsieve rules),
and what else of it was missing where there was a mail.

It works on a log, also where a stack is deployed, whose memory keeps only what
rules need: take a host's file, or "aws logs tail" of the log group.

  --user NAME          an account that exists, and where it logs in from
  --source ADDR        an address
  --host NAME          a host, as its log names it
                       (with none of these: the fleet as a whole)
  --rule NAME          only this rule, such as locked-out
  --store FILE         begin with the memory in FILE, and leave it as it is
` + ownerHelp + inputHelp + `
Example: alice could not log in, and nobody was told

  sshsieve why-not --user alice --rule locked-out /var/log/auth.log

The same of a log group; say --known and the like as the stack was told

  aws logs tail sshd --since 7d --format short | sshsieve why-not --user alice -
`

// A question is what somebody wants to know.
type question struct {
	keys []attention.Key
	rule string
	// places are the sources that the users of the question came from, the last
	// one last: much of what befalls a user is remembered of the source.
	places []attention.Key
}

// listen judges, and notes where the users come from.
func (q *question) listen(key attention.Key, past attention.History, delta []attention.Mark, world attention.World) (attention.History, []attention.Finding) {
	if key.Kind == attention.Source && slices.ContainsFunc(delta, q.isAsked) {
		q.places = append(slices.DeleteFunc(q.places, func(k attention.Key) bool { return k == key }), key)
	}
	return attention.Judge(key, past, delta, world)
}

// isAsked says whether a Mark is of a user of the question.
func (q *question) isAsked(m attention.Mark) bool {
	return m.User != "" && slices.Contains(q.keys, attention.Key{Kind: attention.User, Name: m.User})
}

func runWhyNot(c *call, args []string) error {
	var ask whyNotFlags
	var in inputFlags
	var owner ownerFlags
	ask.register(c)
	in.register(c)
	owner.register(c)
	inputs, err := c.parse(args)
	if err != nil {
		return err
	}
	q, err := ask.question()
	if err != nil {
		return err
	}
	r, err := in.reading(c)
	if err != nil {
		return err
	}
	mem, err := openStore(ask.store)
	if err != nil {
		return err
	}
	p := newPreview(c, mem, owner.attention())
	p.store = ask.store != ""
	p.player.watcher.Judge = q.listen
	faults := r.each(r.oldestFirst(inputs), nil, p.player.play)
	if p.readNothing(faults) {
		return faults
	}
	faults = errors.Join(faults, p.finish(nil))
	return errors.Join(faults, p.whyNot(c.stdout, q))
}

// A whyNotFlags holds what is asked for.
type whyNotFlags struct{ user, source, host, rule, store string }

func (f *whyNotFlags) register(c *call) {
	c.flags.StringVar(&f.user, "user", "", "")
	c.flags.StringVar(&f.source, "source", "", "")
	c.flags.StringVar(&f.host, "host", "", "")
	c.flags.StringVar(&f.rule, "rule", "", "")
	c.flags.StringVar(&f.store, "store", "", "")
}

func (f *whyNotFlags) question() (*question, error) {
	q := &question{rule: f.rule}
	if f.rule != "" && !slices.ContainsFunc(attention.Rules, func(r attention.Rule) bool { return r.Name == f.rule }) {
		return nil, usageError{fmt.Sprintf("--rule %q: there is none; see sshsieve rules", f.rule)}
	}
	if f.source != "" {
		a, err := netip.ParseAddr(f.source)
		if err != nil {
			return nil, usageError{fmt.Sprintf("--source %q: want an address", f.source)}
		}
		q.keys = append(q.keys, attention.Key{Kind: attention.Source, Name: attention.Fold(a).String()})
	}
	if f.user != "" {
		q.keys = append(q.keys, attention.Key{Kind: attention.User, Name: f.user})
	}
	if f.host != "" {
		q.keys = append(q.keys, attention.Key{Kind: attention.Host, Name: f.host})
	}
	if len(q.keys) == 0 {
		q.keys = []attention.Key{{Kind: attention.Fleet}}
	}
	return q, nil
}

// mostPlaces is for how many sources of a user is answered.
const mostPlaces = 3

// whyNot answers for each key and reason.
func (p *preview) whyNot(w *bufio.Writer, q *question) error {
	for i, key := range q.withPlaces() {
		if i > 0 {
			_ = w.WriteByte('\n') // a bufio.Writer keeps its error
		}
		history, err := p.player.mem.Read(p.player.ctx, watch.Key{Scope: scope, Of: key})
		if err != nil {
			return err
		}
		p.whyNotOf(w, key, q.rule, history)
	}
	return w.Flush()
}

// withPlaces are the keys that were asked for, and the last places of the users.
func (q *question) withPlaces() []attention.Key {
	keys := slices.Clone(q.keys)
	for _, place := range slices.Backward(q.places[max(0, len(q.places)-mostPlaces):]) {
		if !slices.Contains(keys, place) {
			keys = append(keys, place)
		}
	}
	return keys
}

// whyNotOf answers for one key: the answer first, in a sentence or two, and then
// what it rests on.
func (p *preview) whyNotOf(w *bufio.Writer, key attention.Key, rule string, history attention.History) {
	a := p.ask(key, rule, history)
	fmt.Fprintf(w, "%s\n", keyName(key))
	paragraph(w, 2, a.sentence(key, len(history.Marks) == 0))
	_ = w.WriteByte('\n') // a bufio.Writer keeps its error
	labelled(w, "there", a.there)
	for i := range a.found {
		labelled(w, "found", a.found[i].name()+", "+foundLine(&a.found[i].entry))
	}
	if mailed, _ := a.fates(); mailed == "" || rule != "" {
		a.writeMissing(w, len(history.Marks) > 0)
	}
	if rule != "" {
		for _, r := range a.near() {
			labelled(w, "asks", r.name()+": "+r.reason.When)
		}
	}
}

// writeMissing says what was not found, and by how much.
func (a *answer) writeMissing(w *bufio.Writer, known bool) {
	for i := range a.lacking {
		labelled(w, "missing", a.lacking[i].name()+": "+strings.Join(a.lacking[i].lacks, ", and "))
	}
	if known {
		labelled(w, "far from", strings.Join(a.far, ", "))
	}
}

// near are the reasons that were found, or nearly.
func (a *answer) near() (near []reasonName) {
	for _, f := range a.found {
		if !slices.Contains(near, f.reasonName) {
			near = append(near, f.reasonName)
		}
	}
	for _, l := range a.lacking {
		near = append(near, l.reasonName)
	}
	return near
}

// An answer is what became of each reason about one key.
type answer struct {
	there   string // what is remembered of it
	found   []foundReason
	lacking []lackingReason // by how little it would take
	far     []string        // no evidence, or more than three things are missing
}

type reasonName struct {
	rule   *attention.Rule
	reason *attention.Reason
}

func (r reasonName) name() string { return r.rule.Name + "/" + r.reason.Name }

type foundReason struct {
	reasonName
	entry watch.Entry
}

type foundReasons struct {
	reasonName
	latest []foundReason
}

type lackingReason struct {
	reasonName
	lacks []string
}

// ask looks for what was found, and tries each reason that was not.
func (p *preview) ask(key attention.Key, only string, history attention.History) *answer {
	a := &answer{}
	found := p.foundAbout(key, only)
	for _, f := range found {
		a.found = append(a.found, f.latest...)
	}
	var evidence []attention.What
	p.eachReason(key, only, func(r reasonName, e []attention.What) {
		evidence = append(evidence, e...)
		if slices.ContainsFunc(found, func(f foundReasons) bool { return f.reasonName == r }) {
			return
		}
		t := newTrial(p, key, history, e)
		if lacks := t.missing(r.rule.Name, r.reason.Name); lacks != nil {
			a.lacking = append(a.lacking, lackingReason{r, lacks})
			return
		}
		a.far = append(a.far, r.name())
	})
	slices.SortStableFunc(a.lacking, func(x, y lackingReason) int { return cmp.Compare(len(x.lacks), len(y.lacks)) })
	all := newTrial(p, key, history, evidence)
	a.there = all.there()
	return a
}

// foundAbout are the last Findings of each reason that are about a key: it was
// found there, or they name it.
func (p *preview) foundAbout(key attention.Key, only string) (list []foundReasons) {
	const shown = 3 // of each reason
	entries := slices.DeleteFunc(p.player.mem.Entries(), func(e watch.Entry) bool { return !isAbout(&e.Finding, key) })
	slices.SortStableFunc(entries, func(a, b watch.Entry) int { return cmp.Compare(a.Finding.At.Unix(), b.Finding.At.Unix()) })
	everyReason(only, func(r reasonName) {
		f := foundReasons{reasonName: r}
		for _, e := range entries {
			if e.Finding.Rule == r.rule.Name && e.Finding.Reason == r.reason.Name {
				f.latest = append(f.latest, foundReason{r, e})
			}
		}
		if n := len(f.latest); n > 0 {
			f.latest = f.latest[max(0, n-shown):]
			list = append(list, f)
		}
	})
	return list
}

func isAbout(f *attention.Finding, key attention.Key) bool {
	switch key.Kind {
	case attention.User:
		return f.Key == key || f.User == key.Name
	case attention.Source:
		return f.Key == key || f.Source.IsValid() && attention.Fold(f.Source).String() == key.Name
	case attention.Host:
		return f.Key == key || f.Host == key.Name
	}
	return f.Key == key
}

// sentence is the answer to whether somebody was mailed, and why not.
func (a *answer) sentence(key attention.Key, unknown bool) string {
	switch mailed, other := a.fates(); {
	case mailed != "":
		return "Mailed: " + mailed + "."
	case other != nil:
		return "Not mailed. It was found, " + foundLine(&other.entry) + " (" + other.name() + ")." + aboutGuessing(other)
	case unknown:
		return "Not mailed. " + nothingOf(key)
	}
	for _, l := range a.lacking {
		if l.reason.Severity != attention.Ban {
			return "Not mailed. Nearest is " + l.name() + ": that would take " + strings.Join(l.lacks, ", and ") + "."
		}
	}
	return "Not mailed: nothing of the kind happened."
}

// fates are what was mailed, in words, and the last of what was found and not.
func (a *answer) fates() (mailed string, other *foundReason) {
	var parts []string
	for i := range a.found {
		f := &a.found[i]
		if f.entry.State == watch.Told && f.entry.Finding.Severity != attention.Ban {
			parts = append(parts, f.name()+" at "+f.entry.Finding.At.UTC().Format(stampShown)+" UTC")
		} else {
			other = f
		}
	}
	return strings.Join(parts, ", "), other
}

// aboutGuessing says why guessing is no mail, which most ask about.
func aboutGuessing(f *foundReason) string {
	if f.entry.Finding.Severity != attention.Ban {
		return ""
	}
	return " People get one mail when guessing begins (why-not without --source tells), and one when somebody gets in."
}

// foundLine is what became of a Finding, and when it was.
func foundLine(e *watch.Entry) string {
	became := whatBecame(e.State)
	if e.State == watch.Told && e.Finding.Severity == attention.Ban {
		became = "told to ban tools"
	}
	return e.Finding.At.UTC().Format(stampShown) + " UTC, " + e.Finding.Severity.String() + ": " + became
}

// keyName is a Key for a reader; its text is from the command line.
func keyName(key attention.Key) string {
	kind := [...]string{attention.Fleet: "THE FLEET", attention.Source: "SOURCE ", attention.User: "USER ", attention.Host: "HOST "}[key.Kind]
	return kind + notice.Printable(key.Name)
}

// nothingOf says what it can mean that nothing is known of a key.
func nothingOf(key attention.Key) string {
	switch key.Kind {
	case attention.User:
		return "Nothing is remembered of this name itself. It may be no account: of names that sshd calls invalid nothing is kept, " +
			"since they may be mistyped passwords. Or no line tells of a login, or a refused key, of it."
	case attention.Source:
		return "Nothing is remembered of this address: it made no attempt with a password, was refused no algorithm, and nobody logged in from it."
	}
	return "Nothing of it is in this log."
}

// eachReason calls each with the reasons that ask the History of such a key.
func (p *preview) eachReason(key attention.Key, only string, each func(reasonName, []attention.What)) {
	everyReason(only, func(r reasonName) {
		if kind, ok := r.reason.Key(); ok && kind == key.Kind {
			each(r, evidenceOf[r.name()])
		}
	})
}

// everyReason calls each with those of one rule, or of all.
func everyReason(only string, each func(reasonName)) {
	for i := range attention.Rules {
		rule := &attention.Rules[i]
		for k := range rule.Reasons {
			if only == "" || only == rule.Name {
				each(reasonName{rule, &rule.Reasons[k]})
			}
		}
	}
}

// whatBecame is a State in a sentence.
func whatBecame(s watch.State) string {
	switch s {
	case watch.Told:
		return "told"
	case watch.Pending, watch.Held:
		return "held back by the caps, to come in the next summary"
	case watch.Reported:
		return "in the quiet report only: it is low"
	case watch.Late:
		return "in the quiet report only: the line came more than a day late"
	case watch.Muted:
		return "in the quiet report only: it is muted"
	case watch.Repeated:
		return "in the quiet report only: the same, or one of many that it is part of, was told shortly before"
	}
	return s.String()
}

// labelled writes a paragraph behind its label, none without text.
func labelled(w *bufio.Writer, label, text string) {
	const margin = 12
	if text == "" {
		return
	}
	for _, line := range wrapped(text, pageWidth-margin) {
		fmt.Fprintf(w, "  %-*s%s\n", margin-2, label, line)
		label = ""
	}
}

// when is how the page writes a Mark's time.
func when(at int64) string { return time.Unix(at, 0).UTC().Format(stampShown) }
