package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// batches reads a log and returns its batches' sizes and the time each spans.
func batches(t *testing.T, log string) (sizes []int, spans []time.Duration) {
	t.Helper()
	r := &reading{ctx: context.Background(), stdin: strings.NewReader(log), zone: time.UTC, now: time.Now}
	next := 1
	err := r.each(nil, nil, func(b batch) error {
		if b.first != next || len(b.lines) != len(b.events) {
			t.Errorf("batch begins at line %d, want %d; %d lines, %d events", b.first, next, len(b.lines), len(b.events))
		}
		next += len(b.lines)
		sizes = append(sizes, len(b.lines))
		first, last := b.events[0].Record.Time, b.events[len(b.events)-1].Record.Time
		spans = append(spans, last.Sub(first))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return sizes, spans
}

// However dense a log is, a batch is as CloudWatch would deliver it.
func TestBatchesAreBounded(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 0))
		pause := 1 + random.IntN(200_000) // milliseconds
		at := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
		var log strings.Builder
		const lines = 3000
		for i := range lines {
			at = at.Add(time.Duration(random.IntN(pause)) * time.Millisecond)
			fmt.Fprintf(&log, "%s web-1 sshd[%d]: Connection closed by 192.0.2.7 port 4242\n", at.Format(time.RFC3339Nano), i)
		}
		sizes, spans := batches(t, log.String())
		total := 0
		for i := range sizes {
			total += sizes[i]
			if sizes[i] > batchLines || spans[i] > batchSpan {
				t.Fatalf("seed %d: a batch of %d lines and %v", seed, sizes[i], spans[i])
			}
		}
		if total != lines {
			t.Fatalf("seed %d: %d lines in batches, want %d", seed, total, lines)
		}
	}
}

// A bare log has no times, and is cut by lines only.
func TestBatchesWithoutTime(t *testing.T) {
	sizes, _ := batches(t, strings.Repeat("Connection closed by 192.0.2.7 port 4242\n", 2500))
	if fmt.Sprint(sizes) != "[1000 1000 500]" {
		t.Errorf("batches of %v, want [1000 1000 500]", sizes)
	}
}

// A pipe gives its lines once, and all of them are read: from <(zcat …), too.
func TestPipesAreReadOnce(t *testing.T) {
	const lines = 3000
	var args []string
	for i := range 2 {
		name := filepath.Join(t.TempDir(), "pipe")
		if err := syscall.Mkfifo(name, 0o600); err != nil {
			t.Skip("no named pipes here: ", err)
		}
		text := strings.Repeat(fmt.Sprintf("2026-11-20T12:00:0%dZ web-1 sshd[7]: Connection closed by 192.0.2.7 port 4242\n", i), lines)
		go os.WriteFile(name, []byte(text), 0o600) // ends when it is read to its end
		args = append(args, name)
	}
	var out, errs bytes.Buffer
	code := run(t.Context(), append([]string{"report", "--quick", "--json"}, args...), nil, &out, &errs)
	if code != exitOK || !strings.Contains(out.String(), fmt.Sprintf(`"lines": %d,`, 2*lines)) {
		t.Errorf("exit %d, %s%.200s; want all of %d lines", code, errs.String(), out.String(), 2*lines)
	}
}
