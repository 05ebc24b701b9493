package emf

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/go-faster/jx"

	"sshsieve/internal/notice"
	"sshsieve/internal/sshd"
)

// Write writes the line of one batch, with one call of w.Write, so that nothing
// of another goroutine's stands in it. An error is w's: then the metrics of this
// batch are lost, and must not be written again.
//
// A line is valid UTF-8 and at most 32 KiB long; CloudWatch takes 1 MB.
func Write(w io.Writer, m Metrics) error {
	return write(w, line{
		at: m.Result.Newest, now: m.Now, dimension: Dimension, value: dimensionValue(m.Origin.LogGroup),
		data: m.data(), members: m.members,
	})
}

// A line is what is common to all lines.
type line struct {
	at, now          time.Time // event time and the wall clock's
	dimension, value string
	data             []datum
	members          func(*jx.Encoder) // what is no metric
}

func write(w io.Writer, l line) error {
	var e jx.Encoder
	e.Grow(2048)
	e.Obj(func(e *jx.Encoder) {
		if len(l.data) > 0 { // else it is a line as any other
			e.Field("_aws", l.directive)
		}
		// Lambda's filter drops a line whose level it cannot see, when the log
		// format is JSON; and without a timestamp it takes no level for one
		// (Lambda Developer Guide, "Log-level filtering").
		str(e, "level", "INFO")
		str(e, "timestamp", l.now.UTC().Format("2006-01-02T15:04:05.000Z07:00"))
		str(e, l.dimension, l.value)
		for _, d := range l.data {
			number(e, d.name, d.value)
		}
		l.members(e)
	})
	text := append(e.Bytes(), '\n')
	n, err := w.Write(text)
	if err == nil && n < len(text) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return fmt.Errorf("write metrics: %w", err)
	}
	return nil
}

// directive says which members are metrics.
func (l *line) directive(e *jx.Encoder) {
	e.Obj(func(e *jx.Encoder) {
		e.Field("Timestamp", func(e *jx.Encoder) { e.Int64(stamp(l.at, l.now).UnixMilli()) })
		e.Field("CloudWatchMetrics", func(e *jx.Encoder) {
			e.Arr(func(e *jx.Encoder) {
				e.Obj(func(e *jx.Encoder) {
					str(e, "Namespace", Namespace)
					e.Field("Dimensions", l.dimensions)
					e.Field("Metrics", l.metrics)
				})
			})
		})
	})
}

// dimensions is one set, of one name.
func (l *line) dimensions(e *jx.Encoder) {
	e.Arr(func(e *jx.Encoder) {
		e.Arr(func(e *jx.Encoder) { e.Str(l.dimension) })
	})
}

func (l *line) metrics(e *jx.Encoder) {
	e.Arr(func(e *jx.Encoder) {
		for _, d := range l.data {
			e.Obj(func(e *jx.Encoder) {
				str(e, "Name", d.name)
				str(e, "Unit", d.unit)
			})
		}
	})
}

// CloudWatch takes data that is at most two weeks old and at most two hours
// ahead (PutMetricData, MetricDatum, Timestamp). An hour of either is left for
// the way there.
const (
	oldest = 14*24*time.Hour - time.Hour
	ahead  = time.Hour
)

// stamp is the event time, as far as CloudWatch takes it; the wall clock's where
// there is none.
func stamp(at, now time.Time) time.Time {
	switch {
	case at.IsZero():
		return now
	case at.Before(now.Add(-oldest)):
		return now.Add(-oldest)
	case at.After(now.Add(ahead)):
		return now.Add(ahead)
	}
	return at
}

// members are what Logs Insights can ask for beside the metrics.
func (m *Metrics) members(e *jx.Encoder) {
	text(e, "account", m.Origin.Account)
	text(e, "fleet", m.Origin.Fleet)
	text(e, "stream", m.Origin.Stream)
	if m.Own || !m.Result.Fresh {
		return
	}
	for _, c := range sshd.Categories() {
		if n := m.Result.Counts.Categories[c.String()]; n != 0 && !isCommon(c) {
			number(e, c.String(), n)
		}
	}
	some(e, "dropped-sources", m.Result.Dropped)
	some(e, "newer-keys", m.Result.Newer)
	some(e, "blind-notices", m.Result.Blind)
	m.Glance.write(e)
}

func isCommon(c sshd.Category) bool {
	for _, other := range common {
		if c == other {
			return true
		}
	}
	return false
}

func str(e *jx.Encoder, name, value string) {
	e.FieldStart(name)
	e.Str(value)
}

func number(e *jx.Encoder, name string, n int) {
	e.FieldStart(name)
	e.Int(n)
}

// some writes a number unless it is 0.
func some(e *jx.Encoder, name string, n int) {
	if n != 0 {
		number(e, name, n)
	}
}

// text writes a name that AWS or the owner gave, unless it is empty.
func text(e *jx.Encoder, name, value string) {
	if value != "" {
		str(e, name, show(value, maxName))
	}
}

// maxName is the longest name of a log group and of a stream, in characters
// (CloudWatch Logs, CreateLogGroup and CreateLogStream).
const maxName = 512

// show is a text as it may stand in a log, at most so many characters of it.
// Each of them may become an escape of up to ten.
func show(s string, most int) string {
	s = s[:min(len(s), 4*most)]
	return notice.Cut(notice.Printable(s), most)
}

// dimensionValue is a name as the value of a dimension, which takes ASCII without
// control characters that does not begin with a colon (PutMetricData,
// Dimension). What neither a log group nor a function may have in its name
// becomes "_".
func dimensionValue(name string) string {
	if name == "" {
		return "unknown"
	}
	b := []byte(name[:min(len(name), maxName)])
	for i, c := range b {
		if !isNameByte(c) {
			b[i] = '_'
		}
	}
	return string(b)
}

// isNameByte says whether a log group's name may hold it (CreateLogGroup).
func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("._-/#", c) >= 0
}
