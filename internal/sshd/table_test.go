package sshd

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"sshsieve/internal/syslog"
)

// read classifies one bare message.
func read(message string) Event {
	var r Reader
	return r.Read([]syslog.Record{{Program: "sshd", Message: message, Trust: syslog.Host, Repeat: 1}})[0]
}

var kindName = regexp.MustCompile(`^(family/[A-Za-z0-9_-]+|[a-z0-9_]+(-[a-z0-9_]+)*)$`)

func TestTable(t *testing.T) {
	if _, err := newIndex(rows()); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	for _, row := range rows() {
		if !kindName.MatchString(row.Kind) {
			t.Errorf("%s: a Kind is of lower-case letters, digits and dashes", row.Kind)
		}
		if kinds[row.Kind] {
			t.Errorf("%s: two rows have this Kind", row.Kind)
		}
		kinds[row.Kind] = true
		if row.Category == NotSSHD || row.Source == "" {
			t.Errorf("%s: a row has a Category and a Source", row.Kind)
		}
		if row.Verdict == Human && row.Context {
			t.Errorf("%s: what always wakes a human hangs on no context", row.Kind)
		}
	}
}

func TestFamilies(t *testing.T) {
	for _, row := range rows() {
		name, ok := strings.CutPrefix(row.Kind, familyPrefix)
		if !ok {
			continue
		}
		v, err := compile(nil, row)
		if err != nil || len(v) != 1 {
			t.Fatalf("%s: %d variants, %v", row.Kind, len(v), err)
		}
		if v[0].lits < 8 {
			t.Errorf("%s: a family has at least 8 literal bytes", row.Kind)
		}
		if begin := v[0].lead + v[0].toks[0].lit; v[0].lead != "" && begin != name+": " {
			t.Errorf("%s: the family begins with %q, not with its function", row.Kind, begin)
		}
	}
}

// Every row reads its own sample, as the table orders them.
func TestSamples(t *testing.T) {
	for _, row := range rows() {
		if e := read(row.Sample()); e.Kind() != row.Kind {
			t.Errorf("%s: its sample is read as %s: %s", row.Kind, e.Kind(), row.Sample())
		}
	}
}

// Where two rows read a sample with as many literal bytes, only their order in
// the table decides: an accident waiting to happen.
func TestNoRowShadowsAnother(t *testing.T) {
	var m match
	for _, row := range rows() {
		sample := new(Event).strip(row.Sample())
		first := firstVariant(sample, func(v *variant) bool { return v.read(sample, &m) })
		if first == nil {
			continue // TestSamples says so
		}
		firstVariant(sample, func(v *variant) bool {
			if v.row != first.row && isRare(v) == isRare(first) && v.tier == first.tier && v.lits == first.lits && v.read(sample, &m) {
				t.Errorf("%s shadows %s: both read %q by %d literal bytes", first.row.Kind, v.row.Kind, sample, v.lits)
			}
			return false
		})
	}
}

func isRare(v *variant) bool { return slices.Contains(rare().all, v) }

// The reference is to try every variant in the order of precedence.
func literalOrder(text string, m *match) *variant {
	for _, v := range append(slices.Clone(common().all), rare().all...) {
		if strings.HasPrefix(text, v.lead) && v.read(text, m) {
			return v
		}
	}
	return nil
}

func TestIndexKeepsTheOrder(t *testing.T) {
	var m match
	for _, text := range append(hostileTexts(), samplesOfAllRows()...) {
		got := firstVariant(text, func(v *variant) bool { return v.read(text, &m) })
		if want := literalOrder(text, &m); got != want {
			t.Errorf("%q: the index gives %v, the literal order %v", text, got, want)
		}
	}
}

func samplesOfAllRows() []string {
	var samples []string
	for _, row := range rows() {
		samples = append(samples, row.Sample())
	}
	return samples
}
