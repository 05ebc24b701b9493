package watch

import (
	"context"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
)

// write makes a Notice of Findings that stem from these Entries.
func (r *run) write(ctx context.Context, g []Entry, findings []attention.Finding) notice.Notice {
	about := r.about(g[0].Origin)
	about.ID = g[0].ID
	if f := &g[0].Finding; f.Severity >= attention.Medium && f.Host != "" && (f.User != "" || f.Source.IsValid()) {
		about.Held = r.held(ctx, g)
	}
	return r.notice(findings, about)
}

// countsFailures are the Findings whose Count is of attempts that failed, some of
// which held must not count again.
var countsFailures = map[cause]bool{
	{"login", "after-failures"}: true, {"login", "after-guessing"}: true,
	{"guessing-inside", "source"}: true, {"password-guessing", "begins"}: true,
}

// held is how many other attempts failed that day, in UTC, on the hosts that
// Entries are about: nobody was mailed of them one by one. The last quarter of an
// hour does not count, since what is folded of it hangs on when the clock struck.
// Without it the mail goes out too.
func (r *run) held(ctx context.Context, g []Entry) int {
	at := g[0].Finding.At.UTC()
	until := FirstBucket(at.Add(-3 * BucketLength))
	byHost, err := r.failuresOf(ctx, span{g[0].Origin.Scope(), at.Truncate(24 * time.Hour), until})
	if err != nil {
		r.log().Warn("a mail does not say what else failed", "error", err)
		return 0
	}
	hosts, failed := map[string]bool{}, 0
	for i := range g {
		hosts[g[i].Finding.Host] = true
		if countsFailures[causeOf(&g[i].Finding)] {
			failed -= g[i].Finding.Count // these are told
		}
	}
	for host := range hosts {
		failed += byHost[host]
	}
	return max(0, failed)
}

// A span is of a scope's buckets, the last excluded.
type span struct {
	scope    Scope
	from, to time.Time
}

const (
	// mostSpans is for how many spans a run asks the Ledger: the Rows of a day of
	// 500 hosts are 30 MB, one unpacked after the other, of which the sums by host
	// are kept. Further mails do without.
	mostSpans = 4
	// failuresWithin is how long each answer may take: a mail that does not say
	// what else failed is worth more than one that does and is late.
	failuresWithin = 3 * time.Second
)

// failuresOf is how many attempts failed on each host. Several mails of a run are
// of one span most often, and cost one read, also where that fails.
func (r *run) failuresOf(ctx context.Context, s span) (map[string]int, error) {
	if byHost, ok := r.failures[s]; ok || len(r.failures) >= mostSpans || !s.from.Before(s.to) {
		return byHost, nil
	}
	var byHost map[string]int
	mine := func(scope Scope) bool { return scope == s.scope }
	half, cancel := halfOf(ctx) // the rest is for the mail
	defer cancel()
	soon, cancel := context.WithTimeout(half, failuresWithin)
	defer cancel()
	err := r.Ledger.EachRow(soon, s.from, s.to, mine, func(row Row) { byHost = addInto(byHost, row.Failures) })
	if err != nil {
		byHost = nil // it is not asked again
	}
	if r.failures == nil {
		r.failures = map[span]map[string]int{}
	}
	r.failures[s] = byHost
	return byHost, err
}

// writeBlind makes one that says it may come again.
func (r *run) writeBlind(g []Entry) notice.Notice {
	about := r.about(g[0].Origin)
	about.MayRepeat = true
	return r.notice(r.findings(g), about)
}

func (r *run) notice(findings []attention.Finding, about notice.About) notice.Notice {
	if r.Write != nil {
		return r.Write(findings, about)
	}
	return notice.Write(findings, about)
}

func (r *run) about(o Origin) notice.About {
	about := r.About
	about.Account, about.LogGroup, about.Stream, about.Scope = o.Account, o.LogGroup, o.Stream, o.Fleet
	return about
}
