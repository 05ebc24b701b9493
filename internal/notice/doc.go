// Package notice writes what a person reads.
//
// Two tables hold what it knows. clients.go and clients.tsv say which program
// a client is, by what it offered or said when it left; remedies_table.go says
// what to do about each thing that sshd refuses, and at what risk:
//
//	r := notice.ReadRefusal(event.Kind(), message)
//	r.User = "bob"
//	for _, c := range notice.Clients(notice.Evidence{Class: r.Class, Offer: r.Offer}) { … }
//	remedy, ok := notice.RemedyFor(r)
//
// The package is pure: what it returns hangs on its arguments alone. Values
// that a peer wrote come back as such, bounded, in fields that say so; escaping
// and defanging them is left to the one place that renders.
package notice
