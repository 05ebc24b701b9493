package cwlogs

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"runtime"
	"strings"
	"testing"
)

// allocated returns how many bytes f allocates in all. It bounds from above
// what f can hold at any one moment, and does not hang on when the collector runs.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestOversized(t *testing.T) {
	gz := zipped(simple)
	tests := []struct {
		why  string
		max  int
		want error
	}{
		{"a document as long as the bound fits", len(simple), nil},
		{"a byte longer does not", len(simple) - 1, ErrTooLarge},
		{"the zero value has the default", 0, nil},
	}
	for _, tt := range tests {
		b := Batch{MaxBytes: tt.max}
		if err := b.DecodeDocument(gz); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.why, err, tt.want)
		}
	}
}

// A buffer that an earlier, wider bound left behind must not widen this one.
func TestBoundHoldsWithALargerBuffer(t *testing.T) {
	var b Batch
	if err := b.DecodeDocument(zipped(simple + strings.Repeat(" ", 10_000))); err != nil {
		t.Fatal(err)
	}
	b.MaxBytes = len(simple) - 1
	checkError(t, b.DecodeDocument(zipped(simple)), ErrTooLarge, "gzip", int64(b.MaxBytes))
}

func TestBomb(t *testing.T) {
	const limit = 1 << 20
	bomb := zipped(simple + strings.Repeat(" ", 64*limit))
	honest := event(bomb)
	// The trailer may claim any size; it is only a hint.
	binary.LittleEndian.PutUint32(bomb[len(bomb)-4:], 1)
	small := event(bomb)
	binary.LittleEndian.PutUint32(bomb[len(bomb)-4:], 1<<32-1)
	large := event(bomb)
	for why, event := range map[string][]byte{"honest trailer": honest, "trailer claims 1 byte": small, "trailer claims 4 GiB": large} {
		b := Batch{MaxBytes: limit}
		var err error
		used := allocated(func() { err = b.Decode(event) })
		checkError(t, err, ErrTooLarge, "gzip", limit)
		if used > 6*limit {
			t.Errorf("%s: a bomb of %d bytes took %d bytes of memory", why, len(event), used)
		}
	}
}

func TestTrailerThatLiesCostsNothing(t *testing.T) {
	gz := zipped(simple)
	binary.LittleEndian.PutUint32(gz[len(gz)-4:], 1<<32-1)
	var b Batch
	used := allocated(func() {
		if err := b.DecodeDocument(gz); !errors.Is(err, ErrGzip) {
			t.Errorf("got %v, want %v", err, ErrGzip)
		}
	})
	if used > 1<<20 {
		t.Errorf("%d bytes of gzip took %d bytes of memory", len(gz), used)
	}
}

// Three bytes of document can make a Line of 40.
func TestTooManyLines(t *testing.T) {
	const limit = 1 << 20
	doc := `{"messageType":"DATA_MESSAGE","logEvents":[{}` + strings.Repeat(",{}", limit/3-100) + `]}`
	b := Batch{MaxBytes: limit}
	var err error
	gz := zipped(doc)
	used := allocated(func() { err = b.DecodeDocument(gz) })
	checkError(t, err, ErrTooManyLines, "logEvents", -1)
	if used > 6*limit {
		t.Errorf("took %d bytes of memory", used)
	}
}

// The bound on lines must never refuse what CloudWatch Logs can send.
func TestSmallestEventsFitTheBoundOnLines(t *testing.T) {
	doc, err := json.Marshal(newDocument(sampleBatch(10_000, func(int) string { return "" })))
	if err != nil {
		t.Fatal(err)
	}
	b := Batch{MaxBytes: len(doc)}
	if err := b.DecodeDocument(zipped(string(doc))); err != nil || len(b.Lines) != 10_000 {
		t.Errorf("got %d lines, %v", len(b.Lines), err)
	}
}

// An event of 1 MB holds about 10 MB of JSON. The function may use 64 MiB for
// it altogether, of which the reader takes less than half.
func TestMemoryOfAOneMegabyteEvent(t *testing.T) {
	doc := document10MB(t)
	in := event(zipped(string(doc)))
	var b Batch
	used := allocated(func() {
		if err := b.Decode(in); err != nil {
			t.Error(err)
		}
	})
	t.Logf("event %d bytes, document %d, lines %d: allocated %d", len(in), len(doc), len(b.Lines), used)
	if used > 40<<20 { // about 22 MB; more under the race detector
		t.Errorf("took %d bytes of memory", used)
	}
	if again := allocated(func() { b.Decode(in) }); again > 64<<10 {
		t.Errorf("the second time took %d bytes of memory", again)
	}
}
