package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the goldens, and what scripts compare with")

// The scripts run the command as this process, re-executed.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"sshsieve": main})
}

// Each script in testdata is one use of the command.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata",
		UpdateScripts: *update, // what `cmp` compares with
		// The race detector sleeps for a second at the end of each process.
		Setup: func(env *testscript.Env) error { env.Setenv("GORACE", "atexit_sleep_ms=0"); return nil },
		Cmds:  map[string]func(*testscript.TestScript, bool, []string){"gzip": scriptGzip, "nocontrol": scriptNoControl},
	})
}

// scriptGzip writes a compressed file: gzip FROM TO [truncated].
func scriptGzip(ts *testscript.TestScript, _ bool, args []string) {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, err := w.Write([]byte(ts.ReadFile(args[0])))
	ts.Check(err)
	// A flushed block, so that there are lines before the damage.
	ts.Check(w.Flush())
	if len(args) == 2 {
		ts.Check(w.Close())
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), zipped.Bytes(), 0o666))
}

// scriptNoControl fails if what the last command printed holds control
// characters but LF.
func scriptNoControl(ts *testscript.TestScript, _ bool, _ []string) {
	for _, stream := range []string{"stdout", "stderr"} {
		if i := strings.IndexFunc(ts.ReadFile(stream), isControl); i >= 0 {
			ts.Fatalf("%s holds a control character at byte %d: %q", stream, i, ts.ReadFile(stream))
		}
	}
}

// isControl tells characters that steer a terminal: C0 but for LF, DEL and C1.
func isControl(r rune) bool { return r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 }

// execute runs the command in this process and returns what it printed.
func execute(stdin string, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(context.Background(), args, strings.NewReader(stdin), &out, &errs)
	return code, out.String(), errs.String()
}
