package attention

import (
	"math/bits"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/cespare/xxhash/v2"

	"sshsieve/internal/sshd"
	"sshsieve/internal/syslog"
)

// An Observation is what a batch adds to the Histories.
type Observation struct {
	// Keys are in the order in which they are to be judged: the Fleet, then
	// sources, hosts and users, each as they came up.
	Keys []Key
	// Marks are what is new, by Key. Their strings are their own.
	Marks map[Key][]Mark

	events    []sshd.Event
	witnesses []witness
	byID      map[uint64]int32 // of witnesses, made when somebody asks
}

// A witness is the line, by its place in the batch, that a Mark was made of.
type witness struct {
	id    uint64
	event int32
}

// Observe makes Marks of a batch's Events, which must be joined
// (sshd.Reader.Read). What no rule asks for leaves none.
func Observe(events []sshd.Event, config Config) Observation {
	o := observers.Get().(*observer)
	o.config, o.Observation = &config, Observation{events: events, witnesses: make([]witness, 0, len(events)/2)}
	for i := range events {
		o.at = int32(i)
		o.observe(&events[i])
	}
	o.collect()
	seen := o.Observation
	if len(o.Keys) <= keysKept {
		o.reset()
		observers.Put(o) // not deferred: one that panicked is no use
	}
	return seen
}

// Attach gives a Finding the lines of its evidence, as far as they are of this
// batch: at most 5, oldest first. Of more it takes the first ones and the last: the
// login, of a break-in. It reads the batch's Events.
func (o *Observation) Attach(f *Finding) {
	const most = 5
	if o.byID == nil {
		o.byID = make(map[uint64]int32, len(o.witnesses))
		for _, w := range o.witnesses {
			o.byID[w.id] = w.event
		}
	}
	for _, id := range f.Evidence {
		if i, ok := o.byID[id]; ok {
			f.Lines = append(f.Lines[:min(len(f.Lines), most-1)], lineOf(&o.events[i]))
		}
	}
}

func lineOf(e *sshd.Event) Line {
	r := e.Record
	return Line{At: r.Time, Host: strings.Clone(r.Host), Program: strings.Clone(r.Program), PID: r.PID, Text: strings.Clone(clip(r.Message, longestLine))}
}

// longestLine is what is kept of a line, in bytes: sshd writes at most 1,023
// (log.c MSGBUFSIZ), escaped at most fourfold.
const longestLine = 4096

// An observer makes an Observation. It looks at one Event after the other.
type observer struct {
	Observation
	config *Config
	at     int32 // the Event at hand

	piles   [len(judged)][]*pile // by kind, as they came up
	free    []*pile              // of batches before
	room    int                  // how many Marks these can hold
	sources map[netip.Addr]*pile
	users   map[string]*pile // by name as printed
	hosts   map[string]*place
	here    *place // where the Event at hand was written

	// talker is whom the last line was about, and of whom the next often is.
	talker talker
	names  map[string]string // as printed, and their own copies
}

// A talker is a source and its pile.
type talker struct {
	source netip.Addr
	pile   *pile
}

// observers keep the room of their piles from batch to batch: to make it anew
// took a third of their time, and as much of the garbage collector's.
var observers = sync.Pool{New: func() any {
	return &observer{sources: map[netip.Addr]*pile{}, users: map[string]*pile{}, hosts: map[string]*place{}, names: map[string]string{}}
}}

// An observer keeps what batches of the usual size need: after a huge one it
// must not stay huge.
const (
	keysKept = 1000
	roomKept = 10_000 // Marks, 1.6 MB
)

// reset forgets the batch and keeps the room.
func (o *observer) reset() {
	for kind, piles := range o.piles {
		for _, p := range piles {
			if o.room += cap(p.marks); o.room > roomKept {
				o.room -= cap(p.marks)
				continue
			}
			clear(p.marks)
			*p = pile{marks: p.marks[:0]}
			o.free = append(o.free, p)
		}
		clear(piles)
		o.piles[kind] = piles[:0]
	}
	clear(o.sources)
	clear(o.users)
	clear(o.hosts)
	clear(o.names)
	o.Observation, o.config, o.here, o.talker = Observation{}, nil, nil, talker{}
}

// A pile is what is new under one Key.
type pile struct {
	key   Key
	marks []Mark
	limit int
	fill  fill
}

// A place is a host: what is new of it, and what its lines share.
type place struct {
	pile   *pile
	name   string // its own copy
	heard  int64  // the day for which Alive was remembered last
	spoken uint64 // hash of host and program
	by     string // that program
}

// judged is the order in which the kinds are judged: what a user's login means is
// asked of the fleet and the source.
var judged = [...]KeyKind{Fleet, Source, Host, User}

// collect makes Keys and Marks of what was piled up.
func (o *observer) collect() {
	keys, marks := 0, 0
	for _, piles := range o.piles {
		keys += len(piles)
		for _, p := range piles {
			marks += len(p.marks)
		}
	}
	o.Keys, o.Marks = make([]Key, 0, keys), make(map[Key][]Mark, keys)
	room := make([]Mark, 0, marks)
	for _, kind := range judged {
		for _, p := range o.piles[kind] {
			if begin := len(room); len(p.marks) > 0 {
				room = append(room, p.marks...)
				o.Keys = append(o.Keys, p.key)
				o.Marks[p.key] = room[begin:len(room):len(room)]
			}
		}
	}
}

// pile begins one.
func (o *observer) pile(key Key) *pile {
	p := new(pile)
	if n := len(o.free); n > 0 {
		p, o.free = o.free[n-1], o.free[:n-1]
		o.room -= cap(p.marks)
	}
	p.key = key
	o.piles[key.Kind] = append(o.piles[key.Kind], p)
	return p
}

func (o *observer) fleet() *pile {
	if len(o.piles[Fleet]) == 0 {
		return o.pile(Key{Kind: Fleet})
	}
	return o.piles[Fleet][0]
}

// source is the pile of whoever is talked to, nil where no address is known.
func (o *observer) source(w who) *pile {
	if !w.source.IsValid() {
		return nil
	}
	if w.source == o.talker.source {
		return o.talker.pile
	}
	p := o.sources[w.source]
	if p == nil {
		p = o.pile(Key{Source, w.source.String()})
		o.sources[w.source] = p
	}
	o.talker = talker{w.source, p}
	return p
}

// user is the pile of whom the line is about, nil where that is no account.
func (o *observer) user(w who) *pile {
	if !w.exists {
		return nil
	}
	p := o.users[w.user]
	if p == nil {
		p = o.pile(Key{User, strings.Clone(w.user)})
		o.users[w.user] = p
	}
	return p
}

// hear notes where the Event at hand was written, and that the host lives.
func (o *observer) hear(r *syslog.Record) {
	if o.here == nil || o.here.pile.key.Name != r.Host {
		o.goTo(r.Host)
	}
	slot := r.Time.Unix() / seconds(day)
	if slot == o.here.heard || r.Host == "" || r.Trust == syslog.Peer {
		return
	}
	o.here.heard = slot
	m := Mark{What: Alive, At: slot * seconds(day)}
	if !slices.Contains(o.here.pile.marks, m) {
		o.here.pile.marks = append(o.here.pile.marks, m)
	}
}

func (o *observer) goTo(host string) {
	if o.here = o.hosts[host]; o.here == nil {
		key := Key{Host, strings.Clone(host)}
		o.here = &place{pile: o.pile(key), name: own(host)}
		o.hosts[key.Name] = o.here
	}
}

// add remembers a Mark, and which line it was made of. A pile that grows is
// bounded: of a thousand guesses at one name few are ever asked for.
func (o *observer) add(p *pile, m Mark) {
	if p == nil {
		return
	}
	o.witnesses = append(o.witnesses, witness{m.evidence(), o.at})
	if p.marks = append(p.marks, m); len(p.marks) > max(p.limit, pileLimit) {
		p.bound()
	}
}

// pileLimit is what a batch of the usual size does not reach.
const pileLimit = 1000

// bound drops what a History would not keep. It leaves Entries alone, since
// which of them count is not known here.
func (p *pile) bound() {
	entries := where(p.marks, func(m Mark) bool { return m.What == Entry })
	bounded, _ := History{}.merge(slices.DeleteFunc(p.marks, func(m Mark) bool { return m.What == Entry }))
	p.marks = slices.Concat(entries, bounded.Marks)
	p.limit = 2 * len(p.marks)
}

// id is a number for the line: of host, program, pid, text and how often it was
// said, not of its event id, since agents send a file again under new ones.
func (o *observer) id(r *syslog.Record) uint64 {
	if o.here.spoken == 0 || o.here.by != r.Program {
		o.here.spoken, o.here.by = hashOf(r.Host, r.Program), r.Program
	}
	h := mix(mix(o.here.spoken, uint64(r.PID)), uint64(r.Repeat))
	return mix(h, xxhash.Sum64String(r.Message))
}

// mix is a round of xxHash64 (XXH64, section "Step 2. Process stripes").
func mix(h, part uint64) uint64 {
	return bits.RotateLeft64(h+part*0xC2B2AE3D27D4EB4F, 31) * 0x9E3779B185EBCA87
}

// own makes a copy of a name that outlives the batch; a long one ends in a hash
// of itself. It is made once for each name.
func (o *observer) own(name string) string {
	copied, ok := o.names[name]
	if !ok {
		copied = own(name)
		o.names[name] = copied
	}
	return copied
}

// longestWord is what is kept of a name, in bytes: as much as tells names apart.
const longestWord = 64

func own(name string) string {
	if len(name) > longestWord {
		const hash = 17 // "~" and 16 digits
		return name[:longestWord-hash] + "~" + strconv.FormatUint(hashOf(name), 16)
	}
	return strings.Clone(name)
}
