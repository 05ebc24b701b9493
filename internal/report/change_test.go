package report

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// A made log is one that a random source writes, the same way all the time.
type made struct {
	random *rand.Rand
	days   int
	lines  []string
}

// monday is when made logs begin.
var monday = time.Date(2026, 10, 26, 0, 0, 0, 0, time.UTC)

// say adds a line at a time in days.
func (m *made) say(day float64, host, message string) {
	at := monday.Add(time.Duration(day * 24 * float64(time.Hour)))
	if day >= 0 && day < float64(m.days) {
		m.lines = append(m.lines, fmt.Sprintf("%s %s sshd[%d]: %s", at.Format(time.RFC3339Nano), host, m.random.IntN(30000), message))
	}
}

// each calls something at random times, so many times a day.
func (m *made) each(perDay float64, do func(day float64)) {
	for day := m.random.ExpFloat64() / perDay; day < float64(m.days); day += m.random.ExpFloat64() / perDay {
		do(day)
	}
}

func (m *made) host() string { return fmt.Sprint("web-", m.random.IntN(4)) }

func (m *made) fail(day float64, net, name int) {
	m.say(day, m.host(), fmt.Sprintf("Failed password for invalid user %s from 198.18.%d.%d port %d ssh2", botNames[name%len(botNames)], net, m.random.IntN(250), 1024+m.random.IntN(60000)))
}

var botNames = []string{"admin", "test", "ubuntu", "oracle", "postgres", "git", "user", "guest", "pi", "ftpuser"}

func (m *made) login(day float64, user string, n int) {
	m.say(day, m.host(), fmt.Sprintf("Accepted publickey for %s from 192.0.2.%d port 7 ssh2: ED25519 SHA256:%s", user, n, strings.Repeat(fmt.Sprint(n%10), 43)))
}

// guessers come from 40 nets, some of them 100 times as often as others.
func (m *made) guessers(size func() int) {
	for net := range 40 {
		rate := 0.25 * float64(int(1)<<(net%8))
		burst := 0.0
		for range 200 {
			burst += float64(size()) / 200
		}
		m.each(rate/burst, func(day float64) {
			name := m.random.IntN(100)
			for range size() {
				m.fail(day+m.random.Float64()/24, net, name)
			}
		})
	}
}

func one() int { return 1 }

// bursts are of very different sizes.
func (m *made) bursts() int { return 1 + int(30*m.random.ExpFloat64()) }

// people log in, two to 20 times a day.
func (m *made) people(works func(day float64) bool) {
	for n := range 8 {
		m.each(float64(2+n*n/3)*3, func(day float64) {
			if works(day) {
				m.login(day, fmt.Sprint("user", n), n)
			}
		})
	}
}

func always(float64) bool { return true }

// office is from 8 to 18 h on workdays, and now and then on others.
func office(day float64) bool {
	hour := (day - float64(int(day))) * 24
	weekend := int(day)%7 >= 5
	return hour >= 8 && hour < 18 && (!weekend || int(day*24*7)%10 == 0)
}

func (m *made) page() *Page {
	slices.Sort(m.lines)
	return gather(m.lines...).Page(false)
}

// steady are logs that do not change, and how many days they have.
var steady = []struct {
	name string
	days []int
	make func(m *made)
}{
	{"one by one", []int{1, 3, 7, 28}, func(m *made) { m.guessers(one); m.people(always) }},
	{"in bursts", []int{1, 3, 7, 28}, func(m *made) { m.guessers(m.bursts); m.people(always) }},
	{"with quiet nights and weekends", []int{3, 7, 10, 14, 28}, func(m *made) { m.guessers(one); m.people(office) }},
	{"of people alone", []int{3, 5, 6, 7, 10, 13, 14, 28}, func(m *made) { m.people(office) }},
}

// In a log in which nothing changes, nothing is told, of 95 % at least.
func TestNoNewsOfSteadyLogs(t *testing.T) {
	const seeds = 20
	for _, test := range steady {
		for _, days := range test.days {
			told := 0
			for seed := range uint64(seeds) {
				m := &made{random: rand.New(rand.NewPCG(seed, 1)), days: days}
				test.make(m)
				items := slices.DeleteFunc(m.page().News.Items, func(n New) bool { return n.What == "login" && days < 7 })
				if len(items) > 0 {
					told++
					t.Logf("%s, %d days, seed %d: %s", test.name, days, seed, itemTexts(items))
				}
			}
			if told*20 > seeds {
				t.Errorf("%s, %d days: something is told in %d of %d logs", test.name, days, told, seeds)
			}
		}
	}
}

func itemTexts(items []New) string {
	var all []string
	for _, n := range items {
		all = append(all, fmt.Sprintf("%s %s %s %.1f %.1f", n.What, n.Name, n.Change, n.Before, n.Now))
	}
	return cmp.Or(strings.Join(all, "; "), "nothing")
}

// What begins, stops, grows or shrinks is found, in logs in which everything else
// goes on.
func TestNewsOfPlantedChanges(t *testing.T) {
	const since = 21 // of 28 days
	for _, test := range []struct {
		why, want string
		plant     func(m *made)
	}{
		{"a net that begins", "net 203.0.113.0/24 new", func(m *made) {
			m.each(40, func(day float64) { m.from(day, since, 28, "203.0.113.7", "root") })
		}},
		{"one that was there before, with an event now and then", "net 203.0.113.0/24 more", func(m *made) {
			m.each(1, func(day float64) { m.from(day, 0, 28, "203.0.113.7", "root") })
			m.each(40, func(day float64) { m.from(day, since+1, 28, "203.0.113.7", "root") })
		}},
		{"one that stops", "net 203.0.113.0/24 stopped", func(m *made) {
			m.each(40, func(day float64) { m.from(day, 0, since-1, "203.0.113.7", "root") })
		}},
		{"one that is all but gone", "net 203.0.113.0/24 less", func(m *made) {
			m.each(1, func(day float64) { m.from(day, 0, 28, "203.0.113.7", "root") })
			m.each(40, func(day float64) { m.from(day, 0, since-1, "203.0.113.7", "root") })
		}},
		{"a name", "name solana new", func(m *made) {
			m.each(40, func(day float64) { m.from(day, since+2, 28, "198.18.7.7", "solana") })
		}},
		{"a user who comes no more", "user eve stopped", func(m *made) {
			m.each(12, func(day float64) {
				if office(day) && day < since-1 {
					m.login(day, "eve", 9)
				}
			})
		}},
		{"a host that says nothing any more", "host web-9 stopped", func(m *made) {
			m.each(200, func(day float64) {
				if day < 26 {
					m.say(day, "web-9", guess)
				}
			})
		}},
		{"a wording", "wording frobnicated * widgets new", func(m *made) {
			m.each(6, func(day float64) {
				if day > since {
					m.say(day, "web-1", "frobnicated 17 widgets")
				}
			})
		}},
	} {
		missed := 0
		for seed := range uint64(5) {
			m := &made{random: rand.New(rand.NewPCG(seed, 2)), days: 28}
			m.guessers(m.bursts)
			m.people(office)
			test.plant(m)
			items := m.page().News.Items
			if !slices.ContainsFunc(items, func(n New) bool { return n.What+" "+n.Name+" "+n.Change == test.want }) {
				missed++
				t.Logf("%s, seed %d: %s", test.why, seed, itemTexts(items))
			}
		}
		if missed > 0 {
			t.Errorf("%s: not told in %d of 5 logs", test.why, missed)
		}
	}
}

// from fails to log in from an address, between two days.
func (m *made) from(day float64, first, last float64, addr, name string) {
	if day >= first && day < last {
		m.say(day, m.host(), fmt.Sprintf("Failed password for %s from %s port 7 ssh2", name, addr))
	}
}

// The order of the lines makes no difference.
func TestNewsInAnyOrder(t *testing.T) {
	m := &made{random: rand.New(rand.NewPCG(1, 3)), days: 28}
	m.guessers(m.bursts)
	m.people(office)
	m.each(40, func(day float64) { m.from(day, 21, 28, "203.0.113.7", "root") })
	m.each(3, func(day float64) {
		if day > 22 {
			m.login(day, "dave", 8)
		}
	})
	want := m.page().News
	if len(want.Items) < 2 {
		t.Fatalf("%+v", want)
	}
	for range 5 {
		m.random.Shuffle(len(m.lines), func(i, j int) { m.lines[i], m.lines[j] = m.lines[j], m.lines[i] })
		if got := gather(m.lines...).Page(false).News; !reflect.DeepEqual(got, want) {
			t.Fatalf("%s, want %s", itemTexts(got.Items), itemTexts(want.Items))
		}
	}
}

// Trends of the same events in any order are the same, lose nothing, and have each
// event in the column of its time.
func TestTrendKeepsEverything(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 0))
		reach := int64(1) << (1 + random.IntN(34)) // from seconds to centuries
		times := make([]int64, 100)
		for i := range times {
			times[i] = 1_770_000_000 + random.Int64N(reach) - reach/2
		}
		whole := axisOf(slices.Min(times), slices.Max(times), fewColumns)
		want := make([]int, whole.used)
		var a, b trend
		for _, at := range times {
			a.add(at, 1, fewColumns)
			want[whole.column(at)]++
		}
		random.Shuffle(len(times), func(i, j int) { times[i], times[j] = times[j], times[i] })
		for _, at := range times {
			b.add(at, 1, fewColumns)
		}
		if !reflect.DeepEqual(a, b) || !slices.Equal(a.on(whole), want) || len(a.counts) > fewColumns || whole.used > fewColumns {
			t.Fatalf("seed %d: %+v and %+v are %v, want %v", seed, a, b, a.on(whole), want)
		}
	}
}

// What is seen once takes one column, and a number that does not fit stays the
// highest.
func TestTrendIsSmall(t *testing.T) {
	var a trend
	a.add(1_770_000_000, math.MaxInt, fewColumns)
	a.add(1_770_000_001, math.MaxInt, fewColumns)
	a.add(0, 1, fewColumns)
	if len(a.counts) != 1 || a.counts[0] != math.MaxUint32 {
		t.Errorf("%+v", a)
	}
}

// eventful are the lines of a log in which all sorts of things changed.
func eventful() []string {
	m := &made{random: rand.New(rand.NewPCG(1, 4)), days: 28}
	m.people(office)
	m.each(4, func(day float64) { m.from(day, 21, 28, "203.0.113.7", "root") })
	m.each(4, func(day float64) { m.from(day, 0, 20, "203.0.112.7", "pi") })
	m.each(2, func(day float64) {
		if day > 22 {
			m.login(day, strings.Repeat("dave", 8), 8)
			m.login(day, "user1", 200)
			m.say(day, strings.Repeat("web", 20), "Server listening on 0.0.0.0 port 22.")
			m.say(day, "web-1", "Server listening on 0.0.0.0 port 22.")
			m.say(day, "web-1", rootRefused)
			m.say(day, "web-1", "frobnicated 17 widgets")
		}
	})
	slices.Sort(m.lines)
	for i, line := range m.lines {
		if i > len(m.lines)*9/10 {
			m.lines[i] = since98(line)
		}
	}
	return m.lines
}

// All sorts but lockouts, of which the log alone does not tell.
func TestEverySortIsTold(t *testing.T) {
	told := map[string]bool{}
	for _, n := range gather(eventful()...).Page(false).News.Items {
		told[n.What] = true
	}
	for _, sort := range sorts {
		if !told[sort] && !slices.Contains([]string{"lockout", "source", "user"}, sort) {
			t.Errorf("nothing of sort %s", sort)
		}
	}
}
