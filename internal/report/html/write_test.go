package html

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"regexp"
	"strings"
	"testing"

	"sshsieve/internal/report"
)

func written(t *testing.T, p *report.Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The library is the release that doc.go names, to the byte, and its licence is
// beside it.
func TestLibrary(t *testing.T) {
	const release = "b66b25aeb4df84e33199dc21694014d336d222cbd9deb0e5a7c14bd6aa0d0fd0"
	sum := sha256.Sum256([]byte(library))
	if got := hex.EncodeToString(sum[:]); got != release {
		t.Errorf("echarts.min.js has the SHA-256 %s, release 6.1.0 of npm %s", got, release)
	}
	for file, want := range map[string]string{
		"echarts.LICENSE": "Apache License",
		"echarts.NOTICE":  "Apache ECharts",
		"doc.go":          "npm pack echarts@6.1.0",
	} {
		if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s does not say %q (%v)", file, want, err)
		}
	}
}

// A browser ends a script at the first end tag, wherever that stands, and may
// miss the end behind "<!--" (HTML, 13.2.5.4).
func TestPartsDoNotEndEarly(t *testing.T) {
	for name, part := range map[string]string{"page.js": script, "echarts.min.js": library, "page.css": style} {
		for _, end := range []string{"</script", "</style", "<!--"} {
			if strings.Contains(strings.ToLower(part), end) {
				t.Errorf("%s holds %q", name, end)
			}
		}
	}
}

// What runs and what styles is what the policy names, and nothing else is there
// for a policy to stop.
func TestPolicyNamesThePartsOfThePage(t *testing.T) {
	page := written(t, poisoned(t))
	meta := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy" content="([^"]*)">`).FindStringSubmatch(page)
	if meta == nil {
		t.Fatal("no policy")
	}
	for _, wanted := range []string{"default-src 'none'", "base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'"} {
		if !strings.Contains(meta[1], wanted) {
			t.Errorf("the policy lacks %s", wanted)
		}
	}
	if strings.Contains(meta[1], "unsafe") || strings.Contains(meta[1], "*") {
		t.Errorf("the policy is lax: %s", meta[1])
	}
	parts := regexp.MustCompile(`(?s)<(?:script|style)>(.*?)</(?:script|style)>`).FindAllStringSubmatch(page, -1)
	if len(parts) != 3 {
		t.Fatalf("%d scripts and styles, want 3", len(parts))
	}
	for _, part := range parts {
		if !strings.Contains(meta[1], source(part[1])) {
			t.Errorf("the policy does not name %.40q", part[1])
		}
	}
	if found := regexp.MustCompile(`(?i)<[a-z][^<>]*\s(?:style|on[a-z]+|src|srcdoc)\s*=`).FindString(strings.Replace(page, library, "", 1)); found != "" {
		t.Errorf("an attribute that the policy would stop: %q", found)
	}
}

// maxPage is what a page may have, so that it can be mailed.
const maxPage = 2_000_000

// A page whose lists are all as long as they may be, and whose texts are, is
// small enough.
func TestFullPageIsSmall(t *testing.T) {
	p := sample()
	fill(&p.Logins, 1000)
	fill(&p.Sources, 100)
	fill(&p.Nets, 100)
	fill(&p.Hosts, 500)
	fill(&p.Offers, 200)
	fill(&p.Algorithms, 100)
	fill(&p.Unrecognised, 100)
	fill(&p.Mails, 100)
	fill(&p.Told.LockedOut, 100)
	fill(&p.News.Items, 140)
	fill(&p.Categories, 21)
	fill(&p.Kinds, 400) // a log that says more different things was never seen
	for i := range p.Mails {
		p.Mails[i].Text = strings.Repeat("A mail has some fifty lines of as many letters.\n", 50)
	}
	p.Timeline.Steps = 400
	for i := range p.Categories {
		p.Categories[i].Timeline = make([]int, 400)
		for j := range p.Categories[i].Timeline {
			p.Categories[i].Timeline[j] = 1234
		}
	}
	if n := len(written(t, p)); n > maxPage {
		t.Errorf("the page has %d bytes, %d are allowed", n, maxPage)
	} else {
		t.Logf("%d bytes", n)
	}
}

// fill repeats a list's elements until there are n.
func fill[T any](list *[]T, n int) {
	for i := 0; len(*list) < n; i++ {
		*list = append(*list, (*list)[i])
	}
}

func BenchmarkWrite(b *testing.B) {
	p := sample()
	for b.Loop() {
		var out bytes.Buffer
		if err := Write(&out, p); err != nil {
			b.Fatal(err)
		}
	}
}
