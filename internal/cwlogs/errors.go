package cwlogs

import (
	"encoding/json"
	"errors"
	"fmt"
)

// What can be wrong with a payload. Every error of this package is an *Error
// that wraps one of these; none is cured by trying again.
var (
	// ErrMissing: a member that every payload has is absent, null or empty.
	ErrMissing = errors.New("missing")
	// ErrBase64: the data is not standard base64 with padding (RFC 4648 section 4).
	ErrBase64 = errors.New("bad base64")
	// ErrGzip: the data is not gzip (RFC 1952), or fails its checksum.
	ErrGzip = errors.New("bad gzip")
	// ErrTruncated: the gzip data ends early.
	ErrTruncated = errors.New("gzip data cut short")
	// ErrTooLarge: the document is longer than Batch.MaxBytes.
	ErrTooLarge = errors.New("decompressed document over the size bound")
	// ErrTooManyLines: the document holds more log events than CloudWatch Logs
	// could put into Batch.MaxBytes: one for each 105 bytes, the length of a
	// log event with a 56-digit id, a 13-digit timestamp and no message.
	ErrTooManyLines = errors.New("too many log events")
	// ErrJSON: not JSON (RFC 8259), or nested deeper than 10,000 levels.
	ErrJSON = errors.New("bad JSON")
	// ErrTrailing: something other than white space follows the document.
	ErrTrailing = errors.New("data after the document")
	// ErrType: a member is JSON, but of another type than documented.
	ErrType = errors.New("wrong JSON type")
	// ErrMessageType: neither DATA_MESSAGE nor CONTROL_MESSAGE.
	ErrMessageType = errors.New("unknown message type")
)

// An Error says what is wrong with a payload and where. It never holds text of
// the payload, since user names in it may be mistyped passwords.
type Error struct {
	// Part is the layer ("event", "data", "gzip", "document"), or the path of
	// a member of it ("logEvents[3].timestamp").
	Part string
	// Offset counts the bytes of the layer that had been read: for "event"
	// those of the event, for "data" those of the base64 text, for "gzip" and
	// "document" those of the decompressed document. -1 where Part says it all.
	Offset int64
	// Err is one of the errors above.
	Err error
}

func (e *Error) Error() string {
	if e.Offset < 0 {
		return fmt.Sprintf("cwlogs: %s: %v", e.Part, e.Err)
	}
	return fmt.Sprintf("cwlogs: %s: %v at byte %d", e.Part, e.Err, e.Offset)
}

// Unwrap returns what is wrong, for errors.Is.
func (e *Error) Unwrap() error { return e.Err }

// at makes an Error for a member, whose path says where it is.
func at(path string, err error) *Error { return &Error{path, -1, err} }

// fault makes the Error for text that the reader stopped at. The reader's own
// JSON library gives offsets only inside messages that also quote the input, so
// the standard library reads the text once more to find where it is bad.
func fault(part string, text []byte, stopped error) error {
	if ours, ok := errors.AsType[*Error](stopped); ok {
		return ours
	}
	return &Error{part, syntaxOffset(text), ErrJSON}
}

// syntaxOffset returns how much of text can be read as JSON, or -1 if all.
func syntaxOffset(text []byte) int64 {
	err := json.Unmarshal(text, &struct{}{})
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return syntax.Offset
	}
	return -1
}
