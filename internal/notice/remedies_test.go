package notice

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"sshsieve/internal/sshd"
)

// texts are all lines that a row can show.
func (w *remedyRow) texts() []string {
	all := []string{w.what, w.risk, w.older}
	return slices.Concat(all, w.client, w.server, w.config, w.run, w.notes)
}

// key is how trials name a row.
func (w *remedyRow) key() string {
	several := 0
	for i := range remedies {
		if remedies[i].cause == w.cause {
			several++
		}
	}
	if several > 1 {
		return string(w.cause) + "@" + w.since
	}
	return string(w.cause)
}

func TestRemedyRows(t *testing.T) {
	seen := map[string]bool{}
	for i := range remedies {
		w := &remedies[i]
		if key := string(w.cause) + " " + w.since + " " + w.until; seen[key] {
			t.Errorf("two rows for %s", key)
		} else {
			seen[key] = true
		}
		if w.what == "" || w.source == "" || len(w.client) == 0 {
			t.Errorf("%s: want what, source and a first step for the client", w.cause)
		}
		if len(w.server)+len(w.config) == 0 && w.cause != "client/unsafe" {
			t.Errorf("%s: want something for the administrator", w.cause)
		}
		if changes := len(w.config) > 0; changes != (w.risk != "") || changes != (w.tried+w.untried != "") {
			t.Errorf("%s: want risk and tried with a change of sshd_config, and neither without", w.cause)
		}
		for _, s := range w.texts() {
			if n := utf8.RuneCountInString(s); n > columns {
				t.Errorf("%s: %d columns, want at most %d: %s", w.cause, n, columns, s)
			}
			if strings.TrimSpace(s) != strings.TrimLeft(s, " ") {
				t.Errorf("%s: blanks at the end of %q", w.cause, s)
			}
		}
	}
	for p, words := range placeWords {
		if len(words) > columns {
			t.Errorf("place %d: %d columns", p, len(words))
		}
	}
}

// TestRemedyRowsReached: a later row of a cause is for other releases than the
// rows above it.
func TestRemedyRowsReached(t *testing.T) {
	for i := range remedies {
		w := &remedies[i]
		reached := false
		for _, era := range [][2]string{{"5.3", "6.7"}, {"6.8", "6.9"}, {"7.0", "7.2"}, {"7.3", "8.4"}, {"8.5", "8.9"}, {"9.0", ""}, {"10.1", ""}} {
			r := Refusal{Cause: w.cause, Since: era[0], Until: era[1]}
			m, ok := RemedyFor(r, nil)
			reached = reached || ok && m.Source == w.source && m.Risk == w.risk && strings.HasPrefix(m.What, w.what[:8]) && w.fits(r)
		}
		if !reached {
			t.Errorf("no line leads to the row %s", w.key())
		}
	}
}

// TestSteps: the user's step is the first, and what changes sshd_config ends
// with a check of it.
func TestSteps(t *testing.T) {
	for i := range remedies {
		w := &remedies[i]
		m := w.remedy(Refusal{Cause: w.cause, User: "alice", Addr: netip.MustParseAddr("192.0.2.7"), Algorithm: "hmac-sha1-96"}, nil)
		if !slices.Equal(m.Steps[0].Say[:1], w.client[:1]) || len(m.Steps[0].Config) > 0 {
			t.Errorf("%s: the first step is %+v, want the client's", w.cause, m.Steps[0])
		}
		last := m.Steps[len(m.Steps)-1]
		if len(w.config) > 0 && last.Run[len(last.Run)-1] != Check {
			t.Errorf("%s: the last step ends with %q, want %q", w.cause, last.Run, Check)
		}
		for _, s := range slices.Concat(last.Say, last.Config, last.Run, m.Notes, []string{m.What}) {
			if strings.ContainsAny(s, "{}") {
				t.Errorf("%s: a place is not filled: %s", w.cause, s)
			}
			if len(s) > columns {
				t.Errorf("%s: %d columns with a user's name: %s", w.cause, len(s), s)
			}
		}
	}
}

// TestTrials: every row that changes sshd_config was tried, or says why not.
func TestTrials(t *testing.T) {
	tried := map[string]bool{}
	for _, c := range trials {
		tried[c.row] = true
	}
	for i := range remedies {
		w := &remedies[i]
		if tried[w.key()] != (w.tried != "") {
			t.Errorf("%s: tried %q, and its trial exists: %v", w.key(), w.tried, tried[w.key()])
		}
		if w.untried != "" {
			t.Logf("not tried: %s: %s", w.key(), w.untried)
		}
		delete(tried, w.key())
	}
	for row := range tried {
		t.Errorf("the trial of %s has no row", row)
	}
}

// TestReaders: the messages are rows of sshd's table, and each of their
// examples leads to a remedy.
func TestReaders(t *testing.T) {
	examples := map[string]string{}
	for _, row := range sshd.Rows() {
		if examples[row.Kind] = row.Example; row.Example == "" {
			examples[row.Kind] = row.Pattern
		}
	}
	reached := map[Cause]bool{}
	for _, kind := range slices.Concat(slices.Collect(maps.Keys(readers)), slices.Collect(maps.Keys(causes))) {
		example, ok := examples[kind]
		if !ok {
			t.Errorf("no message is called %s", kind)
			continue
		}
		r, ok := ReadRefusal(kind, example, false)
		if !ok {
			t.Errorf("%s: no refusal in %q", kind, example)
		} else if _, ok := RemedyFor(r, nil); !ok {
			t.Errorf("%s: no remedy for %+v", kind, r)
		}
		reached[r.Cause] = true
	}
	for _, r := range ranks {
		for _, k := range r {
			reached[k.cause] = true
		}
	}
	for _, c := range refusalCases {
		reached[c.want.Cause] = true
	}
	delete(reached, "")
	has := map[Cause]bool{}
	for i := range remedies {
		c := remedies[i].cause
		if has[c] = true; !reached[c] {
			t.Errorf("no message leads to %s", c)
		}
	}
	for c := range reached {
		if !has[c] {
			t.Errorf("no remedy for %s", c)
		}
	}
}

var refusalCases = []struct {
	why, kind, message string
	cut                bool
	want               Refusal
}{
	{"today's form", "no-matching", "Unable to negotiate with 192.0.2.7 port 4242: no matching host key type found. Their offer: ssh-dss,ssh-rsa [preauth]", false,
		Refusal{Cause: "hostkey/ssh-rsa", Algorithm: "ssh-rsa", Class: "host key type", Offer: "ssh-dss,ssh-rsa", Since: "7.3"}},
	{"7.0 to 7.2 have no port", "no-matching", "fatal: Unable to negotiate with 192.0.2.7: no matching cipher found. Their offer: aes256-cbc,3des-cbc", false,
		Refusal{Cause: "cipher/aes-cbc", Algorithm: "aes256-cbc", Class: "cipher", Offer: "aes256-cbc,3des-cbc", Since: "7.0", Until: "7.2"}},
	{"an IPv6 address has colons", "no-matching", "Unable to negotiate with 2001:db8::7 port 4242: no matching MAC found. Their offer: hmac-md5 [preauth]", false,
		Refusal{Cause: "mac/md5", Algorithm: "hmac-md5", Class: "MAC", Offer: "hmac-md5", Since: "7.3"}},
	{"the peer writes the sentence into its offer", "no-matching", "Unable to negotiate with 192.0.2.7 port 4242: no matching cipher found. Their offer: 3des-cbc: no matching MAC found. Their offer: hmac-md5", false,
		Refusal{}},
	{"cut, the torn name is none", "no-matching", "Unable to negotiate with 192.0.2.7 port 4242: no matching key exchange method found. Their offer: x,y,diffie-hellman-group1-sha1,diffie-hellman-group14-sha1", true,
		Refusal{Cause: "kex/group1", Algorithm: "diffie-hellman-group1-sha1", Class: "key exchange method", Offer: "x,y,diffie-hellman-group1-sha1,diffie-hellman-group14-sha1", Cut: true, Since: "7.3"}},
	{"names that nobody knows", "no-matching", "Unable to negotiate with 192.0.2.7 port 4242: no matching cipher found. Their offer: $(reboot) [preauth]", false, Refusal{}},
	{"only post-quantum methods", "no-matching", "Unable to negotiate with 192.0.2.7 port 4242: no matching key exchange method found. Their offer: mlkem768x25519-sha256,ext-info-c", false,
		Refusal{Cause: "kex/quantum", Algorithm: "mlkem768x25519-sha256", Class: "key exchange method", Offer: "mlkem768x25519-sha256,ext-info-c", Since: "7.3"}},
	{"forced compression", "no-matching", "Unable to negotiate with 192.0.2.7 port 4242: no matching compression method found. Their offer: zlib [preauth]", false,
		Refusal{Cause: "compression/zlib", Class: compression, Offer: "zlib", Since: "7.3"}},
	{"compression that nobody knows", "no-matching", "Unable to negotiate with 192.0.2.7 port 4242: no matching compression method found. Their offer: zip", false, Refusal{}},
	{"to 6.9 both lists are printed", "no-matching-old", "fatal: no matching cipher found: client 3des-cbc server aes128-ctr [preauth]", false,
		Refusal{Cause: "cipher/old", Algorithm: "3des-cbc", Class: "cipher", Offer: "3des-cbc", Until: "6.9"}},
	{"MAC was written small", "no-matching-old", "no matching mac found: client hmac-md5 server hmac-sha1", false,
		Refusal{Cause: "mac/old", Algorithm: "hmac-md5", Class: "mac", Offer: "hmac-md5", Until: "6.9"}},
	{"and compression short", "no-matching-old", "no matching comp found: client zlib server none", false,
		Refusal{Cause: "compression/zlib", Class: compression, Offer: "zlib", Until: "6.9"}},
	{"9.0 and later", "signature-refused", "userauth_pubkey: signature algorithm ssh-rsa not in PubkeyAcceptedAlgorithms [preauth]", false,
		Refusal{Cause: "key/ssh-rsa", Algorithm: "ssh-rsa", Since: "9.0"}},
	{"8.5 to 8.9", "key-type-refused", "userauth_pubkey: key type ssh-rsa not in PubkeyAcceptedAlgorithms [preauth]", false,
		Refusal{Cause: "key/ssh-rsa", Algorithm: "ssh-rsa", Since: "8.5", Until: "8.9"}},
	{"6.8 to 8.4", "key-type-refused", "userauth_pubkey: key type ssh-dss not in PubkeyAcceptedKeyTypes [preauth]", false,
		Refusal{Cause: "key/ssh-dss", Algorithm: "ssh-dss", Since: "6.8", Until: "8.4"}},
	{"a type that any sshd takes", "signature-refused", "userauth_pubkey: signature algorithm ssh-ed25519 not in PubkeyAcceptedAlgorithms [preauth]", false,
		Refusal{Cause: "key/own-list", Algorithm: "ssh-ed25519", Since: "9.0"}},
	{"host based logins are not advised on", "signature-refused", "userauth_hostbased: signature algorithm ssh-rsa not in HostbasedAcceptedAlgorithms [preauth]", false, Refusal{}},
	{"to 10.0", "certificate-invalid", "error: Certificate invalid: expired", false, Refusal{Cause: "certificate/expired"}},
	{"10.1 and later; the key id is the signer's", "certificate-refused", `error: Refusing certificate ID "x: Certificate invalid: expired" serial=7 signed by RSA CA SHA256:abc: Certificate invalid: name is not a listed principal`, false,
		Refusal{Cause: "certificate/principal"}},
	{"the rest needs a look at the certificate", "certificate-invalid", "Certificate invalid: not a host certificate", false, Refusal{Cause: "certificate/options"}},
	{"no refusal", "accepted", "Accepted publickey for alice from 192.0.2.7 port 4242 ssh2", false, Refusal{}},
}

func TestReadRefusal(t *testing.T) {
	for _, c := range refusalCases {
		got, ok := ReadRefusal(c.kind, c.message, c.cut)
		if !ok {
			got = Refusal{}
		}
		if got != c.want {
			t.Errorf("%s: %q\ngives %+v\nwant  %+v", c.why, c.message, got, c.want)
		}
	}
}

func TestRemedyFor(t *testing.T) {
	putty := []Client{families()["putty"], families()["jsch"], families()["nmap"], families()["tectia"]}
	for _, c := range []struct {
		why  string
		in   Refusal
		step int
		want Step
	}{
		{"each program's own version, silence where it is unknown", Refusal{Cause: "key/ssh-rsa", Since: "9.0"}, 0, Step{Say: []string{
			"Ask the user to update the program; the key can stay.",
			"Or give the user an Ed25519 or ECDSA key, which old programs can use.",
			"PuTTY family 0.75 (WinSCP 5.21) or later can.",
			"JSch 0.1 (jcraft): no version can; change the program."}, Config: []string{}, Run: []string{}}},
		{"for one user only, where sshd allows that", Refusal{Cause: "key/ssh-rsa", Since: "9.0", User: "bob"}, 1, Step{
			Say:    []string{placeWords[atEnd]},
			Config: []string{"Match User bob", "  PubkeyAcceptedAlgorithms +ssh-rsa"},
			Run:    []string{Check}}},
		{"as the line spells it", Refusal{Cause: "key/ssh-rsa", Since: "6.8", Until: "8.4", User: "bob"}, 1, Step{
			Say:    []string{placeWords[atEnd]},
			Config: []string{"Match User bob", "  PubkeyAcceptedKeyTypes +ssh-rsa"},
			Run:    []string{Check}}},
		{"a name with another meaning to sshd_config is left to the reader", Refusal{Cause: "policy/allow-users", User: "*"}, 1, Step{
			Say:    []string{placeWords[once]},
			Config: []string{"AllowUsers USER"},
			Run:    []string{Check}}},
		{"the algorithm that was offered", Refusal{Cause: "kex/finite-field", Algorithm: "diffie-hellman-group-exchange-sha256"}, 1, Step{
			Say:    []string{placeWords[atTop]},
			Config: []string{"KexAlgorithms +diffie-hellman-group-exchange-sha256"},
			Run:    []string{Check}}},
		{"a missing host key is made first", Refusal{Cause: "hostkey/no-key", Algorithm: "ecdsa-sha2-nistp256"}, 1, Step{
			Say:    []string{"Make the missing key (its file must not exist yet):", placeWords[once]},
			Config: []string{"HostKey /etc/ssh/ssh_host_ecdsa_key"},
			Run:    []string{"ssh-keygen -A", Check}}},
		{"a recent program that is set to offer little", Refusal{Cause: "kex/group14-sha1", Algorithm: "diffie-hellman-group14-sha1", Offer: "diffie-hellman-group14-sha1," + strictKex}, 0, Step{Say: ownChoice}},
		{"an old one", Refusal{Cause: "kex/group14-sha1", Algorithm: "diffie-hellman-group14-sha1", Offer: "diffie-hellman-group14-sha1"}, 0, Step{Say: []string{"Ask the user to update the program.", "PuTTY family 0.68 (WinSCP 5.9) or later can.", "JSch 0.1 (jcraft) 0.1.52 or later can."}}},
		{"an IPv6 address without its zone", Refusal{Cause: "policy/root", Addr: netip.MustParseAddr("fe80::1%eth0")}, 1, Step{
			Say:    []string{placeWords[atEnd]},
			Config: []string{"Match Address fe80::1", "  PermitRootLogin prohibit-password"},
			Run:    []string{Check}}},
	} {
		m, ok := RemedyFor(c.in, putty)
		if !ok || len(m.Steps) <= c.step {
			t.Errorf("%s: %+v has no such step: %+v", c.why, c.in, m)
			continue
		}
		if s := m.Steps[c.step]; !slices.Equal(s.Say, c.want.Say) || !slices.Equal(s.Config, c.want.Config) || !slices.Equal(s.Run, c.want.Run) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", c.why, s, c.want)
		}
	}
	everybody := Clients(Evidence{Class: "host key type", Offer: "ssh-rsa,ssh-dss"})
	want := []string{"Ask the user to update the program.",
		"Ask which of these it is. New enough: Dropbear dbclient 2020.79, libssh",
		"0.8.3, libssh2 1.11, OpenSSH client 7.2, paramiko 2.9, phpseclib 2.0.12,",
		"PuTTY family 0.75 (WinSCP 5.21), SSH.NET (Renci) 2023.0, Trilead SSH2",
		"jenkins-22. Never: Ganymed SSH-2, JSch 0.1 (jcraft)."}
	if m, _ := RemedyFor(Refusal{Cause: "hostkey/ssh-rsa"}, everybody); !slices.Equal(m.Steps[0].Say, want) {
		t.Errorf("of many families it says\n%s\nwant\n%s", strings.Join(m.Steps[0].Say, "\n"), strings.Join(want, "\n"))
	}
	if m, ok := RemedyFor(Refusal{Cause: "kex/perhaps-one-day"}, nil); ok {
		t.Errorf("an unknown cause has the remedy %+v", m)
	}
	if m, _ := RemedyFor(Refusal{Cause: "key/ssh-rsa"}, nil); !slices.Contains(m.Notes, olderKeys) {
		t.Errorf("without an era the notes are %q, want the old spelling among them", m.Notes)
	}
	if m, _ := RemedyFor(Refusal{Cause: "key/ssh-rsa", Since: "9.0"}, nil); slices.Contains(m.Notes, olderKeys) {
		t.Errorf("sshd 9.0 or later: the notes are %q, want no old spelling", m.Notes)
	}
}

// FuzzRemedy: whatever peers write, in messages and as names, no line of
// sshd_config and no command has more in it than the table and a plain name.
func FuzzRemedy(f *testing.F) {
	f.Add("no-matching", "Unable to negotiate with 192.0.2.7 port 4242: no matching MAC found. Their offer: hmac-md5", "alice")
	f.Add("signature-refused", "userauth_pubkey: signature algorithm ssh-rsa\nPermitRootLogin yes not in PubkeyAcceptedAlgorithms", "a\nPermitRootLogin yes")
	f.Add("no-matching-old", "no matching cipher found: client 3des-cbc\n server x", "$(reboot)")
	f.Add("account-locked", "", "-h")
	plain := map[string]bool{}
	for _, list := range ranks {
		for _, k := range list {
			for _, n := range k.names {
				plain[n] = true
			}
		}
	}
	f.Fuzz(func(t *testing.T, kind, message, user string) {
		r, ok := ReadRefusal(kind, message, len(message)%2 == 0)
		if !ok {
			return
		}
		if _, own := keyCause(r.Algorithm); r.Algorithm != "" && !plain[r.Algorithm] && own == "" {
			t.Errorf("%q gave the algorithm %q", message, r.Algorithm)
		}
		r.User = user
		m, _ := RemedyFor(r, nil)
		for _, s := range m.Steps {
			for _, line := range slices.Concat(s.Config, s.Run, s.Say) {
				if strings.ContainsAny(line, "\n\r\x00") || len(line) > 2*columns {
					t.Errorf("user %q and %q gave the line %q", user, message, line)
				}
				if len(user) > 3 && !safeUser(user) && strings.Contains(line, user) && !strings.Contains(strings.Join(tableTexts(), "\n"), user) {
					t.Errorf("the name %q stands in %q", user, line)
				}
			}
		}
		for _, n := range m.Offered {
			if len(n) > maxName || strings.ContainsAny(n, " \n\r") {
				t.Errorf("%q offered %q", message, n)
			}
		}
	})
}

func tableTexts() []string {
	var all []string
	for i := range remedies {
		all = append(all, remedies[i].texts()...)
	}
	return append(all, Check, strings.Join([]string{placeWords[atTop], placeWords[atEnd], placeWords[inList], placeWords[once], placeWords[instead]}, "\n"))
}
