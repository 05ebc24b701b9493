package watchtest

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"sshsieve/internal/attention"
	"sshsieve/internal/watch"
)

// TestMemory is the contract of watch.Memory. open returns an empty one.
func TestMemory(t *testing.T, open func(*testing.T) watch.Memory) {
	for name, test := range map[string]func(*testing.T, watch.Memory){
		"AbsentIsZero":           absentIsZero,
		"KeepsAll":               keepsAll,
		"KeepsEachMember":        keepsEachMember,
		"KeysAreApart":           keysAreApart,
		"EntryOnce":              entryOnce,
		"AllWritersAreKept":      allWritersAreKept,
		"ContendedWithoutEntry":  contendedWithoutEntry,
		"EntryOutlastsConflicts": entryOutlastsConflicts,
		"EndedContext":           endedContext,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// update fails the test where Update does.
func update(t *testing.T, m watch.Memory, key watch.Key, judge watch.Judge) []watch.Entry {
	t.Helper()
	fresh, err := m.Update(t.Context(), key, judge)
	if err != nil {
		t.Fatalf("Update(%s): %v", key, err)
	}
	return fresh
}

func read(t *testing.T, m watch.Memory, key watch.Key) attention.History {
	t.Helper()
	h, err := m.Read(t.Context(), key)
	if err != nil {
		t.Fatalf("Read(%s): %v", key, err)
	}
	return h
}

func absentIsZero(t *testing.T, m watch.Memory) {
	if h := read(t, m, userKey); !reflect.DeepEqual(h, attention.History{}) {
		t.Errorf("Read of an absent key = %+v", h)
	}
	update(t, m, userKey, func(past attention.History) (attention.History, []watch.Entry) {
		if !reflect.DeepEqual(past, attention.History{}) {
			t.Errorf("the judge of an absent key saw %+v", past)
		}
		return past, nil
	})
	if h := read(t, m, userKey); !reflect.DeepEqual(h, attention.History{}) {
		t.Errorf("a judge that changed nothing left %+v", h)
	}
}

func keepsAll(t *testing.T, m watch.Memory) {
	want := attention.History{Version: attention.HistoryVersion, Since: 7}
	for n := range 3 {
		want = with(want, mark(n))
	}
	update(t, m, userKey, func(attention.History) (attention.History, []watch.Entry) { return want, nil })
	if got := read(t, m, userKey); !watch.SameHistory(got, want) {
		t.Errorf("read  %+v\nwrote %+v", got, want)
	}
	update(t, m, userKey, func(past attention.History) (attention.History, []watch.Entry) {
		if !watch.SameHistory(past, want) {
			t.Errorf("the judge saw %+v\nwritten was %+v", past, want)
		}
		return past, nil
	})
}

// keepsEachMember: a History need not have Marks.
func keepsEachMember(t *testing.T, m watch.Memory) {
	lives := func(letters string) *attention.Lives {
		return &attention.Lives{Heard: 5, Of: map[string]attention.Life{"a|" + strings.ToValidUTF8(hostile, "?"): {Told: 7, Days: map[int64]string{20000: letters}}}}
	}
	for i, want := range []attention.History{
		{Version: attention.HistoryVersion, Since: 7},
		{Version: attention.HistoryVersion, Signs: lives("0123")},
	} {
		key := keyOf(scopes[i], attention.Signs, "")
		update(t, m, key, func(attention.History) (attention.History, []watch.Entry) { return want, nil })
		if got := read(t, m, key); !watch.SameHistory(got, want) {
			t.Errorf("read  %+v\nwrote %+v", got, want)
		}
		want.Signs = lives("3210")
		update(t, m, key, func(attention.History) (attention.History, []watch.Entry) { return want, nil })
		if got := read(t, m, key); !watch.SameHistory(got, want) {
			t.Errorf("changed to %+v, read %+v", want.Signs, got.Signs)
		}
	}
}

// keysAreApart: one scope's memory is nobody else's, whatever is in a name.
func keysAreApart(t *testing.T, m watch.Memory) {
	names := []string{"alice", "ALICE", "", hostile, "alice|fleet", "/", "192.0.2.7"}
	var keys []watch.Key
	for _, scope := range scopes {
		keys = append(keys, keyOf(scope, attention.Fleet, ""))
		for _, name := range names {
			for _, kind := range []attention.KeyKind{attention.Source, attention.User, attention.Host} {
				keys = append(keys, keyOf(scope, kind, name))
			}
		}
	}
	for n, key := range keys {
		update(t, m, key, func(past attention.History) (attention.History, []watch.Entry) { return with(past, mark(n)), nil })
	}
	for n, key := range keys {
		if got := read(t, m, key).Marks; !slices.Equal(got, []attention.Mark{mark(n)}) {
			t.Errorf("%s %q holds %v, want its own mark", key.Scope, key.Of.Name, got)
		}
	}
}

// entryOnce: an Entry that is there already is not written, nor returned as
// written, but its History is.
func entryOnce(t *testing.T, m watch.Memory) {
	if fresh := update(t, m, userKey, finds(entry("a"))); len(fresh) != 1 || fresh[0].ID != "a" {
		t.Errorf("the first time wrote %v", fresh)
	}
	if fresh := update(t, m, userKey, finds(entry("a"), entry("b"))); len(fresh) != 1 || fresh[0].ID != "b" {
		t.Errorf("the second time wrote %v, want b alone", fresh)
	}
	if got := read(t, m, userKey).Marks; len(got) != 2 {
		t.Errorf("%d marks, want 2", len(got))
	}
	// A Finding that changes no History is kept as well.
	same := func(past attention.History) (attention.History, []watch.Entry) {
		return past, []watch.Entry{entry("c")}
	}
	if fresh := update(t, m, userKey, same); len(fresh) != 1 {
		t.Errorf("without a change of History wrote %v, want c", fresh)
	}
}

// allWritersAreKept: whoever has a Finding is not turned away.
func allWritersAreKept(t *testing.T, m watch.Memory) {
	const writers = 20
	var wg sync.WaitGroup
	var mu sync.Mutex
	wrote := 0
	for n := range writers {
		wg.Go(func() {
			fresh, err := m.Update(t.Context(), userKey, func(past attention.History) (attention.History, []watch.Entry) {
				return with(past, mark(n)), []watch.Entry{entry("one")}
			})
			if err != nil {
				t.Errorf("writer %d: %v", n, err)
			}
			mu.Lock()
			defer mu.Unlock()
			wrote += len(fresh)
		})
	}
	wg.Wait()
	if got := len(read(t, m, userKey).Marks); got != writers {
		t.Errorf("%d marks of %d writers", got, writers)
	}
	if wrote != 1 {
		t.Errorf("%d writers wrote the Entry, want 1", wrote)
	}
}

// rival is somebody who is faster, this many times.
func rival(t *testing.T, m watch.Memory, times int, judge watch.Judge) (watch.Judge, *int) {
	calls := 0
	return func(past attention.History) (attention.History, []watch.Entry) {
		calls++
		if calls <= times {
			update(t, m, userKey, func(past attention.History) (attention.History, []watch.Entry) {
				return with(past, mark(1000+calls)), nil
			})
		}
		return judge(past)
	}, &calls
}

func contendedWithoutEntry(t *testing.T, m watch.Memory) {
	judge, calls := rival(t, m, 1<<30, finds())
	_, err := m.Update(t.Context(), userKey, judge)
	if !errors.Is(err, watch.ErrContended) || *calls != 8 {
		t.Errorf("after %d conflicts: %v, want ErrContended after 8", *calls, err)
	}
	if got := len(read(t, m, userKey).Marks); got != 8 {
		t.Errorf("%d marks, want the rival's 8", got)
	}
}

func entryOutlastsConflicts(t *testing.T, m watch.Memory) {
	judge, calls := rival(t, m, 11, finds(entry("a")))
	if fresh := update(t, m, userKey, judge); len(fresh) != 1 || *calls != 12 {
		t.Errorf("after %d calls wrote %v, want a after 12", *calls, fresh)
	}
	if got := len(read(t, m, userKey).Marks); got != 12 {
		t.Errorf("%d marks, want 11 of the rival and ours", got)
	}
}

func endedContext(t *testing.T, m watch.Memory) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Update(ctx, userKey, finds(entry("a"))); err == nil {
		t.Error("Update with an ended context returned no error")
	}
	if _, err := m.Read(ctx, userKey); err == nil {
		t.Error("Read with an ended context returned no error")
	}
	if got := read(t, m, userKey); len(got.Marks) != 0 {
		t.Errorf("Update with an ended context stored %v", got)
	}
}
