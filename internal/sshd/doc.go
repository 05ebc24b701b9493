// Package sshd says what sshd said.
//
// messages*.go are the table: one Row for each thing that OpenSSH 5.3 to 10.5
// writes to its log, and PAM under its name, each as it is printed. A Reader
// matches Records against it and joins the lines of one connection; what comes
// out are Events. Read row.go, one screen of messages.go, then reader.go.
// subjects.go says in plain words what the long tail means (Row.Explain).
//
// # Patterns
//
// A Row's Pattern is the message, with fields in braces where it changes and
// choices in brackets: "[ port {port}]" may be absent, "[a|b]" is one of the two.
// A backslash makes the next byte literal. field.go lists the fields. Closed
// ones (an address, a number, a word) end by themselves. Open ones hold free
// text, and only what stands around them says where they end: the matcher reads
// literals and closed fields from the left up to the open field, then from the
// right end back to it. Whatever a peer writes in the open field, the address
// and port come from their own place. Where a row needs several open fields, a
// field is kept only if it is the same in every way to split the text.
//
// The level's prefix ("error: ", "fatal: ") and the monitor's suffix
// (" [preauth]") are no part of a pattern; every line may have them.
//
// # Precedence
//
// Of the rows that read a message the one with most literal bytes wins, within
// this order: rows that begin with literal text, with a field, families (all
// that one function may say), families of any function, rows that begin with
// free text. What hosts say day by day (messages.go, messages_daemon.go) goes
// before the long tail (messages_tail.go, messages_families.go).
//
// # Adding a message
//
// Add a Row, or a family for all that one function may say. Run "go test
// ./internal/sshd -update" and read the difference in testdata: the new row's
// sample must be read by it, and nothing else changed.
// formats.log holds messages made from the format strings of OpenSSH's source, so
// that a row is not only shown by what its own pattern says.
package sshd
