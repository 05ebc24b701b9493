package attention

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"sshsieve/internal/sshd"
)

// What must hold whatever was logged. The logs are written by hand of seeds, in
// sshd's words.

var began = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)

// A writer writes lines at random, with few names so that they meet.
type writer struct {
	*rand.Rand
	at    time.Time
	pid   int
	clock string // how times are written
}

func newWriter(seed uint64) *writer {
	clock := []string{time.RFC3339, "2006-01-02T15:04:05.000000Z07:00"}[seed%2]
	return &writer{Rand: rand.New(rand.NewPCG(seed, 7)), at: began, pid: 1000, clock: clock}
}

// talks are what one connection leaves: U is a user, A an address, P a port.
var talks = []string{
	"Failed password for U from A port P ssh2",
	"Failed password for U from A port P ssh2",
	"message repeated 3 times: [ Failed password for U from A port P ssh2]",
	"Failed password for invalid user nobody-U from A port P ssh2",
	"Failed keyboard-interactive/pam for U from A port P ssh2",
	"Failed password for invalid user Tr0ub4dor&3 from A port P ssh2",
	"Accepted password for U from A port P ssh2",
	"Accepted publickey for U from A port P ssh2: ED25519 SHA256:key-of-U",
	"Accepted publickey for U from A port P ssh2: ED25519-CERT SHA256:today ID U@example (serial 7) CA ED25519 SHA256:theca",
	"Connection closed by authenticating user U A port P [preauth]",
	"userauth_pubkey: signature algorithm ssh-rsa not in PubkeyAcceptedAlgorithms [preauth]\nConnection closed by authenticating user U A port P [preauth]",
	"Unable to negotiate with A port P: no matching cipher found. Their offer: 3des-cbc [preauth]",
	"User U from A not allowed because not listed in AllowUsers",
	"Authentication tried for U with correct key but not from a permitted host (host=A, ip=A).",
	"drop connection #3 from [A]:P on [192.0.2.1]:22 past MaxStartups",
	"error: maximum authentication attempts exceeded for U from A port P ssh2 [preauth]",
	"Did not receive identification string from A port P",
	"fatal: Cannot bind any address.",
	"the frobnicator of U is not configured",
	"Received SIGHUP; restarting.",
	"Server listening on 0.0.0.0 port 22.",
}

// connection writes the lines of one connection.
func (w *writer) connection() (lines []string) {
	w.at, w.pid = w.at.Add(time.Duration(w.IntN(90_000))*time.Millisecond), w.pid+1
	user := []string{"alice", "bob", "root"}[w.IntN(3)]
	addr := []string{"203.0.113.7", "198.51.100.8", "192.0.2.9", "10.0.0.7", "2001:db8:1:2::7"}[w.IntN(5)]
	fill := strings.NewReplacer("U", user, "A", addr, "P", fmt.Sprint(1025+w.pid))
	for text := range strings.SplitSeq(talks[w.IntN(len(talks))], "\n") {
		words := strings.Split(text, " ")
		for i, word := range words {
			if strings.Trim(word, "UAP[]:=(),.iphostnbdye-@xamlk") == "" || strings.Contains(word, "key-of-U") {
				words[i] = fill.Replace(word)
			}
		}
		lines = append(lines, fmt.Sprintf("%s web-%d sshd[%d]: %s", w.at.Format(w.clock), 1+w.IntN(2), w.pid, strings.Join(words, " ")))
	}
	return lines
}

// batches writes n connections in batches.
func (w *writer) batches(n int) (batches [][]string) {
	for range n {
		if len(batches) == 0 || w.IntN(6) == 0 {
			batches = append(batches, nil)
		}
		last := &batches[len(batches)-1]
		*last = append(*last, w.connection()...)
	}
	return batches
}

func learned() Config { return Config{Learned: time.Unix(1, 0), KeysOnly: []string{"web-2"}} }

// eachLog plays logs: those of the scenarios, and of seeds.
func eachLog(t *testing.T, seeds uint64, do func(t *testing.T, config Config, batches [][]string)) {
	all, _ := scenarios(t)
	for _, s := range all {
		t.Run(filepath.Base(s.file)+"/"+s.name, func(t *testing.T) { do(t, s.config, slices.Concat(s.before, s.log)) })
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { do(t, learned(), newWriter(seed).batches(120)) })
	}
}

// marksOf are the Marks of some batches, by key.
func marksOf(config Config, batches [][]string) map[Key][]Mark {
	marks := map[Key][]Mark{}
	for _, b := range batches {
		for key, list := range Observe(read(b), config).Marks {
			marks[key] = append(marks[key], list...)
		}
	}
	return marks
}

// A History is a set: what it holds does not hang on the order in which it was
// merged, on how it was cut, or on how often.
func TestMergeIsASetOperation(t *testing.T) {
	eachLog(t, 8, func(t *testing.T, config Config, batches [][]string) {
		for key, marks := range marksOf(config, batches) {
			checkMerge(t, key, marks)
		}
	})
	for seed := range uint64(12) { // beyond all bounds
		rnd := rand.New(rand.NewPCG(seed, 3))
		checkMerge(t, Key{User, fmt.Sprint("seed ", seed)}, manyMarks(rnd, 1500))
	}
}

func checkMerge(t *testing.T, key Key, marks []Mark) {
	t.Helper()
	whole, _ := History{}.merge(marks)
	rnd := rand.New(rand.NewPCG(uint64(len(marks)), 5))
	for range 4 {
		shuffled := slices.Concat(marks, marks[:len(marks)/3])
		rnd.Shuffle(len(shuffled), func(i, k int) { shuffled[i], shuffled[k] = shuffled[k], shuffled[i] })
		a, b := mergeCut(rnd, shuffled[:len(shuffled)/2]), mergeCut(rnd, shuffled[len(shuffled)/2:])
		if got, _ := a.merge(b.Marks); !slices.Equal(got.Marks, whole.Marks) || max(a.Since, b.Since) > 0 && whole.Since == 0 {
			t.Fatalf("%s: cut and merged %d marks, at once %d: %v", key, len(got.Marks), len(whole.Marks), difference(got.Marks, whole.Marks))
		}
	}
	if again, fresh := whole.merge(marks); len(fresh) > 0 || !slices.Equal(again.Marks, whole.Marks) {
		t.Fatalf("%s: merged again, %d marks are new", key, len(fresh))
	}
}

// mergeCut merges marks in pieces.
func mergeCut(rnd *rand.Rand, marks []Mark) (h History) {
	for len(marks) > 0 {
		n := 1 + rnd.IntN(len(marks))
		h, _ = h.merge(marks[:n])
		marks = marks[n:]
	}
	return h
}

// difference lists what only one of them holds.
func difference(a, b []Mark) (only []Mark) {
	for _, m := range slices.Concat(a, b) {
		if slices.Contains(a, m) != slices.Contains(b, m) {
			only = append(only, m)
		}
	}
	return only
}

// manyMarks are of every sort, over weeks. A login by key has one time for each
// day: of more than a full day of them the newest are exact only so.
func manyMarks(rnd *rand.Rand, n int) (marks []Mark) {
	span := []time.Duration{time.Hour, day, 60 * day, 400 * day}[rnd.IntN(4)]
	for range n {
		m := Mark{What: Login + What(rnd.IntN(int(NewKey))), At: began.Unix() + rnd.Int64N(seconds(span)), ID: rnd.Uint64N(1 << 40),
			User: fmt.Sprint("user", rnd.IntN(40)), Source: netip.AddrFrom4([4]byte{203, 0, 113, byte(rnd.IntN(30))}), Times: 1 + rnd.IntN(3)}
		switch m.What {
		case Login:
			if m.Method = "password"; rnd.IntN(2) == 0 {
				m.ID, m.Method, m.At = 0, "publickey", m.At/seconds(day)*seconds(day)+int64(hashOf(m.User, m.Source.String())%86400)
			}
		case Alive:
			m = Mark{What: Alive, At: m.At / seconds(day) * seconds(day)}
		case Unknown:
			m = Mark{What: Unknown, At: m.At, Detail: m.User, Times: 1}
		}
		marks = append(marks, m)
	}
	return marks
}

// An Observation stays as it is while the next ones are made in the same room.
func TestObservationsAreApart(t *testing.T) {
	eachLog(t, 4, func(t *testing.T, config Config, batches [][]string) {
		var seen, kept []map[Key][]Mark
		for _, b := range batches {
			marks := Observe(read(b), config).Marks
			own := map[Key][]Mark{}
			for key, list := range marks {
				own[key] = slices.Clone(list)
			}
			seen, kept = append(seen, marks), append(kept, own)
		}
		for i := range seen {
			if !reflect.DeepEqual(seen[i], kept[i]) {
				t.Errorf("batch %d has changed", i)
			}
		}
	})
}

// What an Observation leaves out of a thousand guesses at one user, a History
// would not have kept, in whatever order they come.
func TestGuessesThatRest(t *testing.T) {
	root := Key{User, "root"}
	rested := 0
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 9))
		var lines []string
		var alone []Mark
		for i := range 200 {
			at := began.Add(time.Duration(i*20+rnd.IntN(1+int(seed)*60)) * time.Second)
			line := fmt.Sprintf("%s web-1 sshd[%d]: Failed password for root from 203.0.113.%d port 4001 ssh2", at.Format(time.RFC3339), 1000+i, int(rnd.ExpFloat64()*float64(2+2*(seed%2))))
			for range 1 + rnd.IntN(2)*int(seed%3) { // what comes twice in a batch is one
				lines = append(lines, line)
			}
			alone = append(alone, Observe(read([]string{line}), Config{}).Marks[root]...)
		}
		if seed%4 > 1 {
			rnd.Shuffle(len(lines), func(i, k int) { lines[i], lines[k] = lines[k], lines[i] })
		}
		seen := Observe(read(lines), Config{}).Marks[root]
		rested += len(lines) - len(seen)
		got, _ := History{}.merge(seen)
		if want, _ := (History{}).merge(alone); !slices.Equal(got.Marks, want.Marks) {
			t.Errorf("seed %d: %v", seed, difference(got.Marks, want.Marks))
		}
	}
	if rested == 0 {
		t.Error("every guess was piled up")
	}
}

// What is delivered twice changes nothing and finds nothing.
func TestJudgeTwice(t *testing.T) {
	eachLog(t, 8, func(t *testing.T, config Config, batches [][]string) {
		p := newPlayer(config)
		for _, b := range batches {
			p.play(read(b))
			before := fmt.Sprint(p.histories)
			p.findings = nil
			p.play(read(b))
			if len(p.findings) > 0 || fmt.Sprint(p.histories) != before {
				t.Fatalf("found once more: %s", said(p.findings))
			}
		}
		for key, h := range p.histories {
			after, found := Judge(key, h, nil, World{Config: config, Now: began.Add(1000 * day)})
			if len(found) > 0 || !slices.Equal(after.Marks, h.Marks) {
				t.Fatalf("%s: found in nothing: %s", key, said(found))
			}
		}
	})
}

// In whatever order Events arrive, however they are cut, and how often, what is
// found of evidence that is there is the same. What is found of evidence that is
// not there (a source that nobody is known from, a login that did not follow)
// is found in order, too, but may be found once more where that evidence is late.
func TestOrderDoesNotMatter(t *testing.T) {
	eachLog(t, 15, func(t *testing.T, config Config, batches [][]string) {
		if config.Learned.IsZero() {
			return // how long a scope learns hangs on the first login to arrive
		}
		inOrder := newPlayer(config)
		want := causes(inOrder.playAll(batches))
		for seed := range uint64(2) {
			shuffled := newPlayer(config)
			for _, events := range disorder(rand.New(rand.NewPCG(seed, 1)), batches) {
				shuffled.play(events)
			}
			got := causes(shuffled.findings)
			for cause := range want {
				if !got[cause] && !atItsTime(cause) {
					t.Errorf("seed %d: not found: %s", seed, cause)
				}
			}
			for cause := range got {
				if !want[cause] && !ofAbsence(cause) {
					t.Errorf("seed %d: not found in order: %s", seed, cause)
				}
			}
		}
	})
}

// disorder cuts the batches anew, shuffles what it cut, and delivers a third of
// it twice. The lines of one connection stay together, which are read together.
func disorder(rnd *rand.Rand, batches [][]string) (out [][]sshd.Event) {
	for _, b := range batches {
		n := 1 + rnd.IntN(4)
		parts := make([][]sshd.Event, n)
		for _, connection := range connections(read(b)) {
			i := rnd.IntN(n)
			parts[i] = append(parts[i], connection...)
		}
		out = append(append(out, parts...), parts[:rnd.IntN(n)]...)
	}
	rnd.Shuffle(len(out), func(i, k int) { out[i], out[k] = out[k], out[i] })
	return out
}

func connections(events []sshd.Event) (list [][]sshd.Event) {
	place := map[*sshd.Conn]int{}
	for _, e := range events {
		i, ok := place[e.Conn]
		if !ok || e.Conn == nil {
			i = len(list)
			place[e.Conn], list = i, append(list, nil)
		}
		list[i] = append(list[i], e)
	}
	return list
}

// causes are what was found, without times. What is new about a login is one
// cause: which login is the first hangs on which is known first. policy-for-all,
// new-keys are of Findings, whose time is that of the evidence at hand.
func causes(findings []Finding) map[string]bool {
	set := map[string]bool{}
	for _, f := range findings {
		switch f.Reason {
		case "first-login", "new-key-and-source", "new-key", "new-source", "root-new-source":
			set["novelty "+f.Key.String()] = true
		case "policy-for-all", "new-keys":
		default:
			set[f.Rule+"/"+f.Reason+" "+f.Key.String()] = true
		}
	}
	return set
}

// atItsTime says whether a cause is found only while its evidence is news: an
// Entry is kept where it matters already, and a restart is over with a later sign
// of life than those that are there.
func atItsTime(cause string) bool {
	return strings.HasPrefix(cause, "password-as-username/") || strings.HasPrefix(cause, "sshd-broken/restart ")
}

// ofAbsence says whether a cause is found because something is not there.
func ofAbsence(cause string) bool {
	return slices.ContainsFunc([]string{
		"novelty ",                // a login before
		"login/after-failures ",   // a login of those who failed
		"login/after-guessing ",   // a login that makes the source known
		"locked-out/silent ",      // a login between
		"password-guessing/",      // a login that makes the source known
		"guessing-inside/source ", // logins of those who failed
		"sshd-broken/restart ",    // that sshd listens
	}, func(prefix string) bool { return strings.HasPrefix(cause, prefix) })
}

// What is found under a key hangs on its own Marks: others' lines change nothing.
func TestKeysAreApart(t *testing.T) {
	eachLog(t, 4, func(t *testing.T, config Config, batches [][]string) {
		if config.Learned.IsZero() {
			return // whether a scope learns is the Fleet's
		}
		all := newPlayer(config)
		all.playAll(batches)
		for key := range all.histories {
			if key.Kind == Fleet {
				continue // it hears of Findings
			}
			alone := newPlayer(config)
			for _, b := range batches {
				o := Observe(read(b), config)
				o.Keys, o.Marks = []Key{key}, map[Key][]Mark{key: o.Marks[key]}
				alone.judge(o, sshd.Newest(read(b)))
			}
			if got, want := alone.histories[key].Marks, all.histories[key].Marks; !slices.Equal(got, want) {
				t.Errorf("%s: alone it remembers otherwise: %v", key, difference(got, want))
			}
		}
	})
}

// biggest is what the JSON of a History may be, so that an item of it fits where
// 400 KB do (DynamoDB's limit for an item).
const biggest = 380 << 10

func TestHistoriesAreBounded(t *testing.T) {
	long := strings.Repeat(`"<`, 400) // six bytes a byte in JSON
	sizes := map[KeyKind]int{}
	for seed := range uint64(2) {
		w, p := newWriter(seed), newPlayer(learned())
		for range 20 {
			var lines []string
			for range 40 {
				for _, line := range w.connection() {
					fill := strings.NewReplacer("alice", fmt.Sprint("alice", w.IntN(50), long), "web-", "web-"+long, "SHA256:", "SHA256:"+fmt.Sprint(w.IntN(50))+long,
						"3des-cbc", long, "ssh-rsa", long)
					lines = append(lines, fill.Replace(line))
				}
			}
			p.play(read(lines))
			w.at = w.at.Add(time.Duration(w.IntN(30)) * time.Hour)
		}
		for key, h := range p.histories {
			sizes[key.Kind] = max(sizes[key.Kind], len(must(json.Marshal(h))))
		}
	}
	for kind, size := range sizes {
		t.Logf("%v: %d KB", Key{Kind: kind}, size>>10)
		if size > biggest {
			t.Errorf("%v: %d bytes, want at most %d", Key{Kind: kind}, size, biggest)
		}
	}
}

// Marks at their bounds, with names as long as Observe keeps them.
func TestTheFullestHistoryIsBounded(t *testing.T) {
	for kind, sorts := range map[KeyKind][]What{
		Source: {Login, Failure, Refusal, Denial, Throttling, Entry, Typed, Told},
		User:   {Login, Guess, Refusal, Close, Denial, Entry, Told},
		Host:   {Fault, Restarting, Listening, Alive, Told},
		Fleet:  {Login, Guessed, Denial, Unknown, Told, NewKey},
	} {
		h, _ := History{}.merge(fullMarks(sorts))
		size := len(must(json.Marshal(h)))
		t.Logf("%v: %d marks, %d KB", Key{Kind: kind}, len(h.Marks), size>>10)
		if size > biggest {
			t.Errorf("%v: %d bytes, want at most %d", Key{Kind: kind}, size, biggest)
		}
	}
}

// fullMarks are more than is kept of each sort.
func fullMarks(sorts []What) (marks []Mark) {
	word, rnd := strings.Repeat("w", longestWord), rand.New(rand.NewPCG(1, 2))
	for _, what := range sorts {
		step := int64(40)
		if what == Login || what == Told {
			step = 1800
		}
		for i := range int64(3000) {
			m := Mark{What: what, At: began.Unix() + i*step, ID: rnd.Uint64(), User: word, Name: rnd.Uint32(), Host: word,
				Source: netip.MustParseAddr("2001:db8:ffff:ffff::"), Kind: "certificate-not-from-here", Times: 1 << 30}
			switch what {
			case NewKey:
				m.Credential = word
			case Login:
				m.Method, m.Credential = []string{"publickey", "password"}[i%2], word
			case Refusal:
				m.Detail = strings.Repeat("x", longestDetail)
			case Told, Unknown:
				m.Detail = word + word
			}
			marks = append(marks, m)
		}
	}
	return marks
}

// A peer without an envelope may be a stranger who writes whole lines: they
// teach nothing, and yield nothing but what is low.
func TestPeersTeachNothing(t *testing.T) {
	p := newPlayer(learned())
	for _, row := range sshd.Rows() {
		p.play(read([]string{row.Sample(), row.Sample()}))
	}
	for key, h := range p.histories {
		for _, m := range h.Marks {
			if m.What != Fault && m.What != Told {
				t.Errorf("%s learned %+v", key, m)
			}
		}
	}
	for _, f := range p.findings {
		if f.Severity > Low {
			t.Errorf("found: %s", said([]Finding{f}))
		}
	}
	if len(p.findings) == 0 {
		t.Error("found nothing: are faults not seen any more?")
	}
}

// strangersLog is what a stranger can make sshd say, n times in an hour: the
// row's message with his address, and a name of his.
func strangersLog(row *sshd.Row, n int, addr, name string) (lines []string) {
	text := withField(row.Sample(), map[string]string{"addr": addr, "host": addr, "user": name, "account": name})
	for i := range n {
		at := began.Add(time.Duration(i) * time.Hour / time.Duration(n))
		head := fmt.Sprintf("%s web-1 sshd[%d]: ", at.Format(time.RFC3339), 1000+i)
		lines = append(lines, head+text, head+fmt.Sprintf("Connection closed by invalid user %s %s port %d [preauth]", name, addr, 2000+i))
	}
	return lines
}

// withField replaces the fields of those names in a message.
func withField(message string, values map[string]string) string {
	e := read([]string{began.Format(time.RFC3339) + " web-1 sshd[1]: " + message})[0]
	for _, f := range e.Fields() {
		if value, ok := values[f.Name]; ok && f.Value != "" {
			message = strings.ReplaceAll(message, f.Value, value)
		}
	}
	return message
}

// Whatever a stranger makes sshd say: nothing of it is more than low or for ban
// tools, but for the one mail when guessing begins. What he cannot make it say
// is listed.
func TestStrangersAreNoBother(t *testing.T) {
	tried := 0
	for _, row := range sshd.Rows() {
		if row.Attempt && row.Category == sshd.Accepted || // he is in
			row.Verdict == sshd.Human && row.Category != sshd.Denied || // sshd's own trouble
			row.User == "root" || // sshd says this of a right key only
			row.Category == sshd.Lifecycle { // who signals sshd is root
			continue
		}
		tried++
		p := newPlayer(learned())
		for _, b := range [][]string{strangersLog(row, 60, "203.0.113.7", "nobody"), strangersLog(row, 60, "2001:db8::7", "games")} {
			p.play(read(b))
		}
		for _, f := range p.findings {
			if f.Severity > Ban && f.Reason != "begins" {
				t.Errorf("%s: %s", row.Kind, said([]Finding{f}))
			}
		}
	}
	if tried < 500 {
		t.Errorf("%d rows were tried, want at least 500", tried)
	}
}

// The name of a user who does not exist may be a password: it is kept nowhere.
func TestUnknownNamesAreKeptNowhere(t *testing.T) {
	const marker = "xyzzyPl0ugh!" // looks like a password, too
	tried := 0
	for _, row := range sshd.Rows() {
		lines := strangersLog(row, 12, "203.0.113.7", marker)
		e := read(lines[:1])[0]
		if !strings.Contains(lines[0], marker) || e.Existence == sshd.Exists || e.Category == sshd.Accepted {
			continue // sshd says that there is such a user
		}
		tried++
		p := newPlayer(learned())
		lines = append(lines, began.Add(time.Hour).Format(time.RFC3339)+" web-1 sshd[9]: Accepted password for bob from 203.0.113.7 port 4001 ssh2")
		p.play(read(lines))
		for i := range p.findings {
			p.findings[i].Lines = nil // the log as it stands; whoever shows it hides the name
		}
		if kept := fmt.Sprintf("%+v %+v", p.histories, p.findings); strings.Contains(kept, marker) {
			at := strings.Index(kept, marker)
			t.Errorf("%s: … %s …", row.Kind, kept[max(0, at-200):at+20])
		}
	}
	if tried < 20 {
		t.Errorf("%d rows were tried, want at least 20", tried)
	}
}

// The loopback is an address like any other: a tunnel ends there.
func TestTheLoopbackIsNotTrusted(t *testing.T) {
	for seed := range uint64(20) {
		batches := newWriter(seed).batches(120)
		here := slices.Clone(batches)
		for i := range here {
			here[i] = strings.Split(strings.ReplaceAll(strings.Join(batches[i], "\n"), "203.0.113.7", "127.0.0.1"), "\n")
		}
		there := strings.ReplaceAll(said(newPlayer(learned()).playAll(batches)), "203.0.113.7", "127.0.0.1")
		if got := said(newPlayer(learned()).playAll(here)); got != there {
			t.Errorf("seed %d: found\n%swant\n%s", seed, got, there)
		}
	}
}

// A key that everybody attacks comes to rest: root, from everywhere, in all ways,
// while the administrator logs in daily.
func TestAHotKeyRests(t *testing.T) {
	const batches = 1000 // in 24 hours
	rnd := rand.New(rand.NewPCG(1, 1))
	p := newPlayer(learned())
	ways := []string{
		"Failed password for root from %s port 4001 ssh2",
		"Failed password for root from %s port 4001 ssh2",
		"Connection closed by authenticating user root %s port 4001 [preauth]",
		"User root from %s not allowed because not listed in AllowUsers",
	}
	for i := range batches {
		at, lines := began.Add(time.Duration(i)*day/batches), []string(nil)
		for k := range 20 {
			addr := fmt.Sprintf("203.%d.%d.%d", rnd.IntN(256), rnd.IntN(256), rnd.IntN(256))
			head := fmt.Sprintf("%s web-1 sshd[%d]: ", at.Format(time.RFC3339), i*20+k)
			lines = append(lines, head+fmt.Sprintf(ways[rnd.IntN(len(ways))], addr))
			if rnd.IntN(10) == 0 {
				lines = append(lines, head+"userauth_pubkey: signature algorithm ssh-rsa not in PubkeyAcceptedAlgorithms [preauth]")
			}
		}
		lines = append(lines, fmt.Sprintf("%s web-1 sshd[1]: Accepted publickey for root from 192.0.2.9 port 4001 ssh2: RSA SHA256:root1", at.Format(time.RFC3339)))
		p.play(read(lines))
	}
	root, size := p.writes[Key{User, "root"}], len(must(json.Marshal(p.histories[Key{User, "root"}])))
	t.Logf("user/root: %d writes in %d batches, %d KB", root, batches, size>>10)
	if root > batches/4 {
		t.Errorf("user/root changed %d times in %d batches, want at most a quarter", root, batches)
	}
	if host := p.writes[Key{Host, "web-1"}]; host > 50 {
		t.Errorf("host/web-1 changed %d times, want once for each half hour", host)
	}
}
