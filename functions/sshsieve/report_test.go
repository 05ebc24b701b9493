package main

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sshsieve/internal/report"
)

// What a terminal shows is told by its environment.
func TestTerminalShows(t *testing.T) {
	for _, test := range []struct {
		why           string
		env           map[string]string
		utf8, colours bool
	}{
		{"nothing is known of it", nil, false, false},
		{"any of today", map[string]string{"LANG": "en_GB.UTF-8", "TERM": "xterm-256color"}, true, true},
		{"the other spelling", map[string]string{"LC_CTYPE": "C.utf8", "TERM": "linux"}, true, true},
		{"what is more special decides", map[string]string{"LANG": "en_GB.UTF-8", "LC_ALL": "C", "TERM": "xterm"}, false, true},
		{"an empty variable is not set", map[string]string{"LANG": "en_GB.UTF-8", "LC_ALL": "", "TERM": "xterm"}, true, true},
		{"its owner wants no colours", map[string]string{"LANG": "en_GB.UTF-8", "TERM": "xterm", "NO_COLOR": "1"}, true, false},
		{"it has none", map[string]string{"LANG": "en_GB.UTF-8", "TERM": "dumb"}, true, false},
	} {
		getenv := func(name string) string { return test.env[name] }
		if got := showsUTF8(getenv); got != test.utf8 {
			t.Errorf("%s: UTF-8 %v, want %v", test.why, got, test.utf8)
		}
		if got := showsColours(getenv); got != test.colours {
			t.Errorf("%s: colours %v, want %v", test.why, got, test.colours)
		}
	}
}

// Help names every member of the contract.
func TestReportHelpNamesEveryMember(t *testing.T) {
	words := strings.FieldsFunc(reportHelp, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') })
	page := reflect.TypeFor[report.Page]()
	for i := range page.NumField() {
		name, _, _ := strings.Cut(page.Field(i).Tag.Get("json"), ",")
		if page.Field(i).IsExported() && !slices.Contains(words, name) {
			t.Errorf("help does not name %q", name)
		}
	}
}

// The mails of the report are those of the preview, and what else is told agrees.
func TestReportTellsWhatThePreviewDoes(t *testing.T) {
	for _, log := range []string{"../../events/brute-force.log", "../../events/locked-out.log", "../../events/break-in.log"} {
		var page report.Page
		var preview previewPage
		for _, form := range []struct {
			command string
			into    any
		}{{"report", &page}, {"preview", &preview}} {
			code, out, errs := execute("", form.command, "--json", "--latest", latest, log)
			if code != exitOK || json.Unmarshal([]byte(out), form.into) != nil {
				t.Fatalf("%s %s: exit %d, %s", form.command, log, code, errs)
			}
		}
		var mails []noticeJSON
		bans := 0
		for _, n := range preview.Notices {
			if n.Verdict == "tooling" {
				bans++
				continue
			}
			mails = append(mails, n)
		}
		if len(mails) != len(page.Mails) || bans != page.Told.BanMessages || preview.HeldBack != page.Told.HeldBack {
			t.Fatalf("%s: %d mails, %d messages for ban tools, want %d and %d", log, len(page.Mails), page.Told.BanMessages, len(mails), bans)
		}
		for i, m := range mails {
			if got := page.Mails[i]; got.Subject != m.Subject || got.Text != m.Text || !got.Time.Equal(m.Time) {
				t.Errorf("%s: mail %d is %q, want %q", log, i, got.Subject, m.Subject)
			}
		}
		digest := 0
		for _, u := range page.Told.Untold {
			digest += u.Count
		}
		if digest != len(preview.Digest) {
			t.Errorf("%s: %d are untold, want %d", log, digest, len(preview.Digest))
		}
	}
}
