package watch

import (
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"time"

	"sshsieve/internal/attention"
)

// conflicts is how many conflicts a key may have before it is skipped.
const conflicts = 8

// Retry runs attempt until it ends in something else than ErrConflict, with
// growing pauses at random. After 8 conflicts it ends in ErrContended, unless
// the attempt found something: that is tried until ctx ends.
func Retry(ctx context.Context, attempt func() (found bool, err error)) error {
	for n := 0; ; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		found, err := attempt()
		switch {
		case !errors.Is(err, ErrConflict):
			return err
		case n+1 >= conflicts && !found:
			return ErrContended
		}
		if err := pause(ctx, n); err != nil {
			return err
		}
	}
}

// pause waits up to 2 ms after the first conflict and up to 256 ms after the
// eighth. All of it is random ("full jitter"), so that writers that met once do
// not meet again.
func pause(ctx context.Context, n int) error {
	t := time.NewTimer(rand.N(2 * time.Millisecond << min(n, 7)))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// SameHistory says whether nothing was added: then nothing is to be written.
func SameHistory(a, b attention.History) bool {
	return a.Version == b.Version && a.Since == b.Since && slices.Equal(a.Marks, b.Marks) &&
		(a.Signs == b.Signs || reflect.DeepEqual(a.Signs, b.Signs))
}
