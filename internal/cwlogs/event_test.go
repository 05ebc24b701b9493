package cwlogs

import (
	"encoding/base64"
	"fmt"
	"testing"
)

func TestSniff(t *testing.T) {
	tests := []struct {
		why, event string
		want       Source
	}{
		{"a subscription event", `{"awslogs":{"data":""}}`, Subscription},
		{"a Kinesis event", `{"Records":[]}`, Kinesis},
		{"unknown members in front", `{"a":[{"Records":1}],"awslogs":{}}`, Subscription},
		{"members further in do not count", `{"a":{"awslogs":1}}`, Unknown},
		{"damage behind the member is for Decode to find", `{"Records":[`, Kinesis},
		{"damage in front of it", `{"a":,"Records":[]}`, Unknown},
		{"nothing", ``, Unknown},
		{"no object", `["Records"]`, Unknown},
	}
	for _, tt := range tests {
		if got := Sniff([]byte(tt.event)); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.why, got, tt.want)
		}
	}
}

// kinesisRecord is a record as Lambda delivers it.
func kinesisRecord(sequence, data string) string {
	return fmt.Sprintf(`{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":"p","sequenceNumber":%q,"data":%q,`+
		`"approximateArrivalTimestamp":1545084650.987},"eventSource":"aws:kinesis","eventVersion":"1.0",`+
		`"eventID":"shardId-000000000006:%s","eventName":"aws:kinesis:record","awsRegion":"eu-west-1"}`, sequence, data, sequence)
}

func TestKinesis(t *testing.T) {
	good := base64.StdEncoding.EncodeToString(zipped(simple))
	event := `{"Records":[` + kinesisRecord("101", good) + `,` + kinesisRecord("102", "hunter2*") + `,` +
		kinesisRecord("103", "") + `,` + kinesisRecord("104", good) + `,{}]}`
	records, err := KinesisRecords([]byte(event))
	if err != nil || len(records) != 5 {
		t.Fatalf("got %d records, %v", len(records), err)
	}
	if records[1].SequenceNumber != "102" || records[1].EventID != "shardId-000000000006:102" {
		t.Errorf("got %q, %q", records[1].SequenceNumber, records[1].EventID)
	}

	// A record fails alone: the others must still be read.
	var b Batch
	for _, i := range []int{0, 3} {
		if err := b.DecodeKinesis(records[i]); err != nil || said(&b) != said(simpleBatch()) {
			t.Errorf("record %d: got %v, %s", i, err, said(&b))
		}
	}
	checkError(t, b.DecodeKinesis(records[1]), ErrBase64, "data", 7)
	checkError(t, b.DecodeKinesis(records[2]), ErrMissing, "kinesis.data", -1)
	checkError(t, b.DecodeKinesis(records[4]), ErrMissing, "kinesis.data", -1)
	if len(b.Lines) != 0 {
		t.Errorf("%d lines of the record before stayed", len(b.Lines))
	}
}

func TestKinesisRecordsOfOtherShapes(t *testing.T) {
	empty := []struct{ why, event string }{
		{"another service's event has no records", `{"awslogs":{"data":""}}`},
		{"an empty batch", `{"Records":[]}`},
		{"null", `{"Records":null}`},
	}
	for _, tt := range empty {
		if records, err := KinesisRecords([]byte(tt.event)); err != nil || len(records) != 0 {
			t.Errorf("%s: got %d records, %v", tt.why, len(records), err)
		}
	}
	damaged := []struct {
		why, event string
		want       error
		part       string
		at         int64
	}{
		{"cut short", `{"Records":[{"eventID"`, ErrJSON, "event", 22},
		{"a second event", `{"Records":[]}{}`, ErrTrailing, "event", 14},
		{"records that are an object", `{"Records":{}}`, ErrType, "Records", -1},
		{"a record that is a string", `{"Records":["hunter2"]}`, ErrType, "Records[]", -1},
		{"kinesis that is a string", `{"Records":[{"kinesis":"hunter2"}]}`, ErrType, "Records[].kinesis", -1},
		{"data that is a number", `{"Records":[{"kinesis":{"data":1}}]}`, ErrType, "Records[].kinesis.data", -1},
		{"a sequence number that is a number", `{"Records":[{"kinesis":{"sequenceNumber":1}}]}`, ErrType, "Records[].kinesis.sequenceNumber", -1},
		{"an event id that is a list", `{"Records":[{"eventID":[]}]}`, ErrType, "Records[].eventID", -1},
	}
	for _, tt := range damaged {
		t.Run(tt.why, func(t *testing.T) {
			_, err := KinesisRecords([]byte(tt.event))
			checkError(t, err, tt.want, tt.part, tt.at)
		})
	}
}
