package dynamo

import (
	"context"
	"fmt"
	"time"

	"sshsieve/internal/attention"
)

// Test does what watch.Tests promises, by one read.
func (t *Table) Test(ctx context.Context, name string) (until time.Time, err error) {
	it, err := t.get(ctx, testPK(name), testSK)
	if err != nil {
		return time.Time{}, fmt.Errorf("get self-test: %w", err)
	}
	if it == nil || expired(it, t.now()) {
		return time.Time{}, nil
	}
	if err := decode(it[attrDoc], &until); err != nil {
		return time.Time{}, nil // a later version's
	}
	return until, nil
}

// PutTest makes lines with this name a self-test until then, by the wall clock.
// An error is for now.
func (t *Table) PutTest(ctx context.Context, name string, until time.Time) error {
	it, err := newItem(testPK(name), testSK, until, until.Add(testLife))
	if err == nil {
		err = t.overwrite(ctx, it)
	}
	if err != nil {
		return fmt.Errorf("put self-test: %w", err)
	}
	return nil
}

const testSK = "test"

// testPK makes a name from a log safe, as Histories' keys do.
func testPK(name string) string {
	return "test#" + attention.Key{Kind: attention.User, Name: name}.String()
}
