package logfile

import (
	"bytes"
	"io"
	"unsafe"
)

const (
	// MaxLine is the most bytes of a line that are delivered; the rest of a
	// longer one is dropped. sshd cuts its own messages at 1,023 bytes
	// (OpenSSH log.c, MSGBUFSIZ), CloudWatch Logs an event at 1 MiB.
	MaxLine = 1 << 20

	// MaxBatch is how many bytes of lines, LFs included, make a batch full
	// whatever their number; the line that passes the mark is still in it.
	// CloudWatch Logs takes as much in one PutLogEvents call.
	MaxBatch = 1 << 20

	// chunk is how much is read at once. What was read beyond a batch is moved
	// to the front of the block before the next, so more is not better.
	chunk = 64 << 10
)

// A splitter cuts what it reads into lines.
//
//	block  │ earlier batches │ lines of this batch │ to be searched │ free │
//	       0               start                 next              end
type splitter struct {
	in   io.Reader
	err  error // why there is no more to read, io.EOF included
	skip bool  // next stands inside a line that was cut: drop its rest

	block            []byte
	start, next, end int

	lines     []string // of this batch; they alias block
	delivered int      // lines so far
	cut       int      // of them, longer than MaxLine
}

// batch returns up to limit lines, and overwrites those it returned before.
func (s *splitter) batch(limit int) []string {
	s.rewind()
	s.lines = s.lines[:0]
	for len(s.lines) < limit && s.next-s.start < MaxBatch && s.line() {
	}
	return s.lines
}

// rewind moves what is to be searched to the front of the block, once there is
// as much before it: small batches would else move the same bytes again and
// again.
func (s *splitter) rewind() {
	if s.next >= chunk {
		s.end = copy(s.block, s.block[s.next:s.end])
		s.next = 0
	}
	s.start = s.next
}

// line delivers the next line. It returns false where there is none.
func (s *splitter) line() bool {
	if s.skip && !s.skipRest() {
		return false
	}
	for searched := s.next; ; {
		if i := bytes.IndexByte(s.block[searched:s.end], '\n'); i >= 0 {
			s.deliver(searched + i)
			s.next++ // the LF
			return true
		}
		searched = s.end
		if s.end-s.next > MaxLine {
			s.deliver(s.end)
			s.skip = true
			return true
		}
		if !s.fill() {
			return s.last()
		}
	}
}

// last delivers what stands after the last LF. Where reading failed that is
// half a line, which could be taken for another line than it was.
func (s *splitter) last() bool {
	if s.err != io.EOF || s.next == s.end {
		return false
	}
	s.deliver(s.end)
	return true
}

// deliver adds the line from next to eol to the batch.
func (s *splitter) deliver(eol int) {
	text := s.block[s.next:eol]
	if len(text) > MaxLine {
		text = text[:MaxLine]
		s.cut++
	}
	// One string for each batch, copied from the block, would be simpler, and
	// BenchmarkPlain takes 1.7 times as long with it. No byte of a batch changes
	// before the next call of batch: fill writes behind it.
	s.lines = append(s.lines, unsafe.String(unsafe.SliceData(text), len(text)))
	s.delivered++
	s.next = eol
}

// skipRest moves next behind the LF of a line that was cut. It returns false
// where no LF follows.
func (s *splitter) skipRest() bool {
	for {
		if i := bytes.IndexByte(s.block[s.next:s.end], '\n'); i >= 0 {
			s.next += i + 1
			s.skip = false
			return true
		}
		s.end = s.next // so that the block need not grow
		if !s.fill() {
			return false
		}
	}
}

// fill reads on behind end. It returns false where nothing came; err says why.
func (s *splitter) fill() bool {
	if s.err != nil {
		return false
	}
	s.grow()
	for range 100 { // as many times as package bufio asks
		n, err := s.in.Read(s.block[s.end : s.end+chunk])
		s.end += n
		s.err = err
		if n > 0 || err != nil {
			return n > 0
		}
	}
	s.err = io.ErrNoProgress
	return false
}

// grow makes room for a chunk. The block stays below 2 × (MaxBatch + MaxLine +
// 3 × chunk), 4.4 MiB, whatever is read. Lines delivered from the old block keep it
// alive while they are needed.
func (s *splitter) grow() {
	if s.end+chunk <= len(s.block) {
		return
	}
	block := make([]byte, 2*(s.end+chunk))
	copy(block, s.block[:s.end])
	s.block = block
}
