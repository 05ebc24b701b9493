package sshd

import (
	"cmp"
	"math/bits"
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

// A trie is a radix tree over the first bytes of messages.
type trie struct {
	nodes []node
	heads heads
}

// A node's variants are those whose lead ends here or at a node above it, in
// the order of precedence.
type node struct {
	edge     string     // bytes between the parent's place and this node's
	variants []*variant // those whose key ends here or above, in order of precedence
	above    []*variant // those whose key ends above
	first    []byte     // the first byte of each child's edge
	children []int32
	jump     *[256]int32 // first and children as a table, where there are many
}

// The table is indexed in two parts, each on first use: what hosts say day by
// day, and the long tail, which many a process never needs. The first part goes
// first, whatever the literal bytes.
var (
	common = sync.OnceValue(func() *index { return mustIndex(commonRows()) })
	rare   = sync.OnceValue(func() *index { return mustIndex(rareRows()) })
)

func mustIndex(rows []*Row) *index {
	idx, err := newIndex(rows)
	if err != nil {
		panic(err) // TestTable compiles every row
	}
	return idx
}

// firstVariant is the first variant of the whole table, in order of
// precedence, for which try is true; nil if it is for none.
func firstVariant(text string, try func(*variant) bool) *variant {
	if v := common().first(text, try); v != nil {
		return v
	}
	return rare().first(text, try)
}

func newIndex(rows []*Row) (*index, error) {
	idx := new(index)
	all := make([]variant, 0, 2*len(rows))
	for _, row := range rows {
		var err error
		if all, err = compile(all, row); err != nil {
			return nil, err
		}
	}
	idx.all = make([]*variant, len(all))
	for i := range all {
		idx.all[i] = &all[i]
		all[i].rank = i
	}
	slices.SortFunc(idx.all, precedence)
	var led, named []*variant
	for rank, v := range idx.all {
		v.rank = rank
		switch {
		case v.key() != "":
			led = append(led, v)
		case v.named():
			named = append(named, v)
		default:
			idx.anywhere = append(idx.anywhere, v)
		}
	}
	idx.led = newTrie(led, (*variant).key)
	idx.named = newTrie(named, func(v *variant) string { return v.toks[1].lit })
	return idx, nil
}

// key is the text that a message of the variant begins with, if it is known.
func (v *variant) key() string {
	if v.lead == "" && v.toks[0].field == fieldPath {
		return "/"
	}
	return v.lead
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
	return cmp.Or(a.tier-b.tier, b.lits-a.lits, a.rank-b.rank)
}

// newTrie makes a trie of variants, which are in order of precedence, by the
// text that key gives.
func newTrie(variants []*variant, key func(*variant) string) trie {
	t := trie{nodes: make([]node, 1, 2*len(variants)+1), heads: newHeads(len(variants))}
	for _, v := range variants {
		t.insert(key(v), v)
	}
	t.settle(0, "", nil)
	return t
}

// insert adds v below the nodes that its key shares, cutting an edge in two
// where the key leaves it half-way.
func (t *trie) insert(key string, v *variant) {
	for at := int32(0); ; {
		n := &t.nodes[at]
		same := commonPrefix(n.edge, key)
		if same < len(n.edge) {
			n = t.split(at, same)
		}
		if key = key[same:]; key == "" {
			n.variants = append(n.variants, v)
			return
		}
		child := n.child(key[0])
		if child < 0 {
			t.add(at, node{edge: key, variants: []*variant{v}})
			return
		}
		at = child
	}
}

// split cuts the edge of the node at so that only its first bytes stay.
func (t *trie) split(at int32, bytes int) *node {
	lower := t.nodes[at]
	lower.edge = lower.edge[bytes:]
	t.nodes[at] = node{edge: t.nodes[at].edge[:bytes]}
	t.add(at, lower)
	return &t.nodes[at]
}

// add makes n a child of the node at parent.
func (t *trie) add(parent int32, n node) {
	p := &t.nodes[parent]
	p.first = append(p.first, n.edge[0])
	p.children = append(p.children, int32(len(t.nodes)))
	t.nodes = append(t.nodes, n)
}

// settle gives the node at, and those below it, the variants of the nodes
// above, and makes the tables; path is the text that leads to the node.
func (t *trie) settle(at int32, path string, above []*variant) {
	n := &t.nodes[at]
	n.above, n.variants = above, byRank(above, n.variants)
	n.tabulate()
	below := path + n.edge
	if len(path) < headBytes && len(below) >= headBytes {
		bytes := headOf(below)
		*t.heads.probe(bytes) = head{bytes, at, int32(headBytes - len(path))}
	}
	for _, child := range n.children {
		t.settle(child, below, n.variants)
	}
}

// find lists the variants whose key s begins with, in order of precedence.
func (t *trie) find(s string) []*variant {
	at, done := int32(0), 0
	if len(s) >= headBytes {
		if h := t.heads.probe(headOf(s)); h.node != 0 { // all but the rare short keys
			at, done = h.node, int(h.done)
			s = s[headBytes-done:]
		}
	}
	n := &t.nodes[at]
	found := n.above
	for strings.HasPrefix(s[done:], n.edge[done:]) {
		found = n.variants
		if s = s[len(n.edge):]; s == "" {
			break
		}
		child := n.child(s[0])
		if child < 0 {
			break
		}
		n, done = &t.nodes[child], 0
	}
	return found
}

// headBytes is how many bytes of a message are looked up at once.
const headBytes = 8

// heads leads from the first bytes of a message to the node that they end in:
// most of the walk from the root, for the price of one probe. It is a hash
// table with open addressing, at most half full.
type heads struct {
	slots []head
	shift int // from a hash to its slot
}

type head struct {
	bytes uint64
	node  int32 // 0 in an empty slot
	done  int32 // how many bytes of the node's edge are read
}

func newHeads(most int) heads {
	size := bits.Len(uint(2 * most))
	return heads{slots: make([]head, 1<<size), shift: 64 - size}
}

func headOf(s string) uint64 {
	_ = s[headBytes-1]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// probe returns the slot that holds bytes, or the empty one that would.
func (h *heads) probe(bytes uint64) *head {
	const golden = 0x9E3779B97F4A7C15 // 2^64 / φ: Fibonacci hashing (Knuth 6.4)
	for i := bytes * golden >> h.shift; ; i++ {
		at := &h.slots[i&uint64(len(h.slots)-1)]
		if at.node == 0 || at.bytes == bytes {
			return at
		}
	}
}

// manyChildren is from where on a table of 1 KiB is worth its place.
const manyChildren = 8

// tabulate makes the table of a node with many children.
func (n *node) tabulate() {
	if len(n.first) < manyChildren {
		return
	}
	n.jump = new([256]int32)
	for b := range n.jump {
		n.jump[b] = -1
	}
	for i := range n.children {
		n.jump[n.first[i]] = n.children[i]
	}
}

// child is the number of the node for the children that begin with b, or -1.
func (n *node) child(b byte) int32 {
	if n.jump != nil {
		return n.jump[b]
	}
	for i := 0; i < len(n.first); i++ {
		if n.first[i] == b {
			return n.children[i]
		}
	}
	return -1
}

// byRank merges two lists in order of precedence.
func byRank(a, b []*variant) []*variant {
	if len(a) == 0 {
		return b
	}
	merged := make([]*variant, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		next := &a
		if b[0].rank < a[0].rank {
			next = &b
		}
		merged = append(merged, (*next)[0])
		*next = (*next)[1:]
	}
	return append(append(merged, a...), b...)
}

func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
