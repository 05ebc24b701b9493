package main

import (
	"errors"
	"fmt"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/watch"
)

const learnHelp = `Usage: sshsieve learn --store FILE [flags] [LOG...]

Teaches a memory who logs in from where with which key, from old logs, and ends
its learning period with their last line: from then on preview --store tells new
keys, users and places. Nothing that these logs hold is mailed. Without LOG the
period ends now; - is standard input.

  --store FILE         the memory; made where it is not there
` + ownerHelp + inputHelp + `
Example:

  sshsieve learn --store mem.json /var/log/auth.log.*.gz
  sshsieve preview --store mem.json /var/log/auth.log
`

func runLearn(c *call, args []string) error {
	store := c.flags.String("store", "", "")
	var in inputFlags
	var owner ownerFlags
	in.register(c)
	owner.register(c)
	inputs, err := c.parse(args)
	if err != nil {
		return err
	}
	if *store == "" {
		return usageError{"which memory? --store FILE says so"}
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
	p.inputs = r.oldestFirst(inputs)
	var faults error
	if len(inputs) > 0 {
		faults = r.each(p.inputs, nil, p.player.play)
	}
	at := p.player.last
	if at.IsZero() {
		at = r.now()
	}
	if err := errors.Join(settleAll(c, mem), endLearning(c, mem, at), p.save(*store, r.now)); err != nil {
		return errors.Join(faults, err)
	}
	_, err = fmt.Fprintf(c.stdout, "%s: learned from %s; the learning period ended %s UTC.\n",
		*store, plural(p.player.counts.Lines, "line"), at.UTC().Format(stampShown))
	return errors.Join(faults, err, p.unsaid(c))
}

// settleAll keeps what a cap held back from being told by the next run.
func settleAll(c *call, mem *watch.Mem) error {
	var ids []string
	for _, e := range mem.Entries() {
		if !e.State.Settled() {
			ids = append(ids, e.ID)
		}
	}
	return mem.Settle(c.ctx, ids, watch.Reported)
}

// endLearning makes the scope's first login so old that its learning period is
// over at a time.
func endLearning(c *call, mem *watch.Mem, at time.Time) error {
	key := attention.Key{Kind: attention.Fleet}
	first := attention.Mark{What: attention.Login, At: at.Add(-learningPeriod).Unix()}
	_, err := mem.Update(c.ctx, watch.Key{Scope: scope, Of: key}, func(past attention.History) (attention.History, []watch.Entry) {
		history, _ := attention.Judge(key, past, []attention.Mark{first}, attention.World{Now: at})
		return history, nil
	})
	return err
}

// unsaid tells that there was something to tell, since nobody else will.
func (p *preview) unsaid(c *call) error {
	mails := len(p.mails())
	if mails == 0 {
		return nil
	}
	_, err := fmt.Fprintf(c.stdout, "These logs hold what would have made %s: see sshsieve preview.\n", plural(mails, "mail"))
	return err
}
