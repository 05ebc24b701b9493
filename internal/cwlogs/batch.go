// Package cwlogs reads what CloudWatch Logs delivers to a Lambda function.
//
// A subscription filter sends log events in batches. One batch is a JSON
// document, compressed with gzip:
//
//	{"messageType": "DATA_MESSAGE", "owner": "123456789012",
//	 "logGroup": "/var/log/auth", "logStream": "web-1",
//	 "subscriptionFilters": ["sshd"],
//	 "logEvents": [{"id": "3819…", "timestamp": 1700000000000, "message": "…"}]}
//
// The document comes to the function in one of two events:
//
//	{"awslogs": {"data": "<base64 of the gzip>"}}                  the function is the filter's destination
//	{"Records": [{"kinesis": {"data": "<base64 of the gzip>"}}]}   a Kinesis stream stands between
//
// Sniff tells them apart; [Batch.Decode] reads the first, [KinesisRecords] and
// [Batch.DecodeKinesis] read the second. [Encode] goes the other way and makes
// sample events from lines.
//
// Format: CloudWatch Logs User Guide, "Log group-level subscription filters",
// examples 1 (Kinesis) and 2 (Lambda).
//
// The package expects that anybody may have written the text inside the
// document, and that the payload may be damaged: every size is bounded, every
// failure is an [*Error], and no error repeats text of the payload.
package cwlogs

import (
	"bytes"
	"time"

	"github.com/klauspost/compress/gzip"
)

// DefaultMaxBytes is the bound on a decompressed document: 32 MiB. An
// asynchronous Lambda event is at most 1 MB, which is about 10 MB of sshd's
// lines as JSON.
const DefaultMaxBytes = 32 << 20

// The message types that CloudWatch Logs sends.
const (
	DataMessage    = "DATA_MESSAGE"
	ControlMessage = "CONTROL_MESSAGE" // "mainly for checking if the destination is reachable"
)

// A Batch is one decoded document. The zero Batch is ready for use, and one
// Batch is meant to be decoded into again and again: it keeps its buffers. It
// is not safe for concurrent use.
type Batch struct {
	// MaxBytes bounds the decompressed document, in bytes. 0 or less means
	// DefaultMaxBytes. It also bounds the number of lines, see ErrTooManyLines.
	MaxBytes int

	// MessageType is DataMessage or ControlMessage.
	MessageType string
	// Owner is the AWS account id that owns the log group, 12 digits.
	Owner               string
	LogGroup            string
	LogStream           string
	SubscriptionFilters []string

	// Lines are the log events in the order of the document. It is empty for a
	// ControlMessage, whose one line CloudWatch wrote itself.
	//
	// The strings in it alias buffers of the Batch and change under the
	// reader's hands with the next Decode: what outlives the batch must be
	// cloned (strings.Clone). All other strings of a Batch are copies.
	Lines []Line

	gz     []byte // the compressed document
	doc    []byte // the document; strings without an escape alias it
	text   []byte // unescaped strings
	source bytes.Reader
	zip    gzip.Reader
}

// A Line is one log event.
type Line struct {
	// ID is what CloudWatch Logs knows the log event by: 56 decimal digits, too
	// many for an integer type.
	ID string
	// Timestamp is in milliseconds since the Unix epoch. For an agent that
	// parses times it is the line's own, else when the agent read the line.
	Timestamp int64
	// Message is the log event's text, which may hold line feeds. Bytes that
	// are not UTF-8 are kept as they came: readers of files meet them too, and
	// what a stranger wrote should reach the classifier unaltered. A lone
	// surrogate escape, for which there are no bytes, becomes U+FFFD.
	Message string
}

// Time returns the Timestamp as a time in UTC.
func (l Line) Time() time.Time { return time.UnixMilli(l.Timestamp).UTC() }

// Control reports whether the batch is a ControlMessage, for which there is
// nothing to do.
func (b *Batch) Control() bool { return b.MessageType == ControlMessage }

func (b *Batch) limit() int {
	if b.MaxBytes <= 0 {
		return DefaultMaxBytes
	}
	return b.MaxBytes
}

// reset forgets the last document and keeps the buffers.
func (b *Batch) reset() {
	b.dropLines()
	b.text = b.text[:0]
	b.MessageType, b.Owner, b.LogGroup, b.LogStream, b.SubscriptionFilters = "", "", "", "", nil
}

// dropLines empties Lines. Left as they are, the strings past the end of a
// shorter batch would keep a replaced buffer alive.
func (b *Batch) dropLines() {
	clear(b.Lines)
	b.Lines = b.Lines[:0]
}
