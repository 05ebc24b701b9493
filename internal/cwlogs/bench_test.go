package cwlogs

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
)

// BenchmarkDecode measures Decode beside base64 and gunzip alone, which no
// reader of these payloads can do without, on the same payload in one run. The
// last line of each size gives the ratio.
func BenchmarkDecode(b *testing.B) {
	for _, lines := range []int{100, 1000, 10_000} {
		b.Run(fmt.Sprintf("lines=%d", lines), func(b *testing.B) { benchmarkDecode(b, lines) })
	}
}

func benchmarkDecode(b *testing.B, lines int) {
	in := encoded(b, sampleBatch(lines, sampleMessage))
	data, err := subscriptionData(in)
	if err != nil {
		b.Fatal(err)
	}
	var batch Batch
	var floor floor
	b.Run("floor", func(b *testing.B) { benchmarkLines(b, lines, func() error { return floor.read(data) }) })
	b.Run("decode", func(b *testing.B) { benchmarkLines(b, lines, func() error { return batch.Decode(in) }) })
	b.Run("ratio", func(b *testing.B) { benchmarkRatio(b, func() { floor.read(data) }, func() { batch.Decode(in) }) })
}

func benchmarkLines(b *testing.B, lines int, f func() error) {
	b.ReportAllocs()
	for b.Loop() {
		if err := f(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(lines), "ns/line")
}

// benchmarkRatio compares the best times of both, taken in turns: what is
// slower than the best was somebody else's work on the machine.
func benchmarkRatio(b *testing.B, below, above func()) {
	best := [2]time.Duration{time.Hour, time.Hour}
	for b.Loop() {
		for i, f := range []func(){below, above} {
			start := time.Now()
			f()
			best[i] = min(best[i], time.Since(start))
		}
	}
	b.ReportMetric(float64(best[1])/float64(best[0]), "decode/floor")
}

// A floor does what every decoder must do, with reused buffers.
type floor struct {
	gz     []byte
	source bytes.Reader
	zip    gzip.Reader
	buf    [32 << 10]byte
}

func (f *floor) read(data []byte) error {
	var err error
	if f.gz, err = base64.StdEncoding.AppendDecode(f.gz[:0], data); err != nil {
		return err
	}
	f.source.Reset(f.gz)
	if err := f.zip.Reset(&f.source); err != nil {
		return err
	}
	for {
		switch _, err := f.zip.Read(f.buf[:]); err {
		case nil:
		case io.EOF:
			return nil
		default:
			return err
		}
	}
}
