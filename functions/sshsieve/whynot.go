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

Says for each rule what the log holds of an account, a source or a host, whether
it was found and told, and if not what was missing. It asks the rules
themselves: the log is played as by preview, and then each rule is asked again
with more, or other, evidence until it finds something.

  --user NAME          an account that exists, and where it logs in from
  --source ADDR        an address
  --host NAME          a host, as its log names it
                       (with none of these: the fleet as a whole)
  --rule NAME          only this rule, such as locked-out
  --store FILE         begin with the memory in FILE, and leave it as it is
` + ownerHelp + inputHelp + `
Example: alice could not log in, and nobody was told

  sshsieve why-not --user alice --rule locked-out /var/log/auth.log
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
	for _, key := range q.withPlaces() {
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

// whyNotOf answers for one key: first what there is evidence of.
func (p *preview) whyNotOf(w *bufio.Writer, key attention.Key, rule string, history attention.History) {
	fmt.Fprintf(w, "%s\n", keyName(key))
	if len(history.Marks) == 0 {
		paragraph(w, 2, nothingOf(key))
	}
	var without []string
	p.eachReason(key, rule, func(rule *attention.Rule, reason *attention.Reason, e []attention.What) {
		t := newTrial(p, key, history, e)
		found := p.found(rule, reason, key)
		if len(found) == 0 && len(t.of(e[0])) == 0 {
			without = append(without, fmt.Sprintf("%s/%s (no %s)", rule.Name, reason.Name, markNames[e[0]][0]))
			return
		}
		answer(w, rule, reason, &t, found)
	})
	if len(without) > 0 && len(history.Marks) > 0 {
		fmt.Fprint(w, "\n  There is nothing at all for\n")
		paragraph(w, 4, strings.Join(without, ", ")+".")
	}
	fmt.Fprintln(w)
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
func (p *preview) eachReason(key attention.Key, only string, each func(*attention.Rule, *attention.Reason, []attention.What)) {
	for i := range attention.Rules {
		rule := &attention.Rules[i]
		for k := range rule.Reasons {
			reason := &rule.Reasons[k]
			if kind, ok := reason.Key(); ok && kind == key.Kind && (only == "" || only == rule.Name) {
				each(rule, reason, evidenceOf[rule.Name+"/"+reason.Name])
			}
		}
	}
}

// answer says of one reason what was there, and what became of it.
func answer(w *bufio.Writer, rule *attention.Rule, reason *attention.Reason, t *trial, found []watch.Entry) {
	const shown = 3
	fmt.Fprintf(w, "\n  %s/%s\n", rule.Name, reason.Name)
	labelled(w, "when", reason.When)
	labelled(w, "there", t.there())
	for _, e := range found[max(0, len(found)-shown):] {
		labelled(w, "found", e.Finding.At.UTC().Format(stampShown)+" UTC, "+e.Finding.Severity.String()+": "+whatBecame(e.State))
	}
	if len(found) == 0 {
		labelled(w, "missing", t.missing(rule.Name, reason.Name))
	}
}

// found are the Findings of a reason and key, by time.
func (p *preview) found(rule *attention.Rule, reason *attention.Reason, key attention.Key) []watch.Entry {
	found := slices.DeleteFunc(p.player.mem.Entries(), func(e watch.Entry) bool {
		return e.Finding.Rule != rule.Name || e.Finding.Reason != reason.Name || e.Finding.Key != key
	})
	slices.SortStableFunc(found, func(a, b watch.Entry) int { return cmp.Compare(a.Finding.At.Unix(), b.Finding.At.Unix()) })
	return found
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

// labelled writes a paragraph behind its label.
func labelled(w *bufio.Writer, label, text string) {
	const margin = 13
	for _, line := range wrapped(text, pageWidth-margin) {
		fmt.Fprintf(w, "    %-*s%s\n", margin-4, label, line)
		label = ""
	}
}

// when is how the page writes a Mark's time.
func when(at int64) string { return time.Unix(at, 0).UTC().Format(stampShown) }
