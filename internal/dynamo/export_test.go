package dynamo

// FoldAtOnce lets a Table take more Receipts than these for many.
func (t *Table) FoldAtOnce(n int) *Table {
	t.foldAtOnce = n
	return t
}
