package cwlogs

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"math/big"
	"time"

	"github.com/klauspost/compress/gzip"
)

// document has the members of a decoded document in the order in which
// CloudWatch Logs writes them.
type document struct {
	MessageType         string     `json:"messageType"`
	Owner               string     `json:"owner"`
	LogGroup            string     `json:"logGroup"`
	LogStream           string     `json:"logStream"`
	SubscriptionFilters []string   `json:"subscriptionFilters"`
	LogEvents           []logEvent `json:"logEvents"`
}

type logEvent struct {
	ID        string `json:"id"`
	Timestamp int64  `json:"timestamp"`
	Message   string `json:"message"`
}

// Encode writes the batch as the subscription event that [Batch.Decode] reads,
// and a line feed. Equal batches give equal bytes for a given version of the
// compression library: the gzip header has no time and no name.
//
// An empty MessageType becomes DataMessage and an empty Line.ID becomes 56
// digits made from the batch, the line's time and its place. Text that is not UTF-8 is written with
// U+FFFD, since JSON knows no other bytes. The error is the writer's.
func Encode(w io.Writer, b *Batch) error {
	if _, err := io.WriteString(w, `{"awslogs":{"data":"`); err != nil {
		return err
	}
	data := base64.NewEncoder(base64.StdEncoding, w)
	if err := EncodeDocument(data, b); err != nil {
		return err
	}
	if err := data.Close(); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\"}}\n")
	return err
}

// EncodeDocument writes the batch as the gzip document that
// [Batch.DecodeDocument] reads and that a Kinesis record carries. It is as
// deterministic as Encode. The error is the writer's.
func EncodeDocument(w io.Writer, b *Batch) error {
	zip := gzip.NewWriter(w)
	zip.ModTime = time.Unix(0, 0) // "no time"; the library writes the year 1 of a zero Time
	text := json.NewEncoder(zip)
	// CloudWatch Logs leaves <, > and & as they are.
	text.SetEscapeHTML(false)
	if err := text.Encode(newDocument(b)); err != nil {
		return err
	}
	return zip.Close()
}

func newDocument(b *Batch) document {
	d := document{
		MessageType: b.MessageType, Owner: b.Owner,
		LogGroup: b.LogGroup, LogStream: b.LogStream,
		// Not nil: CloudWatch Logs writes an empty array, not null.
		SubscriptionFilters: append([]string{}, b.SubscriptionFilters...),
		LogEvents:           make([]logEvent, len(b.Lines)),
	}
	if d.MessageType == "" {
		d.MessageType = DataMessage
	}
	hash := batchHash(b)
	for i, line := range b.Lines {
		d.LogEvents[i] = logEvent(line)
		if line.ID == "" {
			d.LogEvents[i].ID = eventID(hash, i, line)
		}
	}
	return d
}

// eventID makes an id for line i. CloudWatch Logs' own hold the timestamp in
// milliseconds above bit 144 (seen in the ids of the User Guide's examples),
// which is what gives them 56 digits. Below it stand here a hash of the batch,
// which tells batches apart, and the index, which tells equal lines apart; the
// ids of one batch thus compress as well as real ones, which count upwards too.
func eventID(batch uint64, i int, line Line) string {
	id := big.NewInt(max(line.Timestamp, 0))
	id.Lsh(id, 80).Or(id, new(big.Int).SetUint64(batch))
	id.Lsh(id, 64).Or(id, big.NewInt(int64(i)))
	return fmt.Sprintf("%056d", id)
}

func batchHash(b *Batch) uint64 {
	hash := fnv.New64a()
	fmt.Fprintf(hash, "%q %q %q", b.Owner, b.LogGroup, b.LogStream)
	for _, line := range b.Lines {
		fmt.Fprintf(hash, " %d %q", line.Timestamp, line.Message)
	}
	return hash.Sum64()
}
