package main

import (
	"fmt"
	"io"
	"time"

	"sshsieve/internal/logfile"
)

// A progress shows how far a long reading is, on standard error where that is
// a terminal and never otherwise. The nil progress shows nothing.
type progress struct {
	out   io.Writer
	now   func() time.Time
	next  time.Time // when to show again
	shown bool
}

// sized is what a progress asks of a log: bytes read, and of how many (0: nobody
// knows).
type sized interface {
	Consumed() int64
	Size() int64
}

var _ sized = (*logfile.Reader)(nil)

// patience is how long a reading may take before it shows, and how often then.
const (
	patience = time.Second
	interval = 200 * time.Millisecond
)

func newProgress(c *call) *progress {
	if !c.attended {
		return nil
	}
	return &progress{out: c.stderr, now: time.Now, next: time.Now().Add(patience)}
}

// hint tells why nothing happens yet.
func (p *progress) hint(text string) {
	if p != nil {
		fmt.Fprintln(p.out, "sshsieve: "+text)
	}
}

// show tells the lines read so far, and the share where the size is known.
func (p *progress) show(in sized, lines int) {
	if p == nil || p.now().Before(p.next) {
		return
	}
	p.next, p.shown = p.now().Add(interval), true
	share := ""
	if size := in.Size(); size > 0 {
		share = fmt.Sprintf(", %d%%", 100*in.Consumed()/size)
	}
	fmt.Fprintf(p.out, "\r\x1b[K%d lines%s", lines, share)
}

// done wipes what was shown.
func (p *progress) done() {
	if p != nil && p.shown {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}
