// Package config reads what the owner of a stack says of it: the variables that
// template.yaml sets from its parameters. variables.go, the table of them, is to
// be read first.
//
// SSHSIEVE_TABLE and SSHSIEVE_NOTICES_TOPIC are needed; all else may be empty or
// absent, and then a default holds. Every fault is found at once, and its error
// says which variable, what it holds, and what would be right.
//
// Lists are separated by commas; blanks around an item and empty items are left
// out. Lambda holds 4 KB of variables together (Lambda Developer Guide, "Lambda
// quotas"); a list has at most 200 items.
package config
