package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"sshsieve/internal/cwlogs"
)

// What event prints is what the Lambda reads.
func TestEventIsReadBack(t *testing.T) {
	const log = "2026-11-20T12:00:00.5Z web-1 sshd[7]: Invalid user \"<&\\\\> from 192.0.2.7 port 4242\n\nno time\r\n"
	code, out, errs := execute(log, "event", "--log-group", "g", "--log-stream", "s", "--owner", "111122223333")
	if code != exitOK {
		t.Fatal(errs)
	}
	var b cwlogs.Batch
	if err := b.Decode([]byte(out)); err != nil {
		t.Fatal(err)
	}
	if b.LogGroup != "g" || b.LogStream != "s" || b.Owner != "111122223333" {
		t.Errorf("group %q, stream %q, owner %q", b.LogGroup, b.LogStream, b.Owner)
	}
	var text strings.Builder
	for _, line := range b.Lines {
		text.WriteString(line.Message + "\n")
		if line.Timestamp != 1795176000500 {
			t.Errorf("%q is of %d, want 1795176000500, which is the first line's", line.Message, line.Timestamp)
		}
	}
	if text.String() != log {
		t.Errorf("lines %q, want %q", text.String(), log)
	}
}

func TestEventBounds(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	var wide strings.Builder // what gzip cannot make small
	for range 700 {
		for range 200 {
			fmt.Fprintf(&wide, "%016x", random.Uint64())
		}
		wide.WriteByte('\n')
	}
	for _, test := range []struct{ why, log, want string }{
		{"more lines than CloudWatch puts into one event", strings.Repeat("x\n", maxEventLines+1), "an event holds 10000 lines"},
		{"more bytes than Lambda takes", wide.String(), "Lambda takes 1048576"},
	} {
		code, out, errs := execute(test.log, "event")
		if code != exitUsage || out != "" || !strings.Contains(errs, test.want) || !strings.Contains(errs, "--lines FROM:TO") {
			t.Errorf("%s: exit %d, %d bytes out, %q", test.why, code, len(out), errs)
		}
		if code, _, errs = execute(test.log, "event", "--lines", "1:50"); code != exitOK {
			t.Errorf("%s: a part of it: %s", test.why, errs)
		}
	}
}
