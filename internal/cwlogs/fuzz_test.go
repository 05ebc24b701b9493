package cwlogs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzDecode: any event gives lines or an *Error, never a panic, and what
// Decode accepted survives a round trip.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(nil))
	f.Add([]byte(`{"awslogs":{"data":"H4sI"}}`))
	f.Add(event(zipped(simple)))
	f.Add(event(append(zipped(simple[:50]), zipped(simple[50:])...)))
	f.Add([]byte(`{"Records":[` + kinesisRecord("1", "H4sI") + `]}`))
	b, back := Batch{MaxBytes: 1 << 16}, Batch{}
	f.Fuzz(func(t *testing.T, in []byte) {
		source := Sniff(in)
		if records, err := KinesisRecords(in); err == nil {
			for _, r := range records {
				checkResult(t, &b, b.DecodeKinesis(r))
			}
		}
		err := b.Decode(in)
		checkResult(t, &b, err)
		if err != nil {
			return
		}
		if source != Subscription && source != Kinesis {
			t.Errorf("Sniff calls a good event %v", source)
		}
		if err := back.Decode(encoded(t, &b)); err != nil || said(&back) != said(&b) {
			t.Errorf("came back with %v as %s", err, said(&back))
		}
	})
}

// checkResult holds what is promised of every decode.
func checkResult(t *testing.T, b *Batch, err error) {
	t.Helper()
	if _, ours := errors.AsType[*Error](err); err != nil && !ours {
		t.Errorf("%v is a %T", err, err)
	}
	if err != nil && len(b.Lines) > 0 {
		t.Errorf("%v, yet there are %d lines", err, len(b.Lines))
	}
	if err == nil && b.MessageType != DataMessage && !b.Control() {
		t.Errorf("message type %q was accepted", b.MessageType)
	}
}

// FuzzDocument: no document is accepted that encoding/json refuses, and what
// both accept means the same to both.
func FuzzDocument(f *testing.F) {
	f.Add([]byte(simple))
	f.Add([]byte(`{"messageType":"CONTROL_MESSAGE"}`))
	f.Add([]byte(`{"messageType":"DATA_MESSAGE","logEvents":[{"id":1,"timestamp":-0,"message":"\ud800\udc00\ud800"},{}],"x":[[1e5]]}`))
	for seed := range uint64(20) {
		f.Add([]byte(randomDocument(rand.New(rand.NewPCG(seed, 0)))))
	}
	var b Batch
	f.Fuzz(func(t *testing.T, doc []byte) {
		b.reset()
		b.doc = doc
		if b.readDocument() == nil {
			compareWithJSON(t, &b, doc)
		}
	})
}

// Property: a document means what encoding/json finds in it, whatever the
// order of its members and whatever else stands in it.
func TestDocumentsMeanWhatEncodingJSONSays(t *testing.T) {
	var b Batch
	for seed := range uint64(500) {
		doc := randomDocument(rand.New(rand.NewPCG(seed, 1)))
		if err := b.DecodeDocument(zipped(doc)); err != nil {
			t.Fatalf("seed %d: %v in %s", seed, err, doc)
		}
		compareWithJSON(t, &b, []byte(doc))
		if t.Failed() {
			t.Fatalf("seed %d: %s", seed, doc)
		}
	}
}

// compareWithJSON reads doc again with encoding/json, by way of maps, which
// tell names by case and keep the last of two members as Batch does.
func compareWithJSON(t *testing.T, b *Batch, doc []byte) {
	t.Helper()
	var top map[string]json.RawMessage
	if err := json.Unmarshal(doc, &top); err != nil {
		t.Fatalf("accepted what encoding/json refuses: %v", err)
	}
	if !utf8.Valid(doc) || bytes.Contains(bytes.ToLower(doc), []byte(`\ud`)) {
		return // bytes are kept here and become U+FFFD there; surrogates that do not pair are paired differently
	}
	var want Batch
	var events []map[string]json.RawMessage
	for name, to := range map[string]any{
		"messageType": &want.MessageType, "owner": &want.Owner, "logGroup": &want.LogGroup, "logStream": &want.LogStream,
		"subscriptionFilters": &want.SubscriptionFilters, "logEvents": &events,
	} {
		unmarshal(t, top[name], to)
	}
	if want.MessageType != ControlMessage {
		want.Lines = linesOf(t, events)
	}
	if got, want := said(b), said(&want); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

func linesOf(t *testing.T, events []map[string]json.RawMessage) (lines []Line) {
	for _, e := range events {
		line := Line{ID: string(e["id"])} // of a number the digits
		if line.ID == "" || line.ID[0] == '"' || line.ID == "null" {
			line.ID = ""
			unmarshal(t, e["id"], &line.ID)
		}
		unmarshal(t, e["timestamp"], &line.Timestamp)
		unmarshal(t, e["message"], &line.Message)
		lines = append(lines, line)
	}
	return lines
}

func unmarshal(t *testing.T, raw json.RawMessage, to any) {
	t.Helper()
	if raw == nil {
		return
	}
	if err := json.Unmarshal(raw, to); err != nil {
		t.Errorf("accepted what encoding/json refuses: %v", err)
	}
}

// randomDocument makes a document that is good: members in any order, some
// absent, some null, some unknown, and odd text in all of them.
func randomDocument(r *rand.Rand) string {
	events := make([]string, r.IntN(4))
	for i := range events {
		events[i] = randomObject(r, map[string]string{
			"id": orNull(r, randomString(r)), "timestamp": orNull(r, strconv.FormatInt(r.Int64()-r.Int64(), 10)), "message": orNull(r, randomString(r)),
			"extractedFields": randomValue(r, 3), randomName(r): randomValue(r, 3),
		}, r.IntN(4))
	}
	filters := make([]string, r.IntN(3))
	for i := range filters {
		filters[i] = randomString(r)
	}
	// A data message must have its type and its list, so nothing is left out here.
	return randomObject(r, map[string]string{
		"messageType": `"DATA_MESSAGE"`, "owner": orNull(r, randomString(r)), "logGroup": orNull(r, randomString(r)), "logStream": orNull(r, randomString(r)),
		"subscriptionFilters": orNull(r, "["+strings.Join(filters, " , ")+"]"), "logEvents": "[" + strings.Join(events, "\n,") + "]",
		"policyLevel": randomString(r), randomName(r): randomValue(r, 4),
	}, 0)
}

// randomObject writes the members in a random order, without some of them.
func randomObject(r *rand.Rand, members map[string]string, without int) string {
	names := slices.Sorted(maps.Keys(members))
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	var list []string
	for _, name := range names[without:] {
		list = append(list, fmt.Sprintf("%q\t: %s", name, members[name]))
	}
	return "{ " + strings.Join(list, " ,") + "}"
}

func randomName(r *rand.Rand) string { return fmt.Sprintf("unknown-%d", r.IntN(100)) }

func orNull(r *rand.Rand, value string) string {
	if r.IntN(8) == 0 {
		return "null"
	}
	return value
}

func randomString(r *rand.Rand) string {
	pieces := []string{"root", "Failed password", " ", "/", `\"`, `\\`, `\n`, `\u0000`, `\u00e9`, "é", "\u2028", "😀", "\x7f", `\/`, "]}", ","}
	var text strings.Builder
	for range r.IntN(12) {
		text.WriteString(pieces[r.IntN(len(pieces))])
	}
	return `"` + text.String() + `"`
}

func randomValue(r *rand.Rand, depth int) string {
	if depth == 0 {
		return []string{"null", "true", "false", "0", "-1.5e+3", "12345678901234567890", "{}", "[]"}[r.IntN(8)]
	}
	switch r.IntN(3) {
	case 0:
		return "[" + randomValue(r, depth-1) + "," + randomValue(r, depth-1) + "]"
	case 1:
		return `{"message":` + randomValue(r, depth-1) + `,"logEvents":` + randomString(r) + `}`
	}
	return randomValue(r, depth-1)
}
