package attention

import (
	"net/netip"
	"slices"
	"sort"
	"sync"
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
	// Signs are only in the History of kind Signs, which Hear makes.
	Signs *Lives `json:"signs,omitempty"`
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
	Listening:  {slot: halfHour, first: 16, last: 16, most: 96, age: day},
	Alive:      {slot: day, first: 1, most: 3, age: 7 * day},
	Unknown:    {slot: 30 * day, first: 50, most: 100, age: 60 * day},
	Told:       {slot: day, first: 12, last: 12, most: 128, age: knownFor},
	Entry:      {slot: halfHour, first: 4, last: 4, most: 16, age: 2 * day},
	Typed:      {slot: halfHour, first: 2, last: 2, most: 8, age: day},
	Guessed:    {slot: halfHour, first: 1, most: 64, age: day},
	NewKey:     {slot: halfHour, first: 40, most: 80, age: day},
	Unread:     {slot: day, first: 4, most: 16, age: 7 * day},
	Moved:      {slot: day, first: 8, most: 64, age: movedWithin},
}

// KeptOf is how many Marks of a sort a History keeps for certain where there were
// as many, since it does of one slot (Failure and Guess: half an hour): a count
// that reaches it is "at least" so many. 0: the sort is not bounded.
func KeptOf(what What) int { return max(bounds[what].first, bounds[what].last) }

// secretLogins bounds logins by password, for themselves: an office's keys do
// not push the one out that was guessed.
var secretLogins = bound{slot: day, first: 16, last: 16, most: 128, age: knownFor}

// merge returns the History with more Marks, and those of them that are new.
// Sorts that do not change are taken over as they are.
func (h History) merge(more []Mark) (merged History, fresh []Mark) {
	if len(more) == 0 {
		return h, nil
	}
	merged = History{Version: HistoryVersion, Since: h.Since, Marks: h.Marks}
	for news := inOrder(more); len(news) > 0; {
		what := news[0].What
		_, n := span(news, what)
		var added []Mark
		merged.Marks, added = mergeSort(merged.Marks, news[:n])
		if fresh == nil {
			fresh = added // without a copy: most news are of one sort
		} else {
			fresh = append(fresh[:len(fresh):len(fresh)], added...)
		}
		if what == Login && (merged.Since == 0 || news[0].At < merged.Since) {
			merged.Since = news[0].At
		}
		news = news[n:]
	}
	return merged, fresh
}

// inOrder are Marks in order, of what is there twice the one that was said most
// often first.
func inOrder(marks []Mark) []Mark {
	if areInOrder(marks) {
		return marks
	}
	sorted := make([]*Mark, len(marks)) // a Mark is large
	for i := range marks {
		sorted[i] = &marks[i]
	}
	slices.SortFunc(sorted, (*Mark).before)
	list := make([]Mark, len(marks))
	for i, m := range sorted {
		list[i] = *m
	}
	return list
}

func areInOrder(marks []Mark) bool {
	for i := 1; i < len(marks); i++ {
		if marks[i].before(&marks[i-1]) < 0 {
			return false
		}
	}
	return true
}

// span is where the Marks of one sort stand.
func span(marks []Mark, what What) (begin, end int) {
	begin = sort.Search(len(marks), func(i int) bool { return marks[i].What >= what })
	end = begin + sort.Search(len(marks)-begin, func(i int) bool { return marks[begin+i].What > what })
	return begin, end
}

// mergeSort merges Marks of one sort, in order, into those of all sorts, and
// returns which are new. Where that changes nothing it returns marks themselves.
func mergeSort(marks, news []Mark) (merged, fresh []Mark) {
	begin, end := span(marks, news[0].What)
	had := marks[begin:end]
	work := workspaces.Get().(*workspace)
	defer workspaces.Put(work)
	work.news = additions(work.news[:0], had, news)
	if len(work.news) == 0 {
		return marks, nil
	}
	work.all = union(work.all[:0], had, work.news)
	for i := range work.news {
		work.all = withoutLater(work.all, &work.news[i])
	}
	kept := keep(work.all)
	merged = slices.Concat(marks[:begin], kept, marks[end:])
	return merged, without(merged[begin:begin+len(kept):begin+len(kept)], had, len(work.news))
}

// A workspace holds Marks that are not bounded yet: most of a batch's time went
// into making them anew.
type workspace struct{ news, all []Mark }

var workspaces = sync.Pool{New: func() any { return new(workspace) }}

// additions appends those of news that had does not hold, each fact once.
func additions(added, had, news []Mark) []Mark {
	for i := range news {
		if m := &news[i]; !holds(had, m) && (m.unit() == 0 || !holds(added, m)) {
			added = append(added, *m)
		}
	}
	return added
}

// withoutLater drops the Mark of the same fact that stands behind m, which is in
// all: of one fact the earliest stays.
func withoutLater(all []Mark, m *Mark) []Mark {
	unit := m.unit()
	if unit == 0 {
		return all // one fact has one time, so it is gone
	}
	at := sort.Search(len(all), func(i int) bool { return all[i].order(m) > 0 })
	for ; at < len(all) && all[at].At/unit == m.At/unit; at++ {
		if all[at].unit() == unit && all[at].identity(m) == 0 {
			return slices.Delete(all, at, at+1)
		}
	}
	return all
}

// holds says whether Marks in order say what a Mark does already.
func holds(marks []Mark, m *Mark) bool {
	at := sort.Search(len(marks), func(i int) bool { return marks[i].before(m) >= 0 })
	if at < len(marks) && marks[at].before(m) == 0 {
		return true
	}
	if unit := m.unit(); unit > 0 {
		for at--; at >= 0 && marks[at].At/unit == m.At/unit; at-- {
			if marks[at].identity(m) == 0 {
				return true
			}
		}
	}
	return false
}

// union appends the Marks of both, which are in order, in order. Of what is
// there twice the one that was said most often stays.
func union(all, a, b []Mark) []Mark {
	all = slices.Grow(all, len(a)+len(b))
	for len(a) > 0 || len(b) > 0 {
		next := &a
		if len(a) == 0 || len(b) > 0 && b[0].before(&a[0]) < 0 {
			next = &b
		}
		if m := &(*next)[0]; len(all) == 0 || all[len(all)-1].order(m) != 0 {
			all = append(all, *m)
		}
		*next = (*next)[1:]
	}
	return all
}

// without lists the Marks that are not in had, at most so many; both are in order.
func without(marks, had []Mark, most int) (news []Mark) {
	if len(had) == 0 {
		return marks
	}
	news = make([]Mark, 0, min(most, len(marks)))
	for i := range marks {
		for len(had) > 0 && had[0].order(&marks[i]) < 0 {
			had = had[1:]
		}
		if len(had) == 0 || had[0].order(&marks[i]) != 0 {
			news = append(news, marks[i])
		}
	}
	return news
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
	return union(nil, b.keep(where(marks, Mark.byKey)), secretLogins.keep(where(marks, Mark.bySecret)))
}

// keep bounds Marks of one sort, which are in order, in place. Whole slots go,
// oldest first, and whether one goes hangs on newer ones alone, which are whole:
// that way what is kept of a union does not hang on what was dropped before.
func (b bound) keep(marks []Mark) []Mark {
	if len(marks) == 0 {
		return nil
	}
	slot := seconds(b.slot)
	oldest := marks[len(marks)-1].At/slot - int64(b.age/b.slot)
	kept, total := len(marks), 0 // marks[kept:] is what stays
	for end := len(marks); end > 0; {
		this := marks[end-1].At / slot
		if this < oldest || total >= b.most {
			break
		}
		begin := end - 1
		for begin > 0 && marks[begin-1].At/slot == this {
			begin--
		}
		ends := b.endsOf(marks[begin:end])
		total += min(len(ends), b.first+b.last) // more Marks never make it less
		kept -= len(ends)
		copy(marks[kept:], ends)
		end = begin
	}
	return marks[kept:]
}

// endsOf are the Marks at the ends of a slot, and the first ones of its sources,
// in its place.
func (b bound) endsOf(slot []Mark) []Mark {
	if len(slot) <= b.first+b.last {
		return slot
	}
	begin, end := b.first, len(slot)-b.last
	ends := append(slot[:begin], b.firsts(slot, begin, end)...)
	return append(ends, slot[end:]...)
}

// firsts are those of slot[begin:end] that are the first of their source, for
// the first sources of the slot.
func (b bound) firsts(slot []Mark, begin, end int) (firsts []Mark) {
	var seen []netip.Addr
	for i := 0; i < end && len(seen) < b.sources; i++ {
		if slices.Contains(seen, slot[i].Source) {
			continue
		}
		seen = append(seen, slot[i].Source)
		if i >= begin {
			firsts = append(firsts, slot[i])
		}
	}
	return firsts
}

// forgets says whether Marks of a sort may have been dropped of some time, both
// ends included: then nobody can tell that there was none. It looks at bounds
// without sources, and leaves age alone.
func (h History) forgets(what What, from, to int64) bool {
	marks, b := h.of(what), bounds[what]
	slot := seconds(b.slot)
	if len(marks) >= b.most && from < marks[0].At/slot*slot {
		return true // what is behind so many newer ones is gone
	}
	for begin := from / slot * slot; begin <= to; begin += slot {
		kept := within(marks, begin, begin+slot-1)
		if n := len(kept); n >= b.first+b.last && from <= kept[n-b.last].At && kept[b.first-1].At <= to {
			return true // it is in the middle of a full slot
		}
	}
	return false
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
	begin, end := span(h.Marks, what)
	return h.Marks[begin:end:end]
}
