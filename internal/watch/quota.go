package watch

import (
	"net/netip"
	"slices"
	"time"

	"sshsieve/internal/attention"
)

// The caps on mails, by the wall clock. SNS switches an e-mail subscription off
// above 10 messages a second (AWS re:Post, "sns-email-subscription-disabled"),
// and people stop reading long before.
const (
	mediumHourly = 6
	mediumDaily  = 20
	highHourly   = 12
	// highQuiet is how long, in event time, one rule, user and source is told
	// at most once.
	highQuiet = 6 * time.Hour
	// summaryPause lies between two summaries: with one at each tick a cap
	// would be none. What holds something high does not wait.
	summaryPause = time.Hour
)

// A Quota is what was sent in one scope of late. The zero value is ready.
type Quota struct {
	Sent []Sent `json:"sent,omitempty"`
}

// Sent is one Notice that was let through.
type Sent struct {
	At       time.Time          `json:"at"` // by the wall clock
	Severity attention.Severity `json:"severity"`
	Summary  bool               `json:"summary,omitempty"`
	Findings []SentFinding      `json:"findings,omitempty"`
}

// SentFinding is a Finding of it.
type SentFinding struct {
	ID       string             `json:"id"`
	Rule     string             `json:"rule"`
	Reason   string             `json:"reason,omitempty"`
	User     string             `json:"user,omitempty"`
	Source   netip.Addr         `json:"source,omitzero"`
	Fault    string             `json:"fault,omitempty"` // of a Finding about a host: see subject
	At       time.Time          `json:"at"`              // event time
	Severity attention.Severity `json:"severity"`
}

// SameQuota says whether nothing was spent: then nothing is to be written.
func SameQuota(a, b Quota) bool {
	return slices.EqualFunc(a.Sent, b.Sent, func(s, t Sent) bool {
		return s.At.Equal(t.At) && s.Severity == t.Severity && s.Summary == t.Summary && slices.Equal(s.Findings, t.Findings)
	})
}

// A ruling is what a Quota says of the Entries of one Notice.
type ruling struct {
	send, hold, repeated []Entry
}

// admit rules about one group of Entries. Asked about an Entry again, after
// somebody died between the ruling and the Notice, it lets it through again and
// counts nothing: that is one Notice.
func (q Quota) admit(g []Entry, now time.Time) (Quota, ruling) {
	if i := q.noticeOf(g); i >= 0 {
		return q.extend(i, g), ruling{send: g}
	}
	rest, repeated := q.dropRepeated(g)
	switch {
	case len(rest) == 0:
		return q, ruling{repeated: repeated}
	case q.full(rest, now):
		return q, ruling{hold: rest, repeated: repeated}
	}
	return q.with(Sent{At: now, Severity: rest[0].Finding.Severity, Findings: sentFindings(rest)}, now), ruling{send: rest, repeated: repeated}
}

// admitSummary says whether a summary of these Entries may go out now.
func (q Quota) admitSummary(g []Entry, now time.Time) (Quota, bool) {
	if i := q.noticeOf(g); i >= 0 {
		return q.extend(i, g), true
	}
	high := g[0].Finding.Severity == attention.High
	if !high && q.count(now, summaryPause, func(s Sent) bool { return s.Summary }) > 0 {
		return q, false
	}
	return q.with(Sent{At: now, Severity: g[0].Finding.Severity, Summary: true, Findings: sentFindings(g)}, now), true
}

// noticeOf finds the Notice that was let through for one of the Entries, or -1.
func (q Quota) noticeOf(g []Entry) int {
	ids := make(map[string]bool, len(g))
	for _, e := range g {
		ids[e.ID] = true
	}
	return slices.IndexFunc(q.Sent, func(s Sent) bool {
		return slices.ContainsFunc(s.Findings, func(f SentFinding) bool { return ids[f.ID] })
	})
}

func (s Sent) has(id string) bool {
	return slices.ContainsFunc(s.Findings, func(f SentFinding) bool { return f.ID == id })
}

// extend notes Entries that join a Notice which was let through before.
func (q Quota) extend(i int, g []Entry) Quota {
	sent := q.Sent[i]
	sent.Findings = slices.Clone(sent.Findings)
	for _, f := range sentFindings(g) {
		if !sent.has(f.ID) {
			sent.Findings = append(sent.Findings, f)
		}
	}
	q.Sent = slices.Clone(q.Sent)
	q.Sent[i] = sent
	return q
}

// dropRepeated parts off what is high, and was told as high of the same
// subject; and what waited, where its own login was told meanwhile as high.
func (q Quota) dropRepeated(g []Entry) (rest, repeated []Entry) {
	for _, e := range g {
		if e.Finding.Severity == attention.High && q.told(&e.Finding, highQuiet) || e.Finding.Wait > 0 && q.told(&e.Finding, sameCause) {
			repeated = append(repeated, e)
		} else {
			rest = append(rest, e)
		}
	}
	return rest, repeated
}

// told says whether something high was told of the same subject, less than quiet
// away in event time.
func (q Quota) told(f *attention.Finding, quiet time.Duration) bool {
	return q.anyFinding(func(s SentFinding) bool {
		same := subject{s.Rule, s.User, s.Source, s.Fault} == subjectOf(f)
		return same && s.Severity == attention.High && within(s.At, f.At, quiet)
	})
}

func (q Quota) anyFinding(match func(SentFinding) bool) bool {
	return slices.ContainsFunc(q.Sent, func(s Sent) bool { return slices.ContainsFunc(s.Findings, match) })
}

// full says whether a Notice has to wait for the summary. Nothing medium makes
// something high wait.
func (q Quota) full(g []Entry, now time.Time) bool {
	high := func(s Sent) bool { return !s.Summary && s.Severity == attention.High }
	if g[0].Finding.Severity == attention.High {
		return q.count(now, time.Hour, high) >= highHourly
	}
	medium := func(s Sent) bool { return !s.Summary && s.Severity == attention.Medium }
	return q.causesTold(g) ||
		q.count(now, time.Hour, medium) >= mediumHourly || q.count(now, 24*time.Hour, medium) >= mediumDaily
}

// causesTold says whether somebody heard of every cause in g minutes ago: then
// g adds who and where, which can wait a few minutes for the rest of them.
func (q Quota) causesTold(g []Entry) bool {
	return !slices.ContainsFunc(g, func(e Entry) bool {
		return !q.anyFinding(func(s SentFinding) bool {
			return cause{s.Rule, s.Reason} == causeOf(&e.Finding) && within(s.At, e.Finding.At, sameCause)
		})
	})
}

// count counts Notices less than d away from now.
func (q Quota) count(now time.Time, d time.Duration, match func(Sent) bool) (n int) {
	for _, s := range q.Sent {
		if within(now, s.At, d) && match(s) {
			n++
		}
	}
	return n
}

// QuotaLife is how far back the caps look: a Quota that was spent from longest ago
// is as good as none.
const QuotaLife = 24 * time.Hour

// The bounds of a Quota. The caps keep it far smaller; Findings that join one
// Notice are without number. 600 of them are 100 KB of an item's 400.
const (
	quotaFindings = 600
	quotaShown    = 100 // of one Notice
)

// with adds a Notice and forgets what no ruling asks for. Beyond the bound the
// oldest Notices keep their count and lose their Findings.
func (q Quota) with(sent Sent, now time.Time) Quota {
	kept := make([]Sent, 0, len(q.Sent)+1)
	for _, s := range q.Sent {
		if now.Sub(s.At) < QuotaLife {
			kept = append(kept, s)
		}
	}
	kept = append(kept, sent)
	total := 0
	for i := len(kept) - 1; i >= 0; i-- {
		if total += len(kept[i].Findings); total > quotaFindings {
			kept[i].Findings = nil
		}
	}
	return Quota{Sent: kept}
}

func sentFindings(g []Entry) []SentFinding {
	var refs []SentFinding
	for _, e := range g[:min(len(g), quotaShown)] {
		f := &e.Finding
		refs = append(refs, SentFinding{e.ID, f.Rule, f.Reason, f.User, f.Source, subjectOf(f).Fault, f.At, f.Severity})
	}
	return refs
}
