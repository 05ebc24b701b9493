package emf

import (
	"io"
	"time"

	"github.com/go-faster/jx"
)

// TickDimension is the only dimension of the clock's function: its own name,
// which tells two stacks of one account apart.
const TickDimension = "FunctionName"

// A Tick is what the clock's function says at each stroke.
type Tick struct {
	Function string // its name, AWS_LAMBDA_FUNCTION_NAME
	Now      time.Time
	// Waiting are Entries that are not settled, be they due or not; Failed are
	// Notices that this tick was refused for ever.
	Waiting, Failed int
	// Newest is when the newest Receipt arrived, by the wall clock; zero where
	// none is known.
	Newest time.Time
}

const (
	tickWaiting = "waiting"
	tickFailed  = "failed"
)

// TickNames are those of all metrics of a Tick, which have the TickDimension.
func TickNames() []string { return []string{tickWaiting, tickFailed} }

// WriteTick writes the line of a tick, as Write does. What is 0 is left out here
// too; that the clock strikes at all is to be seen by Lambda's own metrics. The
// age of the newest Receipt, in seconds, is no metric: it would be one that is
// billed all the time.
func WriteTick(w io.Writer, t Tick) error {
	var data []datum
	for _, d := range []datum{{tickWaiting, count, t.Waiting}, {tickFailed, count, t.Failed}} {
		if d.value != 0 {
			data = append(data, d)
		}
	}
	return write(w, line{
		at: t.Now, now: t.Now, dimension: TickDimension, value: dimensionValue(t.Function),
		data: data, members: t.members,
	})
}

func (t *Tick) members(e *jx.Encoder) {
	if !t.Newest.IsZero() {
		number(e, "receipt-age", max(0, int(t.Now.Sub(t.Newest).Seconds())))
	}
}
