package attention

import (
	"fmt"
	"testing"
	"time"

	"sshsieve/internal/sshd"
	"sshsieve/internal/sshdtest"
	"sshsieve/internal/syslog"
)

const benchLines = 1000 // a batch

// readMix reads batches of a log as an internet-facing host has it.
func readMix(batches int) (all [][]sshd.Event) {
	lines := sshdtest.Mix(batches*benchLines, 1)
	var timeline syslog.Timeline
	timeline.Latest = began.Add(1000 * day)
	for i := range batches {
		records := make([]syslog.Record, benchLines)
		for k, line := range lines[i*benchLines : (i+1)*benchLines] {
			records[k] = syslog.Parse(line)
		}
		timeline.Resolve(records)
		all = append(all, new(sshd.Reader).Read(records))
	}
	return all
}

// readAttack reads batches of 40 sources that guess at one host's accounts.
func readAttack(batches int) (all [][]sshd.Event) {
	for i := range batches {
		lines := make([]string, benchLines)
		for k := range lines {
			at := began.Add(time.Duration(i)*time.Minute + time.Duration(k)*time.Minute/benchLines)
			lines[k] = fmt.Sprintf("%s web-1 sshd[%d]: Failed password for root from 203.0.113.%d port 4001 ssh2", at.Format(time.RFC3339), 1000+k, k%40)
		}
		all = append(all, read(lines))
	}
	return all
}

// Batches of 1,000 lines; ns/line is what is to be compared with base64 and
// gunzip of the same lines (internal/cwlogs).
func BenchmarkObserve(b *testing.B) {
	for name, batch := range map[string][]sshd.Event{"mix": readMix(1)[0], "attack": readAttack(1)[0]} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Observe(batch, Config{})
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchLines, "ns/line")
		})
	}
}

// BenchmarkJudge plays batches one after the other into Histories that fill up,
// every key of them.
func BenchmarkJudge(b *testing.B) {
	for name, batches := range map[string][][]sshd.Event{"mix": readMix(20), "attack": readAttack(20)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			p, n := newPlayer(learned()), 0
			for b.Loop() {
				if n%len(batches) == 0 {
					p = newPlayer(learned())
				}
				p.findings = nil
				p.play(batches[n%len(batches)])
				n++
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchLines, "ns/line")
		})
	}
}
