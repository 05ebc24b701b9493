package notice

// maxSubject is less than 100 bytes: SNS refuses a longer Subject (Publish).
const maxSubject = 99

// subject is "[sshsieve web-3] medium: bob is locked out, client too old x4".
func (c *incident) subject() string {
	head := "[sshsieve" + c.where() + "] " + c.gravity() + ": "
	tail := ""
	if c.count > 1 && c.story.counts {
		tail = " x" + decimal(c.count)
	}
	return head + clipTo(c.headline(), maxSubject-len(head)-len(tail)) + tail
}

// where is the host in brackets, and how many more there are.
func (c *incident) where() string {
	switch {
	case len(c.hosts) > 1:
		return " " + clipTo(c.hosts[0], 24) + " +" + decimal(len(c.hosts)-1)
	case len(c.hosts) == 1:
		return " " + clipTo(c.hosts[0], 32)
	case c.about.Scope != "":
		return " " + clipTo(c.about.Scope, 32)
	}
	return ""
}

func (c *incident) gravity() string {
	if c.lead.Rule == "self-test" {
		return "test"
	}
	return c.lead.Severity.String()
}

// headline is the first of the story's that all is known for.
func (c *incident) headline() string {
	for _, h := range c.story.subject {
		if text, ok := fill(h, c.values); ok {
			return text
		}
	}
	return c.story.what[0]
}
