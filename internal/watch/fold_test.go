package watch_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
	"sshsieve/internal/sshd"
	"sshsieve/internal/syslog"
	"sshsieve/internal/watch"
	"sshsieve/internal/watchtest"
)

// A dial plays lines and the clock's strikes, which come every 5 minutes.
type dial struct {
	*testing.T
	watcher watch.Watcher
	mem     *watch.Mem
	now     time.Time
	down    func(time.Time) bool // when no clock strikes
	mails   []string
	told    []notice.Notice
}

func newDial(t *testing.T, config attention.Config) *dial {
	d := &dial{T: t, mem: &watch.Mem{}, now: morning, down: func(time.Time) bool { return false }}
	config.Learned = time.Unix(1, 0)
	d.watcher = watch.Watcher{
		Memory: d.mem, Outbox: d.mem, Ledger: d.mem, Mutes: d.mem, Tests: d.mem, Config: config, Notifier: d,
		Now: func() time.Time { return d.now }, Log: slog.New(slog.DiscardHandler),
	}
	return d
}

func (d *dial) Notify(_ context.Context, n notice.Notice) error {
	d.told = append(d.told, n)
	d.mails = append(d.mails, fmt.Sprintf("%s/%s %s %s", n.Rule, n.Reason, strings.Join(n.Hosts, "+"), d.now.Sub(morning)))
	return nil
}

// hears takes a batch of a host, written at a time.
func (d *dial) hears(host string, at time.Time, messages ...string) watch.Result {
	d.Helper()
	var records []syslog.Record
	for i, message := range messages {
		r := syslog.Parse("Mar  2 10:00:00 " + host + " " + message)
		r.Time, r.EventID = at, fmt.Sprint(host, at.Unix(), i)
		records = append(records, r)
	}
	events := (&sshd.Reader{}).Read(records)
	result, err := d.watcher.Batch(d.Context(), watch.Batch{Origin: watch.Origin{Account: "1", LogGroup: "g", Stream: host}, Events: events})
	if err != nil {
		d.Fatal(err)
	}
	return result
}

// until lets the clock strike up to a time after morning.
func (d *dial) until(after time.Duration) {
	d.Helper()
	for to := morning.Add(after); d.now.Before(to); {
		d.now = d.now.Add(5 * time.Minute)
		if d.down(d.now) {
			continue
		}
		if _, err := d.watcher.Tick(d.Context(), d.now); err != nil {
			d.Fatal(err)
		}
	}
}

const cron = "CRON[7]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)"

// hourly lets hosts write two lines an hour, in that range after morning.
func (d *dial) hourly(from, to time.Duration, hosts ...string) {
	d.Helper()
	for at := from; at < to; at += time.Hour {
		d.until(at)
		for _, host := range hosts {
			d.hears(host, d.now, cron, cron)
		}
	}
}

const day = 24 * time.Hour

// TestLogsStopped: a host that wrote for a week and stops is told within half an
// hour after 6 hours of silence, once; and again when it did so again.
func TestLogsStopped(t *testing.T) {
	d := newDial(t, attention.Config{})
	d.hourly(0, 8*day, "web-1", "db-1")
	d.hourly(8*day, 10*day, "db-1")
	d.hourly(10*day, 18*day, "web-1", "db-1")
	if len(d.mails) != 1 || !strings.HasPrefix(d.mails[0], "logs-stopped/silence web-1 197h") { // 8 days + 5:30 at the earliest
		t.Fatalf("mails %q", d.mails)
	}
	d.hourly(18*day, 21*day, "web-1")
	if len(d.mails) != 2 || !strings.HasPrefix(d.mails[1], "logs-stopped/silence db-1 437h") {
		t.Errorf("mails %q", d.mails)
	}
	n := d.told[0]
	if n.Severity != attention.Medium || n.Subject != "[sshsieve web-1] medium: no log lines of web-1 since 17:30 UTC on 9 Mar" && !strings.Contains(n.Subject, "web-1") || !strings.Contains(n.Text, "The longest gap before was 1 hour.") {
		t.Errorf("%s\n%s", n.Subject, n.Text)
	}
	t.Log(n.Subject)
}

// TestAllLogsStopped: where nothing comes any more that is one mail, and the end
// of a log is followed by no tick, so it is none.
func TestAllLogsStopped(t *testing.T) {
	d := newDial(t, attention.Config{})
	d.hourly(0, 8*day, "web-1", "db-1", "db-2")
	if len(d.mails) != 0 {
		t.Fatalf("mails %q", d.mails)
	}
	d.until(30 * day)
	if len(d.mails) != 1 || !strings.HasPrefix(d.mails[0], "logs-stopped/silence ") {
		t.Errorf("mails %q", d.mails)
	}
}

// TestNoTicks: while no clock strikes nothing is missed, nor because of it; what
// was received meanwhile is heard afterwards.
func TestNoTicks(t *testing.T) {
	d := newDial(t, attention.Config{})
	d.down = func(now time.Time) bool { at := now.Sub(morning); return at > 8*day && at < 8*day+20*time.Hour }
	d.hourly(0, 10*day, "web-1", "db-1")
	if len(d.mails) != 0 {
		t.Errorf("mails %q", d.mails)
	}
	d.down = func(now time.Time) bool { at := now.Sub(morning); return at > 10*day && at < 10*day+20*time.Hour }
	d.hourly(10*day, 13*day, "db-1")
	if len(d.mails) != 1 || !strings.Contains(d.mails[0], "web-1") {
		t.Errorf("mails %q, want that web-1 fell silent while no clock struck", d.mails)
	}
}

// A ledger that folds so much at most, and then fails, or lets time pass.
type slow struct {
	*watch.Mem
	most time.Duration
	err  error // nil lets time pass
}

func (l *slow) Fold(ctx context.Context, from, to time.Time, each func(watch.Row)) (time.Time, error) {
	end := from.Add(l.most)
	if !end.Before(to) {
		return l.Mem.Fold(ctx, from, to, each)
	}
	if _, err := l.Mem.Fold(ctx, from, end, each); err != nil || l.err != nil {
		return end, errors.Join(err, l.err)
	}
	<-ctx.Done()
	return end, ctx.Err()
}

// TestFoldsBitByBit: what one tick cannot fold the next ones do, and until they
// have nobody is taken for silent.
func TestFoldsBitByBit(t *testing.T) {
	d := newDial(t, attention.Config{})
	d.hourly(0, 8*day, "web-1", "db-1")
	d.down = func(time.Time) bool { return true }
	d.hourly(8*day, 8*day+5*time.Hour, "db-1") // nobody ticks, and web-1 stopped
	fault := errors.New("throttled")
	d.watcher.Ledger = &slow{Mem: d.mem, most: 2 * time.Hour, err: fault}
	ticks := 0
	for d.now.Sub(morning) < 8*day+9*time.Hour {
		d.now = d.now.Add(5 * time.Minute)
		if d.now.Minute() == 0 {
			d.hears("db-1", d.now, cron, cron)
		}
		_, err := d.watcher.Tick(t.Context(), d.now)
		if errors.Is(err, fault) {
			ticks++
			if len(d.mails) > 0 {
				t.Fatalf("mails %q before all was heard", d.mails)
			}
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if ticks < 2 || ticks > 8 || len(d.mails) != 1 || !strings.Contains(d.mails[0], "web-1") {
		t.Errorf("%d ticks could not fold all; mails %q", ticks, d.mails)
	}
}

// TestFoldsAfterSilence: however long nothing came, what comes then is folded as
// soon as ever.
func TestFoldsAfterSilence(t *testing.T) {
	for _, gap := range []time.Duration{day, 60 * time.Hour, 100 * time.Hour, 9*day + 7*time.Hour} {
		d := newDial(t, attention.Config{})
		d.hears("web-1", d.now, cron)
		d.until(gap)
		back := d.now
		d.hears("web-1", back, cron, cron)
		d.until(gap + 15*time.Minute)
		rows, err := watch.Rows(t.Context(), d.mem, back.Add(-watch.BucketLength), d.now)
		if err != nil || len(rows) != 1 {
			t.Errorf("%s later: %d rows of what came, %v", gap, len(rows), err)
		}
	}
}

// TestFoldStandsStill: a tick that comes no further than the one before it is an
// error, which the alarm of ticks hears; one that comes a little further is none.
func TestFoldStandsStill(t *testing.T) {
	for _, c := range []struct {
		why    string
		most   time.Duration // that a tick folds
		errors int           // of 5 ticks
	}{
		{"not even the first bucket", 0, 5},
		{"not beyond what was heard", 30 * time.Minute, 5},
		{"a bucket more with each tick", 35 * time.Minute, 0},
	} {
		t.Run(c.why, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDial(t, attention.Config{})
				d.hears("web-1", d.now, cron)
				d.until(2 * time.Hour)
				d.now = d.now.Add(3 * time.Hour)
				d.watcher.Ledger = &slow{Mem: d.mem, most: c.most}
				failed := 0
				for range 5 {
					d.now = d.now.Add(11 * time.Minute) // each tick looks at what is new
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					if _, err := d.watcher.Tick(ctx, d.now); err != nil {
						failed++
					}
					cancel()
				}
				if failed != c.errors {
					t.Errorf("%d of 5 ticks are errors, want %d", failed, c.errors)
				}
			})
		})
	}
}

// TestFoldsInTime: a tick stops in time to note how far it came, which is no
// error.
func TestFoldsInTime(t *testing.T) {
	d := newDial(t, attention.Config{})
	d.hourly(0, 2*time.Hour, "web-1")
	d.now = d.now.Add(5 * time.Hour)
	signs := watch.Key{Of: attention.Key{Kind: attention.Signs}}
	before, err := d.mem.Read(t.Context(), signs)
	if err != nil {
		t.Fatal(err)
	}
	d.watcher.Ledger = &slow{Mem: d.mem, most: 2 * time.Hour}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	_, err = d.watcher.Tick(ctx, d.now)
	after, readErr := d.mem.Read(t.Context(), signs)
	if err != nil || readErr != nil || ctx.Err() != nil {
		t.Fatal(err, readErr, ctx.Err())
	}
	if came := after.HeardUntil().Sub(before.HeardUntil()); came < time.Hour || came > 2*time.Hour {
		t.Errorf("heard until %s, before until %s", after.HeardUntil(), before.HeardUntil())
	}
}

// TestNextFile: between two runs that share a file of memory nobody listened, so
// nobody was silent.
func TestNextFile(t *testing.T) {
	d := newDial(t, attention.Config{})
	d.hourly(0, 8*day, "web-1")
	path := filepath.Join(t.TempDir(), "mem.json")
	if err := d.mem.Save(path, d.now); err != nil {
		t.Fatal(err)
	}
	next := newDial(t, attention.Config{})
	var err error
	if next.mem, err = watch.LoadMem(path); err != nil {
		t.Fatal(err)
	}
	next.watcher.Memory, next.watcher.Outbox, next.watcher.Ledger = next.mem, next.mem, next.mem
	next.now = morning.Add(11 * day)
	next.hourly(11*day, 12*day, "web-1")
	if len(next.mails) != 0 {
		t.Errorf("mails %q", next.mails)
	}
}

// TestHeartbeat: a host is armed by two lines that the owner chose, of whatever
// program but sshd, which repeats what strangers say.
func TestHeartbeat(t *testing.T) {
	for _, heartbeat := range []string{"", "i am here"} {
		d := newDial(t, attention.Config{Heartbeat: heartbeat})
		for i := range 6 {
			d.until(time.Duration(i) * 10 * time.Minute)
			d.hears("web-1", d.now, "logger: yes, i am here: up 3 days")
			d.hears("db-1", d.now, "logger: who is there?")
		}
		d.until(2 * day)
		if told := strings.Join(d.mails, ", "); (heartbeat != "") != strings.HasPrefix(told, "logs-stopped/silence ") || strings.Count(told, "logs-stopped") > 1 {
			t.Errorf("heartbeat %q: mails %q", heartbeat, told)
		}
	}
}

func TestStrangersDoNotBeat(t *testing.T) {
	d := newDial(t, attention.Config{Heartbeat: "i am here"})
	for i := range 6 {
		d.until(time.Duration(i) * 10 * time.Minute)
		d.hears("bastion", d.now, "sshd[7]: Invalid user i am here from 203.0.113.7 port 4242")
	}
	d.until(2 * day)
	if len(d.mails) > 0 {
		t.Errorf("mails %q of a host that no owner's line armed", d.mails)
	}
}

// TestSilenceOutlastsDeaths: whoever dies while a silence is told, it is told.
func TestSilenceOutlastsDeaths(t *testing.T) {
	for _, doom := range []watchtest.Step{
		{Call: "update"}, {Call: "update", After: true}, {Call: "spend"}, {Call: "notify"}, {Call: "notify", After: true}, {Call: "settle told"},
	} {
		d := newDial(t, attention.Config{})
		d.hourly(0, 8*day, "web-1")
		struck := false
		chaos := &watchtest.Chaos{Store: d.mem, Notifier: d, Plan: func(s watchtest.Step) watchtest.Fault {
			if !struck && s.Call == doom.Call && s.After == doom.After && d.now.Sub(morning) > 8*day+5*time.Hour {
				struck = true
				return watchtest.Kill
			}
			return watchtest.None
		}}
		d.watcher.Memory, d.watcher.Outbox, d.watcher.Ledger, d.watcher.Notifier = chaos, chaos, chaos, chaos
		for range 24 * 12 {
			d.now = d.now.Add(5 * time.Minute)
			if err, died := watchtest.Deliver(t.Context(), func(ctx context.Context) error {
				_, err := d.watcher.Tick(ctx, d.now)
				return err
			}); err != nil && !died {
				t.Fatal(err)
			}
		}
		again := doom.Call == "notify" && doom.After || doom.Call == "settle told"
		if n := len(d.mails); !struck || n < 1 || n > 2 || n == 2 && !again {
			t.Errorf("killed at %v: struck %v, mails %q", doom, struck, d.mails)
		}
	}
}

// TestSelfTest: a line with the name that was asked for is one mail, whatever
// the caps and the mutes say; any other name is none.
func TestSelfTest(t *testing.T) {
	const name = watch.TestPrefix + "x7f3"
	line := func(name string) string {
		return "sshd[9]: Invalid user " + name + " from 192.0.2.7 port 4242"
	}
	for _, c := range []struct {
		why   string
		lines []string
		after time.Duration // the asking
		want  int
	}{
		{"asked for", []string{line(name)}, time.Minute, 1},
		{"one test leaves two lines", []string{line(name), "sshd[9]: Connection closed by invalid user " + name + " 192.0.2.7 port 4242 [preauth]"}, time.Minute, 1},
		{"another name", []string{line(name + "x"), line("x7f3"), line(watch.TestPrefix)}, time.Minute, 0},
		{"its time is over", []string{line(name)}, 11 * time.Minute, 0},
	} {
		d := newDial(t, attention.Config{})
		if err := d.mem.PutTest(t.Context(), name, d.now.Add(10*time.Minute)); err != nil {
			t.Fatal(err)
		}
		d.now = d.now.Add(c.after)
		d.hears("web-1", d.now, c.lines...)
		d.now = d.now.Add(time.Minute)
		d.hears("web-1", d.now, c.lines...) // once
		d.until(time.Hour)
		if len(d.mails) != c.want || c.want == 1 && (!strings.HasPrefix(d.mails[0], "self-test/asked web-1 ") || strings.Contains(d.told[0].Text, name)) {
			t.Errorf("%s: mails %q", c.why, d.mails)
		}
	}
}

// TestSelfTestLookups: strangers who try such names cost a batch few reads.
func TestSelfTestLookups(t *testing.T) {
	now := morning
	w, m := metered(&now)
	var lines []string
	for i := range 500 {
		lines = append(lines, fmt.Sprintf("Mar  2 10:00:00 web-1 sshd[%d]: Invalid user sshsieve-test-%d from 192.0.2.7 port 4242", i, i))
	}
	if _, err := w.Batch(t.Context(), watch.Batch{Origin: origin, Events: eventsOf(now, lines...)}); err != nil {
		t.Fatal(err)
	}
	if reads := m.Operations().Reads; reads > 20 {
		t.Errorf("%d reads: %s", reads, m)
	}
}

// TestHeld: a mail says how many other attempts failed that day on its hosts.
func TestHeld(t *testing.T) {
	d := newDial(t, attention.Config{})
	for i := range 30 {
		d.now = d.now.Add(time.Second)
		for _, host := range []string{"web-1", "db-1"} {
			d.hears(host, d.now, fmt.Sprintf("sshd[%d]: Failed publickey for alice from 198.51.100.%d port 4242 ssh2", i, i))
		}
	}
	d.until(time.Hour)
	d.hears("web-1", d.now, "sshd[9]: Accepted password for root from 192.0.2.7 port 4242 ssh2")
	if len(d.told) != 1 || !strings.Contains(strings.Join(strings.Fields(d.told[0].Text), " "), " 30 other failures on web-1 that day were not mailed.") {
		t.Errorf("mails %q: %+v", d.mails, d.told)
	}
}

// TestDrift: what was not understood in an hour is judged by its counts.
func TestDrift(t *testing.T) {
	for _, c := range []struct {
		strange int // in a hundred batches of one line each
		want    int
	}{{49, 0}, {60, 1}} {
		d := newDial(t, attention.Config{})
		for i := range 100 {
			d.now = d.now.Add(time.Second)
			line := "sshd[1]: Connection closed by 198.51.100.7 port 4242 [preauth]"
			if i < c.strange {
				line = fmt.Sprintf("sshd[1]: no release says %c%c%c", 'a'+i%26, 'a'+i/26, 'a'+i%7)
			}
			d.hears("web-1", d.now, line)
		}
		d.until(3 * time.Hour)
		found := 0
		for _, e := range d.mem.Entries() {
			if e.Finding.Rule == "parser-drift" && e.Finding.Reason == "share" {
				found++
			}
		}
		if found != c.want {
			t.Errorf("%d of 100 lines: found %d times, want %d", c.strange, found, c.want)
		}
	}
}
