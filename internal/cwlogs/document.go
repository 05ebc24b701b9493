package cwlogs

import (
	"fmt"
	"strconv"
	"unsafe"
)

// minEvent is the least that a log event takes in a document: its members,
// a 56-digit id, a 13-digit timestamp and an empty message.
const minEvent = len(`{"id":"","timestamp":,"message":""},`) + 56 + 13

// readDocument reads b.doc. Members may come in any order, so the message type
// can be judged only at the end.
func (b *Batch) readDocument() error {
	seen := false
	err := readObject(b.doc, "document", func(c *cursor, name []byte) error {
		seen = seen || string(name) == "logEvents"
		return b.readMember(c, name)
	})
	if err != nil {
		return err
	}
	return b.checkMessageType(seen)
}

func (b *Batch) checkMessageType(seenEvents bool) error {
	switch b.MessageType {
	case DataMessage:
		if !seenEvents {
			return at("logEvents", ErrMissing)
		}
		return nil
	case ControlMessage:
		b.dropLines()
		return nil
	case "":
		return at("messageType", ErrMissing)
	}
	return at("messageType", ErrMessageType)
}

// readMember reads one member of the document. Members that are not known are
// skipped wherever they stand: CloudWatch Logs adds some from time to time
// (policyLevel in 2024) and some by configuration (extractedFields).
func (b *Batch) readMember(c *cursor, name []byte) (err error) {
	switch string(name) {
	case "messageType":
		b.MessageType, err = copied(c, "messageType")
	case "owner":
		b.Owner, err = copied(c, "owner")
	case "logGroup":
		b.LogGroup, err = copied(c, "logGroup")
	case "logStream":
		b.LogStream, err = copied(c, "logStream")
	case "subscriptionFilters":
		b.SubscriptionFilters = nil
		err = elements(c, "subscriptionFilters", b.readFilter)
	case "logEvents":
		b.dropLines() // of a member of the same name: the last one counts
		err = elements(c, "logEvents", b.readLine)
	default:
		err = c.skip()
	}
	return err
}

func (b *Batch) readFilter(c *cursor) error {
	name, err := copied(c, "subscriptionFilters[]")
	b.SubscriptionFilters = append(b.SubscriptionFilters, name)
	return err
}

// readLine reads one log event. One without an id or a message is kept: an odd
// line is not worth the batch it came in.
func (b *Batch) readLine(c *cursor) error {
	if len(b.Lines) >= b.limit()/minEvent+1 {
		return at("logEvents", ErrTooManyLines)
	}
	b.Lines = append(b.Lines, Line{})
	if c.peek() != '{' {
		return b.nullOr(c, "")
	}
	return c.object(b.readLineMember)
}

func (b *Batch) readLineMember(c *cursor, name []byte) (err error) {
	line := &b.Lines[len(b.Lines)-1]
	switch string(name) {
	case "id":
		line.ID, err = b.readID(c)
	case "message":
		line.Message, err = b.readString(c, ".message")
	case "timestamp":
		line.Timestamp, err = b.readMilliseconds(c)
	default:
		err = c.skip()
	}
	return err
}

// readID reads a log event's id. Emulators of CloudWatch Logs (moto) write it
// as a number, of which the digits are taken.
func (b *Batch) readID(c *cursor) (string, error) {
	if first := c.peek(); first < '0' || first > '9' {
		return b.readString(c, ".id")
	}
	raw, err := c.raw()
	return alias(raw), err
}

func (b *Batch) readMilliseconds(c *cursor) (int64, error) {
	c.peek()
	if ms, ok := c.positive(); ok {
		return ms, nil
	}
	raw, err := c.raw()
	if err != nil || string(raw) == "null" {
		return 0, err
	}
	ms, err := strconv.ParseInt(alias(raw), 10, 64)
	if err != nil {
		return 0, b.lineError(".timestamp")
	}
	return ms, nil
}

// readString reads a string of a log event, or null as none. A string without
// escapes aliases b.doc, another b.text; where b.text has to move to a larger
// array, earlier strings keep the old one.
func (b *Batch) readString(c *cursor, member string) (string, error) {
	if c.peek() != '"' {
		return "", b.nullOr(c, member)
	}
	if s, ok := c.plain(); ok {
		return alias(s), nil
	}
	start := len(b.text)
	var err error
	b.text, err = c.unescape(b.text)
	return alias(b.text[start:]), err
}

// nullOr is the function of the same name for a member of the line being read,
// whose path is worth making only if it is needed.
func (b *Batch) nullOr(c *cursor, member string) error {
	null, err := c.skipNull()
	if err == nil && !null {
		err = b.lineError(member)
	}
	return err
}

func (b *Batch) lineError(member string) error {
	return at(fmt.Sprintf("logEvents[%d]%s", len(b.Lines)-1, member), ErrType)
}

// alias returns a string over the bytes themselves: a copy of each line would
// be the one allocation a line costs.
func alias(text []byte) string {
	return unsafe.String(unsafe.SliceData(text), len(text))
}
