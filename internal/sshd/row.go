package sshd

// A Row is one thing that sshd says.
type Row struct {
	// Kind is the row's name, unique, in lower case and dashes. A family
	// row, which stands for all that one function may say, is "family/NAME".
	Kind     string
	Category Category
	// Preauth is the Category instead, where the line ends in " [preauth]".
	// NotSSHD means that the suffix changes nothing.
	Preauth Category
	// Verdict is that of the line alone. Context says that it hangs on what
	// was seen before: the line may be worth a message for a source or a
	// user with a history.
	Verdict Verdict
	Context bool
	// Attempt marks the one line of an authentication attempt that counts;
	// the others of the attempt corroborate it.
	Attempt bool
	// Closes: nothing of the connection but PAM's summary follows.
	Closes bool
	// AfterLogin: worded alike before a login and, from 9.8 on, after one.
	AfterLogin bool
	// Listener: written by the listening process, whose pid is no connection.
	Listener bool

	// User is the account that the literal words mean ("ROOT LOGIN REFUSED").
	User string

	// Source is the OpenSSH file and function that write it, or the PAM
	// module, or the distribution's patch.
	Source string
	// Since and Until are the first and last release with this wording;
	// empty Until: still there. Both count portable's releases from 5.3.
	Since, Until string
	// Pattern is the message as sshd prints it: see the package comment.
	Pattern string
	// Example is a literal message; empty where Sample's filling will do.
	Example string
	// Means says in plain words what happened and whether it matters, and Do
	// what a person could do, where that is not what explains the Category.
	// Rows of the long tail may leave both to subjects.go: see Explain.
	Means, Do string
}
