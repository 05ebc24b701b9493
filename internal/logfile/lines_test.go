package logfile

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// readAll returns clones of all lines of in, and what stopped the reading
// (nil for io.EOF).
func readAll(in io.Reader, limit int) ([]string, error) {
	r, err := NewReader("test.log", in)
	if err != nil {
		return nil, err
	}
	return drain(r, limit)
}

func drain(r *Reader, limit int) ([]string, error) {
	var all []string
	for {
		lines, err := r.ReadBatch(limit)
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		for _, line := range lines {
			all = append(all, strings.Clone(line))
		}
	}
}

func TestLines(t *testing.T) {
	tests := []struct {
		why  string
		in   string
		want []string
	}{
		{"an empty file has no line", "", nil},
		{"an LF alone ends an empty line", "\n", []string{""}},
		{"every LF ends a line", "a\n\nb\n", []string{"a", "", "b"}},
		{"the last line needs no LF", "a\nb", []string{"a", "b"}},
		{"a CR tells sshd's own standard error, so it stays", "a\r\nb\r\n", []string{"a\r", "b\r"}},
		{"a CR alone ends nothing", "a\rb\n", []string{"a\rb"}},
		{"a CR at the end of the file is data as well", "a\r", []string{"a\r"}},
		{"NULs are data: a crash leaves blocks of them", "a\x00b\n\x00\n", []string{"a\x00b", "\x00"}},
		{"invalid UTF-8 is data", "a\xff\xfe\n", []string{"a\xff\xfe"}},
		{"a byte order mark is no part of the first line", "\xef\xbb\xbfa\n", []string{"a"}},
		{"a byte order mark elsewhere is data", "a\n\xef\xbb\xbfb\n", []string{"a", "\xef\xbb\xbfb"}},
		{"half a byte order mark is data", "\xef\xbb", []string{"\xef\xbb"}},
		{"half of gzip's magic is data", "\x1f\x8b", []string{"\x1f\x8b"}},
		{"only journald's own fields begin an export", "MESSAGE=a\n", []string{"MESSAGE=a"}},
		{"_= is no field of a journal", "_=a\n", []string{"_=a"}},
		{"a name too long for a field begins no export", "_" + strings.Repeat("A", 64) + "=a\n", []string{"_" + strings.Repeat("A", 64) + "=a"}},
		{"a forged first line that looks like another format is still a line", "BZh91AY&SY\nLPKSHHRH\n", []string{"BZh91AY&SY", "LPKSHHRH"}},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			got, err := readAll(strings.NewReader(tt.in), 10)
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("lines of %q = %q, %v; want %q", tt.in, got, err, tt.want)
			}
		})
	}
}

// randomReader reads pieces of random length, some empty.
type randomReader struct {
	r   io.Reader
	rng *rand.Rand
}

func (r randomReader) Read(p []byte) (int, error) {
	return r.r.Read(p[:r.rng.IntN(min(len(p)+1, 300))])
}

// slicings are the ways in which one input can arrive.
func slicings(in []byte) map[string]io.Reader {
	return map[string]io.Reader{
		"whole":      bytes.NewReader(in),
		"one byte":   iotest.OneByteReader(bytes.NewReader(in)),
		"halves":     iotest.HalfReader(bytes.NewReader(in)),
		"data + EOF": iotest.DataErrReader(bytes.NewReader(in)),
		"random":     randomReader{bytes.NewReader(in), rand.New(rand.NewPCG(1, uint64(len(in))))},
	}
}

// checkIdentity fails unless the lines of in, joined by LF, are in again, in
// whatever pieces it arrives and is asked for.
func checkIdentity(t *testing.T, in []byte) {
	t.Helper()
	for _, limit := range []int{1, 3, 1000} {
		for name, r := range slicings(in) {
			lines, err := drain(&Reader{lines: &splitter{in: r}}, limit)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got := unsplit(lines, in); got != string(in) {
				t.Fatalf("%s: lines of %d bytes join to %d bytes, and differ", name, len(in), len(got))
			}
		}
	}
}

func unsplit(lines []string, in []byte) string {
	joined := strings.Join(lines, "\n")
	if bytes.HasSuffix(in, []byte("\n")) {
		joined += "\n"
	}
	return joined
}

// randomText is n bytes with lines of every length up to longest.
func randomText(rng *rand.Rand, n, longest int) []byte {
	text := make([]byte, 0, n)
	for len(text) < n {
		for range rng.IntN(longest) {
			text = append(text, byte(rng.IntN(256)))
		}
		text = append(text, '\n')
	}
	return text[:n]
}

func TestLinesJoinToTheInput(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for _, size := range []int{0, 1, 2, 100, chunk - 1, chunk, chunk + 1} {
		for _, longest := range []int{1, 100, 5000} {
			checkIdentity(t, randomText(rng, size, longest))
		}
	}
}

func FuzzReader(f *testing.F) {
	for _, seed := range []string{"", "\n", "a\r\nb", "\xef\xbb\xbfa\n", "\x1f\x8b\x08", "_PID=1\n\n", "a\x00\n\n\nb"} {
		f.Add([]byte(seed))
	}
	whole := gz(f, "a\nb\n")
	f.Add(whole)
	f.Add(whole[:len(whole)-9])
	f.Fuzz(func(t *testing.T, in []byte) {
		checkIdentity(t, in)
		whole, wholeErr := readAll(bytes.NewReader(in), 1000)
		for name, r := range slicings(in) {
			got, err := readAll(r, 2)
			if !slices.Equal(got, whole) || fmt.Sprint(err) != fmt.Sprint(wholeErr) {
				t.Fatalf("%s: %q, %v; whole: %q, %v", name, got, err, whole, wholeErr)
			}
		}
	})
}

func TestLongLines(t *testing.T) {
	tests := []struct {
		why    string
		length int
		lf     string
		want   int
		cut    int
	}{
		{"a line of the bound is whole", MaxLine, "\n", MaxLine, 0},
		{"also without LF", MaxLine, "", MaxLine, 0},
		{"one byte more is cut off", MaxLine + 1, "\n", MaxLine, 1},
		{"also without LF", MaxLine + 1, "", MaxLine, 1},
		{"an LF in the next chunk belongs to the line", MaxLine + chunk, "\n", MaxLine, 1},
		{"of a far longer one as well", 5*MaxLine + 3, "\n", MaxLine, 1},
	}
	for _, tt := range tests {
		for _, limit := range []int{1, 1000} {
			t.Run(fmt.Sprint(tt.why, " ", limit), func(t *testing.T) {
				r := longLine(t, tt.length, tt.lf)
				lines, err := drain(r, limit)
				if err != nil || len(lines) < 2 || lines[0] != "before" || len(lines[1]) != tt.want || r.Cut() != tt.cut {
					t.Fatalf("%d lines, cut %d, %v", len(lines), r.Cut(), err)
				}
				if tt.lf != "" && (len(lines) != 3 || lines[2] != "after") {
					t.Errorf("%d lines; want the one after it whole", len(lines))
				}
			})
		}
	}
}

// longLine reads a line of length bytes, and where lf ends it another.
func longLine(t *testing.T, length int, lf string) *Reader {
	t.Helper()
	text := "before\n" + strings.Repeat("x", length) + lf
	if lf != "" {
		text += "after"
	}
	r, err := NewReader("test.log", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// repeated is a reader of n bytes c.
func repeated(c byte, n int) io.Reader {
	piece := bytes.Repeat([]byte{c}, chunk)
	return io.LimitReader(readerFunc(func(p []byte) (int, error) { return copy(p, piece), nil }), int64(n))
}

func TestHundredMegabyteLineTakesBoundedMemory(t *testing.T) {
	in := io.MultiReader(repeated('x', 100<<20), strings.NewReader("\nafter\n"))
	s := &splitter{in: in}
	if lines := s.batch(1000); len(lines) != 1 || len(lines[0]) != MaxLine {
		t.Fatalf("first batch: %d lines", len(lines))
	}
	if lines := s.batch(1000); !slices.Equal(lines, []string{"after"}) {
		t.Fatalf("second batch: %d lines", len(lines))
	}
	checkBlock(t, s)
}

func TestLongLinesInARowTakeBoundedMemory(t *testing.T) {
	var in []byte
	for range 20 {
		in = append(in, bytes.Repeat([]byte{'x'}, MaxLine-1)...)
		in = append(in, '\n')
	}
	s := &splitter{in: bytes.NewReader(in)}
	for {
		lines := s.batch(1000)
		if len(lines) == 0 {
			break
		}
		if len(lines) > 2 {
			t.Errorf("a batch of %d lines of 1 MiB", len(lines))
		}
	}
	checkBlock(t, s)
}

func checkBlock(t *testing.T, s *splitter) {
	t.Helper()
	if bound := 2 * (MaxBatch + MaxLine + 3*chunk); len(s.block) > bound {
		t.Errorf("the block grew to %d bytes, over %d", len(s.block), bound)
	}
}

func TestNoAllocationInSteadyState(t *testing.T) {
	line := "Failed password for root from 192.0.2.7 port 50112 ssh2\n"
	tests := []struct{ why, piece string }{
		{"plain text", line},
		{"an export, where each entry is encoded anew", entryStart + "_UID=0\nMESSAGE=" + line + "\n"},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			r, err := NewReader("test.log", strings.NewReader(strings.Repeat(tt.piece, 30_000)))
			if err != nil {
				t.Fatal(err)
			}
			read := func() {
				if lines, err := r.ReadBatch(1000); len(lines) != 1000 {
					t.Fatal(len(lines), err)
				}
			}
			read()
			read() // the block has found its size
			if n := testing.AllocsPerRun(20, read); n != 0 {
				t.Errorf("%v allocations in a batch of 1,000 lines", n)
			}
		})
	}
}

func TestBatchesDependOnContentOnly(t *testing.T) {
	in := randomText(rand.New(rand.NewPCG(3, 3)), 2*MaxBatch, 4000)
	var want []int
	for name, r := range slicings(in) {
		s := &splitter{in: r}
		var got []int
		for lines := s.batch(1000); len(lines) > 0; lines = s.batch(1000) {
			got = append(got, len(lines))
		}
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: batches of %d lines; others had %d", name, got, want)
		}
	}
}

func TestBatchIsWholeUntilTheNext(t *testing.T) {
	// The lines of a batch alias the block while it grows and is filled.
	var in strings.Builder
	for i := range 4000 {
		fmt.Fprintf(&in, "%d %s\n", i, strings.Repeat("y", i%700))
	}
	s := &splitter{in: iotest.HalfReader(strings.NewReader(in.String()))}
	var lines []string
	for n := 0; n < 4000; n += len(lines) {
		lines = s.batch(1000)
		if len(lines) == 0 {
			t.Fatal("lines missing")
		}
		for i, line := range lines {
			if want := fmt.Sprintf("%d %s", n+i, strings.Repeat("y", (n+i)%700)); line != want {
				t.Fatalf("line %d = %.40q", n+i, line)
			}
		}
	}
}

func TestBatchOfOneWaitsForOneLine(t *testing.T) {
	in, out := io.Pipe()
	defer in.Close()
	go out.Write([]byte("first\nsec")) // and then nothing, as a quiet log
	r, err := NewReader(Stdin, in)
	if err != nil {
		t.Fatal(err)
	}
	if lines, err := r.ReadBatch(1); err != nil || !slices.Equal(lines, []string{"first"}) {
		t.Errorf("got %q, %v", lines, err)
	}
}

func TestReadsThatGiveNothingEnd(t *testing.T) {
	s := &splitter{in: readerFunc(func([]byte) (int, error) { return 0, nil })}
	if s.batch(1); s.err != io.ErrNoProgress {
		t.Errorf("err = %v", s.err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
