package watch

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"

	"sshsieve/internal/sshd"
	"sshsieve/internal/syslog"
)

// Counts are what a batch held. Lines and Skewed count lines; the others count
// what sshd said, so a line that syslogd folded ("message repeated 3 times")
// counts as often as it was said.
type Counts struct {
	Lines        int `json:"lines"`
	Skewed       int `json:"skewed,omitempty"` // lines whose own clock was not believed
	Unrecognised int `json:"unrecognised,omitempty"`
	// Believed is how many of sshd's no peer can have written, and Drift how many
	// of the unrecognised.
	Believed int `json:"believed,omitempty"`
	Drift    int `json:"drift,omitempty"`
	// Attempts is how often a login failed: one line of each attempt counts.
	Attempts int `json:"attempts,omitempty"`
	// Verdicts and Categories are by the words of sshd.Verdict and
	// sshd.Category; lines of other programs are in Categories alone.
	Verdicts   map[string]int `json:"verdicts,omitempty"`
	Categories map[string]int `json:"categories,omitempty"`
}

// Add adds others.
func (c *Counts) Add(d Counts) {
	c.Lines += d.Lines
	c.Skewed += d.Skewed
	c.Unrecognised += d.Unrecognised
	c.Believed += d.Believed
	c.Drift += d.Drift
	c.Attempts += d.Attempts
	c.Verdicts = addInto(c.Verdicts, d.Verdicts)
	c.Categories = addInto(c.Categories, d.Categories)
}

func addInto(sum, more map[string]int) map[string]int {
	if sum == nil {
		sum = make(map[string]int, len(more))
	}
	for name, n := range more {
		sum[name] += n
	}
	return sum
}

// countOf counts a batch's Events. Lines without an envelope are a peer's unless
// trusted.
func countOf(events []sshd.Event, trustStderr bool) Counts {
	t := tally{Counts: Counts{Lines: len(events)}, categories: make([]int, len(sshd.Categories())), trustStderr: trustStderr}
	for i := range events {
		t.count(&events[i])
	}
	return t.named()
}

// A tally counts by number, which costs less for each line than by name.
type tally struct {
	Counts
	verdicts   [sshd.Human + 1]int
	categories []int
	// trustStderr says that lines without an envelope are sshd's.
	trustStderr bool
}

func (t *tally) count(e *sshd.Event) {
	if e.Record.Skew {
		t.Skewed++
	}
	kind := e.Kind()
	if kind == sshd.KindContinuation {
		return // part of the line above
	}
	n := max(e.Record.Repeat, 1)
	t.categories[e.Category] += n
	if e.Category == sshd.NotSSHD {
		return
	}
	t.verdicts[e.Verdict()] += n
	believed := e.Record.Trust != syslog.Forged && (e.Record.Trust != syslog.Peer || t.trustStderr)
	if believed {
		t.Believed += n
	}
	if e.Row != nil && e.Row.Attempt && e.Category != sshd.Accepted {
		t.Attempts += n
	}
	if kind == sshd.KindUnrecognised {
		t.Unrecognised += n
		if believed {
			t.Drift += n
		}
	}
}

func (t *tally) named() Counts {
	t.Verdicts, t.Categories = map[string]int{}, map[string]int{}
	for v, n := range t.verdicts {
		if n > 0 {
			t.Verdicts[sshd.Verdict(v).String()] = n
		}
	}
	for c, n := range t.categories {
		if n > 0 {
			t.Categories[sshd.Category(c).String()] = n
		}
	}
	return t.Counts
}

// A Receipt says that a batch was seen through to its end.
type Receipt struct {
	Scope Scope `json:"scope"`
	// Bucket is the 5 minutes of its newest event time, and Batch the hash of
	// what was delivered: the same batch has the same of both.
	Bucket time.Time `json:"bucket"`
	Batch  string    `json:"batch"`
	Stream string    `json:"stream,omitempty"`
	Hosts  []string  `json:"hosts,omitempty"` // up to 200 that wrote, sorted
	Beats  []string  `json:"beats,omitempty"` // those of them that said the owner's heartbeat
	// Newest is its newest event time; Arrived is the wall clock's.
	Newest  time.Time `json:"newest"`
	Arrived time.Time `json:"arrived"`
	Counts  Counts    `json:"counts"`
}

// ReceiptLife is how long a Receipt is kept: Lambda gives up an asynchronous
// event after 6 hours at most, and what stays in a destination is replayed
// within a week.
const ReceiptLife = 8 * 24 * time.Hour

// BucketOf is the bucket of an event time.
func BucketOf(at time.Time) time.Time { return at.UTC().Truncate(BucketLength) }

// FirstBucket is the first that does not begin before a time.
func FirstBucket(from time.Time) time.Time { return BucketOf(from.Add(BucketLength - 1)) }

// BucketLength is how long a bucket is; it begins at a whole multiple.
const BucketLength = 5 * time.Minute

// batchHash is the same for a batch that is delivered again: 16 hexadecimal
// digits over where it came from and what CloudWatch calls each line, or where
// it has no name the line itself.
func batchHash(o Origin, events []sshd.Event) string {
	h := sha256.New()
	var buf []byte
	part := func(s string) {
		buf = append(append(buf[:0], s...), 0)
		h.Write(buf)
	}
	part(o.Account)
	part(o.LogGroup)
	part(o.Stream)
	for i := range events {
		r := events[i].Record
		if r.EventID != "" {
			part(r.EventID)
			continue
		}
		part(r.Time.UTC().Format(time.RFC3339Nano))
		part(r.Host)
		part(r.Message)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// mostHosts bounds those of a Receipt: 4 KB. One batch is one stream's, and with
// more than that many hosts in a stream some may seem silent.
const mostHosts = 200

// hostsOf lists the hosts that wrote, and those that said the heartbeat.
func hostsOf(events []sshd.Event, heartbeat string) (hosts, beats []string) {
	seen := map[string]bool{} // and whether it said the heartbeat
	for i := range events {
		r := events[i].Record
		beat, had := seen[r.Host]
		switch {
		case r.Host == "" || r.Trust == syslog.Peer || !had && len(seen) >= mostHosts:
		case !had:
			seen[strings.Clone(r.Host)] = says(&events[i], heartbeat) // the batch's buffers are reused
		case !beat && says(&events[i], heartbeat):
			seen[strings.Clone(r.Host)] = true
		}
	}
	for _, host := range slices.Sorted(maps.Keys(seen)) {
		hosts = append(hosts, host)
		if seen[host] {
			beats = append(beats, host)
		}
	}
	return hosts, beats
}

// says whether a line is the owner's heartbeat. sshd's own never are: whoever logs
// in under that name would arm the host.
func says(e *sshd.Event, heartbeat string) bool {
	return heartbeat != "" && e.Category == sshd.NotSSHD && strings.Contains(e.Record.Message, heartbeat)
}
