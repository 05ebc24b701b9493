package sshdtest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Mix writes n lines of a log as an internet-facing host has it, 95 % of them
// noise, in the words of all eras and in RFC 3164 and ISO 8601 headers; the
// same seed gives the same lines. Addresses are of 198.18.0.0/15 and
// 2001:db8::/32, which nobody has (RFC 2544, RFC 3849).
func Mix(n int, seed uint64) []string {
	m := mixer{Rand: rand.New(rand.NewPCG(seed, 0)), at: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}
	lines := make([]string, 0, n+8)
	for len(lines) < n {
		lines = append(lines, m.connection()...)
	}
	return lines[:n]
}

type mixer struct {
	*rand.Rand
	at time.Time
}

// mixTalks are what one connection leaves, with A the address, P the port, U a
// user, N a number and K a key; weights are in hundredths.
var mixTalks = []struct {
	weight int
	lines  string
}{
	{30, "Failed password for root from A port P ssh2\nReceived disconnect from A port P:11: Bye Bye [preauth]\nDisconnected from authenticating user root A port P [preauth]"},
	{24, "Invalid user U from A port P\nFailed password for invalid user U from A port P ssh2\nConnection closed by invalid user U A port P [preauth]"},
	{6, "Invalid user U from A\ninput_userauth_request: invalid user U [preauth]\npam_unix(sshd:auth): check pass; user unknown\npam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=A \nFailed password for invalid user U from A port P ssh2\nReceived disconnect from A: 11: Bye Bye [preauth]"},
	{4, "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=A  user=root\nFailed password for root from A port P ssh2\nmessage repeated 2 times: [ Failed password for root from A port P ssh2]\nerror: maximum authentication attempts exceeded for root from A port P ssh2 [preauth]\nDisconnecting: Too many authentication failures [preauth]\nPAM 2 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=A  user=root\nPAM service(sshd) ignoring max retries; 3 > 3"},
	{8, "error: kex_exchange_identification: Connection closed by remote host\nConnection closed by A port P"},
	{4, "Did not receive identification string from A port P"},
	{4, "Unable to negotiate with A port P: no matching key exchange method found. Their offer: diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha1,diffie-hellman-group1-sha1 [preauth]"},
	{3, "banner exchange: Connection from A port P: invalid format"},
	{2, "Bad protocol version identification 'GET / HTTP/1.1' from A port P"},
	{2, "ssh_dispatch_run_fatal: Connection from A port P: message authentication code incorrect [preauth]"},
	{2, "fatal: Timeout before authentication for A port P"},
	{2, "Connection reset by authenticating user root A port P [preauth]"},
	{2, "drop connection #N from [A]:P on [198.18.255.1]:22 penalty: failed authentication"},
	{1, "userauth_pubkey: signature algorithm ssh-rsa not in PubkeyAcceptedAlgorithms [preauth]\nConnection closed by authenticating user alice A port P [preauth]"},
	{1, "reverse mapping checking getaddrinfo for host-N.example.net [A] failed - POSSIBLE BREAK-IN ATTEMPT!"},
	{5, "Accepted publickey for alice from A port P ssh2: ED25519 SHA256:K\npam_unix(sshd:session): session opened for user alice(uid=1000) by (uid=0)\nReceived disconnect from A port P:11: disconnected by user\nDisconnected from user alice A port P\npam_unix(sshd:session): session closed for user alice"},
}

var mixUsers = []string{"admin", "test", "oracle", "postgres", "ubuntu", "git", "user", "ftpuser", "support", "pi"}

// connection writes the lines of one connection, or another program's line.
func (m *mixer) connection() []string {
	host, pid := "web-1", 1000+m.IntN(60000)
	iso := m.IntN(2) == 0
	if m.IntN(25) == 0 {
		return []string{m.header(host, fmt.Sprintf("CRON[%d]", pid), iso) + "pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)"}
	}
	program := "sshd"
	if m.IntN(3) == 0 {
		program = "sshd-session"
	}
	fill := strings.NewReplacer("A", m.addr(), "P", fmt.Sprint(1025+m.IntN(60000)), "U", mixUsers[m.IntN(len(mixUsers))],
		"N", fmt.Sprint(m.IntN(100)), "K", strings.Repeat("fQ7zYb3", 6)+"0")
	var lines []string
	for text := range strings.SplitSeq(m.talk(), "\n") {
		lines = append(lines, m.header(host, fmt.Sprintf("%s[%d]", program, pid), iso)+fillWords(fill, text))
	}
	return lines
}

// fillWords replaces the letters that stand for something, which are words of
// their own or stand between signs.
func fillWords(fill *strings.Replacer, text string) string {
	words := strings.Split(text, " ")
	for i, w := range words {
		if strings.Trim(w, "APUNK[]:;,#=.") == "" || strings.HasPrefix(w, "rhost=") || strings.HasPrefix(w, "SHA256:") ||
			strings.HasPrefix(w, "P:") || strings.HasPrefix(w, "host-N") {
			prefix := ""
			if after, ok := strings.CutPrefix(w, "SHA256:"); ok {
				prefix, w = "SHA256:", after
			}
			words[i] = prefix + fill.Replace(w)
		}
	}
	return strings.Join(words, " ")
}

func (m *mixer) talk() string {
	pick := m.IntN(100)
	for _, t := range mixTalks {
		if pick -= t.weight; pick < 0 {
			return t.lines
		}
	}
	return mixTalks[0].lines
}

func (m *mixer) addr() string {
	if m.IntN(10) == 0 {
		return fmt.Sprintf("2001:db8:%x::%x", m.IntN(4096), 1+m.IntN(65535))
	}
	return fmt.Sprintf("198.%d.%d.%d", 18+m.IntN(2), m.IntN(256), m.IntN(256))
}

// header writes what syslogd or rsyslog put before the message.
func (m *mixer) header(host, tag string, iso bool) string {
	m.at = m.at.Add(time.Duration(m.IntN(4000)) * time.Millisecond)
	if iso {
		return m.at.Format("2006-01-02T15:04:05.000000-07:00") + " " + host + " " + tag + ": "
	}
	return m.at.Format(time.Stamp) + " " + host + " " + tag + ": "
}
