package watchtest

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"sshsieve/internal/sshd"
)

// TestWeeksAreRead: every line that the weeks are made of is one that sshd
// says, with the address and the user that its writer meant. Otherwise a week
// would prove nothing.
func TestWeeksAreRead(t *testing.T) {
	t.Parallel()
	for _, s := range Scenarios() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			var reader sshd.Reader
			faults := 0
			for _, b := range s.Write(1, 10).Batches() {
				for i, e := range reader.Read(b.Records()) {
					if why := misread(&e, b.Lines[i]); why != "" && faults < 10 {
						faults++
						t.Errorf("%s\n %s, kind %s addr %v user %q", b.Lines[i].Text, why, e.Kind(), e.Addr, e.User)
					}
				}
			}
		})
	}
}

// misread says what is wrong with an Event of a line, if anything is.
func misread(e *sshd.Event, l Line) string {
	switch {
	case l.Foreign != (e.Category == sshd.NotSSHD):
		return "the program was misread"
	case l.Foreign:
		return ""
	case e.Row == nil || strings.HasPrefix(e.Kind(), "family/"):
		return "no row of its own"
	case e.Record.Host != l.Host:
		return "host misread"
	case e.Addr.IsValid() != strings.Contains(l.Text, l.Addr.String()) || e.Addr.IsValid() && e.Addr != l.Addr:
		return "address misread: meant " + l.Addr.String()
	case e.HasUser && e.User != l.User:
		return "user misread: meant " + l.User
	case !e.HasUser && l.User != "" && strings.Contains(l.Text, "user "+l.User):
		return "user not read: meant " + l.User
	case e.Disagrees:
		return "disagrees with its connection"
	case e.Conn != nil && e.Conn.Addr.IsValid() && e.Conn.Addr != l.Addr:
		return "joined to another connection, of " + e.Conn.Addr.String()
	case e.Conn != nil && e.Conn.HasUser && e.Conn.User != l.User:
		return "joined to another connection, of " + e.Conn.User
	}
	return ""
}

// TestWeeksAreRepeatable: the same seed gives the same week, another seed
// another one.
func TestWeeksAreRepeatable(t *testing.T) {
	t.Parallel()
	for _, s := range Scenarios() {
		week := s.Write(7, 20).Lines
		if !reflect.DeepEqual(week, s.Write(7, 20).Lines) {
			t.Errorf("%s: the same seed gave two weeks", s.Name)
		}
		if reflect.DeepEqual(week, s.Write(8, 20).Lines) {
			t.Errorf("%s: two seeds gave the same week", s.Name)
		}
	}
}

// TestWeeksHaveTheirIncidents: both are planted in the week itself, their lines
// exist, and all of a week's addresses are nobody's.
func TestWeeksHaveTheirIncidents(t *testing.T) {
	t.Parallel()
	for _, s := range Scenarios() {
		week := s.Write(3, 20)
		for _, i := range []Incident{week.BreakIn, week.LockOut} {
			checkIncident(t, week, &i)
		}
		for _, l := range week.Lines {
			if l.Addr.IsValid() && !isNobodys(l.Addr) {
				t.Fatalf("%s: %v is somebody's address", s.Name, l.Addr)
			}
		}
	}
}

func checkIncident(t *testing.T, week *Week, i *Incident) {
	t.Helper()
	lines := map[int]Line{}
	for _, l := range week.Lines {
		lines[l.Seq] = l
	}
	all := i.Must
	for _, p := range i.Parts {
		all = append(all[:len(all):len(all)], p...)
	}
	if len(all) == 0 || len(i.Parts) < i.Need {
		t.Errorf("%s: %s/%s has %d parts, needs %d", week.Name, i.Rule, i.Reason, len(i.Parts), i.Need)
	}
	for _, seq := range all {
		if l, ok := lines[seq]; !ok || l.Read.Before(week.Begin) || !l.Read.Before(week.To) || l.Addr != i.Source {
			t.Errorf("%s: %s/%s: line %d is not in the week: %+v", week.Name, i.Rule, i.Reason, seq, l)
		}
	}
	if !i.Whole(func(int) int { return 0 }) || i.Whole(func(int) int { return -1 }) {
		t.Errorf("%s: %s/%s must be whole when all has come, and not before anything has", week.Name, i.Rule, i.Reason)
	}
}

func isNobodys(a netip.Addr) bool {
	for _, p := range []string{"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "198.18.0.0/15", "10.0.0.0/8"} {
		if netip.MustParsePrefix(p).Contains(a) {
			return true
		}
	}
	return false
}

// TestBatchesAreCut: nothing is lost or put out of order by the cut, and no
// batch is larger than CloudWatch's.
func TestBatchesAreCut(t *testing.T) {
	t.Parallel()
	for _, s := range Scenarios() {
		week := s.Write(5, 20)
		seen := map[int]bool{}
		for _, b := range week.Batches() {
			first, last := b.Lines[0].Read, b.Lines[len(b.Lines)-1].Read
			if len(b.Lines) > batchLines || last.Sub(first) >= batchSpan {
				t.Errorf("%s: a batch of %d lines over %v", s.Name, len(b.Lines), last.Sub(first))
			}
			for i, l := range b.Lines {
				if seen[l.Seq] || l.Host != b.Host || l.Account != b.Account || i > 0 && l.Read.Before(b.Lines[i-1].Read) {
					t.Errorf("%s: line %d is twice, elsewhere or out of order", s.Name, l.Seq)
				}
				seen[l.Seq] = true
			}
		}
		if len(seen) != len(week.Lines) {
			t.Errorf("%s: %d lines of %d", s.Name, len(seen), len(week.Lines))
		}
	}
}
