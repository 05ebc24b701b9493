package attention

import (
	"cmp"
	"net/netip"
	"slices"
	"time"
)

// A History is what is remembered under one Key: a bounded set of Marks.
//
// Merge is idempotent, commutative and associative, and bounding does not
// disturb that: of each half hour the oldest and newest Marks of a sort are
// kept, and then the half hours that are newest. So Histories may be made from
// batches in any order, twice, and cut otherwise; they are exact up to the
// bounds, which no rule's threshold exceeds.
type History struct {
	// Version is the lowest version of readers that understand it.
	Version int `json:"v"`
	// Since is the time of the first accepted login ever, in Unix seconds, from
	// which on the Fleet learns. 0: none yet.
	Since int64  `json:"since,omitempty"`
	Marks []Mark `json:"marks,omitempty"` // in order, none twice
}

// HistoryVersion is the version that this package writes, and the highest that
// it reads.
const HistoryVersion = 1

// A bound says how much of one sort of Marks a History keeps.
type bound struct {
	slot time.Duration // Marks are kept by slots of this length
	// first and last are how many of each slot are kept, from its ends. Where
	// only the first are, a key under attack comes to rest: a full slot does not
	// change any more.
	first, last int
	// sources are kept besides: of as many, the first Mark of each, so that one
	// that fills a slot does not hide the others.
	sources int
	most    int           // no slot is kept behind as many newer Marks
	age     time.Duration // how far behind the newest slot
}

const (
	halfHour = 30 * time.Minute
	day      = 24 * time.Hour
	// knownFor is how long a login makes its source known for the user.
	knownFor = 90 * day
)

// bounds are for each sort. No rule asks for more than they keep: the highest
// threshold is 30 failures (guessing-inside), which are the newest when the rule
// is due.
var bounds = map[What]bound{
	Login:      {slot: day, first: 24, last: 8, most: 320, age: knownFor},
	Failure:    {slot: halfHour, first: 10, last: 30, most: 240, age: day},
	Guess:      {slot: halfHour, first: 20, sources: 8, most: 120, age: day},
	Refusal:    {slot: halfHour, first: 4, sources: 8, most: 16, age: 2 * day},
	Close:      {slot: halfHour, first: 4, sources: 8, most: 16, age: 2 * day},
	Denial:     {slot: halfHour, first: 6, last: 4, most: 60, age: 2 * day},
	Throttling: {slot: halfHour, first: 6, most: 12, age: day},
	Fault:      {slot: halfHour, first: 6, last: 2, most: 40, age: 2 * day},
	Restarting: {slot: halfHour, first: 2, last: 2, most: 8, age: day},
	Listening:  {slot: halfHour, first: 2, last: 2, most: 48, age: day}, // 6 hours at least: see isDown
	Alive:      {slot: halfHour, first: 1, most: 96, age: 7 * day},
	Unknown:    {slot: 30 * day, first: 50, most: 100, age: 60 * day},
	Told:       {slot: day, first: 12, last: 12, most: 128, age: knownFor},
	Entry:      {slot: halfHour, first: 4, last: 4, most: 16, age: 2 * day},
	Typed:      {slot: halfHour, first: 2, last: 2, most: 8, age: day},
}

// secretLogins bounds logins by password, for themselves: an office's keys do
// not push the one out that was guessed.
var secretLogins = bound{slot: day, first: 16, last: 16, most: 128, age: knownFor}

// merge returns the History with more Marks, and those of them that are new.
func (h History) merge(more []Mark) (merged History, fresh []Mark) {
	if len(more) == 0 {
		return h, nil
	}
	merged = History{Version: HistoryVersion, Since: h.Since, Marks: normalise(union(h.Marks, more))}
	for _, m := range more {
		if m.What == Login && (merged.Since == 0 || m.At < merged.Since) {
			merged.Since = m.At
		}
	}
	return merged, without(merged.Marks, h.Marks)
}

// union puts more among Marks that are in order: a full History is much longer
// than what a batch adds.
func union(marks, more []Mark) []Mark {
	more = slices.SortedFunc(slices.Values(more), Mark.before)
	all := make([]Mark, 0, len(marks)+len(more))
	for _, m := range more {
		n := 0
		for n < len(marks) && marks[n].before(m) <= 0 {
			n++
		}
		all, marks = append(append(all, marks[:n]...), m), marks[n:]
	}
	return append(all, marks...)
}

// before is order, but of what is there twice the one that was said most often
// comes first.
func (m Mark) before(n Mark) int { return cmp.Or(m.order(n), cmp.Compare(n.Times, m.Times)) }

// without lists the Marks that are not in had; both are in order.
func without(marks, had []Mark) (news []Mark) {
	for _, m := range marks {
		for len(had) > 0 && had[0].order(m) < 0 {
			had = had[1:]
		}
		if len(had) == 0 || had[0].order(m) != 0 {
			news = append(news, m)
		}
	}
	return news
}

// normalise drops from Marks in order what is there twice (the earliest, said
// most often, stays), and bounds each sort.
func normalise(marks []Mark) []Mark {
	marks = slices.CompactFunc(marks, func(a, b Mark) bool { return a.order(b) == 0 })
	marks = earliest(marks)
	kept := marks[:0:0]
	for len(marks) > 0 {
		n := 1
		for n < len(marks) && marks[n].What == marks[0].What {
			n++
		}
		kept = append(kept, keep(marks[:n])...)
		marks = marks[n:]
	}
	return kept
}

// earliest drops, of Marks in order that are one fact, all but the first.
func earliest(marks []Mark) []Mark {
	seen := map[Mark]bool{}
	return slices.DeleteFunc(marks, func(m Mark) bool {
		if !m.daily() {
			return false // one fact has one time, so it is gone
		}
		m.At, m.Times = m.day(), 0
		had := seen[m]
		seen[m] = true
		return had
	})
}

// keep bounds Marks of one sort, which are in order. What a later version may
// have written stays as it is.
func keep(marks []Mark) []Mark {
	b, known := bounds[marks[0].What]
	switch {
	case !known:
		return marks
	case marks[0].What != Login:
		return b.keep(marks)
	}
	kept := slices.Concat(b.keep(where(marks, Mark.byKey)), secretLogins.keep(where(marks, Mark.bySecret)))
	slices.SortFunc(kept, Mark.order)
	return kept
}

// keep bounds Marks of one sort, which are in order. Whole slots go, oldest
// first, and whether one goes hangs on newer ones alone, which are whole: that
// way what is kept of a union does not hang on what was dropped before.
func (b bound) keep(marks []Mark) []Mark {
	if len(marks) == 0 {
		return nil
	}
	slotOf := func(m Mark) int64 { return m.At / seconds(b.slot) }
	oldest := slotOf(marks[len(marks)-1]) - int64(b.age/b.slot)
	var slots [][]Mark
	total := 0
	for end := len(marks); end > 0; {
		begin := end - 1
		for begin > 0 && slotOf(marks[begin-1]) == slotOf(marks[begin]) {
			begin--
		}
		if slotOf(marks[begin]) < oldest || total >= b.most {
			break
		}
		slot := b.endsOf(marks[begin:end])
		slots = append(slots, slot)
		total += min(len(slot), b.first+b.last) // more Marks never make it less
		end = begin
	}
	slices.Reverse(slots)
	return slices.Concat(slots...)
}

// endsOf are the Marks at the ends of a slot, and the first ones of its sources.
func (b bound) endsOf(slot []Mark) []Mark {
	if len(slot) <= b.first+b.last {
		return slot
	}
	begin, end := b.first, len(slot)-b.last
	return slices.Concat(slot[:begin], b.firsts(slot, begin, end), slot[end:])
}

// firsts are those of slot[begin:end] that are the first of their source, for
// the first sources of the slot.
func (b bound) firsts(slot []Mark, begin, end int) (firsts []Mark) {
	seen := map[netip.Addr]bool{}
	for i := 0; i < end && len(seen) < b.sources; i++ {
		if i >= begin && !seen[slot[i].Source] {
			firsts = append(firsts, slot[i])
		}
		seen[slot[i].Source] = true
	}
	return firsts
}

// overflowed says whether a day of the source's logins was full: then who has
// logged in from there is not known for certain.
func (h History) overflowed() bool {
	days := map[[2]int64]int{}
	for _, m := range h.of(Login) {
		sort := [2]int64{m.At / seconds(day), 0}
		if m.bySecret() {
			sort[1] = 1
		}
		days[sort]++
		if days[sort] >= 32 {
			return true
		}
	}
	return len(h.of(Login)) > secretLogins.most*7/10
}

// of lists the Marks of one sort, oldest first.
func (h History) of(what What) []Mark {
	begin, _ := slices.BinarySearchFunc(h.Marks, what, func(m Mark, w What) int { return cmp.Compare(m.What, w) })
	end := begin
	for end < len(h.Marks) && h.Marks[end].What == what {
		end++
	}
	return h.Marks[begin:end]
}
