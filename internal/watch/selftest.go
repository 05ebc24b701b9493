package watch

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"sshsieve/internal/attention"
	"sshsieve/internal/sshd"
)

// TestPrefix begins the names by which a self-test is known: somebody asks for
// a test of a random name (Tests), and tries to log in by it.
const TestPrefix = "sshsieve-test-"

const (
	// testLookups bounds what strangers who try such names cost a batch: 4 USD in a
	// million batches (0.25 USD a million consistent reads). Who tries more of them
	// in the same minute hides a test, which is then asked for again.
	testLookups = 16
	longestTest = 64 // bytes of a name
)

// selfTest finds the self-tests among a batch's lines. A test is told once, since
// its Entry has the same ID whatever line it was found in.
func (r *run) selfTest(ctx context.Context) ([]Entry, error) {
	if r.Tests == nil || r.blind != nil {
		return nil, nil
	}
	var found []Entry
	asked := map[string]bool{}
	for i := range r.events {
		name := testName(&r.events[i])
		if name == "" || asked[name] || len(asked) == testLookups {
			continue
		}
		asked[name] = true
		until, err := r.Tests.Test(ctx, name)
		if err != nil {
			return found, fmt.Errorf("look up a self-test: %w", err)
		}
		if !r.now.Before(until) {
			continue
		}
		entries, err := r.foundTest(ctx, &r.events[i], name)
		if err != nil {
			return found, err
		}
		found = append(found, entries...)
	}
	return found, nil
}

// testName is the name of a self-test that a line may be, or empty.
func testName(e *sshd.Event) string {
	if e.HasUser && strings.HasPrefix(e.User, TestPrefix) && len(e.User) <= longestTest {
		return e.User
	}
	return ""
}

// foundTest puts the Finding of a self-test on its way. It shows no line: the
// name would be hidden in it.
func (r *run) foundTest(ctx context.Context, e *sshd.Event, name string) ([]Entry, error) {
	f := attention.Finding{
		Rule: selfTestRule, Reason: "asked", Severity: attention.Medium, Key: attention.Key{Kind: attention.Fleet},
		At: e.Record.Time.UTC(), First: e.Record.Time.UTC(), Count: 1, Host: strings.Clone(e.Record.Host),
		Detail: map[string]string{"name": strings.Clone(name)},
	}
	entry := Entry{ID: TestID(name), Origin: r.origin, Finding: f, Found: r.now, Due: r.now.Add(lease)}
	fresh, err := r.Memory.Update(ctx, r.key(f.Key), func(past attention.History) (attention.History, []Entry) {
		return past, []Entry{entry}
	})
	if err != nil && !errors.Is(err, ErrNewer) { // the Entry is stored all the same
		return nil, fmt.Errorf("self-test: %w", err)
	}
	r.result.Findings += len(fresh)
	return fresh, nil
}

const selfTestRule = "self-test"

// TestID is the ID of the Entry that a self-test of this name makes, whatever line
// it is found in: who asked for the test waits for it.
func TestID(name string) string { return hashID(selfTestRule + "|" + name) }
