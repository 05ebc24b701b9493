package sshd

// Category is one of the groups that lines are counted by. NotSSHD is the
// group of other programs' lines; the 21 others are sshd's.
type Category uint8

// The order is that of a connection's life, then of the daemon's; pages and
// graphs keep it.
const (
	NotSSHD Category = iota
	Accepted
	FailedPassword
	FailedPublickey
	FailedOther
	InvalidUser
	Partial
	Denied
	Limit
	Connect
	Negotiation
	Protocol
	Disconnect
	Throttle
	Session
	Forwarding
	SFTP
	Lifecycle
	Config
	Resource
	Integrity
	Other
	categories // how many there are
)

var categoryNames = [categories]string{
	NotSSHD:         "not-sshd",
	Accepted:        "auth.accepted",
	FailedPassword:  "auth.failed.password",
	FailedPublickey: "auth.failed.publickey",
	FailedOther:     "auth.failed.other",
	InvalidUser:     "auth.invalid-user",
	Partial:         "auth.partial",
	Denied:          "auth.denied",
	Limit:           "auth.limit",
	Connect:         "preauth.connect",
	Negotiation:     "preauth.negotiation",
	Protocol:        "preauth.protocol",
	Disconnect:      "preauth.disconnect",
	Throttle:        "throttle",
	Session:         "session",
	Forwarding:      "forwarding",
	SFTP:            "sftp",
	Lifecycle:       "lifecycle",
	Config:          "config",
	Resource:        "resource",
	Integrity:       "integrity",
	Other:           "other",
}

// String is the name in metrics and in JSON, such as "auth.failed.password".
func (c Category) String() string { return categoryNames[c] }

// Categories lists every Category, NotSSHD first.
func Categories() []Category {
	all := make([]Category, categories)
	for i := range all {
		all[i] = Category(i)
	}
	return all
}

// Verdict is whose a line is.
type Verdict uint8

const (
	Graph   Verdict = iota // noise and bookkeeping: metrics, never a message
	Tooling                // somebody tries passwords: a message for ban tools
	Human                  // somebody has to look
)

// String is the word in JSON: "graph", "tooling" or "human".
func (v Verdict) String() string { return [...]string{"graph", "tooling", "human"}[v] }
