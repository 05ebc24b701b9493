package cwlogs

import "errors"

// A Source is the shape of a Lambda event.
type Source uint8

const (
	Unknown      Source = iota
	Subscription        // {"awslogs": …}: read it with Batch.Decode
	Kinesis             // {"Records": …}: read it with KinesisRecords
)

func (s Source) String() string {
	return [...]string{"unknown", "subscription", "kinesis"}[s]
}

// Sniff tells from the first member that it knows which shape an event has. It
// reads no further, so the event may still turn out to be damaged.
func Sniff(event []byte) Source {
	found := Unknown
	// The error is either stop or damage in front of a known member, which is
	// an Unknown event.
	_ = (&cursor{text: event}).object(func(c *cursor, name []byte) error {
		switch string(name) {
		case "awslogs":
			found = Subscription
		case "Records":
			found = Kinesis
		default:
			return c.skip()
		}
		return errStop
	})
	return found
}

var errStop = errors.New("stop")

// Decode reads a subscription event, {"awslogs":{"data":"…"}}, in place of
// what the Batch held. The event is not retained. The error is an *Error; the
// Batch has no Lines then.
//
// Event: AWS Lambda Developer Guide, "Using Lambda with CloudWatch Logs".
func (b *Batch) Decode(event []byte) error {
	b.reset()
	data, err := subscriptionData(event)
	if err != nil {
		return err
	}
	return b.decodeBase64(data)
}

// subscriptionData returns the base64 text in an event, which it may alias.
func subscriptionData(event []byte) (data []byte, err error) {
	err = readObject(event, "event", func(c *cursor, name []byte) error {
		if string(name) != "awslogs" {
			return c.skip()
		}
		return members(c, "awslogs", func(c *cursor, name []byte) (err error) {
			if string(name) != "data" {
				return c.skip()
			}
			data, err = stringAt(c, "awslogs.data")
			return err
		})
	})
	if err == nil && len(data) == 0 {
		err = at("awslogs.data", ErrMissing)
	}
	return data, err
}

// A KinesisRecord is one record of a Kinesis event: one document.
type KinesisRecord struct {
	// EventID is "shardId-…:" and the sequence number.
	EventID string
	// SequenceNumber is what a function returns as itemIdentifier in
	// batchItemFailures to have the stream read from here again.
	SequenceNumber string

	data []byte // base64 of the gzip document; aliases the event
}

// KinesisRecords lists the records of a Kinesis event without decoding their
// data, so that each can fail on its own in [Batch.DecodeKinesis]. The records
// alias the event. The error is an *Error; an event without Records has none.
//
// Event: AWS Lambda Developer Guide, "Using Lambda to process records from
// Amazon Kinesis Data Streams". The data of a record is the gzip document
// itself, in base64 only for the sake of the event.
func KinesisRecords(event []byte) ([]KinesisRecord, error) {
	var records []KinesisRecord
	err := readObject(event, "event", func(c *cursor, name []byte) error {
		if string(name) != "Records" {
			return c.skip()
		}
		records = nil
		return elements(c, "Records", func(c *cursor) error {
			var r KinesisRecord
			err := r.read(c)
			records = append(records, r)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return records, nil
}

func (r *KinesisRecord) read(c *cursor) error {
	return members(c, "Records[]", func(c *cursor, name []byte) (err error) {
		switch string(name) {
		case "eventID":
			r.EventID, err = copied(c, "Records[].eventID")
		case "kinesis":
			err = members(c, "Records[].kinesis", r.readKinesis)
		default:
			err = c.skip()
		}
		return err
	})
}

func (r *KinesisRecord) readKinesis(c *cursor, name []byte) (err error) {
	switch string(name) {
	case "sequenceNumber":
		r.SequenceNumber, err = copied(c, "Records[].kinesis.sequenceNumber")
	case "data":
		r.data, err = stringAt(c, "Records[].kinesis.data")
	default:
		err = c.skip()
	}
	return err
}

// DecodeKinesis reads a record in place of what the Batch held. The event must
// not have changed since KinesisRecords listed it. The error is an *Error; the
// Batch has no Lines then.
func (b *Batch) DecodeKinesis(r KinesisRecord) error {
	b.reset()
	if len(r.data) == 0 {
		return at("kinesis.data", ErrMissing)
	}
	return b.decodeBase64(r.data)
}
