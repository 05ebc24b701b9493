package watch

import (
	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
)

// write makes a Notice of Findings that stem from these Entries.
func (r *run) write(g []Entry, findings []attention.Finding) notice.Notice {
	return r.notice(findings, r.about(g[0].Origin))
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
