package syslog

import "testing"

// envelopes are lines of each envelope, for benchmarks and for the test that
// counts allocations.
var envelopes = []struct{ name, line string }{
	{"bare", "Failed password for invalid user admin from 192.0.2.7 port 4242 ssh2\r"},
	{"bareTag", "sshd[24200]: Failed password for invalid user admin from 192.0.2.7 port 4242 ssh2"},
	{"rfc3164", "Nov 22 13:27:06 web-1 sshd[24200]: Failed password for invalid user admin from 192.0.2.7 port 4242 ssh2"},
	{"rfc3164pri", "<86>Nov  2 13:27:06 web-1 sshd[24200]: Failed password for invalid user admin from 192.0.2.7 port 4242 ssh2"},
	{"repeated", "Nov 22 13:27:06 web-1 sshd[24200]: message repeated 2 times: [ Failed password for root from 192.0.2.7 port 4242 ssh2]"},
	{"iso", "2026-11-22T13:27:06.123456+00:00 web-1 sshd[24200]: Failed password for invalid user admin from 192.0.2.7 port 4242 ssh2"},
	{"shortISO", "2026-11-22T13:27:06+0000 web-1 sshd-session[24200]: Failed password for invalid user admin from 192.0.2.7 port 4242 ssh2"},
	{"rfc5424", "<86>1 2026-11-22T13:27:06.123456+00:00 web-1 sshd 24200 - -  Failed password for invalid user admin from 192.0.2.7 port 4242 ssh2"},
	{"cri", "2026-11-22T13:27:06.123456789Z stderr F Failed password for invalid user admin from 192.0.2.7 port 4242 ssh2"},
	{"otherProgram", "Nov 22 13:27:06 web-1 CRON[777]: pam_unix(cron:session): session opened for user root by (uid=0)"},
	{"s3Export", "2026-11-22T13:27:06.000Z Nov 22 13:27:06 web-1 sshd[24200]: Failed password for invalid user admin from 192.0.2.7 port 4242 ssh2"},
}

var jsonEnvelopes = []struct{ name, line string }{
	{"journal", `{"__CURSOR":"s=0123456789abcdef;i=1","_BOOT_ID":"0123456789abcdef0123456789abcdef","__REALTIME_TIMESTAMP":"1795354026390955","__MONOTONIC_TIMESTAMP":"2997582226","_TRANSPORT":"syslog","PRIORITY":"6","SYSLOG_FACILITY":"4","SYSLOG_IDENTIFIER":"sshd","SYSLOG_PID":"24200","SYSLOG_TIMESTAMP":"Nov 22 13:27:06 ","_PID":"24200","_UID":"0","_GID":"0","_COMM":"sshd","_EXE":"/usr/sbin/sshd","_CMDLINE":"\"sshd: alice [priv]\"","_CAP_EFFECTIVE":"1fffeffffff","_HOSTNAME":"web-1","_SYSTEMD_UNIT":"ssh.service","MESSAGE":"Failed password for invalid user admin from 192.0.2.7 port 4242 ssh2"}`},
	{"docker", `{"log":"Failed password for invalid user admin from 192.0.2.7 port 4242 ssh2\r\n","stream":"stderr","time":"2026-11-22T13:27:06.123456789Z"}`},
	{"log", `{"log":"Nov 22 13:27:06 web-1 sshd[24200]: Failed password for invalid user admin from 192.0.2.7 port 4242 ssh2"}`},
}

var sink Record

func BenchmarkParse(b *testing.B) {
	for _, e := range append(envelopes, jsonEnvelopes...) {
		b.Run(e.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(e.line)))
			for b.Loop() {
				sink = Parse(e.line)
			}
		})
	}
}
