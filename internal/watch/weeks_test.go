package watch_test

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
	"sshsieve/internal/sshd"
	"sshsieve/internal/watch"
	"sshsieve/internal/watchtest"
)

var (
	weekSeed = flag.Uint64("week-seed", 1, "seed of the simulated weeks")
	weekSize = flag.Int("week-size", 0, "by how much the simulated weeks are thinned out (0: as the test's mode asks)")
)

// raceEnabled says that the race detector is on: weeks_race_test.go.
var raceEnabled bool

// TestWeeks plays ordinary weeks as CloudWatch delivers them, with workers that
// die between any two steps: what has to be told is told with the line that
// completes it, next to nothing else is, nothing is lost or told twice, and the
// counts are exact. With -v it prints what each week caused.
func TestWeeks(t *testing.T) {
	t.Parallel()
	scenarios, size := weeks()
	plays := make(chan *play, len(scenarios))
	t.Run("of", func(t *testing.T) {
		for _, s := range scenarios {
			t.Run(s.Name, func(t *testing.T) {
				t.Parallel()
				p := newPlay(t, s.Write(*weekSeed, size), *weekSeed)
				p.run()
				p.check()
				plays <- p
			})
		}
	})
	close(plays)
	t.Log("\n" + weeksTable(plays))
}

// weeks are those that are played, in full, or a tenth of them where time is
// short.
func weeks() (played []watchtest.Scenario, size int) {
	size = 1
	if testing.Short() || raceEnabled {
		size = 10
	}
	return watchtest.Scenarios(), cmp.Or(*weekSize, size)
}

// A play is a Week on its way through a Watcher.
type play struct {
	*testing.T
	week    *watchtest.Week
	batches []watchtest.Batch
	queue   []watchtest.Delivery // what is to be delivered, in order
	reader  sshd.Reader
	rand    *rand.Rand

	mem     *watch.Mem
	watcher *watch.Watcher
	now     time.Time // the wall clock
	ticked  time.Time

	// came is the batch in which a line was seen through, by Seq.
	came map[int]int
	// incidents are what has to be told.
	incidents []*incident

	// found are the Findings of the Notice that was written last; unmarked
	// those that were published and not yet marked told; excused how often
	// somebody died then.
	found    []attention.Finding
	unmarked []string
	excused  map[string]int
	told     map[string]int // by Finding, how often
	others   []notice.Notice

	// Something happens to the worker at work after countdown steps, or at its
	// doom; struck says that it did.
	countdown          int
	doom               watchtest.Step
	struck             bool
	lastFault          time.Time
	deliveries, faults int
	mails              map[string]int // by severity, rule and reason
}

// An incident is a planted one and what became of it.
type incident struct {
	watchtest.Incident
	whole time.Time // when all its lines had come; zero before
	told  time.Time // when somebody was told; zero before
	times int
}

func newPlay(t *testing.T, week *watchtest.Week, seed uint64) *play {
	p := &play{
		T: t, week: week, batches: week.Batches(), rand: rand.New(rand.NewPCG(seed, 2)), mem: &watch.Mem{},
		came: map[int]int{}, excused: map[string]int{}, told: map[string]int{}, mails: map[string]int{},
		incidents: []*incident{{Incident: week.BreakIn}, {Incident: week.LockOut}},
	}
	p.queue = watchtest.Deliveries(p.batches, p.rand)
	p.start()
	return p
}

// start is a new container.
func (p *play) start() {
	chaos := &watchtest.Chaos{Store: p.mem, Notifier: p, Plan: p.plan}
	p.watcher = &watch.Watcher{
		Memory: chaos, Outbox: chaos, Ledger: chaos, Notifier: chaos, Config: p.week.Config,
		Write: func(findings []attention.Finding, about notice.About) notice.Notice {
			p.found = findings
			return notice.Write(findings, about)
		},
		Now: func() time.Time { return p.now },
		Log: slog.New(slog.DiscardHandler),
	}
}

// run delivers everything, and ticks.
func (p *play) run() {
	for len(p.queue) > 0 {
		d := p.queue[0]
		p.queue = p.queue[1:]
		p.now = d.At
		p.tick(5 * time.Minute)
		p.deliver(d)
	}
	for range 4 {
		p.now = p.now.Add(time.Hour)
		p.tick(0)
	}
}

// tick is the other function's, which dies as well.
func (p *play) tick(every time.Duration) {
	if p.now.Sub(p.ticked) < every {
		return
	}
	p.ticked = p.now
	p.work(false, func(ctx context.Context) error {
		_, err := p.watcher.Tick(ctx, p.now)
		return err
	})
}

// deliver gives a batch to the Watcher. Lambda delivers one again whose worker
// died, after a minute.
func (p *play) deliver(d watchtest.Delivery) {
	b := &p.batches[d.Batch]
	p.deliveries++
	events := p.reader.Read(b.Records())
	done := p.work(p.endangered(d), func(ctx context.Context) error {
		origin := watch.Origin{Account: b.Account, LogGroup: "/var/log/secure", Stream: b.Host}
		_, err := p.watcher.Batch(ctx, watch.Batch{Origin: origin, Events: events})
		return err
	})
	if !done {
		p.again(watchtest.Delivery{At: d.At.Add(time.Minute), Batch: d.Batch, Again: true})
		return
	}
	for _, l := range b.Lines {
		p.came[l.Seq] = d.Batch
	}
	p.checkIncidents()
}

// endangered says whether a delivery is the first of a batch with a line of an
// incident.
func (p *play) endangered(d watchtest.Delivery) bool {
	return !d.Again && slices.ContainsFunc(p.batches[d.Batch].Lines, func(l watchtest.Line) bool {
		return slices.ContainsFunc(p.incidents, func(i *incident) bool { return i.Has(l.Seq) })
	})
}

// again puts a delivery in its place of the queue.
func (p *play) again(d watchtest.Delivery) {
	at, _ := slices.BinarySearchFunc(p.queue, d, func(a, b watchtest.Delivery) int { return a.At.Compare(b.At) })
	p.queue = slices.Insert(p.queue, at, d)
}

// dooms are the steps at which whoever first has a line of an incident dies, if
// he gets there: when something was found, and when it was told and not marked.
var dooms = []watchtest.Step{
	{Call: "spend"}, {Call: "notify"}, {Call: "notify", After: true}, {Call: "settle told"}, {Call: "receive"},
}

// work lets a worker work. Something happens to one in 25 on the way, and to
// those in danger. It says whether all went well; after a death there is a new
// container.
func (p *play) work(endangered bool, work func(context.Context) error) bool {
	p.countdown, p.doom, p.struck = -1, watchtest.Step{}, false
	switch {
	case endangered:
		p.doom = dooms[p.rand.IntN(len(dooms))]
	case p.rand.IntN(25) == 0:
		p.countdown = p.rand.IntN(24)
	}
	err, died := watchtest.Deliver(context.Background(), work)
	if err != nil && !errors.Is(err, watchtest.ErrChaos) && !errors.Is(err, context.Canceled) {
		p.Errorf("%v: %v", p.now, err)
	}
	if died {
		p.start()
	}
	p.excuse()
	return err == nil && !died
}

// plan is what happens at a step.
func (p *play) plan(s watchtest.Step) watchtest.Fault {
	if s.After && s.Call == "settle "+watch.Told.String() {
		p.unmarked = nil
	}
	p.countdown--
	fault := watchtest.None
	switch {
	case !p.struck && s.Call == p.doom.Call && s.After == p.doom.After:
		fault = watchtest.Kill
	case p.countdown == -1:
		fault = p.mishap(s.Call)
	}
	if fault != watchtest.None {
		p.struck = true
		p.faults++
		p.lastFault = p.now
	}
	return fault
}

// mishap is what happens at an unlucky step. While Memory fails high Findings
// are told without it and may be told again, so there the worker dies instead.
func (p *play) mishap(call string) watchtest.Fault {
	switch {
	case call == "update" && p.rand.IntN(2) == 0:
		return watchtest.Lose
	case call == "update" || call == "read" || p.rand.IntN(2) == 0:
		return watchtest.Kill
	case p.rand.IntN(2) == 0:
		return watchtest.End
	}
	return watchtest.Fail
}

// excuse lets what was published and not marked be told again: something must
// have happened in between.
func (p *play) excuse() {
	if len(p.unmarked) > 0 && !p.struck {
		p.Errorf("%v: %v was published and not marked told", p.now, p.unmarked)
	}
	for _, id := range p.unmarked {
		p.excused[id]++
	}
	p.unmarked = nil
}

// checkIncidents: an incident is told at the latest with the batch after the one
// that completes it; where a worker died with it, once its leases are over.
func (p *play) checkIncidents() {
	const leases = 2 * time.Minute
	for _, i := range p.incidents {
		switch {
		case !i.told.IsZero():
		case !i.whole.IsZero():
			if p.lastFault.IsZero() || p.now.Sub(p.lastFault) > leases {
				p.Errorf("%s/%s of %s from %s is whole since %v and not told", i.Rule, i.Reason, i.User, i.Source, i.whole)
				i.told = p.now // said once
			}
		case i.Whole(p.cameIn):
			i.whole = p.now
		}
	}
}

func (p *play) cameIn(seq int) int {
	if batch, ok := p.came[seq]; ok {
		return batch
	}
	return -1
}

// Notify is told something: mails count.
func (p *play) Notify(_ context.Context, n notice.Notice) error {
	p.excuse() // what was published before this
	when := "week"
	if n.Time.Before(p.week.Begin) {
		when = "before"
	}
	p.mails[fmt.Sprintf("%s %s %s/%s", when, n.Severity, n.Rule, n.Reason)]++
	if n.Severity >= attention.Medium && !p.isIncident() && !p.isRepeat() {
		p.others = append(p.others, n)
	}
	for i := range p.found {
		id := p.found[i].ID()
		p.told[id]++
		p.unmarked = append(p.unmarked, id)
	}
	return nil
}

// isRepeat says whether all of what is told was told before: checkTold says
// whether it may be.
func (p *play) isRepeat() bool {
	return !slices.ContainsFunc(p.found, func(f attention.Finding) bool { return p.told[f.ID()] == 0 })
}

// isIncident says whether what is told is planted. A guessed password is told
// for whichever grave reason is seen first: the same login is not told again.
func (p *play) isIncident() bool {
	for _, i := range p.incidents {
		if !slices.ContainsFunc(p.found, i.is) {
			continue
		}
		if slices.ContainsFunc(p.found, func(f attention.Finding) bool { return i.is(f) && f.Severity >= i.Severity }) {
			i.told = p.now
			i.times++
		}
		return true
	}
	return false
}

func (i *incident) is(f attention.Finding) bool {
	return f.Rule == i.Rule && f.Source == attention.Fold(i.Source) && (i.User == "" || f.User == i.User)
}

// check is what has to hold at the end.
func (p *play) check() {
	p.checkTold()
	p.checkCounts()
	for _, i := range p.incidents {
		p.checkIncident(i)
	}
	p.checkOthers()
}

// checkIncident: it is told once, and found for its own reason, even where the
// same login was told for another before all of its failures had arrived.
func (p *play) checkIncident(i *incident) {
	found := slices.ContainsFunc(p.mem.Entries(), func(e watch.Entry) bool { return i.is(e.Finding) && e.Finding.Reason == i.Reason })
	excused := 0
	for _, n := range p.excused {
		excused += n
	}
	if i.told.IsZero() || !found || i.times > 1+excused {
		p.Errorf("%s/%s of %s from %s: found %v, told %d times", i.Rule, i.Reason, i.User, i.Source, found, i.times)
	}
}

// checkOthers: hardly anything but the incidents is mailed in the week, and in
// the two weeks before, what the Scenario allows, and one mail for each account:
// that guessing begins.
func (p *play) checkOthers() {
	most, why := p.week.Before+p.accounts(), "guessing begins once in each account"
	before, week := p.others, []notice.Notice{}
	if i := slices.IndexFunc(p.others, func(n notice.Notice) bool { return !n.Time.Before(p.week.Begin) }); i >= 0 {
		before, week = p.others[:i], p.others[i:]
	}
	for _, mails := range [][]notice.Notice{before, week} {
		if len(mails) > most {
			p.Errorf("%d other mails, want at most %d: %s", len(mails), most, why)
			for _, n := range mails {
				p.Logf("%v %s/%s %s %s %s", n.Time, n.Rule, n.Reason, n.User, n.Addr, n.Subject)
			}
		}
		most, why = p.week.Others, p.week.Why
	}
	among := func(n notice.Notice) bool { return n.Rule+"/"+n.Reason == p.week.Among }
	if p.week.Among != "" && !slices.ContainsFunc(week, among) {
		p.Errorf("nobody was told %s: %s", p.week.Among, p.week.Why)
	}
}

func (p *play) accounts() int {
	seen := map[string]bool{}
	for _, l := range p.week.Lines {
		seen[l.Account] = true
	}
	return len(seen)
}

// checkTold: nothing found is lost, and nothing is told twice unless somebody
// died between publishing it and marking it told.
func (p *play) checkTold() {
	for _, e := range p.mem.Entries() {
		if !e.State.Settled() {
			p.Errorf("%s/%s is %s and nobody's: lost", e.Finding.Rule, e.Finding.Reason, e.State)
		}
		if n := p.told[e.Finding.ID()]; e.State == watch.Told && n == 0 {
			p.Errorf("%s/%s is marked told, but nobody was", e.Finding.Rule, e.Finding.Reason)
		}
	}
	for id, n := range p.told {
		if n > 1+p.excused[id] {
			p.Errorf("finding %s was told %d times, and %d workers died over it", id, n, p.excused[id])
		}
	}
}

// checkCounts: each line is counted once, however often it was delivered and
// whoever died.
func (p *play) checkCounts() {
	ctx := context.Background()
	want, got := map[string]int{}, map[string]int{}
	for _, b := range p.batches {
		for _, e := range p.reader.Read(b.Records()) {
			want[e.Category.String()]++
		}
	}
	_, err := p.mem.Fold(ctx, p.week.From.AddDate(0, 0, -1), p.now.Add(time.Hour), func(row watch.Row) {
		for name, n := range row.Counts.Categories {
			got[name] += n
		}
	})
	if err != nil {
		p.Fatal(err)
	}
	if !maps.Equal(want, got) {
		p.Errorf("counted %v, want %v", got, want)
	}
}

// weeksTable is what the weeks caused.
func weeksTable(plays chan *play) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "week\tlines\tbatches\tdeliveries\tfaults\twrites\treads\tmails\t")
	var rows []*play
	for p := range plays {
		rows = append(rows, p)
	}
	slices.SortFunc(rows, func(a, b *play) int { return cmp.Compare(a.week.Name, b.week.Name) })
	for _, p := range rows {
		ops := p.mem.Operations()
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t\n", p.week.Name, len(p.week.Lines), len(p.batches),
			p.deliveries, p.faults, ops.Writes, ops.Reads, p.mailList())
	}
	w.Flush()
	return b.String()
}

func (p *play) mailList() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(p.mails)) {
		parts = append(parts, fmt.Sprintf("%s ×%d", name, p.mails[name]))
	}
	return strings.Join(parts, ", ")
}
