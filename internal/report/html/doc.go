// Package html writes a report as one page for a browser.
//
//	err := html.Write(w, page)
//
// The page is one file that needs nothing else: it holds its style, its
// script, the chart library and the data, and its Content-Security-Policy
// forbids it to load, send or run anything but these. It can be mailed,
// printed, and read without script: each graph is drawn from a table of the
// page, which stands there without script and behind a button with it.
//
// A log's text is hostile. It gets into the page in two ways only: html/template
// writes it as the text of an element, never into an attribute; and as JSON
// into a block that no browser runs, from where page.js hands it to the library
// as text to draw. The library draws SVG text; no HTML is made of it in the
// browser, which the policy's Trusted Types forbid besides.
//
// Write makes a document (document.go) of the report.Page: the answers on top
// (answers.go), what happened when (story.go), its sections for admins (admin.go,
// news.go) and for researchers (research.go), each a table (table.go), a graph or
// both (graph.go). page.html lays it out, page.js draws it; the small graphs in a
// table's rows (spark.go) need no script.
//
// The library is Apache ECharts, unchanged, from npm:
//
//	npm pack echarts@6.1.0 && tar xOf echarts-6.1.0.tgz package/dist/echarts.min.js | cmp - echarts.min.js
//
// A package of its own, so that package report links neither template nor
// library.
package html
