package report

import (
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
}

// eraOf is the range of releases that print a row; the zero era tells nothing.
func eraOf(r *sshd.Row) era {
	e := era{since: releaseOf(r.Since), until: releaseOf(r.Until)}
	if e.since <= oldest {
		e.since = 0
	}
	return e
}

// tells says whether the era leaves anything out.
func (e era) tells() bool { return e.since != 0 || e.until != 0 }

// fits says whether a release can be in both.
func (e era) fits(o era) bool {
	return (e.until == 0 || o.since <= e.until) && (o.until == 0 || e.since <= o.until)
}

// narrow takes what is in both.
func (e *era) narrow(o era, at int64) {
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

// maxEras bounds a host's: who has more changes is not one host.
const maxEras = 4

// A history of eras is a host's.
type eras struct {
	list  [maxEras]era
	n     int
	mixed bool // there were more
}

// see takes the era of one line.
func (h *eras) see(e era, at int64) {
	if !e.tells() || h.mixed {
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
func (h *eras) page() []Era {
	var list []Era
	for _, e := range h.list[:h.n] {
		list = append(list, Era{Since: max(e.since, oldest).String(), Until: e.until.String(), Seen: seen(e.first, e.last)})
	}
	return list
}
