package sshdtest

import (
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

func TestPasswordLogin(t *testing.T) {
	for _, c := range []struct{ why, pam string }{
		{"sshd itself reads the private shadow file", "UsePAM no"},
		{"PAM's pam_unix reads it", "UsePAM yes"},
	} {
		t.Run(c.pam, func(t *testing.T) {
			s := Start(t, Config{Options: []string{c.pam}})
			conn := s.Dial(t, "127.0.0.5")
			client, err := s.Login(conn, ssh.ClientConfig{User: "alice", Auth: []ssh.AuthMethod{ssh.Password(Password)}})
			if err != nil {
				t.Fatalf("%s: %v", c.why, err)
			}
			client.Close()
			want := "Accepted password for alice from 127.0.0.5 port " + port(conn)
			if l := s.Wait(t, want); l.Tag == "" || l.PID <= 1 {
				t.Errorf("line %+v: want a tag and the pid of a child", l)
			}
			s.Idle(t)
		})
	}
}

func port(c net.Conn) string {
	_, p, _ := net.SplitHostPort(c.LocalAddr().String())
	return p
}

func TestReloadAndStop(t *testing.T) {
	s := Start(t, Config{})
	s.Reload(t)
	s.Wait(t, "Received SIGHUP; restarting.")
	s.Stop(t)
	s.Wait(t, "Received signal 15; terminating.")
}

func TestStderr(t *testing.T) {
	s := Start(t, Config{Stderr: true})
	s.Dial(t, "127.0.0.6").Close()
	if l := s.Wait(t, "127.0.0.6"); !strings.HasSuffix(l.Message, "\r\n") || l.Tag != "" {
		t.Errorf("line %+v: want no tag, and CRLF at its end", l)
	}
}

func TestParseDatagram(t *testing.T) {
	now := time.Date(2026, 11, 2, 3, 4, 5, 678000, time.UTC)
	for _, c := range []struct{ why, in, rfc3164, iso string }{
		{"glibc's form", "<38>Nov  2 03:04:05 sshd[9]: Server listening on :: port 22.",
			"Nov  2 03:04:05 web-1 sshd[9]: Server listening on :: port 22.",
			"2026-11-02T03:04:05.000678+00:00 web-1 sshd[9]: Server listening on :: port 22."},
		{"no pid", "<86>Nov 12 03:04:05 internal-sftp: x", "Nov  2 03:04:05 web-1 internal-sftp: x",
			"2026-11-02T03:04:05.000678+00:00 web-1 internal-sftp: x"},
		{"a PAM module lets a newline through, and rsyslog escapes it", "<85>Nov 12 03:04:05 sshd[9]: bad username [-a\nb]",
			"Nov  2 03:04:05 web-1 sshd[9]: bad username [-a#012b]",
			"2026-11-02T03:04:05.000678+00:00 web-1 sshd[9]: bad username [-a#012b]"},
	} {
		l := parseDatagram([]byte(c.in), now)
		if got := l.RFC3164("web-1"); got != c.rfc3164 {
			t.Errorf("%s: RFC3164 %q, want %q", c.why, got, c.rfc3164)
		}
		if got := l.ISO8601("web-1"); got != c.iso {
			t.Errorf("%s: ISO8601 %q, want %q", c.why, got, c.iso)
		}
	}
}

// FuzzParseDatagram: no byte of a message is lost, and no header spans lines.
func FuzzParseDatagram(f *testing.F) {
	f.Add([]byte("<38>Nov  2 03:04:05 sshd[9]: x"))
	f.Add([]byte("<38>Nov  2 03:04:05 sshd[9]: \n\n"))
	f.Add([]byte("garbage"))
	f.Fuzz(func(t *testing.T, b []byte) {
		l := parseDatagram(b, time.Time{})
		// All but the line feed that may end a datagram.
		if whole := string(b); !strings.HasSuffix(whole, l.Message) && !strings.HasSuffix(strings.TrimSuffix(whole, "\n"), l.Message) {
			t.Errorf("message %q is not the end of %q", l.Message, b)
		}
		if strings.ContainsAny(l.RFC3164("h"), "\r\n") {
			t.Errorf("%q made a record of several lines", b)
		}
	})
}

func TestPacket(t *testing.T) {
	for n := range 40 {
		if got := len(Packet(make([]byte, n))); got%8 != 0 || got < 16 {
			t.Errorf("payload of %d bytes: packet of %d, want a multiple of 8, at least 16 (RFC 4253 section 6)", n, got)
		}
	}
}
