package watch_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"sshsieve/internal/notice"
	"sshsieve/internal/watch"
)

// BenchmarkBatch takes batches of 1,000 lines the whole way, with the real rules
// and Mem: of one source that guesses, and of 500 that do.
func BenchmarkBatch(b *testing.B) {
	for _, sources := range []int{1, 500} {
		b.Run(fmt.Sprint("sources=", sources), func(b *testing.B) {
			var lines []string
			for i := range 1000 {
				lines = append(lines, guesses(1, "root", fmt.Sprintf("198.51.%d.%d", i%sources/200+100, i%sources%200))...)
			}
			now := morning
			w := &watch.Watcher{Now: func() time.Time { return now }, Notifier: notifierFunc(func(context.Context, notice.Notice) error { return nil })}
			mem := &watch.Mem{}
			w.Memory, w.Outbox, w.Ledger = mem, mem, mem
			for b.Loop() {
				b.StopTimer()
				now = now.Add(time.Minute)
				events := eventsOf(now, lines...)
				b.StartTimer()
				if _, err := w.Batch(b.Context(), watch.Batch{Origin: origin, Events: events}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/line")
		})
	}
}
