package html

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"

	"sshsieve/internal/report"
)

// The page's parts. library is a release of Apache ECharts as npm has it; its
// licence is in echarts.LICENSE.
var (
	//go:embed page.html
	layout string
	//go:embed page.css
	style string
	//go:embed page.js
	script string
	//go:embed echarts.min.js
	library string
)

// policy is the page's Content-Security-Policy (W3C CSP3): nothing may be
// loaded, sent or embedded, no form goes anywhere, and what runs and what styles
// are the very texts that Write puts there. With Trusted Types no script can
// make HTML of a text.
func policy() string {
	return "default-src 'none'; base-uri 'none'; form-action 'none'; " +
		"script-src " + source(library) + " " + source(script) + "; " +
		"style-src " + source(style) + "; " +
		"require-trusted-types-for 'script'; trusted-types 'none'"
}

// source names an inline text by its hash (CSP3, 2.3.1).
func source(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// The types say to html/template that these texts are ours, and no data: all
// of them are constants of this package.
var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"policy":  func() template.HTMLAttr { return template.HTMLAttr(`content="` + policy() + `"`) },
	"style":   func() template.CSS { return template.CSS(style) },
	"library": func() template.JS { return template.JS(library) },
	"script":  func() template.JS { return template.JS(script) },
}).Parse(layout))

// Write writes the page. Its size is that of the library, 1.1 MB, and mostly
// some 100 KB of data; see report.Page for the bounds.
func Write(w io.Writer, p *report.Page) error {
	if err := page.Execute(w, newDocument(p)); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	return nil
}
