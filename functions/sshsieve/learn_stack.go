package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
	"sshsieve/internal/stack"
	"sshsieve/internal/watch"
)

// A lesson is what old logs teach a deployed stack: who logged in from where
// with which key, and no more. Failures of old are nobody's business now, and
// signs of life of old would be missed.
type lesson struct {
	store  watch.Memory
	scope  watch.Scope
	taught map[attention.KeyKind]int // keys that were told something
}

// learnStack teaches a stack what these logs hold. The logs are played into a
// memory of their own first, so that each user and source is one write, and
// nothing that they hold gets into the stack's outbox.
func learnStack(c *call, s *stack.Stack, scope watch.Scope, r *reading, inputs []string, config attention.Config) error {
	p, keys := newLearner(c, config)
	p.inputs = r.oldestFirst(inputs)
	if err := p.playToLearn(r, inputs); err != nil {
		return err
	}
	l := &lesson{store: s.Table, scope: scope, taught: map[attention.KeyKind]int{}}
	at := p.player.last
	if at.IsZero() {
		at = r.now()
	}
	for _, key := range keys.sorted() {
		if err := l.teach(c.ctx, p.player.mem, key); err != nil {
			return s.Explain(err)
		}
	}
	until, err := l.endsAt(c.ctx, s, at)
	if err != nil {
		return s.Explain(err)
	}
	_, err = fmt.Fprintf(c.stdout, "%s: learned from %s: news of %s and %s; the learning period %s.\n",
		notice.Printable(string(scope)), plural(p.player.counts.Lines, "line"), plural(l.taught[attention.User], "user"),
		plural(l.taught[attention.Source], "source"), learningLine(until, r.now()))
	return err
}

// endsAt ends the learning period at a time, unless it has ended before, and
// returns when it ended: what the stack's status says, too.
func (l *lesson) endsAt(ctx context.Context, s *stack.Stack, at time.Time) (time.Time, error) {
	until, err := s.LearningUntil(ctx, l.scope)
	if err != nil || !until.IsZero() && !until.After(at) {
		return until, err
	}
	period := s.Learning
	if s.Name == "" {
		period = longestLearning // of a table alone nobody knows LearningDays
	}
	if err := l.end(ctx, at.Add(-period)); err != nil {
		return until, err
	}
	return s.LearningUntil(ctx, l.scope)
}

// newLearner plays logs into an empty memory, and notes of which keys.
func newLearner(c *call, config attention.Config) (*preview, *noted) {
	mem := &watch.Mem{}
	p := newPreview(c, mem, config)
	keys := &noted{Mem: mem, keys: map[attention.Key]bool{}}
	p.player.watcher.Memory = keys
	return p, keys
}

// noted notes the keys that are written.
type noted struct {
	*watch.Mem
	keys map[attention.Key]bool
}

func (n *noted) Update(ctx context.Context, key watch.Key, judge watch.Judge) ([]watch.Entry, error) {
	n.keys[key.Of] = true
	return n.Mem.Update(ctx, key, judge)
}

// sorted are the users and sources among them.
func (n *noted) sorted() (keys []attention.Key) {
	for key := range n.keys {
		if key.Kind == attention.User || key.Kind == attention.Source {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b attention.Key) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name)) })
	return keys
}

// teach merges the logins of one key into the stack's memory. What the rules
// find in them is dropped. To teach the same again changes nothing.
func (l *lesson) teach(ctx context.Context, mem *watch.Mem, key attention.Key) error {
	played, err := mem.Read(ctx, watch.Key{Scope: scope, Of: key})
	if err != nil {
		return err
	}
	logins := slices.DeleteFunc(slices.Clone(played.Marks), func(m attention.Mark) bool { return m.What != attention.Login })
	if len(logins) == 0 {
		return nil
	}
	changed := false
	_, err = l.store.Update(ctx, watch.Key{Scope: l.scope, Of: key}, func(past attention.History) (attention.History, []watch.Entry) {
		history, _ := attention.Judge(key, past, logins, attention.World{Now: newestOf(logins)})
		changed = !watch.SameHistory(past, history)
		return history, nil
	})
	if changed && err == nil {
		l.taught[key.Kind]++
	}
	return err
}

func newestOf(marks []attention.Mark) time.Time {
	newest := int64(0)
	for _, m := range marks {
		newest = max(newest, m.At)
	}
	return time.Unix(newest, 0).UTC()
}

// longestLearning is the longest learning period that a stack can have
// (LearningDays).
const longestLearning = 90 * 24 * time.Hour

// end makes the scope's first login one at a time so old that its learning period
// is over.
func (l *lesson) end(ctx context.Context, at time.Time) error {
	key := attention.Key{Kind: attention.Fleet}
	first := attention.Mark{What: attention.Login, At: at.Unix()}
	_, err := l.store.Update(ctx, watch.Key{Scope: l.scope, Of: key}, func(past attention.History) (attention.History, []watch.Entry) {
		history, _ := attention.Judge(key, past, []attention.Mark{first}, attention.World{Now: at})
		return history, nil
	})
	return err
}
