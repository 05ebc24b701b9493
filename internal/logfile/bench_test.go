package logfile

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// benchLines is how many lines every benchmark reads in one round.
const benchLines = 100_000

// benchText is a log as bots write it.
func benchText() string {
	var b strings.Builder
	for i := range benchLines {
		fmt.Fprintf(&b, "Nov 22 %02d:%02d:%02d web-3 sshd[%d]: Failed password for invalid user u%d from 192.0.2.%d port %d ssh2\n",
			i/3600%24, i/60%60, i%60, 1000+i%30000, i*7919%5000, i*31%256, 1024+i*7907%60000)
	}
	return b.String()
}

// perLine adds the time for each line to a benchmark's figures.
func perLine(b *testing.B, text string) {
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	b.Cleanup(func() {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchLines, "ns/line")
	})
}

func benchReader(b *testing.B, text string, stored []byte) {
	perLine(b, text)
	for b.Loop() {
		r, err := NewReader("bench", bytes.NewReader(stored))
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for {
			lines, err := r.ReadBatch(1000)
			if err == io.EOF {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			n += len(lines)
		}
		if n != benchLines {
			b.Fatal(n, "lines")
		}
	}
}

func benchScanner(b *testing.B, text string, open func() io.Reader) {
	perLine(b, text)
	for b.Loop() {
		n := 0
		for s := bufio.NewScanner(open()); s.Scan(); n++ {
		}
		if n != benchLines {
			b.Fatal(n, "lines")
		}
	}
}

func BenchmarkPlain(b *testing.B) {
	text := benchText()
	b.Run("Reader", func(b *testing.B) { benchReader(b, text, []byte(text)) })
	b.Run("bufio.Scanner", func(b *testing.B) {
		benchScanner(b, text, func() io.Reader { return strings.NewReader(text) })
	})
}

func BenchmarkGzip(b *testing.B) {
	text := benchText()
	stored := gz(b, text)
	open := func() io.Reader {
		zr, err := gzip.NewReader(bytes.NewReader(stored))
		if err != nil {
			b.Fatal(err)
		}
		return zr
	}
	b.Run("Reader", func(b *testing.B) { benchReader(b, text, stored) })
	b.Run("bufio.Scanner", func(b *testing.B) { benchScanner(b, text, open) })
	b.Run("gunzip alone", func(b *testing.B) {
		perLine(b, text)
		buf := make([]byte, chunk)
		for b.Loop() {
			if _, err := io.CopyBuffer(io.Discard, struct{ io.Reader }{open()}, buf); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkExport(b *testing.B) {
	var stored strings.Builder
	for line := range strings.Lines(benchText()) {
		stored.WriteString("__CURSOR=s=8bab6e166aad4fd2b073a88204e87439;i=1\n__REALTIME_TIMESTAMP=1763812800123456\n_BOOT_ID=fdf201c2c4574a9fb111e034559bd29b\n" +
			"PRIORITY=6\n_UID=0\n_GID=0\n_CAP_EFFECTIVE=1fffeffffff\n_HOSTNAME=web-3\n_TRANSPORT=syslog\nSYSLOG_IDENTIFIER=sshd\nSYSLOG_PID=77\n_PID=77\n_COMM=sshd\nMESSAGE=")
		stored.WriteString(line + "\n")
	}
	benchReader(b, stored.String(), []byte(stored.String()))
}
