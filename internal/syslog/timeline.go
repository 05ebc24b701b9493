package syslog

import "time"

// A Timeline gives the Records of one file their instants. It holds what the
// lines so far have shown, so that a file may be given in slices; the lines of
// another file need a Timeline of their own.
//
// The rules, of which the same input has the same output:
//
//   - A stamp without zone is read in Zone. Where the clock of Zone is put back
//     and an hour comes twice, a stamp is the first of its two instants unless
//     the line above is of the second, or more than 5 minutes ahead; where it is
//     put forward and an hour is missing, a stamp in it counts on from before.
//   - The year of a stamp without one is, for the first line, the last in which
//     the slice that it is in ends by Latest and a day, so that a log that runs
//     over New Year, or for longer, begins in the right one. From there on it is
//     the year that makes the stamp no more than 92 days older than the line
//     above, or newer: a file runs forward, and one that is put together from
//     monthly files in the wrong order (a glob sorts .1 before .2) steps back by
//     two months at most. A stamp that would then be later than Latest and a day
//     is of the year before. 29 February is of a leap year.
//   - A stamp more than a day ahead of the line above is skew if one of the next
//     32 stamps falls back behind it by more than a day, but not behind the line
//     above by more: the clock jumped and was put right. So is the first stamp
//     of all if it is ahead of all of those (of two at least), and a stamp that
//     Latest put back by a year although the lines below go on from the line
//     above. It takes the line's above it, and Skew is set. A gap that nothing
//     comes back from is silence, a step back of any size is believed.
//   - A Record without a time takes the line's above it; above the first stamp
//     it takes that one, and where its slice has none at all, Latest.
//
// Stamp is left as the envelope gave it.
type Timeline struct {
	// Zone is where the host's clock was read; nil is UTC.
	Zone *time.Location
	// Latest is the newest instant that is plausible, such as the time when the
	// file was last written. The zero Time bounds nothing: years are then counted
	// from 2000 on unless a line gives one.
	Latest time.Time

	last time.Time // the instant of the line above; zero before the first
	span zoneSpan
}

const (
	day       = 24 * time.Hour
	lookahead = 32        // stamps that are asked whether a jump was skew
	backward  = 92 * day  // how far a stamp without year may lie behind the line above
	firstYear = 2000      // a leap year, where nothing gives a year
	leapAway  = 366 * day // farther ahead than any stamp without year, but 29 February
	maxYears  = 12        // how many years one slice is thought to hold
)

// Resolve sets the Time of each of records, which are lines of one file in its
// order, as Parse returned them; a next call goes on behind them. It allocates
// nothing.
func (t *Timeline) Resolve(records []Record) {
	if t.last.IsZero() {
		t.begin(records)
	}
	for i := range records {
		t.resolve(records, i)
	}
}

// resolve sets the Time of records[i].
func (t *Timeline) resolve(records []Record, i int) {
	r := &records[i]
	if r.Stamp == NoTime {
		r.Time = t.last
		if t.last.IsZero() {
			r.Time = t.Latest
		}
		return
	}
	at, skew := t.place(records, i)
	r.Time, r.Skew = at, r.Skew || skew
	t.last = at
}

// place returns the instant of records[i], which has a stamp, behind t.last;
// skew reports that t.last took its place.
func (t *Timeline) place(records []Record, i int) (at time.Time, skew bool) {
	at = t.instant(&records[i], t.last)
	late := records[i].Stamp == NoYear && t.isLate(at)
	if late {
		at = t.yearBefore(&records[i], at)
	}
	next := records[i+1:]
	if (late || at.Sub(t.last) > day) && t.comesBack(next, at, late) {
		return t.last, true
	}
	if records[i].Stamp != NoYear && (t.leavesLatest(at) || t.last.Sub(at) > backward && t.goesOn(next)) {
		return t.last, true
	}
	return at, false
}

// leavesLatest reports whether at is farther ahead than the line above and Latest
// allow. Where lines run past Latest without a jump, it is Latest that is wrong.
func (t *Timeline) leavesLatest(at time.Time) bool {
	return t.isLate(at) && !t.isLate(t.last) && at.Sub(t.last) > day
}

// goesOn reports whether one of the next stamps goes on from t.last.
func (t *Timeline) goesOn(next []Record) bool {
	asked := 0
	for i := nextStamp(next, 0); i < len(next) && asked < lookahead; i = nextStamp(next, i+1) {
		asked++
		if t.instant(&next[i], t.last).Sub(t.last).Abs() <= day {
			return true
		}
	}
	return false
}

// isLate reports whether at cannot have been when the file was written.
func (t *Timeline) isLate(at time.Time) bool {
	return !t.Latest.IsZero() && at.Sub(t.Latest) > day
}

// comesBack reports whether one of the next stamps goes on from t.last, more
// than a day before at or, for a stamp that was put back by a year, at all.
func (t *Timeline) comesBack(next []Record, at time.Time, late bool) bool {
	asked := 0
	for i := nextStamp(next, 0); i < len(next) && asked < lookahead; i = nextStamp(next, i+1) {
		asked++
		then := t.instant(&next[i], t.last)
		if t.last.Sub(then) <= day && (late && !t.isLate(then) || at.Sub(then) > day) {
			return true
		}
	}
	return false
}

// instant reads r's stamp behind near, the line above.
func (t *Timeline) instant(r *Record, near time.Time) time.Time {
	switch r.Stamp {
	case Exact:
		return r.Time
	case NoZone:
		return t.local(r.Time, near)
	}
	since := near.Add(-backward)
	for year := since.Year(); ; year++ {
		if w, ok := inYear(r.Time, year); ok {
			if at := t.local(w, near); !at.Before(since) {
				return at
			}
		}
	}
}

// yearBefore reads r's stamp in the last year before at's that has it.
func (t *Timeline) yearBefore(r *Record, at time.Time) time.Time {
	return t.yearUpTo(r, at.In(t.zone()).Year()-1)
}

// yearUpTo reads r's stamp in year or the last one before that has it.
func (t *Timeline) yearUpTo(r *Record, year int) time.Time {
	for ; ; year-- {
		if w, ok := inYear(r.Time, year); ok {
			return t.local(w, t.last)
		}
	}
}

// Days of year 0, in which stamps without a year are: it has a 29 February.
var (
	leapDay = time.Date(0, time.February, 29, 0, 0, 0, 0, time.UTC)
	march   = time.Date(0, time.March, 1, 0, 0, 0, 0, time.UTC)
)

// inYear is w, a wall clock's reading in year 0, in another year; false for a
// 29 February that the year has not. It moves by whole days, from January for
// what lies before the leap day and from March for the rest.
func inYear(w time.Time, year int) (time.Time, bool) {
	month := 1
	if !w.Before(march) {
		month = 3
	} else if !w.Before(leapDay) && daysIn(year, 2) < 29 {
		return w, false
	}
	moved := days(year, month, 1) - days(0, month, 1)
	return time.Unix(w.Unix()+moved*86400, int64(w.Nanosecond())).UTC(), true
}

// begin sets t.last for the first stamp of records, so that the rules for the
// lines below hold for it too. Without a stamp it leaves t as it was.
func (t *Timeline) begin(records []Record) {
	i := nextStamp(records, 0)
	if i == len(records) {
		return
	}
	t.last = t.firstInstant(records, i)
	if t.aheadOfAll(records[i+1:]) {
		next := i + 1 + nextStamp(records[i+1:], 0)
		t.last = t.firstInstant(records, next)
	}
}

// nextStamp is the index of the first of records from i on that has a stamp,
// len(records) where none has.
func nextStamp(records []Record, i int) int {
	for i < len(records) && records[i].Stamp == NoTime {
		i++
	}
	return i
}

// aheadOfAll reports whether t.last is more than a day ahead of each of the
// next stamps, of which there are two at least.
func (t *Timeline) aheadOfAll(next []Record) bool {
	asked := 0
	for i := nextStamp(next, 0); i < len(next) && asked < lookahead; i = nextStamp(next, i+1) {
		asked++
		if t.last.Sub(t.instant(&next[i], t.last)) <= day {
			return false
		}
	}
	return asked > 1
}

// firstInstant reads the stamp of records[i], which no line stands above: in
// the last year from which the records behind it end by Latest.
func (t *Timeline) firstInstant(records []Record, i int) time.Time {
	r := &records[i]
	if r.Stamp != NoYear {
		return t.instant(r, time.Time{})
	}
	latest := t.newest(records)
	if latest.IsZero() {
		w, _ := inYear(r.Time, firstYear)
		return t.local(w, time.Time{})
	}
	bounded := Timeline{Zone: t.Zone, Latest: latest}
	at := bounded.yearUpTo(r, latest.Year()+1)
	for bounded.isLate(at) {
		at = bounded.yearBefore(r, at)
	}
	for start, n := at, 0; n < maxYears; n++ {
		if bounded.fits(records[i:], start) {
			return start
		}
		start = bounded.yearBefore(r, start)
	}
	return at
}

// newest is Latest or, where that is not given, the time of the first record
// that has a year.
func (t *Timeline) newest(records []Record) time.Time {
	for i := 0; i < len(records) && t.Latest.IsZero(); i++ {
		if records[i].Stamp >= NoZone {
			return t.instant(&records[i], time.Time{})
		}
	}
	return t.Latest
}

// fits reports whether records, the first of which is of start, end by Latest
// without being put back, and no 29 February among them needs another year.
func (t *Timeline) fits(records []Record, start time.Time) bool {
	free := Timeline{Zone: t.Zone, last: start}
	for i := range records {
		if records[i].Stamp == NoTime {
			continue
		}
		if free.instant(&records[i], free.last).Sub(free.last) > leapAway {
			return false
		}
		at, skew := free.place(records, i)
		if !skew && t.isLate(at) {
			return false
		}
		free.last = at
	}
	return true
}
