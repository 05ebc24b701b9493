package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
	"sshsieve/internal/watch"
)

const previewHelp = `Usage: sshsieve preview [flags] [FILE...]

Shows the mails that the deployed function would have sent because of a log, in
full, as if each line had arrived when it was written; then how many a day, what
it would have kept for the quiet report, and what the table would have cost.
Several files are played oldest first, and as one fleet; what another of them
holds already is left out, with a warning. Where a stack's mail has AGAIN and the
log group, these have MORE and the file.

It begins with an empty memory, so the same log gives the same page.

  --json               the same as JSON, for tools: a stable contract
  --exit-code          exit 1 if there is a mail (medium or high)
  --store FILE         carry memory from run to run in FILE; what is held back at
                       the end of the log is told by the next run
` + ownerHelp + inputHelp + `
Example: every hour on one host, from cron; mail only if there is something

  journalctl -u ssh -o json --since -2h | sshsieve preview --store mem.json \
      --exit-code >page || mail -s sshsieve root <page
`

// A preview is what would have been told because of a log.
type preview struct {
	inputs  []string
	player  *player
	notices []notice.Notice
	digest  []told
	waiting int
	store   bool
	zone    string // how stamps without a zone were read
	whole   bool   // keep all of what ban tools are told
}

// told is what became of one Finding.
type told struct {
	notice notice.Notice
	state  watch.State
}

func runPreview(c *call, args []string) error {
	asJSON := c.flags.Bool("json", false, "")
	exitCode := c.flags.Bool("exit-code", false, "")
	store := c.flags.String("store", "", "")
	var in inputFlags
	var owner ownerFlags
	in.register(c)
	owner.register(c)
	inputs, err := c.parse(args)
	if err != nil {
		return err
	}
	r, err := in.reading(c)
	if err != nil {
		return err
	}
	mem, err := openStore(*store)
	if err != nil {
		return err
	}
	p := newPreview(c, mem, owner.attention())
	p.inputs, p.store, p.whole = r.oldestFirst(inputs), *store != "", *asJSON
	p.player.watcher.OnlyScopes = len(p.inputs) > 1 // each file ends, which is no host's silence
	faults := p.playAll(r, *store)
	p.zone = r.zoneNote()
	if p.readNothing(faults) {
		return faults
	}
	if *exitCode && len(p.mails()) > 0 {
		c.code = exitFindings
	}
	if *asJSON {
		return errors.Join(faults, writeJSON(c.stdout, p.page(), "preview"))
	}
	return errors.Join(faults, p.writeText(c.stdout))
}

// playAll plays the inputs, from the memory in the store to the memory there. A
// log of which something cannot be read has a preview and an error.
func (p *preview) playAll(r *reading, store string) error {
	old := settledBefore(p.player.mem)
	faults := r.each(p.inputs, nil, p.player.play)
	if p.readNothing(faults) {
		return faults // the memory stays as it is
	}
	return errors.Join(faults, p.finish(old), p.save(store, r.now))
}

// readNothing says whether faults are all that there is: then there is no page.
func (p *preview) readNothing(faults error) bool { return faults != nil && p.player.counts.Lines == 0 }

func newPreview(c *call, mem *watch.Mem, config attention.Config) *preview {
	p := &preview{}
	p.player = newPlayer(c.ctx, mem, config, p.take)
	return p
}

// take keeps a Notice; of messages for ban tools, which no cap bounds, only what
// its page shows.
func (p *preview) take(n notice.Notice) {
	if !p.whole && !isMail(&n) {
		n = notice.Notice{Severity: n.Severity, Verdict: n.Verdict, Addr: n.Addr, Count: n.Count}
	}
	p.notices = append(p.notices, n)
}

// finish ends the play and gathers what nobody was told. With a store the next
// run goes on where this one ends, so the clock does not run ahead.
func (p *preview) finish(old map[string]bool) error {
	if !p.store {
		if err := p.player.end(); err != nil {
			return err
		}
	}
	for _, e := range p.player.mem.Entries() {
		switch e.State {
		case watch.Pending, watch.Held:
			p.waiting++
		case watch.Reported, watch.Late, watch.Muted, watch.Repeated:
			if !old[e.ID] {
				p.digest = append(p.digest, told{notice.Write([]attention.Finding{e.Finding}, notice.About{Stream: e.Origin.Stream, Local: true}), e.State})
			}
		}
	}
	return nil
}

// openStore reads the memory; "" is an empty one.
func openStore(name string) (*watch.Mem, error) {
	if name == "" {
		return &watch.Mem{}, nil
	}
	mem, err := watch.LoadMem(name)
	if err != nil {
		return nil, fmt.Errorf("--store: %w", err)
	}
	return mem, nil
}

// save keeps the memory. What is kept ages by the log's clock, if that is the
// later one, and else by the machine's.
func (p *preview) save(store string, now func() time.Time) error {
	if store == "" {
		return nil
	}
	at := p.player.last
	if at.IsZero() {
		at = now()
	}
	if err := p.player.mem.Save(store, at); err != nil {
		return fmt.Errorf("--store: %w", err)
	}
	return nil
}

// settledBefore are the Findings that an earlier run has brought to an end.
func settledBefore(mem *watch.Mem) map[string]bool {
	old := map[string]bool{}
	for _, e := range mem.Entries() {
		if e.State.Settled() {
			old[e.ID] = true
		}
	}
	return old
}

// mails are the Notices for people.
func (p *preview) mails() []notice.Notice {
	return slices.DeleteFunc(slices.Clone(p.notices), func(n notice.Notice) bool { return !isMail(&n) })
}

// page is what --json writes.
func (p *preview) page() *previewPage {
	page := &previewPage{
		Schema: previewSchema, Notices: []noticeJSON{}, Digest: []digestJSON{}, Counts: p.player.counts,
		HeldBack: p.player.held, Waiting: p.waiting, Mails: p.mailsByDay(), Operations: p.operations(),
		From: timeOrNil(p.player.first), To: timeOrNil(p.player.last), LearningUntil: timeOrNil(p.player.learning()),
	}
	for i := range p.notices {
		page.Notices = append(page.Notices, noticeAsJSON(&p.notices[i]))
	}
	for _, d := range p.digest {
		page.Digest = append(page.Digest, digestJSON{noticeAsJSON(&d.notice), d.state.String()})
	}
	return page
}

func (p *preview) operations() operationsJSON {
	return operationsJSON{Operations: p.player.mem.Operations(), Batches: p.player.batches, Ticks: p.player.ticks, Notices: len(p.notices)}
}

// mailsByDay counts the mails by the day of their events.
func (p *preview) mailsByDay() []mailsJSON {
	counts := map[mailsJSON]int{}
	for _, n := range p.mails() {
		counts[mailsJSON{Day: n.Time.UTC().Format(time.DateOnly), Rule: n.Rule, Reason: n.Reason}]++
	}
	days := []mailsJSON{}
	for m, n := range counts {
		m.Count = n
		days = append(days, m)
	}
	slices.SortFunc(days, func(a, b mailsJSON) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Reason, b.Reason))
	})
	return days
}
