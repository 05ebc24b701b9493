package report

import (
	"slices"
	"strconv"
	"strings"

	"sshsieve/internal/sshd"
	"sshsieve/internal/syslog"
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

// split is the release that made programs of their own of what serves a connection:
// sshd-session, and later sshd-auth, which writes by sshd-session (openssh-9.8
// release notes).
const split release = 908

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
	// session: its connections were served by sshd-session; before that, plain is
	// when sshd did so by itself.
	session bool
	plain   era
}

// seeProgram takes what the name of the program tells. The old name alone tells
// nothing, since some collectors give all lines one name.
func (h *eras) seeProgram(e *sshd.Event, at int64) {
	old := era{until: split - 1}
	switch {
	case e.Record.Trust == syslog.Peer: // the name of a container
	case e.Record.Program == "sshd-session":
		h.begin(old)
		h.see(era{since: split}, at)
	case e.Record.Program != "sshd" || !e.Row.Attempt: // the listener keeps the name
	case h.session:
		h.see(old, at)
	default:
		h.plain.narrow(old, at)
	}
}

// begin ends the time of the old name at the first line under the new one.
func (h *eras) begin(old era) {
	if h.session {
		return
	}
	h.session = true
	if h.plain.tells() && (h.n == 0 || h.list[h.n-1].fits(old)) {
		h.see(old, h.plain.first)
		h.see(old, h.plain.last)
	}
}

// see takes the era of one line.
func (h *eras) see(e era, at int64) {
	if !e.tells() || h.mixed {
		return
	}
	if h.lingers(e, at) {
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

// lingers says whether a line is of a connection that began before the last era.
func (h *eras) lingers(e era, at int64) bool {
	return h.n > 1 && at != 0 && !h.list[h.n-1].fits(e) && h.list[h.n-2].fits(e) && at-h.list[h.n-1].first < lingering
}

// dated are the eras, of which a later one begins with the last restart before its
// first line, if there was one since the one before: what runs is another from then
// on.
func (h *eras) dated(r restarts) []era {
	list := slices.Clone(h.list[:h.n])
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
