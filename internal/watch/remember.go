package watch

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"sshsieve/internal/attention"
)

// lease is how long Entries are their creator's: longer than the function may
// run (30 s), so that nobody tells what a living worker is about to tell.
const lease = 45 * time.Second

// remember brings what was seen into Memory, key by key, and returns what was
// found because of it. When Memory fails it stops: the error is kept in blind,
// too.
func (r *run) remember(ctx context.Context) ([]Entry, error) {
	if len(r.seen.Keys) == 0 {
		return nil, nil
	}
	if err := r.chooseKeys(ctx); err != nil {
		return nil, err
	}
	if err := r.readFleet(ctx); err != nil {
		return nil, err
	}
	var found []Entry
	for _, key := range r.seen.Keys {
		entries, err := r.update(ctx, key, r.seen.Marks[key], r.seen.Attach)
		found = append(found, entries...)
		if err != nil {
			return found, err
		}
		r.judged++
	}
	return found, nil
}

// readFleet reads the scope's own History, for the World of others, unless the
// batch updates it first of all.
func (r *run) readFleet(ctx context.Context) error {
	if r.seen.Keys[0].Kind == attention.Fleet {
		return nil
	}
	fleet, err := r.Memory.Read(ctx, r.key(attention.Key{Kind: attention.Fleet}))
	if err != nil {
		return r.goBlind(fmt.Errorf("read fleet: %w", err))
	}
	r.fleet = fleet
	return nil
}

// update judges one key, and remembers what that changes.
func (r *run) update(ctx context.Context, key attention.Key, marks []attention.Mark, attach func(*attention.Finding)) ([]Entry, error) {
	var after attention.History
	fresh, err := r.Memory.Update(ctx, r.key(key), func(past attention.History) (attention.History, []Entry) {
		history, findings := r.judge(key, past, marks, r.world(ctx))
		if r.blind != nil {
			return past, nil // judged without a History that it needs
		}
		after = history
		return history, r.entries(findings, attach)
	})
	switch {
	case r.blind != nil: // the judge could not read what it needed
		return fresh, r.blind
	case errors.Is(err, ErrContended):
		r.result.Contended++
		return nil, nil
	case errors.Is(err, ErrNewer):
		r.result.Newer++
	case err != nil:
		return nil, r.goBlind(fmt.Errorf("update a %s: %w", key.Kind, err)) // its name is nobody's business
	}
	r.cache(key, after)
	r.result.Findings += len(fresh)
	return fresh, nil
}

func (r *run) key(k attention.Key) Key { return Key{r.origin.Scope(), k} }

func (r *run) goBlind(err error) error {
	r.blind = err
	return err
}

// cache keeps what later keys of the batch are judged by.
func (r *run) cache(key attention.Key, h attention.History) {
	switch key.Kind {
	case attention.Fleet:
		r.fleet = h
	case attention.Source:
		r.keepSource(key.Name, h)
	}
}

func (r *run) keepSource(name string, h attention.History) {
	if r.sources == nil {
		r.sources = map[string]attention.History{}
	}
	r.sources[name] = h
}

func (r *run) judge(key attention.Key, past attention.History, marks []attention.Mark, world attention.World) (attention.History, []attention.Finding) {
	if r.Judge != nil {
		return r.Judge(key, past, marks, world)
	}
	return attention.Judge(key, past, marks, world)
}

// world is what a judgement may look at besides its own History.
func (r *run) world(ctx context.Context) attention.World {
	return attention.World{
		Config: r.Config, Fleet: r.fleet, Now: r.result.Newest,
		Source: func(a netip.Addr) attention.History { return r.source(ctx, a.String()) },
	}
}

// source is the History of a source, read once for each batch.
func (r *run) source(ctx context.Context, name string) attention.History {
	if h, ok := r.sources[name]; ok || r.blind != nil {
		return h
	}
	h, err := r.Memory.Read(ctx, r.key(attention.Key{Kind: attention.Source, Name: name}))
	if err != nil {
		_ = r.goBlind(fmt.Errorf("read source: %w", err))
		return attention.History{}
	}
	r.keepSource(name, h)
	return h
}

// entries puts Findings on their way. What is low is settled at once, unless
// the Fleet has yet to hear of it.
func (r *run) entries(findings []attention.Finding, attach func(*attention.Finding)) []Entry {
	var entries []Entry
	for _, f := range findings {
		attach(&f)
		if slices.Contains(r.folded, f.Key) {
			f.Detail = withPrefix(f.Detail)
		}
		e := Entry{ID: entryID(r.origin.Scope(), &f), Origin: r.origin, Finding: f, Found: r.now, Due: dueOf(&f, r.now)}
		if f.Severity == attention.Low && len(followups(&f)) == 0 {
			e.State = Reported
		}
		entries = append(entries, e)
	}
	return entries
}

// withPrefix says that a Finding is about an IPv6 /48, which is what a ban tool
// is to shut out.
func withPrefix(detail map[string]string) map[string]string {
	more := map[string]string{"prefix": "48"}
	maps.Copy(more, detail)
	return more
}
