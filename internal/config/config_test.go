package config

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/syslog"
)

const arn = "arn:aws:sns:eu-central-1:123456789012:notices"

// env is an environment of these variables, NAME=VALUE, without the prefix
// SSHSIEVE_ where they have one, besides what is needed.
func env(variables ...string) func(string) string {
	all := map[string]string{"SSHSIEVE_TABLE": "memory", "SSHSIEVE_NOTICES_TOPIC": arn}
	for _, v := range variables {
		name, value, _ := strings.Cut(v, "=")
		if !strings.HasPrefix(name, "AWS_") {
			name = "SSHSIEVE_" + name
		}
		all[name] = value
	}
	return func(name string) string { return all[name] }
}

// TestDefaults: a stack needs its table and its topic; all else may be left out.
func TestDefaults(t *testing.T) {
	got, err := FromEnv(env())
	want := Config{Table: "memory", NoticesTopic: arn}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
	if !got.Programs.Has("sshd-session") {
		t.Error("OpenSSH's own programs are missing")
	}
}

// TestEmptyIsDefault: a template's parameter that nobody set arrives empty, or
// blank.
func TestEmptyIsDefault(t *testing.T) {
	want, _ := FromEnv(env())
	for _, empty := range []string{"", " ", "\t"} {
		var variables []string
		for _, name := range Names() {
			if name, ok := strings.CutPrefix(name, "SSHSIEVE_"); ok && name != "TABLE" && name != "NOTICES_TOPIC" {
				variables = append(variables, name+"="+empty)
			}
		}
		if got, err := FromEnv(env(variables...)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("all %q: got %+v, %v", empty, got, err)
		}
	}
}

// TestNames: what is read is what Names says, and no more.
func TestNames(t *testing.T) {
	var asked []string
	if _, err := FromEnv(func(name string) string { asked = append(asked, name); return "" }); err == nil {
		t.Error("nothing is set, and nothing is missed")
	}
	if got := Names(); !slices.Equal(slices.Sorted(slices.Values(asked)), slices.Sorted(slices.Values(got))) {
		t.Errorf("asked for %q, Names says %q", asked, got)
	}
}

func TestValues(t *testing.T) {
	nets := func(list ...string) (prefixes []netip.Prefix) {
		for _, s := range list {
			prefixes = append(prefixes, netip.MustParsePrefix(s))
		}
		return prefixes
	}
	for _, c := range []struct {
		why, set string
		want     func(*Config)
	}{
		{"a name for all groups", "FLEET= all of them ", func(c *Config) { c.Fleet = "all of them" }},
		{"in each mail", "PHRASE=blue whale", func(c *Config) { c.Phrase = "blue whale" }},
		{"a renamed daemon, a path", "PROGRAMS=sshd-internal, /opt/ssh/sbin/dropbear", func(c *Config) { c.Programs = syslog.NewPrograms("sshd-internal", "dropbear") }},
		{"what the tick looks after", "LOG_GROUPS=/var/log/secure,/aws/ec2/web-1", func(c *Config) { c.LogGroups = []string{"/var/log/secure", "/aws/ec2/web-1"} }},
		{"as Lambda sets it", "AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/x", func(c *Config) { c.OwnLogGroup = "/aws/lambda/x" }},
		{"the topic's region", "AWS_REGION=eu-central-1", func(*Config) {}},
		{"a line's text", "HEARTBEAT=host is alive", func(c *Config) { c.Attention.Heartbeat = "host is alive" }},
		{"networks and addresses", "KNOWN_SOURCES=192.0.2.0/24,198.51.100.7", func(c *Config) { c.Attention.Known = nets("192.0.2.0/24", "198.51.100.7/32") }},
		{"a source of IPv6 is a /64", "KNOWN_SOURCES=2001:db8::7,2001:db8:1::/48,2001:db8:2::/80", func(c *Config) {
			c.Attention.Known = nets("2001:db8::/64", "2001:db8:1::/48", "2001:db8:2::/64")
		}},
		{"IPv4 in IPv6 is IPv4", "KNOWN_SOURCES=::ffff:192.0.2.7,::ffff:192.0.2.0/120", func(c *Config) { c.Attention.Known = nets("192.0.2.7/32", "192.0.2.0/24") }},
		{"the widest private networks", "KNOWN_SOURCES=10.0.0.0/8,fc00::/7,100.64.0.0/10", func(c *Config) { c.Attention.Known = nets("10.0.0.0/8", "fc00::/7", "100.64.0.0/10") }},
		{"blanks and empty items", "SHARED_SOURCES= 192.0.2.0/24 ,, ", func(c *Config) { c.Attention.Shared = nets("192.0.2.0/24") }},
		{"who logs in by itself", "AUTOMATION_USERS=ansible, ci", func(c *Config) { c.Attention.AutomationUsers = []string{"ansible", "ci"} }},
		{"and where from", "AUTOMATION_SOURCES=192.0.2.9", func(c *Config) { c.Attention.AutomationSources = nets("192.0.2.9/32") }},
		{"accounts of programs", "SERVICE_USERS=postgres", func(c *Config) { c.Attention.ServiceUsers = []string{"postgres"} }},
		{"own scanners", "SCANNERS=203.0.113.0/28", func(c *Config) { c.Attention.Scanners = nets("203.0.113.0/28") }},
		{"hosts", "KEYS_ONLY=web-1,web-2.example.org", func(c *Config) { c.Attention.KeysOnly = []string{"web-1", "web-2.example.org"} }},
		{"all hosts", "KEYS_ONLY=*", func(c *Config) { c.Attention.KeysOnly = []string{"*"} }},
		{"yes", "TRUST_STDERR=true", func(c *Config) { c.Attention.TrustStderr = true }},
		{"no", "TRUST_STDERR=false", func(*Config) {}},
		{"the default's word", "GUESSING_MAIL=monthly", func(*Config) {}},
		{"daily", "GUESSING_MAIL=daily", func(c *Config) { c.Attention.GuessingMail = attention.GuessingDaily }},
		{"hourly", "GUESSING_MAIL=hourly", func(c *Config) { c.Attention.GuessingMail = attention.GuessingHourly }},
		{"never", "GUESSING_MAIL=off", func(c *Config) { c.Attention.GuessingMail = attention.GuessingOff }},
		{"the shortest", "LEARNING_DAYS=1", func(c *Config) { c.Attention.Learning = 24 * time.Hour }},
		{"the longest", "LEARNING_DAYS=90", func(c *Config) { c.Attention.Learning = 90 * 24 * time.Hour }},
		{"a table's every character", "TABLE=a.B-9_" + strings.Repeat("x", 249), func(c *Config) { c.Table = "a.B-9_" + strings.Repeat("x", 249) }},
		{"another partition", "NOTICES_TOPIC=arn:aws-cn:sns:cn-north-1:123456789012:a_B-9", func(c *Config) { c.NoticesTopic = "arn:aws-cn:sns:cn-north-1:123456789012:a_B-9" }},
		{"as many as a list holds", "SERVICE_USERS=" + strings.Repeat("u,", maxItems), func(c *Config) { c.Attention.ServiceUsers = slices.Repeat([]string{"u"}, maxItems) }},
	} {
		want, _ := FromEnv(env())
		c.want(&want)
		if got, err := FromEnv(env(c.set)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %s: got %+v, %v\nwant %+v", c.why, c.set, got, err, want)
		}
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct{ why, set, want string }{
		{"nothing works without it", "TABLE=", `SSHSIEVE_TABLE is empty: want the name of the DynamoDB table`},
		{"too short", "TABLE=ab", `SSHSIEVE_TABLE is "ab": want 3 to 255 letters, digits, dots, dashes or underscores`},
		{"an ARN is no name", "TABLE=arn:aws:dynamodb:x", `SSHSIEVE_TABLE is "arn:aws:dynamodb:x": want 3 to 255`},
		{"nothing is told without it", "NOTICES_TOPIC= ", `SSHSIEVE_NOTICES_TOPIC is empty: want the ARN of the SNS topic for notices`},
		{"a name is no ARN", "NOTICES_TOPIC=notices", `SSHSIEVE_NOTICES_TOPIC is "notices": want the ARN of an SNS topic, such as arn:aws:sns:eu-central-1:123456789012:notices`},
		{"a queue", "NOTICES_TOPIC=arn:aws:sqs:eu-central-1:123456789012:x", `want the ARN of an SNS topic`},
		{"no account", "NOTICES_TOPIC=arn:aws:sns:eu-central-1::x", `want the ARN of an SNS topic`},
		{"a subscription", "NOTICES_TOPIC=" + arn + ":6e1d", `want the ARN of an SNS topic`},
		{"no mail", "NOTICES_TOPIC=" + arn + ".fifo", `want a standard topic: a FIFO topic sends no mail`},
		{"SNS would only say: invalid", "AWS_REGION=us-east-1", `SSHSIEVE_NOTICES_TOPIC is "` + arn + `": want a topic of this function's region, "us-east-1"`},
		{"what a mail cannot show", "FLEET=fl\u00f6tte\n", `SSHSIEVE_FLEET is "fl\u00f6tte": want at most 64 characters of printable ASCII`},
		{"too long", "FLEET=" + strings.Repeat("x", 65), `SSHSIEVE_FLEET is "` + strings.Repeat("x", 64) + `"…: want at most 64`},
		{"a secret", "PHRASE=" + strings.Repeat("secret", 20), `SSHSIEVE_PHRASE has 120 bytes: want at most 64 characters of printable ASCII`},
		{"a blank in a name", "PROGRAMS=my sshd", `SSHSIEVE_PROGRAMS is "my sshd": want program names`},
		{"a log group's name", "LOG_GROUPS=/var/log/secure:*", `SSHSIEVE_LOG_GROUPS is "/var/log/secure:*": want names of log groups`},
		{"in every second line", "HEARTBEAT=alive", `SSHSIEVE_HEARTBEAT is "alive": want at least 6 characters`},
		{"escapes", "HEARTBEAT=\x1b[2Jheartbeat", `SSHSIEVE_HEARTBEAT is "\x1b[2Jheartbeat": want at most 128`},
		{"no network", "KNOWN_SOURCES=office", `SSHSIEVE_KNOWN_SOURCES is "office": want networks, such as 192.0.2.0/24 or 2001:db8::/48, or addresses, separated by commas`},
		{"each item", "KNOWN_SOURCES=office,192.0.2.7,home", `SSHSIEVE_KNOWN_SOURCES is "office": want networks, such as 192.0.2.0/24 or 2001:db8::/48, or addresses, separated by commas; it is "home": want`},
		{"blanks are no separator", "KNOWN_SOURCES=192.0.2.7 192.0.2.8", `is "192.0.2.7 192.0.2.8": want networks`},
		{"host bits: which of the two is meant?", "KNOWN_SOURCES=192.0.2.7/24", `is "192.0.2.7/24": want 192.0.2.0/24, or 192.0.2.7 for that address alone: it has bits beyond its prefix`},
		{"host bits of IPv6", "KNOWN_SOURCES=2001:db8::7/48", `is "2001:db8::7/48": want 2001:db8::/48, or 2001:db8::7 for that address alone`},
		{"the world", "KNOWN_SOURCES=0.0.0.0/0", `is "0.0.0.0/0": want a network of your own: this takes in too much`},
		{"the world in two", "KNOWN_SOURCES=0.0.0.0/1,128.0.0.0/1", `it is "128.0.0.0/1": want a network of your own`},
		{"the world of IPv6", "KNOWN_SOURCES=::/0", `is "::/0": want a network of your own`},
		{"all that is given out of IPv6", "SCANNERS=2000::/3", `SSHSIEVE_SCANNERS is "2000::/3": want a network of your own`},
		{"IPv4's world in IPv6", "SHARED_SOURCES=::ffff:0.0.0.0/96", `SSHSIEVE_SHARED_SOURCES is "::ffff:0.0.0.0/96": want a network of your own`},
		{"a zone is a host's own", "AUTOMATION_SOURCES=fe80::1%eth0", `SSHSIEVE_AUTOMATION_SOURCES is "fe80::1%eth0": want an address without a zone, fe80::1`},
		{"its ranges change", "AUTOMATION_SOURCES=ec2-instance-connect", `SSHSIEVE_AUTOMATION_SOURCES is "ec2-instance-connect": want networks: those of EC2 Instance Connect are in https://ip-ranges.amazonaws.com/ip-ranges.json`},
		{"too many", "SERVICE_USERS=" + strings.Repeat("u,", maxItems+1), `SSHSIEVE_SERVICE_USERS has 201 items: want at most 200`},
		{"a blank in a name", "AUTOMATION_USERS=a b", `SSHSIEVE_AUTOMATION_USERS is "a b": want user names`},
		{"a blank in a name", "KEYS_ONLY=web 1", `SSHSIEVE_KEYS_ONLY is "web 1": want host names`},
		{"a third answer", "TRUST_STDERR=yes", `SSHSIEVE_TRUST_STDERR is "yes": want true or false`},
		{"another word", "GUESSING_MAIL=weekly", `SSHSIEVE_GUESSING_MAIL is "weekly": want monthly, daily, hourly or off`},
		{"none", "LEARNING_DAYS=0", `SSHSIEVE_LEARNING_DAYS is "0": want a whole number from 1 to 90`},
		{"longer than is remembered", "LEARNING_DAYS=91", `SSHSIEVE_LEARNING_DAYS is "91": want a whole number from 1 to 90`},
		{"a unit", "LEARNING_DAYS=7d", `SSHSIEVE_LEARNING_DAYS is "7d": want a whole number from 1 to 90`},
		{"more than a machine counts", "LEARNING_DAYS=99999999999999999999", `want a whole number from 1 to 90`},
	} {
		_, err := FromEnv(env(c.set))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %s: got %v\nwant %s", c.why, c.set, err, c.want)
		}
		if strings.HasPrefix(c.set, "PHRASE=") && strings.Contains(fmt.Sprint(err), "secret") {
			t.Errorf("the phrase shows: %v", err)
		}
	}
}

// TestAllFaultsAtOnce: one deployment for all, not one for each.
func TestAllFaultsAtOnce(t *testing.T) {
	_, err := FromEnv(env("TABLE=", "NOTICES_TOPIC=x", "LEARNING_DAYS=x", "KNOWN_SOURCES=x,y", "GUESSING_MAIL=x"))
	if got := strings.Split(fmt.Sprint(err), "\n"); len(got) != 5 {
		t.Errorf("got %d faults, want 5: %v", len(got), err)
	}
}

// FuzzFromEnv: whatever stands in the environment, it is an error of lines that
// may be logged, or a Config that can be used.
func FuzzFromEnv(f *testing.F) {
	f.Add(uint8(0), "memory", uint8(7), "192.0.2.7/24,::/0")
	f.Add(uint8(3), "phrase\xff", uint8(9), "::ffff:1.2.3.4/95,fe80::1%x,2001:db8::/128")
	f.Add(uint8(1), arn, uint8(16), "-1")
	names := Names()
	f.Fuzz(func(t *testing.T, one uint8, value string, other uint8, second string) {
		all := map[string]string{"SSHSIEVE_TABLE": "memory", "SSHSIEVE_NOTICES_TOPIC": arn}
		all[names[int(one)%len(names)]] = value
		all[names[int(other)%len(names)]] = second
		c, err := FromEnv(func(name string) string { return all[name] })
		if err != nil {
			checkText(t, err.Error())
			return
		}
		checkConfig(t, &c)
	})
}

// checkText: an error is short and printable.
func checkText(t *testing.T, text string) {
	t.Helper()
	lines := strings.Split(text, "\n")
	if len(lines) > 3 || len(text) > 3*maxItems*300 {
		t.Errorf("%d lines, %d bytes: %.1000q", len(lines), len(text), text)
	}
	for _, line := range lines {
		if !form(printable).fits(strings.ReplaceAll(line, "…", ""), len(text)) || !strings.HasPrefix(line, "SSHSIEVE_") {
			t.Errorf("odd text %q", line)
		}
	}
}

func checkConfig(t *testing.T, c *Config) {
	t.Helper()
	if !form(tableByte).fits(c.Table, 255) || !isTopic(arnParts(c.NoticesTopic)) || len(c.Phrase) > 64 || len(c.Fleet) > 64 {
		t.Errorf("got %+v", c)
	}
	a := &c.Attention
	if a.Learning < 0 || a.Learning > 90*24*time.Hour || a.GuessingMail > attention.GuessingOff {
		t.Errorf("got %+v", a)
	}
	for _, p := range slices.Concat(a.Known, a.Shared, a.AutomationSources, a.Scanners) {
		source := attention.Fold(p.Addr())
		if p != p.Masked() || p.Bits() < 7 || !p.Contains(source) || source != p.Addr() {
			t.Errorf("%v can match no source, or the world", p)
		}
	}
	for _, name := range slices.Concat(a.AutomationUsers, a.ServiceUsers, a.KeysOnly, c.LogGroups) {
		if name == "" || strings.ContainsAny(name, " ,\n") {
			t.Errorf("name %q", name)
		}
	}
}
