// Package report writes pages for people: what a log holds, what a line
// means, and the message table.
//
// A Log takes Events one by one, in bounded memory, and gives a Page; Tell puts
// on it what would have been mailed. The Page writes itself as text or as JSON
// (see Page for that contract); package report/html makes a page with graphs of
// it. Colour gives the graphs here and in AWS the same colours. An
// Explanation tells a category in plain words; WriteExplanation tells one
// line, WriteMessages the table.
//
//	log := report.NewLog()
//	log.Input("auth.log")
//	for … { log.Add(&event) }
//	err := log.Page(false).WriteText(w)
//
// Two functions of package notice stand between a log's text and a reader.
// Printable lets no control character through, and UserName decides which user
// names a page may show, since people type passwords where the name belongs.
//
// What changed is told by change.go: a trend counts one thing over time, a course
// says of it whether it changed by no accident, and news_*.go say of what.
//
// The package does no I/O but to the writer it is given. Read log.go first,
// then page.go and text.go.
package report
