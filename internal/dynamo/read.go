package dynamo

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/go-faster/jx"

	"sshsieve/internal/watch"
)

// A tick reads Receipts by the hundred thousand and a report 2,000 Rows of 60 KB,
// with a seventh of a core. So these documents are read by jx, which takes a
// third of the time of encoding/json; what it does not expect is left to that.

// receiptOf reads a Receipt's document.
func receiptOf(doc types.AttributeValue) (watch.Receipt, error) { return read(doc, receiptMember) }

// rowOf reads a Row's document.
func rowOf(doc types.AttributeValue) (watch.Row, error) { return read(doc, rowMember) }

// read reads an object, member by member.
func read[T any](doc types.AttributeValue, member func(into *T, d *jx.Decoder, name string) error) (v T, err error) {
	raw, err := jsonOf(doc)
	if err != nil {
		return v, fmt.Errorf("%w: %w", errDoc, err)
	}
	d := jx.GetDecoder()
	defer jx.PutDecoder(d)
	d.ResetBytes(raw)
	err = d.ObjBytes(func(d *jx.Decoder, name []byte) error { return member(&v, d, string(name)) })
	if err == nil && d.Next() == jx.Invalid { // that is its end
		return v, nil
	}
	var plain T
	if err := json.Unmarshal(raw, &plain); err != nil {
		return plain, fmt.Errorf("%w: %w", errDoc, err)
	}
	return plain, nil
}

func receiptMember(r *watch.Receipt, d *jx.Decoder, name string) error {
	switch name {
	case "scope":
		return readText(d, &r.Scope)
	case "bucket":
		return readTime(d, &r.Bucket)
	case "batch":
		return readText(d, &r.Batch)
	case "stream":
		return readText(d, &r.Stream)
	case "hosts":
		return readTexts(d, &r.Hosts)
	case "beats":
		return readTexts(d, &r.Beats)
	case "newest":
		return readTime(d, &r.Newest)
	case "arrived":
		return readTime(d, &r.Arrived)
	case "counts":
		return readCounts(d, &r.Counts)
	}
	return d.Skip()
}

func rowMember(r *watch.Row, d *jx.Decoder, name string) error {
	switch name {
	case "scope":
		return readText(d, &r.Scope)
	case "bucket":
		return readTime(d, &r.Bucket)
	case "batches":
		return readInt(d, &r.Batches)
	case "newest":
		return readTime(d, &r.Newest)
	case "arrived":
		return readTime(d, &r.Arrived)
	case "hosts":
		return readMap(d, &r.Hosts, (*jx.Decoder).Int64)
	case "lines":
		return readMap(d, &r.Lines, intOf)
	case "failures":
		return readMap(d, &r.Failures, intOf)
	case "beats":
		return readMap(d, &r.Beats, (*jx.Decoder).Bool)
	case "counts":
		return readCounts(d, &r.Counts)
	}
	return d.Skip()
}

func readCounts(d *jx.Decoder, c *watch.Counts) error {
	return d.ObjBytes(func(d *jx.Decoder, name []byte) error {
		switch string(name) {
		case "lines":
			return readInt(d, &c.Lines)
		case "skewed":
			return readInt(d, &c.Skewed)
		case "unrecognised":
			return readInt(d, &c.Unrecognised)
		case "believed":
			return readInt(d, &c.Believed)
		case "drift":
			return readInt(d, &c.Drift)
		case "attempts":
			return readInt(d, &c.Attempts)
		case "verdicts":
			return readMap(d, &c.Verdicts, intOf)
		case "categories":
			return readMap(d, &c.Categories, intOf)
		}
		return d.Skip()
	})
}

func readText[S ~string](d *jx.Decoder, into *S) error {
	text, err := d.Str()
	*into = S(text)
	return err
}

func readTexts(d *jx.Decoder, into *[]string) error {
	*into = []string{}
	return d.Arr(func(d *jx.Decoder) error {
		text, err := d.Str()
		*into = append(*into, text)
		return err
	})
}

func readTime(d *jx.Decoder, into *time.Time) error {
	text, err := d.StrBytes()
	if err != nil {
		return err
	}
	return into.UnmarshalText(text)
}

// intOf reads an int. jx's own Int links 16 KB more.
func intOf(d *jx.Decoder) (int, error) {
	n, err := d.Int64()
	return int(n), err
}

func readInt(d *jx.Decoder, into *int) (err error) {
	*into, err = intOf(d)
	return err
}

func readMap[V any](d *jx.Decoder, into *map[string]V, value func(*jx.Decoder) (V, error)) error {
	if *into == nil {
		*into = map[string]V{}
	}
	return d.ObjBytes(func(d *jx.Decoder, name []byte) error {
		v, err := value(d)
		(*into)[string(name)] = v
		return err
	})
}
