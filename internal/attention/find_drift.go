package attention

import (
	"slices"
	"strings"
	"time"

	"sshsieve/internal/sshd"
	"sshsieve/internal/syslog"
)

// What sshd says that no row knows.

// kindProgram is the Kind of an Unknown Mark of a program; else it is one of a
// shape.
const kindProgram = "program"

func shape(j *judgement) []Finding {
	var found []Finding
	for _, m := range j.freshOf(Unknown) {
		same := where(j.of(Unknown), func(n Mark) bool { return n.Kind == m.Kind && n.Detail == m.Detail })
		if m.Kind == kindProgram || len(hostsOf(same)) < shapeHosts {
			continue
		}
		f := finding(same)
		f.Hosts = hostsOf(same)
		f.Host, f.Detail["shape"], f.subject = "", m.Detail, m.Detail
		found = append(found, f)
	}
	return found
}

// program finds a program that speaks as sshd does and is not read as it.
func program(j *judgement) []Finding {
	var found []Finding
	for _, m := range where(j.freshOf(Unknown), func(m Mark) bool { return m.Kind == kindProgram }) {
		f := finding([]Mark{m})
		f.Detail["program"], f.subject = m.Detail, m.Detail
		found = append(found, f)
	}
	return found
}

// program remembers a program that has sshd's name in its own, and whose words
// are sshd's. OpenSSH 9.8 and 10.0 have brought one each, sshd-session and
// sshd-auth (README.privsep), and until they were known all logins were unseen.
func (o *observer) program(r *syslog.Record) {
	if !strings.Contains(r.Program, "sshd") || !o.believed(r) {
		return
	}
	m := Mark{What: Unknown, At: r.Time.Unix(), Host: o.here.name, Kind: kindProgram, Detail: own(r.Program), Times: 1}
	known := slices.ContainsFunc(o.fleet().marks, func(n Mark) bool { return n.slot() == m.slot() && n.identity(&m) == 0 })
	if !known && speaksAsSSHD(*r) {
		o.add(o.fleet(), m)
	}
}

// speaksAsSSHD says whether a line would be one of sshd's own if its program
// were. A family's rows are too vague to tell.
func speaksAsSSHD(r syslog.Record) bool {
	r.Program = "sshd"
	e := new(sshd.Reader).Read([]syslog.Record{r})[0]
	return e.Row != nil && !strings.HasPrefix(e.Row.Kind, "family/")
}

// An Hour is what a scope's lines of some time were, counted once each.
type Hour struct {
	// From and To are its ends, in event time.
	From, To time.Time
	// Lines are sshd's, and Unrecognised those of them that no row knows. Text
	// that a peer may have written whole (syslog.Peer) is in neither, unless
	// it is trusted, nor is what was forged.
	Lines, Unrecognised int
}

// Drifts says whether too much of it was not understood. It costs nothing, where
// JudgeHour needs a History.
func (h Hour) Drifts() bool {
	return h.Unrecognised >= shareLines && h.Unrecognised*100 > h.Lines*sharePercent
}

// JudgeHour judges what was counted, as Judge does what was seen: it needs the
// lines of an hour that are on no Mark. past is the Fleet's.
func JudgeHour(past History, hour Hour, config Config) (History, []Finding) {
	if !hour.Drifts() {
		return past, nil
	}
	j := judgement{key: Key{Fleet, ""}, History: past, world: World{Config: config, Fleet: past}}
	j.rule, j.reason = reasonOf("parser-drift", "share")
	j.tell([]Finding{{
		Severity: ofReason, At: hour.To.UTC(), First: hour.From.UTC(), Count: hour.Unrecognised,
		Detail: map[string]string{"lines": itoa(hour.Lines), "percent": itoa(hour.Unrecognised * 100 / max(1, hour.Lines))},
	}})
	past, _ = past.merge(j.told)
	return past, j.findings
}

// reasonOf finds a row of the table; it must be there.
func reasonOf(ruleName, reasonName string) (*Rule, *Reason) {
	for i := range Rules {
		for k := range Rules[i].Reasons {
			if Rules[i].Name == ruleName && Rules[i].Reasons[k].Name == reasonName {
				return &Rules[i], &Rules[i].Reasons[k]
			}
		}
	}
	panic("attention: no reason " + ruleName + "/" + reasonName)
}
