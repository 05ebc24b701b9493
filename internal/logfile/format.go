package logfile

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
)

// utf8BOM is the UTF-8 byte order mark (RFC 3629 section 6), which editors of
// other systems put before a text.
const utf8BOM = "\xef\xbb\xbf"

// gzipMagic is ID1, ID2 and the only compression method of RFC 1952 section
// 2.3.1. sshd never writes such bytes into a log: it escapes them.
const gzipMagic = "\x1f\x8b\x08"

// refused are formats in which people keep logs and that are not read here:
// better a word about what to do than a report of no lines.
var refused = []struct{ magic, what, remedy string }{
	{"\xfd7zXZ\x00", "compressed by xz", "xz -dc"},         // xz file format 1.2.1, section 2.1.1.1
	{"\x28\xb5\x2f\xfd", "compressed by zstd", "zstd -dc"}, // RFC 8878 section 3.1.1
	{"BZh", "compressed by bzip2", "bzip2 -dc"},            // bzip2's BZ_HDR_B, BZ_HDR_Z, BZ_HDR_h
	{"PK\x03\x04", "a zip archive", "unzip -p"},            // APPNOTE.TXT section 4.3.7
	{"\xff\xfe", "UTF-16", "iconv -f UTF-16 -t UTF-8"},     // RFC 2781 section 3.2
	{"\xfe\xff", "UTF-16", "iconv -f UTF-16 -t UTF-8"},
	{"LPKSHHRH", "a journal", "journalctl -o export --file"}, // systemd.io/JOURNAL_FILE_FORMAT
}

// decode returns the text of what in holds. It reads no further than it needs
// to tell the format, since in may be a terminal.
func decode(in *counter) (io.Reader, error) {
	br := bufio.NewReaderSize(in, chunk)
	if err := refuse(br); err != nil {
		return nil, err
	}
	if hasPrefix(br, gzipMagic) {
		inflated, err := newInflater(in, br)
		if err != nil {
			return nil, err
		}
		br = bufio.NewReaderSize(inflated, chunk)
	}
	if hasPrefix(br, utf8BOM) {
		_, _ = br.Discard(len(utf8BOM)) // cannot fail: they were peeked
	}
	if isExport(br) {
		return &exportReader{in: br}, nil
	}
	return br, nil
}

// refuse returns an error for a format that is not read. All of them hold NULs
// in their first bytes, and sshd writes none, so that no line which a stranger
// made sshd write can make its log unreadable.
func refuse(br *bufio.Reader) error {
	for _, f := range refused {
		if !hasPrefix(br, f.magic) {
			continue
		}
		head, _ := br.Peek(64) // what is missing holds no NUL
		if bytes.IndexByte(head, 0) >= 0 {
			return fmt.Errorf("it is %s; try: %s FILE | sshsieve … -", f.what, f.remedy)
		}
	}
	return nil
}

// hasPrefix tells whether the text begins with magic. It asks for no byte
// after the first that differs.
func hasPrefix(br *bufio.Reader, magic string) bool {
	for i := range len(magic) {
		head, err := br.Peek(i + 1)
		if err != nil || head[i] != magic[i] {
			return false
		}
	}
	return true
}

// An inflater reads gzip, of any number of members, and says where it is
// damaged.
type inflater struct {
	zr *gzip.Reader
	in *counter
	br *bufio.Reader // what zr reads: in, buffered
}

func newInflater(in *counter, br *bufio.Reader) (*inflater, error) {
	f := &inflater{in: in, br: br}
	zr, err := gzip.NewReader(br)
	if err != nil {
		return nil, f.explain(err)
	}
	f.zr = zr
	return f, nil
}

func (f *inflater) Read(p []byte) (int, error) {
	n, err := f.zr.Read(p)
	return n, f.explain(err)
}

func (f *inflater) explain(err error) error {
	at := f.in.n - int64(f.br.Buffered())
	switch {
	case err == nil || err == io.EOF:
		return err
	case f.in.err != nil && f.in.err != io.EOF:
		return f.in.err // the disk's fault
	case err == io.ErrUnexpectedEOF:
		return fmt.Errorf("gzip data cut short at byte %d: %w", at, err)
	default:
		return fmt.Errorf("gzip data damaged near byte %d: %w", at, err)
	}
}
