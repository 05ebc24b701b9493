package notice

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sshsieve/internal/sshd"
	"sshsieve/internal/sshdtest"
	"sshsieve/internal/syslog"
)

// A trial is a client that a real sshd refuses and that a row lets in.
type trial struct {
	why     string
	row     string                            // cause, and with @ its since where the cause has several rows
	options []string                          // what makes this sshd refuse; none: its defaults do
	prepare func(*testing.T, string) []string // the same, where lines need the server's directory
	user    string                            // alice, unless said otherwise
	args    []string                          // ssh(1)'s, with DIR for the server's directory
	hold    bool                              // keep another connection waiting for its login
	line    string                            // part of the line that sshd then writes
}

var trials = []trial{
	{why: "6.7 and later refuse it", row: "kex/group1", args: o("KexAlgorithms=diffie-hellman-group1-sha1"), line: "no matching key exchange method"},
	{why: "6.7 and later refuse it", row: "kex/group-exchange-sha1", args: o("KexAlgorithms=diffie-hellman-group-exchange-sha1"), line: "no matching key exchange method"},
	{why: "8.2 and later refuse it", row: "kex/group14-sha1", args: o("KexAlgorithms=diffie-hellman-group14-sha1"), line: "no matching key exchange method"},
	{why: "what 10.0 refuses by default, 9.2 refuses when told", row: "kex/finite-field", options: []string{"KexAlgorithms -diffie-hellman-*"},
		args: o("KexAlgorithms=diffie-hellman-group14-sha256,diffie-hellman-group16-sha512"), line: "no matching key exchange method"},
	{why: "a list from a hardening guide", row: "kex/own-list", options: []string{"KexAlgorithms sntrup761x25519-sha512@openssh.com"},
		args: o("KexAlgorithms=curve25519-sha256,diffie-hellman-group14-sha256"), line: "no matching key exchange method"},

	{why: "8.8 and later refuse SHA-1, RSA key or not", row: "hostkey/ssh-rsa", prepare: withRSAHostKey,
		args: o("HostKeyAlgorithms=ssh-rsa"), line: "no matching host key type"},
	{why: "the server has an Ed25519 key only, as on hosts with few key types", row: "hostkey/no-key",
		args: o("HostKeyAlgorithms=rsa-sha2-512,rsa-sha2-256"), line: "no matching host key type"},

	{why: "a list from a hardening guide", row: "cipher/own-list", options: []string{"Ciphers aes256-gcm@openssh.com"},
		args: o("Ciphers=aes256-ctr"), line: "no matching cipher"},
	{why: "6.7 and later refuse CBC", row: "cipher/aes-cbc", args: o("Ciphers=aes128-cbc,3des-cbc"), line: "no matching cipher"},
	{why: "6.7 and later refuse 3DES", row: "cipher/3des", args: o("Ciphers=3des-cbc"), line: "no matching cipher"},

	{why: "etm only, from a hardening guide", row: "mac/own-list", options: []string{"MACs hmac-sha2-512-etm@openssh.com"},
		args: o("Ciphers=aes128-ctr", "MACs=hmac-sha2-256,hmac-sha1"), line: "no matching MAC"},
	{why: "6.7 and later refuse it", row: "mac/sha1-96", args: o("Ciphers=aes128-ctr", "MACs=hmac-sha1-96,hmac-md5"), line: "no matching MAC"},
	{why: "6.7 and later refuse it", row: "mac/md5", args: o("Ciphers=aes128-ctr", "MACs=hmac-md5-96"), line: "no matching MAC"},

	{why: "8.8 and later refuse SHA-1 signatures", row: "key/ssh-rsa@8.5", args: rsaWithSHA1, line: "signature algorithm ssh-rsa not in"},
	{why: "the spelling of old servers", row: "key/ssh-rsa@6.8", args: rsaWithSHA1, line: "signature algorithm ssh-rsa not in"},
	{why: "7.0 and later refuse DSA", row: "key/ssh-dss@8.5", prepare: withDSAKey, args: dsa, line: "signature algorithm ssh-dss not in"},
	{why: "the spelling of old servers", row: "key/ssh-dss@6.8", prepare: withDSAKey, args: dsa, line: "signature algorithm ssh-dss not in"},
	{why: "a list of the server's own", row: "key/own-list@8.5", options: []string{"PubkeyAcceptedAlgorithms rsa-sha2-512"},
		args: key("user"), line: "signature algorithm ssh-ed25519 not in"},
	{why: "the spelling of old servers", row: "key/own-list@6.8", options: []string{"PubkeyAcceptedKeyTypes rsa-sha2-512"},
		args: key("user"), line: "signature algorithm ssh-ed25519 not in"},
	{why: "RHEL's policy asks for 2048; the test's key has that, so 3072 here", row: "key/too-short", options: []string{"RequiredRSASize 3072"},
		args: key("user_rsa"), line: "refusing RSA key"},
	{why: "8.2 and later refuse what ssh-keygen 8.1 signed", row: "certificate/signature", prepare: withSHA1Certificate,
		args: append(o("CertificateFile=DIR/keys/old-cert.pub", "CASignatureAlgorithms=+ssh-rsa"), key("old")...), line: "certificate signature algorithm ssh-rsa"},

	{why: "somebody else's list", row: "policy/allow-users", options: []string{"AllowUsers bob"}, line: "not listed in AllowUsers"},
	{why: "root's key is right, root is not wanted", row: "policy/root", options: []string{"PermitRootLogin no"}, user: "root", line: "ROOT LOGIN REFUSED"},
	{why: "one connection too many", row: "throttle/maxstartups", options: []string{"MaxStartups 1"}, hold: true, line: "past MaxStartups"},
	{why: "an agent with six other keys", row: "limit/attempts", prepare: withManyKeys,
		args: append(key("many0"), append(key("many1"), append(key("many2"), append(key("many3"), append(key("many4"), append(key("many5"), key("user")...)...)...)...)...)...),
		line: "maximum authentication attempts exceeded"},
}

var (
	rsaWithSHA1 = append(key("user_rsa"), o("PubkeyAcceptedAlgorithms=ssh-rsa")...)
	dsa         = append(key("dsa"), o("PubkeyAcceptedAlgorithms=+ssh-dss")...)
)

func o(options ...string) []string {
	var args []string
	for _, option := range options {
		args = append(args, "-o", option)
	}
	return args
}

func key(name string) []string { return []string{"-i", "DIR/keys/" + name} }

// TestRemedies: a real sshd refuses a client with the line that a row is for,
// and lets it in once the row's lines stand in sshd_config.
func TestRemedies(t *testing.T) {
	if _, err := exec.LookPath("ssh"); err != nil {
		sshdtest.Missing(t, "no ssh here: install openssh-client")
	}
	for _, c := range trials {
		t.Run(c.row, func(t *testing.T) {
			s := c.start(t)
			if out, err := c.login(t, s); err == nil {
				t.Fatalf("%s: the client was not refused\n%s", c.why, out)
			}
			remedy := c.remedy(t, s.Wait(t, c.line))
			apply(t, s.Dir, remedy)
			s.Reload(t)
			if out, err := c.login(t, s); err != nil {
				t.Errorf("%s: the client is still refused: %v\n%s\nwith\n%s", c.why, err, out, strings.Join(remedy.Steps[1].Config, "\n"))
			}
		})
	}
}

func (c *trial) start(t *testing.T) *sshdtest.Server {
	return sshdtest.Start(t, sshdtest.Config{Options: c.options, Prepare: func(dir string) {
		if c.prepare != nil {
			edit(t, dir, func(config string) string { return strings.Join(c.prepare(t, dir), "\n") + "\n" + config })
		}
	}})
}

// login runs a command on the server by ssh(1).
func (c *trial) login(t *testing.T, s *sshdtest.Server) (string, error) {
	t.Helper()
	if c.hold {
		defer s.Dial(t, "127.0.0.9").Close()
	}
	args := []string{"-F", "none", "-p", strconv.Itoa(int(s.Addr.Port())), "-l", c.account()}
	args = append(args, o("UserKnownHostsFile=/dev/null", "StrictHostKeyChecking=no", "IdentitiesOnly=yes", "IdentityAgent=none", "BatchMode=yes", "LogLevel=ERROR")...)
	given := c.args
	if !strings.Contains(strings.Join(given, " "), "-i ") {
		given = append(key("user"), given...)
	}
	for _, a := range given {
		args = append(args, strings.ReplaceAll(a, "DIR", s.Dir))
	}
	out, err := exec.Command("ssh", append(args, s.Addr.Addr().String(), "true")...).CombinedOutput()
	return string(out), err
}

func (c *trial) account() string {
	if c.user == "" {
		return "alice"
	}
	return c.user
}

// remedy is the row for the line that sshd wrote.
func (c *trial) remedy(t *testing.T, line sshdtest.Line) Remedy {
	t.Helper()
	events := (&sshd.Reader{}).Read([]syslog.Record{syslog.Parse(line.RFC3164("web-1"))})
	r, ok := ReadRefusal(events[0].Kind(), events[0].Record.Message, events[0].Truncated)
	if !ok {
		t.Fatalf("%q, kind %s, is no refusal", line.Message, events[0].Kind())
	}
	want, since, _ := strings.Cut(c.row, "@")
	if string(r.Cause) != want {
		t.Fatalf("%q has the cause %s, want %s", line.Message, r.Cause, want)
	}
	if since == "6.8" {
		r.Since, r.Until = "6.8", "8.4" // as a server of that time words it
	}
	r.User, r.Addr = c.account(), netip.MustParseAddr("127.0.0.1")
	remedy, ok := RemedyFor(r, nil)
	if !ok || len(remedy.Steps) != 2 {
		t.Fatalf("%+v has the remedy %+v, want one of two steps", r, remedy)
	}
	return remedy
}

// apply changes sshd_config as the remedy says, and lets sshd check it.
func apply(t *testing.T, dir string, remedy Remedy) {
	t.Helper()
	lines := strings.Join(remedy.Steps[1].Config, "\n") + "\n"
	switch say := strings.Join(remedy.Steps[1].Say, " "); {
	case strings.Contains(lines, listThere):
		option, _, _ := strings.Cut(lines, " ")
		lines = strings.ReplaceAll(lines, listThere, effective(t, dir, option))
		edit(t, dir, func(config string) string { return lines + without(config, option) })
	case strings.Contains(lines, "/etc/ssh/ssh_host_rsa_key"):
		file := makeKey(t, dir, "ssh_host_rsa_key", "rsa") // as ssh-keygen -A would, elsewhere
		edit(t, dir, func(config string) string {
			return strings.ReplaceAll(lines, "/etc/ssh/ssh_host_rsa_key", file) + config
		})
	case strings.Contains(say, placeWords[instead]):
		option, _, _ := strings.Cut(lines, " ")
		edit(t, dir, func(config string) string { return lines + without(config, option) })
	case strings.Contains(say, placeWords[atEnd]):
		edit(t, dir, func(config string) string { return config + lines })
	default:
		edit(t, dir, func(config string) string { return lines + config })
	}
	run(t, checking, dir, "-t")
}

// checking runs sshd with the option given where its /run/sshd exists.
const checking = `mount --make-rprivate / && mount -t tmpfs -o mode=755 tmpfs /run && mkdir -m 755 /run/sshd && exec /usr/sbin/sshd "$1" -f "$0/sshd_config"`

func run(t *testing.T, script string, args ...string) string {
	t.Helper()
	out, err := exec.Command("unshare", append([]string{"--mount", "/bin/sh", "-c", script}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// effective is the value that sshd -T prints for an option.
func effective(t *testing.T, dir, option string) string {
	t.Helper()
	for line := range strings.Lines(run(t, checking, dir, "-T")) {
		if value, ok := strings.CutPrefix(line, strings.ToLower(option)+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	// The old spelling of an option is printed as the new one.
	if option == "PubkeyAcceptedKeyTypes" {
		return effective(t, dir, "PubkeyAcceptedAlgorithms")
	}
	t.Fatalf("sshd -T does not print %s", option)
	return ""
}

func without(config, option string) string {
	var kept strings.Builder
	for line := range strings.Lines(config) {
		if !strings.HasPrefix(line, option+" ") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

func edit(t *testing.T, dir string, change func(string) string) {
	t.Helper()
	file := filepath.Join(dir, "sshd_config")
	config, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(change(string(config))), 0o600); err != nil {
		t.Fatal(err)
	}
}

// makeKey makes a key pair beside the server's and returns its file.
func makeKey(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	file := filepath.Join(dir, "keys", name)
	keygen(t, append([]string{"-q", "-N", "", "-f", file, "-t"}, args...)...)
	return file
}

func keygen(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("ssh-keygen", args...).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func withRSAHostKey(t *testing.T, dir string) []string {
	return []string{"HostKey " + makeKey(t, dir, "host_rsa", "rsa")}
}

func withDSAKey(t *testing.T, dir string) []string {
	file := makeKey(t, dir, "dsa", "dsa")
	public, err := os.ReadFile(file + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(dir, "home/alice/.ssh/authorized_keys")
	f, err := os.OpenFile(home, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(public); err != nil {
		t.Fatal(err)
	}
	return nil
}

func withManyKeys(t *testing.T, dir string) []string {
	for i := range 6 {
		makeKey(t, dir, fmt.Sprint("many", i), "ed25519")
	}
	return nil
}

func withSHA1Certificate(t *testing.T, dir string) []string {
	authority := makeKey(t, dir, "ca_rsa", "rsa")
	file := makeKey(t, dir, "old", "ed25519")
	keygen(t, "-q", "-t", "ssh-rsa", "-s", authority, "-I", "old", "-n", "alice", file+".pub")
	return []string{"TrustedUserCAKeys " + authority + ".pub"}
}
