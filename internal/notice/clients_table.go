package notice

import "sync"

// A familyRow names a family as clients.tsv does.
type familyRow struct {
	key    string
	client Client
}

// families finds a family by its name in clients.tsv.
var families = sync.OnceValue(func() map[string]Client {
	m := make(map[string]Client, len(familyRows))
	for _, r := range familyRows {
		m[r.key] = r.client
	}
	return m
})

// familyRows are the families of clients.tsv. The versions stand in the order
// of the Needs, with nothing for NeedNothing, and come from the programs' sources
// and change logs, and from measurements; "never" is said only of families that
// are no longer developed.
var familyRows = []familyRow{
	{"openssh", Client{Family: "OpenSSH client",
		first: [needs]string{"", "5.7", "7.3", "6.5", "7.2", "7.2", "6.2", "8.9"}}},
	{"putty", Client{Family: "PuTTY family", Programs: "PuTTY, plink, pscp, WinSCP, FileZilla, KiTTY, MobaXterm",
		first: [needs]string{"", "0.68 (WinSCP 5.9)", "0.71 (WinSCP 5.17)", "0.68 (WinSCP 5.9)", "0.75 (WinSCP 5.21)", "0.75 (WinSCP 5.21)", "0.68 (WinSCP 5.9)", "0.78 (WinSCP 6.1)"}}},
	{"jsch", Client{Family: "JSch 0.1 (jcraft)", Programs: "old Java tools, Ant",
		first: [needs]string{"", "0.1.52", "0.1.52", "never", "never", "never", "never", "never"}}},
	{"jsch-mwiede", Client{Family: "JSch (com.github.mwiede)", Programs: "Java tools",
		first: [needs]string{"", "0.1.56", "0.1.58", "0.1.61", "0.1.57", "0.1.57", "0.1.58", "0.2.25"}}},
	{"paramiko", Client{Family: "paramiko", Programs: "Ansible, Fabric, Duplicity",
		first: [needs]string{"", "2.2", "1.16", "2.2", "2.9", "2.9", "2.5", ""}}},
	{"libssh2", Client{Family: "libssh2", Programs: "curl, PHP ssh2, Git GUIs, many bots",
		first: [needs]string{"", "1.9", "1.7", "1.9", "1.11", "1.11", "1.11", ""}}},
	{"libssh", Client{Family: "libssh", Programs: "KDE, hydra, many bots",
		first: [needs]string{"", "0.6", "0.8.3", "0.7", "0.8.3", "0.8.3", "0.9", "0.12"}}},
	{"go", Client{Family: "Go x/crypto/ssh", Programs: "Terraform, rclone, gitea, many bots",
		first: [needs]string{"", "of 2013-08", "of 2022-03-14", "of 2016-05", "of 2021-11-15", "of 2022-03-14", "of 2017-02", "0.38"}}},
	{"node-ssh2", Client{Family: "node ssh2", Programs: "VS Code SFTP extensions, JavaScript tools",
		first: [needs]string{"", "0.6", "0.5", "0.8", "1.0", "1.12", "1.0", ""}}},
	{"dropbear", Client{Family: "Dropbear dbclient", Programs: "routers, embedded Linux",
		first: [needs]string{"", "2013.62", "2018.76", "2020.79", "2020.79", "2020.79", "", "2025.87"}}},
	{"ssh.net", Client{Family: "SSH.NET (Renci)", Programs: "Windows and .NET tools",
		first: [needs]string{"", "2020.0", "2016.0", "2020.0", "2023.0", "2023.0", "2024.0", ""}}},
	{"sshj", Client{Family: "sshj", Programs: "Cyberduck, Java tools",
		first: [needs]string{"", "0.14", "0.14", "0.15", "0.30", "0.30", "0.27", ""}}},
	{"mina", Client{Family: "Apache MINA SSHD", Programs: "Java tools",
		first: [needs]string{"", "1.0", "1.0", "1.4", "2.6", "2.6", "2.4", "2.13"}}},
	{"trilead", Client{Family: "Trilead SSH2", Programs: "Jenkins",
		first: [needs]string{"", "jenkins-27", "jenkins-9", "jenkins-9", "jenkins-22", "jenkins-22", "jenkins-223", ""}}},
	{"ganymed", Client{Family: "Ganymed SSH-2", Programs: "old Java tools",
		first: [needs]string{"", "never", "263", "never", "never", "never", "never", "never"}}},
	{"connectbot", Client{Family: "ConnectBot sshlib", Programs: "ConnectBot (Android)"}},
	{"net-ssh", Client{Family: "Ruby Net::SSH", Programs: "Capistrano, Chef, Vagrant",
		first: [needs]string{"", "6.0", "2.0", "", "7.0", "7.0", "6.0", ""}}},
	{"phpseclib", Client{Family: "phpseclib", Programs: "PHP web applications",
		first: [needs]string{"", "2.0", "1.0", "3.0", "2.0.12", "2.0.12", "3.0", ""}}},
	{"asyncssh", Client{Family: "AsyncSSH", Programs: "Python tools"}},
	{"russh", Client{Family: "russh", Programs: "Rust tools"}},
	{"dartssh2", Client{Family: "dartssh2", Programs: "Flutter apps"}},
	{"qterm", Client{Family: "QTerm", first: [needs]string{"", "", "0.8.0", "", "", "", "", ""}}},
	{"securecrt", Client{Family: "SecureCRT"}},
	{"tectia", Client{Family: "Tectia"}},
	{"bitvise", Client{Family: "Bitvise SSH Client"}},

	{"nmap", Client{Family: "nmap", Kind: Scanner}},
	{"ssh-keyscan", Client{Family: "ssh-keyscan", Kind: Scanner}},
	{"ssh-audit", Client{Family: "ssh-audit", Kind: Scanner}},
	{"zgrab2", Client{Family: "zgrab2", Programs: "Censys and others", Kind: Scanner}},
	{"masscan", Client{Family: "masscan", Kind: Scanner}},
	{"bots", Client{Family: "guessing bots", Kind: Bots}},
}

// A clientText is something a client says of itself.
type clientText struct {
	goodbye, banner string // one of both: the whole text, or with open its beginning
	open            bool
	families        []string
	source          string
}

// texts are matched in their order.
var texts = []clientText{
	{goodbye: "com.jcraft.jsch.JSchException", open: true, families: []string{"jsch", "jsch-mwiede"}, source: "JSch Session.java, Java's name of the exception"},
	{goodbye: "No supported authentication methods available", open: true, families: []string{"putty"}, source: "PuTTY ssh2userauth.c; read in plink 0.78"},
	{goodbye: "PECL/ssh2 (", open: true, families: []string{"libssh2"}, source: "PHP's ssh2.c"},
	{goodbye: "Normal Shutdown, Thank you for playing", families: []string{"libssh2", "bots"}, source: "libssh2 example/ssh2.c"},
	{goodbye: "Shutdown", families: []string{"libssh2"}, source: "curl lib/vssh/libssh2.c; read in libcurl 7.88"},
	{goodbye: "Closed due to user request.", families: []string{"trilead", "ganymed"}, source: "Trilead and Ganymed Connection.java"},
	{goodbye: "Bye Bye", families: []string{"libssh", "bots"}, source: "libssh src/client.c ssh_disconnect"},
	{goodbye: "disconnected by user", families: []string{"openssh"}, source: "OpenSSH clientloop.c"},

	{banner: "OpenSSH-keyscan", families: []string{"ssh-keyscan"}, source: "OpenSSH ssh-keyscan.c"},
	{banner: "OpenSSH_", open: true, families: []string{"openssh"}, source: "OpenSSH version.h"},
	{banner: "PuTTY", open: true, families: []string{"putty"}, source: "PuTTY sshver.h"},
	{banner: "WinSCP_release_", open: true, families: []string{"putty"}, source: "WinSCP"},
	{banner: "FileZilla_", open: true, families: []string{"putty"}, source: "FileZilla fzsftp"},
	{banner: "MoTTY_", open: true, families: []string{"putty"}, source: "MobaXterm's PuTTY, github.com/paramiko/paramiko/pull/2083"},
	{banner: "JSCH-", open: true, families: []string{"jsch"}, source: "JSch Session.java (jcraft)"},
	{banner: "JSCH_", open: true, families: []string{"jsch-mwiede"}, source: "JSch Session.java (mwiede)"},
	{banner: "paramiko_", open: true, families: []string{"paramiko"}, source: "paramiko transport.py"},
	{banner: "libssh2_", open: true, families: []string{"libssh2"}, source: "libssh2 include/libssh2.h"},
	{banner: "libssh-", open: true, families: []string{"libssh"}, source: "libssh before 0.8"},
	{banner: "libssh_", open: true, families: []string{"libssh"}, source: "libssh src/client.c"},
	{banner: "Go", families: []string{"go"}, source: "x/crypto/ssh transport.go"},
	{banner: "ssh2js", open: true, families: []string{"node-ssh2"}, source: "node ssh2 lib/client.js"},
	{banner: "dropbear_", open: true, families: []string{"dropbear"}, source: "dropbear sysoptions.h"},
	{banner: "Renci.SshNet.SshClient.", open: true, families: []string{"ssh.net"}, source: "SSH.NET Session.cs"},
	{banner: "SSHJ_", open: true, families: []string{"sshj"}, source: "sshj DefaultConfig.java"},
	{banner: "APACHE-SSHD-", open: true, families: []string{"mina"}, source: "MINA SSHD"},
	{banner: "SSHD-CORE-", open: true, families: []string{"mina"}, source: "MINA SSHD to 1.x"},
	{banner: "TrileadSSH2Java_", open: true, families: []string{"trilead"}, source: "Trilead TransportManager.java"},
	{banner: "Ganymed", open: true, families: []string{"ganymed"}, source: "Ganymed"},
	{banner: "Ruby/Net::SSH_", open: true, families: []string{"net-ssh"}, source: "Net::SSH version.rb"},
	{banner: "phpseclib_", open: true, families: []string{"phpseclib"}, source: "phpseclib SSH2.php"},
	{banner: "AsyncSSH_", open: true, families: []string{"asyncssh"}, source: "AsyncSSH connection.py"},
	{banner: "russh_", open: true, families: []string{"russh"}, source: "russh"},
	{banner: "SecureCRT_", open: true, families: []string{"securecrt"}, source: "SecureCRT"},
	{banner: "Nmap", open: true, families: []string{"nmap"}, source: "nmap nselib/ssh2.lua"},
	{banner: "Granados", open: true, families: []string{"bots"}, source: "github.com/cowrie/cowrie/issues/655"},
}
