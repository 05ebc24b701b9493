package cwlogs

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"slices"
)

// decodeBase64 reads a document from the base64 of its gzip form.
func (b *Batch) decodeBase64(data []byte) (err error) {
	b.gz, err = base64.StdEncoding.AppendDecode(b.gz[:0], data)
	if corrupt, ok := errors.AsType[base64.CorruptInputError](err); ok {
		return &Error{"data", int64(corrupt), ErrBase64}
	}
	return b.DecodeDocument(b.gz)
}

// DecodeDocument reads a gzip document in place of what the Batch held. The
// argument is not retained. The error is an *Error; the Batch has no Lines
// then.
//
// Gzip data of several members is one document in pieces, as RFC 1952 section
// 2.2 has it. A second document, in a member of its own or not, is ErrTrailing:
// CloudWatch Logs puts one document into each Lambda event and each Kinesis
// record, and two could differ in log group, which one Batch cannot say.
func (b *Batch) DecodeDocument(gz []byte) error {
	b.reset()
	if err := b.inflate(gz); err != nil {
		return err
	}
	if err := b.readDocument(); err != nil {
		b.reset()
		return err
	}
	return nil
}

// inflate decompresses gz into b.doc, up to the limit. The whole document is
// kept, not streamed, because then its strings need no copy: they alias it.
func (b *Batch) inflate(gz []byte) error {
	b.source.Reset(gz)
	// zip would otherwise hold the caller's data until the next Decode.
	defer b.source.Reset(nil)

	limit := b.limit()
	b.doc = slices.Grow(b.doc[:0], sizeHint(gz, limit)+1)
	err := b.zip.Reset(&b.source)
	for n := 0; err == nil && len(b.doc) <= limit; b.doc = b.doc[:len(b.doc)+n] {
		b.doc = slices.Grow(b.doc, 1)
		// One byte over the limit tells a document that fits from one that does not.
		n, err = b.zip.Read(b.doc[len(b.doc):min(cap(b.doc), limit+1)])
	}
	return inflateError(err, len(b.doc), limit)
}

func inflateError(err error, size, limit int) error {
	switch {
	case size > limit:
		return &Error{"gzip", int64(limit), ErrTooLarge}
	case size == 0 && err == io.EOF:
		// Either no gzip header at all, or nothing in it.
		return &Error{"gzip", 0, ErrMissing}
	case err == io.EOF:
		return nil
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{"gzip", int64(size), ErrTruncated}
	}
	return &Error{"gzip", int64(size), ErrGzip}
}

// maxRatio is the most that deflate can compress by: a match of 258 bytes in
// two bits.
const maxRatio = 1032

// sizeHint returns how long the document probably is: what the trailer of the
// last gzip member says (RFC 1952 section 2.3.1, ISIZE), where that is
// possible. A document that is longer costs a larger buffer again, a claim
// that is too large costs no more than the limit.
func sizeHint(gz []byte, limit int) int {
	if len(gz) < 4 {
		return 0
	}
	size := int64(binary.LittleEndian.Uint32(gz[len(gz)-4:]))
	return int(min(size, int64(limit), maxRatio*int64(len(gz))))
}
