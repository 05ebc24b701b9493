package watchtest

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"sshsieve/internal/syslog"
)

// A Batch is what CloudWatch Logs hands to a subscriber at once: lines of one
// log stream, in order.
type Batch struct {
	Account, Host string
	Lines         []Line
}

// Bounds of a Batch, as CloudWatch Logs cuts in practice.
const (
	batchLines = 1000
	batchSpan  = 60 * time.Second
)

// Batches cuts a week's lines as CloudWatch Logs would.
func (w *Week) Batches() []Batch {
	var batches []Batch
	open := map[[2]string]int{} // the batch that a stream's next line may join
	for _, l := range w.Lines {
		stream := [2]string{l.Account, l.Host}
		i, ok := open[stream]
		if !ok || len(batches[i].Lines) == batchLines || l.Read.Sub(batches[i].Lines[0].Read) >= batchSpan {
			i = len(batches)
			open[stream] = i
			batches = append(batches, Batch{Account: l.Account, Host: l.Host})
		}
		batches[i].Lines = append(batches[i].Lines, l)
	}
	return batches
}

// Records are the batch's lines without their envelopes, each with the id that
// CloudWatch Logs gave its event: a line that is sent again has another.
func (b *Batch) Records() []syslog.Record {
	records := make([]syslog.Record, len(b.Lines))
	for i, l := range b.Lines {
		records[i] = syslog.Parse(l.Text)
		records[i].EventID = strconv.Itoa(l.Seq)
		syslog.Arrival(&records[i], l.Stamped)
	}
	return records
}

// A Delivery is one time that a Batch arrives.
type Delivery struct {
	At    time.Time
	Batch int // index
	Again bool
}

// Deliveries is the order in which batches arrive: each some time after its
// last line, so that those of a minute come in any order, a few half an hour
// late, and three in ten twice.
func Deliveries(batches []Batch, r *rand.Rand) []Delivery {
	var all []Delivery
	for i, b := range batches {
		first := b.Lines[len(b.Lines)-1].Read.Add(delay(r))
		all = append(all, Delivery{At: first, Batch: i})
		if r.IntN(10) < 3 {
			all = append(all, Delivery{At: first.Add(delay(r)), Batch: i, Again: true})
		}
	}
	slices.SortStableFunc(all, func(a, b Delivery) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Batch, b.Batch))
	})
	return all
}

// delay is seconds mostly, at most half an hour.
func delay(r *rand.Rand) time.Duration {
	most := 2 * time.Minute
	if r.IntN(20) == 0 {
		most = 30 * time.Minute
	}
	return time.Second + time.Duration(r.Int64N(int64(most)))
}

// Whole reports whether the incident is complete, where came says of which
// lines it is known that they arrived together with others of their batch: it
// returns the number of the batch that a line came in, or -1.
func (i *Incident) Whole(came func(seq int) int) bool {
	parts := 0
	for _, p := range i.Parts {
		if together(p, came) {
			parts++
		}
	}
	return parts >= i.Need && !slices.ContainsFunc(i.Must, func(seq int) bool { return came(seq) < 0 })
}

// Has says whether a line is of the incident.
func (i *Incident) Has(seq int) bool {
	return slices.Contains(i.Must, seq) || slices.ContainsFunc(i.Parts, func(p []int) bool { return slices.Contains(p, seq) })
}

func together(part []int, came func(seq int) int) bool {
	first := came(part[0])
	return first >= 0 && !slices.ContainsFunc(part, func(seq int) bool { return came(seq) != first })
}
