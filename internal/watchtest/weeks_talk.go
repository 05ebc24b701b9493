package watchtest

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"time"
)

// newKey is the fingerprint of a key that nobody has used before
// (sshkey.c sshkey_fingerprint: SHA-256 in base64 without padding).
func newKey(r *rand.Rand) string {
	var digest [32]byte
	for i := range digest {
		digest[i] = byte(r.Uint32())
	}
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(digest[:])
}

// login is an accepted login and a session that lasts for a while. credential
// is what auth_log adds behind "ssh2", such as ": ED25519 SHA256:…".
func (p *peer) login(method, credential string, session time.Duration) *peer {
	p.say("Accepted " + method + " for %[3]s from %[1]s port %[2]d ssh2" + credential)
	if p.uid {
		p.say("pam_unix(sshd:session): session opened for user %[3]s(uid=1000) by (uid=0)")
	} else {
		p.say("pam_unix(sshd:session): session opened for user %[3]s by (uid=0)")
	}
	p.other(p.at, "systemd-logind[512]", "New session %d of user %s.", p.pid%5000, p.user)
	p.after(session)
	p.say("Received disconnect from %[1]s port %[2]d:11: disconnected by user")
	if p.named {
		p.say("Disconnected from user %[3]s %[1]s port %[2]d")
	} else {
		p.say("Disconnected from %[1]s port %[2]d")
	}
	p.say("pam_unix(sshd:session): session closed for user %[3]s")
	return p
}

// byKey logs in with an Ed25519 key.
func (p *peer) byKey(key string, session time.Duration) *peer {
	return p.login("publickey", ": ED25519 "+key, session)
}

// wrongPassword is one refused password of an existing user.
func (p *peer) wrongPassword() *peer {
	p.say("pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=%[1]s  user=%[3]s")
	p.after(1500 * time.Millisecond) // pam_unix's delay, shortened
	p.say("Failed password for %[3]s from %[1]s port %[2]d ssh2")
	return p
}

// wrongName is one refused password of a name that is no user's.
func (p *peer) wrongName() *peer {
	p.invalid()
	p.say("pam_unix(sshd:auth): check pass; user unknown")
	p.say("pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=%[1]s ")
	p.after(1500 * time.Millisecond)
	p.say("Failed password for invalid user %[3]s from %[1]s port %[2]d ssh2")
	return p
}

// leave closes a connection before its login; who is what sshd calls the user:
// "authenticating" or "invalid".
func (p *peer) leave(who string) *peer {
	if p.named {
		p.say("Connection closed by " + who + " user %[3]s %[1]s port %[2]d [preauth]")
	} else {
		p.say("Connection closed by %[1]s port %[2]d [preauth]")
	}
	return p
}

// byeBye is how libssh's programs leave, which most guessers are.
func (p *peer) byeBye(who string) {
	p.say("Received disconnect from %[1]s port %[2]d:11: Bye Bye [preauth]")
	if p.named {
		p.say("Disconnected from " + who + " user %[3]s %[1]s port %[2]d [preauth]")
	} else {
		p.say("Disconnected from %[1]s port %[2]d [preauth]")
	}
}

// tooMany is a client whose keys were MaxAuthTries wrong ones (auth.c
// auth_maxtries_exceeded).
func (p *peer) tooMany() {
	p.say("error: maximum authentication attempts exceeded for %[3]s from %[1]s port %[2]d ssh2 [preauth]")
	if p.named {
		p.say("Disconnecting authenticating user %[3]s %[1]s port %[2]d: Too many authentication failures [preauth]")
	} else {
		p.say("Disconnecting: Too many authentication failures [preauth]")
	}
}

// probe connects and leaves, as port scanners and health checks do.
func (p *peer) probe() {
	for _, line := range p.banner {
		p.say(line)
	}
}

// garbage speaks HTTP to sshd.
func (p *peer) garbage() {
	if p.named {
		p.say("banner exchange: Connection from %[1]s port %[2]d: invalid format")
	} else {
		p.say("Bad protocol version identification 'GET / HTTP/1.1' from %[1]s port %[2]d")
	}
}

// noCommon is a client that shares no algorithm with the server.
func (p *peer) noCommon(class, offer string) *peer {
	p.say("Unable to negotiate with %[1]s port %[2]d: no matching " + class + " found. Their offer: " + offer + " [preauth]")
	return p
}

// oldSignature is a client that can only sign with SHA-1, and gives up.
func (p *peer) oldSignature() *peer {
	p.say(p.refusal)
	return p.leave("authenticating")
}

// certificate is the tail of a login with a certificate (auth2-pubkey.c
// format_key): a fresh key, a steady identity, a steady authority.
func certificate(key, id string, serial int, ca string) string {
	return fmt.Sprintf(": ED25519-CERT %s ID %s (serial %d) CA ED25519 %s", key, id, serial, ca)
}
