package report

import "sshsieve/internal/sshd"

// Colour is the colour of a category on the page and on the dashboard of
// template.yaml, as "#rrggbb"; the zero string for none. Categories keep the
// order of sshd.Categories everywhere. Those of one family share a hue, so that
// the noise of guessing is told from that of scanning before the legend is read;
// each has a contrast of at least 3:1 to white and to black (WCAG 2.2, 1.4.11),
// so that it shows in light and in dark.
func Colour(c sshd.Category) string { return colours[c] }

// VerdictColour is that of a verdict, as on the dashboard.
func VerdictColour(v sshd.Verdict) string { return verdictColours[v] }

var verdictColours = map[sshd.Verdict]string{
	sshd.Graph: "#858585", sshd.Tooling: "#d9730d", sshd.Human: "#d62728",
}

var colours = map[sshd.Category]string{
	sshd.NotSSHD: "#858585",
	// Logins are green, what follows them is blue-green.
	sshd.Accepted: "#2ca02c",
	sshd.Session:  "#1a9988", sshd.Forwarding: "#3d8b9e", sshd.SFTP: "#4f8a6b",
	// Guessing is of the colours of fire; the two that are most of it lie apart.
	sshd.FailedPassword: "#d9730d", sshd.FailedPublickey: "#c9622f", sshd.FailedOther: "#a0784a",
	sshd.InvalidUser: "#b8860b", sshd.Partial: "#8f8f2a", sshd.Limit: "#b5651d",
	// Refused by policy or turned away: red and pink.
	sshd.Denied: "#d62728", sshd.Throttle: "#d6488f",
	// Before the login: blue to violet.
	sshd.Connect: "#5b8fd0", sshd.Disconnect: "#1f77b4", sshd.Negotiation: "#9467bd", sshd.Protocol: "#6f6fd8",
	// The daemon: browns and greys, its troubles red.
	sshd.Lifecycle: "#7d7d6b", sshd.Config: "#9c5a4a", sshd.Resource: "#c23b5a", sshd.Integrity: "#b02a7a",
	sshd.Other: "#7f7f8f",
}
