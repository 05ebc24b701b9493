package watch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
)

// An Archive lists what was found, whatever became of it. It is safe for
// concurrent use.
type Archive interface {
	// EachEntry calls each for every Entry that was Found in [from, to), in no
	// order; but for messages for ban tools, once they are settled and did not
	// fail: an attack on 500 hosts leaves 20,000 of them an hour (EachGuess). An
	// error is for now.
	EachEntry(ctx context.Context, from, to time.Time, each func(Entry)) error

	// EachGuess calls each for a scope's messages for ban tools that EachEntry
	// leaves out, in no order: of each hour, of those from that of `from` to the
	// one before that of `to`, GuessesMost with the highest counts, and as many of
	// those that nobody was told. more says that there were others. An error is for now.
	EachGuess(ctx context.Context, scope Scope, from, to time.Time, each func(Guess)) (more bool, err error)

	// Waiting is how many Entries are Pending or Held. An error is for now.
	Waiting(ctx context.Context) (int, error)
}

// A Guess is what a message for ban tools said.
type Guess struct {
	Scope  Scope
	Source netip.Addr
	Count  int // of passwords that were tried
}

// GuessesMost is how many Guesses of a scope's hour are listed: a report names ten
// sources of a week.
const GuessesMost = 500

// IsGuess says whether an Entry is a message for ban tools.
func (e *Entry) IsGuess() bool { return e.Finding.Severity == attention.Ban }

// Guess is what it said.
func (e *Entry) Guess() Guess {
	return Guess{e.Origin.Scope(), e.Finding.Source, max(1, e.Finding.Count)}
}

// When the quiet report comes, by the wall clock in UTC: at the beginning of
// each working week, and once a day after the first line of a scope, since by
// then somebody who has just installed this wants to know that it works.
const (
	reportDay   = time.Monday
	reportHour  = 7
	reportFirst = 24 * time.Hour
	reportWeek  = 7 * 24 * time.Hour
	// reportUntil is how long after its time one is still made up.
	reportUntil = 24 * time.Hour
	// The clock strikes every 5 minutes; the report is looked after in the first
	// of each hour.
	reportMinutes = 5
)

// QuietReport tells, for each scope that wrote of late, what nobody was mailed
// about: once a week, and once 24 hours after it was first seen. It is to be
// called after each Tick, does something once an hour, and returns what was
// sent. What a dead worker leaves is told by the next Tick.
//
// The Archive is the Outbox where that is one; else the report says nothing of
// what was found. An error is for now; the next hour does the same.
func (w *Watcher) QuietReport(ctx context.Context, now time.Time) (Result, error) {
	now = now.UTC()
	if now.Minute() >= reportMinutes {
		return Result{}, nil
	}
	r := &run{Watcher: w, now: now}
	reports, faults := r.dueReports(ctx)
	for d, gatherings := range reports {
		if err := r.gather(ctx, d, gatherings); err != nil {
			faults = errors.Join(faults, err)
			continue
		}
		for _, scope := range slices.Sorted(maps.Keys(gatherings)) {
			faults = errors.Join(faults, r.report(ctx, scope, d, gatherings[scope]))
		}
	}
	if faults != nil {
		faults = fmt.Errorf("quiet report: %w", faults)
	}
	return r.result, faults
}

// dueReports are those of the scopes that wrote of late, by what is due. For a
// scope that was never seen that is nothing, which is to be remembered.
func (r *run) dueReports(ctx context.Context) (map[due]map[Scope]*gathering, error) {
	scopes, faults := r.scopesOfLate(ctx)
	reports := map[due]map[Scope]*gathering{}
	for scope := range scopes {
		past, err := r.Memory.Read(ctx, reportKey(scope))
		d := dueReport(past, r.now)
		switch {
		case err != nil:
			faults = errors.Join(faults, err)
			continue
		case d.reason == "" && len(past.Marks) > 0:
			continue
		case reports[d] == nil:
			reports[d] = map[Scope]*gathering{}
		}
		reports[d][scope] = newGathering()
	}
	return reports, faults
}

// scopesOfLate are those that wrote since the earliest report that may be due
// begins.
func (r *run) scopesOfLate(ctx context.Context) (map[Scope]bool, error) {
	since := r.now.Add(-reportFirst)
	if week := weekEnd(r.now); r.now.Sub(week) < reportUntil {
		since = week.Add(-reportWeek)
	}
	scopes := map[Scope]bool{}
	see := func(scope Scope) bool { scopes[scope] = true; return false } // of what nobody wants nothing is unpacked
	return scopes, r.Ledger.EachRow(ctx, BucketOf(since), r.now, see, func(Row) {})
}

func reportKey(scope Scope) Key { return Key{scope, attention.Key{Kind: attention.Report}} }

// weekEnd is the last time at which a week's report was due.
func weekEnd(now time.Time) time.Time {
	day := time.Date(now.Year(), now.Month(), now.Day(), reportHour, 0, 0, 0, time.UTC)
	day = day.AddDate(0, 0, -int((now.Weekday()-reportDay+7)%7))
	if day.After(now) {
		day = day.AddDate(0, 0, -7)
	}
	return day
}

// report tells the report of one scope. That it is told is remembered in the same
// write that puts it into the Outbox: two ticks tell it once.
func (r *run) report(ctx context.Context, scope Scope, d due, g *gathering) error {
	f, err := g.finding(d)
	if err != nil {
		return err
	}
	fresh, err := r.Memory.Update(ctx, reportKey(scope), func(past attention.History) (attention.History, []Entry) {
		return r.reported(past, d, &f, scope)
	})
	if err != nil && !errors.Is(err, ErrNewer) {
		return err
	}
	return r.tell(ctx, fresh)
}

// A due is a report that is to be made; its reason is empty where none is.
type due struct {
	reason   string
	from, to time.Time
}

// dueReport says which report is due. The Marks of this History are, by the wall
// clock, when its scope was first seen (Alive) and when it was last told (Told).
func dueReport(past attention.History, now time.Time) due {
	seen, told, week := markOf(past, attention.Alive), markOf(past, attention.Told), weekEnd(now)
	switch {
	case seen == nil:
		return due{}
	case told == nil && now.Sub(seen.Time()) >= reportFirst:
		return due{"first-day", now.Add(-reportFirst), now}
	case told != nil && told.Time().Before(week) && now.Sub(week) < reportUntil:
		return due{"weekly", week.Add(-reportWeek), week}
	}
	return due{}
}

func markOf(h attention.History, what attention.What) *attention.Mark {
	for i := range h.Marks {
		if h.Marks[i].What == what {
			return &h.Marks[i]
		}
	}
	return nil
}

// reported is the judge: it remembers that the scope is there, and the report if
// nobody else was faster.
func (r *run) reported(past attention.History, d due, f *attention.Finding, scope Scope) (attention.History, []Entry) {
	seen := markOf(past, attention.Alive)
	if seen == nil {
		return attention.History{Version: attention.HistoryVersion, Marks: []attention.Mark{{What: attention.Alive, At: r.now.Unix()}}}, nil
	}
	if d.reason == "" || dueReport(past, r.now) != d {
		return past, nil
	}
	told := attention.Mark{What: attention.Told, At: r.now.Unix(), Kind: notice.QuietReport + "/" + d.reason}
	past.Marks = []attention.Mark{*seen, told}
	return past, []Entry{{
		ID: entryID(scope, f), Origin: scope.origin(), Finding: *f, Found: r.now, Due: r.now.Add(lease),
	}}
}

// origin is what all lines of a scope have in common.
func (s Scope) origin() Origin {
	if fleet, ok := strings.CutPrefix(string(s), "fleet:"); ok {
		return Origin{Fleet: fleet}
	}
	account, group, _ := strings.Cut(string(s), ":")
	return Origin{Account: account, LogGroup: group}
}

// gather goes once through the Rows and what was found, for all scopes whose
// reports are of the same time.
func (r *run) gather(ctx context.Context, d due, of map[Scope]*gathering) error {
	if d.reason == "" {
		return nil
	}
	mine := func(scope Scope) bool { return of[scope] != nil }
	if err := r.Ledger.EachRow(ctx, BucketOf(d.from), d.to, mine, func(row Row) { of[row.Scope].addRow(&row) }); err != nil {
		return fmt.Errorf("rows: %w", err)
	}
	if archive, ok := r.Outbox.(Archive); ok {
		return gatherFound(ctx, archive, d, of)
	}
	return nil
}

// gatherFound lists guesses before entries: of a message for ban tools that is
// told in between nothing is said, while the other way round it would count
// twice, and counts are to hold at least.
func gatherFound(ctx context.Context, archive Archive, d due, of map[Scope]*gathering) (err error) {
	for scope, g := range of {
		if g.more, err = archive.EachGuess(ctx, scope, d.from, d.to, g.addGuess); err != nil {
			return fmt.Errorf("list who guessed: %w", err)
		}
		g.listed = true
	}
	err = archive.EachEntry(ctx, d.from, d.to, func(e Entry) {
		if g := of[e.Origin.Scope()]; g != nil {
			g.addEntry(&e)
		}
	})
	if err != nil {
		return fmt.Errorf("list what was found: %w", err)
	}
	return nil
}

// Bounds of a report: it is an item of the table, and a mail.
const (
	mostSilent   = 10
	mostGuessers = 10
	mostShapes   = 5
	// hostsOfReport are counted, those that wrote first: whoever may write to a log
	// invents as many hosts as he likes, and their names are to fit in a function.
	hostsOfReport = 20_000
	// silentFor is how long a host that wrote is quiet before it is named.
	silentFor = 24 * time.Hour
)

// A gathering adds up what a report says of a scope.
type gathering struct {
	counts Counts
	hosts  map[string]int64 // when each wrote last, in Unix seconds

	listed   bool // what was found, here
	more     bool // guessers than are listed
	fates    map[notice.Fate]int
	guessers map[netip.Addr]notice.Guesser
	shapes   map[string]bool
}

func newGathering() *gathering {
	return &gathering{hosts: map[string]int64{}, fates: map[notice.Fate]int{}, guessers: map[netip.Addr]notice.Guesser{}, shapes: map[string]bool{}}
}

func (g *gathering) addRow(row *Row) {
	g.counts.Add(row.Counts)
	for host, last := range row.Hosts {
		if before, known := g.hosts[host]; known || len(g.hosts) < hostsOfReport {
			g.hosts[host] = max(before, last)
		}
	}
}

func (g *gathering) addEntry(e *Entry) {
	f := &e.Finding
	if e.IsGuess() {
		g.addGuess(e.Guess())
		if e.State != Failed {
			return
		}
	}
	if shape := f.Detail["shape"]; f.Rule == "parser-drift" && shape != "" && len(g.shapes) < mostShapes {
		g.shapes[shape] = true
	}
	g.fates[notice.Fate{Rule: f.Rule, Reason: f.Reason, State: e.State.String()}]++
}

// addGuess adds one message for ban tools, which go out once an hour.
func (g *gathering) addGuess(guess Guess) {
	source := g.guessers[guess.Source]
	source.Source = guess.Source
	source.Count += guess.Count
	source.Hours++
	g.guessers[guess.Source] = source
}

// finding is the report; where nothing is due, one that nobody is told.
func (g *gathering) finding(d due) (attention.Finding, error) {
	report := notice.Report{From: d.from, To: d.to}
	if d.reason != "" {
		g.fillCounts(&report)
	}
	if g.listed {
		g.fillFound(&report)
	}
	return report.Finding(d.reason)
}

func (g *gathering) fillCounts(report *notice.Report) {
	report.Lines, report.Unrecognised, report.Skewed = g.counts.Lines, g.counts.Unrecognised, g.counts.Skewed
	report.Verdicts, report.Categories, report.Hosts = g.counts.Verdicts, g.counts.Categories, len(g.hosts)
	for host, last := range g.hosts {
		if at := time.Unix(last, 0).UTC(); report.To.Sub(at) >= silentFor {
			report.Silent = append(report.Silent, notice.Silent{Host: host, Last: at})
		}
	}
	slices.SortFunc(report.Silent, func(a, b notice.Silent) int { return cmp.Or(a.Last.Compare(b.Last), cmp.Compare(a.Host, b.Host)) })
	report.Silent = report.Silent[:min(len(report.Silent), mostSilent)]
}

func (g *gathering) fillFound(report *notice.Report) {
	report.Fates = []notice.Fate{}
	for fate, n := range g.fates {
		fate.Count = n
		report.Fates = append(report.Fates, fate)
	}
	slices.SortFunc(report.Fates, func(a, b notice.Fate) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.State, b.State))
	})
	report.Sources, report.MoreSources = len(g.guessers), g.more
	report.Guessers = slices.SortedFunc(maps.Values(g.guessers), func(a, b notice.Guesser) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), a.Source.Compare(b.Source))
	})
	report.Guessers = report.Guessers[:min(len(report.Guessers), mostGuessers)]
	report.Shapes = slices.Sorted(maps.Keys(g.shapes))
}
