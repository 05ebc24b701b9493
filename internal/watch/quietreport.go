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
	// order. An error is for now.
	EachEntry(ctx context.Context, from, to time.Time, each func(Entry)) error

	// Waiting is how many Entries are Pending or Held. An error is for now.
	Waiting(ctx context.Context) (int, error)
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
	since := now.Add(-reportFirst)
	if now.Sub(weekEnd(now)) < reportUntil {
		since = weekEnd(now).Add(-reportWeek)
	}
	rows, err := r.Ledger.Rows(ctx, BucketOf(since), now)
	if err != nil {
		return Result{}, fmt.Errorf("quiet report: %w", err)
	}
	var faults error
	for _, scope := range rowsByScope(rows) {
		faults = errors.Join(faults, r.report(ctx, scope))
	}
	if faults != nil {
		faults = fmt.Errorf("quiet report: %w", faults)
	}
	return r.result, faults
}

// weekEnd is the last time at which a week's report was due.
func weekEnd(now time.Time) time.Time {
	day := time.Date(now.Year(), now.Month(), now.Day(), reportHour, 0, 0, 0, time.UTC)
	day = day.AddDate(0, 0, -int((now.Weekday()-reportDay+7)%7))
	if day.After(now) {
		day = day.AddDate(0, 0, -7)
	}
	return day
}

// rowsByScope parts Rows by their scope, in their order.
func rowsByScope(rows []Row) [][]Row {
	parts := map[Scope][]Row{}
	for _, row := range rows {
		parts[row.Scope] = append(parts[row.Scope], row)
	}
	var list [][]Row
	for _, scope := range slices.Sorted(maps.Keys(parts)) {
		list = append(list, parts[scope])
	}
	return list
}

// report tells the report of one scope, if it is due. That it is told is
// remembered in the same write that puts it into the Outbox: two ticks tell it
// once.
func (r *run) report(ctx context.Context, rows []Row) error {
	key := Key{rows[0].Scope, attention.Key{Kind: attention.Report}}
	past, err := r.Memory.Read(ctx, key)
	if err != nil {
		return err
	}
	due := dueReport(past, r.now)
	if due.reason == "" && len(past.Marks) > 0 {
		return nil
	}
	f, err := r.gather(ctx, rows, due)
	if err != nil {
		return err
	}
	fresh, err := r.Memory.Update(ctx, key, func(past attention.History) (attention.History, []Entry) {
		return r.reported(past, due, &f, key.Scope)
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

// gather makes the report of a scope's Rows and Entries.
func (r *run) gather(ctx context.Context, rows []Row, d due) (attention.Finding, error) {
	report := notice.Report{From: d.from, To: d.to}
	if d.reason == "" {
		return report.Finding("")
	}
	addRows(&report, rows)
	if archive, ok := r.Outbox.(Archive); ok {
		g := gathering{scope: rows[0].Scope, fates: map[notice.Fate]int{}, guessers: map[netip.Addr]notice.Guesser{}, shapes: map[string]bool{}}
		if err := archive.EachEntry(ctx, d.from, d.to, g.add); err != nil {
			return attention.Finding{}, fmt.Errorf("list what was found: %w", err)
		}
		g.fill(&report)
	}
	return report.Finding(d.reason)
}

// Bounds of a report: it is an item of the table, and a mail.
const (
	mostSilent   = 10
	mostGuessers = 10
	mostShapes   = 5
	// silentFor is how long a host that wrote is quiet before it is named.
	silentFor = 24 * time.Hour
)

// addRows adds up what was counted, and lists the hosts that stopped.
func addRows(report *notice.Report, rows []Row) {
	var counts Counts
	hosts := map[string]int64{}
	for _, row := range rows {
		if row.Bucket.Before(BucketOf(report.From)) || !row.Bucket.Before(report.To) {
			continue
		}
		counts.Add(row.Counts)
		for host, last := range row.Hosts {
			hosts[host] = max(hosts[host], last)
		}
	}
	report.Lines, report.Unrecognised, report.Skewed = counts.Lines, counts.Unrecognised, counts.Skewed
	report.Verdicts, report.Categories, report.Hosts = counts.Verdicts, counts.Categories, len(hosts)
	for host, last := range hosts {
		if at := time.Unix(last, 0).UTC(); report.To.Sub(at) >= silentFor {
			report.Silent = append(report.Silent, notice.Silent{Host: host, Last: at})
		}
	}
	slices.SortFunc(report.Silent, func(a, b notice.Silent) int { return cmp.Or(a.Last.Compare(b.Last), cmp.Compare(a.Host, b.Host)) })
	report.Silent = report.Silent[:min(len(report.Silent), mostSilent)]
}

// A gathering counts what became of what was found.
type gathering struct {
	scope    Scope
	fates    map[notice.Fate]int
	guessers map[netip.Addr]notice.Guesser
	shapes   map[string]bool
}

func (g *gathering) add(e Entry) {
	f := &e.Finding
	switch {
	case e.Origin.Scope() != g.scope:
		return
	case f.Severity == attention.Ban:
		g.addGuesser(f)
		if e.State != Failed {
			return
		}
	}
	if shape := f.Detail["shape"]; f.Rule == "parser-drift" && shape != "" && len(g.shapes) < mostShapes {
		g.shapes[shape] = true
	}
	g.fates[notice.Fate{Rule: f.Rule, Reason: f.Reason, State: e.State.String()}]++
}

// addGuesser adds one message for ban tools.
func (g *gathering) addGuesser(f *attention.Finding) {
	source := g.guessers[f.Source]
	source.Source = f.Source
	source.Count += max(1, f.Count)
	source.Hours++
	g.guessers[f.Source] = source
}

func (g *gathering) fill(report *notice.Report) {
	report.Fates = []notice.Fate{}
	for fate, n := range g.fates {
		fate.Count = n
		report.Fates = append(report.Fates, fate)
	}
	slices.SortFunc(report.Fates, func(a, b notice.Fate) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.State, b.State))
	})
	report.Sources = len(g.guessers)
	report.Guessers = slices.SortedFunc(maps.Values(g.guessers), func(a, b notice.Guesser) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), a.Source.Compare(b.Source))
	})
	report.Guessers = report.Guessers[:min(len(report.Guessers), mostGuessers)]
	report.Shapes = slices.Sorted(maps.Keys(g.shapes))
}
