package report

import (
	"math"
	"strconv"
	"testing"

	"sshsieve/internal/sshd"
)

// Each category has a colour of its own that shows on white and on black.
func TestColours(t *testing.T) {
	seen := map[string]sshd.Category{}
	for _, c := range sshd.Categories() {
		colour := Colour(c)
		if other, ok := seen[colour]; ok {
			t.Errorf("%s and %s are both %s", c, other, colour)
		}
		seen[colour] = c
		checkContrast(t, c.String(), colour)
	}
	for v := range sshd.Human + 1 {
		checkContrast(t, v.String(), VerdictColour(v))
	}
}

// checkContrast: graphical objects need 3:1 (WCAG 2.2, success criterion 1.4.11).
func checkContrast(t *testing.T, what, colour string) {
	t.Helper()
	l, err := luminance(colour)
	if err != nil {
		t.Errorf("%s: %q is no colour: %v", what, colour, err)
		return
	}
	if white, black := 1.05/(l+0.05), (l+0.05)/0.05; white < 3 || black < 3 {
		t.Errorf("%s: %s has %.2f:1 to white and %.2f:1 to black, want 3:1", what, colour, white, black)
	}
}

// luminance is that of WCAG 2.2 ("relative luminance").
func luminance(colour string) (float64, error) {
	if len(colour) != len("#rrggbb") || colour[0] != '#' {
		return 0, strconv.ErrSyntax
	}
	l := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		if err != nil {
			return 0, err
		}
		part := float64(n) / 255
		if part <= 0.04045 {
			part /= 12.92
		} else {
			part = math.Pow((part+0.055)/1.055, 2.4)
		}
		l += weight * part
	}
	return l, nil
}
