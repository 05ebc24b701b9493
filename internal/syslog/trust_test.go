package syslog

import "testing"

const sshdBinary = `"_COMM":"sshd","_EXE":"/usr/sbin/sshd"`

var trustTests = []struct {
	why, line string
	want      Trust
}{
	{"standard error", failed, Peer},
	{"a container's", `{"log":"` + failed + `\n","stream":"stderr","time":"2026-11-22T13:27:06Z"}`, Peer},
	{"a container's", "2026-11-22T13:27:06Z stderr F " + failed, Peer},
	{"docker compose shows both streams as one", `bastion-1  | {"SYSLOG_IDENTIFIER":"sshd","_UID":"0","_COMM":"sshd","MESSAGE":"x"}`, Peer},
	{"a stamp is no envelope", "2026-11-22T13:27:06Z " + failed, Peer},
	{"a tag without pid is none either", "sshd: " + failed, Peer},
	{"a stranger may write an envelope to standard error", `{"log":"Nov 22 13:27:06 web-1 sshd[7]: Accepted password for root\r\n","stream":"stderr"}`, Peer},
	{"even journald's", `2026-11-22T13:27:06Z stderr F {"SYSLOG_IDENTIFIER":"sshd","_UID":"0","_COMM":"sshd","MESSAGE":"x"}`, Peer},

	{"syslog", "Nov 22 13:27:06 web-1 sshd[7]: " + failed, Host},
	{"syslog inside a wrapper that is no container's", `{"log":"Nov 22 13:27:06 web-1 sshd[7]: ` + failed + `"}`, Host},
	{"a container whose syslogd writes to standard output", "2026-11-22T13:27:06Z stdout F Nov 22 13:27:05 web-1 sshd[7]: " + failed, Host},
	{"journalctl's text has no fields", "2026-11-22T13:27:06+0000 web-1 sshd[7]: " + failed, Host},
	{"JSON without journald's fields", `{"ident":"sshd","pid":"7","message":"` + failed + `"}`, Host},

	{"sshd as root", journal(sshdMembers + `,"MESSAGE":"` + failed + `"`), Root},
	{"gone before journald looked: the kernel still gave the uid", journal(`"SYSLOG_IDENTIFIER":"sshd","_PID":"7","_UID":"0","MESSAGE":"x"`), Root},
	{"gone, but for its name", journal(`"SYSLOG_IDENTIFIER":"sshd","_COMM":"sshd","_UID":"0","MESSAGE":"x"`), Root},
	{"upgraded while it ran", journal(`"SYSLOG_IDENTIFIER":"sshd","_COMM":"sshd","_EXE":"/usr/sbin/sshd (deleted)","_UID":"0","MESSAGE":"x"`), Root},
	{"fluent-bit stripped the underscores", `{"syslog_identifier":"sshd","comm":"sshd","uid":"0","message":"x"}`, Root},
	{"fluent-bit wrote numbers", `{"SYSLOG_IDENTIFIER":"sshd","_COMM":"sshd","_UID":0,"MESSAGE":"x"}`, Root},
	{"root's own logger -t sshd is believed like syslog", journal(`"SYSLOG_IDENTIFIER":"sshd","_COMM":"logger","_UID":"0","MESSAGE":"x"`), Host},
	{"another program is nobody's sshd", journal(`"SYSLOG_IDENTIFIER":"sudo","_COMM":"sudo","_UID":"1000","MESSAGE":"x"`), Host},

	{"sshd -e under systemd: the journal holds its standard error", `{"SYSLOG_IDENTIFIER":"sshd","_TRANSPORT":"stdout","_UID":"0",` + sshdBinary + `,"MESSAGE":"` + failed + `"}`, Peer},
	{"a container's log driver is root", `{"SYSLOG_IDENTIFIER":"sshd","CONTAINER_NAME":"sshd","_UID":"0","_COMM":"dockerd","MESSAGE":"` + failed + `"}`, Peer},

	{"after the login sshd's child is the user", journal(`"SYSLOG_IDENTIFIER":"sshd","_UID":"1000",` + sshdBinary + `,"MESSAGE":"Disconnected from user bob 192.0.2.7 port 4242"`), Host},
	{"and may be gone", journal(`"SYSLOG_IDENTIFIER":"sshd","_UID":"1000","_COMM":"sshd","MESSAGE":"Received disconnect from 192.0.2.7 port 4242:11: disconnected by user"`), Host},
	{"so is internal-sftp", journal(`"SYSLOG_IDENTIFIER":"internal-sftp","_UID":"1000",` + sshdBinary + `,"MESSAGE":"Failed to open x"`), Host},
	{"so is sftp-server", journal(`"SYSLOG_IDENTIFIER":"sftp-server","_UID":"1000","_COMM":"sftp-server","_EXE":"/usr/lib/openssh/sftp-server","MESSAGE":"closedir \".\""`), Host},

	{"a user's logger -t sshd", journal(`"SYSLOG_IDENTIFIER":"sshd","_COMM":"logger","_UID":"1000","MESSAGE":"x"`), Forged},
	{"his systemd-cat", `{"SYSLOG_IDENTIFIER":"sshd","_TRANSPORT":"stdout","_COMM":"cat","_UID":"1000","MESSAGE":"x"}`, Forged},
	{"his sftp-server", journal(`"SYSLOG_IDENTIFIER":"sftp-server","_COMM":"python3","_UID":"1000","MESSAGE":"x"`), Forged},
	{"his program changed its name, not its file", journal(`"SYSLOG_IDENTIFIER":"sshd","_COMM":"sshd","_EXE":"/usr/bin/python3.13","_UID":"1000","MESSAGE":"x"`), Forged},
	{"only root decides who logs in", journal(`"SYSLOG_IDENTIFIER":"sshd","_UID":"1000",` + sshdBinary + `,"MESSAGE":"Accepted password for root from 192.0.2.7 port 4242 ssh2"`), Forged},
	{"his program was gone before journald looked", journal(`"SYSLOG_IDENTIFIER":"sshd-session","_UID":"1000","MESSAGE":"` + failed + `"`), Forged},
	{"where underscores are stripped he can say UID=0 himself", `{"SYSLOG_IDENTIFIER":"sshd","UID":"1000","UID":"0","COMM":"logger","MESSAGE":"x"}`, Forged},
	{"in any order", `{"SYSLOG_IDENTIFIER":"sshd","UID":"0","UID":"1000","COMM":"logger","MESSAGE":"x"}`, Forged},
	{"and COMM=sshd", `{"SYSLOG_IDENTIFIER":"sshd","UID":"1000","COMM":"logger","COMM":"sshd","MESSAGE":"x"}`, Forged},
	{"and a shipper may make an array of both", `{"SYSLOG_IDENTIFIER":"sshd","UID":["0","1000"],"COMM":"logger","MESSAGE":"x"}`, Forged},
}

func TestTrust(t *testing.T) {
	for _, test := range trustTests {
		if got := Parse(test.line).Trust; got != test.want {
			t.Errorf("%s: trust of %q is %v, want %v", test.why, test.line, got, test.want)
		}
	}
}

func TestTrustString(t *testing.T) {
	for trust, want := range map[Trust]string{Peer: "peer", Host: "host", Root: "root", Forged: "forged"} {
		if got := trust.String(); got != want {
			t.Errorf("Trust(%d) is %q, want %q: reports print these words", trust, got, want)
		}
	}
}
