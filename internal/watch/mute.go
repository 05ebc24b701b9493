package watch

import (
	"net/netip"
	"time"

	"sshsieve/internal/attention"
)

// A Mute is the owner's wish not to be told of something, with an end. What it
// leaves empty matches everything.
type Mute struct {
	Rule   string       `json:"rule,omitempty"`
	User   string       `json:"user,omitempty"`
	Source netip.Prefix `json:"source,omitzero"`
	Host   string       `json:"host,omitempty"`
	Until  time.Time    `json:"until"`
	Why    string       `json:"why,omitempty"`
}

// Matches says whether a Finding is muted now, by the wall clock.
func (m Mute) Matches(f *attention.Finding, now time.Time) bool {
	return now.Before(m.Until) &&
		(m.Rule == "" || m.Rule == f.Rule) &&
		(m.User == "" || m.User == f.User) &&
		(m.Host == "" || m.Host == f.Host) &&
		(!m.Source.IsValid() || m.Source.Contains(f.Source))
}

func muted(mutes []Mute, f *attention.Finding, now time.Time) bool {
	for _, m := range mutes {
		if m.Matches(f, now) {
			return true
		}
	}
	return false
}
