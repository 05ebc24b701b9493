package main

import (
	"errors"
	"fmt"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/sshd"
	"sshsieve/internal/watch"
)

const learnHelp = `Usage: sshsieve learn --store FILE | --stack NAME [flags] [LOG...]

Teaches a memory who logs in from where with which key, from old logs, and ends
its learning period with their last line: from then on preview --store, or the
deployed stack, tells new keys, users and places. Nothing that these logs hold is
mailed. Without LOG the period ends now; - is standard input. To teach the same
twice changes nothing.

  --store FILE         the memory; made where it is not there
  --scope NAME         with --stack: which of its log groups, or ACCOUNT:NAME of
                       another account's
` + stackHelp + ownerHelp + inputHelp + `
Example:

  sshsieve learn --store mem.json /var/log/auth.log.*.gz
  sshsieve preview --store mem.json /var/log/auth.log
`

func runLearn(c *call, args []string) error {
	var flags learnFlags
	var in inputFlags
	var owner ownerFlags
	flags.register(c)
	in.register(c)
	owner.register(c)
	inputs, err := c.parse(args)
	if err != nil {
		return err
	}
	if err := flags.check(); err != nil {
		return err
	}
	r, err := in.reading(c)
	if err != nil {
		return err
	}
	if flags.store == "" {
		return flags.learnStack(c, r, inputs, owner.attention())
	}
	return learnStore(c, flags.store, r, inputs, owner.attention())
}

// A learnFlags holds which memory is taught.
type learnFlags struct {
	store, scope string
	stack        stackFlags
}

func (f *learnFlags) register(c *call) {
	c.flags.StringVar(&f.store, "store", "", "")
	c.flags.StringVar(&f.scope, "scope", "", "")
	f.stack.register(c)
}

// check: a stack is taught only where it is named, since that cannot be undone.
func (f *learnFlags) check() error {
	named := f.stack.where.Name != "" || f.stack.where.Table != ""
	switch {
	case f.store == "" && !named:
		return usageError{"which memory? --store FILE says so, or --stack NAME"}
	case f.store != "" && named:
		return usageError{"--store or --stack? One memory at a time"}
	}
	return nil
}

func (f *learnFlags) learnStack(c *call, r *reading, inputs []string, config attention.Config) error {
	s, err := f.stack.find(c)
	if err != nil {
		return err
	}
	known, err := s.Scopes(c.ctx, r.now())
	if err != nil {
		return err
	}
	scope, err := chooseScope(known, f.scope)
	if err != nil {
		return err
	}
	return learnStack(c, s, scope, r, inputs, config)
}

// learnStore teaches a memory in a file.
func learnStore(c *call, store string, r *reading, inputs []string, config attention.Config) error {
	mem, err := openStore(store)
	if err != nil {
		return err
	}
	p := newPreview(c, mem, config)
	p.inputs = r.oldestFirst(inputs)
	if err := p.playToLearn(r, inputs); err != nil {
		return err
	}
	at := p.player.last
	if at.IsZero() {
		at = r.now()
	}
	if err := errors.Join(settleAll(c, mem), endLearning(c, mem, at), p.save(store, r.now)); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.stdout, "%s: learned from %s; the learning period ended %s UTC.\n",
		store, plural(p.player.counts.Lines, "line"), at.UTC().Format(stampShown))
	return errors.Join(err, p.unsaid(c))
}

// playToLearn plays logs to learn from. Where something could not be read, or
// nobody logged in, nothing is learned: a mistyped name would end the learning
// period, and everybody be new.
func (p *preview) playToLearn(r *reading, inputs []string) error {
	if len(inputs) == 0 {
		return nil // only the learning period is to end
	}
	if err := r.each(p.inputs, nil, p.player.play); err != nil {
		return errors.Join(err, errors.New("nothing was learned"))
	}
	if p.player.counts.Categories[sshd.Accepted.String()] == 0 {
		return errors.New("nothing was learned: nobody logs in in these logs")
	}
	return nil
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
