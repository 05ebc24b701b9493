package sshd

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"sshsieve/internal/sshdtest"
	"sshsieve/internal/syslog"
)

// A joinCase is a batch and, for each of its lines, what the line's connection
// says in all: "ADDR PORT USER [exists|invalid] [in]", "none" for no connection.
type joinCase struct {
	why   string
	lines string // of "SECONDS HOST PROGRAM[PID]: MESSAGE"
	want  []string
}

var joinCases = []joinCase{
	{"a refused signature learns its user and address from the close",
		`1 web sshd[7]: userauth_pubkey: signature algorithm ssh-rsa not in PubkeyAcceptedAlgorithms [preauth]
		 2 web sshd[7]: Connection closed by authenticating user alice 192.0.2.7 port 4242 [preauth]`,
		[]string{"192.0.2.7 4242 alice exists", "192.0.2.7 4242 alice exists"}},
	{"a negotiation of 6.7 learns its address from VERBOSE's first line",
		`1 web sshd[7]: Connection from 192.0.2.7 port 4242
		 2 web sshd[7]: fatal: no matching cipher found: client 3des-cbc server aes128-ctr [preauth]`,
		[]string{"192.0.2.7 4242 ", "192.0.2.7 4242 "}},
	{"a pid is used again after its connection closed",
		`1 web sshd[7]: Failed password for root from 192.0.2.7 port 4242 ssh2
		 2 web sshd[7]: Connection closed by authenticating user root 192.0.2.7 port 4242 [preauth]
		 9 web sshd[7]: Accepted password for alice from 198.51.100.9 port 50000 ssh2`,
		[]string{"192.0.2.7 4242 root exists", "192.0.2.7 4242 root exists", "198.51.100.9 50000 alice exists in"}},
	{"and so by the same peer, from another port",
		`1 web sshd[7]: Connection closed by 192.0.2.7 port 4242 [preauth]
		 9 web sshd[7]: Accepted password for alice from 192.0.2.7 port 4243 ssh2`,
		[]string{"192.0.2.7 4242 ", "192.0.2.7 4243 alice exists in"}},
	{"a pid is used again after ten minutes of silence",
		`1 web sshd[7]: Failed password for root from 192.0.2.7 port 4242 ssh2
		 602 web sshd[7]: Bad packet length 1349676916. [preauth]`,
		[]string{"192.0.2.7 4242 root exists", " 0 "}},
	{"ten minutes are counted from the last line, not from the first",
		`1 web sshd[7]: Failed password for root from 192.0.2.7 port 4242 ssh2
		 500 web sshd[7]: Bad packet length 1349676916. [preauth]
		 1000 web sshd[7]: Bad packet length 1349676916. [preauth]`,
		[]string{"192.0.2.7 4242 root exists", "192.0.2.7 4242 root exists", "192.0.2.7 4242 root exists"}},
	{"two hosts have a process of one number",
		`1 web sshd[7]: Failed password for root from 192.0.2.7 port 4242 ssh2
		 1 db sshd[7]: Bad packet length 1349676916. [preauth]`,
		[]string{"192.0.2.7 4242 root exists", " 0 "}},
	{"the listener's lines belong to no connection, whatever its pid was before",
		`1 web sshd[7]: Server listening on 0.0.0.0 port 22.
		 2 web sshd[7]: Timeout before authentication for connection from 192.0.2.7 to 198.51.100.1, pid = 8
		 3 web sshd[7]: drop connection #0 from [192.0.2.9]:4243 on [198.51.100.1]:22 penalty: failed authentication
		 4 web sshd[7]: srclimit_penalise: 192.0.2.7/32: activating ipv4 penalty of 18.973 seconds for penalty: failed authentication`,
		[]string{"none", "none", "none", "none"}},
	{"lines without a pid cannot be joined",
		`1 web sshd: Failed password for root from 192.0.2.7 port 4242 ssh2
		 2 web sshd: Bad packet length 1349676916. [preauth]`,
		[]string{"none", "none"}},
	{"another program's line has no connection, whatever its pid",
		`1 web sshd[7]: Failed password for root from 192.0.2.7 port 4242 ssh2
		 2 web cron[7]: pam_unix(cron:session): session opened for user alice by (uid=0)`,
		[]string{"192.0.2.7 4242 root exists", "none"}},
	{"PAM's summary comes after the close",
		`1 web sshd[7]: Failed password for root from 192.0.2.7 port 4242 ssh2
		 2 web sshd[7]: Disconnected from authenticating user root 192.0.2.7 port 4242 [preauth]
		 3 web sshd[7]: PAM 2 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.7  user=root
		 3 web sshd[7]: PAM service(sshd) ignoring max retries; 3 > 3`,
		slices.Repeat([]string{"192.0.2.7 4242 root exists"}, 4)},
	{"a session's end comes after the disconnect",
		`1 web sshd[7]: Accepted password for alice from 192.0.2.7 port 4242 ssh2
		 2 web sshd[7]: Disconnected from user alice 192.0.2.7 port 4242
		 3 web sshd[7]: pam_unix(sshd:session): session closed for user alice`,
		slices.Repeat([]string{"192.0.2.7 4242 alice exists in"}, 3)},
	{"the failure of the next connection comes before the close of the last",
		`1 web sshd[7]: Failed password for root from 192.0.2.7 port 4242 ssh2
		 2 web sshd[8]: Failed password for admin from 192.0.2.7 port 4243 ssh2
		 2 web sshd[7]: Connection closed by 192.0.2.7 port 4242 [preauth]
		 3 web sshd[8]: Connection closed by 192.0.2.7 port 4243 [preauth]`,
		[]string{"192.0.2.7 4242 root exists", "192.0.2.7 4243 admin exists", "192.0.2.7 4242 root exists", "192.0.2.7 4243 admin exists"}},
	{"a line that no row knows still belongs to its connection",
		`1 web sshd[7]: Failed password for root from 192.0.2.7 port 4242 ssh2
		 2 web sshd[7]: something that no release has said`,
		[]string{"192.0.2.7 4242 root exists", "192.0.2.7 4242 root exists"}},
	{"AllowUsers hides an account: what is said of it first holds",
		`1 web sshd[7]: User alice from 192.0.2.7 not allowed because not listed in AllowUsers
		 2 web sshd[7]: Connection closed by invalid user alice 192.0.2.7 port 4242 [preauth]`,
		[]string{"192.0.2.7 4242 alice exists", "192.0.2.7 4242 alice exists"}},
	{"an empty name is a name",
		`1 web sshd[7]: Invalid user  from 192.0.2.7 port 4242
		 2 web sshd[7]: Connection closed by 192.0.2.7 port 4242 [preauth]`,
		[]string{`192.0.2.7 4242 "" invalid`, `192.0.2.7 4242 "" invalid`}},
	{"a partial success and a postponed one are no login",
		`1 web sshd[7]: Partial publickey for alice from 192.0.2.7 port 4242 ssh2: ED25519 SHA256:T4yOhvf3l0C2sEeMXWxVJWrZ9wEb6jvqJ0xVq3y1mWc
		 2 web sshd[7]: Postponed keyboard-interactive/pam for alice from 192.0.2.7 port 4242 ssh2 [preauth]
		 3 web sshd[7]: Accepted google_authenticator for alice`,
		slices.Repeat([]string{"192.0.2.7 4242 alice exists"}, 3)},
}

// parseBatch reads lines of "SECONDS HOST TAG: MESSAGE", the time since noon.
func parseBatch(lines string) []syslog.Record {
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	var records []syslog.Record
	for line := range strings.Lines(lines) {
		seconds, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		age := must(time.ParseDuration(seconds + "s"))
		records = append(records, syslog.Parse(noon.Add(age).Format(time.RFC3339)+" "+rest))
	}
	return records
}

func TestJoin(t *testing.T) {
	for _, c := range joinCases {
		t.Run(c.why, func(t *testing.T) {
			records := parseBatch(c.lines)
			for i, e := range new(Reader).Read(records) {
				if got := saysOf(e.Conn); got != c.want[i] {
					t.Errorf("connection %q, want %q: %s", got, c.want[i], records[i].Message)
				}
			}
		})
	}
}

// saysOf writes what a connection says, as joinCase does.
func saysOf(c *Conn) string {
	if c == nil {
		return "none"
	}
	says := ""
	if c.Addr.IsValid() {
		says = c.Addr.String()
	}
	user := c.User
	if c.HasUser && user == "" {
		user = `""`
	}
	says += fmt.Sprintf(" %d %s", c.Port, user)
	return says + [...]string{Unsaid: "", Exists: " exists", Invalid: " invalid"}[c.Existence] + map[bool]string{true: " in"}[c.LoggedIn]
}

// From 9.8 on one wording serves for connections that never logged in and for
// those that did: only the lines before tell which it was.
func TestClosedAfterLogin(t *testing.T) {
	for _, c := range []struct {
		why, lines string
		want       []Category
	}{
		{"nobody logged in", "1 web sshd-session[7]: Connection closed by 192.0.2.7 port 4242", []Category{Disconnect}},
		{"alice was in", `1 web sshd-session[7]: Accepted password for alice from 192.0.2.7 port 4242 ssh2
			2 web sshd-session[7]: Connection closed by 192.0.2.7 port 4242`, []Category{Accepted, Session}},
		{"alice was in and the line was lost", `1 web sshd-session[7]: Accepted password for alice from 192.0.2.7 port 4242 ssh2
			2 web sshd-session[7]: Connection reset by 192.0.2.7 port 4242`, []Category{Accepted, Session}},
		{"another connection of alice was in", `1 web sshd-session[7]: Accepted password for alice from 192.0.2.7 port 4242 ssh2
			2 web sshd-session[8]: Connection closed by 192.0.2.7 port 4243`, []Category{Accepted, Disconnect}},
		{"the suffix says before login", `1 web sshd-session[7]: Accepted password for alice from 192.0.2.7 port 4242 ssh2
			2 web sshd-session[7]: Connection closed by 192.0.2.7 port 4242 [preauth]`, []Category{Accepted, Disconnect}},
		{"a failure is no login", `1 web sshd-session[7]: Failed password for alice from 192.0.2.7 port 4242 ssh2
			2 web sshd-session[7]: Connection closed by 192.0.2.7 port 4242`, []Category{FailedPassword, Disconnect}},
	} {
		for i, e := range new(Reader).Read(parseBatch(c.lines)) {
			if e.Category != c.want[i] {
				t.Errorf("%s: %s, want %s: %s", c.why, e.Category, c.want[i], e.Record.Message)
			}
		}
	}
}

func TestDisagrees(t *testing.T) {
	for _, c := range []struct {
		why, lines string
		want       []bool
	}{
		{"one address throughout", `1 web sshd[7]: Invalid user x from 192.0.2.7 port 4242
			2 web sshd[7]: Failed password for invalid user x from 192.0.2.7 port 4242 ssh2`, []bool{false, false}},
		{"somebody without sshd's escaping wrote another", `1 web sshd[7]: Invalid user x from 192.0.2.7 port 4242
			2 web sshd[7]: Accepted password for root from 203.0.113.66 port 22 ssh2`, []bool{false, true}},
		{"a line without address cannot disagree", `1 web sshd[7]: Invalid user x from 192.0.2.7 port 4242
			2 web sshd[7]: Bad packet length 7. [preauth]`, []bool{false, false}},
		{"IPv4 in IPv6 is the same address", `1 web sshd[7]: Invalid user x from ::ffff:192.0.2.7 port 4242
			2 web sshd[7]: Failed password for invalid user x from 192.0.2.7 port 4242 ssh2`, []bool{false, false}},
		{"the address of a resolver's name is the peer's", `1 web sshd[7]: Address 192.0.2.7 maps to x, but this does not map back to the address.
			2 web sshd[7]: Invalid user x from 192.0.2.7 port 4242`, []bool{false, false}},
	} {
		for i, e := range new(Reader).Read(parseBatch(c.lines)) {
			if e.Disagrees != c.want[i] {
				t.Errorf("%s: %t, want %t: %s", c.why, e.Disagrees, c.want[i], e.Record.Message)
			}
		}
	}
}

func TestSameUser(t *testing.T) {
	long := strings.Repeat("n", 190)
	for _, c := range []struct {
		why, a, b string
		want      bool
	}{
		{"the same", "alice", "alice", true},
		{"another", "alice", "alicia", false},
		{"case counts", "alice", "Alice", false},
		{"escaped once and twice", `\303\251lo\303\257se`, `\\303\\251lo\\303\\257se`, true},
		{"a backslash of the name, once and twice", `a\\b`, `a\\\\b`, true},
		{"cut at 100 and at 190 bytes", long[:100], long, true},
		{"too short to have been cut", long[:99], long, false},
		{"cut, and another", long[:99] + "x", long, false},
		{"empty names are one", "", "", true},
		{"an empty name is nobody's beginning", "", "alice", false},
		{"a short one neither", "al", "alice", false},
		{"blanks count", "alice", "alice ", false},
	} {
		if got := SameUser(c.a, c.b); got != c.want {
			t.Errorf("%s: SameUser(%q, %q) = %t", c.why, c.a, c.b, got)
		}
		if got := SameUser(c.b, c.a); got != c.want {
			t.Errorf("%s: SameUser(%q, %q) = %t", c.why, c.b, c.a, got)
		}
	}
}

// mixedTalks are the connections of a mixed log, each with its own pid.
func mixedTalks(n int) [][]syslog.Record {
	var talks [][]syslog.Record
	byPID := map[int]int{}
	for _, line := range sshdtest.Mix(n, 5) {
		r := syslog.Parse(line)
		if r.Program == "CRON" || r.PID == 0 {
			continue
		}
		i, ok := byPID[r.PID]
		if !ok {
			i = len(talks)
			byPID[r.PID] = i
			talks = append(talks, nil)
		}
		r.Time = time.Date(2026, 11, 22, 12, 0, len(talks[i]), 0, time.UTC)
		talks[i] = append(talks[i], r)
	}
	return talks
}

// weave mixes the lines of some connections, each in its own order.
func weave(rnd *rand.Rand, talks [][]syslog.Record) (records []syslog.Record, of []int) {
	next := make([]int, len(talks))
	for {
		var left []int
		for i := range talks {
			if next[i] < len(talks[i]) {
				left = append(left, i)
			}
		}
		if left == nil {
			return records, of
		}
		i := left[rnd.IntN(len(left))]
		records, of = append(records, talks[i][next[i]]), append(of, i)
		next[i]++
	}
}

// Each line is read the same whichever other connections' lines stand between.
func TestConnectionsDoNotTouch(t *testing.T) {
	rnd := rand.New(rand.NewPCG(11, 12))
	talks := mixedTalks(600)
	for range 200 {
		some := make([][]syslog.Record, 2+rnd.IntN(4))
		for i, n := range rnd.Perm(len(talks))[:len(some)] {
			some[i] = talks[n]
		}
		alone := make([][]string, len(some))
		for i := range some {
			alone[i] = describeAll(new(Reader).Read(some[i]))
		}
		records, of := weave(rnd, some)
		for i, got := range describeAll(new(Reader).Read(records)) {
			want := alone[of[i]][0]
			alone[of[i]] = alone[of[i]][1:]
			if got != want {
				t.Fatalf("mixed with others: %s\nalone:             %s\n%s", got, want, records[i].Message)
			}
		}
	}
}

func describeAll(events []Event) []string {
	all := make([]string, len(events))
	for i := range events {
		all[i] = describe(&events[i])
	}
	return all
}

// A Reader remembers nothing of the batch before: nothing is joined across
// batches.
func TestReaderForgets(t *testing.T) {
	var r Reader
	records := mixRecords(2000)
	first := describeAll(r.Read(records))
	r.Read(records[1000:])
	if second := describeAll(r.Read(records)); !slices.Equal(first, second) {
		t.Error("the same batch reads otherwise after another one")
	}
	login := parseBatch("1 web sshd-session[7]: Accepted password for alice from 192.0.2.7 port 4242 ssh2")
	r.Read(login)
	closing := r.Read(parseBatch("2 web sshd-session[7]: Connection closed by 192.0.2.7 port 4242"))[0]
	if closing.Category != Disconnect || closing.Conn.LoggedIn {
		t.Errorf("%s: joined across batches", describe(&closing))
	}
}
