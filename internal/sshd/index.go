package sshd

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// familyPrefix begins the Kind of a row that stands for all that a function
// may say.
const familyPrefix = "family/"

// The index finds the variants that a message can be. Those that begin with
// literal text stand in a radix trie over it, those that begin with a
// function's or a module's name in another, over the text behind the name.
// The order of precedence says which of them wins where several match, and
// the tries change nothing about it (TestIndexKeepsTheOrder).
type index struct {
	led      trie       // by the literal in front
	named    trie       // by the literal behind "name: "
	anywhere []*variant // those that begin with another field
	all      []*variant // every variant, in order of precedence
}

type trie []node

// A node's variants are those whose lead ends here or at a node above it, in
// the order of precedence.
type node struct {
	edge     string // bytes between the parent's place and this node's
	variants []*variant
	first    string // first bytes of the children's edges…
	children []int32
}

// table is the index over the whole message table, made on first use.
var table = sync.OnceValue(func() *index {
	idx, err := newIndex(rows())
	if err != nil {
		panic(err) // TestTable compiles every row
	}
	return idx
})

func newIndex(rows []*Row) (*index, error) {
	idx := new(index)
	var all []variant
	for _, row := range rows {
		variants, err := compile(row)
		if err != nil {
			return nil, err
		}
		all = append(all, variants...)
	}
	for i := range all {
		idx.all = append(idx.all, &all[i])
	}
	slices.SortStableFunc(idx.all, precedence)
	var led, named []*variant
	for rank, v := range idx.all {
		v.rank = rank
		switch {
		case v.lead != "":
			led = append(led, v)
		case v.named():
			named = append(named, v)
		default:
			idx.anywhere = append(idx.anywhere, v)
		}
	}
	idx.led = newTrie(led, func(v *variant) string { return v.lead })
	idx.named = newTrie(named, func(v *variant) string { return v.toks[1].lit })
	return idx, nil
}

// named says whether the variant begins with a name and a colon.
func (v *variant) named() bool {
	f := v.toks[0].field
	return (f == fieldFunc || f == fieldPAM) && len(v.toks) > 1 && strings.HasPrefix(v.toks[1].lit, ": ")
}

// first returns the first variant, in order of precedence, for which try is
// true; nil if it is for none.
func (idx *index) first(text string, try func(*variant) bool) *variant {
	led := idx.led.find(text)
	for len(led) > 0 && led[0].tier == 0 { // nearly all lines end here
		if try(led[0]) {
			return led[0]
		}
		led = led[1:]
	}
	lists := [...][]*variant{led, idx.behindName(text), idx.anywhere}
	for {
		next := -1
		for i, list := range lists {
			if len(list) > 0 && (next < 0 || list[0].rank < lists[next][0].rank) {
				next = i
			}
		}
		if next < 0 {
			return nil
		}
		if v := lists[next][0]; try(v) {
			return v
		}
		lists[next] = lists[next][1:]
	}
}

// behindName finds the variants whose literal stands behind the name that s
// begins with.
func (idx *index) behindName(s string) []*variant {
	blank := strings.IndexByte(s, ' ')
	if blank < 2 || s[blank-1] != ':' {
		return nil
	}
	return idx.named.find(s[blank-1:])
}

// precedence orders variants by how they begin, then by literal bytes, most
// first, then as the table has them.
func precedence(a, b *variant) int {
	return cmp.Or(cmp.Compare(a.tier, b.tier), cmp.Compare(b.lits, a.lits))
}

// newTrie makes a trie of variants by the text that key gives.
func newTrie(variants []*variant, key func(*variant) string) trie {
	slices.SortFunc(variants, func(a, b *variant) int {
		return cmp.Or(strings.Compare(key(a), key(b)), cmp.Compare(a.rank, b.rank))
	})
	var t trie
	if len(variants) > 0 {
		t.grow(variants, key, 0, nil)
	}
	return t
}

// grow adds the node for variants, which are sorted by key and equal up to
// depth, and its children; above are the variants whose key ended before.
func (t *trie) grow(variants []*variant, key func(*variant) string, depth int, above []*variant) int32 {
	number := int32(len(*t))
	shortest, longest := key(variants[0]), key(variants[len(variants)-1])
	at := depth + commonPrefix(shortest[depth:], longest[depth:])
	here := 0
	for here < len(variants) && len(key(variants[here])) == at {
		here++
	}
	n := node{edge: shortest[depth:at], variants: byRank(above, variants[:here])}
	*t = append(*t, n)
	for rest := variants[here:]; len(rest) > 0; {
		b, same := key(rest[0])[at], 1
		for same < len(rest) && key(rest[same])[at] == b {
			same++
		}
		n.first += string([]byte{b})
		n.children = append(n.children, t.grow(rest[:same], key, at, n.variants))
		rest = rest[same:]
	}
	(*t)[number] = n
	return number
}

// find lists the variants whose key s begins with, in order of precedence.
func (t trie) find(s string) []*variant {
	var found []*variant
	if len(t) == 0 {
		return nil
	}
	for n := &t[0]; strings.HasPrefix(s, n.edge); {
		found = n.variants
		if s = s[len(n.edge):]; s == "" {
			break
		}
		child := n.child(s[0])
		if child < 0 {
			break
		}
		n = &t[child]
	}
	return found
}

// child is the number of the node for the children that begin with b, or -1.
func (n *node) child(b byte) int32 {
	for i := 0; i < len(n.first); i++ {
		if n.first[i] == b {
			return n.children[i]
		}
	}
	return -1
}

func byRank(a, b []*variant) []*variant {
	merged := slices.Concat(a, b)
	slices.SortFunc(merged, func(a, b *variant) int { return cmp.Compare(a.rank, b.rank) })
	return merged
}

func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
