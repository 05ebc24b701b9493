package watch_test

import (
	"testing"

	"sshsieve/internal/watch"
	"sshsieve/internal/watchtest"
)

func TestMem(t *testing.T) {
	watchtest.TestStore(t, func(*testing.T) watch.Store { return &watch.Mem{} })
}

func TestMemTests(t *testing.T) {
	watchtest.TestTests(t, func(*testing.T) watchtest.Asked { return &watch.Mem{} })
}
