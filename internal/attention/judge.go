package attention

import (
	"net/netip"
	"slices"
	"sort"
	"time"
)

// A World is what a judgement may look at besides the History of its own Key:
// what the owner said, and what the scope as a whole has shown.
type World struct {
	Config Config
	// Fleet is the scope's own History.
	Fleet History
	// Source returns the History of a source; nil, or an empty History, is
	// taken for unknown.
	Source func(source netip.Addr) History
	// Now is the newest event time of the batch.
	Now time.Time
}

// Judge merges what is new into a History and returns what is to be told
// because of it. It is pure: the same arguments give the same answer, and a
// delta that adds nothing changes nothing and gives no Finding.
//
// The History that it returns remembers what was found, so that it is not found
// again within its quiet period; it is to be stored in one write with the
// Findings.
func Judge(key Key, past History, delta []Mark, world World) (History, []Finding) {
	if len(delta) == 0 {
		return past, nil
	}
	merged, fresh := past.merge(past.relevant(delta))
	if len(fresh) == 0 && !past.awaits(world.Now) {
		return past, nil
	}
	j := judgement{key: key, History: merged, fresh: fresh, world: world}
	for i := range Rules {
		for k := range Rules[i].Reasons {
			if reason := &Rules[i].Reasons[k]; reason.find != nil && reason.key == key.Kind {
				j.rule, j.reason = &Rules[i], reason
				j.tell(reason.find(&j))
			}
		}
	}
	merged, _ = merged.merge(j.told)
	return merged, j.findings
}

// relevant drops the Entries that no rule will ask about: those without a Close
// from the same source, or a secret-like name, that they could answer.
func (h History) relevant(delta []Mark) []Mark {
	if !slices.ContainsFunc(delta, func(m Mark) bool { return m.What == Entry }) {
		return delta
	}
	answered := func(entry *Mark, asked []Mark) bool {
		return slices.ContainsFunc(asked, func(m Mark) bool { return entry.answers(&m) })
	}
	return where(delta, func(entry Mark) bool {
		return entry.What != Entry || answered(&entry, delta) || answered(&entry, h.of(Close)) || answered(&entry, h.of(Typed))
	})
}

// answers says whether a login by key means that a Close, or a secret-like name,
// came to nothing.
func (m *Mark) answers(asked *Mark) bool {
	apart := time.Duration(m.At-asked.At) * time.Second
	return asked.What == Close && asked.Source == m.Source && -closesOver <= apart && apart <= day ||
		asked.What == Typed && 0 <= apart && apart <= secretWindow
}

// A judgement is one run of the rules over one History.
type judgement struct {
	key Key
	History
	fresh    []Mark // what is new in it
	world    World
	rule     *Rule   // that is asked
	reason   *Reason // of its Reasons
	findings []Finding
	told     []Mark

	novelties []novelty // of the new logins, once they were compared
	compared  bool
}

// tell keeps the Findings that are not quiet, and remembers them.
func (j *judgement) tell(found []Finding) {
	for _, f := range found {
		f.Rule, f.Reason, f.Key = j.rule.Name, j.reason.Name, j.key
		if f.Severity == ofReason {
			f.Severity = j.reason.Severity
		}
		quiet, times := j.quiet(f.At.Unix(), f.subject)
		if quiet {
			continue
		}
		mark := f.told()
		mark.Times = times + 1
		f.Quiet = f.At.Add(j.reason.quietAfter(mark.Times, &j.world.Config))
		j.told = append(j.told, mark)
		j.findings = append(j.findings, f)
	}
}

// told is the Mark of a Finding: rule and reason, and what it is about.
func (f *Finding) told() Mark {
	return Mark{What: Told, At: f.At.Unix(), Kind: toldKind(f.Rule, f.Reason), Detail: f.subject}
}

// quiet says whether the reason at hand was told of the subject near enough,
// before or after: batches come late. times is how often it was told.
func (j *judgement) quiet(at int64, subject string) (quiet bool, times int) {
	kind := toldKind(j.rule.Name, j.reason.Name)
	for _, list := range [][]Mark{j.of(Told), j.told} {
		for i := range list {
			told := &list[i]
			if told.Detail != subject || told.Kind != kind {
				continue
			}
			times = max(times, told.Times)
			apart := time.Duration(at-told.At) * time.Second
			quiet = quiet || apart.Abs() < j.reason.quietAfter(told.Times, &j.world.Config)
		}
	}
	return quiet, times
}

// isQuiet says so before a Finding was made, which costs more.
func (j *judgement) isQuiet(at int64, subject string) bool {
	quiet, _ := j.quiet(at, subject)
	return quiet
}

func toldKind(rule, reason string) string { return rule + "/" + reason }

// isFresh says whether a Mark is new in this judgement.
func (j *judgement) isFresh(m Mark) bool { return slices.Contains(j.fresh, m) }

// freshOf lists the new Marks of one sort, oldest first.
func (j *judgement) freshOf(what What) []Mark {
	begin, end := span(j.fresh, what)
	return j.fresh[begin:end:end]
}

// ofReason is the Severity of a Finding that has its Reason's.
const ofReason Severity = 255

// finding makes a Finding from its evidence, oldest first; the last Mark
// completes it.
func finding(evidence []Mark) Finding {
	end := last(evidence)
	f := Finding{Severity: ofReason, At: end.Time(), First: evidence[0].Time(), Count: count(evidence), Host: end.Host,
		User: end.User, Source: end.Source, Detail: map[string]string{}}
	for _, m := range evidence {
		f.Evidence = append(f.Evidence, m.evidence())
	}
	return f
}

// count is how often it was said, repeats included.
func count(marks []Mark) int {
	n := 0
	for i := range marks {
		n += max(1, marks[i].Times)
	}
	return n
}

// within are those of the marks, which are in order, from `from` to `to`, both
// included.
func within(marks []Mark, from, to int64) []Mark {
	begin := sort.Search(len(marks), func(i int) bool { return marks[i].At >= from })
	end := begin + sort.Search(len(marks)-begin, func(i int) bool { return marks[begin+i].At > to })
	return marks[begin:end:end]
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

// bursts finds the runs of marks with at least n within span, one behind the
// other. They may be old ones: what is new may be the reason why they count now.
// What was told of them is quiet.
func bursts(marks []Mark, n int, span time.Duration) (runs [][]Mark) {
	said, end := 0, 0 // how much marks[begin:end] are
	for begin := 0; begin < len(marks); begin++ {
		for ; end < len(marks) && marks[end].At-marks[begin].At <= seconds(span); end++ {
			said += max(1, marks[end].Times)
		}
		if said < n {
			said -= max(1, marks[begin].Times)
			continue
		}
		runs = append(runs, marks[begin:end])
		begin, said = end-1, 0
	}
	return runs
}

// burstsOf finds the runs within span that are enough.
func burstsOf(marks []Mark, span time.Duration, enough func(run []Mark) bool) (runs [][]Mark) {
	end := 0
	for begin := 0; begin < len(marks); begin++ {
		for end < len(marks) && marks[end].At-marks[begin].At <= seconds(span) {
			end++
		}
		if run := marks[begin:end]; enough(run) {
			runs = append(runs, run)
			begin = end - 1
		}
	}
	return runs
}

// last is the newest mark of some, which are in order.
func last(marks []Mark) Mark { return marks[len(marks)-1] }

// where lists the marks for which ok is true.
func where(marks []Mark, ok func(Mark) bool) []Mark {
	var list []Mark
	for _, m := range marks {
		if ok(m) {
			list = append(list, m)
		}
	}
	return list
}

// distinct counts different values.
func distinct[T comparable](marks []Mark, of func(Mark) T) int {
	seen := map[T]bool{}
	for _, m := range marks {
		seen[of(m)] = true
	}
	return len(seen)
}

// contains says whether a source is in one of the prefixes.
func contains(prefixes []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(a) })
}
