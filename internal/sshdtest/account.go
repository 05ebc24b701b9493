package sshdtest

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// Password is the password of every account that has one.
const Password = "correct horse"

// passwordHash is Password as crypt(5) sha512crypt with the fewest rounds.
const passwordHash = "$6$rounds=1000$sshdtest$SNdOU5v5FIES3ggIgVSF/e7O5DKYPIuw3CbZrola0cfLHH0MIewCZxH8fC5JFzWvGnAbSIlNemO2yp8rZM3y./"

// account is one line each of passwd(5) and shadow(5).
type account struct {
	name  string
	uid   int
	shell string
	hash  string
	days  string // day of expiry since 1970, empty for never
}

// accounts are the users that sshd knows. All but the locked one have Password;
// all accept Keys.User.
var accounts = []account{
	{"root", 0, "/bin/sh", passwordHash, ""},
	{"alice", 60001, "/bin/sh", passwordHash, ""},
	{"bob", 60002, "/bin/sh", passwordHash, ""},
	{"expired", 60003, "/bin/sh", passwordHash, "1"},
	{"locked", 60004, "/bin/sh", "!" + passwordHash, ""},
	{"noshell", 60005, "/bin/no-such-shell", passwordHash, ""},
	{"nologin", 60006, "/usr/sbin/nologin", passwordHash, ""},
	{"sshd", 60022, "/usr/sbin/nologin", "*", ""},
}

// pamService lets pam_unix answer at once where Debian's file waits two seconds
// after a wrong password.
const pamService = `auth required pam_unix.so nodelay
account required pam_unix.so
session required pam_unix.so
password required pam_deny.so
`

// writeAccounts writes what sshd will see as /etc/passwd, /etc/shadow,
// /etc/group and /etc/pam.d, and a home with authorized keys for each user.
func writeAccounts(t testing.TB, dir string, keys *Keys) {
	t.Helper()
	var passwd, shadow, group strings.Builder
	group.WriteString("root:x:0:\ntty:x:5:\n")
	for _, a := range accounts {
		home := filepath.Join(dir, "home", a.name)
		fmt.Fprintf(&passwd, "%s:x:%d:%d::%s:%s\n", a.name, a.uid, a.uid, home, a.shell)
		fmt.Fprintf(&shadow, "%s:%s:19000:0:99999:7::%s:\n", a.name, a.hash, a.days)
		if a.uid != 0 {
			fmt.Fprintf(&group, "%s:x:%d:\n", a.name, a.uid)
		}
		writeHome(t, home, a.uid, keys.authorized(t))
	}
	writeFile(t, filepath.Join(dir, "etc/passwd"), passwd.String(), 0o644)
	writeFile(t, filepath.Join(dir, "etc/shadow"), shadow.String(), 0o600)
	writeFile(t, filepath.Join(dir, "etc/group"), group.String(), 0o644)
	writeFile(t, filepath.Join(dir, "etc/pam.d/sshd"), pamService, 0o644)
	writeFile(t, filepath.Join(dir, "etc/pam.d/other"), pamService, 0o644) // PAM complains of a missing one
}

func writeHome(t testing.TB, home string, uid int, authorized string) {
	t.Helper()
	file := filepath.Join(home, ".ssh/authorized_keys")
	writeFile(t, file, authorized, 0o600)
	for _, path := range []string{home, filepath.Dir(file), file} {
		check(t, os.Chown(path, uid, uid))
	}
}

// Keys are the keys of one Server. They lie as files, for programs, in Dir.
type Keys struct {
	Host, CA                ssh.Signer
	User, UserRSA, Stranger ssh.Signer // the users' keys, and one that nobody has authorised
	Dir                     string
}

func newKeys(t testing.TB, dir string) *Keys {
	t.Helper()
	k := &Keys{Dir: filepath.Join(dir, "keys")}
	k.Host = k.ed25519(t, "host_ed25519")
	k.CA = k.ed25519(t, "ca")
	k.User = k.ed25519(t, "user")
	k.Stranger = k.ed25519(t, "stranger")
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	check(t, err)
	k.UserRSA = k.save(t, "user_rsa", private)
	return k
}

func (k *Keys) ed25519(t testing.TB, name string) ssh.Signer {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	check(t, err)
	return k.save(t, name, private)
}

// save writes a private key and its public half, as ssh-keygen does.
func (k *Keys) save(t testing.TB, name string, private any) ssh.Signer {
	t.Helper()
	block, err := ssh.MarshalPrivateKey(private, name)
	check(t, err)
	writeFile(t, k.File(name), string(pem.EncodeToMemory(block)), 0o600)
	signer, err := ssh.NewSignerFromKey(private)
	check(t, err)
	writeFile(t, k.File(name+".pub"), string(ssh.MarshalAuthorizedKey(signer.PublicKey())), 0o644)
	return signer
}

// File is the path of a private key: "user", "user_rsa", "stranger", "ca" or
// "host_ed25519"; with ".pub" of its public half.
func (k *Keys) File(name string) string { return filepath.Join(k.Dir, name) }

func (k *Keys) authorized(t testing.TB) string {
	t.Helper()
	return string(ssh.MarshalAuthorizedKey(k.User.PublicKey())) + string(ssh.MarshalAuthorizedKey(k.UserRSA.PublicKey()))
}

// Certificate is a user certificate for Stranger, a key that is good for
// nothing without it: id is its key id, principal the user it is for, until its
// end.
func (k *Keys) Certificate(t testing.TB, id, principal string, until time.Time) ssh.Signer {
	t.Helper()
	cert := &ssh.Certificate{
		Key:             k.Stranger.PublicKey(),
		Serial:          7,
		CertType:        ssh.UserCert,
		KeyId:           id,
		ValidPrincipals: []string{principal},
		ValidAfter:      uint64(until.Add(-365 * 24 * time.Hour).Unix()),
		ValidBefore:     uint64(until.Unix()),
	}
	check(t, cert.SignCert(rand.Reader, k.CA))
	signer, err := ssh.NewCertSigner(cert, k.Stranger)
	check(t, err)
	return signer
}
