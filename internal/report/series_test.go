package report

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	"unsafe"

	"sshsieve/internal/sshd"
)

// aliased makes a string of a buffer, as the readers of lines do.
func aliased(b []byte) string { return unsafe.String(&b[0], len(b)) }

// Whatever times come in whatever order, nothing is lost, the size is
// bounded, and each event stands in the column of its time.
func TestSeriesKeepsEverything(t *testing.T) {
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 0))
		reach := int64(1) << (1 + random.IntN(34)) // from seconds to centuries
		var s series
		var times []int64
		for range 500 {
			at := 1_770_000_000 + random.Int64N(reach) - reach/2
			times = append(times, at)
			s.add(at, sshd.Connect, sshd.Graph, 1)
		}
		axis := s.axis()
		want := make([]int, axis.used)
		for _, at := range times {
			want[(at-axis.start)/axis.step]++
		}
		got := s.of(sshd.Connect)
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("seed %d, reach %d s: column %d has %d, want %d", seed, reach, i, got[i], want[i])
			}
		}
		if axis.used > columns || axis.start%axis.step != 0 || sum(got) != len(times) {
			t.Fatalf("seed %d: %+v, %d of %d", seed, axis, sum(got), len(times))
		}
	}
}

func TestSeriesSteps(t *testing.T) {
	for _, test := range []struct {
		why  string
		span time.Duration
		want time.Duration
	}{
		{"half an hour is seen by the minute", 30 * time.Minute, time.Minute},
		{"a day by 5 minutes", 23 * time.Hour, 5 * time.Minute},
		{"a month by 3 hours", 30 * 24 * time.Hour, 3 * time.Hour},
		{"a year by the day", 365 * 24 * time.Hour, 24 * time.Hour},
		{"longer steps double", 500 * 24 * time.Hour, 2 * 24 * time.Hour},
	} {
		var s series
		midnight := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
		s.add(midnight.Unix(), sshd.Connect, sshd.Graph, 1)
		s.add(midnight.Add(test.span).Unix(), sshd.Connect, sshd.Graph, 1)
		if got := time.Duration(s.axis().step) * time.Second; got != test.want {
			t.Errorf("%v in steps of %v, want %v: %s", test.span, got, test.want, test.why)
		}
	}
}

func TestStepsDivideEachOther(t *testing.T) {
	for i := 1; i < len(steps); i++ {
		if steps[i]%steps[i-1] != 0 {
			t.Errorf("%d is no multiple of %d: columns could not be merged", steps[i], steps[i-1])
		}
	}
}

// The attempts over time are those that are counted, in the columns of the
// timeline: PAM's echo of each is a line, and no attempt.
func TestFailedOverTime(t *testing.T) {
	p := gather(
		"2026-11-20T12:00:00Z web-1 sshd[7]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.9  user=root",
		"2026-11-20T12:00:02Z web-1 sshd[7]: Failed password for root from 203.0.113.9 port 99 ssh2",
		"2026-11-20T12:07:02Z web-1 sshd[8]: Failed password for root from 203.0.113.9 port 98 ssh2",
	).Page(false)
	if want := []int{1, 0, 0, 0, 0, 0, 0, 1}; !slices.Equal(p.FailedOverTime, want) || sum(want) != p.Failed {
		t.Errorf("%v, want %v; failed %d", p.FailedOverTime, want, p.Failed)
	}
}
