package watch

import (
	"testing"
	"time"

	"sshsieve/internal/attention"
)

// One fault told does not keep another from being told: of another kind, or on
// another host.
func TestFaultsAreToldEach(t *testing.T) {
	at := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	fault := func(host, kind string) attention.Finding {
		return attention.Finding{Rule: "sshd-broken", Reason: "fault", Severity: attention.High, At: at, Host: host,
			Detail: map[string]string{"kind": kind}}
	}
	first := fault("web-1", "cannot-bind")
	quota := Quota{Sent: []Sent{{At: at, Severity: attention.High, Findings: sentFindings([]Entry{{ID: "1", Finding: first}})}}}
	for _, c := range []struct {
		why        string
		host, kind string
		told       bool
	}{
		{"the same again", "web-1", "cannot-bind", true},
		{"another fault", "web-1", "no-hostkeys", false},
		{"another host", "web-2", "cannot-bind", false},
	} {
		f := fault(c.host, c.kind)
		if got := quota.told(&f, highQuiet); got != c.told {
			t.Errorf("%s: told %t, want %t", c.why, got, c.told)
		}
	}
}
