// Package logfile turns a log on this machine into lines: a file, standard
// input, either of them compressed by gzip, or what `journalctl -o export`
// prints.
//
// The content decides which of these it is, never the name:
//
//	file, pipe ─▶ counter ─▶ gzip? ─▶ UTF-8 byte order mark? ─▶ journal export? ─▶ splitter ─▶ lines
//
// A Reader hands lines out in batches of strings that alias one reused block
// of memory, so reading costs no allocation a line, and the memory taken does
// not depend on the length of the file or of its lines:
//
//	in, err := logfile.Open(name, os.Stdin)
//	…
//	defer in.Close()
//	for {
//		lines, err := in.ReadBatch(1000)
//		if err == io.EOF {
//			break
//		}
//		…
//	}
//
// A line is what stands before an LF. A CR before that LF stays in the line,
// since it tells sshd's own standard error from other streams, and everything
// else (NULs, invalid UTF-8) is data. The last line needs no LF, and an empty
// file has no line.
//
// Read Open first, then lines.go for the splitter, and export.go.
package logfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"syscall"
	"time"
)

// Stdin is the name that stands for standard input.
const Stdin = "-"

// A Reader reads the lines of one log. It is not safe for concurrent use.
type Reader struct {
	name    string
	file    *os.File // what Close closes; nil where the caller owns the input
	size    int64
	modTime time.Time
	in      *counter
	lines   *splitter
}

// Open opens the log called name, or stdin where name is Stdin. The caller
// must Close the Reader. An error names the log and says in the words of the
// system what is wrong with it: no such file, permission denied, is a
// directory, or a format that sshsieve does not read.
//
// Open reads as far as it needs to tell the format, which for plain text is
// the first byte.
func Open(name string, stdin io.Reader) (*Reader, error) {
	if name == Stdin {
		return NewReader(name, stdin)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, openError(name, err)
	}
	r, err := NewReader(name, file)
	if err != nil {
		_ = file.Close() // read only: nothing can be lost, and err says more
		return nil, err
	}
	r.file = file
	return r, nil
}

// NewReader reads the log in, and calls it name in errors. Where in is a
// regular file, as with `sshsieve report <auth.log`, Size and ModTime are its.
// Close leaves in open.
func NewReader(name string, in io.Reader) (*Reader, error) {
	r := &Reader{name: name, in: &counter{r: in}}
	if err := r.stat(in); err != nil {
		return nil, openError(name, err)
	}
	text, err := decode(r.in)
	if err != nil {
		return nil, openError(name, err)
	}
	r.lines = &splitter{in: text}
	return r, nil
}

// stat notes what a file says of itself. A directory opens like a file, and
// would fail only at the first read.
func (r *Reader) stat(in io.Reader) error {
	file, ok := in.(*os.File)
	if !ok {
		return nil
	}
	info, err := file.Stat()
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return syscall.EISDIR
	case info.Mode().IsRegular():
		r.size, r.modTime = info.Size(), info.ModTime()
	}
	return nil
}

// ReadBatch returns the next lines, at most limit of them (at least 1), and
// fewer where they hold more than MaxBatch bytes or the log ends. Where a
// batch ends depends on nothing but the content and limit, so it waits for a
// slow pipe until the batch is full; with limit 1 it waits for one line only.
//
// The slice and its strings are valid until the next call of ReadBatch, which
// overwrites them: what is to live longer must be cloned.
//
// Lines come with a nil error. After the last of them ReadBatch returns
// io.EOF, or an error that names the log and the place. Where the log is
// damaged, the whole lines before the damage are delivered first.
func (r *Reader) ReadBatch(limit int) ([]string, error) {
	lines := r.lines.batch(max(limit, 1))
	if len(lines) > 0 {
		return lines, nil
	}
	if r.lines.err == io.EOF {
		return nil, io.EOF
	}
	return nil, fmt.Errorf("read %s after line %d: %w", label(r.name), r.lines.delivered, cause(r.lines.err))
}

// Name is the name that the log was opened with.
func (r *Reader) Name() string { return r.name }

// Cut is how many of the lines delivered so far were longer than MaxLine, and
// lost their ends.
func (r *Reader) Cut() int { return r.lines.cut }

// ModTime is when the log was last written: no line in it is younger. It is
// zero where nobody knows, as for a pipe.
func (r *Reader) ModTime() time.Time { return r.modTime }

// Size is the length of the log in bytes as it is stored (compressed, for
// gzip), or 0 where nobody knows, as for a pipe.
func (r *Reader) Size() int64 { return r.size }

// Consumed is how many bytes were read so far, in the measure of Size. It
// runs ahead of the lines delivered by what is buffered.
func (r *Reader) Consumed() int64 { return r.in.n }

// Close closes the file that Open opened.
func (r *Reader) Close() error {
	if r.file == nil {
		return nil
	}
	return r.file.Close()
}

// A counter counts the bytes read, and keeps the first error: a terminal that
// said EOF must not be asked again.
type counter struct {
	r   io.Reader
	n   int64
	err error
}

func (c *counter) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.r.Read(p)
	c.n += int64(n)
	c.err = err
	return n, err
}

func openError(name string, err error) error {
	return fmt.Errorf("open %s: %w", label(name), cause(err))
}

// label is how messages call the log. A file's name may hold anything, so it
// is quoted.
func label(name string) string {
	if name == Stdin {
		return "standard input"
	}
	return strconv.Quote(name)
}

// cause is err without the operation and the raw name that package os wraps
// around it.
func cause(err error) error {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return pathErr.Err
	}
	return err
}
