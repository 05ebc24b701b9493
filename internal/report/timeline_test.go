package report

import (
	"math/rand/v2"
	"testing"
	"time"

	"sshsieve/internal/sshd"
)

// The narrow timeline of the text page has everything that the page has, and
// each count stands in the column of its time.
func TestNarrowKeepsEverything(t *testing.T) {
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 0))
		reach := int64(1) << (1 + random.IntN(30)) // from seconds to decades
		log := NewLog()
		for range 200 {
			log.series.add(1_770_000_000+random.Int64N(reach), sshd.Connect, sshd.Graph, 1)
		}
		axis := log.series.axis()
		page := Page{Timeline: axis.timeline()}
		n := page.narrow()
		if n.used > textColumns || n.start%n.step != 0 || n.step%page.Timeline.Step != 0 {
			t.Fatalf("seed %d: %+v", seed, n)
		}
		counts := log.series.of(sshd.Connect)
		want := make([]int, n.used)
		for i, c := range counts {
			want[(axis.start+int64(i)*axis.step-n.start)/n.step] += c
		}
		got := n.merge(counts)
		for i := range want {
			if got[i] != want[i] || sum(got) != 200 {
				t.Fatalf("seed %d: column %d has %d of %d, want %d of 200", seed, i, got[i], sum(got), want[i])
			}
		}
	}
}

// A week begins on Monday, in UTC.
func TestHoursOfTheWeek(t *testing.T) {
	for _, test := range []struct {
		at   time.Time
		want int
	}{
		{time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC), 0}, // a Monday
		{time.Date(2026, 11, 16, 13, 59, 59, 0, time.UTC), 13},
		{time.Date(2026, 11, 22, 23, 59, 59, 0, time.UTC), 7*24 - 1},
		{time.Date(1970, 1, 1, 1, 0, 0, 0, time.UTC), 3*24 + 1}, // a Thursday
	} {
		if got := hourOfWeek(test.at.Unix()); got != test.want {
			t.Errorf("%s is hour %d, want %d", test.at.Format(time.RFC1123), got, test.want)
		}
	}
}
