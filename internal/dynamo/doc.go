// Package dynamo keeps in one DynamoDB table what package watch wants kept.
//
// The table has string keys pk and sk, the TTL attribute "expires" (Unix
// seconds), and one index, "listed" (list_name, list_time; keys only):
//
//	pk                     sk                   holds
//	history#SCOPE|user/U   history              a History           Memory
//	entry#ID               entry                an Entry            Outbox; in the index
//	quota#SCOPE            quota                a Quota             Outbox
//	mutes#SCOPE            HASH                 a Mute              Mutes
//	ledger#DAY             BUCKET|BATCH|SCOPE   a Receipt           Ledger
//	rows#DAY               BUCKET|SCOPE         a Row               Ledger
//	test#user/NAME         test                 a self-test         Tests
//
// The text of a log stands in no key but for what watch.Key makes safe. A scope
// stands last, so that whatever a log group's name holds it ends nothing; where it
// stands first (guessKey), whoever reads it knows it.
//
// Each item has "doc", JSON of the watch type: a string where it is short, else
// binary and compressed, since a write is billed by the KB and an item holds 400
// KB at most. "token" is another for each write: the condition of the next one,
// and how a write knows itself when the SDK sent it twice. A doc that cannot be
// read was written by a later version and is left alone.
//
// The index lists an Entry under "outbox#pending" or "outbox#held", by when it is
// due, until it is settled; then under "found#DAY", by when it was found, or, if
// it was a message for ban tools, under "guesses#HOUR", or "untold-guesses#HOUR"
// where nobody was told, by its scope and what it said. So it
// costs one read to see that nothing is due, and a report reads none of the 20,000
// messages that an attack leaves each hour. Its partitions take 1,000 writes a
// second (DynamoDB Developer Guide, "Best practices for designing and using
// partition keys"), and only what was found writes there. Of the table's own
// partitions ledger#DAY is the busiest: one write for each batch, so 1,000 batches
// a second are the bound of one table.
//
// Measured over the simulated weeks of package watchtest: JSON shrinks to about a
// tenth, so that half of all Histories and Entries have under 600 bytes and are one
// write; the largest, an office's address, had 75 KB and is 8.
//
// DynamoDB deletes expired items some days late, so time is compared at each
// read and condition. It is the wall clock's, Table.Now.
//
// What is called is GetItem, PutItem, UpdateItem, Query and TransactWriteItems:
// see Actions for what is to be granted. Read memory.go first, then outbox.go and
// ledger.go.
package dynamo
