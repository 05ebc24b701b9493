// Package watchtest has what every implementation of watch's interfaces must
// pass, and a store that makes life hard for a Watcher.
//
//	func TestMem(t *testing.T) {
//		watchtest.TestStore(t, func(*testing.T) watch.Store { return &watch.Mem{} })
//	}
//
// Chaos wraps a store and a notifier, and lets the worker die, fail or lose a
// race at any step.
package watchtest
