package html

import (
	"fmt"
	"math"
	"reflect"
	"time"

	"sshsieve/internal/report"
	"sshsieve/internal/sshd"
)

var (
	begin = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	end   = begin.Add(14 * 24 * time.Hour)
)

// sample is a Page with something in every section: two weeks of a host and its
// neighbours.
func sample() *report.Page {
	p := &report.Page{
		Schema: report.Schema,
		Files:  []report.File{{Name: "auth.log", Lines: 120_000}, {Name: "auth.log.1.gz", Lines: 81_234}},
		Lines:  201_234, SSHD: 195_000, NotSSHD: 6_234, Repeated: 812,
		From: &begin, To: &end,
		Verdicts: map[string]int{"graph": 150_000, "tooling": 45_790, "human": 22},
		Failed:   45_000, Accepted: 412,
		Methods:      []report.Method{{Method: "password", Failed: 44_000, Accepted: 1}, {Method: "publickey", Failed: 1_000, Accepted: 411}},
		Attempts:     ranking("root", "admin", "‹hidden›", "test", "oracle", "postgres", "ubuntu", "git", "pi", "user"),
		Negotiation:  ranking("key exchange method", "host key type", "cipher", "signature algorithm"),
		Clients:      ranking("PuTTY family", "unknown", "libssh or Paramiko"),
		Reasons:      ranking("Bye Bye", "disconnected by user", "Normal Shutdown, Thank you for playing", "http[:]//example[.]com/"),
		Banners:      ranking("GET / HTTP/1.1", `\x16\x03\x01`, "SSH-1.5-scanner"),
		Protocol:     ranking("banner-invalid", "no-identification", "bad-version"),
		Disconnect:   ranking("closed-authenticating", "closed-invalid", "received-disconnect"),
		Throttle:     ranking("penalty-drop", "maxstartups-drop"),
		Denied:       ranking("not-allowed", "shell-missing"),
		Unrecognised: []report.Count{{Name: "frobnicated # widgets", Count: 17}},
		Human:        []report.Kind{{Kind: "root-refused", Category: "auth.denied", Verdict: "human", Count: 3, Seen: daysOf(3, 5), Means: "Somebody has a credential of root.", Do: "Find who."}},
		More:         map[string]int{"nets": 812, "offers": 3},
		Forgotten:    map[string]int{"sources": 12},
	}
	p.Logins = []report.Login{
		{User: "deploy", Source: "203.0.113.9", Method: "password", FailedBefore: 4_711, Trust: "host", Count: 1, Guessed: true, Hosts: []string{"web-1"}, Seen: daysOf(12, 12)},
		{User: "deploy", Source: "203.0.113.80", Method: "password", Trust: "peer", Count: 1, AfterGuess: true, Hosts: []string{"web-2"}, Seen: daysOf(13, 13)},
		{User: "alice", Source: "198.51.100.7", Method: "publickey", Key: "ED25519 SHA256:T4yOhvf3l0C2sEeMXWxVJWrZ9wEb6jvqJ0xVq3y1mWc", Trust: "host", Count: 411, Hosts: []string{"web-1", "web-2"}, MoreHosts: true, Seen: daysOf(0, 14)},
	}
	p.Sources = []report.Source{{Source: "203.0.113.9", Events: 9_000, Failed: 4_711, Accepted: 1, Seen: daysOf(11, 12)},
		{Source: "198.51.100.7", Events: 900, Failed: 12, Accepted: 411, Known: true, Seen: daysOf(0, 14)}}
	for i := range 60 {
		p.Sources = append(p.Sources, report.Source{Source: fmt.Sprintf("192.0.2.%d", i), Events: 3, Failed: 1 + (60-i)/20, Seen: daysOf(3, 3)})
	}
	p.Users = []report.User{{Name: "root", Exists: true, Failed: 20_000, Events: 20_000, Seen: daysOf(0, 14)}, {Name: "admin", Failed: 10_000, Events: 10_000, Seen: daysOf(0, 14)}}
	p.Accounts = []report.Account{{User: "alice", Count: 411, Seen: daysOf(0, 14), Timeline: coarseWave(2)}, {User: "deploy", Count: 2, Seen: daysOf(12, 13), Timeline: coarseWave(5)}}
	p.Hosts = []report.Host{
		{Name: "web-1", Count: 150_000, Failed: 40_000, Accepted: 400, Human: 20, Seen: daysOf(0, 14), Timeline: coarseWave(1), Restarts: []time.Time{begin.Add(6 * 24 * time.Hour)}, Eras: []report.Era{{Since: "8.7", Until: "9.7", Seen: daysOf(0, 6)}, {Since: "9.8", Seen: daysOf(6, 14)}}},
		{Name: "web-2", Count: 45_000, Failed: 5_000, Accepted: 12, Human: 2, Seen: daysOf(1, 14), Timeline: coarseWave(3), Eras: []report.Era{{Since: "6.6", Until: "7.4", Seen: daysOf(1, 14)}}},
	}
	p.Offers = []report.Offer{{Class: "key exchange method", Offer: "diffie-hellman-group14-sha1,diffie-hellman-group1-sha1", Count: 90}}
	p.Algorithms = []report.Algorithm{{Class: "key exchange method", Name: "diffie-hellman-group14-sha1", Count: 90}, {Class: "cipher", Name: "aes128-cbc", Count: 12}}
	p.Kinds = []report.Kind{{Kind: "failed-password", Category: "auth.failed.password", Verdict: "tooling", Count: 44_000, Means: "A password was tried and refused."}}
	fillNets(p)
	fillTime(p)
	fillTold(p)
	return p
}

// daysOf is from one day of the sample to another.
func daysOf(first, last int) report.Seen {
	f, l := begin.Add(time.Duration(first)*24*time.Hour), begin.Add(time.Duration(last)*24*time.Hour)
	return report.Seen{First: &f, Last: &l}
}

// ranking halves from name to name.
func ranking(names ...string) report.Ranking {
	r := report.Ranking{Rest: 40, Total: 40, Of: len(names) + 9}
	for i, name := range names {
		n := 20_000 >> i
		r.Items = append(r.Items, report.Count{Name: name, Count: n})
		r.Total += n
	}
	return r
}

func fillNets(p *report.Page) {
	for i := range 25 {
		p.Nets = append(p.Nets, report.Net{Net: fmt.Sprintf("192.0.%d.0/24", i), Addresses: 1 + i, Events: 9_000 / (i + 1), Failed: 8_000 / (i + 1),
			Seen: daysOf(i%7, 7+i%7), Timeline: coarseWave(i), Names: []report.Count{{Name: "root", Count: 100}, {Name: "admin", Count: 9}}, MoreNames: i%2 == 0})
	}
}

const (
	sampleSteps = 112 // of three hours
	coarseSteps = 56  // of six
)

// coarseWave is a wave with gaps.
func coarseWave(phase int) []int {
	list := wave(phase)[:coarseSteps]
	for i := range list {
		if (i+phase)%5 == 0 {
			list[i] = 0
		}
	}
	return list
}

func fillTime(p *report.Page) {
	p.Timeline = &report.Timeline{Start: begin, Step: 3 * 3600, Steps: sampleSteps}
	p.Coarse = &report.Timeline{Start: begin, Step: 6 * 3600, Steps: coarseSteps}
	for i, c := range []sshd.Category{sshd.Accepted, sshd.FailedPassword, sshd.InvalidUser, sshd.Negotiation, sshd.Protocol, sshd.Disconnect, sshd.Throttle, sshd.Session} {
		p.Categories = append(p.Categories, report.Category{Category: c.String(), Count: 1000 * (i + 1), Colour: report.Colour(c), Means: "What it is that sshd says.", Timeline: wave(i)})
	}
	p.FailedOverTime = wave(1)
	p.VerdictsOverTime = map[string][]int{"graph": wave(1), "tooling": wave(4), "human": wave(7)}
	p.Heat = &report.Heat{}
	for d := range 7 {
		for h := range 24 {
			p.Heat.Failed[d][h] = (d*24 + h*h) % 300
			p.Heat.Covered[d][h] = 2
			if d < 5 && h > 7 && h < 18 {
				p.Heat.Accepted[d][h] = h
			}
		}
	}
}

// wave is counts that go up and down, each phase its own.
func wave(phase int) []int {
	var list []int
	for i := range sampleSteps {
		list = append(list, int(100*(1+math.Sin(float64(i)/8+float64(phase)))))
	}
	return list
}

func fillTold(p *report.Page) {
	day := begin.Add(12 * 24 * time.Hour)
	p.Mails = []report.Mail{
		{Time: day, Severity: "high", Rule: "login", Reason: "after-guessing", Subject: "[sshsieve web-1] high: deploy logged in by password after 4711 failures",
			Why: "A password login after many failures of the same source.", User: "deploy", Source: "203.0.113.9", Host: "web-1", Count: 1, Text: "WHAT\n  deploy logged in.\n"},
		{Time: day.Add(time.Hour), Severity: "medium", Rule: "locked-out", Reason: "negotiation", Subject: "[sshsieve web-1] medium: bob is locked out, client too old (ssh-rsa) x4",
			Why: "A source that users come from fails to negotiate.", User: "bob", Host: "web-1", Count: 4, Text: "WHAT\n  bob is locked out.\n"},
	}
	learning := begin.Add(7 * 24 * time.Hour)
	p.Told = &report.Told{LearningUntil: &learning, BanMessages: 40, BanSources: 31, HeldBack: 2,
		LockedOut: []report.Lockout{{Users: []string{"bob"}, Source: "198.51.100.20", Host: "web-1", Rule: "locked-out", Reason: "negotiation",
			What: "bob is locked out, client too old (ssh-rsa)", Count: 4, First: day, Last: day.Add(2 * time.Hour), Mailed: true}},
		Untold: []report.Untold{{Rule: "login", Reason: "new-source", State: "reported", Count: 3}}}
	p.News = &report.News{Since: day, Headline: []string{"deploy logged in for the first time", "192.0.3.0/24 began: 300 attempts a day"}, Items: []report.New{
		{What: "login", Change: "new", Name: "deploy", User: "deploy", Source: "203.0.113.9", Key: "password", Count: 1, Seen: daysOf(12, 12)},
		{What: "source", Change: "new", Name: "203.0.113.80", User: "deploy", Count: 1, Seen: daysOf(13, 13)},
		{What: "user", Change: "stopped", Name: "bob", Before: 3, Seen: daysOf(0, 11), Timeline: coarseWave(3)},
		{What: "openssh", Change: "upgrade", Name: "web-1", From: "8.7 to 9.7", To: "9.8 or later", Count: 1, Seen: daysOf(12, 14)},
		{What: "net", Change: "more", Name: "192.0.3.0/24", Count: 2_000, Before: 3, Now: 300, Seen: daysOf(0, 14), Timeline: coarseWave(4)},
	}, More: map[string]int{"net": 3},
		Rates: []report.Rate{{Category: "auth.failed.password", Before: 120, Now: 480.5}, {Category: "throttle", Before: 0, Now: 12}, {Category: "session", Before: 30, Now: 31}}}
}

// poison puts a text into every member of a Page that comes from a log, and
// returns how many there were. Of the others page.js or the answers know the
// values.
func poison(p *report.Page, text func() string) int {
	count, made := 0, map[string]string{} // what is one thing stays one
	var walk func(v reflect.Value, name string)
	walk = func(v reflect.Value, name string) {
		switch v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() && v.Type().Elem() != reflect.TypeFor[time.Time]() {
				walk(v.Elem(), name)
			}
		case reflect.Struct:
			for i := range v.NumField() {
				if v.Type().Field(i).Type != reflect.TypeFor[time.Time]() {
					walk(v.Field(i), v.Type().Field(i).Name)
				}
			}
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i), name)
			}
		case reflect.String:
			if !ours[name] && v.String() != "" {
				old := v.String()
				if _, ok := made[old]; !ok {
					made[old] = text()
				}
				v.SetString(made[old])
				count++
			}
		}
	}
	walk(reflect.ValueOf(p), "")
	return count
}

// ours are the members whose words are this program's, never a log's.
var ours = map[string]bool{"Category": true, "Colour": true, "Severity": true, "Rule": true, "Reason": true, "What": true,
	"Verdict": true, "Trust": true, "Since": true, "Until": true, "Class": true, "Change": true, "From": true, "To": true, "Means": true, "Do": true, "State": true}
