// Package watch is the way of a batch: from Events to what somebody is told.
//
//	events ─┬─ counts ───────────────────────────────▶ Ledger
//	        └─ marks ─▶ judge ─▶ Findings ─▶ Notices ─▶ Notifier
//	                      ▲          │
//	                    Memory     Outbox
//
// watch.go is that picture as code and is to be read first; nothing else knows
// the order. The interfaces are in interfaces.go, with what each promises.
// Mem keeps all of them in memory, and in one file on demand; internal/watchtest
// has the contract that every other implementation must pass as well.
//
// What may be relied on: batches come late, twice, cut otherwise, out of order
// and at the same time in many containers, and each may die between any two
// steps. Then no Finding is lost; none is told twice, unless somebody died
// between publishing it and marking it told; and the counts are exact, since a
// batch's receipt is put down once, and last. So an error means: deliver the
// whole batch again.
//
// What no batch shows, the clock does: Tick folds the Receipts into Rows, whose
// hosts are signs of life, and tells whose have stopped (fold.go).
//
// Two times are kept apart. Event time decides what is found and what repeats;
// the wall clock, which is only the Watcher's Now, decides leases, caps, mutes
// and whether a line came late.
package watch
