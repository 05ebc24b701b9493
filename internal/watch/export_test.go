package watch

import "iter"

// NeedsNoHistory are the rules and reasons that are told blindly.
func NeedsNoHistory() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for c := range needsNoHistory {
			if !yield(c.Rule, c.Reason) {
				return
			}
		}
	}
}
