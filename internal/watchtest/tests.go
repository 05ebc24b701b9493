package watchtest

import (
	"context"
	"testing"
	"time"

	"sshsieve/internal/watch"
)

// Asked keeps the self-tests that were asked for.
type Asked interface {
	watch.Tests
	// PutTest asks for one: a line with this name is a self-test until then.
	PutTest(ctx context.Context, name string, until time.Time) error
}

// TestTests is the contract of watch.Tests. open returns an empty one.
func TestTests(t *testing.T, open func(*testing.T) Asked) {
	for name, test := range map[string]func(*testing.T, Asked){
		"NobodyAsked":   nobodyAsked,
		"AskedForOne":   askedForOne,
		"AskedAgain":    askedAgain,
		"TestsAfterEnd": testsAfterEnd,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// until asks about a name.
func until(t *testing.T, a Asked, name string) time.Time {
	t.Helper()
	at, err := a.Test(t.Context(), name)
	if err != nil {
		t.Fatalf("Test(%q): %v", name, err)
	}
	return at
}

func put(t *testing.T, a Asked, name string, until time.Time) {
	t.Helper()
	if err := a.PutTest(t.Context(), name, until); err != nil {
		t.Fatalf("PutTest(%q): %v", name, err)
	}
}

// soon is a time within the life of a test, by the wall clock that a table's
// expiry goes by; tables keep seconds.
func soon() time.Time { return time.Now().Add(10 * time.Minute).UTC().Truncate(time.Second) }

func nobodyAsked(t *testing.T, a Asked) {
	for _, name := range []string{"", watch.TestPrefix, watch.TestPrefix + "x", watch.TestPrefix + hostile} {
		if at := until(t, a, name); !at.IsZero() {
			t.Errorf("nobody asked for %q, but it is a test until %v", name, at)
		}
	}
}

func askedForOne(t *testing.T, a Asked) {
	name, at := watch.TestPrefix+hostile, soon()
	put(t, a, name, at)
	for range 2 { // asking uses nothing up
		if got := until(t, a, name); !got.Equal(at) {
			t.Errorf("a test until %v, want %v", got, at)
		}
	}
	for _, other := range []string{name + "x", name[:len(name)-1], watch.TestPrefix} {
		if got := until(t, a, other); !got.IsZero() {
			t.Errorf("%q is a test, though another was asked for", other)
		}
	}
}

func askedAgain(t *testing.T, a Asked) {
	name, at := watch.TestPrefix+"a", soon()
	put(t, a, name, at)
	put(t, a, name, at.Add(time.Minute))
	if got := until(t, a, name); !got.Equal(at.Add(time.Minute)) {
		t.Errorf("a test until %v, want the later %v", got, at.Add(time.Minute))
	}
}

func testsAfterEnd(t *testing.T, a Asked) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.Test(ctx, watch.TestPrefix+"a"); err == nil {
		t.Error("Test with an ended context returned no error")
	}
}
