package sshd

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"sshsieve/internal/cwlogs"
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
			makeFamilyRows() // which rareRows does once
			mustIndex(rareRows())
		}
	})
}

// payload is a subscription event with n lines of the mix.
func payload(b *testing.B, n int) (event []byte) {
	batch := cwlogs.Batch{MessageType: cwlogs.DataMessage, Owner: "111122223333", LogGroup: "/var/log/auth", LogStream: "web-1"}
	for i, line := range sshdtest.Mix(n, 1) {
		batch.Lines = append(batch.Lines, cwlogs.Line{Timestamp: 1795354026390 + int64(i)*700, Message: line})
	}
	var out bytes.Buffer
	if err := cwlogs.Encode(&out, &batch); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

// A pipeline takes payloads to Events, in memory that it uses again.
type pipeline struct {
	batch   cwlogs.Batch
	records []syslog.Record
	reader  Reader
}

func (p *pipeline) read(b *testing.B, event []byte) []Event {
	if err := p.batch.Decode(event); err != nil {
		b.Fatal(err)
	}
	return p.classify()
}

func (p *pipeline) classify() []Event {
	p.records = p.records[:0]
	for _, line := range p.batch.Lines {
		r := syslog.Parse(line.Message)
		syslog.Arrival(&r, time.UnixMilli(line.Timestamp))
		p.records = append(p.records, r)
	}
	return p.reader.Read(p.records)
}

// A floor decodes base64 and gzip, and does nothing with it.
type floor struct {
	zip             gzip.Reader
	gzip, raw, text []byte
}

func (f *floor) read(b *testing.B, event []byte) {
	var outer struct{ Awslogs struct{ Data string } }
	if f.text == nil {
		f.text = make([]byte, 64<<10)
		if err := json.Unmarshal(event, &outer); err != nil {
			b.Fatal(err)
		}
		f.gzip = []byte(outer.Awslogs.Data)
		f.raw = make([]byte, base64.StdEncoding.DecodedLen(len(f.gzip)))
	}
	n, err := base64.StdEncoding.Decode(f.raw, f.gzip)
	if err == nil {
		err = f.zip.Reset(bytes.NewReader(f.raw[:n]))
	}
	for err == nil {
		_, err = f.zip.Read(f.text)
	}
	if err != io.EOF {
		b.Fatal(err)
	}
}

// BenchmarkPayload takes a payload of 1,000 lines to Events, beside base64 and
// gunzip alone, in turn: "whole" and "lines" are the times of all of it, and of
// classifying without decoding, as multiples of that floor.
func BenchmarkPayload(b *testing.B) {
	const lines = 1000
	event := payload(b, lines)
	var p pipeline
	var f floor
	p.read(b, event)
	var whole, classify, alone time.Duration
	for b.Loop() {
		t0 := time.Now()
		f.read(b, event)
		t1 := time.Now()
		p.read(b, event)
		t2 := time.Now()
		p.classify()
		alone, whole, classify = alone+t1.Sub(t0), whole+t2.Sub(t1), classify+time.Since(t2)
	}
	b.ReportMetric(float64(alone)/float64(b.N)/lines, "floor-ns/line")
	b.ReportMetric(float64(classify)/float64(b.N)/lines, "ns/line")
	b.ReportMetric(float64(whole)/float64(alone), "whole/floor")
	b.ReportMetric(float64(classify)/float64(alone), "lines/floor")
}

// BenchmarkGrowth reads logs of more and more lines, in batches: the time of a
// line stays.
func BenchmarkGrowth(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			records := mixRecords(min(n, 100_000))
			var r Reader
			for b.Loop() {
				for i := 0; i < n; i += 1000 {
					at := i % len(records)
					r.Read(records[at:min(at+1000, len(records))])
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/line")
		})
	}
}
