// Package stack is a deployed stack as the terminal's command sees it: found by
// its name, asked how it is, and worked on with the caller's own credentials.
//
//	s, err := stack.Find(ctx, stack.Where{Name: "sshsieve"})
//	status, err := s.Status(ctx, now)
//
// It is the only package of the command that knows AWS. stack.go finds a stack,
// status.go looks at it and delivery.go at who gets what is told, replay.go sends
// events to its function again and loggroup.go makes some of a log group, and
// advice.go makes of the SDK's errors what the reader can do about them.
//
// What a caller needs to be granted: cloudformation:DescribeStacks, and what the
// calls need that he makes. Each error that is a refusal names the action.
package stack
