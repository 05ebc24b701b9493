package sshd

import "testing"

func TestReusedPid(t *testing.T) {
	for _, c := range []joinCase{
		{"before 7.2 no line has a port: after the close another address is another connection, and no disagreement",
			`1 web sshd[7]: Connection closed by 192.0.2.7 [preauth]
			 9 web sshd[7]: Did not receive identification string from 198.51.100.9`,
			[]string{"192.0.2.7 0 ", "198.51.100.9 0 "}},
		{"after the close only PAM speaks of the old connection: anything else begins the next",
			`1 web sshd[7]: Connection closed by authenticating user root 192.0.2.7 port 4242 [preauth]
			 9 web sshd[7]: userauth_pubkey: signature algorithm ssh-rsa not in PubkeyAcceptedAlgorithms [preauth]
			 9 web sshd[7]: Connection closed by authenticating user alice 198.51.100.9 port 4243 [preauth]`,
			[]string{"192.0.2.7 4242 root exists", "198.51.100.9 4243 alice exists", "198.51.100.9 4243 alice exists"}},
	} {
		for i, e := range new(Reader).Read(parseBatch(c.lines)) {
			if got := saysOf(e.Conn); got != c.want[i] || e.Disagrees {
				t.Errorf("%s: connection %q disagrees %t, want %q: %s", c.why, got, e.Disagrees, c.want[i], e.Record.Message)
			}
		}
	}
}

func TestExistenceWithoutTheWord(t *testing.T) {
	for _, c := range []struct{ why, message string }{
		{"auth2-pubkey.c writes \"invalid user \" before a name that does not exist",
			"public key ED25519-SK SHA256:T4yOhvf3l0C2sEeMXWxVJWrZ9wEb6jvqJ0xVq3y1mWc signature for alice from 192.0.2.7 port 4242 rejected: user presence (authenticator touch) requirement not met"},
		{"auth-pam.c writes \"illegal user \" there", "PAM: Authentication failure for alice from 192.0.2.7"},
	} {
		if e := read(c.message); e.Existence != Exists {
			t.Errorf("%s: %s", c.why, describe(&e))
		}
	}
}

func TestOddKinds(t *testing.T) {
	for _, c := range []struct {
		why, message string
		category     Category
		verdict      Verdict
	}{
		{"Linux-PAM before 0.78 writes its summary without PAM's name, behind the tag sshd(pam_unix)",
			"2 more authentication failures; logname= uid=0 euid=0 tty=NODEVssh ruser= rhost=192.0.2.7  user=root", FailedPassword, Tooling},
		{"9.8 to 10.0 say so of a logged-in session that was told to end: nobody has to look",
			"mm_reap: preauth child terminated by signal 15", Integrity, Graph},
		{"an offer that ends like the monitor's suffix",
			"Unable to negotiate with user alice 192.0.2.7 port 4242: unexpected internal error. Their offer: [preauth]", Negotiation, Graph},
	} {
		if e := read(c.message); e.Category != c.category || e.Verdict() != c.verdict {
			t.Errorf("%s: %s: %q", c.why, describe(&e), c.message)
		}
	}
}
