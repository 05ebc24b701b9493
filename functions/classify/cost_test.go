package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"sshsieve/internal/lambdatest"
)

// sdkOnly is a main that makes the same clients and does nothing.
const sdkOnly = "./testdata/sdkonly"

// Lambda loads the binary at each cold start, so what it has beyond the SDK's
// clients is bounded. The aim is 1.5 MB; the bound is what there is.
func TestBinarySize(t *testing.T) {
	const most = 2_500_000
	ours, theirs := size(t, bootstrap), size(t, sdkOnly)
	t.Logf("classify %d bytes, with only the SDK's clients %d: %d more", ours, theirs, ours-theirs)
	if ours-theirs > most {
		t.Errorf("%d bytes more than the SDK alone, want at most %d", ours-theirs, most)
	}
}

func size(t *testing.T, pkg string) int64 {
	t.Helper()
	info, err := os.Stat(lambdatest.Build(t, pkg))
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// start is the environment of a process that is only started.
var start = []string{
	"AWS_REGION=eu-central-1", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
	"SSHSIEVE_TABLE=test", "SSHSIEVE_NOTICES_TOPIC=arn:aws:sns:eu-central-1:111122223333:test",
}

// BenchmarkStart measures from exec to when the process asks for work.
func BenchmarkStart(b *testing.B) {
	for name, pkg := range map[string]string{"classify": bootstrap, "sdk-only": sdkOnly} {
		b.Run(name, func(b *testing.B) {
			path := lambdatest.Build(b, pkg)
			for b.Loop() {
				f := lambdatest.New(b, path, start...)
				f.Ready()
				f.Kill()
			}
		})
	}
}

// bulk is a batch as large as Lambda delivers, some 10 MB of JSON in 1 MB of
// event: lines of a host under attack.
func bulk(at time.Time, lines int) *sample {
	random := rand.New(rand.NewPCG(1, 1))
	s := newSample(at)
	for i := range lines {
		addr := fmt.Sprintf("198.51.%d.%d", 100+random.IntN(4), random.IntN(250))
		port, pid := 1024+random.IntN(60000), 1000+i
		switch random.IntN(4) {
		case 0:
			s.say(pid, fmt.Sprintf("Invalid user user%d from %s port %d", random.IntN(500), addr, port))
		case 1:
			s.say(pid, fmt.Sprintf("Failed password for root from %s port %d ssh2", addr, port))
		case 2:
			s.say(pid, fmt.Sprintf("Connection closed by authenticating user root %s port %d [preauth]", addr, port))
		case 3:
			s.say(pid, fmt.Sprintf("Unable to negotiate with %s port %d: no matching key exchange method found. Their offer: diffie-hellman-group1-sha1,ext-info-c [preauth]", addr, port))
		}
		s.at = at // all of one second, as a batch is of seconds
		s.Lines[i].ID = fmt.Sprintf("%056d", random.Uint64())
	}
	return s
}

const bulkLines = 30_000

// A function of 256 MB is the default; a quarter of that is to do for the
// largest event there is.
func TestPeakMemory(t *testing.T) {
	const most = 64 << 20
	d := deploy(t)
	s := bulk(time.Now().Add(-time.Minute), bulkLines)
	event := s.event(t)
	d.Ready()
	idle := d.PeakMemory()
	if idle == 0 {
		t.Skip("there is no /proc here that says how much memory a process had")
	}
	if o := d.Invoke(event); !o.OK() {
		t.Fatalf("%+v", o.Error)
	}
	peak := d.PeakMemory()
	t.Logf("event %d bytes, %d lines: peak memory %.1f MiB, started %.1f MiB", len(event), len(s.Lines), mib(peak), mib(idle))
	if peak > most {
		t.Errorf("peak memory %.1f MiB, want at most %.1f", mib(peak), mib(most))
	}
	if n := d.fresh(t); n != 1 {
		t.Errorf("counted %d times", n)
	}
}

func mib(n int64) float64 { return float64(n) / (1 << 20) }

// BenchmarkBatch is one process's work on the largest event, memory in memory.
// Each run is a batch of its own.
func BenchmarkBatch(b *testing.B) {
	s := bulk(today.Add(-time.Minute), bulkLines)
	bench := newBench()
	for n := 0; b.Loop(); n++ {
		b.StopTimer()
		s.Lines[0].ID = fmt.Sprintf("%056d", n)
		event := s.event(b)
		b.StartTimer()
		if _, err := bench.Invoke(b.Context(), event); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/bulkLines, "ns/line")
}
