package watchtest

import (
	"context"
	"errors"
	"testing"

	"sshsieve/internal/notice"
	"sshsieve/internal/watch"
)

// answering is the smallest Notifier that keeps the contract.
type answering Answer

func (a answering) Notify(ctx context.Context, _ notice.Notice) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return map[Answer]error{Refuses: watch.ErrRefused, Fails: errors.New("throttled")}[Answer(a)]
}

func TestNotifierContract(t *testing.T) {
	TestNotifier(t, func(_ *testing.T, a Answer) watch.Notifier { return answering(a) })
	TestNotifier(t, func(_ *testing.T, a Answer) watch.Notifier { return &Chaos{Notifier: answering(a)} })
}
