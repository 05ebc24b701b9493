package emf

import (
	"time"

	"sshsieve/internal/sshd"
	"sshsieve/internal/watch"
)

// Namespace is that of all metrics.
const Namespace = "sshsieve"

// Dimension is the only dimension of a batch's metrics: the name of the log group
// that was read.
const Dimension = "LogGroup"

// Metrics are what is to be said of one batch.
type Metrics struct {
	Origin watch.Origin
	// Result is what Watcher.Batch returned, without an error. Where it is not
	// Fresh the batch was counted before, and its lines are not counted again.
	Result watch.Result
	// Glance is what Look saw in the batch; it is left out where Result is not
	// Fresh.
	Glance Glance
	// Now is the wall clock's, when the batch was done.
	Now time.Time
	// Panics are lines that were left out because reading them panicked.
	Panics int
	// Own says that the batch came from the function's own log group and was
	// dropped: all else is left out. Write it once in a container, since the
	// line comes back as the next such batch.
	Own bool
}

// A metric is a row of the table of what is measured.
type metric struct {
	name, unit string
	// fresh: it counts what was delivered, so only the first delivery counts.
	fresh bool
	// zero: it is written when it is 0, too.
	zero  bool
	value func(*Metrics) int
}

// Units are words of CloudWatch's (PutMetricData, MetricDatum, Unit).
const (
	count        = "Count"
	milliseconds = "Milliseconds"
)

// table is everything that is measured of a batch, in the order of the line.
var table = append(append(counted(), commonest()...), []metric{
	{"unrecognised", count, true, false, func(m *Metrics) int { return m.Result.Counts.Unrecognised }},
	{"clock-skew", count, true, false, func(m *Metrics) int { return m.Result.Counts.Skewed }},
	{"panics", count, true, false, func(m *Metrics) int { return m.Panics }},
	{"findings", count, false, false, func(m *Metrics) int { return m.Result.Findings }},
	{"notices", count, false, false, func(m *Metrics) int { return m.Result.Notices }},
	{"failed-notices", count, false, false, func(m *Metrics) int { return m.Result.Failed }},
	{"contended", count, false, false, func(m *Metrics) int { return m.Result.Contended }},
	{"duplicate-batches", count, false, false, duplicates},
	{"own-log-group", count, false, false, own},
}...)

// counted are the lines, how late the newest of them is, and the verdicts.
func counted() []metric {
	list := []metric{
		{"lines", count, true, true, func(m *Metrics) int { return m.Result.Counts.Lines }},
		{"lag", milliseconds, true, true, lag},
	}
	for _, v := range []sshd.Verdict{sshd.Graph, sshd.Tooling, sshd.Human} {
		name := v.String()
		list = append(list, metric{name, count, true, false, func(m *Metrics) int { return m.Result.Counts.Verdicts[name] }})
	}
	return list
}

// common are the eight categories that have a graph of their own. The first
// three are nine tenths of what a host on the internet logs, two others are what
// its people do. Then what scanners leave and, from OpenSSH 9.8 on, what sshd
// does against them by default (PerSourcePenalties); and negotiation, rarer, but
// what this program was asked about. Of the others only preauth.connect and
// auth.failed.publickey can be as many, at LogLevel VERBOSE: one for each
// connection, and one for each key.
var common = []sshd.Category{
	sshd.Disconnect, sshd.FailedPassword, sshd.InvalidUser, sshd.Session, sshd.Accepted,
	sshd.Protocol, sshd.Throttle, sshd.Negotiation,
}

func commonest() []metric {
	list := make([]metric, 0, len(common))
	for _, c := range common {
		name := c.String()
		list = append(list, metric{name, count, true, false, func(m *Metrics) int { return m.Result.Counts.Categories[name] }})
	}
	return list
}

// lag is how old the newest line was when the batch was done, in milliseconds;
// 0 where a clock runs ahead.
func lag(m *Metrics) int {
	if m.Result.Newest.IsZero() {
		return 0
	}
	return max(0, int(m.Now.Sub(m.Result.Newest).Milliseconds()))
}

func duplicates(m *Metrics) int { return toInt(!m.Own && !m.Result.Fresh) }

func own(m *Metrics) int { return toInt(m.Own) }

func toInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// A datum is a metric with its value.
type datum struct {
	name, unit string
	value      int
}

// data are the metrics that a batch has.
func (m *Metrics) data() []datum {
	list := make([]datum, 0, len(table))
	for _, row := range table {
		if n := row.value(m); (n != 0 || row.zero) && m.has(row) {
			list = append(list, datum{row.name, row.unit, n})
		}
	}
	return list
}

func (m *Metrics) has(row metric) bool {
	switch {
	case m.Own:
		return row.name == "own-log-group"
	case row.name == "lag":
		return m.Result.Fresh && !m.Result.Newest.IsZero()
	}
	return m.Result.Fresh || !row.fresh
}

// Names are those of all metrics of a batch, which have the Dimension.
func Names() []string {
	names := make([]string, len(table))
	for i, row := range table {
		names[i] = row.name
	}
	return names
}
