package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sshsieve/internal/cwlogs"
)

// samples are the readable sources of the project's sample events.
const samples = "../../events/*.log"

// latest is the day by which the samples' stamps get their year: the goldens
// must not depend on when the repository was checked out.
const latest = "2026-11-30"

// Each sample is classified as its golden says, and made into the event that
// lies beside it: NAME.log -> NAME.want, NAME.json.
func TestSamples(t *testing.T) {
	names, err := filepath.Glob(samples)
	if err != nil || len(names) == 0 {
		t.Fatalf("no samples at %s (%v)", samples, err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			stem := strings.TrimSuffix(name, ".log")
			golden(t, stem+".want", "classify", "--latest", latest, name)
			golden(t, stem+".json", "event", "--latest", latest,
				"--log-group", "/var/log/auth", "--log-stream", filepath.Base(stem), name)
		})
	}
}

// golden compares what the command prints with a file, or rewrites that.
func golden(t *testing.T, file string, args ...string) {
	t.Helper()
	code, got, errs := execute("", args...)
	if code != exitOK || errs != "" {
		t.Fatalf("sshsieve %v: exit %d: %s", args, code, errs)
	}
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (go test ./functions/sshsieve -update writes it)", err)
	}
	if !bytes.Equal([]byte(got), want) {
		t.Errorf("%s differs:\n%s", file, difference(got, string(want)))
	}
}

// difference shows the first line that differs.
func difference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return "got  " + g[i] + "\nwant " + w[i]
		}
	}
	return "one has more lines than the other"
}

// CloudWatch Logs asks with a control message whether anybody is there; its
// sample has no log, so it is made here.
func TestControlSample(t *testing.T) {
	const file = "../../events/control-message.json"
	asked := cwlogs.Batch{MessageType: cwlogs.ControlMessage, Owner: "CloudwatchLogs", Lines: []cwlogs.Line{
		{ID: "", Timestamp: 1795354026390, Message: "CWL CONTROL MESSAGE: Checking health of destination Lambda function."},
	}}
	var event bytes.Buffer
	if err := cwlogs.Encode(&event, &asked); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, event.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	stored, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (go test ./functions/sshsieve -update writes it)", err)
	}
	var read cwlogs.Batch
	if err := read.Decode(stored); err != nil || !read.Control() || len(read.Lines) != 0 {
		t.Errorf("%s is read as %+v, %v", file, read, err)
	}
	if !bytes.Equal(stored, event.Bytes()) {
		t.Errorf("%s is not what its source makes", file)
	}
}
