package report

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// month is a log of 28 days in which nothing changes, but for what is left out and
// what is added.
func month(keep func(day float64) bool, add ...string) *made {
	m := &made{random: rand.New(rand.NewPCG(5, 5)), days: 28}
	m.guessers(one)
	m.people(always)
	m.lines = slices.DeleteFunc(m.lines, func(line string) bool {
		at, _ := time.Parse(time.RFC3339Nano, strings.Fields(line)[0])
		return !keep(at.Sub(monday).Hours() / 24)
	})
	m.lines = append(m.lines, add...)
	return m
}

// Where files are missing, nobody stopped, and rates are those of the days that there
// are.
func TestMissingFilesAreNoNews(t *testing.T) {
	whole := month(always).page().News
	for _, test := range []struct {
		why      string
		from, to float64 // days
	}{
		{"in the last part", 22, 27},
		{"of nearly all of it", 20, 27.8},
		{"before it", 2, 14},
		{"on the border", 16, 25},
	} {
		p := month(func(day float64) bool { return day < test.from || day >= test.to }).page()
		if len(p.News.Items) > 0 {
			t.Errorf("%s: %s", test.why, itemTexts(p.News.Items))
		}
		for i, r := range p.News.Rates {
			if want := whole.Rates[i].Before; r.Before > 1.5*want || r.Before < want/1.5 || r.Now > 2*want || r.Now < want/2 {
				t.Errorf("%s: %+v, want about %.1f a day", test.why, r, want)
			}
		}
	}
}

// A log that few lines are of has silences, and no holes.
func TestSilenceIsNoHole(t *testing.T) {
	var sparse []string
	for n := range 12 {
		sparse = append(sparse, on(60*n, "web-1", aliceOld))
	}
	if holes := gather(sparse...).holes(); len(holes) > 0 {
		t.Errorf("%v", holes)
	}
	m := month(func(day float64) bool { return day < 10 || day >= 12 })
	holes := gather(m.lines...).holes()
	if len(holes) != 1 || holes[0].to-holes[0].from < 40*3600 || holes[0].to-holes[0].from > 48*3600 {
		t.Errorf("%v, want one of two days", holes)
	}
}

// One line whose clock was wrong makes nothing new, and no page that cannot be written.
func TestAWrongClockIsNoNews(t *testing.T) {
	for _, year := range []string{"1969", "2001", "2022", "2025", "2400", "9999"} {
		log := gather(month(always, year+"-03-01T00:00:00Z web-1 sshd[9]: Connection closed by 203.0.113.5 port 4444 [preauth]").lines...)
		p := log.Page(false)
		if err := p.WriteJSON(new(strings.Builder)); err != nil {
			t.Errorf("a line of %s: %v", year, err)
		}
		if p.News != nil && len(p.News.Items) > 0 {
			t.Errorf("a line of %s: %s", year, itemTexts(p.News.Items))
		}
	}
	if p := gather("9999-12-31T23:59:59-12:00 web-1 sshd[9]: "+guess, on(1, "web-1", guess)).Page(false); p.To.Year() != 2026 {
		t.Errorf("the log goes to %s", p.To)
	}
}

// A user whose host's file ended did not stop; one who does not come to a host that
// writes did.
func TestUsersOfAHostThatIsSilent(t *testing.T) {
	m := &made{random: rand.New(rand.NewPCG(6, 6)), days: 28}
	m.each(100, func(day float64) { m.say(day, "web-1", guess) })
	m.each(30, func(day float64) {
		if day < 20 {
			m.say(day, "web-2", aliceOld)
			m.say(day, "web-1", bobOld)
		}
	})
	got := itemTexts(m.page().News.Items)
	if !strings.Contains(got, "user bob stopped") || !strings.Contains(got, "host web-2 stopped") || strings.Contains(got, "alice") {
		t.Error(got)
	}
}

// What was often before it stopped is counted from when it began.
func TestRateOfWhatBeganAndStopped(t *testing.T) {
	m := month(always)
	m.each(24, func(day float64) {
		if day >= 12 && day < 23 {
			m.login(day, "eve", 9)
		}
	})
	items := m.page().News.Items
	i := slices.IndexFunc(items, func(n New) bool { return n.Name == "eve" && n.Change == changeStopped })
	if i < 0 || items[i].Before < 18 || items[i].Before > 30 {
		t.Errorf("%s: want eve, about 24 a day", itemTexts(items))
	}
}

// Users who mistype are no attackers.
func TestMistypedNamesAreNoNews(t *testing.T) {
	m := month(always)
	for day := range 6 {
		for n := range 22 {
			m.say(22+float64(day)+float64(n)/60, "web-1", "Failed password for user7 from 192.0.2.7 port 7 ssh2")
		}
	}
	for _, n := range m.page().News.Items {
		if n.What == "name" || n.What == "net" {
			t.Errorf("%s", itemTexts([]New{n}))
		}
	}
}

// An sshd that crashes and is started again, over and over, is told as that.
func TestCrashLoop(t *testing.T) {
	m := month(always, onDay(0, "web-1", "Server listening on 0.0.0.0 port 22."))
	for n := range 257 {
		m.say(25+42*float64(n)/86400, "web-1", "Server listening on 0.0.0.0 port 22.")
	}
	items := m.page().News.Items
	i := slices.IndexFunc(items, func(n New) bool { return n.What == "restart" })
	if i < 0 || items[i].Count != maxRestarts || items[i].First.Sub(monday) > 25*24*time.Hour || items[i].First.Sub(monday) < 24*24*time.Hour {
		t.Errorf("%+v", items)
	}
}

// onDay is a line of the month, at a day.
func onDay(day int, host, message string) string {
	return monday.AddDate(0, 0, day).Format(time.RFC3339) + " " + host + " sshd[9]: " + message
}

// A sentence counts people, not what they did.
func TestOthersAreUsers(t *testing.T) {
	n := News{More: map[string]int{}, left: map[string]int{}}
	var items []New
	for i := range newsShown + 9 {
		items = append(items, New{What: "key", Change: changeNew, Name: strings.Repeat("k", i+1), User: "alice"})
	}
	n.add(append(items, New{What: "key", Change: changeNew, Name: "k", User: "bob"}))
	if got := n.headline(); !slices.Equal(got, []string{"alice and 1 other used new credentials"}) || n.More["key"] != 10 {
		t.Errorf("%q, %v", got, n.More)
	}
}
