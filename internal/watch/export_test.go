package watch

import "iter"

// NeedsNoHistory are the rules and reasons that are told blindly, and those whose
// Count is of failures.
func NeedsNoHistory() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, causes := range []map[cause]bool{needsNoHistory, countsFailures} {
			for c := range causes {
				if !yield(c.Rule, c.Reason) {
					return
				}
			}
		}
	}
}
