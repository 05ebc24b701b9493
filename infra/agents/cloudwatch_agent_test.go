package agents

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sshsieve/internal/syslog"
)

// An agentFile is one of collect_list: docs.aws.amazon.com, "Manually create or
// edit the CloudWatch agent configuration file", Logs section.
type agentFile struct {
	FilePath        string `json:"file_path"`
	LogGroupName    string `json:"log_group_name"`
	LogStreamName   string `json:"log_stream_name"`
	TimestampFormat string `json:"timestamp_format"`
	Timezone        string `json:"timezone"`
}

// agentOf reads the one file that a system's configuration names. Members that
// are not there are left out on purpose:
//
//   - retention_in_days: the agent would need logs:PutRetentionPolicy, and whoever
//     has that may set one day. The stack makes the group and says how long.
//   - multi_line_start_pattern: rsyslog writes a line feed as #012, so that a line
//     is a record; the agent would only hold back the last line.
//   - encoding: it is UTF-8, and sshd escapes what is not ASCII.
func agentOf(t *testing.T, system string) agentFile {
	t.Helper()
	var c struct {
		Logs struct {
			LogsCollected struct {
				Files struct {
					CollectList []agentFile `json:"collect_list"`
				} `json:"files"`
			} `json:"logs_collected"`
		} `json:"logs"`
	}
	name := "cloudwatch-agent/" + system + ".json"
	decode(t, name, &c)
	files := c.Logs.LogsCollected.Files.CollectList
	if len(files) != 1 {
		t.Fatalf("%s: %d files, want 1", name, len(files))
	}
	return files[0]
}

func TestAgentConfigurations(t *testing.T) {
	for _, name := range glob(t, "cloudwatch-agent/*.json") {
		system := strings.TrimSuffix(filepath.Base(name), ".json")
		f := agentOf(t, system)
		path := "/var/log/auth.log" // Debian's rsyslog.conf: auth,authpriv.*
		if strings.HasPrefix(system, "amazon") || system == "rhel" {
			path = "/var/log/secure" // Fedora's: authpriv.*
		}
		if f.FilePath != path || f.LogGroupName != logGroup {
			t.Errorf("%s ships %s to %s, want %s to %s", name, f.FilePath, f.LogGroupName, path, logGroup)
		}
		if f.LogStreamName != "{instance_id}" {
			t.Errorf("%s: stream %q: sshsieve joins lines within a stream, so each host needs its own", name, f.LogStreamName)
		}
		if f.Timezone != "Local" {
			t.Errorf("%s: time zone %q, but rsyslog writes the host's own", name, f.Timezone)
		}
	}
}

// The agent's stamp is all that sshsieve has of a line without year and zone, and
// for the others it must be the same instant.
func TestAgentReadsTheStamps(t *testing.T) {
	for _, name := range glob(t, "cloudwatch-agent/*.sample") {
		f := agentOf(t, strings.TrimSuffix(filepath.Base(name), ".sample"))
		for _, line := range lines(t, name) {
			stamp := readStamp(t, f, line)
			r := syslog.Parse(line)
			if r.Stamp == syslog.Exact && r.Time.Sub(stamp).Abs() > time.Millisecond {
				t.Errorf("%s: the agent reads %v, but the line says %v: %s", name, stamp, r.Time, line)
			}
			if r.Stamp != syslog.Exact && r.Time.Format(time.TimeOnly) != stamp.Format(time.TimeOnly) {
				t.Errorf("%s: the agent reads %v, but the line's clock is %v: %s", name, stamp, r.Time, line)
			}
		}
	}
}

func TestTimestampFormat(t *testing.T) {
	const iso = "2026-11-05T08:58:41.104921+01:00 web sshd[1]: x"
	for _, c := range []struct{ why, format, line, want string }{
		{"a blank before a day of one digit", "%b %d %H:%M:%S", "Nov  5 08:58:41 web sshd[1]: x", "2026-11-05 08:58:41"},
		{"two digits", "%b %d %H:%M:%S", "Nov 22 08:58:41 web sshd[1]: x", "2026-11-22 08:58:41"},
		{"six digits of a second", "%Y-%m-%dT%H:%M:%S.%f", iso, "2026-11-05 08:58:41.104921"},
		{"%z is -0700 only, so it would find no stamp in what rsyslog writes", "%Y-%m-%dT%H:%M:%S.%f%z", iso, ""},
		{"the wrong shape of the two", "%b %d %H:%M:%S", iso, ""},
	} {
		got, ok := cutStamp(t, c.format, c.line, time.UTC)
		if s := got.Format("2006-01-02 15:04:05.999999"); ok != (c.want != "") || ok && s != c.want {
			t.Errorf("%s: %s of %q is %v (%v), want %q", c.why, c.format, c.line, s, ok, c.want)
		}
	}
}

// directives are those of timestamp_format that are used here: what they match,
// and Go's name for it. AWS's page on %z: "Only this format is supported. For
// example, -07:00 isn't a valid format."
var directives = map[byte]struct{ pattern, layout string }{
	'Y': {`\d{4}`, "2006"},
	'b': {`[A-Z][a-z]{2}`, "Jan"},
	'm': {`\d{2}`, "01"},
	'd': {`[ \d]\d`, "_2"},
	'H': {`\d{2}`, "15"},
	'M': {`\d{2}`, "04"},
	'S': {`\d{2}`, "05"},
	'f': {`\d{1,9}`, "999999999"},
	'z': {`[+-]\d{4}`, "-0700"},
}

// readStamp gives the time that the agent sends with a line, on a host in Berlin.
func readStamp(t *testing.T, f agentFile, line string) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	stamp, ok := cutStamp(t, f.TimestampFormat, line, zone)
	if !ok {
		t.Fatalf("timestamp_format %s finds no stamp in %q", f.TimestampFormat, line)
	}
	return stamp
}

// cutStamp reads the stamp at the line's start in zone. Where it has no year, it
// is 2026.
func cutStamp(t *testing.T, format, line string, zone *time.Location) (time.Time, bool) {
	t.Helper()
	pattern, layout := translate(t, format)
	found := pattern.FindString(line)
	if found == "" {
		return time.Time{}, false
	}
	stamp, err := time.ParseInLocation(layout, found, zone)
	if err != nil {
		t.Fatalf("%s matches %q, but reads no time in it: %v", format, found, err)
	}
	if stamp.Year() == 0 {
		// Once more with the year: zones of the year 0 are no zones.
		stamp, err = time.ParseInLocation("2006 "+layout, "2026 "+found, zone)
	}
	return stamp, err == nil
}

// translate makes of a timestamp_format what finds a stamp and what reads it.
func translate(t *testing.T, format string) (*regexp.Regexp, string) {
	t.Helper()
	pattern, layout := "^", ""
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			pattern += regexp.QuoteMeta(format[i : i+1])
			layout += format[i : i+1]
			continue
		}
		i++
		d, ok := directives[format[min(i, len(format)-1)]]
		if !ok {
			t.Fatalf("timestamp_format %q: directive %d is not known", format, i)
		}
		pattern += d.pattern
		layout += d.layout
	}
	return regexp.MustCompile(pattern), layout
}
