package attention

import (
	"slices"
	"strings"
	"time"
)

// What the signs of life of hosts show: that there are none. It is the only rule
// that a clock decides, so Hear stands beside Judge. Half hours are exact enough
// for pauses of hours: what a host says in one of them is one sign. lives.go says
// how signs are remembered.

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

	hostsTold = 20
	// heardEvery is how far Lives.Heard may fall behind where nothing is news. It
	// is one write, also where nobody is remembered any more: what is folded begins
	// at Heard, so that the first line after days would be folded days late.
	heardEvery = 3 * time.Hour
)

// A Silence is a Finding of a scope.
type Silence struct {
	Scope   string
	Finding Finding
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
	behind := l.Heard > 0 && until.Unix()-l.Heard >= seconds(heardEvery)
	if !news && !behind && len(found) == 0 {
		return past, nil
	}
	l.Heard = max(l.Heard, until.Unix())
	past.Version, past.Signs = HistoryVersion, &l
	return past, found
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
