package watch

// TestID is the ID of the Entry that a self-test of this name makes: who asked
// for the test waits for it.
func TestID(name string) string { return testID(name) }
