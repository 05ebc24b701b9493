package agents

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sshsieve/internal/sshd"
	"sshsieve/internal/sshdtest"
	"sshsieve/internal/syslog"
)

// heartbeat is the text that the stack is given: Heartbeat=sshsieve-heartbeat.
const heartbeat = "sshsieve-heartbeat"

// isHeartbeat reports whether a line is one as watch takes it: of a host, not a
// peer's to write, and with the text in its message.
func isHeartbeat(line string) bool {
	r := syslog.Parse(line)
	return r.Host != "" && r.Trust != syslog.Peer && strings.Contains(r.Message, heartbeat)
}

// TestHeartbeatArrives: each sample holds one, which is no line of sshd's, and
// which a stack that is deployed with FilterPattern %sshd% gets as well.
func TestHeartbeatArrives(t *testing.T) {
	for _, name := range append(glob(t, "cloudwatch-agent/*.sample"), glob(t, "fluent-bit/*.sample")...) {
		beats := 0
		for _, line := range lines(t, name) {
			if !isHeartbeat(line) {
				continue
			}
			beats++
			r := syslog.Parse(line)
			if e := new(sshd.Reader).Read([]syslog.Record{r})[0]; e.Category != sshd.NotSSHD {
				t.Errorf("%s: the heartbeat is of category %v", name, e.Category)
			}
			if !strings.Contains(r.Message, "sshd") || !strings.HasSuffix(strings.Join(heartbeatCommand(t), " "), r.Message) {
				t.Errorf("%s: %q is not what the unit says, or has no sshd in it", name, r.Message)
			}
		}
		if beats != 1 {
			t.Errorf("%s: %d heartbeats, want 1", name, beats)
		}
	}
}

// heartbeatCommand is the unit's ExecStart. It needs no quotes.
func heartbeatCommand(t *testing.T) []string {
	t.Helper()
	command := value(t, "sshsieve-heartbeat.service", "ExecStart")
	if strings.ContainsAny(command, `"'\%$`) {
		t.Fatalf("systemd reads more in %s than its words", command)
	}
	return strings.Fields(command)
}

// value is that of a unit's option, which must be there once.
func value(t *testing.T, unit, option string) string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^`+option+`=(.*)$`).FindAllStringSubmatch(text(t, unit), -1)
	if len(found) != 1 {
		t.Fatalf("%s: %s= is there %d times", unit, option, len(found))
	}
	return found[0][1]
}

// TestHeartbeatThroughRsyslog: what the unit runs, through a real rsyslogd in both
// of its formats, is a heartbeat whose stamp the CloudWatch agent reads.
func TestHeartbeatThroughRsyslog(t *testing.T) {
	for _, c := range []struct{ why, template, system string }{
		{"what Fedora's rsyslog.conf and Ubuntu 22.04's choose", "RSYSLOG_TraditionalFileFormat", "ubuntu-22.04"},
		{"rsyslog's own, which Debian 12 and Ubuntu 24.04 leave alone", "RSYSLOG_FileFormat", "debian-12"},
	} {
		t.Run(c.template, func(t *testing.T) {
			daemon := startRsyslog(t, c.template)
			if out, err := exec.Command("logger", slices.Concat([]string{"-u", daemon.socket}, heartbeatCommand(t)[1:])...).CombinedOutput(); err != nil {
				t.Fatalf("logger: %v: %s", err, out)
			}
			line := daemon.line(t)
			if !isHeartbeat(line) {
				t.Errorf("%s: %q is no heartbeat", c.why, line)
			}
			if _, ok := cutStamp(t, agentOf(t, c.system).TimestampFormat, line, time.Local); !ok {
				t.Errorf("%s: on %s the agent reads no stamp in %q", c.why, c.system, line)
			}
		})
	}
}

// An rsyslog is a daemon that writes into a pipe what comes through its socket.
type rsyslog struct {
	socket string
	out    *bufio.Reader
	said   *bytes.Buffer // its own errors
}

// startRsyslog returns once the daemon hears: its first line says so.
func startRsyslog(t *testing.T, template string) rsyslog {
	t.Helper()
	if _, err := exec.LookPath("rsyslogd"); err != nil {
		sshdtest.Missing(t, "rsyslogd is not installed")
	}
	dir := t.TempDir()
	r := rsyslog{socket: dir + "/log", said: new(bytes.Buffer)}
	write(t, dir+"/conf", `global(processInternalMessages="on")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="`+r.socket+`")
*.info action(type="ompipe" pipe="`+dir+`/pipe" template="`+template+`")
`, 0o644)
	r.out = bufio.NewReader(pipe(t, dir+"/pipe"))
	cmd := exec.Command("rsyslogd", "-n", "-i", dir+"/pid", "-f", dir+"/conf")
	cmd.Stderr = r.said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	if line := r.line(t); !strings.HasSuffix(line, " start") {
		t.Fatalf("rsyslogd says %q, want that it has started", line)
	}
	return r
}

func (r rsyslog) line(t *testing.T) string {
	t.Helper()
	line, err := r.out.ReadString('\n')
	if err != nil {
		t.Fatalf("nothing from rsyslogd: %v: %s", err, r.said)
	}
	return strings.TrimSuffix(line, "\n")
}

// pipe makes a named pipe, from which is read for at most ten seconds.
func pipe(t *testing.T, path string) *os.File {
	t.Helper()
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0) // for both, so that it does not wait for a writer
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if err := f.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return f
}
