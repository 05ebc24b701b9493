package attention

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// What is remembered of hosts that live. find_silence.go says who does not.

const (
	livesKept = 2000           // hosts; those heard last
	daysKept  = armedAfter + 2 // of each, up to its last sign
	forgotten = 2 * day        // after as much silence whoever is not armed is forgotten
)

// Lives are the signs of life of the hosts of all scopes. They are a set, like
// the Marks of a History: hearing a Sign again changes nothing.
type Lives struct {
	// Heard is until when all Signs are in, in Unix seconds.
	Heard int64 `json:"heard"`
	// Of is by scope and host, with a bar between; a scope as a whole has no
	// host.
	Of map[string]Life `json:"of,omitempty"`
}

// A Life is what is known of one host, or of a scope as a whole.
type Life struct {
	// Told is the half hour, counted from 1970, of the sign behind which it was
	// silent when somebody was told.
	Told int64 `json:"told,omitempty"`
	// Days are by number, counted from 1970: 48 letters, one for each half hour.
	Days map[int64]string `json:"days"`
}

// The letters of a half hour. Of two the greater stays, so that it does not
// matter what is heard first, or twice.
const (
	nothing  = '0'
	oneLine  = '1'
	twoLines = '2' // or more
	oneBeat  = '3' // the owner's heartbeat is among them
)

const halfHours = int64(day / halfHour) // of a day

// A Sign says that a host was heard.
type Sign struct {
	// Scope owns the host; it is the scope as a whole where Host is empty.
	Scope, Host string
	At          time.Time // to half an hour
	Lines       int
	Beat        bool // the owner's heartbeat was among them
}

// Unheard are the Lives of somebody who has not listened since: what he did not
// hear is no silence.
func (l *Lives) Unheard() *Lives {
	if l == nil {
		return nil
	}
	return &Lives{Of: l.Of}
}

// HeardUntil is until when the History of kind Signs holds all of them; the zero
// time where it holds none.
func (h History) HeardUntil() time.Time {
	if h.Signs == nil || h.Signs.Heard == 0 {
		return time.Time{}
	}
	return time.Unix(h.Signs.Heard, 0).UTC()
}

// lives is a copy that may be changed, but for the Days of each Life.
func (h History) lives() Lives {
	l := Lives{Of: map[string]Life{}}
	if h.Signs != nil {
		l.Heard = h.Signs.Heard
		maps.Copy(l.Of, h.Signs.Of)
	}
	return l
}

// lifeKey is text that JSON keeps as it is, whatever a host calls itself.
func lifeKey(scope, host string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(scope, "|", "%7C")+"|"+own(host), "?")
}

// hear adds a Sign and says whether it was news. What would be forgotten at once
// is none.
func (l *Lives) hear(s Sign, until time.Time) bool {
	key, at := lifeKey(s.Scope, s.Host), s.At.Unix()/seconds(halfHour)
	life, known := l.Of[key]
	if !known && until.Sub(s.At) > forgotten || known && at/halfHours <= life.newestDay()-daysKept {
		return false
	}
	letters := life.day(at / halfHours)
	if letters[at%halfHours] >= s.letter() {
		return false
	}
	letters[at%halfHours] = s.letter()
	l.Of[key] = life.with(at/halfHours, letters)
	return true
}

func (s Sign) letter() byte {
	switch {
	case s.Beat:
		return oneBeat
	case s.Lines > 1:
		return twoLines
	}
	return oneLine
}

// day is a copy of the letters of a day.
func (l Life) day(number int64) []byte {
	if letters := []byte(l.Days[number]); len(letters) == int(halfHours) {
		return letters
	}
	return bytes.Repeat([]byte{nothing}, int(halfHours))
}

// with is the Life with another day, and without those that are too old.
func (l Life) with(number int64, letters []byte) Life {
	days := map[int64]string{number: string(letters)}
	for n, d := range l.Days {
		if n != number {
			days[n] = d
		}
	}
	l.Days = days
	newest := l.newestDay()
	maps.DeleteFunc(days, func(n int64, _ string) bool { return n <= newest-daysKept })
	return l
}

// newestDay is the number of the newest day, 0 where there is none.
func (l Life) newestDay() (newest int64) {
	for n := range l.Days {
		newest = max(newest, n)
	}
	return newest
}

// forget drops whom no judgement asks for, and says whether there was anybody.
func (l *Lives) forget(until time.Time) bool {
	before := len(l.Of)
	maps.DeleteFunc(l.Of, func(_ string, life Life) bool {
		if until.Sub(spoken{slot: life.last()}.end()) <= forgotten {
			return false
		}
		_, by := life.patience()
		return by == ""
	})
	l.bound()
	return len(l.Of) != before
}

// bound drops those that were heard longest ago, of those that are not armed
// first: else whoever can write as 2,000 hosts would hide that one fell silent.
func (l *Lives) bound() {
	if len(l.Of) <= livesKept {
		return
	}
	armed, last := make(map[string]int, len(l.Of)), make(map[string]int64, len(l.Of))
	for key, life := range l.Of {
		if _, by := life.patience(); by != "" {
			armed[key] = 1
		}
		last[key] = life.last()
	}
	keys := slices.SortedFunc(maps.Keys(last), func(a, b string) int {
		return cmp.Or(cmp.Compare(armed[a], armed[b]), cmp.Compare(last[a], last[b]), cmp.Compare(a, b))
	})
	for _, key := range keys[:len(keys)-livesKept] {
		delete(l.Of, key)
	}
}

// A spoken is a half hour in which a host was heard.
type spoken struct {
	slot   int64 // counted from 1970
	letter byte
}

// end is when the half hour was over: no line has come since.
func (s spoken) end() time.Time { return time.Unix((s.slot+1)*seconds(halfHour), 0).UTC() }

// pause is the time between two.
func (s spoken) pause(next spoken) time.Duration { return time.Duration(next.slot-s.slot) * halfHour }

// signs are the half hours in which a host was heard, oldest first.
func (l Life) signs() []spoken {
	var signs []spoken
	for _, number := range slices.Sorted(maps.Keys(l.Days)) {
		for i, letter := range l.day(number) {
			if letter != nothing {
				signs = append(signs, spoken{number*halfHours + int64(i), letter})
			}
		}
	}
	return signs
}

// last is the half hour in which a host was heard last, 0 if never.
func (l Life) last() int64 {
	newest := l.newestDay()
	i := strings.LastIndexFunc(l.Days[newest], func(letter rune) bool { return letter != nothing })
	return newest*halfHours + int64(max(i, 0))
}

// scopes lists the scopes, as the keys name them.
func (l *Lives) scopes() []string {
	var scopes []string
	for key := range l.Of {
		if scope, host, _ := strings.Cut(key, "|"); host == "" {
			scopes = append(scopes, scope)
		}
	}
	slices.Sort(scopes)
	return scopes
}

// hosts lists the hosts of a scope.
func (l *Lives) hosts(scope string) []string {
	var hosts []string
	for key := range l.Of {
		if host, ok := strings.CutPrefix(key, scope+"|"); ok && host != "" {
			hosts = append(hosts, host)
		}
	}
	slices.Sort(hosts)
	return hosts
}
