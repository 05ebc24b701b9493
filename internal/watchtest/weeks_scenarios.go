package watchtest

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"sshsieve/internal/attention"
)

// Scenarios are the ordinary weeks. None declares what it could do without
// (sshsieve has to be right before anybody has configured it).
func Scenarios() []Scenario {
	return []Scenario{
		{Name: "office", Others: 1, script: office,
			Why: "200 people behind one NAT mistype passwords and names, and one of them is new: her first login is the one mail"},
		{Name: "remote", Before: 4, Others: 0, script: remote,
			Why: "40 people work from home and on trains, and their addresses change: four are mailed before it is taken for a habit"},
		{Name: "runners", Others: 0, script: runners,
			Why: "every CI job comes from another address with another key; nobody else here changes anything"},
		{Name: "ansible", Others: 0, script: ansible,
			Why: "one user logs in to 100 hosts within seconds, several times a day"},
		{Name: "instance-connect", Others: 1, script: instanceConnect,
			config: attention.Config{AutomationSources: []netip.Prefix{consoles}},
			Why:    "EC2 Instance Connect makes a key for each login, and its helper fails for all other keys; somebody who has not used it before is the one mail"},
		{Name: "certificates", Others: 0, script: certificates,
			Why: "everybody has a new key each morning, signed by the same authority for the same identity"},
		{Name: "rotation", Others: 1, script: rotation,
			Why: "40 people change their keys on one day, which is one event, and sshd is told to read its configuration eight times"},
		{Name: "short-lived", Others: 0, script: shortLived,
			Why: "hosts appear and end after 40 minutes; none of them is missing"},
		{Name: "health-checks", Others: 0, script: healthChecks,
			Why: "two load balancers connect and leave all the time, and bring the same users' logins to new hosts"},
		{Name: "hardened", Others: 0, script: hardened,
			Why: "AllowUsers refuses root and others who exist, a hundred times a day, to strangers only"},
		{Name: "vpn-only", Others: 0, script: vpnOnly,
			Why: "three hosts that only colleagues reach are silent over the weekend"},
		{Name: "re-sent", Others: 0, script: reSent,
			Why: "agents lose their place and send the whole file again, one with the lines' times and one with its own"},
		{Name: "two-accounts", Others: 0, script: twoAccounts,
			Why: "the failures are in one account and the password login in the other; the refusals where nobody ever logged in"},
		{Name: "clock-change", Others: 0, script: clockChange,
			Why: "the clocks go back and the stamps have no zone: an hour comes twice, and agents read it as the first both times"},
		{Name: "far-future", Others: 0, script: farFuture,
			Why: "one host believes that it is 2036; what it says is of today, and nobody else's quiet times end"},
		{Name: "storm", Others: 1, script: storm,
			Why: "hundreds of /64s of one IPv6 /48 guess passwords in one afternoon"},
		{Name: "stopped", Others: 1, Among: "logs-stopped/silence", script: stopped,
			Why: "the agent of one host of three dies on Wednesday, which is the one mail; another host is taken out of service after five days"},
	}
}

func office(w *weekWriter) {
	nat, hosts := v4(198, 51, 100, 1), w.newHosts("app", 3)
	people := w.newPeople(w.thin(200, 30), func(int) netip.Addr { return nat }, hosts)
	for i := range people {
		if i%5 == 3 || i%5 == 4 {
			people[i].key = ""
		}
	}
	w.workAll(people)
	colleague := &person{name: "zoe", key: newKey(w.Rand), from: nat, hosts: hosts}
	for weekday := 2; weekday < 5; weekday++ {
		w.visit(colleague, w.within(w.dayOf(weekday).Add(9*time.Hour), 8*time.Hour))
	}
	w.public(hosts...)
	// Whose password it is that is guessed has used it before: that it is a
	// password is no news about him.
	w.breakIn(hosts[0], people[3].name, w.stranger(), w.within(w.dayOf(1+w.IntN(2)), 20*time.Hour))
	w.lockOut(people[0], w.within(w.dayOf(3).Add(9*time.Hour), 8*time.Hour))
}

func remote(w *weekWriter) {
	hosts := w.newHosts("gate", 2)
	people := w.newPeople(40, homes, hosts)
	for n, d := range w.days() {
		for i, p := range people[1:] {
			lease := n / (2 + i%6) // days between the provider's new prefixes
			p.from = netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 0xd5, byte(i), byte(lease), 15: 1})
		}
		w.work(d, people)
	}
	w.public(hosts...)
	w.planted(people[0])
}

func runners(w *weekWriter) {
	hosts := w.newHosts("build", 2)
	people := w.newPeople(8, homes, hosts)
	w.workAll(people)
	for _, d := range w.days() {
		for range w.thin(60, 12) {
			h := hosts[w.IntN(len(hosts))]
			h.connect(w.within(d, day), w.runner(), "ci").byKey(newKey(w.Rand), time.Minute)
		}
	}
	w.public(hosts...)
	w.planted(people[0])
}

// runner is an address of a cloud's, never to be seen again.
func (w *weekWriter) runner() netip.Addr {
	if w.chance(3) {
		return netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 0xc1, 0, byte(w.IntN(256)), byte(w.IntN(256)), 15: 7})
	}
	return v4(198, 19, byte(w.IntN(256)), byte(1+w.IntN(254)))
}

func ansible(w *weekWriter) {
	bastion, key := v4(10, 0, 0, 10), newKey(w.Rand)
	hosts := w.newHosts("node", w.thin(100, 10))
	people := w.newPeople(5, homes, hosts[:2])
	w.workAll(people)
	for _, d := range w.days() {
		for _, hour := range []int{3, 11, 16} {
			for _, h := range hosts {
				at := w.within(d.Add(time.Duration(hour)*time.Hour), 5*time.Second)
				h.connect(at, bastion, "ansible").byKey(key, 40*time.Second)
			}
		}
	}
	w.public(hosts[:2]...)
	w.planted(people[0])
}

// consoles is the range that the EC2 console's Instance Connect comes from.
var consoles = netip.MustParsePrefix("198.51.100.64/29")

func instanceConnect(w *weekWriter) {
	hosts := []*host{w.newHost("ec2-1", amazonLinux2023), w.newHost("ec2-2", amazonLinux2023)}
	people := w.newPeople(6, homes, hosts)
	w.workAll(people[2:])
	for _, d := range w.days() {
		for range 3 {
			for _, p := range people[:2] {
				w.pushKey(p, d)
			}
			console := &person{name: "ec2-user", from: v4(198, 51, 100, byte(64+w.IntN(8))), hosts: hosts}
			w.pushKey(console, d)
		}
	}
	newcomer := people[5]
	for range 7 {
		w.pushKey(newcomer, w.dayOf(2))
	}
	for _, h := range hosts {
		h.helperFails(people[2])
	}
	w.public(hosts...)
	w.planted(people[2])
}

// pushKey is a login with a key that Instance Connect made for it.
func (w *weekWriter) pushKey(p *person, midnight time.Time) {
	h := p.hosts[w.IntN(len(p.hosts))]
	h.connect(w.within(midnight.Add(9*time.Hour), 8*time.Hour), p.from, p.name).byKey(newKey(w.Rand), time.Minute)
}

// helperFails is what Instance Connect's helper leaves for a key that was not
// pushed: status 22, with each login.
func (h *host) helperFails(p *person) {
	for _, d := range h.days() {
		c := h.connect(h.within(d.Add(10*time.Hour), 4*time.Hour), p.from, p.name)
		c.say("error: AuthorizedKeysCommand /opt/aws/bin/eic_run_authorized_keys %[3]s " + p.key + " failed, status 22")
		c.byKey(p.key, time.Minute)
	}
}

func certificates(w *weekWriter) {
	hosts, ca := w.newHosts("db", 3), newKey(w.Rand)
	people := w.newPeople(15, homes, hosts)
	serial := 0
	for _, d := range w.days() {
		for _, p := range people[1:] {
			key := newKey(w.Rand)
			serial++
			for range 1 + w.IntN(2) {
				c := hosts[w.IntN(3)].connect(w.within(d.Add(8*time.Hour), 10*time.Hour), p.from, p.name)
				c.login("publickey", certificate(key, p.name+"@example", serial, ca), w.sessionLength())
			}
		}
	}
	w.workAll(people[:1])
	w.public(hosts...)
	w.planted(people[0])
}

func rotation(w *weekWriter) {
	hosts, nat := w.newHosts("app", 2), v4(198, 51, 100, 1)
	people := w.newPeople(40, func(i int) netip.Addr {
		if i%2 == 0 {
			return nat
		}
		return homes(i)
	}, hosts)
	for _, d := range w.days() {
		if d.Equal(w.dayOf(2)) {
			w.rotate(d, people)
		}
		w.work(d, people)
	}
	w.public(hosts...)
	w.planted(people[1])
}

// rotate gives everybody a new key in the morning, and each tries it at once.
// Meanwhile sshd's configuration is put right, time and again.
func (w *weekWriter) rotate(midnight time.Time, people []*person) {
	for hour := range 8 {
		for _, h := range people[0].hosts {
			h.reload(w.within(midnight.Add(time.Duration(7+hour)*time.Hour), time.Hour))
		}
	}
	for _, p := range people {
		p.key = newKey(w.Rand)
		h := p.hosts[w.IntN(len(p.hosts))]
		h.connect(w.within(midnight.Add(7*time.Hour), time.Hour), p.from, p.name).byKey(p.key, time.Minute)
	}
}

func shortLived(w *weekWriter) {
	bastion, key := v4(10, 0, 0, 10), newKey(w.Rand)
	steady := w.newHosts("bastion", 1)
	people := w.newPeople(6, homes, steady)
	w.workAll(people)
	every := time.Duration(w.thin(30, 10)) // hosts a day
	for at := w.week.From; at.Before(w.week.To); at = at.Add(day / every) {
		a := v4(10, 0, byte(1+w.IntN(200)), byte(1+w.IntN(254)))
		b := a.As4()
		h := w.newHost(fmt.Sprintf("ip-10-0-%d-%d-%x", b[2], b[3], w.Uint32()), eras[w.IntN(len(eras))])
		h.life(at, func() {
			h.connect(at.Add(time.Minute), bastion, "deploy").byKey(key, time.Minute)
			h.connect(at.Add(20*time.Minute), bastion, "deploy").byKey(key, time.Minute)
		})
	}
	w.public(steady...)
	w.planted(people[0])
}

// life is 40 minutes of a host, from boot to scale-in.
func (h *host) life(boot time.Time, work func()) {
	pid := h.nextPID()
	h.listener(boot, pid, "Server listening on 0.0.0.0 port 22.")
	h.listener(boot.Add(time.Millisecond), pid, "Server listening on :: port 22.")
	work()
	h.listener(boot.Add(40*time.Minute), pid, "Received signal 15; terminating.")
}

func healthChecks(w *weekWriter) {
	hosts := w.newHosts("sftp", 2)
	people := w.newPeople(10, homes, hosts)
	w.workAll(people)
	for _, balancer := range []netip.Addr{v4(10, 0, 1, 5), v4(10, 0, 2, 5)} {
		for at := w.week.From; at.Before(w.week.To); at = at.Add(time.Duration(w.size) * 10 * time.Minute) {
			hosts[w.IntN(2)].connect(at, balancer, "").probe()
		}
		for second := range w.thin(3600, 600) { // an hour as it really is
			hosts[0].connect(w.dayOf(1).Add(13*time.Hour+time.Duration(second)*time.Second), balancer, "").probe()
		}
	}
	w.public(hosts...)
	w.planted(people[0])
}

func hardened(w *weekWriter) {
	h := w.newHost("edge-1", debian12)
	people := w.newPeople(3, homes, []*host{h})
	w.workAll(people)
	for _, d := range w.days() {
		for range w.thin(100, 10) {
			name := []string{"root", "games", "www-data", "backup"}[w.IntN(4)]
			w.refusedByPolicy(h, w.within(d, day), name)
		}
	}
	w.public(h)
	w.planted(people[0])
}

// refusedByPolicy is a guess at a user who exists and is not in AllowUsers:
// sshd calls him invalid from there on.
func (w *weekWriter) refusedByPolicy(h *host, at time.Time, name string) {
	c := h.connect(at, w.stranger(), name)
	c.say("User %[3]s from %[1]s not allowed because not listed in AllowUsers")
	c.say("pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=%[1]s  user=%[3]s")
	c.after(2 * time.Second)
	c.say("Failed password for invalid user %[3]s from %[1]s port %[2]d ssh2")
	c.leave("invalid")
}

func vpnOnly(w *weekWriter) {
	hosts := w.newHosts("inner", 3)
	tunnel := func(i int) netip.Addr { return v4(10, 8, 0, byte(2+i)) }
	people := w.newPeople(9, tunnel, hosts)
	for _, d := range w.days() {
		if d.Weekday() == time.Saturday || d.Weekday() == time.Sunday {
			hosts[0].cron(d, time.Hour) // only this one has cron jobs
			continue
		}
		hosts[0].cron(d, time.Hour)
		hosts[1].cron(d, 75*time.Minute) // jobs of working days: busy enough to be missed, were it not for each weekend
		w.work(d, people)
	}
	// No stranger gets here: the guesser sits in the tunnel too.
	w.breakIn(hosts[0], people[0].name, tunnel(200), w.within(w.dayOf(1), 20*time.Hour))
	w.lockOut(people[0], w.within(w.dayOf(3).Add(9*time.Hour), 8*time.Hour))
}

func reSent(w *weekWriter) {
	dated := w.newHost("log-1", debian12)
	undated := w.newHost("log-2", ubuntu2404)
	hosts := []*host{dated, undated}
	people := w.newPeople(8, homes, hosts)
	people[7].key = ""
	w.workAll(people)
	w.public(hosts...)
	w.planted(people[0])
	again := w.dayOf(4).Add(11 * time.Hour)
	w.sendAgain(dated, again, true)
	w.sendAgain(undated, again.Add(time.Hour), false)
}

// sendAgain reads a host's whole file again. An agent that is told the format
// of times sends them along, and CloudWatch Logs refuses what is older than 14
// days (PutLogEvents); another gives its own.
func (w *weekWriter) sendAgain(h *host, at time.Time, dated bool) {
	for _, l := range w.week.Lines {
		if l.Host != h.name || !l.Read.Before(at) || dated && at.Sub(l.Read) > 14*day {
			continue
		}
		w.seq++
		// The whole file in three minutes, in its order.
		l.Read, l.Seq = at.Add(l.Read.Sub(w.week.From)/10_000), w.seq
		if !dated {
			l.Stamped = l.Read.Truncate(time.Millisecond)
		}
		w.week.Lines = append(w.week.Lines, l)
	}
}

func twoAccounts(w *weekWriter) {
	ours, theirs := w.newHosts("app", 2), w.newHosts("app", 2)
	for _, h := range theirs {
		h.account = "444455556666"
	}
	people := w.newPeople(6, homes, ours)
	people[5].key = ""
	w.workAll(people)
	w.workAll([]*person{{name: "deploy", key: newKey(w.Rand), from: v4(10, 0, 0, 10), hosts: theirs}})
	w.public(ours...)
	w.public(theirs...)
	for _, d := range w.days() {
		at := w.within(d.Add(9*time.Hour), 6*time.Hour)
		// Failures there, the login here; never five of either kind of
		// attempt in ten minutes, which would be guessing.
		for i := range 6 {
			theirs[0].connect(at.Add(time.Duration(i)*4*time.Minute), people[5].from, people[5].name).wrongPassword().leave("authenticating")
		}
		w.byPassword(people[5], ours[0], at.Add(30*time.Minute), time.Minute)
		// Refusals there, of somebody who is known here.
		for i := range 2 {
			theirs[1].connect(at.Add(time.Duration(i)*time.Minute), people[1].from, "").noCommon("host key type", "ssh-rsa,ssh-dss")
		}
	}
	w.planted(people[0])
}

func clockChange(w *weekWriter) {
	hosts := []*host{w.newHost("ber-1", amazonLinux2), w.newHost("ber-2", amazonLinux2023), w.newHost("ber-3", amazonLinux2)}
	for _, h := range hosts {
		h.clock = berlin
	}
	// Two agents read stamps as local time, and take the hour that comes twice
	// for the first; the third gives its own time.
	for _, h := range hosts[:2] {
		h.stamp = func(t time.Time) time.Time {
			if !t.Before(clocksBack) && t.Before(clocksBack.Add(time.Hour)) {
				return t.Add(-time.Hour)
			}
			return t
		}
	}
	people := w.newPeople(10, homes, hosts)
	people[9].key = ""
	w.workAll(people)
	for hour := range 4 { // a release in that night
		for _, p := range people {
			w.visit(p, w.within(clocksBack.Add(time.Duration(hour-2)*time.Hour), time.Hour))
		}
	}
	w.internet(clocksBack.Add(-12*time.Hour), 200, hosts...)
	w.public(hosts...)
	w.breakIn(hosts[0], people[0].name, w.stranger(), clocksBack.Add(5*time.Minute)) // within the hour that comes twice
	w.lockOut(people[0], w.within(w.dayOf(3).Add(9*time.Hour), 8*time.Hour))
}

// clocksBack is when central Europe's clocks go from 3:00 to 2:00 (directive
// 2000/84/EC: the last Sunday of October, 01:00 UTC).
var clocksBack = time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC)

// berlin is the time on a clock there; its zone is of no use, since these
// hosts do not print it.
func berlin(t time.Time) time.Time {
	if t.Before(clocksBack) {
		return t.Add(2 * time.Hour)
	}
	return t.Add(time.Hour)
}

func farFuture(w *weekWriter) {
	hosts := w.newHosts("app", 3)
	hosts[2].clock = func(t time.Time) time.Time { return t.AddDate(10, 0, 0) }
	people := w.newPeople(9, homes, hosts)
	w.workAll(people)
	w.public(hosts...)
	w.planted(people[0])
}

func storm(w *weekWriter) {
	hosts := w.newHosts("www", 2)
	people := w.newPeople(6, homes, hosts)
	w.workAll(people)
	w.public(hosts...)
	w.planted(people[0])
	for i := range w.thin(400, 60) {
		a := [16]byte{0x20, 0x01, 0x0d, 0xb8, 0xf0, 0x0d, byte(i >> 8), byte(i), 15: byte(1 + w.IntN(250))}
		w.guess(hosts[w.IntN(2)], w.within(w.dayOf(3).Add(13*time.Hour), 2*time.Hour), netip.AddrFrom16(a), 5+w.IntN(3))
	}
}

func stopped(w *weekWriter) {
	hosts := w.newHosts("app", 4)
	people := w.newPeople(6, homes, hosts[:2])
	w.workAll(people)
	w.public(hosts[:2]...)
	for _, d := range w.days() {
		for _, h := range hosts {
			h.cron(d, time.Hour)
		}
	}
	w.silence(hosts[2], w.within(w.dayOf(2).Add(8*time.Hour), 8*time.Hour), w.week.To)
	w.silence(hosts[3], w.week.From, w.week.Begin.Add(-7*day))
	w.silence(hosts[3], w.week.Begin.Add(-2*day), w.week.To)
	w.planted(people[0])
}

// silence takes the lines of a host away.
func (w *weekWriter) silence(h *host, from, to time.Time) {
	w.week.Lines = slices.DeleteFunc(w.week.Lines, func(l Line) bool {
		return l.Host == h.name && !l.Read.Before(from) && l.Read.Before(to)
	})
}

// public gives hosts what every host with a public address has: cron jobs, a
// reload of sshd in the night, and the internet.
func (w *weekWriter) public(hosts ...*host) {
	every := time.Duration(min(1+w.size/20, 6)) * time.Hour
	for _, d := range w.days() {
		for _, h := range hosts {
			h.cron(d, every)
			h.reload(w.within(d.Add(3*time.Hour), time.Hour))
		}
	}
	w.internetAll(120, hosts...)
}
