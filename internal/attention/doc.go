// Package attention decides which of a million lines deserve whom.
//
// Events become Marks: remembered facts, each in the History of every key that
// a rule will ask. A History is a set, so it does not matter whether a batch
// comes late, twice, cut otherwise or in another order. Judge is the decision:
// a pure function of one History and what is new in it, which returns Findings
// with their reason. rules.go is the table of what can be found and why.
//
// Time is the Events' own; the package has no clock. What a stranger can write
// at will yields low Findings or tooling ones, and one mail in 30 days.
package attention

// Severity decides how a Finding reaches somebody.
type Severity uint8

const (
	Low    Severity = iota // in the quiet report only
	Ban                    // a message for ban tools, never a mail
	Medium                 // a mail at once, under a cap
	High                   // a mail at once, outside the cap
)

// String is the word in mails and JSON: "low", "tooling", "medium" or "high".
func (s Severity) String() string { return [...]string{"low", "tooling", "medium", "high"}[s] }
