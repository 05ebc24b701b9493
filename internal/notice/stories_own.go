package notice

// What sshsieve says of itself and of its own sight.
var ownStories = []story{
	{rule: "logs-stopped", mute: []string{"host"},
		subject: []string{"no log lines of {host} since {since}", "the log lines have stopped"},
		what: []string{"No line of {host} has come since {since}; that was noticed at {at}. || No line of {host} came for hours until {at}.", "The longest gap before was {gap}.",
			"sshsieve sees nothing there: neither break-ins nor locked-out users."},
		why:      []string{"The host had sent lines every day of a week, and is silent for more than 6 hours and 4 times its longest gap."},
		harmless: []string{"if the host was switched off or taken out of service."},
		do: []Step{
			{Say: []string{"Is the host up? Log in, or look at the console."}},
			{Say: []string{"On the host, see the programs that carry its log, and write a line:"},
				Run: []string{"systemctl status amazon-cloudwatch-agent rsyslog", "logger -t sshd -p authpriv.info 'sshsieve: is anybody there?'"}},
			{Say: []string{"If that line does not show in the log group, the agent is at fault: its credentials, or the file that it reads."}}}},
	{rule: "parser-drift", counts: true, mute: []string{"host"},
		subject: []string{"sshd says what sshsieve does not know", "unknown log lines"},
		what: []string{"{count} lines of sshd on {host} were not understood until {at}.", "They look like this: {shape}",
			"Names and numbers are blanked with a *."},
		why:      []string{"A new release of sshd words things anew, and what is not understood cannot be judged: a new wording on 2 hosts, or 50 such lines in an hour."},
		harmless: []string{"as it is about sshsieve, not about an attack."},
		do: []Step{
			{Say: []string{"See whether there is a newer sshsieve."}},
			{Say: []string{"If not, report the wording, and the release of sshd:"}, Run: []string{"sshd -V"}}}},
	{rule: "held-back", mute: nil,
		subject:  []string{"{count} findings in one mail, since there were too many"},
		what:     []string{"{count} findings were not mailed one by one, since there were too many; the last is of {at}."},
		why:      []string{"At most 6 mails an hour and 20 a day of medium severity are sent, and 12 an hour of high, so that somebody still reads them."},
		harmless: []string{"if they all have one cause that you know."},
		do: []Step{
			{Say: []string{"Look through the list above for one cause that they share: a deployment, an expired certificate, a network."}},
			{Say: []string{"Whoever is locked out comes first, then logins that nobody can explain."}}}},
	{rule: "self-test",
		subject:  []string{"this is a test, all is well"},
		what:     []string{"This is the test that somebody asked for: its line was read on {host} at {at}, and this mail is the proof that the way from the log to you works."},
		why:      []string{"The command sshsieve selftest was run; it works once for each run."},
		harmless: []string{"always. If none of you ran it, ask who has access to sshsieve's table."},
		do:       []Step{{Say: []string{"Nothing."}}}},
}
