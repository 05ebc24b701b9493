package syslog

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the zones of a machine may be missing or of another year
)

var timelineTests = []struct {
	why    string
	zone   string
	latest string
	lines  string // stamps, one a line, or "" for a line without a time
	want   string // "!" before a time: skew
}{
	{"a file that ends now is of this year", "", "2026-11-23T00:00:00Z",
		"Nov 21 10:00:00\nNov 22 10:00:00", "2026-11-21T10:00:00Z\n2026-11-22T10:00:00Z"},
	{"a clock a little ahead is of this year", "", "2026-11-22T00:00:00Z",
		"Nov 22 23:00:00", "2026-11-22T23:00:00Z"},
	{"later than a day ahead is the year before", "", "2026-11-20T00:00:00Z",
		"Nov 21 00:00:01", "2025-11-21T00:00:01Z"},
	{"over New Year", "", "2026-01-02T00:00:00Z",
		"Dec 31 23:59:59\nJan  1 00:00:01\nDec 31 23:59:58\nJan  1 00:00:02",
		"2025-12-31T23:59:59Z\n2026-01-01T00:00:01Z\n2025-12-31T23:59:58Z\n2026-01-01T00:00:02Z"},
	{"29 February is of the last leap year", "", "2026-01-02T00:00:00Z",
		"Feb 28 10:00:00\nFeb 29 10:00:00\nMar  1 10:00:00",
		"2024-02-28T10:00:00Z\n2024-02-29T10:00:00Z\n2024-03-01T10:00:00Z"},
	{"29 February in the first line", "", "2026-01-02T00:00:00Z",
		"Feb 29 10:00:00\nMar  1 10:00:00", "2024-02-29T10:00:00Z\n2024-03-01T10:00:00Z"},
	{"half a year of silence is no step back", "", "2026-12-01T00:00:00Z",
		"Feb  1 10:00:00\nOct 25 10:00:00", "2026-02-01T10:00:00Z\n2026-10-25T10:00:00Z"},
	{"monthly files in the wrong order", "", "2026-12-01T00:00:00Z",
		"Nov  1 10:00:00\nNov 30 10:00:00\nOct  1 10:00:00\nOct 30 10:00:00",
		"2026-11-01T10:00:00Z\n2026-11-30T10:00:00Z\n2026-10-01T10:00:00Z\n2026-10-30T10:00:00Z"},
	{"no Latest: any year, the same one", "", "",
		"Dec 31 10:00:00\nJan  1 10:00:00", "2000-12-31T10:00:00Z\n2001-01-01T10:00:00Z"},
	{"no Latest, but a line with a year", "", "",
		"Nov 22 10:00:00\n2026-11-22T10:00:01Z", "2026-11-22T10:00:00Z\n2026-11-22T10:00:01Z"},

	{"a zone", "Europe/Berlin", "2026-11-23T00:00:00Z",
		"Nov 22 10:00:00\n2026-11-22T10:00:01\n2026-11-22T09:00:02Z",
		"2026-11-22T09:00:00Z\n2026-11-22T09:00:01Z\n2026-11-22T09:00:02Z"},
	{"an hour that comes twice", "Europe/Berlin", "2026-10-26T00:00:00Z",
		"Oct 25 01:59:59\nOct 25 02:00:01\nOct 25 02:59:59\nOct 25 02:00:01\nOct 25 02:59:59\nOct 25 03:00:01",
		"2026-10-24T23:59:59Z\n2026-10-25T00:00:01Z\n2026-10-25T00:59:59Z\n2026-10-25T01:00:01Z\n2026-10-25T01:59:59Z\n2026-10-25T02:00:01Z"},
	{"two lines swapped in it", "Europe/Berlin", "2026-10-26T00:00:00Z",
		"Oct 25 02:00:02\nOct 25 02:00:01\nOct 25 02:00:03",
		"2026-10-25T00:00:02Z\n2026-10-25T00:00:01Z\n2026-10-25T00:00:03Z"},
	{"an hour that is missing", "Europe/Berlin", "2026-03-30T00:00:00Z",
		"Mar 29 01:59:59\nMar 29 02:30:00\nMar 29 03:30:01",
		"2026-03-29T00:59:59Z\n2026-03-29T01:30:00Z\n2026-03-29T01:30:01Z"},
	{"the second turn goes on", "Europe/Berlin", "2026-10-26T00:00:00Z",
		"Oct 25 02:50:00\nOct 25 02:10:00\nOct 25 02:09:59\nOct 25 02:55:00",
		"2026-10-25T00:50:00Z\n2026-10-25T01:10:00Z\n2026-10-25T01:09:59Z\n2026-10-25T01:55:00Z"},
	{"half an hour that comes twice", "Australia/Lord_Howe", "2026-04-06T00:00:00Z",
		"Apr  5 01:45:00\nApr  5 01:31:00\nApr  5 02:00:00",
		"2026-04-04T14:45:00Z\n2026-04-04T15:01:00Z\n2026-04-04T15:30:00Z"},
	{"west of UTC at New Year", "America/Los_Angeles", "2026-01-01T12:00:00Z",
		"Dec 31 23:59:59\nJan  1 00:00:01", "2026-01-01T07:59:59Z\n2026-01-01T08:00:01Z"},

	{"one line ahead is skew", "", "2026-12-31T00:00:00Z",
		"Nov 22 10:00:00\nNov 25 10:00:00\nNov 22 10:00:02",
		"2026-11-22T10:00:00Z\n!2026-11-22T10:00:00Z\n2026-11-22T10:00:02Z"},
	{"so are some", "", "2026-12-31T00:00:00Z",
		"Nov 22 10:00:00\nNov 25 10:00:00\nNov 25 10:00:01\nNov 22 10:00:02",
		"2026-11-22T10:00:00Z\n!2026-11-22T10:00:00Z\n!2026-11-22T10:00:00Z\n2026-11-22T10:00:02Z"},
	{"an exact stamp too", "", "2026-12-31T00:00:00Z",
		"2026-11-22T10:00:00Z\n2036-11-22T10:00:00Z\n2026-11-22T10:00:02Z",
		"2026-11-22T10:00:00Z\n!2026-11-22T10:00:00Z\n2026-11-22T10:00:02Z"},
	{"one line of a clock that nobody had set is", "", "2026-12-31T00:00:00Z",
		"2026-11-22T10:00:00Z\n2019-01-01T00:00:00Z\n2026-11-22T10:00:02Z",
		"2026-11-22T10:00:00Z\n!2026-11-22T10:00:00Z\n2026-11-22T10:00:02Z"},
	{"an older file behind a newer one is not", "", "2026-12-31T00:00:00Z",
		"2026-11-21T10:00:00\n2026-11-22T10:00:00\n2026-05-01T10:00:00\n2026-05-02T10:00:00",
		"2026-11-21T10:00:00Z\n2026-11-22T10:00:00Z\n2026-05-01T10:00:00Z\n2026-05-02T10:00:00Z"},
	{"the last line may be ahead of when the file was written", "", "2026-11-23T00:00:00Z",
		"2026-11-22T10:00:00Z\n2031-11-22T10:00:00Z",
		"2026-11-22T10:00:00Z\n!2026-11-22T10:00:00Z"},
	{"where lines go on past that, it is not when the file was written", "", "2026-11-20T00:00:00Z",
		"2026-11-20T10:00:00Z\n2026-11-21T09:00:00Z\n2026-11-22T08:00:00Z\n2026-11-26T08:00:00Z",
		"2026-11-20T10:00:00Z\n2026-11-21T09:00:00Z\n2026-11-22T08:00:00Z\n2026-11-26T08:00:00Z"},
	{"silence is not", "", "2026-12-31T00:00:00Z",
		"Nov 22 10:00:00\nNov 25 10:00:00\nNov 25 10:00:01",
		"2026-11-22T10:00:00Z\n2026-11-25T10:00:00Z\n2026-11-25T10:00:01Z"},
	{"silence, and later a step far back, is not", "", "2026-12-31T00:00:00Z",
		"Nov 20 10:00:00\nNov 25 10:00:00\nNov 10 10:00:00\nNov 25 10:00:01",
		"2026-11-20T10:00:00Z\n2026-11-25T10:00:00Z\n2026-11-10T10:00:00Z\n2026-11-25T10:00:01Z"},
	{"the first line may be the one that is ahead", "", "2026-12-31T00:00:00Z",
		"Nov 25 10:00:00\nNov 22 10:00:00\nNov 22 10:00:01",
		"!2026-11-22T10:00:00Z\n2026-11-22T10:00:00Z\n2026-11-22T10:00:01Z"},
	{"a clock that starts in January at each boot", "", "2026-11-23T00:00:00Z",
		"Nov 22 10:00:00\nJan  1 00:00:05\nJan  1 00:00:06\nNov 22 10:00:02",
		"2026-11-22T10:00:00Z\n!2026-11-22T10:00:00Z\n!2026-11-22T10:00:00Z\n2026-11-22T10:00:02Z"},
	{"ahead of Latest in the middle is skew, not the year before", "", "2026-11-23T00:00:00Z",
		"Nov 22 10:00:00\nDec 25 10:00:00\nNov 22 10:00:02",
		"2026-11-22T10:00:00Z\n!2026-11-22T10:00:00Z\n2026-11-22T10:00:02Z"},

	{"lines without a time take the one above", "", "2026-12-31T00:00:00Z",
		"Nov 22 10:00:00\n\nNov 22 10:00:02\n",
		"2026-11-22T10:00:00Z\n2026-11-22T10:00:00Z\n2026-11-22T10:00:02Z\n2026-11-22T10:00:02Z"},
	{"at the top they take the first", "", "2026-12-31T00:00:00Z",
		"\nNov 22 10:00:00", "2026-11-22T10:00:00Z\n2026-11-22T10:00:00Z"},
	{"where there is none at all they take Latest", "", "2026-12-31T00:00:00Z",
		"\n", "2026-12-31T00:00:00Z\n2026-12-31T00:00:00Z"},
}

// recordsOf parses stamps, one a line, each as the stamp of a line of sshd's.
func recordsOf(stamps string) (records []Record) {
	for s := range strings.SplitSeq(stamps, "\n") {
		line := failed
		if s != "" {
			line = s + " web-1 sshd[7]: " + failed
		}
		records = append(records, Parse(line))
	}
	return records
}

// timesOf prints the times of records, "!" before a skewed one.
func timesOf(records []Record) string {
	var times []string
	for _, r := range records {
		s := r.Time.UTC().Format(time.RFC3339)
		if r.Skew {
			s = "!" + s
		}
		times = append(times, s)
	}
	return strings.Join(times, "\n")
}

// timeline is a Timeline of a zone and a latest time, "" for none.
func timeline(t *testing.T, zone, latest string) *Timeline {
	t.Helper()
	var line Timeline
	if latest != "" {
		line.Latest = utc(latest)
	}
	if zone != "" {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		line.Zone = loc
	}
	return &line
}

func TestTimeline(t *testing.T) {
	for _, test := range timelineTests {
		records := recordsOf(test.lines)
		before := slices.Clone(records)
		timeline(t, test.zone, test.latest).Resolve(records)
		if got := timesOf(records); got != test.want {
			t.Errorf("%s: %q is\n%s\nwant\n%s", test.why, test.lines, got, test.want)
		}
		for i := range records {
			if records[i].Stamp != before[i].Stamp {
				t.Errorf("%s: the stamp of line %d changed: callers print times by it", test.why, i)
			}
		}
	}
}

// TestTimelineYears holds a file of two years and a half to the year that makes
// it end by Latest.
func TestTimelineYears(t *testing.T) {
	var stamps []string
	for at := utc("2024-06-05T10:00:00Z"); at.Before(utc("2026-12-01T00:00:00Z")); at = at.Add(36 * time.Hour) {
		stamps = append(stamps, at.Format(time.Stamp))
	}
	records := recordsOf(strings.Join(stamps, "\n"))
	timeline(t, "", "2026-12-01T00:00:00Z").Resolve(records)
	if got, want := records[0].Time, utc("2024-06-05T10:00:00Z"); !got.Equal(want) {
		t.Errorf("a file over two New Years begins %v, want %v", got, want)
	}
	if got := timesOf(records); strings.Contains(got, "!") {
		t.Errorf("there is no skew in\n%s", got)
	}
}

// TestTimelineSlices holds a file that is given in slices to what it says as
// one, where no rule looks across their border.
func TestTimelineSlices(t *testing.T) {
	const stamps = "Dec 30 10:00:00\nDec 31 23:59:59\nJan  1 00:00:01\n\nJan  2 10:00:00\nFeb 28 10:00:00"
	whole := recordsOf(stamps)
	timeline(t, "Europe/Berlin", "2026-03-01T00:00:00Z").Resolve(whole)
	cut := recordsOf(stamps)
	line := timeline(t, "Europe/Berlin", "2026-03-01T00:00:00Z")
	for i := range cut {
		line.Resolve(cut[i : i+1])
	}
	if got, want := timesOf(cut), timesOf(whole); got != want {
		t.Errorf("in slices\n%s\nas one\n%s", got, want)
	}
}

// TestTimelineRestores writes instants in order the way a syslogd of a zone
// would, drops year and zone, and wants the instants back.
func TestTimelineRestores(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for _, zone := range []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"} {
		line := timeline(t, zone, "")
		at := utc("2023-07-01T00:00:00Z")
		var stamps, want []string
		for range 3000 {
			// Steps below 30 minutes leave no doubt in an hour that comes twice.
			at = at.Add(time.Duration(random.IntN(1790)+1) * time.Second)
			if random.IntN(40) == 0 {
				at = at.Add(time.Duration(random.IntN(300)+72) * time.Hour / 10)
			}
			if doubtful(at.In(line.Zone)) {
				continue
			}
			stamps = append(stamps, at.In(line.Zone).Format(time.Stamp))
			want = append(want, at.Format(time.RFC3339))
		}
		line.Latest = at
		records := recordsOf(strings.Join(stamps, "\n"))
		line.Resolve(records)
		got := strings.Split(timesOf(records), "\n")
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%s: line %d, %q, is %s, want %s", zone, i, stamps[i], got[i], want[i])
				break
			}
		}
	}
}

// doubtful reports whether at is in the second turn of an hour that comes
// twice: behind a silence nothing tells it from the first.
func doubtful(at time.Time) bool {
	start, _ := at.ZoneBounds()
	if start.IsZero() {
		return false
	}
	_, before := start.Add(-1).Zone()
	_, after := start.Zone()
	return before > after && at.Sub(start) <= time.Duration(before-after)*time.Second
}

func TestArrival(t *testing.T) {
	delivered := utc("2026-11-22T13:30:00Z")
	for _, test := range []struct {
		why, stamp, want string
	}{
		{"its own time", "2026-11-22T13:27:06Z", "2026-11-22T13:27:06Z"},
		{"an agent ships the whole old file", "2026-11-08T13:30:00Z", "2026-11-08T13:30:00Z"},
		{"older than CloudWatch takes", "2026-11-08T13:29:59Z", "!2026-11-22T13:30:00Z"},
		{"a little ahead", "2026-11-22T13:40:00Z", "2026-11-22T13:40:00Z"},
		{"ahead", "2026-11-22T13:40:01Z", "!2026-11-22T13:30:00Z"},
		{"no zone: nothing to refuse", "2026-11-22T13:27:06", "2026-11-22T13:30:00Z"},
		{"no year: nothing to refuse", "Nov 22 13:27:06", "2026-11-22T13:30:00Z"},
		{"no time", "", "2026-11-22T13:30:00Z"},
	} {
		records := recordsOf(test.stamp)
		stamp := records[0].Stamp
		Arrival(&records[0], delivered)
		if got := timesOf(records); got != test.want || records[0].Stamp != stamp {
			t.Errorf("%s: %q is %s, stamp %d, want %s, stamp %d", test.why, test.stamp, got, records[0].Stamp, test.want, stamp)
		}
	}
}

func FuzzTimeline(f *testing.F) {
	for _, test := range timelineTests {
		f.Add(test.lines, int64(1795354026), test.zone == "")
	}
	f.Fuzz(func(t *testing.T, lines string, latest int64, inUTC bool) {
		line := timeline(t, "Europe/Berlin", "")
		if inUTC {
			line.Zone = nil
		}
		line.Latest = time.Unix(latest%(1<<33), 0)
		again := *line
		records, twin := recordsOf(lines), recordsOf(lines)
		line.Resolve(records)
		again.Resolve(twin)
		for i, r := range records {
			if r != twin[i] {
				t.Errorf("the same input gave %+v and %+v", r, twin[i])
			}
			if r.Time.IsZero() {
				t.Errorf("line %d of %q has no time", i, lines)
			}
			if r.Skew && r.Stamp == NoTime {
				t.Errorf("line %d of %q has no time that could be skewed", i, lines)
			}
		}
	})
}

func TestTimelineAllocations(t *testing.T) {
	records := recordsOf(strings.Repeat("Nov 22 10:00:00\nNov 25 10:00:00\n", 50) + "Nov 22 10:00:02")
	line := timeline(t, "Europe/Berlin", "2026-12-31T00:00:00Z")
	scratch := make([]Record, len(records))
	if n := testing.AllocsPerRun(20, func() {
		copy(scratch, records)
		line.Resolve(scratch)
	}); n > 0 {
		t.Errorf("Resolve allocates %v times", n)
	}
}

func BenchmarkTimeline(b *testing.B) {
	for _, zone := range []string{"UTC", "Europe/Berlin"} {
		b.Run(zone, func(b *testing.B) {
			loc, err := time.LoadLocation(zone)
			if err != nil {
				b.Fatal(err)
			}
			var lines []string
			for i := range 1000 {
				lines = append(lines, fmt.Sprintf("Nov %2d 10:00:%02d", 1+i/40, i%60))
			}
			records := recordsOf(strings.Join(lines, "\n"))
			scratch := make([]Record, len(records))
			b.ReportAllocs()
			for b.Loop() {
				copy(scratch, records)
				line := Timeline{Zone: loc, Latest: utc("2026-12-01T00:00:00Z")}
				line.Resolve(scratch)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(records)), "ns/line")
		})
	}
}
