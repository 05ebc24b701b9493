package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"testing"
	"time"

	"sshsieve/internal/cwlogs"
)

// A sample is a batch in the making.
type sample struct {
	cwlogs.Batch
	at time.Time
}

func newSample(at time.Time) *sample {
	return &sample{Batch: cwlogs.Batch{Owner: "111122223333", LogGroup: "/var/log/secure", LogStream: "web-1"}, at: at}
}

// say adds a line of sshd, a second after the one before.
func (s *sample) say(pid int, message string) *sample {
	s.at = s.at.Add(time.Second)
	text := s.at.UTC().Format(time.Stamp) + " web-1 sshd[" + strconv.Itoa(pid) + "]: " + message
	s.Lines = append(s.Lines, cwlogs.Line{Timestamp: s.at.UnixMilli(), Message: text})
	return s
}

// event is the subscription's event.
func (s *sample) event(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := cwlogs.Encode(&b, &s.Batch); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// document is what a Kinesis record carries, in base64.
func (s *sample) document(t testing.TB) string {
	t.Helper()
	var b bytes.Buffer
	if err := cwlogs.EncodeDocument(&b, &s.Batch); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// secret is what a person typed into the wrong field: it may stand in no log.
const secret = "Tr0ub4dor-and-3"

// noise is a scanner's visit.
func noise(at time.Time) *sample {
	return newSample(at).
		say(100, "Invalid user "+secret+" from 198.51.100.7 port 4242").
		say(100, "Connection closed by invalid user "+secret+" 198.51.100.7 port 4242 [preauth]")
}

// breakIn is what a guessed password looks like: one mail of high severity
// (login/after-failures), which one batch proves by itself.
func breakIn(at time.Time) *sample {
	s := newSample(at)
	for i := range 7 {
		s.say(200+i, fmt.Sprintf("Failed password for deploy from 203.0.113.66 port %d ssh2", 40000+i))
	}
	return s.say(300, "Accepted password for deploy from 203.0.113.66 port 41000 ssh2")
}

// kinesisEvent is a batch of a stream, of records' data in base64.
func kinesisEvent(t testing.TB, data ...string) []byte {
	t.Helper()
	type kinesis struct {
		SequenceNumber string `json:"sequenceNumber"`
		Data           string `json:"data"`
	}
	type record struct {
		EventID string  `json:"eventID"`
		Kinesis kinesis `json:"kinesis"`
	}
	var records []record
	for i, d := range data {
		n := strconv.Itoa(i + 1)
		records = append(records, record{"shardId-000000000000:" + n, kinesis{n, d}})
	}
	event, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		t.Fatal(err)
	}
	return event
}
