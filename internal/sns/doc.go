// Package sns sends Notices through an SNS topic, each by one Publish.
//
// A subscriber by e-mail gets the text for people, all others the JSON document
// that notice.MarshalJSON describes; a Notice for ban tools is published once
// for each source. What subscriptions filter on are the message's attributes
// (notice.Attributes): {"verdict": ["human"]} is the e-mail subscription's
// policy, {"verdict": ["tooling"]} that of a ban tool's queue.
//
// It needs sns:Publish on the topic and, where the topic is encrypted by a key
// of the owner's, kms:GenerateDataKey and kms:Decrypt on that key (SNS Developer
// Guide, "Encryption at rest"). The topic has to be a standard one: a FIFO topic
// has no e-mail subscriptions.
//
// Read topic.go first; answers.go is the table of what SNS may answer, and
// whether a Notice is refused for ever by it.
package sns
