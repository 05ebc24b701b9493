package sshd

import (
	"testing"

	"sshsieve/internal/sshdtest"
	"sshsieve/internal/syslog"
)

func mixRecords(n int) []syslog.Record {
	var records []syslog.Record
	for _, line := range sshdtest.Mix(n, 1) {
		records = append(records, syslog.Parse(line))
	}
	return records
}

// BenchmarkRead classifies and joins batches of a realistic mix.
func BenchmarkRead(b *testing.B) {
	records := mixRecords(10000)
	var r Reader
	r.Read(records)
	b.ReportAllocs()
	for b.Loop() {
		for i := 0; i < len(records); i += 1000 {
			r.Read(records[i : i+1000])
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(records)), "ns/line")
}

// BenchmarkIndex makes the indexes: what a cold start pays for the first line,
// and for the first that is of the long tail.
func BenchmarkIndex(b *testing.B) {
	b.Run("common", func(b *testing.B) {
		for b.Loop() {
			mustIndex(commonRows())
		}
	})
	b.Run("rare", func(b *testing.B) {
		for b.Loop() {
			mustIndex(rareRows())
		}
	})
}
