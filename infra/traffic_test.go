package infra

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"sshsieve/internal/syslog"
)

// A fleet is what is billed: hosts on the internet, and what reaches them.
type fleet struct {
	name string
	// hosts are played, and the fleet is so many times as large: strangers meet
	// each of its hosts alike, so what is done for each batch is the same.
	hosts, times int
	// Per host and day: password attempts, connections of scanners, logins.
	attempts, scans, logins int
	// sources is how many addresses the strangers have, for the hosts played:
	// most of them try many hosts.
	sources int
	// warm is played before span, which is counted and stands for the month.
	warm, span time.Duration
}

// fleets: what an ordinary public host gets in a day is a few thousand attempts
// from some hundred addresses. The attack is ten times that on each of 500 hosts,
// all month, from 20,000 addresses.
var fleets = []fleet{
	{"3 hosts", 3, 1, 2000, 200, 20, 300, 6 * time.Hour, 24 * time.Hour},
	{"500 hosts", 50, 10, 2000, 200, 20, 300, 2 * time.Hour, 2 * time.Hour},
	{"500 under attack", 50, 10, 20_000, 200, 20, 2000, 30 * time.Minute, 30 * time.Minute},
}

// begin is when the played time begins: a Friday morning.
var begin = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)

// flush is how long an agent gathers a stream's lines: the CloudWatch agent's
// force_flush_interval is 5 seconds. CloudWatch Logs hands on what it got, so
// that more than this in one batch is luck.
const flush = 5 * time.Second

// A said is a line with its time and host, and the message in it.
type said struct {
	at            time.Time
	host          int
	text, message string
}

// A talk writes the lines of a fleet.
type talk struct {
	*rand.Rand
	fleet
	lines []said
}

// newTalk is the same talk each time.
func newTalk(f fleet) *talk {
	t := &talk{Rand: rand.New(rand.NewPCG(1, 2)), fleet: f}
	for host := range f.hosts {
		t.each(f.attempts, func(at time.Time) { t.attempt(host, at) })
		t.each(f.scans, func(at time.Time) { t.scan(host, at) })
		t.each(f.logins, func(at time.Time) { t.login(host, at) })
	}
	slices.SortStableFunc(t.lines, func(a, b said) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.host, b.host))
	})
	return t
}

// each calls do at as many random times as fall into the played time.
func (t *talk) each(perDay int, do func(at time.Time)) {
	played := t.warm + t.span
	expected := float64(perDay) * played.Hours() / 24
	n := int(expected)
	if t.Float64() < expected-float64(n) {
		n++
	}
	for range n {
		do(begin.Add(time.Duration(t.Int64N(int64(played)))))
	}
}

// stranger is one of the fleet's sources, by number: of the nets for benchmarks
// (RFC 2544), since those for documentation have too few.
func (t *talk) stranger() string {
	n := t.IntN(t.sources)
	return fmt.Sprintf("198.%d.%d.%d", 18+n>>16&1, n>>8&255, n&255)
}

func (t *talk) say(host int, at time.Time, texts ...string) {
	pid := 1000 + t.IntN(30_000)
	for _, text := range texts {
		at = at.Add(time.Duration(t.IntN(500)) * time.Millisecond)
		stamp := at.Format(time.Stamp)
		t.lines = append(t.lines, said{at, host, fmt.Sprintf("%s web-%d sshd[%d]: %s", stamp, host, pid, text), text})
	}
}

func (t *talk) attempt(host int, at time.Time) {
	peer := fmt.Sprintf("%s port %d", t.stranger(), 30_000+t.IntN(30_000))
	if t.IntN(2) == 0 {
		t.say(host, at, "Failed password for root from "+peer+" ssh2",
			"Received disconnect from "+peer+":11: Bye Bye [preauth]", "Disconnected from authenticating user root "+peer+" [preauth]")
		return
	}
	name := []string{"admin", "test", "oracle", "postgres", "ubuntu", "git"}[t.IntN(6)]
	t.say(host, at, "Invalid user "+name+" from "+peer, "Failed password for invalid user "+name+" from "+peer+" ssh2",
		"Received disconnect from "+peer+":11: Bye Bye [preauth]", "Disconnected from invalid user "+name+" "+peer+" [preauth]")
}

func (t *talk) scan(host int, at time.Time) {
	peer := fmt.Sprintf("%s port %d", t.stranger(), 30_000+t.IntN(30_000))
	switch t.IntN(4) {
	case 0:
		t.say(host, at, "Unable to negotiate with "+peer+": no matching host key type found. Their offer: ssh-dss [preauth]")
	case 1:
		t.say(host, at, "Bad protocol version identification 'GET / HTTP/1.1' from "+peer)
	default:
		t.say(host, at, "Connection closed by "+peer+" [preauth]")
	}
}

func (t *talk) login(host int, at time.Time) {
	who := t.IntN(10)
	peer := fmt.Sprintf("192.0.2.%d port %d", 10+who, 30_000+t.IntN(30_000))
	name := fmt.Sprintf("user%d", who)
	t.say(host, at, fmt.Sprintf("Accepted publickey for %s from %s ssh2: ED25519 SHA256:%043d", name, peer, who),
		"pam_unix(sshd:session): session opened for user "+name+"(uid=1000) by (uid=0)",
		"pam_unix(sshd:session): session closed for user "+name)
}

// batches cuts the lines as an agent and CloudWatch Logs do, in the order in
// which they arrive.
func (t *talk) batches() [][]said {
	var list [][]said
	open := map[int]int{} // the batch that a host's next line may join
	for _, l := range t.lines {
		i, ok := open[l.host]
		if !ok || l.at.Sub(list[i][0].at) >= flush {
			i = len(list)
			open[l.host] = i
			list = append(list, nil)
		}
		list[i] = append(list[i], l)
	}
	return list
}

// records are a batch's lines without their envelopes.
func records(batch []said) []syslog.Record {
	list := make([]syslog.Record, len(batch))
	for i, l := range batch {
		list[i] = syslog.Parse(l.text)
		syslog.Arrival(&list[i], l.at)
	}
	return list
}
