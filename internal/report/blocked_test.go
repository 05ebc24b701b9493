package report

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
)

// locked is a Notice of somebody who is locked out of web-1, some minutes past
// noon: twice, as far as it tells.
func locked(rule, reason, user, source string, minute int) notice.Notice {
	when := noon.Add(time.Duration(minute) * time.Minute)
	return notice.Write([]attention.Finding{{Rule: rule, Reason: reason, Severity: attention.Medium, User: user, Users: []string{"alice"},
		Host: "web-1", Source: netip.MustParseAddr(source), At: when, First: when, Count: 2}}, notice.About{})
}

// Who is locked out is counted in the log: mails leave out what comes while they
// are quiet.
func TestLockoutsCountWhatTheLogHolds(t *testing.T) {
	const refusal = "Unable to negotiate with 192.0.2.7 port 99: no matching cipher found. Their offer: aes128-cbc [preauth]"
	const policy = "User alice from 192.0.2.7 not allowed because not listed in AllowUsers"
	const dropped = "drop connection #3 from [192.0.2.7]:4249 on [198.51.100.1]:22 penalty: failed authentication"
	for _, test := range []struct {
		why          string
		lines        []string
		mail         notice.Notice
		count        int
		first, until string
	}{
		{"all refusals of the source count, those before and behind the mail, too",
			[]string{at(1, refusal), at(5, refusal), at(6, refusal), at(50, refusal), at(51, policy)},
			locked("locked-out", "negotiation", "", "192.0.2.7", 5), 4, "12:01", "12:50"},
		{"repeated lines count", []string{at(5, refusal), at(9, "message repeated 5 times: [ "+refusal+"]")},
			locked("locked-out", "negotiation", "", "192.0.2.7", 5), 6, "12:05", "12:09"},
		{"others' lines do not count", []string{at(5, refusal)},
			locked("locked-out", "negotiation", "", "192.0.2.8", 5), 2, "12:05", "12:05"},
		{"another user's lines do not count", []string{at(5, policy), at(6, policy), at(7, policy), at(8, "User bob from 192.0.2.7 not allowed because not listed in AllowUsers")},
			locked("locked-out", "policy", "alice", "192.0.2.7", 6), 3, "12:05", "12:07"},
		{"which of two refusals is meant nobody knows", []string{at(5, policy), at(6, policy), at(7, policy), at(8, "ROOT LOGIN REFUSED FROM 192.0.2.7 port 99"), at(9, "User alice from 192.0.2.7 not allowed because none of user's groups are listed in AllowGroups")},
			locked("credential-refused", "refused", "alice", "192.0.2.7", 5), 2, "12:05", "12:05"},
		{"what sshd turns away counts from where users come", []string{at(1, dropped), at(2, aliceOld), at(5, dropped), at(6, dropped), at(7, dropped), at(9, refusal)},
			locked("locked-out", "defences", "", "192.0.2.7", 6), 3, "12:05", "12:07"},
		{"what is refused everywhere counts everywhere",
			[]string{at(5, policy), strings.Replace(at(6, policy), "web-1", "web-2", 1), strings.Replace(at(7, policy), "web-1", "web-3", 1)},
			locked("locked-out", "policy-everywhere", "alice", "192.0.2.7", 6), 3, "12:05", "12:07"},
		{"no line tells why somebody leaves silently", []string{at(5, refusal)},
			locked("locked-out", "silent", "alice", "192.0.2.7", 5), 2, "12:05", "12:05"},
	} {
		p := gather(test.lines...).Page(false)
		p.Tell([]notice.Notice{test.mail}, nil, Told{})
		l := p.Told.LockedOut[0]
		if l.Count != test.count || l.First.Format("15:04") != test.first || l.Last.Format("15:04") != test.until {
			t.Errorf("%s: %d from %v to %v, want %d, %s to %s", test.why, l.Count, l.First, l.Last, test.count, test.first, test.until)
		}
	}
}
