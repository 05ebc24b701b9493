package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/awstest"
	"sshsieve/internal/lambdatest"
	"sshsieve/internal/notice"
	"sshsieve/internal/watch"
)

func TestMain(m *testing.M) { lambdatest.Main(m) }

var monday = time.Date(2026, time.November, 23, 7, 0, 0, 0, time.UTC)

// A bench is a function in this process, with its memory, and what it wrote.
type bench struct {
	*function
	mem     watch.Mem
	metrics bytes.Buffer
	told    []notice.Notice
	fail    error
}

func (b *bench) Notify(_ context.Context, n notice.Notice) error {
	if b.fail == nil {
		b.told = append(b.told, n)
	}
	return b.fail
}

func newBench() *bench {
	b := &bench{}
	w := &watch.Watcher{Memory: &b.mem, Outbox: &b.mem, Ledger: &b.mem, Mutes: &b.mem, Notifier: b}
	b.function = &function{watcher: w, archive: &b.mem, name: "tick", metrics: &b.metrics}
	return b
}

// at plays one tick and returns its metrics.
func (b *bench) at(t *testing.T, now time.Time) (line map[string]any, err error) {
	t.Helper()
	clock := func() time.Time { return now }
	b.now, b.watcher.Now = clock, clock
	b.metrics.Reset()
	_, err = b.Invoke(t.Context(), []byte(`{}`))
	if b.metrics.Len() == 0 {
		return nil, err
	}
	if fault := json.Unmarshal(b.metrics.Bytes(), &line); fault != nil {
		t.Fatal(fault)
	}
	return line, err
}

// find puts a Finding into the outbox whose worker died at once.
func (b *bench) find(t *testing.T, at time.Time, id string) {
	t.Helper()
	e := watch.Entry{
		ID: id, Origin: watch.Origin{Account: "1", LogGroup: "g"}, Found: at, Due: at,
		Finding: attention.Finding{Rule: "login", Reason: "after-failures", Severity: attention.High, At: at, User: id},
	}
	_, err := b.mem.Update(t.Context(), watch.Key{Scope: "1:g"}, func(h attention.History) (attention.History, []watch.Entry) {
		return h, []watch.Entry{e}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// receive puts a receipt down, as a batch does.
func (b *bench) receive(t *testing.T, newest, arrived time.Time) {
	t.Helper()
	r := watch.Receipt{Scope: "1:g", Bucket: watch.BucketOf(newest), Batch: arrived.String(), Newest: newest, Arrived: arrived, Counts: watch.Counts{Lines: 3}}
	if _, err := b.mem.Receive(t.Context(), r); err != nil {
		t.Fatal(err)
	}
}

func TestIdleTick(t *testing.T) {
	b := newBench()
	line, err := b.at(t, monday.Add(10*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if line["waiting"] != nil || line["failed"] != nil || line["FunctionName"] != "tick" {
		t.Errorf("an idle tick writes metrics, which are billed: %v", line)
	}
	if _, ok := line["receipt-age"]; ok {
		t.Errorf("there is no receipt, and it has an age: %v", line)
	}
}

func TestTellsWhatADeadWorkerLeft(t *testing.T) {
	b := newBench()
	b.find(t, monday, "bob")
	for i := range 3 {
		if _, err := b.at(t, monday.Add(time.Duration(i+1)*5*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	if len(b.told) != 1 {
		t.Errorf("told %d times, want once", len(b.told))
	}
}

func TestMeasuresWhatWaits(t *testing.T) {
	b := newBench()
	b.find(t, monday, "bob")
	b.fail = errors.New("SNS is away")
	line, err := b.at(t, monday.Add(5*time.Minute))
	if !errors.Is(err, b.fail) {
		t.Errorf("error %v, want %v: an alarm counts these", err, b.fail)
	}
	if line["waiting"] != 1.0 || line["failed"] != nil {
		t.Errorf("metrics: %v, want one that waits", line)
	}
	b.fail = watch.ErrRefused
	if line, err = b.at(t, monday.Add(10*time.Minute)); err != nil {
		t.Errorf("refused for ever is no error, since nothing heals it: %v", err)
	}
	if line["waiting"] != nil || line["failed"] != 1.0 {
		t.Errorf("metrics: %v, want one that failed", line)
	}
}

func TestMeasuresTheNewestBatch(t *testing.T) {
	for _, c := range []struct {
		why             string
		newest, arrived time.Duration // before the tick
		want            any
	}{
		{"a moment ago", 3 * time.Minute, 2 * time.Minute, 120.0},
		{"hours ago, which takes another look", 5 * time.Hour, 5 * time.Hour, 5 * 3600.0},
		{"old lines that came just now are life", 20 * time.Hour, time.Minute, 60.0},
		{"a host's clock that is ahead", -8 * time.Minute, time.Minute, 60.0},
	} {
		t.Run(c.why, func(t *testing.T) {
			b := newBench()
			now := monday.Add(3*time.Hour + 10*time.Minute)
			b.receive(t, now.Add(-c.newest), now.Add(-c.arrived))
			if _, err := b.mem.Fold(t.Context(), now.Add(-24*time.Hour), now.Add(time.Hour), func(watch.Row) {}); err != nil {
				t.Fatal(err)
			}
			line, err := b.at(t, now)
			if err != nil || line["receipt-age"] != c.want {
				t.Errorf("age %v, want %v (%v)", line["receipt-age"], c.want, err)
			}
		})
	}
}

func TestWeeklyReport(t *testing.T) {
	b := newBench()
	for h := range 8 * 24 {
		now := monday.Add(time.Duration(h) * time.Hour)
		b.receive(t, now.Add(-6*time.Minute), now)
		if _, err := b.at(t, now); err != nil {
			t.Fatal(err)
		}
	}
	var reasons []string
	for _, n := range b.told {
		reasons = append(reasons, n.Rule+"/"+n.Reason)
	}
	if got, want := strings.Join(reasons, " "), "quiet-report/first-day quiet-report/weekly"; got != want {
		t.Errorf("told %s, want %s", got, want)
	}
}

func TestOutOfTime(t *testing.T) {
	b := newBench()
	b.now = func() time.Time { return monday }
	ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond) // less than the reserve
	defer cancel()
	if _, err := b.Invoke(ctx, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want that time is up", err)
	}
	if b.metrics.Len() > 0 {
		t.Errorf("metrics of what nobody asked: %s", b.metrics.String())
	}
}

// The binary, against moto_server.
func TestDeployed(t *testing.T) {
	moto := awstest.Start(t)
	arn, drain := moto.Topic(t)
	env := append(moto.Env(), "SSHSIEVE_TABLE="+moto.Table(t), "SSHSIEVE_NOTICES_TOPIC="+arn)
	f := lambdatest.New(t, lambdatest.Build(t, "sshsieve/functions/tick"), env...)
	for range 2 {
		if o := f.Invoke([]byte(`{}`)); !o.OK() {
			t.Fatalf("%+v\n%s", o.Error, f.Stdout())
		}
	}
	if n := strings.Count(f.Stdout(), `"FunctionName":`); n != 2 {
		t.Errorf("%d lines, want one for each call:\n%s", n, f.Stdout())
	}
	if told := drain(); len(told) > 0 {
		t.Errorf("told %v", told)
	}
	if f.Stderr() != "" {
		t.Errorf("standard error: %s", f.Stderr())
	}
}
