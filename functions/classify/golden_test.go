package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	awssns "github.com/aws/aws-sdk-go-v2/service/sns"

	"sshsieve/internal/awstest"
	"sshsieve/internal/config"
	"sshsieve/internal/cwlogs"
	"sshsieve/internal/dynamo"
	"sshsieve/internal/lambdaenv"
	"sshsieve/internal/sns"
	"sshsieve/internal/watch"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// Every sample event, by the way that it goes in AWS: the metrics it gives, and
// what subscribers of the topic get. The clock stands a minute after its newest
// line, and strikes until nothing waits.
func TestSampleEvents(t *testing.T) {
	names, err := filepath.Glob("../../events/*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("no sample events (%v)", err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			event, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			stem := strings.TrimSuffix(filepath.Base(name), ".json")
			golden(t, filepath.Join("testdata", stem+".want"), played(t, event))
		})
	}
}

// played delivers an event twice, lets the clock strike for an hour, and prints
// what came of it.
func played(t *testing.T, event []byte) string {
	t.Helper()
	moto := awstest.Start(t)
	arn, drain := moto.Topic(t)
	now := newestOf(t, event).Add(time.Minute)
	clock := func() time.Time { return now }
	table := dynamo.New(dynamodb.NewFromConfig(moto.Config()), moto.Table(t))
	table.Now = clock
	var metrics bytes.Buffer
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	f := newFunction(&lambdaenv.Env{Config: config.Config{}, Table: table, Log: log, Watcher: &watch.Watcher{
		Memory: table, Outbox: table, Ledger: table, Mutes: table, Now: clock, Log: log,
		Notifier: sns.New(awssns.NewFromConfig(moto.Config()), arn),
	}}, &metrics)
	f.now = clock
	deliver := func() string {
		metrics.Reset()
		if _, err := f.Invoke(t.Context(), event); err != nil {
			t.Fatal(err)
		}
		return metrics.String()
	}
	first := deliver()
	if again := deliver(); first != "" && !strings.Contains(again, `"duplicate-batches":1`) || strings.Contains(again, `"lines"`) {
		t.Errorf("the second delivery says %s", again)
	}
	for range 12 {
		now = now.Add(5 * time.Minute)
		if _, err := f.watcher.Tick(t.Context(), now); err != nil {
			t.Fatal(err)
		}
	}
	return pretty(t, first) + messages(t, drain())
}

// newestOf is the time of an event's newest line.
func newestOf(t *testing.T, event []byte) (newest time.Time) {
	t.Helper()
	var b cwlogs.Batch
	if err := b.Decode(event); err != nil {
		t.Fatal(err)
	}
	for _, line := range b.Lines {
		if line.Time().After(newest) {
			newest = line.Time()
		}
	}
	return newest
}

// pretty indents lines of JSON.
func pretty(t *testing.T, lines string) string {
	t.Helper()
	var b bytes.Buffer
	for line := range strings.Lines(lines) {
		if err := json.Indent(&b, []byte(line), "", "  "); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// messages are what a queue got, each by its subject and attributes. What else
// is in them is internal/notice's, and its goldens'.
func messages(t *testing.T, got []awstest.Message) string {
	t.Helper()
	var list []string
	for _, m := range got {
		var body struct {
			Count int
			Addr  string
			User  string
		}
		if err := json.Unmarshal([]byte(m.Body), &body); err != nil {
			t.Fatalf("%v: %s", err, m.Body)
		}
		a := m.Attributes
		list = append(list, fmt.Sprintf("\n%s\n  %s %s %s/%s host %q addr %q user %q count %d\n",
			m.Subject, a["verdict"], a["severity"], a["rule"], a["reason"], a["host"], body.Addr, body.User, body.Count))
	}
	slices.Sort(list)
	return strings.Join(list, "")
}

// golden compares with a file, or rewrites it.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (go test ./functions/classify -update writes it)", err)
	}
	if got != string(want) {
		t.Errorf("%s differs:\n%s", file, got)
	}
}

// A golden that no event has any more is in nobody's way, and misleads.
func TestGoldensAreUsed(t *testing.T) {
	names, err := filepath.Glob("testdata/*.want")
	if err != nil || len(names) == 0 {
		t.Fatalf("no goldens (%v)", err)
	}
	for _, name := range names {
		event := filepath.Join("../../events", strings.TrimSuffix(filepath.Base(name), ".want")+".json")
		if _, err := os.Stat(event); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
