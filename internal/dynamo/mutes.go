package dynamo

import (
	"context"
	"fmt"
	"hash/fnv"
	"strconv"

	"sshsieve/internal/watch"
)

// Mutes does what watch.Mutes promises, by one query. Those that ended long ago
// are gone.
func (t *Table) Mutes(ctx context.Context, scope watch.Scope) ([]watch.Mute, error) {
	var mutes []watch.Mute
	err := t.query(ctx, partition(mutesPK(scope)), func(it item) {
		var m watch.Mute
		if err := decode(it[attrDoc], &m); err == nil {
			mutes = append(mutes, m)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("query mutes: %w", err)
	}
	return mutes, nil
}

// Mute puts a mute into a scope, in place of one of the same rule, user, source
// and host: with an end that has passed it takes that back. An error is for now.
func (t *Table) Mute(ctx context.Context, scope watch.Scope, m watch.Mute) error {
	it, err := newItem(mutesPK(scope), muteSK(m), m, m.Until.Add(muteLife))
	if err == nil {
		err = t.overwrite(ctx, it)
	}
	if err != nil {
		return fmt.Errorf("put mute: %w", err)
	}
	return nil
}

func mutesPK(scope watch.Scope) string { return "mutes#" + string(scope) }

// muteSK is the same for mutes of the same.
func muteSK(m watch.Mute) string {
	h := fnv.New64a()
	fmt.Fprintf(h, "%q %q %q %q", m.Rule, m.User, m.Source, m.Host)
	return strconv.FormatUint(h.Sum64(), 36)
}
