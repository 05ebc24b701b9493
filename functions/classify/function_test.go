package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"sshsieve/internal/config"
	"sshsieve/internal/cwlogs"
	"sshsieve/internal/lambdaenv"
	"sshsieve/internal/notice"
	"sshsieve/internal/syslog"
	"sshsieve/internal/watch"
)

// today is the wall clock of these tests.
var today = time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)

// A bench is a function in this process, with its memory, and what it wrote.
type bench struct {
	*function
	mem     *watch.Mem
	metrics bytes.Buffer
	logs    bytes.Buffer
	told    told
}

// told is a Notifier that keeps what it is told.
type told struct {
	mu      sync.Mutex
	notices []notice.Notice
	fail    error
}

func (n *told) Notify(_ context.Context, notice notice.Notice) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.fail == nil {
		n.notices = append(n.notices, notice)
	}
	return n.fail
}

func newBench() *bench {
	b := &bench{mem: &watch.Mem{}}
	log := slog.New(slog.NewJSONHandler(&b.logs, nil))
	now := func() time.Time { return today }
	env := &lambdaenv.Env{
		Config: config.Config{OwnLogGroup: "/aws/lambda/classify"}, Log: log,
		Watcher: &watch.Watcher{Memory: b.mem, Outbox: b.mem, Ledger: b.mem, Mutes: b.mem, Notifier: &b.told, Now: now, Log: log},
	}
	b.function = newFunction(env, &b.metrics)
	b.now = now
	return b
}

// take delivers an event and wants no error.
func (b *bench) take(t *testing.T, event []byte) string {
	t.Helper()
	answer, err := b.Invoke(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

// lines are the metrics, one object for each line.
func (b *bench) lines(t *testing.T) []map[string]any { return emfLines(t, b.metrics.String()) }

// emfLines are those of a function's output that are metrics.
func emfLines(t *testing.T, output string) (lines []map[string]any) {
	t.Helper()
	for text := range strings.Lines(output) {
		line := map[string]any{}
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("no JSON: %s", text)
		}
		if line["_aws"] != nil {
			lines = append(lines, line)
		}
	}
	return lines
}

// keepsSecrets fails if something that may be a password was logged.
func (b *bench) keepsSecrets(t *testing.T) {
	t.Helper()
	for name, text := range map[string]string{"log": b.logs.String(), "metrics": b.metrics.String()} {
		if strings.Contains(text, secret) {
			t.Errorf("the %s holds a secret: %s", name, text)
		}
	}
}

func TestBatchIsCountedOnce(t *testing.T) {
	b := newBench()
	event := noise(today.Add(-time.Minute)).event(t)
	for range 3 {
		if got := b.take(t, event); got != "null" {
			t.Errorf("answer %s, want null: nobody reads it", got)
		}
	}
	lines := b.lines(t)
	if len(lines) != 3 {
		t.Fatalf("%d lines of metrics, want one for each delivery:\n%s", len(lines), b.metrics.String())
	}
	if lines[0]["lines"] != 2.0 || lines[0]["duplicate-batches"] != nil {
		t.Errorf("first delivery: %v", lines[0])
	}
	for _, line := range lines[1:] {
		if line["duplicate-batches"] != 1.0 || line["lines"] != nil || line["graph"] != nil {
			t.Errorf("a second delivery counts lines: %v", line)
		}
	}
	b.keepsSecrets(t)
}

func TestBreakInIsToldOnce(t *testing.T) {
	b := newBench()
	event := breakIn(today.Add(-time.Minute)).event(t)
	for range 3 {
		b.take(t, event)
	}
	var high []string
	for _, n := range b.told.notices {
		if n.Severity.String() == "high" {
			high = append(high, n.Subject)
		}
	}
	if len(high) != 1 {
		t.Errorf("%d mails of high severity, want 1: %q", len(high), high)
	}
}

// CloudWatch Logs asks whether anybody is there; that is no batch.
func TestControlMessage(t *testing.T) {
	b := newBench()
	s := noise(today)
	s.MessageType = cwlogs.ControlMessage
	b.take(t, s.event(t))
	if b.metrics.Len() > 0 || b.mem.Operations() != (watch.Operations{}) {
		t.Errorf("a control message was counted: %s %+v", b.metrics.String(), b.mem.Operations())
	}
}

func TestOwnLogGroupIsDropped(t *testing.T) {
	b := newBench()
	s := breakIn(today)
	s.LogGroup = b.config.OwnLogGroup
	for range 3 {
		b.take(t, s.event(t))
	}
	if len(b.told.notices) > 0 || b.mem.Operations() != (watch.Operations{}) {
		t.Error("lines of the function's own log were judged")
	}
	if n := strings.Count(b.logs.String(), `"level":"WARN"`); n != 1 {
		t.Errorf("%d warnings, want 1 for each container: each is a line of the loop", n)
	}
	if lines := b.lines(t); len(lines) != 1 || lines[0]["own-log-group"] != 1.0 {
		t.Errorf("metrics: %v", lines)
	}
}

func TestPayloadFaults(t *testing.T) {
	var bomb bytes.Buffer
	zip := gzip.NewWriter(&bomb)
	chunk := bytes.Repeat([]byte(" "), 1<<20)
	for range 33 {
		if _, err := zip.Write(chunk); err != nil {
			t.Fatal(err)
		}
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	whole := noise(today).event(t)
	wrap := func(data string) []byte { return []byte(`{"awslogs":{"data":"` + data + `"}}`) }
	torn := noise(today).document(t)
	for _, c := range []struct {
		why   string
		event []byte
		want  error  // nil: only its text is known
		text  string // in the message
	}{
		{"torn on the way", whole[:len(whole)/2], cwlogs.ErrJSON, "event"},
		{"no base64", wrap("*" + secret), cwlogs.ErrBase64, "data"},
		{"no gzip", wrap(base64.StdEncoding.EncodeToString([]byte(secret))), cwlogs.ErrGzip, "gzip"},
		{"gzip cut short", wrap(base64.StdEncoding.EncodeToString(decoded(t, torn)[:60])), cwlogs.ErrTruncated, "gzip"},
		{"a bomb of 33 MiB", wrap(base64.StdEncoding.EncodeToString(bomb.Bytes())), cwlogs.ErrTooLarge, "size bound"},
		{"data is missing", []byte(`{"awslogs":{}}`), cwlogs.ErrMissing, "awslogs.data"},
		{"an S3 event", []byte(`{"Records2":[],"x":"` + secret + `"}`), errUnknownEvent, "Kinesis"},
		{"no JSON at all", []byte(secret), errUnknownEvent, "want a CloudWatch Logs"},
		{"nothing", nil, errUnknownEvent, "want a CloudWatch Logs"},
	} {
		t.Run(c.why, func(t *testing.T) {
			b := newBench()
			_, err := b.Invoke(t.Context(), c.event)
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("error %v, want %v with %q", err, c.want, c.text)
			}
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("the error repeats the payload: %v", err)
			}
			if b.metrics.Len() > 0 || b.mem.Operations() != (watch.Operations{}) {
				t.Error("something was counted")
			}
		})
	}
}

func decoded(t *testing.T, data string) []byte {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestKinesisReportsOnlyThePoisonedRecord(t *testing.T) {
	b := newBench()
	first, third := noise(today.Add(-time.Hour)), breakIn(today.Add(-time.Minute))
	event := kinesisEvent(t, first.document(t), "AAAA", third.document(t))
	if got, want := b.take(t, event), `{"batchItemFailures":[{"itemIdentifier":"2"}]}`; got != want {
		t.Errorf("answer %s, want %s", got, want)
	}
	if lines := b.lines(t); len(lines) != 2 {
		t.Errorf("%d batches counted, want the two that can be read", len(lines))
	}
	if got, want := b.take(t, kinesisEvent(t, first.document(t))), `{"batchItemFailures":[]}`; got != want {
		t.Errorf("answer %s, want %s: null would be read as a failure of all", got, want)
	}
}

// After a fault for now nothing behind it is tried: it comes again with it.
func TestKinesisStopsAtAFaultForNow(t *testing.T) {
	b := newBench()
	b.told.fail = errors.New("SNS is away")
	at := today.Add(-time.Hour)
	event := kinesisEvent(t, noise(at).document(t), breakIn(at).document(t), noise(at.Add(time.Minute)).document(t))
	if got, want := b.take(t, event), `{"batchItemFailures":[{"itemIdentifier":"2"}]}`; got != want {
		t.Errorf("answer %s, want %s", got, want)
	}
	if lines := b.lines(t); len(lines) != 1 {
		t.Errorf("%d batches counted, want 1", len(lines))
	}
	b.told.fail = nil
	if got := b.take(t, event); got != `{"batchItemFailures":[]}` {
		t.Errorf("answer %s to the second delivery", got)
	}
}

func TestKinesisOutOfTime(t *testing.T) {
	b := newBench()
	ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond) // less than the reserve
	defer cancel()
	answer, err := b.Invoke(ctx, kinesisEvent(t, noise(today).document(t), noise(today).document(t)))
	if err != nil || string(answer) != `{"batchItemFailures":[{"itemIdentifier":"1"}]}` {
		t.Errorf("answer %s, %v", answer, err)
	}
}

// A line at which the program itself fails is counted, told by its shape, and no
// error of its batch.
func TestPanicInALine(t *testing.T) {
	b := newBench()
	b.readers.New = func() any {
		r := newReader(b.config)
		r.parse = func(line string) syslog.Record {
			if strings.Contains(line, "goes wrong") {
				panic(fmt.Errorf("no more of %s", line))
			}
			return syslog.Parse(line)
		}
		return r
	}
	s := breakIn(today.Add(-time.Minute)).say(7, `this goes wrong for user `+secret+` of "`+secret+`"`)
	for range 2 {
		b.take(t, s.event(t))
	}
	lines := b.lines(t)
	if len(lines) != 2 || lines[0]["panics"] != 1.0 || lines[0]["lines"] != 9.0 || lines[0]["unrecognised"] != 1.0 {
		t.Errorf("metrics: %v", lines)
	}
	if lines[1]["duplicate-batches"] != 1.0 {
		t.Errorf("the batch has another hash when it comes again: %v", lines[1])
	}
	if len(b.told.notices) == 0 {
		t.Error("the other lines were not judged")
	}
	if !strings.Contains(b.logs.String(), "this goes wrong for") {
		t.Errorf("the shape is not in the log: %s", b.logs.String())
	}
	b.keepsSecrets(t)
}

// A panic that no line causes by itself is not swallowed: Lambda starts the
// process anew.
func TestPanicOfNoLine(t *testing.T) {
	b := newBench()
	b.watcher.Ledger = nil
	defer func() {
		if recover() == nil {
			t.Error("the panic was swallowed")
		}
	}()
	_, _ = b.Invoke(t.Context(), noise(today).event(t)) // it panics
}

func TestDeadlineIsAnError(t *testing.T) {
	b := newBench()
	ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
	defer cancel()
	event := breakIn(today.Add(-time.Minute)).event(t)
	if _, err := b.Invoke(ctx, event); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want that time is up", err)
	}
	if b.metrics.Len() > 0 {
		t.Error("a batch was counted that will come again")
	}
	b.take(t, event)
	if lines := b.lines(t); len(lines) != 1 || lines[0]["lines"] != 8.0 {
		t.Errorf("after the retry: %v", lines)
	}
}
