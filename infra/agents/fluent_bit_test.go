package agents

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"sshsieve/internal/sshd"
	"sshsieve/internal/syslog"
)

// A pipeline is what fluent-bit.yaml says: plugins with properties of any kind.
type pipeline struct {
	Service  map[string]any
	Pipeline struct{ Inputs, Filters, Outputs []plugin }
}

type plugin map[string]any

func fluentBit(t *testing.T) pipeline {
	t.Helper()
	var p pipeline
	d := yaml.NewDecoder(strings.NewReader(text(t, "fluent-bit/fluent-bit.yaml")))
	d.KnownFields(true)
	if err := d.Decode(&p); err != nil {
		t.Fatal(err)
	}
	return p
}

// list is a property of several values.
func (p plugin) list(t *testing.T, property string) []string {
	t.Helper()
	values, ok := p[property].([]any)
	if !ok || len(values) == 0 {
		t.Fatalf("%v: %s is no list", p["name"], property)
	}
	var list []string
	for _, v := range values {
		list = append(list, v.(string))
	}
	return list
}

func named(t *testing.T, plugins []plugin, name string) plugin {
	t.Helper()
	i := slices.IndexFunc(plugins, func(p plugin) bool { return p["name"] == name })
	if i < 0 {
		t.Fatalf("no plugin %s", name)
	}
	return plugins[i]
}

func TestFluentBit(t *testing.T) {
	p := fluentBit(t).Pipeline
	in, out := named(t, p.Inputs, "systemd"), named(t, p.Outputs, "cloudwatch_logs")
	for _, c := range []struct {
		why      string
		of       plugin
		property string
		want     any
	}{
		{"what the stack reads", out, "log_group_name", logGroup},
		{"a whole record: of the message alone the journal's fields are gone", out, "log_key", nil},
		{"the stack makes the group", out, "auto_create_group", false},
		{"keys with their underscores, or a trusted field is like any other", in, "strip_underscores", nil},
		{"a stream for each host", out, "log_stream_template", "$ec2_instance_id"},
		{"any of the filters", in, "systemd_filter_type", "or"},
		{"a tag that the output takes", out, "match", in["tag"]},
	} {
		if c.of[c.property] != c.want {
			t.Errorf("%s: %s is %v, want %v", c.why, c.property, c.of[c.property], c.want)
		}
	}
	for _, f := range p.Filters {
		if f["match"] != in["tag"] {
			t.Errorf("filter %v takes %v, but the input's tag is %v", f["name"], f["match"], in["tag"])
		}
	}
}

// TestFluentBitKeepsWhatIsRead: of a whole journal, what the filter lets through
// and the allowlist leaves of it reads as the whole record does; what it stops is
// of other programs.
func TestFluentBitKeepsWhatIsRead(t *testing.T) {
	p := fluentBit(t).Pipeline
	filter := named(t, p.Inputs, "systemd").list(t, "systemd_filter")
	keep := named(t, p.Filters, "record_modifier").list(t, "allowlist_key")
	passed, stopped := 0, 0
	for _, line := range append(lines(t, "../../events/journald.log"), rareRecords...) {
		record := fieldsOf(t, line)
		whole := syslog.Parse(line)
		if !slices.Contains(filter, "SYSLOG_IDENTIFIER="+record["SYSLOG_IDENTIFIER"]) {
			stopped++
			if new(sshd.Reader).Read([]syslog.Record{whole})[0].Category != sshd.NotSSHD {
				t.Errorf("a line of sshd's does not arrive: %s", line)
			}
			continue
		}
		passed++
		sent := syslog.Parse(trimmed(t, record, keep))
		sent.Time, sent.Stamp = whole.Time, whole.Stamp // Fluent Bit gives the event its time
		if sent != whole {
			t.Errorf("%s\nreads %+v,\nand   %+v as it is sent", line, whole, sent)
		}
	}
	if passed == 0 || stopped == 0 {
		t.Errorf("%d lines pass, %d do not: the sample shows nothing", passed, stopped)
	}
}

// rareRecords are what the sample does not show: sshd in a container, whose log
// driver writes as root, by each field that tells so; a line of a unit's standard
// output; one that says a trusted field again, as any program can.
var rareRecords = []string{
	`{"__REALTIME_TIMESTAMP":"1795424441237718","_UID":"0","_COMM":"sshd","_TRANSPORT":"journal","SYSLOG_IDENTIFIER":"sshd","CONTAINER_ID":"0f1e2d3c4b5a","MESSAGE":"Failed password for root from 192.0.2.7 port 4242 ssh2"}`,
	`{"__REALTIME_TIMESTAMP":"1795424441237718","_UID":"0","_COMM":"sshd","_TRANSPORT":"journal","SYSLOG_IDENTIFIER":"sshd","CONTAINER_NAME":"bastion","MESSAGE":"Failed password for root from 192.0.2.7 port 4242 ssh2"}`,
	`{"__REALTIME_TIMESTAMP":"1795424441237718","_UID":"0","_COMM":"sshd","_TRANSPORT":"stdout","SYSLOG_IDENTIFIER":"sshd","_PID":"7","MESSAGE":"/etc/ssh/sshd_config: line 12: Bad configuration option: PermitRootLogn"}`,
	`{"__REALTIME_TIMESTAMP":"1795424441237718","_UID":"1000","_COMM":"python3","_EXE":"/usr/bin/python3.11","_TRANSPORT":"journal","SYSLOG_IDENTIFIER":"sshd-session","UID":"0","COMM":"sshd","EXE":"/usr/sbin/sshd","MESSAGE":"Server listening on 0.0.0.0 port 22."}`,
}

// TestFluentBitTakesEachProgram: all that sshd's parts call themselves, and the
// heartbeat, and nothing else.
func TestFluentBitTakesEachProgram(t *testing.T) {
	filter := named(t, fluentBit(t).Pipeline.Inputs, "systemd").list(t, "systemd_filter")
	want := []string{"sshd", "sshd-session", "sshd-auth", "internal-sftp", "sftp-server", heartbeat}
	for _, name := range want {
		if !slices.Contains(filter, "SYSLOG_IDENTIFIER="+name) {
			t.Errorf("lines of %s do not arrive", name)
		}
	}
	for _, match := range filter {
		name := strings.TrimPrefix(match, "SYSLOG_IDENTIFIER=")
		if !syslog.IsSSHD(name) && name != heartbeat {
			t.Errorf("%s: sshsieve does not read lines of %s", match, name)
		}
	}
}

// TestFluentBitSamplesAreTrimmed: the samples hold nothing that the allowlist
// takes away.
func TestFluentBitSamplesAreTrimmed(t *testing.T) {
	p := fluentBit(t).Pipeline
	keep := append(named(t, p.Filters, "record_modifier").list(t, "allowlist_key"), "ec2_instance_id")
	filter := named(t, p.Inputs, "systemd").list(t, "systemd_filter")
	for _, name := range glob(t, "fluent-bit/*.sample") {
		for _, line := range lines(t, name) {
			record := fieldsOf(t, line)
			for key := range record {
				if !slices.Contains(keep, key) {
					t.Errorf("%s: %s is not sent: %s", name, key, line)
				}
			}
			if !slices.Contains(filter, "SYSLOG_IDENTIFIER="+record["SYSLOG_IDENTIFIER"]) {
				t.Errorf("%s: not taken from the journal: %s", name, line)
			}
		}
	}
}

// fieldsOf reads a record of the journal. Fluent Bit takes as text what
// journalctl writes as an array of bytes.
func fieldsOf(t *testing.T, line string) map[string]string {
	t.Helper()
	var raw map[string]json.RawMessage
	if err := json.Unmarshal([]byte(line), &raw); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	fields := map[string]string{}
	for key, value := range raw {
		fields[key] = textOf(t, value)
	}
	return fields
}

func textOf(t *testing.T, value json.RawMessage) string {
	t.Helper()
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	var codes []int
	if err := json.Unmarshal(value, &codes); err != nil {
		t.Fatalf("%v: neither text nor bytes: %s", err, value)
	}
	var octets []byte
	for _, c := range codes {
		octets = append(octets, byte(c))
	}
	return string(octets)
}

// trimmed writes a record with no other keys than these.
func trimmed(t *testing.T, record map[string]string, keys []string) string {
	t.Helper()
	kept := map[string]string{}
	for _, key := range keys {
		if value, ok := record[key]; ok {
			kept[key] = value
		}
	}
	b, err := json.Marshal(kept)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// journalTime gives the time that Fluent Bit sends with a record: when journald
// received it (sd_journal_get_realtime_usec), just after it was written. What
// systemd reads from a standard output has no time of its own.
func journalTime(t *testing.T, line string) time.Time {
	t.Helper()
	written := fieldsOf(t, line)["_SOURCE_REALTIME_TIMESTAMP"]
	if written == "" {
		return time.Date(2026, 11, 22, 12, 27, 6, 0, time.UTC)
	}
	us, err := strconv.ParseInt(written, 10, 64)
	if err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	return time.UnixMicro(us).Add(time.Millisecond)
}
