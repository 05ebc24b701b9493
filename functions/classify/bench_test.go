package main

import (
	"bytes"
	stdgzip "compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"sshsieve/internal/cwlogs"
	"sshsieve/internal/sshdtest"
	"sshsieve/internal/watch"
)

// BenchmarkInvoke measures a payload's whole way, to counts, findings and
// metrics in a memory of this process, beside base64 and gunzip alone, which
// nobody can do without, by the standard library and by the faster one that is
// used here: of a log as an internet-facing host has it, and of 40 sources that
// guess. The best times of each, taken in turns, are compared: what is slower
// than the best was somebody else's work on the machine.
func BenchmarkInvoke(b *testing.B) {
	for name, lines := range map[string][]string{"mix": sshdtest.Mix(benchBatches*benchLines, 1), "attack": attack(benchBatches * benchLines)} {
		b.Run(name, func(b *testing.B) { benchmarkInvoke(b, payloads(b, lines)) })
	}
}

const (
	benchBatches = 20
	benchLines   = 1000
)

func benchmarkInvoke(b *testing.B, events [][]byte) {
	standard, fast := floor{zip: new(stdgzip.Reader)}, floor{zip: new(gzip.Reader)}
	var best [3]time.Duration
	f := newBench()
	for b.Loop() {
		f.forget()
		var took [len(best)]time.Duration
		for _, event := range events {
			took[0] += timeOf(b, func() error { return standard.read(event) })
			took[1] += timeOf(b, func() error { return fast.read(event) })
			took[2] += timeOf(b, func() error { _, err := f.Invoke(b.Context(), event); return err })
		}
		for i := range best {
			if best[i] == 0 || took[i] < best[i] {
				best[i] = took[i]
			}
		}
	}
	const lines = benchBatches * benchLines
	b.ReportMetric(float64(best[0].Nanoseconds())/lines, "gunzip-ns/line")
	b.ReportMetric(float64(best[2].Nanoseconds())/lines, "ns/line")
	b.ReportMetric(float64(best[2])/float64(best[0]), "way/gunzip")
	b.ReportMetric(float64(best[2])/float64(best[1]), "way/fast-gunzip")
}

// forget empties the memory; what the function reuses from batch to batch stays.
func (b *bench) forget() {
	b.mem = &watch.Mem{}
	b.watcher.Memory, b.watcher.Outbox, b.watcher.Ledger, b.watcher.Mutes = b.mem, b.mem, b.mem, b.mem
	b.told.notices = nil
	b.metrics.Reset()
}

func timeOf(b *testing.B, f func() error) time.Duration {
	start := time.Now()
	if err := f(); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

// payloads are the events of batches of some lines, a minute apart.
func payloads(b *testing.B, lines []string) (events [][]byte) {
	for i := range benchBatches {
		s := newSample(today.Add(time.Duration(i-benchBatches) * time.Minute))
		for k, line := range lines[i*benchLines : (i+1)*benchLines] {
			at := s.at.Add(time.Duration(k) * time.Minute / benchLines)
			s.Lines = append(s.Lines, cwlogs.Line{ID: fmt.Sprintf("%056d", i*benchLines+k), Timestamp: at.UnixMilli(), Message: line})
		}
		events = append(events, s.event(b))
	}
	return events
}

// attack is what 40 sources leave that guess at one account.
func attack(n int) (lines []string) {
	for i := range n {
		lines = append(lines, fmt.Sprintf("Nov 22 11:%02d:%02d web-1 sshd[%d]: Failed password for root from 203.0.113.%d port %d ssh2",
			i/benchLines+60-benchBatches, i%benchLines*60/benchLines, 1000+i, i%40, 1025+i))
	}
	return lines
}

// A floor reads a payload as every reader of it must, with reused buffers.
type floor struct {
	packed []byte
	source bytes.Reader
	zip    interface {
		io.Reader
		Reset(io.Reader) error
	}
}

func (f *floor) read(event []byte) (err error) {
	const before = `{"awslogs":{"data":"`
	end := bytes.LastIndexByte(event, '"')
	if f.packed, err = base64.StdEncoding.AppendDecode(f.packed[:0], event[len(before):end]); err != nil {
		return err
	}
	f.source.Reset(f.packed)
	if err := f.zip.Reset(&f.source); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, f.zip)
	return err
}
