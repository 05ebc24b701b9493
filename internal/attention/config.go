package attention

import (
	"net/netip"
	"time"
)

// A Config is what the owner says of his hosts. The zero value is the default.
type Config struct {
	// Known are sources that count as known for every user, and Shared those
	// that many people share (NAT, load balancer, proxy).
	Known, Shared []netip.Prefix
	// AutomationUsers and AutomationSources log in from new places with new
	// keys as a matter of course.
	AutomationUsers   []string
	AutomationSources []netip.Prefix
	// ServiceUsers are accounts of programs, for which a new source is told
	// like root's.
	ServiceUsers []string
	// Scanners are the owner's own: they may guess from inside.
	Scanners []netip.Prefix
	// KeysOnly are hosts that take no passwords; "*" is all of them.
	KeysOnly []string
	// TrustStderr believes lines without an envelope, which strangers can
	// write (syslog.Peer).
	TrustStderr bool
	// Heartbeat is a text that the owner's hosts log regularly, such as a line of
	// logger's in cron: a host that said it twice is missed when it falls silent
	// (logs-stopped). Empty: only hosts that wrote for a week are.
	Heartbeat string
	// GuessingMail is how often a scope under attack is told so by mail.
	GuessingMail GuessingMail
	// Learning is how long after its first login a scope is only watched; 0 is
	// 7 days. Learned ends it at that time.
	Learning time.Duration
	Learned  time.Time
}

// IsInside says whether guesses from a source are no stranger's by what the owner
// says, whoever logged in from it: it is private, shared or known.
func (c *Config) IsInside(source netip.Addr) bool {
	return source.IsPrivate() || contains(c.Shared, source) || contains(c.Known, source)
}

// GuessingMail is how often people hear of password guessing, which is for
// tools: when it begins, and then every 30 days (the default), daily, hourly or
// never.
type GuessingMail uint8

const (
	GuessingMonthly GuessingMail = iota
	GuessingDaily
	GuessingHourly
	GuessingOff
)

// guessingQuiet is how long nobody is told again that guessing began.
func guessingQuiet(c *Config) time.Duration {
	switch c.GuessingMail {
	case GuessingDaily:
		return day
	case GuessingHourly:
		return time.Hour
	}
	return 30 * day
}
