// Package emf says in numbers what a batch was.
//
// Write prints one line of JSON in CloudWatch's embedded metric format: the
// function's log carries it, and CloudWatch takes the metrics out. So it needs
// no SDK, no permission and no call. What a line holds beside its metrics costs
// nothing but its bytes, and is what Logs Insights queries:
//
//	fields jsonParse(@message) as m | unnest m.sources into s
//	| stats sum(s.lines) as lines by s.addr | sort lines desc
//
// Read metrics.go first, the table of what is measured; glance.go gathers the
// rest. The format: Amazon CloudWatch User Guide, "Specification: Embedded
// metric format".
//
// A metric is billed for each name and each value of its dimension, by the
// hours in which it has data. So there is one dimension, the log group, which
// nobody on the internet chooses; and a metric that is zero is left out, but
// for lines and lag: a graph fills it up with FILL(m, 0), an alarm treats missing
// data as notBreaching.
package emf
