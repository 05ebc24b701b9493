package cwlogs

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
)

// zipped compresses a document as one gzip member.
func zipped(doc string) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write([]byte(doc))
	w.Close()
	return out.Bytes()
}

// event wraps a gzip document as a subscription event.
func event(gz []byte) []byte {
	return fmt.Appendf(nil, `{"awslogs":{"data":%q}}`, base64.StdEncoding.EncodeToString(gz))
}

const simple = `{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"/var/log/auth","logStream":"web-1",` +
	`"subscriptionFilters":["sshd"],"logEvents":[{"id":"1","timestamp":1700000000000,"message":"a"}]}`

// simpleBatch is what simple says.
func simpleBatch(lines ...Line) *Batch {
	if lines == nil {
		lines = []Line{{"1", 1700000000000, "a"}}
	}
	return &Batch{MessageType: DataMessage, Owner: "123456789012", LogGroup: "/var/log/auth",
		LogStream: "web-1", SubscriptionFilters: []string{"sshd"}, Lines: lines}
}

// said compares what two batches say, whatever their buffers hold.
func said(b *Batch) string {
	text, err := json.Marshal(newDocument(b))
	if err != nil {
		panic(err)
	}
	return string(text)
}

func TestDecodeDocument(t *testing.T) {
	events := func(list string) string {
		return `{"messageType":"DATA_MESSAGE","logEvents":` + list + `}`
	}
	data := func(lines ...Line) *Batch { return &Batch{MessageType: DataMessage, Lines: lines} }
	tests := []struct {
		why, doc string
		want     *Batch
	}{
		{"the shape of the User Guide", simple, simpleBatch()},
		{"members have no order, and lines may come before what they belong to",
			`{"logEvents":[{"message":"a","timestamp":1700000000000,"id":"1"}],"subscriptionFilters":["sshd"],` +
				`"logStream":"web-1","logGroup":"/var/log/auth","owner":"123456789012","messageType":"DATA_MESSAGE"}`,
			simpleBatch()},
		{"unknown members of every type, at every level",
			`{"policyLevel":"ACCOUNT_LEVEL_POLICY","x":[1,{"logEvents":[{}]},null,true,-1.5e3],"messageType":"DATA_MESSAGE",` +
				`"logEvents":[{"extractedFields":{"message":"no","1":"2"},"id":"1","timestamp":2,"message":"a"}]}`,
			data(Line{"1", 2, "a"})},
		{"white space is free in JSON", " {\n\t\"messageType\" : \"DATA_MESSAGE\" , \"logEvents\" : [ { \"id\" : \"1\" , \"timestamp\" : 2 , \"message\" : \"a\" } ] }\r\n",
			data(Line{"1", 2, "a"})},
		{"a batch may be empty", events(`[]`), data()},
		{"null is how some encoders write nothing",
			`{"messageType":"DATA_MESSAGE","owner":null,"subscriptionFilters":null,"logEvents":[{"id":null,"timestamp":null,"message":null}]}`,
			data(Line{})},
		{"null instead of the list", events(`null`), data()},
		{"an odd event does not cost the batch", events(`[{},{"message":"a"}]`), data(Line{}, Line{Message: "a"})},
		{"emulators write the id as a number", events(`[{"id":38195310660696698337880902507980421114328961542429822156}]`),
			data(Line{ID: "38195310660696698337880902507980421114328961542429822156"})},
		{"one log event is one line, line feeds and all", events(`[{"message":"a\nb\r\n"}]`), data(Line{Message: "a\nb\r\n"})},
		{"every short escape", events(`[{"message":"\"\\\/\b\f\n\r\t"}]`), data(Line{Message: "\"\\/\b\f\n\r\t"})},
		{"NUL, a line separator, a pair of surrogates", events(`[{"message":"\u0000\u2028\ud83d\ude00"}]`), data(Line{Message: "\x00\u2028😀"})},
		{"lone surrogates have no bytes", events(`[{"message":"a\ud800"},{"message":"\udc00b"},{"message":"\ud800\n"},{"message":"\ud800A"}]`),
			data(Line{Message: "a\uFFFD"}, Line{Message: "\uFFFDb"}, Line{Message: "\uFFFD\n"}, Line{Message: "\uFFFDA"})},
		{"a name may be escaped", events(`[{"\u006dessage":"a"}]`), data(Line{Message: "a"})},
		{"names are told by case", events(`[{"Message":"a"}]`), data(Line{})},
		{"the last of two members counts", `{"messageType":"x","messageType":"DATA_MESSAGE","logEvents":[{"id":"1"},{"id":"2"}],"logEvents":[{"id":"3","id":"4"}]}`,
			data(Line{ID: "4"})},
		{"the ends of the range of a timestamp", events(`[{"timestamp":-9223372036854775808},{"timestamp":9223372036854775807}]`),
			data(Line{Timestamp: -1 << 63}, Line{Timestamp: 1<<63 - 1})},
		{"numbers in unusual places and forms", events(`[{"timestamp":0},{"timestamp": 7 },{"timestamp":-0}]`),
			data(Line{}, Line{Timestamp: 7}, Line{})},
		{"null for an event", events(`[null,{"id":"1"}]`), data(Line{}, Line{ID: "1"})},
		{"a control message has no lines of anybody's",
			`{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logEvents":[{"id":"","timestamp":1,"message":"CWL CONTROL MESSAGE: Checking health of destination."}]}`,
			&Batch{MessageType: ControlMessage, Owner: "CloudwatchLogs"}},
		{"a control message needs no list", `{"messageType":"CONTROL_MESSAGE"}`, &Batch{MessageType: ControlMessage}},
	}
	var b Batch // one for all: nothing may stay from the case before
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			if err := b.Decode(event(zipped(tt.doc))); err != nil {
				t.Fatal(err)
			}
			// Not said(): it invents ids.
			if !reflect.DeepEqual(append([]Line{}, b.Lines...), append([]Line{}, tt.want.Lines...)) {
				t.Errorf("lines\n got %#v\nwant %#v", b.Lines, tt.want.Lines)
			}
			if got, want := said(&b), said(tt.want); got != want {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
		})
	}
}

func TestBytesThatAreNotUTF8AreKept(t *testing.T) {
	var b Batch
	err := b.DecodeDocument(zipped(`{"messageType":"DATA_MESSAGE","logEvents":[{"message":"a` + "\xff\xc0" + `"},{"message":"\t` + "\xed\xa0\x80" + `"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if b.Lines[0].Message != "a\xff\xc0" || b.Lines[1].Message != "\t\xed\xa0\x80" {
		t.Errorf("got %#v", b.Lines)
	}
}

func TestTimeOfALine(t *testing.T) {
	got := Line{Timestamp: 1700000000123}.Time()
	if want := time.Date(2023, 11, 14, 22, 13, 20, 123e6, time.UTC); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestControl(t *testing.T) {
	if (&Batch{MessageType: DataMessage}).Control() || !(&Batch{MessageType: ControlMessage}).Control() {
		t.Error("Control() does not tell the two types apart")
	}
}

// Text that stands in every damaged payload below, at the place of the damage.
// It must not come back in an error.
const secret = "hunter2"

func TestDamage(t *testing.T) {
	events := func(list string) []byte {
		return event(zipped(`{"messageType":"DATA_MESSAGE","owner":"` + secret + `","logEvents":` + list + `}`))
	}
	whole := zipped(strings.Replace(simple, `"a"`, `"`+secret+`"`, 1))
	checksum := bytes.Clone(whole)
	checksum[len(checksum)-5] ^= 1
	tests := []struct {
		why   string
		event []byte
		want  error
		part  string
		at    int64
	}{
		{"nothing at all", nil, ErrJSON, "event", 0},
		{"not JSON", []byte(secret), ErrJSON, "event", 1},
		{"an event of another service", []byte(`{"` + secret + `":1}`), ErrMissing, "awslogs.data", -1},
		{"awslogs without data", []byte(`{"awslogs":{}}`), ErrMissing, "awslogs.data", -1},
		{"awslogs is null", []byte(`{"awslogs":null}`), ErrMissing, "awslogs.data", -1},
		{"empty data", event(nil), ErrMissing, "awslogs.data", -1},
		{"an event that is no object", []byte(`["` + secret + `"]`), ErrType, "event", -1},
		{"awslogs is a string", []byte(`{"awslogs":"` + secret + `"}`), ErrType, "awslogs", -1},
		{"data is an object", []byte(`{"awslogs":{"data":{"` + secret + `":1}}}`), ErrType, "awslogs.data", -1},
		{"an event cut short", event(whole)[:40], ErrJSON, "event", 40},
		{"a second event", append(event(whole), `"hunter2"`...), ErrTrailing, "event", int64(len(event(whole)))},

		{"bad base64: a character outside the alphabet", []byte(`{"awslogs":{"data":"H4sI*hunter2"}}`), ErrBase64, "data", 4},
		{"bad base64: the URL alphabet", []byte(`{"awslogs":{"data":"H4s_"}}`), ErrBase64, "data", 3},
		{"bad base64: no padding", []byte(`{"awslogs":{"data":"hunter2"}}`), ErrBase64, "data", 4},
		{"base64 of something else", event([]byte(secret + secret)), ErrGzip, "gzip", 0},
		{"base64 of the document, uncompressed", event([]byte(simple)), ErrGzip, "gzip", 0},
		{"truncated gzip: within the header", event(whole[:5]), ErrTruncated, "gzip", 0},
		{"truncated gzip: without its trailer", event(whole[:len(whole)-8]), ErrTruncated, "gzip", int64(len(simple) + 6)},
		{"truncated gzip: a byte", event(whole[:len(whole)-1]), ErrTruncated, "gzip", int64(len(simple) + 6)},
		{"gzip with a wrong checksum", event(checksum), ErrGzip, "gzip", int64(len(simple) + 6)},
		{"bytes after the gzip data", event(append(bytes.Clone(whole), secret+secret...)), ErrGzip, "gzip", int64(len(simple) + 6)},
		{"gzip of nothing", event(zipped("")), ErrMissing, "gzip", 0},

		{"bad JSON: text", event(zipped(secret)), ErrJSON, "document", 1},
		{"bad JSON: white space", event(zipped("  ")), ErrJSON, "document", 2},
		{"bad JSON: cut short", event(zipped(simple[:100])), ErrJSON, "document", 100},
		{"bad JSON: a control character in a string", events("[{\"message\":\"" + secret + "\n\"}]"), ErrJSON, "document", 81},
		{"bad JSON: an escape that there is not", events(`[{"message":"hunter2\x"}]`), ErrJSON, "document", 82},
		{"bad JSON: half an escape", events(`[{"message":"hunter2\u00"}]`), ErrJSON, "document", 85},
		{"bad JSON: a comma too many", events(`[{"message":"hunter2",}]`), ErrJSON, "document", 83},
		{"bad JSON: an unknown member is read too", events(`[{"hunter2":01}]`), ErrJSON, "document", 74},
		{"bad JSON: a log event", events(`[hunter2]`), ErrJSON, "document", 62},
		{"bad JSON: null, nearly", events(`nul`), ErrJSON, "document", 64},
		{"bad JSON: a number with a zero in front", events(`[{"timestamp":01}]`), ErrJSON, "document", 76},
		{"bad JSON: no colon", events(`[{"id" "hunter2"}]`), ErrJSON, "document", 68},
		{"bad JSON: no comma", events(`[{"id":"1" "hunter2"}]`), ErrJSON, "document", 72},
		{"bad JSON: a NUL for white space", events("[\x00]"), ErrJSON, "document", 62},
		{"a second document", event(zipped(simple + simple)), ErrTrailing, "document", int64(len(simple))},
		{"a second document, in a gzip member of its own", event(append(zipped(simple), zipped(simple)...)), ErrTrailing, "document", int64(len(simple))},
		{"text after the document", event(zipped(simple + secret)), ErrTrailing, "document", int64(len(simple))},

		{"a document that is no object", event(zipped(`"` + secret + `"`)), ErrType, "document", -1},
		{"an owner that is a number", event(zipped(`{"owner":123}`)), ErrType, "owner", -1},
		{"filters that are a string", event(zipped(`{"subscriptionFilters":"hunter2"}`)), ErrType, "subscriptionFilters", -1},
		{"a filter that is a number", event(zipped(`{"subscriptionFilters":["a",1]}`)), ErrType, "subscriptionFilters[]", -1},
		{"log events that are an object", events(`{"hunter2":1}`), ErrType, "logEvents", -1},
		{"a log event that is a string", events(`[{},"hunter2"]`), ErrType, "logEvents[1]", -1},
		{"a message that is an array", events(`[{},{},{"message":["hunter2"]}]`), ErrType, "logEvents[2].message", -1},
		{"an id that is true", events(`[{"id":true}]`), ErrType, "logEvents[0].id", -1},
		{"a timestamp that is a string", events(`[{"timestamp":"hunter2"}]`), ErrType, "logEvents[0].timestamp", -1},
		{"a timestamp with a fraction", events(`[{"timestamp":1.5}]`), ErrType, "logEvents[0].timestamp", -1},
		{"a timestamp over 64 bits", events(`[{"timestamp":9223372036854775808}]`), ErrType, "logEvents[0].timestamp", -1},

		{"no message type", event(zipped(`{"logEvents":[]}`)), ErrMissing, "messageType", -1},
		{"a message type of the future", event(zipped(`{"messageType":"hunter2","logEvents":[]}`)), ErrMessageType, "messageType", -1},
		{"data without log events", event(zipped(`{"messageType":"DATA_MESSAGE"}`)), ErrMissing, "logEvents", -1},
	}
	b := Batch{}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			checkError(t, b.Decode(tt.event), tt.want, tt.part, tt.at)
			if len(b.Lines) != 0 || b.Owner != "" {
				t.Errorf("%d lines and owner %q stayed", len(b.Lines), b.Owner)
			}
		})
	}
}

func checkError(t *testing.T, err, want error, part string, offset int64) {
	t.Helper()
	got, ok := errors.AsType[*Error](err)
	if !ok || !errors.Is(err, want) {
		t.Fatalf("got %v, want an *Error that is %v", err, want)
	}
	if got.Part != part || got.Offset != offset {
		t.Errorf("got %q at %d, want %q at %d", got.Part, got.Offset, part, offset)
	}
	if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "123") {
		t.Errorf("%q repeats the payload", err)
	}
}

func TestErrorText(t *testing.T) {
	tests := []struct {
		why  string
		err  error
		want string
	}{
		{"a place in a layer", &Error{"document", 12, ErrJSON}, "cwlogs: document: bad JSON at byte 12"},
		{"a member", at("owner", ErrType), "cwlogs: owner: wrong JSON type"},
	}
	for _, tt := range tests {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.why, got, tt.want)
		}
	}
}

func TestDepthIsBounded(t *testing.T) {
	nested := func(depth int) []byte {
		return zipped(`{"messageType":"DATA_MESSAGE","logEvents":[],"x":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + `}`)
	}
	var b Batch
	if err := b.DecodeDocument(nested(9_000)); err != nil {
		t.Errorf("9,000 levels: %v", err)
	}
	if err := b.DecodeDocument(nested(1_000_000)); !errors.Is(err, ErrJSON) {
		t.Errorf("1,000,000 levels: got %v, want %v", err, ErrJSON)
	}
}

func TestGzipOfSeveralMembersIsOneDocument(t *testing.T) {
	var b Batch
	for cut := range len(simple) + 1 {
		err := b.DecodeDocument(append(zipped(simple[:cut]), zipped(simple[cut:])...))
		if err != nil || said(&b) != said(simpleBatch()) {
			t.Fatalf("cut at %d: got %v, %s", cut, err, said(&b))
		}
	}
}

func TestLinesAliasTheBatch(t *testing.T) {
	doc := `{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"g","logStream":"s","subscriptionFilters":["f"],` +
		`"logEvents":[{"id":"1","message":"plain"},{"id":"2","message":"esc\taped"}]}`
	var b Batch
	if err := b.DecodeDocument(zipped(doc)); err != nil {
		t.Fatal(err)
	}
	scribble(b.doc)
	scribble(b.text)
	scribble(b.gz)
	if want := (Line{"#", 0, "#####"}); b.Lines[0] != want {
		t.Errorf("a plain line: got %#v, want it to alias the document", b.Lines[0])
	}
	if want := (Line{"#", 0, "########"}); b.Lines[1] != want {
		t.Errorf("a line with an escape: got %#v, want it to alias the buffer", b.Lines[1])
	}
	if b.MessageType != DataMessage || b.Owner != "123456789012" || b.LogGroup != "g" || b.LogStream != "s" || b.SubscriptionFilters[0] != "f" {
		t.Errorf("%q %q %q %q %q: want copies", b.MessageType, b.Owner, b.LogGroup, b.LogStream, b.SubscriptionFilters)
	}
}

// The event belongs to the caller again when Decode returns.
func TestLinesDoNotAliasTheEvent(t *testing.T) {
	in := event(zipped(simple))
	var b Batch
	if err := b.Decode(in); err != nil {
		t.Fatal(err)
	}
	scribble(in)
	if got := said(&b); got != said(simpleBatch()) {
		t.Errorf("got %s", got)
	}
}

func scribble(buf []byte) {
	for i := range buf {
		buf[i] = '#'
	}
}
