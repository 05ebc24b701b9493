package main_test

// This file holds the command against the truth: real clients do known things,
// from known addresses and ports, to a real sshd, and what `classify --json`
// says about sshd's log must be what the clients did. The truth is what the
// driver did, never what a line says.
//
// A deed is one thing done. Deeds run one after another, and sshd is idle in
// between, so that the lines of each deed are known by their place.

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"sshsieve/internal/sshdtest"
)

var saveDir = flag.String("live.save", "", "write the captured logs into this directory")

// A deed is one thing that clients do to sshd, and what is then true.
type deed struct {
	name   string
	user   string        // the name that is sent; empty also where none is
	do     func(*client) // does it
	want   []string      // categories that its lines must include
	logins int           // how many logins succeed
	from   string        // the address to come from; empty for one of her own
	like   string        // the deed whose categories and kinds these lines must repeat: the name alone differs
	mute   string        // why sshd may say nothing of a connection
}

// A client is one who does a deed: she comes from an address of her own, and
// remembers the ports she came from.
type client struct {
	testing.TB
	server *sshdtest.Server
	from   string
	user   string
	ports  []int
}

// dial connects to sshd.
func (c *client) dial() *net.TCPConn {
	conn := c.server.Dial(c, c.from)
	c.came(conn)
	return conn
}

func (c *client) came(conn net.Conn) {
	c.ports = append(c.ports, conn.LocalAddr().(*net.TCPAddr).Port)
}

// A trial is a deed done: who did it, and which lines of the log are about it.
type trial struct {
	deed
	from       string
	ports      []int
	begin, end int // lines[begin:end]
}

// A stage is one sshd and the deeds done to it.
type stage struct {
	name   string
	config sshdtest.Config
	deeds  []deed
}

func TestLive(t *testing.T) {
	command := build(t)
	for n, st := range stages() {
		for _, level := range []string{"INFO", "VERBOSE"} {
			t.Run(st.name+"/"+level, func(t *testing.T) {
				t.Parallel()
				st := st // the levels run side by side
				st.config.Options = append([]string{"LogLevel " + level}, st.config.Options...)
				trials, lines := perform(t, n, st)
				log := render(lines, level)
				save(t, st.name+"-"+level+".log", log)
				judge(t, trials, lines, classify(t, command, log))
			})
		}
	}
}

// perform does all deeds of a stage, and has sshd start again in the end.
func perform(t *testing.T, n int, st stage) ([]trial, []sshdtest.Line) {
	s := sshdtest.Start(t, st.config)
	var trials []trial
	for i, d := range st.deeds {
		// Three digits each, so that no address is the beginning of another.
		own := fmt.Sprintf("127.0.%d.%d", 100+n, 100+i)
		c := &client{TB: t, server: s, from: cmp.Or(d.from, own), user: d.user}
		tr := trial{deed: d, from: c.from, begin: len(s.Lines())}
		d.do(c)
		for _, port := range c.ports {
			if d.mute == "" {
				s.Wait(t, fmt.Sprintf("%s port %d", c.from, port))
			}
		}
		s.Idle(t)
		tr.ports, tr.end = c.ports, len(s.Lines())
		trials = append(trials, tr)
	}
	s.Reload(t)
	s.Stop(t)
	return trials, s.Lines()
}

// render is the log as a syslog daemon, or a container's runtime, has it.
func render(lines []sshdtest.Line, level string) []byte {
	var b bytes.Buffer
	for _, l := range lines {
		switch {
		case l.Tag == "":
			b.WriteString(l.Message) // standard error, with the ends that sshd wrote
		case level == "INFO":
			fmt.Fprintln(&b, l.RFC3164("web-1"))
		default:
			fmt.Fprintln(&b, l.ISO8601("web-1"))
		}
	}
	return b.Bytes()
}

func save(t *testing.T, name string, log []byte) {
	if *saveDir == "" {
		return
	}
	check(t, os.WriteFile(filepath.Join(*saveDir, name), log, 0o644))
}

// A reading is what the command says about one line.
type reading struct {
	Line           int
	Category, Kind string
	Addr           *string
	Port           *int
	User           *string
}

// classify runs the command over a log.
func classify(t *testing.T, command string, log []byte) []reading {
	t.Helper()
	file := filepath.Join(t.TempDir(), "auth.log")
	check(t, os.WriteFile(file, log, 0o644))
	cmd := exec.Command(command, "classify", "--json", file)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("classify --json: %v\n%s", err, &stderr)
	}
	var readings []reading
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var r reading
		check(t, dec.Decode(&r))
		readings = append(readings, r)
	}
	return readings
}

// build makes the command of this package: what is tested is what people run.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "sshsieve")
	out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// judge compares the readings of a log with the trials it is about.
func judge(t *testing.T, trials []trial, lines []sshdtest.Line, readings []reading) {
	t.Helper()
	if len(readings) != len(lines) {
		t.Fatalf("%d readings of %d lines, want one for each", len(readings), len(lines))
	}
	for i, r := range readings {
		foreign := !slices.Contains([]string{"", "sshd", "sshd-session", "internal-sftp"}, lines[i].Tag)
		if r.Line != i+1 || r.Kind == "unrecognised" || (r.Category == "not-sshd") != foreign {
			t.Errorf("line %d of %s was read as line %d, kind %q, category %q: %s", i+1, lines[i].Tag, r.Line, r.Kind, r.Category, lines[i].Text())
		}
	}
	shapes := map[string][]string{}
	for _, tr := range trials {
		mine, read := lines[tr.begin:tr.end], readings[tr.begin:tr.end]
		faults := tr.faults(mine, read)
		shapes[tr.name] = shape(read)
		if tr.like != "" && !slices.Equal(shapes[tr.name], shapes[tr.like]) {
			faults = append(faults, fmt.Sprintf("read as %q, but the lines of %s as %q", shapes[tr.name], tr.like, shapes[tr.like]))
		}
		if len(faults) > 0 {
			t.Errorf("%s, from %s ports %d:\n\t%s\n%s", tr.name, tr.from, tr.ports, strings.Join(faults, "\n\t"), messages(mine))
		}
	}
}

// shape is what is said about lines, apart from names and numbers.
func shape(readings []reading) []string {
	var kinds []string
	for _, r := range readings {
		if r.Kind != "continuation" {
			kinds = append(kinds, r.Category+" "+r.Kind)
		}
	}
	return kinds
}

func messages(lines []sshdtest.Line) string {
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&b, "\t| %.200s\n", l.Text())
	}
	return b.String()
}

// faults says what the readings have wrong about a trial.
func (tr *trial) faults(lines []sshdtest.Line, readings []reading) (faults []string) {
	for i := 0; i < len(lines); {
		text, n := record(lines[i:])
		faults = append(faults, tr.lineFaults(text, readings[i])...)
		for _, r := range readings[i+1 : i+n] {
			if r.Kind != "continuation" {
				faults = append(faults, fmt.Sprintf("a line that the peer forged was read as %s %s in: %q", r.Category, r.Kind, text))
			}
		}
		i += n
	}
	categories := map[string]int{}
	named := map[int]bool{}
	for _, r := range readings {
		categories[r.Category]++
		if r.Addr != nil && r.Port != nil {
			named[*r.Port] = true
		}
	}
	for _, want := range tr.want {
		if categories[want] == 0 {
			faults = append(faults, "no line of category "+want)
		}
	}
	if n := categories["auth.accepted"]; n != tr.logins {
		faults = append(faults, fmt.Sprintf("%d lines of category auth.accepted, but %d logins", n, tr.logins))
	}
	for _, port := range tr.ports {
		if !named[port] && tr.mute == "" {
			faults = append(faults, fmt.Sprintf("no line was read with the address and port %d of its connection", port))
		}
	}
	return faults
}

// record is the text of the record that lines begin with, and how many lines it
// has. Only on standard error does sshd let a peer's bare LF through.
func record(lines []sshdtest.Line) (string, int) {
	if lines[0].Tag != "" {
		return lines[0].Text(), 1
	}
	text, n := lines[0].Message, 1
	for !strings.HasSuffix(text, "\r\n") && n < len(lines) {
		text += lines[n].Message
		n++
	}
	return strings.TrimSuffix(text, "\r\n"), n
}

// lineFaults says what the reading of one message has wrong: its address, port
// and user must be the true ones, and must be there where the message has them.
func (tr *trial) lineFaults(message string, r reading) (faults []string) {
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Sprintf(format, args...)+" in: "+message)
	}
	switch {
	case r.Addr == nil && strings.Contains(message, tr.from):
		fault("missed address")
	case r.Addr != nil && *r.Addr != tr.from:
		fault("false address %s", *r.Addr)
	}
	switch {
	case r.Port == nil && tr.portIn(message):
		fault("missed port")
	case r.Port != nil && !slices.Contains(tr.ports, *r.Port):
		fault("false port %d", *r.Port)
	}
	if r.User != nil && !names(message, *r.User) {
		fault("user %q who is not", *r.User)
	}
	if r.User != nil && *r.User != "NOUSER" && !samePerson(*r.User, tr.user) {
		fault("false user %q", *r.User)
	}
	if r.Category == "auth.accepted" && r.User == nil {
		fault("missed user")
	}
	return faults
}

// names says whether a message holds a name, as "ROOT LOGIN REFUSED" does.
func names(message, user string) bool {
	return strings.Contains(message, user) || user == "root" && strings.HasPrefix(message, "ROOT ")
}

var portPattern = regexp.MustCompile(`(?:port |\]:)(\d+)`)

// portIn says whether a message names one of the trial's own ports.
func (tr *trial) portIn(message string) bool {
	for _, m := range portPattern.FindAllStringSubmatch(message, -1) {
		if n, _ := strconv.Atoi(m[1]); slices.Contains(tr.ports, n) {
			return true
		}
	}
	return false
}

// samePerson says whether sshd prints the name sent in this way. It cuts at a
// colon (auth2.c input_userauth_request), with Debian's SELinux role patch also
// at a slash, after 100 bytes in most messages and about 190 in others
// (packet.c fmt_connection_id), and escapes it once or twice (log.c do_log);
// lines of PAM are escaped by the syslog daemon alone.
func samePerson(printed, sent string) bool {
	sent, _, _ = strings.Cut(sent, ":")
	role, _, _ := strings.Cut(sent, "/")
	printed = unescape(printed)
	for _, name := range []string{sent, role} {
		name = unescape(name)
		if printed == name || len(printed) >= 80 && strings.HasPrefix(name, printed) {
			return true
		}
	}
	return false
}

var escape = regexp.MustCompile(`[\\#][0-7]{3}|\\[\\abfnrtv0]`)

// unescape undoes vis(3)'s C style, and rsyslog's #ooo, as often as there is
// something to undo; a tail cut within an escape is dropped.
func unescape(s string) string {
	for {
		next := escape.ReplaceAllStringFunc(s, func(e string) string {
			if len(e) == 4 {
				n, _ := strconv.ParseUint(e[1:], 8, 8)
				return string([]byte{byte(n)})
			}
			return map[byte]string{'\\': `\`, 'a': "\a", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v", '0': "\x00"}[e[1]]
		})
		if next == s {
			return cutEscape.ReplaceAllString(s, "")
		}
		s = next
	}
}

var cutEscape = regexp.MustCompile(`\\[0-7]{0,2}$`)

// TestJudgeNoticesLies: a driver that believes anything proves nothing.
func TestJudgeNoticesLies(t *testing.T) {
	tr := trial{
		deed: deed{user: "al: x", want: []string{"auth.failed.password"}},
		from: "127.0.100.100", ports: []int{4242},
	}
	const message = `Failed password for invalid user al from 127.0.100.100 port 4242 ssh2`
	addr, port, user := "127.0.100.100", 4242, "al"
	truth := reading{Category: "auth.failed.password", Addr: &addr, Port: &port, User: &user}
	lie, wrong, one := "10.0.0.1", "bob", 1
	for _, c := range []struct {
		why    string
		change func(*reading)
		want   string
	}{
		{"the truth passes", func(r *reading) {}, ""},
		{"an address that a name holds", func(r *reading) { r.Addr = &lie }, "false address 10.0.0.1"},
		{"no address where there is one", func(r *reading) { r.Addr = nil }, "missed address"},
		{"another port", func(r *reading) { r.Port = &one }, "false port 1"},
		{"no port where there is one", func(r *reading) { r.Port = nil }, "missed port"},
		{"another user", func(r *reading) { r.User = &wrong }, `false user "bob"`},
		{"a login that never was", func(r *reading) { r.Category = "auth.accepted" }, "1 lines of category auth.accepted, but 0 logins"},
		{"an attempt overlooked", func(r *reading) { r.Category = "other" }, "no line of category auth.failed.password"},
	} {
		r := truth
		c.change(&r)
		faults := strings.Join(tr.faults([]sshdtest.Line{{Message: message}}, []reading{r}), "\n")
		if (c.want == "") != (faults == "") || !strings.Contains(faults, c.want) {
			t.Errorf("%s: faults %q, want %q", c.why, faults, c.want)
		}
	}
}

func TestSamePerson(t *testing.T) {
	long := strings.Repeat("x", 150)
	for _, c := range []struct {
		why, printed, sent string
		want               bool
	}{
		{"plain", "alice", "alice", true},
		{"another", "alice", "bob", false},
		{"a beginning is no name", "ali", "alice", false},
		{"escaped once", `\303\251`, "é", true},
		{"escaped twice", `\\303\\251`, "é", true},
		{"escaped by rsyslog", "a#012b", "a\nb", true},
		{"cut at the colon", "a", "a:b", true},
		{"cut at 100 bytes", long[:100], long, true},
		{"cut within an escape", long + `\\30`, long + "é", true},
		{"empty", "", "", true},
		{"blank is not empty", "", " ", false},
	} {
		if got := samePerson(c.printed, c.sent); got != c.want {
			t.Errorf("%s: samePerson(%q, %q) = %v", c.why, c.printed, c.sent, got)
		}
	}
}

// stages is everything that is done, by the sshd it is done to.
func stages() []stage {
	return []stage{
		{"plain", sshdtest.Config{}, slices.Concat(logins(), refusals(), oddNames(), overIPv6())},
		{"strangers", sshdtest.Config{}, slices.Concat(offers(), banners(), packets(), endings(), reasons())},
		{"policy", sshdtest.Config{
			Options: []string{"AllowUsers alice bob root expired locked noshell", "PermitRootLogin no", "MaxAuthTries 2", "DisableForwarding yes"},
			Prepare: spoilHomes,
		}, policy()},
		{"pam", sshdtest.Config{Options: []string{"UsePAM yes", "KbdInteractiveAuthentication yes"}}, pam()},
		{"container", sshdtest.Config{Stderr: true}, slices.Concat(refusals(), withoutCRLF(oddNames()), bareReasons())},
		{"broken", sshdtest.Config{
			Options: []string{"RevokedKeys /nonexistent/revoked_keys"},
			Match:   []string{"Match User bob", "ChrootDirectory /tmp"},
		}, broken()},
		{"limits", sshdtest.Config{Options: []string{"MaxStartups 1:100:1", "LoginGraceTime 1"}}, limits()},
	}
}

// spoilHomes makes alice's home writable for all, and bob's key good for another
// address only.
func spoilHomes(dir string) {
	file := filepath.Join(dir, "home/bob/.ssh/authorized_keys")
	keys, err := os.ReadFile(file)
	err = errors.Join(err, os.Chmod(filepath.Join(dir, "home/alice"), 0o777),
		os.WriteFile(file, append([]byte(`from="192.0.2.1" `), keys...), 0o600))
	if err != nil {
		panic(err)
	}
}

// in logs in with the given methods, runs a command and leaves; failing is part
// of many deeds, so the log alone tells.
func in(methods ...func(*client) ssh.AuthMethod) func(*client) {
	return func(c *client) {
		conn := c.dial()
		defer conn.Close()
		if client, err := c.server.Login(conn, config(c, methods)); err == nil {
			defer client.Close()
			runTrue(client)
		}
	}
}

func config(c *client, methods []func(*client) ssh.AuthMethod) ssh.ClientConfig {
	cc := ssh.ClientConfig{User: c.user}
	for _, m := range methods {
		cc.Auth = append(cc.Auth, m(c))
	}
	return cc
}

func runTrue(client *ssh.Client) {
	if session, err := client.NewSession(); err == nil {
		session.Run("true")
	}
}

func password(p string) func(*client) ssh.AuthMethod {
	return func(*client) ssh.AuthMethod { return ssh.Password(p) }
}

func passwords(p string, n int) func(*client) ssh.AuthMethod {
	return func(*client) ssh.AuthMethod {
		return ssh.RetryableAuthMethod(ssh.PasswordCallback(func() (string, error) { return p, nil }), n)
	}
}

func keyboard(answer string) func(*client) ssh.AuthMethod {
	return func(*client) ssh.AuthMethod {
		return ssh.KeyboardInteractive(func(_, _ string, questions []string, _ []bool) ([]string, error) {
			return slices.Repeat([]string{answer}, len(questions)), nil
		})
	}
}

func key(pick func(*sshdtest.Keys) ssh.Signer) func(*client) ssh.AuthMethod {
	return func(c *client) ssh.AuthMethod { return ssh.PublicKeys(pick(c.server.Keys)) }
}

func certificate(id, principal string, valid time.Duration) func(*client) ssh.AuthMethod {
	return func(c *client) ssh.AuthMethod {
		return ssh.PublicKeys(c.server.Keys.Certificate(c, id, principal, time.Now().Add(valid)))
	}
}

var (
	userKey  = key(func(k *sshdtest.Keys) ssh.Signer { return k.User })
	rsaKey   = key(func(k *sshdtest.Keys) ssh.Signer { return k.UserRSA })
	stranger = key(func(k *sshdtest.Keys) ssh.Signer { return k.Stranger })
	bothKeys = func(c *client) ssh.AuthMethod { return ssh.PublicKeys(c.server.Keys.Stranger, c.server.Keys.User) }
	sha1Key  = key(func(k *sshdtest.Keys) ssh.Signer { return oldSigner{k.UserRSA.(ssh.AlgorithmSigner)} })
)

// oldSigner signs with SHA-1 whatever the server says it accepts, as clients
// before RFC 8332 do.
type oldSigner struct{ ssh.AlgorithmSigner }

func (oldSigner) Algorithms() []string { return []string{ssh.KeyAlgoRSA} }

// program runs a client program against a relay, and skips the deed where the
// program is missing.
func program(name string, args func(c *client, port string) []string, env ...string) func(*client) {
	return func(c *client) {
		addr, conn := c.server.Relay(c, c.from)
		c.came(conn)
		cmd := exec.Command(name, args(c, strconv.Itoa(int(addr.Port())))...)
		home := c.TempDir()
		cmd.Env = append(os.Environ(), append(env, "HOME="+home)...)
		out, err := cmd.CombinedOutput()
		switch {
		case errors.Is(err, exec.ErrNotFound):
			c.Fatal(err)
		case err != nil:
			c.Logf("%s: %v\n%s", name, err, out) // a refusal is no fault: the log decides
		}
		conn.Close()
	}
}

// have leaves out the deeds whose program is missing here.
func have(name string, deeds ...deed) []deed {
	if _, err := exec.LookPath(name); err == nil || os.Getenv("SSHSIEVE_REQUIRE") == "all" {
		return deeds
	}
	return nil
}

func openssh(more ...string) func(*client, string) []string {
	return func(c *client, port string) []string {
		args := []string{"-F", "none", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no",
			"-o", "UserKnownHostsFile=/dev/null", "-o", "User=" + c.user, "-o", "Port=" + port}
		for _, m := range more {
			args = append(args, strings.ReplaceAll(m, "KEYS", c.server.Keys.Dir))
		}
		return append(args, "127.0.0.1")
	}
}

func plink(secret string) func(*client, string) []string {
	return func(c *client, port string) []string {
		return []string{"-batch", "-ssh", "-P", port, "-pw", secret, "-l", c.user,
			"-hostkey", ssh.FingerprintSHA256(c.server.Keys.Host.PublicKey()), "127.0.0.1", "true"}
	}
}

func dbclient(c *client, port string) []string {
	return []string{"-y", "-y", "-p", port, "-l", c.user, "127.0.0.1", "true"}
}

func logins() []deed {
	deeds := []deed{
		{name: "key", user: "alice", do: in(userKey), logins: 1},
		{name: "RSA key", user: "bob", do: in(rsaKey), logins: 1},
		{name: "wrong key, then the right one", user: "alice", do: in(bothKeys), logins: 1},
		{name: "password", user: "alice", do: in(password(sshdtest.Password)), logins: 1},
		{name: "root's password", user: "root", do: in(password(sshdtest.Password)), logins: 1},
		{name: "two wrong passwords, then the right one", user: "bob", do: mistype, logins: 1, want: []string{"auth.failed.password"}},
		{name: "certificate", user: "alice", do: in(certificate("alice@corp", "alice", time.Hour)), logins: 1},
		{name: "certificate with a hostile id", user: "alice", logins: 1, like: "certificate",
			do: in(certificate("x from 10.0.0.1 port 22 ssh2 (serial 0) CA ED25519 SHA256:x", "alice", time.Hour))},
		{name: "account with the shell nologin", user: "nologin", do: in(userKey), logins: 1},
		{name: "connection lost after login", user: "alice", do: lost(false), logins: 1},
		{name: "connection reset after login", user: "alice", do: lost(true), logins: 1},
		{name: "forwarding to a closed port", user: "alice", do: forward, logins: 1, want: []string{"forwarding"}},
	}
	deeds = append(deeds, have("ssh",
		deed{name: "ssh(1)", user: "alice", do: program("ssh", openssh("-i", "KEYS/user")), logins: 1},
		deed{name: "ssh(1), wrong key", user: "alice", do: program("ssh", openssh("-i", "KEYS/stranger"))},
		deed{name: "sftp(1)", user: "alice", do: program("sftp", openssh("-i", "KEYS/user", "-b", "/dev/null")), logins: 1, want: []string{"sftp"}},
	)...)
	deeds = append(deeds, have("plink",
		deed{name: "plink", user: "bob", do: program("plink", plink(sshdtest.Password)), logins: 1},
		deed{name: "plink, wrong password", user: "bob", do: program("plink", plink("wrong")), want: []string{"auth.failed.password"}},
	)...)
	return append(deeds, have("dbclient",
		deed{name: "dbclient", user: "alice", do: program("dbclient", dbclient, "DROPBEAR_PASSWORD="+sshdtest.Password), logins: 1},
		deed{name: "dbclient, wrong password", user: "alice", do: program("dbclient", dbclient, "DROPBEAR_PASSWORD=wrong"), want: []string{"auth.failed.password"}},
	)...)
}

// mistype gives the right password at the third attempt.
func mistype(c *client) {
	attempts := 0
	in(func(*client) ssh.AuthMethod {
		return ssh.RetryableAuthMethod(ssh.PasswordCallback(func() (string, error) {
			if attempts++; attempts < 3 {
				return "wrong", nil
			}
			return sshdtest.Password, nil
		}), 3)
	})(c)
}

// lost logs in and lets the connection go without a word.
func lost(reset bool) func(*client) {
	return func(c *client) {
		conn := c.dial()
		_, err := c.server.Login(conn, config(c, []func(*client) ssh.AuthMethod{userKey}))
		check(c, err)
		if reset {
			check(c, conn.SetLinger(0))
		}
		conn.Close()
	}
}

func forward(c *client) {
	client, err := c.server.Login(c.dial(), config(c, []func(*client) ssh.AuthMethod{userKey}))
	check(c, err)
	defer client.Close()
	if _, err := client.Dial("tcp", "127.0.0.1:1"); err == nil {
		c.Error("port 1 is open")
	}
}

func refusals() []deed {
	const failed = "auth.failed.password"
	return []deed{
		{name: "wrong password", user: "alice", do: in(password("wrong")), want: []string{failed}},
		{name: "wrong password for root", user: "root", do: in(password("wrong")), want: []string{failed}},
		{name: "wrong key", user: "alice", do: in(stranger)},
		{name: "nothing but a name", user: "alice", do: in()},
		{name: "unknown user without a try", user: "ghost", do: in(), want: []string{"auth.invalid-user"}},
		{name: "too many wrong passwords", user: "alice", do: in(passwords("wrong", 9)), want: []string{failed, "auth.limit"}},
		{name: "too many, unknown user", user: "ghost", do: in(passwords("wrong", 9)), want: []string{failed, "auth.limit"}},
		{name: "signature with SHA-1", user: "alice", do: in(sha1Key), want: []string{"preauth.negotiation"}},
		{name: "expired certificate", user: "alice", do: in(certificate("old", "alice", -time.Hour)), want: []string{"auth.denied"}},
		{name: "certificate of another principal", user: "alice", do: in(certificate("bob", "bob", time.Hour)), want: []string{"auth.denied"}},
	}
}

// oddNames are guesses at the password of users with hostile names: nothing
// about their lines may differ from those about a plain unknown name.
func oddNames() []deed {
	guess := in(password("wrong"))
	deeds := []deed{{name: "unknown user", user: "nosuchuser", do: guess, want: []string{"auth.invalid-user", "auth.failed.password"}}}
	for _, user := range []string{
		"", " ", "  two  blanks  ", "root from 10.0.0.1 port 22 ssh2", "invalid user root", "from", "port 22",
		"x [preauth]", "x 10.0.0.1 port 22 [preauth]", "message repeated 9 times: [ x]",
		"x\nAccepted password for root from 10.0.0.1 port 22 ssh2", "x\r\n", "tab\there", "\x1b[31mred\a",
		"пользователь", "\xff\xfe", strings.Repeat("é", 50), strings.Repeat("é", 100), strings.Repeat("a", 100), strings.Repeat("b", 101), strings.Repeat("c", 1000),
		`"quoted"`, `o'brien`, `back\slash\012`, "#012", "-evil", "$(reboot)`id`", "%s%n%x", "<!channel> <b>x</b>",
		"a:Accepted password", "../../etc/passwd",
	} {
		deeds = append(deeds, deed{name: fmt.Sprintf("unknown user %.40q (%d bytes)", user, len(user)), user: user, do: guess, like: "unknown user"})
	}
	return deeds
}

// withoutCRLF leaves out what nobody can tell from a record of sshd's own on
// standard error.
func withoutCRLF(deeds []deed) []deed {
	return slices.DeleteFunc(deeds, func(d deed) bool { return strings.Contains(d.user, "\r\n") })
}

// bareReasons forge lines of their own where sshd escapes no LF.
func bareReasons() []deed {
	const forged = "x\nAccepted publickey for alice from 10.0.0.1 port 22 ssh2: ED25519 SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	return []deed{
		{name: "disconnect with a line of its own", do: say(banner, sshdtest.Packet(sshdtest.Disconnect(11, forged)))},
		{name: "key exchange with a line of its own", do: propose(sshdtest.Offer{Kex: forged}), want: []string{"preauth.negotiation"}},
	}
}

// overIPv6 is a little of everything from another kind of address.
func overIPv6() []deed {
	if !sshdtest.HasIPv6() {
		return nil
	}
	deeds := []deed{
		{name: "password over IPv6", user: "alice", do: in(password(sshdtest.Password)), logins: 1},
		{name: "unknown user over IPv6", user: "::2 port 22", do: in(password("wrong")), like: "unknown user"},
		{name: "wrong password over IPv6", user: "root", do: in(password("wrong")), want: []string{"auth.failed.password"}},
		{name: "no matching cipher over IPv6", do: propose(sshdtest.Offer{Cipher: "3des-cbc"}), want: []string{"preauth.negotiation"}},
		{name: "close over IPv6", do: leave(false)},
	}
	for i := range deeds {
		deeds[i].from = "::1"
	}
	return deeds
}

// say sends bytes, and leaves when sshd does.
func say(parts ...[]byte) func(*client) {
	return func(c *client) {
		conn := c.dial()
		defer conn.Close()
		for _, p := range parts {
			conn.Write(p) // sshd may be gone already, which is no fault
		}
		conn.CloseWrite()
		drain(conn)
	}
}

func drain(conn net.Conn) {
	b := make([]byte, 4096)
	for {
		if _, err := conn.Read(b); err != nil {
			return
		}
	}
}

var banner = []byte("SSH-2.0-Go\r\n")

// propose sends an offer of algorithms.
func propose(o sshdtest.Offer) func(*client) {
	return say(banner, sshdtest.Packet(o.Payload()))
}

func offers() []deed {
	const hostile = "x [preauth] Accepted password for root from 10.0.0.1 port 22 ssh2"
	var deeds []deed
	for _, o := range []struct {
		name  string
		offer sshdtest.Offer
	}{
		{"key exchange", sshdtest.Offer{Kex: "diffie-hellman-group1-sha1"}},
		{"host key", sshdtest.Offer{HostKey: "ssh-dss"}},
		{"cipher", sshdtest.Offer{Cipher: "3des-cbc"}},
		{"MAC", sshdtest.Offer{MAC: "hmac-md5"}},
		{"compression", sshdtest.Offer{Compression: "zip"}},
		{"hostile key exchange", sshdtest.Offer{Kex: hostile}},
		{"hostile cipher, with a newline", sshdtest.Offer{Cipher: "x\r\n" + hostile}},
		{"long key exchange", sshdtest.Offer{Kex: strings.Repeat("diffie-hellman-group1-sha1,", 40) + "x"}},
	} {
		deeds = append(deeds, deed{name: "no matching " + o.name, do: propose(o.offer), want: []string{"preauth.negotiation"}})
	}
	return deeds
}

func banners() []deed {
	protocol := []string{"preauth.protocol"}
	return []deed{
		{name: "HTTP", do: say([]byte("GET /' from 10.0.0.1 port 22 HTTP/1.1\r\nHost: x\r\n\r\n")), want: protocol},
		{name: "TLS", do: say([]byte("\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\n")), want: protocol},
		{name: "NULs", do: say(append(make([]byte, 40), '\n')), want: protocol},
		{name: "a long line", do: say(bytes.Repeat([]byte("A"), 20000)), want: protocol},
		{name: "protocol 1", do: say([]byte("SSH-1.5-Nmap-SSH1-Hostkey\r\n")), want: protocol},
		{name: "quotes", do: say([]byte(`"' from 10.0.0.1 port 22` + "\n")), want: protocol},
	}
}

func packets() []deed {
	protocol := []string{"preauth.protocol"}
	return []deed{
		{name: "text for packets", do: say(banner, []byte("PASS secret from 10.0.0.1 port 22\r\n")), want: protocol},
		{name: "packet of 4 GB", do: say(banner, bytes.Repeat([]byte{0xff}, 64)), want: protocol},
		{name: "garbage under encryption", user: "alice", do: spoil(bytes.Repeat([]byte("garbage!"), 100)), want: protocol},
		{name: "message of the wrong time", do: say(banner, sshdtest.Packet([]byte{90}), sshdtest.Packet(sshdtest.Offer{}.Payload()))},
	}
}

// spoil writes bytes of its own into the encrypted stream where a password is
// asked for.
func spoil(b []byte) func(*client) {
	return func(c *client) {
		conn := c.dial()
		defer conn.Close()
		c.server.Login(conn, ssh.ClientConfig{User: c.user, Auth: []ssh.AuthMethod{ssh.PasswordCallback(func() (string, error) {
			conn.Write(b)
			drain(conn)
			return "", errors.New("spoilt")
		})}})
	}
}

// endings are connections that close, or are reset, at each stage.
func endings() []deed {
	var deeds []deed
	for _, reset := range []bool{false, true} {
		how := map[bool]string{false: "close", true: "reset"}[reset]
		add := func(when, user string, do func(*client)) {
			deeds = append(deeds, deed{name: how + " " + when, user: user, do: do})
		}
		add("at once", "", leave(reset))
		add("after the banner", "", leave(reset, banner))
		add("after the offer", "", leave(reset, banner, sshdtest.Packet(sshdtest.Offer{}.Payload())))
		add("at the host key", "", hangUp(reset, 0))
		add("at the password", "alice", hangUp(reset, 1))
		add("at the password of an unknown user", "ghost", hangUp(reset, 1))
		add("after a wrong password", "alice", hangUp(reset, 2))
	}
	return deeds
}

// leave reads sshd's banner, sends parts, and goes.
func leave(reset bool, parts ...[]byte) func(*client) {
	return func(c *client) {
		conn := c.dial()
		_, err := conn.Read(make([]byte, 256)) // so that sshd has seen the connection
		check(c, err)
		for _, p := range parts {
			_, err = conn.Write(p)
			check(c, err)
		}
		end(c, conn, reset)
	}
}

func end(c *client, conn *net.TCPConn, reset bool) {
	if reset {
		check(c, conn.SetLinger(0))
	}
	conn.Close()
}

// hangUp goes when sshd shows its host key (0), or asks for a password for the
// nth time.
func hangUp(reset bool, n int) func(*client) {
	return func(c *client) {
		conn := c.dial()
		asked := 0
		gone := func() error {
			end(c, conn, reset)
			return errors.New("gone")
		}
		cc := ssh.ClientConfig{User: c.user, Auth: []ssh.AuthMethod{ssh.RetryableAuthMethod(ssh.PasswordCallback(func() (string, error) {
			if asked++; asked == n {
				return "", gone()
			}
			return "wrong", nil
		}), n)}}
		if n == 0 {
			cc.HostKeyCallback = func(string, net.Addr, ssh.PublicKey) error { return gone() }
		}
		c.server.Login(conn, cc)
	}
}

// reasons are disconnect messages in clear, whose text is the peer's.
func reasons() []deed {
	var deeds []deed
	for _, r := range []struct {
		code uint32
		text string
	}{
		{11, "Bye Bye"}, {11, ""}, {3, "com.jcraft.jsch.JSchException: Auth fail"}, {4294967295, "x"},
		{11, "bye\nAccepted password for root from 10.0.0.1 port 22 ssh2 [preauth]"},
		{11, "bye from 10.0.0.1 port 22:11: x"}, {11, strings.Repeat("L", 2000)}, {11, "\x1b[31m%n\xff"},
	} {
		deeds = append(deeds, deed{
			name: fmt.Sprintf("disconnect %d %.40q", r.code, r.text),
			do:   say(banner, sshdtest.Packet(sshdtest.Disconnect(r.code, r.text))),
			want: []string{"preauth.disconnect"},
		})
	}
	return deeds
}

func policy() []deed {
	denied := []string{"auth.denied"}
	return []deed{
		{name: "not in AllowUsers", user: "nologin", do: in(userKey), want: denied},
		{name: "home writable for all", user: "alice", do: in(userKey), want: []string{"auth.denied"}},
		{name: "key from another address", user: "bob", do: in(userKey), want: denied},
		{name: "root not permitted, key", user: "root", do: in(userKey), want: denied},
		{name: "root not permitted, password", user: "root", do: in(password(sshdtest.Password)), want: []string{"auth.failed.password"}},
		{name: "account expired", user: "expired", do: in(password(sshdtest.Password)), want: denied},
		{name: "account locked", user: "locked", do: in(password(sshdtest.Password)), want: denied},
		{name: "shell missing", user: "noshell", do: in(password(sshdtest.Password)), want: denied},
		{name: "too many", user: "alice", do: in(passwords("wrong", 5)), want: []string{"auth.limit"}},
		{name: "forwarding not allowed", user: "alice", do: refusedForward, logins: 1, want: []string{"forwarding"}},
	}
}

func refusedForward(c *client) {
	client, err := c.server.Login(c.dial(), config(c, []func(*client) ssh.AuthMethod{password(sshdtest.Password)}))
	check(c, err)
	defer client.Close()
	if _, err := client.Dial("tcp", "127.0.0.1:1"); err == nil {
		c.Error("forwarding was allowed")
	}
}

func pam() []deed {
	const failed = "auth.failed.password"
	return []deed{
		{name: "password", user: "alice", do: in(password(sshdtest.Password)), logins: 1, want: []string{"session"}},
		{name: "keyboard-interactive", user: "bob", do: in(keyboard(sshdtest.Password)), logins: 1},
		{name: "key", user: "alice", do: in(userKey), logins: 1},
		{name: "wrong password", user: "alice", do: in(password("wrong")), want: []string{failed}},
		{name: "wrong answer", user: "alice", do: in(keyboard("wrong")), want: []string{failed}},
		{name: "several wrong passwords", user: "root", do: in(passwords("wrong", 4)), want: []string{failed}},
		{name: "unknown user", user: "ghost", do: in(password("wrong")), want: []string{failed, "auth.invalid-user"}},
		{name: "unknown user, wrong answer", user: "ghost", do: in(keyboard("wrong")), want: []string{failed}},
		{name: "name with an address", user: "root rhost=10.0.0.1  user=root", do: in(password("wrong")), like: "unknown user"},
		{name: "name that PAM refuses, with a newline", user: "-evil\nAccepted password for root from 10.0.0.1 port 22 ssh2", do: in(password("wrong"))},
		{name: "account expired", user: "expired", do: in(password(sshdtest.Password)), want: []string{"auth.denied"}},
		{name: "account locked, key", user: "locked", do: in(userKey), logins: 1},
	}
}

func broken() []deed {
	return []deed{
		{name: "list of revoked keys missing", user: "alice", do: in(userKey), want: []string{"config"}},
		{name: "chroot directory that others can write", user: "bob", do: in(password(sshdtest.Password)), logins: 1},
		{name: "host key gone", user: "root", do: withoutHostKey, mute: "up to 9.7 sshd reads its keys for each connection, before it looks who comes"},
	}
}

// withoutHostKey knocks while sshd cannot read its host key.
func withoutHostKey(c *client) {
	file := c.server.Keys.File("host_ed25519")
	check(c, os.Rename(file, file+".away"))
	say()(c)
	check(c, os.Rename(file+".away", file))
}

func limits() []deed {
	return []deed{
		{name: "one too many at a time", do: crowd, want: []string{"throttle"}, mute: "sshd counts most drops without a line each (sshd.c should_drop_connection)"},
		{name: "nobody says anything", do: silent, mute: "Debian's sshd says nothing of LoginGraceTime since its fix of CVE-2024-6387"},
	}
}

// crowd keeps the one connection that MaxStartups allows, and comes again.
func crowd(c *client) {
	first := c.dial()
	defer first.Close()
	_, err := first.Read(make([]byte, 256)) // so that sshd has seen the connection
	check(c, err)
	for range 3 {
		drain(c.dial()) // sshd closes it
	}
}

// silent says nothing until sshd closes the connection.
func silent(c *client) { drain(c.dial()) }

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
