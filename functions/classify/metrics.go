package main

import (
	"sshsieve/internal/emf"
	"sshsieve/internal/watch"
)

// writeMetrics writes the line of a batch that was taken the whole way. Failing
// is only logged: the batch is done, and to do it again would count nothing.
func (f *function) writeMetrics(r *reader, result watch.Result) {
	m := emf.Metrics{Origin: f.origin(r), Result: result, Now: f.now(), Panics: len(r.bad)}
	if result.Fresh {
		m.Glance = emf.Look(r.events)
	}
	f.write(m)
}

func (f *function) write(m emf.Metrics) {
	if err := emf.Write(f.metrics, m); err != nil {
		f.log.Error("metrics are lost", "error", err)
	}
}
