package syslog

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// months holds abbreviated month names of glibc's locales (localedata/locales,
// LC_TIME abmon) beside the C locale's, in lower case and without the dot:
// German, French, Spanish, Italian, Portuguese, Dutch, the Scandinavian ones,
// Polish, Czech and Russian. Croatian is left out, whose "lip" and "lis" are
// other months than the Polish.
var months = [...]string{
	"jan januar jän jänner janv ene gen sty led янв",
	"feb febr févr fév fev lut úno фев",
	"mar mär märz mrz mars mrt bře мар",
	"apr avr avril abr kwi dub апр",
	"may mai maj mei mag kvě май мая",
	"jun juni juin giu cze čen июн",
	"jul juli juil lug lip čec июл",
	"aug août aoû ago sie srp авг",
	"sep sept set sett wrz zář сен",
	"oct okt ott out paź říj окт",
	"nov lis ноя",
	"dec dez dic déc gru pro дек",
}

// monthByName is months by name, in lower case and with a capital.
var monthByName = func() map[string]int {
	byName := make(map[string]int)
	for i, names := range months {
		for _, name := range strings.Fields(names) {
			first, size := utf8.DecodeRuneInString(name)
			byName[name] = i + 1
			byName[string(unicode.ToUpper(first))+name[size:]] = i + 1
		}
	}
	return byName
}()

// monthNamed returns the number of a month, 0 where name is none.
func monthNamed(name string) int { return monthByName[strings.TrimSuffix(name, ".")] }

// englishMonth reads the C locale's abbreviation; 0 where it is none.
func englishMonth(s string) int {
	switch s {
	case "Jan":
		return 1
	case "Feb":
		return 2
	case "Mar":
		return 3
	case "Apr":
		return 4
	case "May":
		return 5
	case "Jun":
		return 6
	case "Jul":
		return 7
	case "Aug":
		return 8
	case "Sep":
		return 9
	case "Oct":
		return 10
	case "Nov":
		return 11
	case "Dec":
		return 12
	}
	return 0
}
