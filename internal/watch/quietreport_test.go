package watch_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
	"sshsieve/internal/watch"
)

// guesser is a source that tries passwords.
var guesser = netip.MustParseAddr("203.0.113.66")

// install is a Thursday, so a scope's first day ends before its first week.
var install = time.Date(2026, time.November, 19, 9, 0, 0, 0, time.UTC)

// A reporting is a Watcher whose ticks are played, and what it told.
type reporting struct {
	mem     watch.Mem
	watcher watch.Watcher
	told    []notice.Notice
	fail    error
}

func (r *reporting) Notify(_ context.Context, n notice.Notice) error {
	if r.fail == nil {
		r.told = append(r.told, n)
	}
	return r.fail
}

func newReporting() *reporting {
	r := &reporting{}
	r.watcher = watch.Watcher{Memory: &r.mem, Outbox: &r.mem, Ledger: &r.mem, Notifier: r}
	return r
}

// hour plays the tick at the beginning of an hour, in which each host of a scope
// has just written.
func (r *reporting) hour(t *testing.T, now time.Time, scope watch.Scope, hosts ...string) {
	t.Helper()
	counts := watch.Counts{Lines: 10, Verdicts: map[string]int{"graph": 7}, Categories: map[string]int{"session": 7, "not-sshd": 3}}
	receipt := watch.Receipt{Scope: scope, Bucket: watch.BucketOf(now.Add(-5 * time.Minute)), Batch: fmt.Sprint(now.Unix()), Hosts: hosts, Newest: now.Add(-time.Minute), Arrived: now, Counts: counts}
	if _, err := r.mem.Receive(t.Context(), receipt); err != nil {
		t.Fatal(err)
	}
	r.tick(t, now)
}

func (r *reporting) tick(t *testing.T, now time.Time) {
	t.Helper()
	r.watcher.Now = func() time.Time { return now }
	_, err := r.watcher.Tick(t.Context(), now)
	_, reportErr := r.watcher.QuietReport(t.Context(), now)
	if err := errors.Join(err, reportErr); err != nil && r.fail == nil {
		t.Fatal(err)
	}
}

// days plays whole days, hour by hour.
func (r *reporting) days(t *testing.T, from time.Time, n int, scope watch.Scope) {
	t.Helper()
	for h := range n * 24 {
		r.hour(t, from.Add(time.Duration(h)*time.Hour), scope, "web-1")
	}
}

func (r *reporting) times() (list []string) {
	for _, n := range r.told {
		list = append(list, n.Reason+" "+n.Time.UTC().Format("Mon 2 15:04"))
	}
	return list
}

// The first comes a day after the first line, then one each Monday morning.
func TestQuietReportTimes(t *testing.T) {
	r := newReporting()
	r.days(t, install, 19, "1:g")
	want := "[first-day Fri 20 09:00 weekly Mon 23 07:00 weekly Mon 30 07:00 weekly Mon 7 07:00]"
	if got := fmt.Sprint(r.times()); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestQuietReportOfEachScope(t *testing.T) {
	r := newReporting()
	for h := range 30 {
		now := install.Add(time.Duration(h) * time.Hour)
		r.hour(t, now, "111122223333:/var/log/secure", "web-1")
		r.hour(t, now, "fleet:prod", "web-2")
	}
	if len(r.told) != 2 {
		t.Fatalf("%d reports, want one for each of two scopes: %v", len(r.told), r.times())
	}
	for _, want := range []string{"account 111122223333, log group /var/log/secure", "scope prod"} {
		if !strings.Contains(r.told[0].Text+r.told[1].Text, want) {
			t.Errorf("no report is of %q:\n%s", want, r.told[0].Text)
		}
	}
}

// Two ticks at once, as a scheduler may call twice, tell it once.
func TestQuietReportOnce(t *testing.T) {
	r := newReporting()
	r.days(t, install, 1, "1:g")
	now := install.Add(24 * time.Hour)
	for range 3 {
		r.hour(t, now, "1:g", "web-1")
	}
	if len(r.told) != 1 {
		t.Errorf("told %d times: %v", len(r.told), r.times())
	}
}

// What could not be published stays in the outbox, and the next tick tells it.
func TestQuietReportAfterAFailure(t *testing.T) {
	r := newReporting()
	r.days(t, install, 1, "1:g")
	r.fail = errors.New("no network")
	now := install.Add(24 * time.Hour)
	r.hour(t, now, "1:g", "web-1")
	r.fail = nil
	r.tick(t, now.Add(5*time.Minute))
	r.tick(t, now.Add(10*time.Minute))
	if got := fmt.Sprint(r.times()); got != "[first-day Fri 20 09:00]" {
		t.Errorf("told %s, want once", got)
	}
}

func TestQuietReportMuted(t *testing.T) {
	r := newReporting()
	r.watcher.Mutes = &r.mem
	r.mem.Mute("1:g", watch.Mute{Rule: notice.QuietReport, Until: install.AddDate(1, 0, 0)})
	r.days(t, install, 6, "1:g")
	if len(r.told) != 0 {
		t.Errorf("told although muted: %v", r.times())
	}
}

// All of one week is in its report, and nothing of another.
func TestQuietReportContents(t *testing.T) {
	r := newReporting()
	r.days(t, install, 4, "1:g") // to the morning of the 23rd
	before := len(r.told)
	post := func(id string, at time.Time, severity attention.Severity, rule string, state watch.State) {
		t.Helper()
		f := attention.Finding{Rule: rule, Reason: "r", Severity: severity, At: at, Count: 6, Detail: map[string]string{"shape": "frobnicate *"}}
		if severity == attention.Ban {
			f.Source = guesser
		}
		e := watch.Entry{ID: id, Origin: watch.Origin{Account: "1", LogGroup: "g"}, Finding: f, Found: at, State: state, Due: at.AddDate(1, 0, 0)}
		key := watch.Key{Scope: "1:g", Of: attention.Key{Kind: attention.Host, Name: "web-1"}}
		if _, err := r.mem.Update(t.Context(), key, func(h attention.History) (attention.History, []watch.Entry) { return h, []watch.Entry{e} }); err != nil {
			t.Fatal(err)
		}
	}
	monday := time.Date(2026, time.November, 23, 7, 0, 0, 0, time.UTC)
	post("a", monday.Add(time.Hour), attention.Medium, "locked-out", watch.Told)
	post("b", monday.Add(2*time.Hour), attention.Medium, "login", watch.Muted)
	post("c", monday.Add(3*time.Hour), attention.Low, "parser-drift", watch.Reported)
	post("d", monday.Add(4*time.Hour), attention.Ban, "password-guessing", watch.Told)
	post("e", monday.Add(5*time.Hour), attention.Ban, "password-guessing", watch.Told)
	post("old", monday.Add(-time.Minute), attention.Medium, "of-last-week", watch.Told)
	r.hour(t, monday.Add(time.Hour+2*time.Minute), "1:g", "db-1") // the only line of db-1
	r.days(t, monday, 8, "1:g")
	if len(r.told) != before+1 {
		t.Fatalf("too few reports: %v", r.times())
	}
	text := r.told[len(r.told)-1].Text
	for _, want := range []string{
		"1690 lines of 2 hosts", "     1183 session", "1 locked-out/r", "1 login/r, muted by you", "1 parser-drift/r, of low severity",
		"1 source tried passwords", "12 attempts or more in 2 hours from 203.0.113.66", "db-1, last at 08:01 UTC on Mon 23 Nov 2026", "frobnicate *",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "of-last-week") {
		t.Errorf("the report holds what was found the week before:\n%s", text)
	}
}

// betweenLists settles what is Pending between the two lists of a report.
type betweenLists struct {
	*watch.Mem
	lists int
}

func (a *betweenLists) next(ctx context.Context) error {
	if a.lists++; a.lists != 2 {
		return nil
	}
	var ids []string
	for _, e := range a.Entries() {
		if e.IsGuess() {
			ids = append(ids, e.ID)
		}
	}
	return a.Settle(ctx, ids, watch.Told)
}

func (a *betweenLists) EachEntry(ctx context.Context, from, to time.Time, each func(watch.Entry)) error {
	if err := a.next(ctx); err != nil {
		return err
	}
	return a.Mem.EachEntry(ctx, from, to, each)
}

func (a *betweenLists) EachGuess(ctx context.Context, scope watch.Scope, from, to time.Time, each func(watch.Guess)) (bool, error) {
	if err := a.next(ctx); err != nil {
		return false, err
	}
	return a.Mem.EachGuess(ctx, scope, from, to, each)
}

// A message for ban tools that is told while a report is made counts at most once.
func TestQuietReportCountsOnce(t *testing.T) {
	r := newReporting()
	r.days(t, install, 1, "1:g")
	var entries []watch.Entry
	for i, at := range []time.Duration{2 * time.Hour, 3 * time.Hour} {
		f := attention.Finding{Rule: "password-guessing", Reason: "source", Severity: attention.Ban, At: install.Add(at), Count: 6, Source: guesser}
		e := watch.Entry{ID: fmt.Sprint(i), Origin: watch.Origin{Account: "1", LogGroup: "g"}, Finding: f, Found: install.Add(at), Due: install.AddDate(1, 0, 0)}
		if i == 1 {
			e.State = watch.Told
		}
		entries = append(entries, e)
	}
	key := watch.Key{Scope: "1:g", Of: attention.Key{Kind: attention.Host, Name: "web-1"}}
	if _, err := r.mem.Update(t.Context(), key, func(h attention.History) (attention.History, []watch.Entry) { return h, entries }); err != nil {
		t.Fatal(err)
	}
	archive := &betweenLists{Mem: &r.mem}
	r.watcher.Outbox = archive
	r.hour(t, install.Add(24*time.Hour), "1:g", "web-1")
	if len(r.told) != 1 || archive.lists != 2 {
		t.Fatalf("reports %v, %d lists", r.times(), archive.lists)
	}
	if text := r.told[0].Text; !strings.Contains(text, "6 attempts or more in 1 hour from 203.0.113.66") {
		t.Errorf("the report counts otherwise:\n%s", text)
	}
}

// crowd is a Ledger of many hosts, each of which wrote once.
type crowd struct {
	*watch.Mem
	hosts int
}

func (l crowd) EachRow(_ context.Context, from, to time.Time, want func(watch.Scope) bool, each func(watch.Row)) error {
	const ofRow = 1000
	for at, i := watch.FirstBucket(from), 0; at.Before(to) && i < l.hosts; at = at.Add(watch.BucketLength) {
		row := watch.Row{Scope: "1:g", Bucket: at, Batches: 1, Counts: watch.Counts{Lines: ofRow}, Hosts: map[string]int64{}}
		for ; len(row.Hosts) < ofRow && i < l.hosts; i++ {
			row.Hosts[fmt.Sprintf("ip-%d", i)] = at.Unix()
		}
		if want == nil || want(row.Scope) {
			each(row)
		}
	}
	return nil
}

// However many hosts somebody invents, a report holds so many, and those that
// wrote first, which may have fallen silent.
func TestQuietReportOfInventedHosts(t *testing.T) {
	r := newReporting()
	r.watcher.Ledger = crowd{&r.mem, 30_500}
	monday := time.Date(2026, time.November, 23, 7, 0, 0, 0, time.UTC)
	for _, now := range []time.Time{monday.AddDate(0, 0, -3), monday.AddDate(0, 0, -2), monday} { // seen, its first day, a week
		r.tick(t, now)
	}
	if len(r.told) != 2 {
		t.Fatalf("reports %v", r.times())
	}
	text := r.told[1].Text
	if !strings.Contains(text, " of 20000 hosts") && !strings.Contains(text, " of 20,000 hosts") || !strings.Contains(text, "ip-0, last at") {
		t.Errorf("the report says:\n%s", text)
	}
}
