package watchtest

import (
	"fmt"
	"net/netip"
	"time"
)

// An era is a release of sshd as a distribution ships it: what changes in the
// words that it uses.
type era struct {
	name string
	// program writes the lines of a connection: from 9.8 on the listener is
	// another program (OpenSSH sshd-session.c).
	program string
	// iso stamps are rsyslog's default since Debian 12; others are RFC 3164's,
	// which have neither year nor zone.
	iso bool
	// named: disconnects name the user (7.5, packet.c sshpkt_fmt_connection_id).
	named bool
	// uid: pam_unix prints "alice(uid=1000)" (Linux-PAM 1.5).
	uid bool
	// refusal is how a signature with SHA-1 is refused (auth2-pubkey.c
	// userauth_pubkey); empty where it is taken.
	refusal string
	// banner are the lines of a peer that connects and leaves (kex.c
	// kex_exchange_identification), A and P standing for it.
	banner []string
}

var (
	amazonLinux2 = era{name: "7.4", program: "sshd",
		banner: []string{"Did not receive identification string from %[1]s port %[2]d"}}
	amazonLinux2023 = era{name: "8.7", program: "sshd", named: true, uid: true,
		refusal: "userauth_pubkey: key type ssh-rsa not in PubkeyAcceptedAlgorithms [preauth]",
		banner:  []string{"error: kex_exchange_identification: Connection closed by remote host", "Connection closed by %[1]s port %[2]d"}}
	debian12 = era{name: "9.2", program: "sshd", iso: true, named: true, uid: true,
		refusal: "userauth_pubkey: signature algorithm ssh-rsa not in PubkeyAcceptedAlgorithms [preauth]",
		banner:  []string{"error: kex_exchange_identification: Connection closed by remote host", "Connection closed by %[1]s port %[2]d"}}
	ubuntu2404 = era{name: "9.6", program: "sshd", iso: true, named: true, uid: true,
		refusal: "userauth_pubkey: signature algorithm ssh-rsa not in PubkeyAcceptedAlgorithms [preauth]",
		banner:  []string{"Connection closed by %[1]s port %[2]d"}}
	debian13 = era{name: "10.0", program: "sshd-session", iso: true, named: true, uid: true,
		refusal: "userauth_pubkey: signature algorithm ssh-rsa not in PubkeyAcceptedAlgorithms [preauth]",
		banner:  []string{"Connection closed by %[1]s port %[2]d"}}
)

var eras = []era{debian12, amazonLinux2, ubuntu2404, amazonLinux2023, debian13}

// A host writes a log, and its agent reads it.
type host struct {
	*weekWriter
	era
	name, account string
	// daemon is the listener's pid, pid the last that was given.
	daemon, pid int
	// clock is what the host takes for the time, and stamp what the agent
	// gives CloudWatch Logs for a line of an instant.
	clock, stamp func(time.Time) time.Time
}

const ownAccount = "111122223333" // of the examples in the documentation of AWS

func (w *weekWriter) newHost(name string, e era) *host {
	same := func(t time.Time) time.Time { return t }
	return &host{weekWriter: w, era: e, name: name, account: ownAccount, daemon: 700 + w.IntN(300), pid: 1000 + w.IntN(9000), clock: same, stamp: same}
}

// newHosts makes n hosts, each of another era.
func (w *weekWriter) newHosts(prefix string, n int) []*host {
	hosts := make([]*host, n)
	for i := range hosts {
		hosts[i] = w.newHost(fmt.Sprintf("%s-%d", prefix, i+1), eras[i%len(eras)])
	}
	return hosts
}

// nextPID is that of a new process.
func (h *host) nextPID() int {
	h.pid += 1 + h.IntN(5)
	return h.pid
}

// write writes one line and returns its Seq.
func (h *host) write(at time.Time, tag, text string, l Line) int {
	h.seq++
	l.Seq, l.Account, l.Host = h.seq, h.account, h.name
	l.Read, l.Stamped = at, h.stamp(at).Truncate(time.Millisecond)
	l.Text = h.stampText(at) + " " + h.name + " " + tag + ": " + text
	h.week.Lines = append(h.week.Lines, l)
	return h.seq
}

// stampText is the time as the host's syslogd writes it.
func (h *host) stampText(at time.Time) string {
	if h.iso {
		return h.clock(at).Format("2006-01-02T15:04:05.000000-07:00")
	}
	return h.clock(at).Format(time.Stamp)
}

// other writes a line of another program.
func (h *host) other(at time.Time, tag, format string, args ...any) {
	h.write(at, tag, fmt.Sprintf(format, args...), Line{Foreign: true})
}

// listener writes a line of sshd's that belongs to no connection.
func (h *host) listener(at time.Time, pid int, text string) {
	h.write(at, fmt.Sprintf("sshd[%d]", pid), text, Line{})
}

// cron writes what cron leaves in a day: two lines each hour.
func (h *host) cron(midnight time.Time, every time.Duration) {
	for at := midnight.Add(17 * time.Minute); at.Before(midnight.Add(day)); at = at.Add(every) {
		tag := fmt.Sprintf("CRON[%d]", h.nextPID())
		h.other(at, tag, "pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)")
		h.other(h.within(at, 2*time.Second), tag, "pam_unix(cron:session): session closed for user root")
	}
}

// reload is what SIGHUP makes sshd say (sshd.c sighup_restart, listen_on_addrs).
func (h *host) reload(at time.Time) {
	h.listener(at, h.daemon, "Received SIGHUP; restarting.")
	at = at.Add(time.Duration(20+h.IntN(400)) * time.Millisecond)
	h.listener(at, h.daemon, "Server listening on 0.0.0.0 port 22.")
	h.listener(at.Add(time.Millisecond), h.daemon, "Server listening on :: port 22.")
}

// A peer is one connection, as its host sees it.
type peer struct {
	*host
	at   time.Time
	pid  int
	addr netip.Addr
	port int
	user string
	// said are the Seqs of its lines so far.
	said []int
}

// connect begins a connection; nothing is said at LogLevel INFO.
func (h *host) connect(at time.Time, addr netip.Addr, user string) *peer {
	return &peer{host: h, at: at, pid: h.nextPID(), addr: addr, port: 32768 + h.IntN(28000), user: user}
}

// say writes a line of the connection. In format, %[1]s is the address, %[2]d
// the port and %[3]s the user.
func (p *peer) say(format string) {
	text := fmt.Sprintf(format+"%[4]s", p.addr, p.port, p.user, "")
	p.said = append(p.said, p.write(p.at, fmt.Sprintf("%s[%d]", p.program, p.pid), text, Line{Addr: p.addr, User: p.user}))
	p.at = p.at.Add(time.Duration(1+p.IntN(40)) * time.Millisecond)
}

// after lets time pass on the connection.
func (p *peer) after(d time.Duration) *peer {
	p.at = p.at.Add(d)
	return p
}
