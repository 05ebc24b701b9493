package infra

import (
	"encoding/json"
	"reflect"
	"testing"
)

func same(a, b any) bool { return reflect.DeepEqual(a, b) }

// parse reads JSON that stands in a string.
func parse(t *testing.T, text string) document {
	t.Helper()
	var d document
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return d
}
