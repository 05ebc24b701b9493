package main

import (
	"strings"
	"sync"

	"sshsieve/internal/cwlogs"
	"sshsieve/internal/syslog"
)

// mostCarried is how many lines are kept for all streams together: 5 MB.
const mostCarried = 10_000

// A carry keeps the lines of connections that went on when their stream's last
// batch ended (sshd.Reader.Unfinished), for as long as this container lives. With
// more containers at work the next batch may come to another one, and a line may
// miss its other half: that is as if it had come too late. It is safe for
// concurrent use.
type carry struct {
	mu    sync.Mutex
	lines map[stream][]syslog.Record
	held  int
}

type stream struct{ owner, group, name string }

func streamOf(b *cwlogs.Batch) stream {
	return stream{strings.Clone(b.Owner), strings.Clone(b.LogGroup), strings.Clone(b.LogStream)}
}

// before are the lines of earlier batches, which are not to be changed.
func (c *carry) before(s stream) []syslog.Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lines[s]
}

// keep takes a stream's lines in place of those before. Where there are too many
// it begins anew: hosts that nobody guesses at have hardly any.
func (c *carry) keep(s stream, lines []syslog.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held += len(lines) - len(c.lines[s])
	delete(c.lines, s)
	if c.held > mostCarried || c.lines == nil {
		c.lines, c.held = map[stream][]syslog.Record{}, len(lines)
	}
	if len(lines) > 0 {
		c.lines[s] = lines
	}
}
