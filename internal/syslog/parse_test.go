package syslog

import (
	"strings"
	"testing"
	"time"
)

// failed is the message of most samples.
const failed = "Failed password for root from 192.0.2.7 port 4242 ssh2"

func utc(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

var (
	inNovember  = utc("0000-11-22T13:27:06Z")
	november    = utc("2026-11-22T13:27:06Z")
	inMicros    = utc("2026-11-22T13:27:06.123456Z")
	plain       = Record{Time: inNovember, Stamp: NoYear, Trust: Host, Host: "web-1", Program: "sshd", PID: 7, Message: failed}
	exact       = with(plain, func(r *Record) { r.Time, r.Stamp = november, Exact })
	exactMicros = with(plain, func(r *Record) { r.Time, r.Stamp = inMicros, Exact })
	bareText    = Record{Message: failed}
)

// with is r with changes.
func with(r Record, change func(*Record)) Record {
	change(&r)
	return r
}

func host(r Record, name string) Record    { r.Host = name; return r }
func program(r Record, name string) Record { r.Program = name; return r }
func pid(r Record, n int) Record           { r.PID = n; return r }
func message(r Record, s string) Record    { r.Message = s; return r }
func trusted(r Record, t Trust) Record     { r.Trust = t; return r }
func repeat(r Record, n int) Record        { r.Repeat = n; return r }
func at(r Record, stamp Stamp, s string) Record {
	r.Time, r.Stamp = utc(s), stamp
	return r
}

// parseTests are the envelopes. A Repeat of 0 stands for 1.
var parseTests = []struct {
	why, line string
	want      Record
}{
	{"RFC 3164 as rsyslog writes it to auth.log", "Nov 22 13:27:06 web-1 sshd[7]: " + failed, plain},
	{"RFC 3164 pads the day with a blank", "Nov  2 13:27:06 web-1 sshd[7]: " + failed, at(plain, NoYear, "0000-11-02T13:27:06Z")},
	{"some pad it with 0", "Nov 02 13:27:06 web-1 sshd[7]: " + failed, at(plain, NoYear, "0000-11-02T13:27:06Z")},
	{"some do not pad it", "Nov 2 13:27:06 web-1 sshd[7]: " + failed, at(plain, NoYear, "0000-11-02T13:27:06Z")},
	{"29 February exists in a stamp without year", "Feb 29 13:27:06 web-1 sshd[7]: " + failed, at(plain, NoYear, "0000-02-29T13:27:06Z")},
	{"a leap second stays in its year", "Dec 31 23:59:60 web-1 sshd[7]: " + failed, at(plain, NoYear, "0000-12-31T23:59:59Z")},
	{"PRI of authpriv.info", "<86>Nov 22 13:27:06 web-1 sshd[7]: " + failed, plain},
	{"PRI and a tag alone, as written to /dev/log", "<38>sshd[7]: " + failed, with(host(plain, ""), timeless)},
	{"no host, from /dev/log with a stamp", "<38>Nov 22 13:27:06 sshd[7]: " + failed, host(plain, "")},
	{"a PRI that is none leaves the text", "<999>Nov 22 13:27:06 web-1 sshd[7]: x", Record{Message: "<999>Nov 22 13:27:06 web-1 sshd[7]: x"}},
	{"German month", "Dez 22 13:27:06 web-1 sshd[7]: " + failed, at(plain, NoYear, "0000-12-22T13:27:06Z")},
	{"German month of two-byte letters", "Mär 22 13:27:06 web-1 sshd[7]: " + failed, at(plain, NoYear, "0000-03-22T13:27:06Z")},
	{"French month of five letters and a dot", "févr. 22 13:27:06 web-1 sshd[7]: " + failed, at(plain, NoYear, "0000-02-22T13:27:06Z")},
	{"Russian month", "янв 22 13:27:06 web-1 sshd[7]: " + failed, at(plain, NoYear, "0000-01-22T13:27:06Z")},
	{"year behind the day", "Nov 22 2026 13:27:06 web-1 sshd[7]: " + failed, at(plain, NoZone, "2026-11-22T13:27:06Z")},
	{"year before the month", "2026 Nov 22 13:27:06 web-1 sshd[7]: " + failed, at(plain, NoZone, "2026-11-22T13:27:06Z")},
	{"journalctl -o short-precise", "Nov 22 13:27:06.123456 web-1 sshd[7]: " + failed, at(plain, NoYear, "0000-11-22T13:27:06.123456Z")},
	{"path of the program", "Nov 22 13:27:06 web-1 /usr/sbin/sshd[7]: " + failed, plain},
	{"brackets without colon, no host (metalog)", "Nov 22 13:27:06 [sshd] " + failed, pid(host(plain, ""), 0)},
	{"brackets with colon, no host", "Nov 22 13:27:06 [sshd]: " + failed, pid(host(plain, ""), 0)},
	{"no pid", "Nov 22 13:27:06 web-1 sshd: " + failed, pid(plain, 0)},
	{"no colon", "Nov 22 13:27:06 web-1 sshd[7] " + failed, plain},
	{"neither pid nor colon", "Nov 22 13:27:06 web-1 sshd " + failed, pid(plain, 0)},
	{"neither, and no host", "Nov 22 13:27:06 sshd " + failed, pid(host(plain, ""), 0)},
	{"two blanks before the message", "Nov 22 13:27:06 web-1 sshd[7]:  " + failed, plain},
	{"blanks at its end belong to the message", "Nov 22 13:27:06 web-1 sshd[7]: rhost=192.0.2.7 ", message(plain, "rhost=192.0.2.7 ")},
	{"no blank before the message", "Nov 22 13:27:06 web-1 sshd[7]:" + failed, plain},
	{"no message", "Nov 22 13:27:06 web-1 sshd[7]:", message(plain, "")},
	{"the file's CRLF is no part of it", "Nov 22 13:27:06 web-1 sshd[7]: " + failed + "\r\n", withCR(plain)},
	{"a byte order mark opens the file", byteOrderMark + "Nov 22 13:27:06 web-1 sshd[7]: " + failed, plain},
	{"host is an IPv6 address", "Nov 22 13:27:06 2001:db8::7 sshd[7]: " + failed, host(plain, "2001:db8::7")},
	{"host is an address that ends like a tag", "Nov 22 13:27:06 2001:db8:: sshd[7]: " + failed, host(plain, "2001:db8::")},
	{"AIX forwards for others", "<38>Nov 22 13:27:06 Message forwarded from web-1: sshd[7]: " + failed, plain},
	{"AIX writes the facility", "Nov 22 13:27:06 web-1 auth|security:info sshd[7]: " + failed, plain},
	{"busybox writes the facility", "Nov 22 13:27:06 web-1 auth.info sshd[7]: " + failed, plain},
	{"busybox without host", "Nov 22 13:27:06 auth.info sshd[7]: " + failed, host(plain, "")},
	{"FreeBSD's syslogd -v", "Nov 22 13:27:06 <4.6> web-1 sshd[7]: " + failed, plain},
	{"OpenWrt's logread", "Sun Nov 22 13:27:06 2026 authpriv.info sshd[7]: " + failed, host(at(plain, NoZone, "2026-11-22T13:27:06Z"), "")},
	{"ctime without a year", "Sun Nov 22 13:27:06 web-1 sshd[7]: " + failed, plain},
	{"socklog", "auth.info: Nov 22 13:27:06 sshd[7]: " + failed, host(plain, "")},
	{"svlogd -tt around socklog", "2026-11-22_13:27:06.123456 auth.info: Nov 22 13:27:06 sshd[7]: " + failed, host(exactMicros, "")},
	{"multilog's TAI64N around a bare line", "@400000006b02edb4075bca00 " + failed, Record{Time: inMicros, Stamp: Exact, Message: failed}},
	{"Solaris's message id", "Nov 22 13:27:06 web-1 sshd[7]: [ID 800047 auth.info] " + failed, plain},
	{"the host again in brackets", "Nov 22 13:27:06 web-1 sshd[7]: [web-1] " + failed, plain},
	{"other brackets belong to the message", "Nov 22 13:27:06 web-1 sshd[7]: [web-2] x", message(plain, "[web-2] x")},
	{"the old PAM tag", "Nov 22 13:27:06 web-1 sshd(pam_unix)[7]: " + failed, with(plain, func(r *Record) { r.Module = "pam_unix" })},
	{"sshd-session since 9.8", "Nov 22 13:27:06 web-1 sshd-session[7]: " + failed, program(plain, "sshd-session")},
	{"a pid that no system has", "Nov 22 13:27:06 web-1 sshd[99999999999]: " + failed, pid(plain, 0)},
	{"another program", "Nov 22 13:27:06 web-1 CRON[9]: x", message(program(pid(plain, 9), "CRON"), "x")},
	{"another program, neither pid nor host", "Nov 22 13:27:06 web-1 sudo:    bob : TTY=pts/0", message(program(pid(plain, 0), "sudo"), "bob : TTY=pts/0")},
	{"launchd's tag has no colon at its end", "Nov 22 13:27:06 web-1 com.apple.xpc.launchd[1] (com.openssh.sshd): x", message(program(pid(plain, 1), "com.apple.xpc.launchd"), "(com.openssh.sshd): x")},
	{"syslogd counts lines of any program", "Nov 22 13:27:06 web-1 last message repeated 3 times", message(program(pid(plain, 0), "syslogd"), "last message repeated 3 times")},
	{"syslogd's mark", "Nov 22 13:27:06 web-1 -- MARK --", message(program(pid(plain, 0), "syslogd"), "-- MARK --")},
	{"Sandia's clusters", "- 1795354026 2026.11.22 n1 Nov 22 13:27:06 web-1 sshd[7]: " + failed, plain},

	{"rsyslog repeats", "Nov 22 13:27:06 web-1 sshd[7]: message repeated 5 times: [ " + failed + "]", repeat(plain, 5)},
	{"a message in brackets of its own", "Nov 22 13:27:06 web-1 sshd[7]: message repeated 2 times: [ x [preauth]]", message(repeat(plain, 2), "x [preauth]")},
	{"rsyslog repeats another program's", "Nov 22 13:27:06 web-1 dbus[7]: message repeated 5 times: [ x]", message(program(plain, "dbus"), "message repeated 5 times: [ x]")},
	{"a peer's name that repeats", "Nov 22 13:27:06 web-1 sshd[7]: Invalid user message repeated 9 times: [ x] from 192.0.2.7 port 4242", message(plain, "Invalid user message repeated 9 times: [ x] from 192.0.2.7 port 4242")},
	{"a peer's whole line that repeats, on stderr", "message repeated 9 times: [ " + failed + "]", message(bareText, "message repeated 9 times: [ "+failed+"]")},
	{"repeated within repeated counts once", "Nov 22 13:27:06 web-1 sshd[7]: message repeated 2 times: [ message repeated 9 times: [ x]]", message(repeat(plain, 2), "message repeated 9 times: [ x]")},
	{"no times at all", "Nov 22 13:27:06 web-1 sshd[7]: message repeated 0 times: [ x]", message(plain, "message repeated 0 times: [ x]")},
	{"rsyslog's escapes stay", "Nov 22 13:27:06 web-1 sshd[7]: bad username [-x#012y]", message(plain, "bad username [-x#012y]")},

	{"rsyslog's ISO stamp", "2026-11-22T13:27:06.123456+00:00 web-1 sshd[7]: " + failed, exactMicros},
	{"another zone is the same instant", "2026-11-22T14:57:06.123456+01:30 web-1 sshd[7]: " + failed, exactMicros},
	{"west of UTC, over midnight", "2026-11-21T20:27:06-17:00 web-1 sshd[7]: " + failed, exact},
	{"nine digits and Z", "2026-11-22T13:27:06.123456000Z web-1 sshd[7]: " + failed, exactMicros},
	{"no fraction, no colon: journalctl -o short-iso", "2026-11-22T13:27:06+0000 web-1 sshd[7]: " + failed, exact},
	{"journalctl -o short-iso-precise", "2026-11-22T13:27:06.123456+0000 web-1 sshd[7]: " + failed, exactMicros},
	{"hours alone", "2026-11-22T15:27:06+02 web-1 sshd[7]: " + failed, exact},
	{"a zone of 99 hours is none, nor is the stamp one", "2026-11-22T13:27:06+9900 x", Record{Message: "2026-11-22T13:27:06+9900 x"}},
	{"an hour of 24 is none", "Nov 22 24:00:00 web-1 x", Record{Message: "Nov 22 24:00:00 web-1 x"}},
	{"a TAI64N label has hexadecimal digits", "@40000000xxxxxxxx00000000 x", Record{Message: "@40000000xxxxxxxx00000000 x"}},
	{"and lies in our time", "@ffffffffffffffff00000000 x", Record{Message: "@ffffffffffffffff00000000 x"}},
	{"no zone", "2026-11-22T13:27:06 web-1 sshd[7]: " + failed, at(plain, NoZone, "2026-11-22T13:27:06Z")},
	{"no zone and no host", "2026-11-22T13:27:06 sshd-session[7]: " + failed, program(host(at(plain, NoZone, "2026-11-22T13:27:06Z"), ""), "sshd-session")},
	{"macOS", "2026-11-22 13:27:06.123456+0000  localhost sshd[7]: " + failed, host(exactMicros, "localhost")},
	{"macOS names the library", "2026-11-22 13:27:06.123456+0000  localhost sshd[7]: (libpam.2.dylib) " + failed, host(exactMicros, "localhost")},
	{"only macOS does", "2026-11-22T13:27:06+0000 web-1 sshd[7]: (x) y", message(exact, "(x) y")},
	{"a comma before the fraction", "2026-11-22 13:27:06,123456 web-1 sshd[7]: " + failed, at(plain, NoZone, "2026-11-22T13:27:06.123456Z")},
	{"PRI and ISO", "<38>2026-11-22T13:27:06+00:00 web-1 sshd[7]: " + failed, exact},
	{"a date that the calendar has not", "2026-02-29T13:27:06Z x", Record{Message: "2026-02-29T13:27:06Z x"}},
	{"journalctl -o short-full", "Sun 2026-11-22 13:27:06 UTC web-1 sshd[7]: " + failed, exact},
	{"short-full in German", "So 2026-11-22 13:27:06 UTC web-1 sshd[7]: " + failed, exact},
	{"short-full with a zone of no certain name", "Sun 2026-11-22 13:27:06 CST web-1 sshd[7]: " + failed, at(plain, NoZone, "2026-11-22T13:27:06Z")},
	{"short-full with a zone that has no name", "Sun 2026-11-22 16:27:06 +03 web-1 sshd[7]: " + failed, exact},
	{"journalctl -o short-unix", "1795354026.123456 web-1 sshd[7]: " + failed, exactMicros},
	{"journalctl -o short-monotonic", "[ 2997.582226] web-1 sshd[7]: " + failed, with(plain, timeless)},

	{"RFC 5424", "<86>1 2026-11-22T13:27:06.123456+00:00 web-1 sshd 7 - - " + failed, exactMicros},
	{"rsyslog's template has two blanks", "<86>1 2026-11-22T13:27:06.123456+00:00 web-1 sshd 7 - -  " + failed, exactMicros},
	{"byte order mark before the text", "<86>1 2026-11-22T13:27:06.123456Z web-1 sshd 7 - - " + byteOrderMark + failed, exactMicros},
	{"everything nil", "<86>1 - - sshd - - - " + failed, pid(host(with(plain, timeless), ""), 0)},
	{"structured data with escapes", `<86>1 2026-11-22T13:27:06Z web-1 sshd 7 ID1 [a@1 k="v\]\"] x" l="\\"][b@1] ` + failed, exact},
	{"structured data without an end", `<86>1 2026-11-22T13:27:06Z web-1 sshd 7 - [a@1 k="v] x`, Record{Message: `<86>1 2026-11-22T13:27:06Z web-1 sshd 7 - [a@1 k="v] x`}},
	{"no text", "<86>1 2026-11-22T13:27:06Z web-1 sshd 7 - -", message(exact, "")},
	{"without PRI, as some templates write it", "1 2026-11-22T13:27:06Z web-1 sshd 7 - - " + failed, exact},
	{"rsyslog repeats in RFC 5424", "<86>1 2026-11-22T13:27:06Z web-1 sshd 7 - - message repeated 2 times: [ " + failed + "]", repeat(exact, 2)},

	{"bare", failed, bareText},
	{"bare, with stderr's CR", failed + "\r", withCR(bareText)},
	{"nothing", "", Record{}},
	{"a continuation keeps its blanks", "      Accepted password for root", Record{Message: "      Accepted password for root"}},
	{"a message that looks like a tag", "sshd: no hostkeys available -- exiting.", Record{Message: "sshd: no hostkeys available -- exiting."}},
	{"behind an envelope it is one", "Nov 22 13:27:06 web-1 sshd: no hostkeys available -- exiting.", message(pid(plain, 0), "no hostkeys available -- exiting.")},
	{"behind a tag it is none", "Nov 22 13:27:06 web-1 sshd[7]: sshd: no hostkeys available -- exiting.", message(plain, "sshd: no hostkeys available -- exiting.")},
	{"a prefix is no tag", "error: kex_exchange_identification: read: Connection reset by peer", Record{Message: "error: kex_exchange_identification: read: Connection reset by peer"}},
	{"a function is no tag", "userauth_pubkey: key type ssh-rsa not in PubkeyAcceptedKeyTypes [preauth]", Record{Message: "userauth_pubkey: key type ssh-rsa not in PubkeyAcceptedKeyTypes [preauth]"}},
	{"a PAM module is no tag", "pam_unix(sshd:session): session closed for user bob", Record{Message: "pam_unix(sshd:session): session closed for user bob"}},
	{"a tag alone is believed with a pid", "sshd[7]: " + failed, with(host(plain, ""), timeless)},
	{"so is a host and a tag", "web-1 sshd[7]: " + failed, with(plain, timeless)},
	{"without a pid anybody may have written it", "sshd: " + failed, Record{Program: "sshd", Message: failed}},
	{"another program's tag alone is text", "sudo[7]: x", Record{Message: "sudo[7]: x"}},

	{"CRI", "2026-11-22T13:27:06.123456Z stderr F " + failed, Record{Time: inMicros, Stamp: Exact, Message: failed}},
	{"CRI in a node's own zone", "2026-11-22T14:27:06.123456+01:00 stderr F " + failed, Record{Time: inMicros, Stamp: Exact, Message: failed}},
	{"CRI cuts long lines", "2026-11-22T13:27:06.123456Z stderr P " + failed, Record{Time: inMicros, Stamp: Exact, Partial: true, Message: failed}},
	{"CRI of an empty line", "2026-11-22T13:27:06Z stderr F ", Record{Time: november, Stamp: Exact}},
	{"CRI around a syslogd's output", "2026-11-22T13:27:06Z stdout F Nov 22 13:27:05 web-1 sshd[7]: " + failed, exact},
	{"docker logs -t", "2026-11-22T13:27:06.123456Z " + failed, Record{Time: inMicros, Stamp: Exact, Message: failed}},
	{"docker logs -t, where the message passes for host and tag", "2026-11-22T13:27:06Z banner exchange: Connection from 192.0.2.7 port 4242: invalid format", Record{Time: november, Stamp: Exact, Message: "banner exchange: Connection from 192.0.2.7 port 4242: invalid format"}},
	{"CloudWatch's export to S3", "2026-11-22T13:27:06.000Z Nov 22 13:27:05 web-1 sshd[7]: " + failed, exact},
	{"aws logs tail", "2026-11-22T13:27:06+00:00 i-0abc Nov 22 13:27:05 web-1 sshd[7]: " + failed, exact},
	{"an exact time inside is the better one", "2026-11-22T13:27:09Z 2026-11-22T13:27:06+00:00 web-1 sshd[7]: " + failed, exact},
}

func timeless(r *Record) { r.Time, r.Stamp = time.Time{}, NoTime }

func TestParse(t *testing.T) {
	for _, test := range parseTests {
		want := test.want
		want.Repeat = max(want.Repeat, 1)
		if got := Parse(test.line); got != want {
			t.Errorf("%s: Parse(%q)\n got %+v\nwant %+v", test.why, test.line, got, want)
		}
	}
}

// journal is a line of journalctl -o json with the given members.
func journal(members string) string {
	return `{"__CURSOR":"s=1","_HOSTNAME":"web-1","PRIORITY":"6","__REALTIME_TIMESTAMP":"1795354026999999","_SOURCE_REALTIME_TIMESTAMP":"1795354026123456","_TRANSPORT":"syslog",` + members + `}`
}

const sshdMembers = `"SYSLOG_IDENTIFIER":"sshd","SYSLOG_PID":"7","_PID":"7","_COMM":"sshd","_EXE":"/usr/sbin/sshd","_UID":"0"`

var root = trusted(exactMicros, Root)

var jsonTests = []struct {
	why, line string
	want      Record
}{
	{"journalctl -o json", journal(sshdMembers + `,"MESSAGE":"` + failed + `"`), root},
	{"any order of members", `{"MESSAGE":"` + failed + `",` + journal(sshdMembers)[1:], root},
	{"a message that is no UTF-8 is an array of bytes", journal(sshdMembers + `,"MESSAGE":[97,10,255]`), message(root, "a\n\xff")},
	{"a message over 4096 bytes is null", journal(sshdMembers + `,"MESSAGE":null`), message(root, "")},
	{"a field that occurs twice is an array: the first counts", journal(sshdMembers + `,"MESSAGE":["` + failed + `","x"]`), root},
	{"escapes are undone", journal(sshdMembers + `,"MESSAGE":"a\"\\\n\u00e9"`), message(root, "a\"\\\né")},
	{"sshd-session since 9.8", journal(strings.ReplaceAll(sshdMembers, `"sshd"`, `"sshd-session"`) + `,"MESSAGE":"` + failed + `"`), program(root, "sshd-session")},
	{"no identifier: the command's name", journal(`"_COMM":"sshd","_PID":"7","_UID":"0","MESSAGE":"` + failed + `"`), root},
	{"no _PID: syslog's", journal(`"SYSLOG_IDENTIFIER":"sshd","SYSLOG_PID":"7","_UID":"0","MESSAGE":"` + failed + `"`), root},
	{"another program", journal(`"SYSLOG_IDENTIFIER":"sudo","_PID":"7","_COMM":"sudo","_UID":"0","MESSAGE":"x"`), message(program(exactMicros, "sudo"), "x")},
	{"fluent-bit, Lowercase and Strip_Underscores", `{"syslog_identifier":"sshd","pid":"7","comm":"sshd","uid":"0","hostname":"web-1","source_realtime_timestamp":"1795354026123456","message":"` + failed + `"}`, root},
	{"fluent-bit with its own time", `{"date":1795354026.123456,"SYSLOG_IDENTIFIER":"sshd","_PID":"7","_COMM":"sshd","_UID":"0","_HOSTNAME":"web-1","MESSAGE":"` + failed + `"}`, root},
	{"fluent-bit's syslog input", `{"host":"web-1","ident":"sshd","pid":"7","time":"2026-11-22T13:27:06.123456Z","message":"` + failed + `"}`, exactMicros},
	{"Vector's syslog source", `{"appname":"sshd","hostname":"web-1","procid":7,"timestamp":"2026-11-22T13:27:06.123456Z","message":"` + failed + `"}`, exactMicros},
	{"a pid that is no number", `{"ident":"sshd","pid":"x","host":"web-1","time":1795354026,"message":"` + failed + `"}`, pid(exact, 0)},
	{"milliseconds", `{"ident":"sshd","pid":7,"host":"web-1","time":1795354026000,"message":"` + failed + `"}`, exact},
	{"rsyslog repeats, a shipper took its tag off", `{"ident":"sshd","pid":7,"host":"web-1","time":1795354026,"message":"message repeated 2 times: [ ` + failed + `]"}`, repeat(exact, 2)},

	{"a log inside", `{"log":"Nov 22 13:27:06 web-1 sshd[7]: ` + failed + `"}`, plain},
	{"either case", `{"LOG":"Nov 22 13:27:06 web-1 sshd[7]: ` + failed + `"}`, plain},
	{"a parsed log inside", `{"log":` + journal(sshdMembers+`,"MESSAGE":"`+failed+`"`) + `,"kubernetes":{"pod_name":"x"}}`, root},
	{"a quoted log inside", `{"log":"{\"log\":\"` + failed + `\\r\\n\"}"}`, withCR(bareText)},
	{"a file's line, shipped", `{"message":"Nov 22 13:27:06 web-1 sshd[7]: ` + failed + `","host":"shipper"}`, plain},
	{"docker compose logs", "bastion-1  | " + failed, bareText},
	{"the names are as wide as the longest", "sshd-1        | " + failed + "\r", with(bareText, func(r *Record) { r.CR = true })},
	{"docker compose logs -t", "bastion-1  | 2026-11-22T13:27:06.123456Z " + failed, with(bareText, func(r *Record) { r.Time, r.Stamp = inMicros, Exact })},
	{"docker service logs", "jump_sshd.1.x0s3l2@node-7    | " + failed, bareText},
	{"syslogd in the container: a stranger may have written it", "bastion-1  | Nov 22 13:27:06 web-1 sshd[7]: " + failed, trusted(plain, Peer)},
	{"a name is dropped once: another is text", "bastion-1  | x  | " + failed, Record{Message: "x  | " + failed}},
	{"a table that somebody writes has no name there", "two words  | " + failed, Record{Message: "two words  | " + failed}},
	{"no name of a container", "x/y  | " + failed, Record{Message: "x/y  | " + failed}},
	{"Docker's json-file", `{"log":"` + failed + `\r\n","stream":"stderr","time":"2026-11-22T13:27:06.123456Z"}`, Record{Time: inMicros, Stamp: Exact, Message: failed, CR: true}},
	{"Docker cut the line", `{"log":"` + failed + `","source":"stderr","partial_message":"true","host":"web-1"}`, Record{Host: "web-1", Partial: true, Message: failed}},
	{"Docker's flag may be a boolean", `{"log":"` + failed + `","partial_message":true}`, Record{Partial: true, Message: failed}},
	{"or say that it did not", `{"log":"` + failed + `","partial_message":false}`, bareText},
	{"a host that is an object has no name here", `{"host":{"name":"x"},"message":"` + failed + `"}`, bareText},
	{"the old PAM tag as an identifier", `{"ident":"sshd(pam_unix)","pid":7,"host":"web-1","time":1795354026,"message":"` + failed + `"}`, with(exact, func(r *Record) { r.Module = "pam_unix" })},
	{"a message within arrays is none", `{"ident":"sshd","pid":7,"host":"web-1","time":1795354026,"message":[["x"],{"a":1}]}`, message(exact, "")},
	{"CRI through fluent-bit", `{"time":"2026-11-22T13:27:06.123456Z","stream":"stderr","_p":"P","log":"` + failed + `"}`, Record{Time: inMicros, Stamp: Exact, Partial: true, Message: failed}},

	{"no message in it", `{"a":1}`, Record{Message: `{"a":1}`}},
	{"a cut object is text", `{"MESSAGE":"x","SYSLOG_IDENTIFIER":"ss`, Record{Message: `{"MESSAGE":"x","SYSLOG_IDENTIFIER":"ss`}},
	{"something behind it is text", `{"MESSAGE":"x"} y`, Record{Message: `{"MESSAGE":"x"} y`}},
	{"deeper than anybody nests", strings.Repeat(`{"log":`, 9) + `"x"` + strings.Repeat("}", 9), Record{Message: strings.Repeat(`{"log":`, 5) + `"x"` + strings.Repeat("}", 5)}},
}

func TestParseJSON(t *testing.T) {
	for _, test := range jsonTests {
		want := test.want
		want.Repeat = max(want.Repeat, 1)
		if got := Parse(test.line); got != want {
			t.Errorf("%s: Parse(%q)\n got %+v\nwant %+v", test.why, test.line, got, want)
		}
	}
}

func TestPrograms(t *testing.T) {
	p := NewPrograms("/opt/bastion/bastiond", "", "verylongprogramname")
	for _, test := range []struct {
		why, name string
		want      bool
	}{
		{"OpenSSH's own stay", "sshd", true},
		{"since 9.8", "sshd-session", true},
		{"since 10.0", "sshd-auth", true},
		{"its SFTP servers", "internal-sftp", true},
		{"its SFTP servers", "sftp-server", true},
		{"a path counts as its last element", "bastiond", true},
		{"an empty name adds nothing", "", false},
		{"Tectia's is another program", "sshd2", false},
	} {
		if got := p.Has(test.name); got != test.want {
			t.Errorf("%s: Has(%q) = %v", test.why, test.name, got)
		}
		if own := test.want && test.name != "bastiond"; IsSSHD(test.name) != own {
			t.Errorf("%s: IsSSHD(%q) = %v", test.why, test.name, !own)
		}
	}
	if got := p.Parse("bastiond: " + failed); got.Program != "bastiond" || got.Message != failed {
		t.Errorf("a configured program's bare tag is believed: got %+v", got)
	}
	if got := Parse("bastiond: " + failed); got.Program != "" {
		t.Errorf("nobody configured it: got %+v", got)
	}
	if !p.hasComm("verylongprogram") || p.hasComm("verylongprogra") {
		t.Error("Linux cuts a command's name to 15 bytes, not to fewer")
	}
}

func TestWrote(t *testing.T) {
	for _, test := range []struct {
		why, line string
		want      bool
	}{
		{"the tag says so", "Nov 22 13:27:06 web-1 sshd[7]: x", true},
		{"standard error has no tag", "x", true},
		{"nor has a container's", "2026-11-22T13:27:06Z stderr F x", true},
		{"another tag", "Nov 22 13:27:06 web-1 sudo: x", false},
		{"a syslog line that names no program", "<86>1 2026-11-22T13:27:06Z web-1 - - - - x", false},
		{"syslogd's own", "Nov 22 13:27:06 web-1 last message repeated 2 times", false},
	} {
		r := Parse(test.line)
		if got := (Programs{}).Wrote(&r); got != test.want {
			t.Errorf("%s: Wrote(%q) = %v", test.why, test.line, got)
		}
	}
}

// withCR is r from a line that ended in CR.
func withCR(r Record) Record {
	r.CR = true
	return r
}
