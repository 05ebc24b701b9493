package report

import "math"

// What is no accident. All limits are about chance: a thing that comes at random,
// one by one or in bursts, at the same rate all the time, passes none of them in
// more than one of a million trials.
const (
	// surprise is the least improbability of a change, in nats: e^-14 is about one
	// in a million.
	surprise = 14
	// surpriseOfOne is enough of a thing that is not one of thousands and stopped:
	// its own longest silence must be outdone, too.
	surpriseOfOne = 9
	// twice is by how much a number must have grown or shrunk to be told.
	twice = 2
	// flood is how many times more than anything of its sort before it something
	// must be that came but in one burst, and floodLeast how often it must have
	// come.
	flood      = 4
	floodLeast = 100
)

// A course is what one thing did over the columns of an axis, which are cut in
// two: before the last part, and in it.
type course struct {
	counts []int
	split  int // the first column of the last part
	// length is how many columns long the last part is; its last one may not have
	// ended.
	length float64
}

func (c course) before() []int { return c.counts[:c.split] }
func (c course) now() []int    { return c.counts[c.split:] }

// share is how much of the time the last part is.
func (c course) share() float64 { return c.length / (float64(c.split) + c.length) }

// isNew says whether it came for the first time in the last part, and not by
// accident.
func (c course) isNew() bool {
	return sum(c.before()) == 0 && c.grew()
}

// isMore says whether it came far more often than in any stretch before that is as
// long as the last part.
func (c course) isMore() bool {
	_, most := stretches(c.before(), int(math.Ceil(c.length)))
	return sum(c.before()) > 0 && sum(c.now()) >= twice*most && c.grew()
}

// isLess says whether it came far less often than in any stretch before.
func (c course) isLess() bool {
	least, _ := stretches(c.before(), int(c.length))
	return twice*sum(c.now()) <= least && c.improbable(c.burst()) > surprise
}

// grew says whether the last part has improbably much.
func (c course) grew() bool {
	return float64(sum(c.now())) > c.share()*float64(sum(c.counts)) && c.improbable(c.burst()) > surprise
}

// improbable is how improbable it is that so many events of all, or more extreme a
// number, fell into the last part by chance: the exponent of Chernoff's bound of a
// binomial distribution (H. Chernoff 1952), of bursts instead of events.
func (c course) improbable(burst float64) float64 {
	now, all := float64(sum(c.now()))/burst, float64(sum(c.counts))/burst
	if all == 0 {
		return 0
	}
	return all * divergence(now/all, c.share())
}

// divergence is that of two coins, after Kullback and Leibler, in nats.
func divergence(p, q float64) float64 {
	d := 0.0
	if p > 0 {
		d += p * math.Log(p/q)
	}
	if p < 1 {
		d += (1 - p) * math.Log((1-p)/(1-q))
	}
	return d
}

// burst is how many events come together: the index of dispersion, variance by
// mean, of counts before the last part and in it; 1 where they come one by one.
// Before, columns are put together too, since a burst may take several.
func (c course) burst() float64 {
	before, now := c.before(), fromFirst(c.now())
	if len(now) < fewest {
		now = c.now() // so late that it may be one burst
	}
	burst := max(1, dispersion(now))
	if len(now) < fewest && sum(before) == 0 {
		burst = max(burst, float64(sum(now)))
	}
	for range 3 {
		burst = max(burst, dispersion(before))
		before = merged(before, 2)
	}
	return burst
}

// atLast are the columns up to the last event, as many as the last part has.
func (c course) atLast() []int {
	_, last := c.ends()
	return c.counts[max(0, last+1-int(math.Ceil(c.length))) : last+1]
}

// bursts is how many events there are, those that come together being one.
func bursts(counts []int) float64 {
	if len(counts) < fewest {
		return min(1, float64(sum(counts)))
	}
	return float64(sum(counts)) / max(1, dispersion(counts))
}

// fromFirst leaves out what is before the first event.
func fromFirst(counts []int) []int {
	for i, n := range counts {
		if n > 0 {
			return counts[i:]
		}
	}
	return nil
}

// merged adds up so many columns each, from the end.
func merged(counts []int, columns int) []int {
	sums := make([]int, len(counts)/columns)
	for i := range sums {
		from := len(counts)%columns + i*columns
		sums[i] = sum(counts[from : from+columns])
	}
	return sums
}

// fewest is of how many columns at least one can tell whether they are one burst.
const fewest = 4

// dispersion is the variance of counts by their mean, 0 of too few.
func dispersion(counts []int) float64 {
	total := float64(sum(counts))
	if total == 0 || len(counts) < fewest {
		return 0
	}
	mean, squares := total/float64(len(counts)), 0.0
	for _, n := range counts {
		squares += (float64(n) - mean) * (float64(n) - mean)
	}
	return squares / float64(len(counts)-1) / mean
}

// stretches are the least and the most events in any stretch of so many columns.
func stretches(counts []int, length int) (least, most int) {
	if len(counts) < length || length == 0 {
		return 0, sum(counts)
	}
	in := sum(counts[:length])
	least, most = in, in
	for i := length; i < len(counts); i++ {
		in += counts[i] - counts[i-length]
		least, most = min(least, in), max(most, in)
	}
	return least, most
}

// silences is how many columns a silence is cut into to see how many events come
// together: bursts of people last a day, and what varies less than the silence is
// long makes none.
const silences = 8

// stopped says whether it came no more for so long that it is no accident, though it
// came again and again till then: the silence is at least twice the longest one
// before, which must not be longer than so many columns. What ended earlier than
// one length of the last part before that was told then.
func (c course) stopped(longest int, surprise float64) bool {
	first, last := c.ends()
	if last < 0 || float64(last) < float64(c.split)-c.length {
		return false
	}
	silent, before := len(c.counts)-2-last, gap(c.counts[first:last+1])+1 // the last column may just have begun
	if before > longest || silent < twice*before || silent > last-first {
		return false
	}
	lived := course{c.counts[first:], last + 1 - first, float64(silent)}
	return lived.improbable(max(1, dispersion(merged(lived.before(), max(1, silent/silences))))) > surprise
}

// ends are the first and the last column with an event; -1: none has.
func (c course) ends() (first, last int) {
	first, last = -1, -1
	for i, n := range c.counts {
		if n > 0 && first < 0 {
			first = i
		}
		if n > 0 {
			last = i
		}
	}
	return first, last
}

// gap is the most columns in a row without an event.
func gap(counts []int) int {
	longest, at := 0, 0
	for _, n := range counts {
		if at++; n > 0 {
			at = 0
		}
		longest = max(longest, at)
	}
	return longest
}
