package attention

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// What the signs of life of hosts show: that there are none. It is the only rule
// that a clock decides, so Hear stands beside Judge. Half hours are exact enough
// for pauses of hours: what a host says in one of them is one sign.

const (
	// A host is missed once it wrote lines on 7 days without a longer pause than
	// 2 hours: hourly jobs do that; hosts that are switched off at night, or live
	// for an hour, do not.
	armedAfter  = 7 // days
	linesADay   = 24
	armedPause  = 2 * time.Hour
	leastSilent = 6 * time.Hour
	timesPause  = 4 // silent for as many times its longest pause
	beatsToArm  = 2 // two heartbeats say what their pause is

	livesKept = 2000           // hosts; those heard last
	daysKept  = armedAfter + 2 // of each, up to its last sign
	forgotten = 2 * day        // after as much silence whoever is not armed is forgotten
	hostsTold = 20
	// heardEvery is how far Lives.Heard may fall behind where nothing is news.
	heardEvery = 3 * time.Hour
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

// A Silence is a Finding of a scope.
type Silence struct {
	Scope   string
	Finding Finding
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

// Hear merges Signs into the History of kind Signs, and returns who is silent at
// `until`, up to which all Signs must be in. Nobody is told of again before he is
// armed anew. With onlyScopes no host is missed, only a scope as a whole: where
// the hosts are files, each may end. Hear is pure; where nothing is news, it
// returns past itself.
func Hear(past History, signs []Sign, until time.Time, onlyScopes bool) (History, []Silence) {
	l := past.lives()
	news := false
	for _, s := range signs {
		news = l.hear(s, until) || news
	}
	news = l.forget(until) || news
	found := l.judge(until, onlyScopes)
	behind := len(l.Of) > 0 && until.Unix()-l.Heard >= seconds(heardEvery)
	if !news && !behind && len(found) == 0 {
		return past, nil
	}
	l.Heard = max(l.Heard, until.Unix())
	past.Version, past.Signs = HistoryVersion, &l
	return past, found
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

// patience is how long the host may be silent behind its last sign, and whether
// it is missed at all: by what it is armed, "week" or "heartbeat", or empty.
// longest is its longest pause.
func (l Life) patience() (longest time.Duration, by string) {
	signs := slices.DeleteFunc(l.signs(), func(s spoken) bool { return l.Told > 0 && s.slot <= l.Told })
	if longest, ok := steady(signs); ok {
		return longest, "week"
	}
	if longest, ok := beating(signs); ok {
		return longest, "heartbeat"
	}
	return 0, ""
}

// silentAfter is what is no pause any more, but silence.
func silentAfter(longest time.Duration) time.Duration { return max(leastSilent, timesPause*longest) }

// steady says whether a host wrote enough on each of the 7 days before its last
// sign, without a longer pause than 2 hours.
func steady(signs []spoken) (longest time.Duration, ok bool) {
	if len(signs) == 0 {
		return 0, false
	}
	var lines [armedAfter]int
	before := signs[len(signs)-1]
	end := before.slot
	for _, s := range slices.Backward(signs) {
		longest = max(longest, s.pause(before))
		d := (end - s.slot) / halfHours
		if d >= armedAfter || longest > armedPause {
			break
		}
		lines[d] += int(min(s.letter, twoLines) - nothing)
		before = s
	}
	// The oldest day is whole only if a sign before it ends the pause.
	whole := end-signs[0].slot >= armedAfter*halfHours-int64(armedPause/halfHour)
	enough := !slices.ContainsFunc(lines[:], func(n int) bool { return n < linesADay })
	return longest, whole && enough && longest <= armedPause
}

// beating says whether a host sent the owner's heartbeat twice since it was last
// silent for too long.
func beating(signs []spoken) (longest time.Duration, ok bool) {
	beats := 0
	for i, s := range signs {
		if i > 0 {
			pause := signs[i-1].pause(s)
			if beats >= beatsToArm && pause > silentAfter(longest) {
				beats, longest = 0, 0
			} else {
				longest = max(longest, pause)
			}
		}
		if s.letter == oneBeat {
			beats++
		}
	}
	return longest, beats >= beatsToArm
}

// judge finds who is silent, scope by scope, and remembers that it was told.
func (l *Lives) judge(until time.Time, onlyScopes bool) []Silence {
	var found []Silence
	for _, scope := range l.scopes() {
		whole := l.Of[scope+"|"]
		signs := whole.signs()
		if len(signs) == 0 {
			continue
		}
		if f, ok := whole.silence(until, time.Time{}); ok {
			found = append(found, l.tell(scope, "", f))
		}
		// While nothing comes at all, and for a while after, no host is missed.
		if onlyScopes || until.Sub(signs[len(signs)-1].end()) > armedPause {
			continue
		}
		for _, host := range l.hosts(scope) {
			if f, ok := l.Of[scope+"|"+host].silence(until, resumed(signs)); ok {
				found = append(found, l.tell(scope, host, f))
			}
		}
	}
	return found
}

// resumed is when the newest run of signs without a long pause began.
func resumed(signs []spoken) time.Time {
	first := signs[len(signs)-1]
	for _, s := range slices.Backward(signs) {
		if s.pause(first) > armedPause {
			break
		}
		first = s
	}
	return first.end()
}

// silence is what is to be told of a silent host. Before `from` its silence does
// not count.
func (l Life) silence(until, from time.Time) (Finding, bool) {
	since := spoken{slot: l.last()}.end()
	silent := until.Sub(laterOf(since, from))
	if silent <= leastSilent { // as nearly always
		return Finding{}, false
	}
	longest, by := l.patience()
	if by == "" || silent <= silentAfter(longest) {
		return Finding{}, false
	}
	return Finding{
		Rule: "logs-stopped", Reason: "silence", Severity: Medium, At: until, First: since, Count: 1,
		Detail: map[string]string{"gap": inHours(longest), "armed": by},
	}, true
}

// inHours writes whole half hours: "30 minutes", "1.5 hours".
func inHours(d time.Duration) string {
	if d <= halfHour {
		return "30 minutes"
	}
	n := strings.TrimSuffix(itoa(int(d/halfHour)*5/10)+"."+itoa(int(d/halfHour)*5%10), ".0")
	if n == "1" {
		return "1 hour"
	}
	return n + " hours"
}

func laterOf(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// tell completes a Finding and remembers it.
func (l *Lives) tell(scope, host string, f Finding) Silence {
	key := scope + "|" + host
	life := l.Of[key]
	life.Told = life.last()
	l.Of[key] = life
	f.Host, f.Key = host, Key{Kind: Host, Name: host}
	if host == "" {
		f.Key = Key{Kind: Fleet}
		f.Hosts = l.stoppedWith(scope, life.Told)
		if len(f.Hosts) == 1 {
			f.Host, f.Hosts = f.Hosts[0], nil
		}
	}
	return Silence{Scope: strings.ReplaceAll(scope, "%7C", "|"), Finding: f}
}

// stoppedWith lists hosts that wrote until shortly before a scope's last sign.
func (l *Lives) stoppedWith(scope string, last int64) []string {
	hosts := slices.DeleteFunc(l.hosts(scope), func(host string) bool {
		return spoken{slot: l.Of[scope+"|"+host].last()}.pause(spoken{slot: last}) > armedPause
	})
	return hosts[:min(len(hosts), hostsTold)]
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
