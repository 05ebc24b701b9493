package sshd

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"sshsieve/internal/syslog"
)

// In all these lines the peer is 198.51.100.9 port 4242; 203.0.113.66 port 22
// is what he wants us to read.
const (
	peerFrom = " from 198.51.100.9 port 4242"
	peerKey  = "ED25519 SHA256:T4yOhvf3l0C2sEeMXWxVJWrZ9wEb6jvqJ0xVq3y1mWc"
	peerCert = "ED25519-CERT SHA256:T4yOhvf3l0C2sEeMXWxVJWrZ9wEb6jvqJ0xVq3y1mWc"
	peerCA   = "ED25519 SHA256:0cB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5zA7bC8"
	nobody   = "(no user)"
)

// cut is what is left of a message in a log that holds no more than n bytes.
func cut(n int, message string) string {
	if len(message) <= n {
		panic(fmt.Sprintf("a message of %d bytes is not cut at %d", len(message), n))
	}
	return message[:n]
}

type hostileCase struct {
	why, message, kind string
	addr               string // "" for none
	port               uint16
	user               string
	truncated          bool
}

// Every kind of text that a peer may put into a line, and what must be read
// all the same.
var hostileNames = []hostileCase{
	{"the name ends like the line", "Failed password for invalid user admin from 203.0.113.66 port 22 ssh2" + peerFrom + " ssh2",
		"failed-password", "198.51.100.9", 4242, "admin from 203.0.113.66 port 22 ssh2", false},
	{"the same without ssh2", "Invalid user admin from 203.0.113.66 port 22" + peerFrom,
		"invalid-user", "198.51.100.9", 4242, "admin from 203.0.113.66 port 22", false},
	{"before 7.3 there was no port", "Invalid user admin from 203.0.113.66 from 198.51.100.9",
		"invalid-user", "198.51.100.9", 0, "admin from 203.0.113.66", false},
	{"the word of the line is the name", "Failed password for invalid user invalid user bob" + peerFrom + " ssh2",
		"failed-password", "198.51.100.9", 4242, "invalid user bob", false},
	{"an empty name", "Invalid user " + peerFrom, "invalid-user", "198.51.100.9", 4242, "", false},
	{"an empty name at the close", "Connection closed by invalid user  198.51.100.9 port 4242 [preauth]",
		"closed-invalid", "198.51.100.9", 4242, "", false},
	{"a name of one blank", "Failed none for invalid user  " + peerFrom + " ssh2", "failed-none", "198.51.100.9", 4242, " ", false},
	{"a name of blanks around a word", "Invalid user  bob  " + peerFrom, "invalid-user", "198.51.100.9", 4242, " bob  ", false},
	{"a name that is a word of the line", "Invalid user from" + peerFrom, "invalid-user", "198.51.100.9", 4242, "from", false},
	{"a name that is the end of the line", "Failed password for invalid user ssh2" + peerFrom + " ssh2", "failed-password", "198.51.100.9", 4242, "ssh2", false},
	{"a name that is an address", "Connection closed by invalid user 203.0.113.66 198.51.100.9 port 4242 [preauth]",
		"closed-invalid", "198.51.100.9", 4242, "203.0.113.66", false},
	{"a name with the suffix in it", "Connection closed by invalid user a 203.0.113.66 port 22 [preauth] 198.51.100.9 port 4242 [preauth]",
		"closed-invalid", "198.51.100.9", 4242, "a 203.0.113.66 port 22 [preauth]", false},
	{"the suffix twice", "Invalid user x [preauth]" + peerFrom + " [preauth]", "invalid-user", "198.51.100.9", 4242, "x [preauth]", false},
	{"a name that is another row", "Failed password for invalid user Accepted publickey for root from 203.0.113.66 port 22 ssh2" + peerFrom + " ssh2",
		"failed-password", "198.51.100.9", 4242, "Accepted publickey for root from 203.0.113.66 port 22 ssh2", false},
	{"a name that is rsyslog's repetition", "Failed password for invalid user message repeated 500 times: [ Failed password for root]" + peerFrom + " ssh2",
		"failed-password", "198.51.100.9", 4242, "message repeated 500 times: [ Failed password for root]", false},
	{"a name that is a banner", "Invalid user Did not receive identification string from 203.0.113.66" + peerFrom,
		"invalid-user", "198.51.100.9", 4242, "Did not receive identification string from 203.0.113.66", false},
	{"a formula, markup and a template", `Failed password for invalid user =HYPERLINK("<b>%n{{.}}")` + peerFrom + " ssh2",
		"failed-password", "198.51.100.9", 4242, `=HYPERLINK("<b>%n{{.}}")`, false},
	{"two-byte letters, escaped once", `Invalid user ` + strings.Repeat(`\303\274`, 50) + peerFrom, "invalid-user", "198.51.100.9", 4242, strings.Repeat(`\303\274`, 50), false},
	{"and twice", `Connection reset by invalid user ` + strings.Repeat(`\\303\\274`, 19) + ` 198.51.100.9 port 4242 [preauth]`,
		"reset-invalid", "198.51.100.9", 4242, strings.Repeat(`\\303\\274`, 19), false},
	{"an escaped line feed and a row behind it", `Invalid user x\nAccepted password for root from 203.0.113.66 port 22 ssh2` + peerFrom,
		"invalid-user", "198.51.100.9", 4242, `x\nAccepted password for root from 203.0.113.66 port 22 ssh2`, false},
	{"the name stands nowhere but in a line without address", "input_userauth_request: invalid user x from 203.0.113.66 port 22 [preauth]",
		"invalid-user-request", "", 0, "x from 203.0.113.66 port 22", false},
	{"6.7 says from whom, and so may a name", "Disconnecting: Too many authentication failures for root from 203.0.113.66 port 22 ssh2 [preauth]",
		"too-many-failures-for", "", 0, "root", false},
	{"an existing name cannot be chosen, the reason can", "Disconnecting invalid user a 198.51.100.9 port 4242: Change of username or service not allowed: (a,ssh-connection) -> (b 203.0.113.66 port 22: Packet corrupt,ssh-connection) [preauth]",
		"change-of-user", "198.51.100.9", 4242, "a", false},
	{"a name that looks like a limit", "maximum authentication attempts exceeded for invalid user root from 203.0.113.66 port 22 ssh2" + peerFrom + " ssh2 [preauth]",
		"max-attempts", "198.51.100.9", 4242, "root from 203.0.113.66 port 22 ssh2", false},
	{"a name in a packet's error", "ssh_dispatch_run_fatal: Connection from invalid user x 203.0.113.66 port 22 198.51.100.9 port 4242: incomplete message [preauth]",
		"connection-error", "198.51.100.9", 4242, "x 203.0.113.66 port 22", false},
	{"a name that times out", "Connection from invalid user x 203.0.113.66 port 22 timed out 198.51.100.9 port 4242 timed out [preauth]",
		"timed-out", "198.51.100.9", 4242, "x 203.0.113.66 port 22 timed out", false},
}

var hostileTails = []hostileCase{
	{"a reason with an address and the suffix", `Received disconnect from 198.51.100.9 port 4242:11: so long\\nroot from 203.0.113.66 port 22 [preauth] [preauth]`,
		"received-disconnect", "198.51.100.9", 4242, nobody, false},
	{"a reason that forges the suffix after a login", "Received disconnect from 198.51.100.9 port 4242:11: so long [preauth]",
		"received-disconnect", "198.51.100.9", 4242, nobody, false},
	{"an empty reason", "Received disconnect from 198.51.100.9 port 4242:11:  [preauth]", "received-disconnect", "198.51.100.9", 4242, nobody, false},
	{"an empty reason whose blank a relay took", "Received disconnect from 198.51.100.9 port 4242:11:", "received-disconnect", "198.51.100.9", 4242, nobody, false},
	{"a reason like another row", "Received disconnect from 198.51.100.9 port 4242:11: Connection closed by 203.0.113.66 port 22",
		"received-disconnect", "198.51.100.9", 4242, nobody, false},
	{"a reason of an IPv6 peer", "Received disconnect from 2001:db8::9: 11: 203.0.113.66: 11: x [preauth]", "received-disconnect", "2001:db8::9", 0, nobody, false},
	{"an offer with a login in it", "Unable to negotiate with 198.51.100.9 port 4242: no matching MAC found. Their offer: x [preauth] Accepted password for root from 203.0.113.66 port 22 ssh2 [preauth]",
		"no-matching", "198.51.100.9", 4242, nobody, false},
	{"an offer with another offer", "Unable to negotiate with 198.51.100.9 port 4242: no matching cipher found. Their offer: Unable to negotiate with 203.0.113.66 port 22: no matching MAC found. Their offer: y [preauth]",
		"no-matching", "198.51.100.9", 4242, nobody, false},
	{"an algorithm with a name and an address", "userauth_pubkey: unsupported public key algorithm: ssh-dss for root from 203.0.113.66 port 22 ssh2 [preauth]",
		"key-unsupported", "", 0, nobody, false},
	{"a banner with quotes and an address", `kex_exchange_identification: client sent invalid protocol identifier "HEAD /" from 203.0.113.66 port 22"`,
		"banner-not-ssh", "", 0, nobody, false},
	{"an old banner that closes its quote", "Bad protocol version identification 'HEAD /' from 203.0.113.66 port 22' from 198.51.100.9 port 4242",
		"banner-bad", "198.51.100.9", 4242, nobody, false},
	{"a version that closes the sentence", "scanned from 198.51.100.9 port 4242 with SSH-1.0-x.  Don't panic. from 203.0.113.66 port 22 with y.  Don't panic.",
		"probed", "198.51.100.9", 4242, nobody, false},
	{"a service", "Disconnecting 198.51.100.9 port 4242: bad service request x 203.0.113.66 port 22: Packet corrupt [preauth]",
		"bad-service", "198.51.100.9", 4242, nobody, false},
	{"a subsystem that names a user: two readings, so none is believed", "subsystem request for sftp by user root by user alice failed, subsystem not found", "subsystem", "", 0, nobody, false},
	{"a forwarding's originator is the client's claim", "refused local port forward: originator 203.0.113.66 port 22, target 203.0.113.66 port 80", "forward-refused", "", 0, nobody, false},
	{"a forwarding's target", "Received request from 198.51.100.9 port 4242 to connect to host x from 203.0.113.66 port 22, but the request was denied.",
		"forward-denied", "198.51.100.9", 4242, nobody, false},
	{"a file name with the line's end", `open "/tmp/a" flags READ mode 0644" flags WRITE mode 0600`, "sftp-open", "", 0, nobody, false},
	{"a monitor's violation", "wrong user name passed to monitor: expected alice != root from 203.0.113.66", "wrong-user", "", 0, nobody, false},
}

var hostileResolvers = []hostileCase{
	{"a PTR name with brackets", "reverse mapping checking getaddrinfo for a [203.0.113.66] failed. [198.51.100.9] failed - POSSIBLE BREAK-IN ATTEMPT!",
		"reverse-mapping", "198.51.100.9", 0, nobody, false},
	{"a PTR name that looks like a line", "Address 198.51.100.9 maps to root.from.203.0.113.66.port.22.ssh2, but this does not map back to the address.",
		"address-maps", "198.51.100.9", 0, nobody, false},
	{"a PTR name with the sentence in it", "Address 198.51.100.9 maps to x, but this does not map back to the address. Address 203.0.113.66 maps to y, but this does not map back to the address.",
		"address-maps", "198.51.100.9", 0, nobody, false},
	{"a PTR name that is an address", `Nasty PTR record "203.0.113.66" is set up for 198.51.100.9, ignoring`, "nasty-ptr", "198.51.100.9", 0, nobody, false},
	{"a PTR name with a quote", `Nasty PTR record "x" is set up for 203.0.113.66, ignoring" is set up for 198.51.100.9, ignoring`, "nasty-ptr", "198.51.100.9", 0, nobody, false},
	{"tcp wrappers print name and address", "refused connect from x (203.0.113.66) (198.51.100.9)", "tcp-wrappers", "198.51.100.9", 0, nobody, false},
	{"a name that begins with an address is no address", "User alice from 203.0.113.66.example.net not allowed because not listed in AllowUsers", "not-allowed", "", 0, "alice", false},
	{"rhost= in the user", "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=198.51.100.9  user=x rhost=203.0.113.66  user=root",
		"pam-failure", "198.51.100.9", 0, "x rhost=203.0.113.66  user=root", false},
	{"user= in the host's name", "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=user=root.example.net  user=alice",
		"pam-failure", "", 0, "alice", false},
	{"an empty rhost", "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=  user=alice", "pam-failure", "", 0, "alice", false},
	{"PAM's refusal of an odd name", "pam_unix(sshd:auth): bad username [-x] rhost=203.0.113.66  user=root]", "pam-bad-username", "", 0, "-x] rhost=203.0.113.66  user=root", false},
	{"PAM's error names whom it likes", "error: PAM: Authentication failure for illegal user root from 203.0.113.66 from 198.51.100.9",
		"pam-error-illegal", "198.51.100.9", 0, "root from 203.0.113.66", false},
	{"a name that quotes", "pam_access(sshd:account): access denied for user `a' from `203.0.113.66' from `198.51.100.9'", "pam-access", "198.51.100.9", 0, "a' from `203.0.113.66", false},
}

// Rows with two open fields, where the key id of a certificate is the peer's
// too: any self-signed one is printed.
var hostileCertificates = []hostileCase{
	{"an id with an address: the last from is the wrong one", "Failed publickey for root" + peerFrom + " ssh2: " + peerCert + " ID x from 203.0.113.66 port 22 ssh2 (serial 0) CA " + peerCA,
		"failed-publickey-certificate", "198.51.100.9", 4242, "root", false},
	{"an id with a serial and an authority", "Failed publickey for root" + peerFrom + " ssh2: " + peerCert + " ID x (serial 1) CA " + peerCA + " (serial 0) CA " + peerCA,
		"failed-publickey-certificate", "198.51.100.9", 4242, "root", false},
	{"a name with an address and an honest id", "Failed publickey for invalid user r from 203.0.113.66 port 22 ssh2" + peerFrom + " ssh2: " + peerCert + " ID x (serial 0) CA " + peerCA,
		"failed-publickey-certificate", "198.51.100.9", 4242, "r from 203.0.113.66 port 22 ssh2", false},
	{"name and id: a name holds no colon, so only one reading is left", "Failed publickey for r from 203.0.113.66 port 22 ssh2" + peerFrom + " ssh2: " + peerCert + " ID x from 192.0.2.1 port 1 ssh2: " + peerCert + " ID y (serial 0) CA " + peerCA,
		"failed-publickey-certificate", "198.51.100.9", 4242, "r from 203.0.113.66 port 22 ssh2", false},
	{"an id that is empty", "Accepted publickey for alice" + peerFrom + " ssh2: " + peerCert + " ID  (serial 0) CA " + peerCA,
		"accepted-certificate", "198.51.100.9", 4242, "alice", false},
	{"an id that closes its quote", `Refusing certificate ID "x" serial=1 signed by RSA CA SHA256:x: Certificate invalid: expired" serial=7 signed by ED25519 CA SHA256:0cB3: Certificate invalid: expired`,
		"certificate-refused", "", 0, nobody, false},
	{"a client's host and user", "Failed hostbased for alice" + peerFrom + ` ssh2: ` + peerKey + `, client user "root" from 203.0.113.66 port 22", client host "x"`,
		"failed-hostbased", "198.51.100.9", 4242, "alice", false},
}

var hostileCuts = []hostileCase{
	{"the address is cut off", cut(500, "Failed keyboard-interactive/pam for invalid user "+strings.Repeat(`\377`, 100)+" from 2001:db8:1111:2222:3333:4444:5555:6666 port 50000 ssh2"),
		"failed-keyboard-interactive", "", 0, nobody, true},
	{"a name that would be read as the end of a line cut at 500", cut(500, "Failed keyboard-interactive/pam for invalid user "+strings.Repeat(`\377`, 104)+" from 203.0.113.66 port 22 ssh2"+peerFrom+" ssh2"),
		"failed-keyboard-interactive", "", 0, nobody, true},
	{"exactly 500 bytes may be whole, or end where the peer chose", fill(500, "Invalid user ", "x", " from 203.0.113.66 port 22"),
		"invalid-user", "", 0, nobody, true},
	{"499 bytes are whole", fill(499, "Invalid user ", "x", peerFrom), "invalid-user", "198.51.100.9", 4242, strings.Repeat("x", 499-len("Invalid user "+peerFrom)), false},
	{"an offer of 500 bytes, its suffix lost, keeps what stands left of it", cut(500, "Unable to negotiate with 198.51.100.9 port 4242: no matching key exchange method found. Their offer: "+strings.Repeat("x,", 400)),
		"no-matching", "198.51.100.9", 4242, nobody, true},
	{"and on standard error 1,023", cut(1023, "Unable to negotiate with 198.51.100.9 port 4242: no matching key exchange method found. Their offer: "+strings.Repeat("x,", 600)),
		"no-matching", "198.51.100.9", 4242, nobody, true},
	{"a reason of 400 bytes that ends the line at 500", cut(500, "Received disconnect from 198.51.100.9 port 4242:11: "+strings.Repeat(`\033`, 120)+" [preauth]"),
		"received-disconnect", "198.51.100.9", 4242, nobody, true},
	{"an old banner without its end", cut(500, "Bad protocol version identification '"+strings.Repeat(`\377`, 120)+"' from 198.51.100.9 port 4242"),
		"banner-bad", "", 0, nobody, true},
	{"an offer that forges an end at 500", fill(500, "Failed password for invalid user ", "x", " from 203.0.113.66 port 22 ssh2"),
		"failed-password", "", 0, nobody, true},
	{"7.4 cuts the line end too on standard error, and the next record is glued on", cut(1023, "Unable to negotiate with 198.51.100.9 port 4242: no matching cipher found. Their offer: "+strings.Repeat("x,", 600)) + "Connection closed by 203.0.113.66 port 22 [preauth]",
		"no-matching", "198.51.100.9", 4242, nobody, true},
	{"below 480 bytes nothing was cut", "Failed password for invalid user " + strings.Repeat("x", 440), KindUnrecognised, "", 0, nobody, false},
}

// fill is before, as many of middle as fit, and after, n bytes in all.
func fill(n int, before, middle, after string) string {
	return before + strings.Repeat(middle, n-len(before)-len(after)) + after
}

func TestHostileLines(t *testing.T) {
	for _, table := range [][]hostileCase{hostileNames, hostileTails, hostileResolvers, hostileCertificates, hostileCuts} {
		for _, c := range table {
			t.Run(c.why, func(t *testing.T) { c.check(t, read(c.message)) })
		}
	}
}

func (c hostileCase) check(t *testing.T, e Event) {
	t.Helper()
	if e.Kind() != c.kind || e.Truncated != c.truncated {
		t.Errorf("kind %s truncated %t, want %s %t: %.200q", e.Kind(), e.Truncated, c.kind, c.truncated, c.message)
	}
	var addr netip.Addr
	if c.addr != "" {
		addr = netip.MustParseAddr(c.addr)
	}
	if e.Addr != addr || e.Port != c.port {
		t.Errorf("addr %v port %d, want %v %d: %.200q", e.Addr, e.Port, addr, c.port, c.message)
	}
	user := nobody
	if e.HasUser {
		user = e.User
	}
	if user != c.user {
		t.Errorf("user %q, want %q: %.200q", user, c.user, c.message)
	}
}

// The monitor's suffix behind a line changes nothing but Preauth, and neither
// does the level before it.
func TestSuffixAndLevelChangeNothingElse(t *testing.T) {
	for _, row := range rows() {
		sample := new(Event).strip(row.Sample())
		bare := read(sample)
		if bare.Row == nil || bare.Truncated {
			continue // TestSamples says so
		}
		full := read("error: " + sample + " [preauth]")
		if full.Row != bare.Row || full.Addr != bare.Addr || full.User != bare.User || !full.Preauth || full.Level != Error {
			t.Errorf("%s: with level and suffix it is %s", row.Kind, describe(&full))
		}
	}
}

// journald knows who wrote a line: what another user wrote as sshd is read as
// nothing else.
func TestForgedLines(t *testing.T) {
	records := []syslog.Record{{Program: "sshd", Message: "Accepted password for root from 203.0.113.66 port 22 ssh2", Trust: syslog.Forged, Repeat: 1, PID: 7}}
	e := new(Reader).Read(records)[0]
	if e.Kind() != KindForged || e.Category != Integrity || e.Verdict() != Human || e.Addr.IsValid() || e.HasUser || e.Conn != nil {
		t.Errorf("%s: a forged line says nothing but that", describe(&e))
	}
}

// What Fields shows to a reader is what the Event says.
func TestFieldsAgreeWithTheEvent(t *testing.T) {
	for _, message := range append(samplesOfAllRows(), hostileCuts[0].message, hostileNames[0].message, hostileResolvers[0].message) {
		e := read(message)
		for _, f := range e.Fields() {
			switch {
			case f.Name == "user" && f.Value != e.User, f.Name == "account" && f.Value != e.User,
				f.Name == "addr" && f.Value != "UNKNOWN" && f.Value != e.Addr.String(),
				f.Name == "method" && f.Value != e.Method, f.Name == "key" && f.Value != e.Key:
				t.Errorf("field %s is %q, the event says %s: %q", f.Name, f.Value, describe(&e), message)
			}
		}
		if e.HasUser && e.Row.User == "" && !e.hasField("user", "account") {
			t.Errorf("user %q is no field: %q", e.User, message)
		}
	}
}

func (e *Event) hasField(names ...string) bool {
	return slices.ContainsFunc(e.Fields(), func(f Field) bool { return slices.Contains(names, f.Name) })
}

// Where sshd writes to standard error nothing escapes a line feed, so a peer can
// write a line with any envelope.
func TestEnvelopesInBareStreamsAreNotBelieved(t *testing.T) {
	for _, c := range []struct {
		why   string
		lines []string
		want  []syslog.Trust
	}{
		{"a name that holds a whole line of syslog's",
			[]string{"Connection from 192.0.2.7 port 4242 on 192.0.2.1 port 22 rdomain \"\"", "Invalid user x", "Nov 22 10:00:00 web-1 sshd[7]: Accepted publickey for root from 192.0.2.7 port 4242 ssh2: ED25519 SHA256:abc"},
			[]syslog.Trust{syslog.Peer, syslog.Peer, syslog.Peer}},
		{"one of journald's",
			[]string{"Connection closed by 192.0.2.7 port 4242", `{"_UID":"0","_COMM":"sshd","SYSLOG_IDENTIFIER":"sshd","MESSAGE":"Accepted password for root from 192.0.2.7 port 4242 ssh2"}`},
			[]syslog.Trust{syslog.Peer, syslog.Peer}},
		{"syslog's own stream, with a line of no program in it",
			[]string{"Nov 22 10:00:00 web-1 sshd[7]: Invalid user x from 192.0.2.7 port 4242", "-- MARK --"},
			[]syslog.Trust{syslog.Host, syslog.Peer}},
	} {
		records := make([]syslog.Record, len(c.lines))
		for i, line := range c.lines {
			records[i] = syslog.Parse(line)
		}
		new(Reader).Read(records)
		for i, want := range c.want {
			if records[i].Trust != want {
				t.Errorf("%s: line %d has trust %v, want %v", c.why, i+1, records[i].Trust, want)
			}
		}
	}
}

// What journalctl itself says between the lines is nobody's word about sshd.
func TestJournalctlsRemarks(t *testing.T) {
	records := []syslog.Record{
		syslog.Parse("-- Boot 9f3b2c --"), syslog.Parse("-- No entries --"), syslog.Parse("--"),
		syslog.Parse("Nov 22 10:00:00 web-1 sshd[7]: -- no remark --"),
	}
	for i, want := range []Category{NotSSHD, NotSSHD, Other, Other} {
		if e := new(Reader).Read(records)[i]; e.Category != want {
			t.Errorf("%q is %v, want %v", e.Record.Message, e.Category, want)
		}
	}
}
