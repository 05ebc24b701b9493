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

// countsAttempts are the Findings whose Count is of attempts that failed.
var countsAttempts = map[cause]bool{
	{"login", "after-failures"}: true, {"login", "after-guessing"}: true,
	{"guessing-inside", "source"}: true, {"password-guessing", "begins"}: true,
}

// held is how many other attempts failed that day, in UTC, on the hosts that
// Entries are about: nobody was mailed of them one by one. The last quarter of an
// hour does not count, since what is folded of it hangs on when the clock struck.
// It costs a read for each mail; without it the mail goes out too.
func (r *run) held(ctx context.Context, g []Entry) int {
	midnight := g[0].Finding.At.UTC().Truncate(24 * time.Hour)
	rows, err := r.Ledger.Rows(ctx, midnight, g[0].Finding.At.Add(-3*bucketLength))
	if err != nil {
		r.log().Warn("a mail does not say what else failed", "error", err)
		return 0
	}
	hosts, failed := map[string]bool{}, 0
	for i := range g {
		hosts[g[i].Finding.Host] = true
		if countsAttempts[causeOf(&g[i].Finding)] {
			failed -= g[i].Finding.Count // these are told
		}
	}
	for _, row := range rows {
		for host, n := range row.Failures {
			if hosts[host] && row.Scope == g[0].Origin.Scope() {
				failed += n
			}
		}
	}
	return max(0, failed)
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
