package report

import (
	"slices"
	"testing"
	"time"
)

func TestHeadline(t *testing.T) {
	nov := func(day, hour int) *time.Time {
		at := time.Date(2026, 11, day, hour, 0, 0, 0, time.UTC)
		return &at
	}
	gone := New{What: "user", Change: "stopped", Name: "bob", Before: 0.8, Seen: Seen{nov(1, 0), nov(15, 9)}}
	locked := New{What: "lockout", Change: "new", Name: "bob may be locked out", User: "bob", Seen: Seen{nov(16, 9), nov(20, 9)}}
	login := func(name string) New { return New{What: "login", Change: "new", Name: name, User: name} }
	net := func(change string, before, now float64) New {
		return New{What: "net", Change: change, Name: "192.0.2.0/24", Before: before, Now: now, Seen: Seen{nov(1, 0), nov(14, 9)}}
	}
	software := func(host, change, to string) New { return New{What: "openssh", Change: change, Name: host, To: to} }
	for _, test := range []struct {
		why   string
		items []New
		left  map[string]int
		want  []string
	}{
		{"nothing", nil, nil, []string{}},
		{"one", []New{login("eve")}, nil, []string{"eve logged in for the first time in this log"}},
		{"some in one sentence", []New{login("oracle"), login("dave")}, nil, []string{"oracle and dave logged in for the first time in this log"}},
		{"many", []New{login("a"), login("b"), login("c"), login("d"), login("e")}, map[string]int{"loginnew": 7}, []string{"a, b, c, d and 8 others logged in for the first time in this log"}},
		{"who does not come any more", []New{gone}, nil, []string{"bob, who logged in on most days, has not since 15 Nov"}},
		{"and why", []New{gone, locked}, nil, []string{"bob, who logged in on most days, has not since 15 Nov, and is locked out since 16 Nov"}},
		{"who is locked out", []New{locked}, nil, []string{"bob is locked out since 16 Nov"}},
		{"who has logged in since is not locked out", []New{gone, {What: "lockout", Change: "stopped", User: "bob", Seen: locked.Seen}}, nil,
			[]string{"bob, who logged in on most days, has not since 15 Nov", "bob was locked out, and has logged in since"}},
		{"an sshd that starts for ever", []New{{What: "restart", Change: "new", Name: "db", Count: 32}, {What: "restart", Change: "new", Name: "mail", Count: 2}}, nil,
			[]string{"sshd restarted at least 32 times on db", "sshd restarted on mail"}},
		{"a host", []New{{What: "host", Change: "stopped", Name: "web2", Seen: Seen{nov(1, 0), nov(21, 6)}}}, nil, []string{"the log holds nothing of web2 since 21 Nov 06:00"}},
		{"a net that was not there", []New{net("new", 0, 261.7)}, nil, []string{"192.0.2.0/24 began: 262 attempts a day"}},
		{"or was hardly there: what never paused did not begin", []New{net("more", 3, 270)}, nil, []string{"192.0.2.0/24 went from 3 to 270 attempts a day"}},
		{"or as well", []New{net("more", 30, 90)}, nil, []string{"192.0.2.0/24 went from 30 to 90 attempts a day"}},
		{"one that is hardly there any more", []New{net("less", 90, 0.4)}, nil, []string{"192.0.2.0/24 all but stopped: from 90 attempts a day to 0.4"}},
		{"or not at all", []New{net("stopped", 90, 0)}, nil, []string{"192.0.2.0/24 stopped on 14 Nov, after 90 attempts a day"}},
		{"hosts that went the same way, and a restart that says no more",
			[]New{software("web1", "upgrade", "9.8 or later"), software("db1", "downgrade", "7.4"), software("web2", "upgrade", "9.8 or later"),
				{What: "restart", Change: "new", Name: "web1"}, {What: "restart", Change: "new", Name: "mail"}}, nil,
			[]string{"web1 and web2 were upgraded to OpenSSH 9.8 or later", "db1 was put back to OpenSSH 7.4", "sshd restarted on mail"}},
		{"six at most", []New{login("eve"), gone, {What: "host", Change: "stopped", Name: "web2", Seen: gone.Seen}, software("db1", "upgrade", "9.8"),
			net("new", 0, 9), {What: "name", Change: "new", Name: "sol"}, {What: "kind", Change: "new", Name: "x"}}, nil,
			[]string{"eve logged in for the first time in this log", "bob, who logged in on most days, has not since 15 Nov", "the log holds nothing of web2 since 15 Nov 09:00",
				"db1 was upgraded to OpenSSH 9.8", "192.0.2.0/24 began: 9 attempts a day", "failed attempts began with the name sol"}},
	} {
		news := News{Items: test.items, left: test.left}
		if got := news.headline(); !slices.Equal(got, test.want) {
			t.Errorf("%s:\n%q, want\n%q", test.why, got, test.want)
		}
	}
}
