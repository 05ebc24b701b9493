package cwlogs

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/quick"
	"unicode/utf8"
)

func encoded(t testing.TB, b *Batch) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Encode(&out, b); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Property: Decode gives back what Encode was given.
func TestDecodeIsTheInverseOfEncode(t *testing.T) {
	var back Batch
	same := func(owner, group, stream string, filters []string, lines []Line) bool {
		b := &Batch{MessageType: DataMessage, Owner: owner, LogGroup: group, LogStream: stream, SubscriptionFilters: filters, Lines: lines}
		for i := range b.Lines {
			b.Lines[i].ID = "id " + b.Lines[i].ID // an empty one would be replaced
		}
		if err := back.Decode(encoded(t, b)); err != nil {
			t.Error(err)
		}
		return said(&back) == said(b)
	}
	if err := quick.Check(same, nil); err != nil {
		t.Error(err)
	}
}

func TestDecodeIsTheInverseOfEncodeForEachMessage(t *testing.T) {
	messages := []struct{ why, text string }{
		{"plain", "Server listening on 0.0.0.0 port 22."},
		{"nothing", ""},
		{"a record of several lines", "a\nb\n"},
		{"NUL and the other control characters", "\x00\x01\x1f\x7f\r\t\b\f"},
		{"what JSON quotes", `"\/`},
		{"what HTML quotes", "<script>&amp;"},
		{"what JavaScript takes for line ends", "\u2028\u2029"},
		{"outside the basic plane", "😀\U0010FFFF"},
		{"what looks like an escape", `\u0041\n`},
		{"U+FFFD itself", "\uFFFD"},
		{"longer than any buffer", strings.Repeat("long\n", 100_000)},
	}
	b := simpleBatch([]Line{}...)
	for _, m := range messages {
		b.Lines = append(b.Lines, Line{"1", -1, m.text})
	}
	var back Batch
	if err := back.Decode(encoded(t, b)); err != nil {
		t.Fatal(err)
	}
	for i, m := range messages {
		if back.Lines[i] != b.Lines[i] {
			t.Errorf("%s: %#v came back as %#v", m.why, b.Lines[i], back.Lines[i])
		}
	}
}

func TestEncodeReplacesBytesThatAreNotUTF8(t *testing.T) {
	var back Batch
	if err := back.Decode(encoded(t, simpleBatch(Line{"1", 0, "a\xffb"}))); err != nil {
		t.Fatal(err)
	}
	if got := back.Lines[0].Message; got != "a\uFFFDb" {
		t.Errorf("got %q", got)
	}
}

func TestEncodeIsDeterministic(t *testing.T) {
	first := encoded(t, sampleBatch(1000, sampleMessage))
	if !bytes.Equal(first, encoded(t, sampleBatch(1000, sampleMessage))) {
		t.Error("equal batches gave different bytes")
	}
	// RFC 1952 section 2.3.1: MTIME stands at 4, FLG at 3.
	var gz bytes.Buffer
	if err := EncodeDocument(&gz, simpleBatch()); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(gz.Bytes()[3:8], make([]byte, 5)) {
		t.Errorf("flags and time are % x", gz.Bytes()[3:8])
	}
}

func TestEncodeMakesIDs(t *testing.T) {
	b := simpleBatch(Line{"", 1700000000000, "a"}, Line{"", 1700000000000, "a"}, Line{"7", 0, "a"}, Line{"", 0, "a"}, Line{"", -1, "a"})
	ids := make(map[string]bool)
	for range 2 {
		for i, e := range newDocument(b).LogEvents {
			ids[e.ID] = true
			if b.Lines[i].ID == "" && (len(e.ID) != 56 || strings.Trim(e.ID, "0123456789") != "") {
				t.Errorf("line %d has the id %q, want 56 digits", i, e.ID)
			}
		}
	}
	if len(ids) != 5 {
		t.Errorf("two rounds over 5 lines gave %d ids, want the same 5", len(ids))
	}
	// As in the examples of the User Guide: 1432826855000 is in 3195310660….
	if got := eventID(0, 0, Line{Timestamp: 1432826855000}); !strings.HasPrefix(got, "3195310660") {
		t.Errorf("got %s", got)
	}
	other := simpleBatch(b.Lines...)
	other.LogStream = "web-2"
	if newDocument(b).LogEvents[0].ID == newDocument(other).LogEvents[0].ID {
		t.Error("two streams share an id")
	}
}

func TestEncodeDefaults(t *testing.T) {
	text, err := json.Marshal(newDocument(&Batch{}))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"messageType":"DATA_MESSAGE","owner":"","logGroup":"","logStream":"","subscriptionFilters":[],"logEvents":[]}`
	if string(text) != want {
		t.Errorf("\n got %s\nwant %s", text, want)
	}
}

var errFull = errors.New("full")

// fullAfter is a writer that takes n bytes.
type fullAfter int

func (n *fullAfter) Write(p []byte) (int, error) {
	if *n -= fullAfter(len(p)); *n < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestEncodeReturnsTheErrorOfTheWriter(t *testing.T) {
	b := simpleBatch()
	for n := range len(encoded(t, b)) {
		if w := fullAfter(n); !errors.Is(Encode(&w, b), errFull) {
			t.Fatalf("a writer that takes %d bytes gave no error", n)
		}
	}
}

// FuzzRoundTrip holds the property of the name for any message and stream.
func FuzzRoundTrip(f *testing.F) {
	f.Add("web-1", "Failed password for root from 192.0.2.7 port 4242 ssh2", "a\n\x00\"\u2028", int64(1700000000000))
	var back Batch
	f.Fuzz(func(t *testing.T, stream, one, two string, ms int64) {
		if !utf8.ValidString(stream) || !utf8.ValidString(one) || !utf8.ValidString(two) {
			t.Skip("Encode has no bytes for it")
		}
		b := simpleBatch(Line{"1", ms, one}, Line{"2", ms, two})
		b.LogStream = stream
		if err := back.Decode(encoded(t, b)); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(back.Lines, b.Lines) || back.LogStream != stream {
			t.Errorf("got %q %#v", back.LogStream, back.Lines)
		}
	})
}
