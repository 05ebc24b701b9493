//go:build race

package watch_test

// The race detector makes everything ten times slower.
func init() { raceEnabled = true }
