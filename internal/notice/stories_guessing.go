package notice

// Somebody tries passwords.
var guessingStories = []story{
	{rule: "password-guessing", reason: "begins",
		subject: []string{"password guessing has begun, from {source}", "password guessing has begun"},
		what: []string{"Machines have begun to guess passwords on {host}; the first burst, from {source}, was seen at {at}. || Machines have begun to guess passwords on {host}; the first burst was seen at {at}.",
			"This is what every host with an open port 22 meets; it is no sign that anybody got in."},
		why:      []string{"You get this when it begins, and then not for 30 days. If a guess succeeds, that is a mail of its own: rule login."},
		harmless: []string{"as long as passwords are long, or better not accepted at all."},
		do: []Step{
			{Say: []string{"Nothing is urgent. Best is to take keys only, in sshd_config above the first Match line; try first that your own key works:"},
				Config: []string{"PasswordAuthentication no", "KbdInteractiveAuthentication no"}, Run: []string{Check}},
			{Say: []string{"Or let port 22 in from your own networks only (security group, firewall)."}},
			{Say: []string{"A ban tool can subscribe to the messages with verdict = tooling: one for each source, with address, count and time."}}}},
	{rule: "password-guessing", counts: true,
		subject: []string{"{source} guesses passwords", "somebody guesses passwords"},
		what: []string{"{source} tried {failures} passwords on {host} from {since} on, the last at {at}; all failed. || {failures} passwords were tried on {host}, the last at {at}; all failed.",
			"{names} user names were tried."},
		why:      []string{"For ban tools, not for people: 5 attempts in 10 minutes are a program. It comes again hourly while it goes on."},
		harmless: []string{"if it is a job of yours with an old password: then add its address to the known sources."},
		do:       []Step{{Say: []string{"Nothing by hand: this message is for ban tools."}}},
		mute:     []string{"source"}},
	{rule: "guessing-inside", counts: true,
		subject: []string{"passwords are guessed from inside, {source}", "passwords are guessed from inside"},
		what: []string{"{source} tried {failures} passwords on {host}, the last at {at}; it is an address of your own: private, shared, or one that users log in from. || {failures} passwords were tried on {host}, the last at {at}, from an address of your own.",
			"Users who log in from there: {others}."},
		why:      []string{"30 failures in 10 minutes, or 5 names that never logged in from there. From inside, that is a forgotten password in a job, or a machine that is not yours any more."},
		harmless: []string{"if a script, a backup or a monitor there has an old password, or it is your own scanner (list it then)."},
		do: []Step{
			{Say: []string{"Find the machine or the people behind {source}. Do not ban it: users come from there."}},
			{Say: []string{"On that machine, see which program does it:"}, Run: []string{"ss -tnp '( dport = :22 )'"}},
			{Say: []string{"If nobody can explain it: take that machine off the network and treat it as broken into."}}},
		mute: []string{"source"}},
	{rule: "password-as-username",
		subject:  []string{"{user} may have typed a password as user name", "a password may have been typed as user name"},
		what:     []string{"On {host} somebody at {source} typed what looks like a password where the user name belongs, and logged in as {user} at {at}. || On {host} somebody typed what looks like a password where the user name belongs, and logged in at {at}.", "What was typed is not shown here, but it stands in the host's log, and in log group {log}."},
		why:      []string{"Whoever may read those logs can now read that password: an unknown name that looks like a secret, and within 2 minutes a login from the same address."},
		harmless: []string{"if {owner} says it was only a name mistyped."},
		do: []Step{
			{Say: []string{"Tell {user}, and nobody else, to change that password wherever it is used."}},
			{Say: []string{"Remember who may read the log: files, archives, and everybody with access to the log group."}}},
		mute: []string{"user"}},
}
