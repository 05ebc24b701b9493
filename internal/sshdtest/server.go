// Package sshdtest runs a real sshd for a test, and reads what it logs.
//
// The daemon is the machine's own sshd on a loopback port. It runs in mount and
// process namespaces of its own, where /etc/passwd, /etc/shadow, /etc/pam.d,
// /run and /dev/log are the test's: accounts with known passwords exist without
// a trace on the machine, the log comes as a syslog daemon would get it, with
// tag and pid, and all processes end with the test. That needs Linux and root;
// elsewhere a test skips, or fails where SSHSIEVE_REQUIRE=all demands it.
//
//	s := sshdtest.Start(t, sshdtest.Config{Options: []string{"MaxAuthTries 3"}})
//	conn := s.Dial(t, "127.0.0.5")
//	…
//	s.Wait(t, "Connection closed by")
//
// Read server.go first, then account.go (who can log in) and client.go (how to
// come from a known address).
package sshdtest

import (
	"bufio"
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Patience is how long any wait for sshd lasts before the test fails. Logins
// take milliseconds; sshd's own clocks (LoginGraceTime) count in seconds.
const Patience = 20 * time.Second

// Config says what is particular about one sshd.
type Config struct {
	Options []string // sshd_config lines, put before the defaults: sshd keeps the first value of an option
	Match   []string // sshd_config lines for the end of the file, where Match blocks must stand
	Stderr  bool     // run it as containers do, sshd -D -e: lines have neither tag nor pid, and end in CRLF
	// Prepare, where set, changes the temporary directory before sshd starts.
	// Below it are etc/, home/USER/ and sshd_config.
	Prepare func(dir string)
}

// A Server is one running sshd.
type Server struct {
	Addr netip.AddrPort // where it listens: 127.0.0.1 and a free port; also on ::1 where HasIPv6
	Dir  string         // its directory: sshd_config, host_ed25519, home/USER, keys
	Keys *Keys

	process *os.Process
	ended   chan struct{} // closed when the process has been waited for
	stderr  bytes.Buffer  // complete once ended is closed; empty where Config.Stderr
	log     io.Writer     // leads to where the lines are read, behind all that sshd has written

	mu      sync.Mutex
	lines   []Line
	arrived chan struct{} // closed and replaced with every line
}

// Start runs sshd until the test ends. It returns once sshd listens. It skips
// the test where no sshd can run.
func Start(t testing.TB, c Config) *Server {
	t.Helper()
	program := find(t)
	s := &Server{Dir: shortDir(t), ended: make(chan struct{}), arrived: make(chan struct{})}
	s.Keys = newKeys(t, s.Dir)
	s.Addr = freePort(t)
	writeAccounts(t, s.Dir, s.Keys)
	writeFile(t, filepath.Join(s.Dir, "sshd_config"), s.config(c), 0o600)
	if c.Prepare != nil {
		c.Prepare(s.Dir)
	}
	s.listenLog(t)
	s.run(t, program, s.output(t, c))
	t.Cleanup(s.end)
	s.Wait(t, "Server listening on")
	s.ready(t)
	return s
}

// ready waits until sshd's signal handlers stand, and until all that it said
// before has been read. sshd.c main installs them after "Server listening" and
// before it writes its PidFile; a signal that comes earlier is lost, as the
// kernel shields process 1 of a namespace.
func (s *Server) ready(t testing.TB) {
	t.Helper()
	poll(t, "write its PidFile", func() bool {
		_, err := os.Stat(filepath.Join(s.Dir, "pid"))
		return err == nil
	})
	s.flush(t)
}

// find returns the path of sshd, or skips the test.
func find(t testing.TB) string {
	t.Helper()
	program, err := exec.LookPath("/usr/sbin/sshd")
	if err != nil {
		Missing(t, "no /usr/sbin/sshd here: install openssh-server")
	}
	if os.Getuid() != 0 {
		Missing(t, "sshd under test needs root, for namespaces and for logins of other users")
	}
	return program
}

// Missing skips a test that lacks a real part, saying what. Where
// SSHSIEVE_REQUIRE=all is set it fails the test instead.
func Missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("SSHSIEVE_REQUIRE") == "all" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// shortDir is a temporary directory that other users can enter, with a path
// short enough for a socket (108 bytes, unix(7)), which t.TempDir is not.
func shortDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sshd")
	check(t, err)
	check(t, os.Chmod(dir, 0o755))
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// freePort finds a loopback port that is free now. sshd refuses "Port 0".
func freePort(t testing.TB) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).AddrPort()
}

// HasIPv6 says whether this machine has an IPv6 loopback address.
func HasIPv6() bool {
	l, err := net.Listen("tcp", "[::1]:0")
	if err == nil {
		l.Close()
	}
	return err == nil
}

// config is the sshd_config: the test's options, then defaults that keep sshd
// inside its directory.
func (s *Server) config(c Config) string {
	lines := append([]string{}, c.Options...)
	lines = append(lines,
		fmt.Sprintf("ListenAddress %v", s.Addr),
		"HostKey "+s.Keys.File("host_ed25519"),
		"AuthorizedKeysFile "+filepath.Join(s.Dir, "home/%u/.ssh/authorized_keys"),
		"TrustedUserCAKeys "+s.Keys.File("ca.pub"),
		"PidFile "+filepath.Join(s.Dir, "pid"),
		"UseDNS no",
		"PermitRootLogin yes",
	)
	if HasIPv6() {
		lines = append(lines, fmt.Sprintf("ListenAddress [::1]:%d", s.Addr.Port()))
	}
	if !slices.ContainsFunc(c.Options, isSubsystem) {
		lines = append(lines, "Subsystem sftp internal-sftp -l INFO")
	}
	return strings.Join(append(lines, c.Match...), "\n") + "\n"
}

// isSubsystem finds the option that sshd refuses to have twice.
func isSubsystem(option string) bool { return strings.HasPrefix(option, "Subsystem ") }

// listenLog opens the socket that /dev/log leads to.
func (s *Server) listenLog(t testing.TB) {
	t.Helper()
	path := filepath.Join(s.Dir, "log")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	check(t, err)
	check(t, os.Chmod(path, 0o666)) // sftp-server logs as the user
	t.Cleanup(func() { conn.Close() })
	out, err := net.Dial("unixgram", path)
	check(t, err)
	t.Cleanup(func() { out.Close() })
	s.log = out
	go func() {
		b := make([]byte, 64<<10)
		for {
			n, err := conn.Read(b)
			if err != nil {
				return // closed by the cleanup
			}
			s.add(parseDatagram(b[:n], time.Now().UTC()))
		}
	}()
}

func (s *Server) add(l Line) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, l)
	close(s.arrived)
	s.arrived = make(chan struct{})
}

// output is where sshd's standard error goes: the log itself, where the test
// wants it so, else a buffer for what sshd says before it has a log.
func (s *Server) output(t testing.TB, c Config) io.Writer {
	t.Helper()
	if !c.Stderr {
		return &s.stderr
	}
	r, w, err := os.Pipe()
	check(t, err)
	t.Cleanup(func() { w.Close() })
	s.log = w
	go s.readStderr(r)
	return w
}

// readStderr takes every text that ends in LF for a Line.
func (s *Server) readStderr(r *os.File) {
	defer r.Close()
	in := bufio.NewReader(r)
	for {
		text, err := in.ReadString('\n')
		if text != "" {
			s.add(Line{Time: time.Now().UTC(), Priority: -1, Message: text})
		}
		if err != nil {
			return
		}
	}
}

//go:embed namespace.sh
var namespace string

// run starts sshd as process 1 of its own namespaces: whatever it leaves behind
// is killed by the kernel when it ends.
func (s *Server) run(t testing.TB, program string, stderr io.Writer) {
	t.Helper()
	args := []string{"-c", namespace, "namespace.sh", s.Dir, program, "-D", "-f", filepath.Join(s.Dir, "sshd_config")}
	if stderr != &s.stderr {
		args = append(args, "-e")
	}
	cmd := exec.Command("/bin/sh", args...)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID,
		Pdeathsig:  syscall.SIGKILL, // a test that dies of its own timeout runs no cleanup
	}
	cmd.Stderr = stderr
	err := s.start(cmd)
	if errors.Is(err, syscall.EPERM) {
		Missing(t, "no permission to make namespaces for sshd: "+err.Error())
	}
	check(t, err)
}

// start starts cmd, and closes ended when it has ended.
func (s *Server) start(cmd *exec.Cmd) error {
	started := make(chan error)
	go func() {
		// The signal of Pdeathsig comes when the thread that forked ends, so
		// this goroutine keeps its thread until sshd has ended.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		s.process = cmd.Process
		started <- err
		if err != nil {
			return
		}
		cmd.Wait() // the status of a killed sshd says nothing
		close(s.ended)
	}()
	return <-started
}

// end kills sshd and, with it, its whole process namespace.
func (s *Server) end() {
	s.process.Kill()
	<-s.ended
}

// Reload sends SIGHUP, upon which sshd reads its configuration again, and waits
// until it listens again.
func (s *Server) Reload(t testing.TB) {
	t.Helper()
	before := len(s.Lines())
	check(t, s.process.Signal(syscall.SIGHUP))
	s.waitFrom(t, before, "Server listening on")
	s.ready(t) // sshd removed the old PidFile before it started again
}

// ReloadBroken breaks sshd_config and sends SIGHUP, upon which sshd ends: of a
// faulty configuration it complains on its standard error alone.
func (s *Server) ReloadBroken(t testing.TB) {
	t.Helper()
	writeFile(t, filepath.Join(s.Dir, "sshd_config"), "NoSuchOption yes\n", 0o600)
	check(t, s.process.Signal(syscall.SIGHUP))
	select {
	case <-s.ended:
	case <-time.After(Patience):
		t.Fatal("sshd did not end on SIGHUP with a broken sshd_config")
	}
	s.flush(t)
}

// Stop sends SIGTERM and waits until sshd has ended.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	check(t, s.process.Signal(syscall.SIGTERM))
	select {
	case <-s.ended:
	case <-time.After(Patience):
		t.Fatal("sshd did not end on SIGTERM")
	}
	s.flush(t)
}

// Lines returns everything sshd has logged so far.
func (s *Server) Lines() []Line {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Line(nil), s.lines...)
}

// Wait returns the first line whose message contains text; the test fails when
// none has come within Patience, or when sshd ends.
func (s *Server) Wait(t testing.TB, text string) Line {
	t.Helper()
	return s.waitFrom(t, 0, text)
}

// waitFrom is Wait among the lines from number n on.
func (s *Server) waitFrom(t testing.TB, n int, text string) Line {
	t.Helper()
	deadline := time.After(Patience)
	for {
		s.mu.Lock()
		rest, arrived := s.lines[n:], s.arrived
		s.mu.Unlock()
		for _, l := range rest {
			if strings.Contains(l.Message, text) {
				return l
			}
		}
		select {
		case <-arrived:
		case <-s.ended:
			t.Fatalf("sshd ended before it logged %q; its standard error: %q", text, s.stderr.String())
		case <-deadline:
			t.Fatalf("sshd has not logged %q within %v", text, Patience)
		}
	}
}

// Idle waits until sshd serves no connection any more and all that it logged
// about them is in Lines. A connection must have been accepted by then: wait
// for a line of it first.
func (s *Server) Idle(t testing.TB) {
	t.Helper()
	poll(t, "end its connections", func() bool { return !s.busy(t) })
	s.flush(t)
}

// poll waits for what nothing announces: the kernel tells only its parent when a
// process ends, and sshd tells nobody of its PidFile.
func poll(t testing.TB, what string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(Patience)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatalf("sshd did not %s within %v", what, Patience)
		}
		time.Sleep(time.Millisecond)
	}
}

// busy says whether the listener has children, or is itself at work. All
// processes of its namespace become its children when their parents end.
func (s *Server) busy(t testing.TB) bool {
	t.Helper()
	proc := fmt.Sprintf("/proc/%d", s.process.Pid)
	children, err := os.ReadFile(fmt.Sprintf("%s/task/%d/children", proc, s.process.Pid))
	check(t, err)
	stat, err := os.ReadFile(proc + "/stat")
	check(t, err)
	_, state, _ := bytes.Cut(stat, []byte(") ")) // proc(5): "pid (name) state …"
	return len(children) > 0 || state[0] != 'S'
}

// mark is no message of sshd's.
const mark = "sshdtest: all before this line has been read"

// flush waits until all that sshd has logged has been read, by logging a last
// line and taking it out again.
func (s *Server) flush(t testing.TB) {
	t.Helper()
	_, err := io.WriteString(s.log, mark+"\n")
	check(t, err)
	deadline := time.After(Patience)
	for {
		found, arrived := s.takeMark()
		if found {
			return
		}
		select {
		case <-arrived:
		case <-deadline:
			t.Fatal("the log is not being read")
		}
	}
}

// takeMark removes the mark from the lines, or says what to wait for.
func (s *Server) takeMark() (bool, chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.lines, func(l Line) bool { return l.Message == mark+"\n" })
	if i < 0 {
		return false, s.arrived
	}
	s.lines = slices.Delete(s.lines, i, i+1)
	return true, nil
}

func writeFile(t testing.TB, path, text string, mode os.FileMode) {
	t.Helper()
	check(t, os.MkdirAll(filepath.Dir(path), 0o755))
	check(t, os.WriteFile(path, []byte(text), mode))
	check(t, os.Chmod(path, mode)) // whatever the umask
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
