package report

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"sshsieve/internal/sshd"
)

// A release of OpenSSH as a number that grows: 908 is 9.8. 0 is none: for the
// first one "as old as you like", for the last one "until today".
type release int16

// oldest is where the message table begins; a row that is as old tells nothing.
const oldest release = 503

// releaseOf reads "9.8"; 0 for what is no release of portable's ("", "HPN").
func releaseOf(name string) release {
	before, after, _ := strings.Cut(name, ".")
	major, err := strconv.Atoi(before)
	if err != nil {
		return 0
	}
	minor, err := strconv.Atoi(after)
	if err != nil {
		return 0
	}
	return release(100*major + minor)
}

// String is the name; "" for 0.
func (r release) String() string {
	if r == 0 {
		return ""
	}
	return strconv.Itoa(int(r/100)) + "." + strconv.Itoa(int(r%100))
}

// An era is a range of releases, both ends included.
type era struct {
	since, until release
	first, last  int64 // Unix seconds of its lines, 0: none has a time
	pid          int   // of its first line, 0: not known
	several      bool  // several connections say so
}

// eraOf is the range of releases that print a row; the zero era tells nothing.
func eraOf(r *sshd.Row) era {
	e := era{since: releaseOf(r.Since), until: releaseOf(r.Until)}
	if e.since <= oldest {
		e.since = 0
	}
	return e
}

// sessions is the release that made programs of their own of what serves a connection:
// sshd-session, and later sshd-auth, which writes by sshd-session (openssh-9.8
// release notes).
const sessions release = 908

// tells says whether the era leaves anything out.
func (e era) tells() bool { return e.since != 0 || e.until != 0 }

// fits says whether a release can be in both.
func (e era) fits(o era) bool {
	return (e.until == 0 || o.since <= e.until) && (o.until == 0 || e.since <= o.until)
}

// narrow takes what is in both, from a line at a time.
func (e *era) narrow(o era, at int64) {
	e.count(o, at)
	e.since = max(e.since, o.since)
	if e.until == 0 || o.until != 0 && o.until < e.until {
		e.until = o.until
	}
	if at != 0 {
		if e.first == 0 || at < e.first {
			e.first = at
		}
		e.last = max(e.last, at)
	}
}

// count tells one connection, or one process that listens, from several.
func (e *era) count(o era, at int64) {
	switch {
	case !e.tells() && e.first == 0:
		e.pid = o.pid
	case e.pid == 0 || e.pid != o.pid || at-e.first >= lingering:
		e.several = true
	}
	e.several = e.several || o.several
}

// maxEras bounds a host's: who has more changes is not one host.
const maxEras = 4

// A history of eras is a host's.
type eras struct {
	list  [maxEras]era
	n     int
	mixed bool // there were more
	// session: its connections were served by sshd-session; before that, plain is
	// when sshd did so by itself.
	session bool
	plain   era
}

// seeProgram takes what the name of the program tells. The old name alone tells
// nothing, since some collectors give all lines one name.
func (h *eras) seeProgram(e *sshd.Event, at int64) {
	old := era{until: sessions - 1, pid: e.Record.PID}
	switch {
	case e.Record.Program == "sshd-session":
		h.begin()
		h.see(era{since: sessions, pid: e.Record.PID}, at)
	case e.Record.Program != "sshd" || !e.Row.Attempt: // the listener keeps the name
	case h.session:
		h.see(old, at)
	default:
		h.plain.narrow(old, at)
	}
}

// begin ends the time of the old name at the first line under the new one.
func (h *eras) begin() {
	if h.session {
		return
	}
	h.session = true
	if h.plain.tells() && (h.n == 0 || h.list[h.n-1].fits(h.plain)) {
		h.see(h.plain, h.plain.first)
		h.see(h.plain, h.plain.last)
	}
}

// see takes the era of one line.
func (h *eras) see(e era, at int64) {
	if !e.tells() || h.mixed {
		return
	}
	if h.isOfBefore(e, at) {
		if at < h.list[h.n-1].first {
			h.list[h.n-2].narrow(e, at)
		}
		return
	}
	if h.n == 0 || !h.list[h.n-1].fits(e) {
		if h.n == maxEras {
			h.mixed = true
			return
		}
		h.n++
	}
	h.list[h.n-1].narrow(e, at)
}

// page is the eras for a page.
func (h *eras) page(r restarts) []Era {
	var list []Era
	for _, e := range h.dated(r) {
		list = append(list, e.page())
	}
	return list
}

// lingering is how long, in seconds, connections of the former sshd go on with what
// tells: LoginGraceTime is 2 minutes unless somebody set it (sshd_config.5).
const lingering = 600

// isOfBefore says whether a line is of the era before the last: of a connection that
// goes on, or of an older file that is read later.
func (h *eras) isOfBefore(e era, at int64) bool {
	return h.n > 1 && at != 0 && !h.list[h.n-1].fits(e) && h.list[h.n-2].fits(e) && at-h.list[h.n-1].first < lingering
}

// dated are the eras in the order of time, of which a later one begins with the last
// restart before its first line, if there was one since the one before: what runs is
// another from then on.
func (h *eras) dated(r restarts) []era {
	list := slices.Clone(h.list[:h.n])
	slices.SortStableFunc(list, func(a, b era) int { return cmp.Compare(a.first, b.first) })
	times := r.times()
	for i := 1; i < len(list); i++ {
		after, _ := slices.BinarySearch(times, list[i].first+1)
		if after > 0 && times[after-1] > list[i-1].last-lingering {
			list[i].first = times[after-1]
		}
	}
	return list
}

func (e era) page() Era {
	return Era{Since: max(e.since, oldest).String(), Until: e.until.String(), Seen: seen(e.first, e.last)}
}
