#!/bin/sh
# Sets a host up to send what sshd logs to the CloudWatch log group "sshd". As
# root, in a copy of this folder, each part only where it is named:
#
#	AWS_REGION=eu-central-1 sh install.sh fluent-bit heartbeat verbose
#
#	fluent-bit         from the journal: sshsieve can tell who wrote a line. Take
#	                   this one where you can
#	cloudwatch-agent   from the file that rsyslog writes, where the CloudWatch
#	                   agent runs already. Not both: each line would count twice
#	heartbeat          one line an hour, for hosts with fewer than 24 lines a day.
#	                   The stack then needs Heartbeat=sshsieve-heartbeat
#	verbose            sshd says why a key was refused (10-sshsieve.conf)
#
# Before that: the stack, with LogGroup=sshd and CreateLogGroup=true, and for the
# host's role the policy in host-policy.json. Run again, it does the same again.
#
# What differs between systems:
#
#	Amazon Linux 2      rsyslog is there: /var/log/secure, "Nov  5 08:58:41". Its
#	                    systemd (219) has no sandbox for Fluent Bit. OpenSSH 7.4
#	                    reads no sshd_config.d
#	Amazon Linux 2023   no rsyslog until somebody installs it, and the CloudWatch
#	                    agent cannot read the journal. The same stamps
#	Debian 12, 13       the same, but /var/log/auth.log and ISO 8601 stamps
#	Ubuntu 22.04        rsyslog is there: /var/log/auth.log, "Nov  5 08:58:41"
#	Ubuntu 24.04        the same, but ISO 8601 stamps
#	RHEL 8, 9, 10       and CentOS Stream, Rocky, Alma, Oracle: rsyslog is there:
#	                    /var/log/secure, "Nov  5 08:58:41". RHEL 8's OpenSSH 8.0
#	                    reads no sshd_config.d
#
# On another one, SYSTEM= says which of these it is like: SYSTEM=rhel-10 (Fedora),
# amazon-linux-2023, debian-13, ubuntu-24.04 (their derivatives).
#
# The CloudWatch agent's timestamp_format has no %z where stamps end in +01:00: its
# %z takes +0100 only. "Local" is right instead, as rsyslog writes the host's own
# time. (sshsieve reads the zone itself. Of stamps without one it knows only what
# the agent says: after a change of the host's zone restart rsyslog and the agent.)
# It has no multi_line_start_pattern, as rsyslog writes a line feed as #012: a line
# is a record. It has no retention_in_days: the stack says how long lines are kept,
# and a host that may say it could have its own traces deleted.
set -eu
cd "$(dirname "$0")"

# Tests put these elsewhere.
root=${DESTDIR:-}
os_release=${OS_RELEASE:-/etc/os-release}

die() {
	printf 'install.sh: %s\n' "$*" >&2
	exit 1
}

usage() {
	die "want one or more of: fluent-bit cloudwatch-agent heartbeat verbose"
}

put() { install -D -m 644 "$1" "$root$2"; }

# Which system this is.

system() (
	# shellcheck disable=SC1090 # it is not there when this is checked
	. "$os_release"
	VERSION_ID=${VERSION_ID:-rolling}
	case ${SYSTEM:-$ID-$VERSION_ID} in
	amzn-2 | amazon-linux-2) echo amazon-linux-2 ;;
	amzn-2023 | amazon-linux-2023) echo amazon-linux-2023 ;;
	debian-12 | debian-13 | ubuntu-22.04 | ubuntu-24.04) echo "${SYSTEM:-$ID-$VERSION_ID}" ;;
	rhel-8 | rhel-9 | rhel-10) echo "${SYSTEM:-$ID-$VERSION_ID}" ;;
	rhel-8.* | rhel-9.* | rhel-10.*) echo "rhel-${VERSION_ID%%.*}" ;;
	centos-8 | centos-9 | centos-10) echo "rhel-$VERSION_ID" ;;
	rocky-8* | rocky-9* | rocky-10* | almalinux-8* | almalinux-9* | almalinux-10* | ol-8* | ol-9* | ol-10*) echo "rhel-${VERSION_ID%%.*}" ;;
	*) die "no configuration for ${SYSTEM:-$ID $VERSION_ID}. Say which it is like, and read what differs at the top of this file:
  SYSTEM=rhel-10 sh install.sh $*       Fedora and its kin: dnf, /var/log/secure
  SYSTEM=debian-13 sh install.sh $*     Debian's kin: apt, /var/log/auth.log, ISO 8601 stamps
  SYSTEM=ubuntu-22.04 sh install.sh $*  the same with older stamps (Nov  5 08:58:41)" ;;
	esac
)

# The name by which the distribution knows sshd's unit.
unit() {
	case $system in
	debian-* | ubuntu-*) echo ssh.service ;;
	*) echo sshd.service ;;
	esac
}

# Fluent Bit, from its makers' repository. Each package is signed.

fluent_bit() {
	[ -n "${AWS_REGION:-}" ] || die "AWS_REGION is not set"
	case $system in
	amazon-*) fluent_bit_rpm "amazonlinux/${system##*-}" ;;
	rhel-*) fluent_bit_rpm "centos/${system##*-}" ;; # its makers' installer takes it for all of the kin
	debian-12) fluent_bit_deb debian bookworm ;;
	debian-13) fluent_bit_deb debian trixie ;;
	ubuntu-22.04) fluent_bit_deb ubuntu jammy ;;
	ubuntu-24.04) fluent_bit_deb ubuntu noble ;;
	esac
	put fluent-bit/fluent-bit.yaml /etc/sshsieve/fluent-bit.yaml
	printf 'AWS_REGION=%s\n' "$AWS_REGION" >"$root/etc/sshsieve/agent.env"
	put fluent-bit/sshsieve-fluent-bit.service /etc/systemd/system/sshsieve-fluent-bit.service
	if [ "$system" = amazon-linux-2 ]; then # no StateDirectory there
		install -d -m 700 "$root/var/lib/sshsieve-fluent-bit"
	fi
	systemctl daemon-reload
	systemctl enable sshsieve-fluent-bit.service
	systemctl restart sshsieve-fluent-bit.service
}

fluent_bit_rpm() {
	install -d "$root/etc/yum.repos.d"
	cat >"$root/etc/yum.repos.d/fluent-bit.repo" <<-EOF
		[fluent-bit]
		name=Fluent Bit
		baseurl=https://packages.fluentbit.io/$1/
		gpgcheck=1
		gpgkey=https://packages.fluentbit.io/fluentbit.key
		enabled=1
	EOF
	yum install -y fluent-bit
}

fluent_bit_deb() {
	key=/usr/share/keyrings/fluentbit.asc
	apt-get update
	apt-get install -y ca-certificates curl
	install -d "$root/etc/apt/sources.list.d" "$root${key%/*}"
	curl -fsSL -o "$root$key" https://packages.fluentbit.io/fluentbit.key
	chmod 644 "$root$key" # apt reads it as _apt
	echo "deb [signed-by=$key] https://packages.fluentbit.io/$1/$2 $2 main" \
		>"$root/etc/apt/sources.list.d/fluent-bit.list"
	apt-get update
	apt-get install -y fluent-bit
}

# The CloudWatch agent, and rsyslog for it to read from.

cloudwatch_agent() {
	case $system in
	amazon-*) yum install -y rsyslog amazon-cloudwatch-agent ;;
	rhel-*) cloudwatch_agent_rpm ;;
	*) cloudwatch_agent_deb ;;
	esac
	systemctl enable rsyslog.service
	systemctl start rsyslog.service
	case $system in
	rhel-*) put cloudwatch-agent/rhel.json /etc/sshsieve/cloudwatch-agent-sshd.json ;;
	*) put "cloudwatch-agent/$system.json" /etc/sshsieve/cloudwatch-agent-sshd.json ;;
	esac
	home=/opt/aws/amazon-cloudwatch-agent
	action=fetch-config
	if [ -e "$root$home/etc/amazon-cloudwatch-agent.toml" ]; then
		action=append-config # what it does already, it goes on doing
	fi
	"$root$home/bin/amazon-cloudwatch-agent-ctl" -a "$action" -m ec2 -s \
		-c file:/etc/sshsieve/cloudwatch-agent-sshd.json
}

# AWS has no repository for the others. How to check the package's signature: AWS
# documentation, "Verifying the signature of the CloudWatch agent package".
agent_url=https://amazoncloudwatch-agent.s3.amazonaws.com

cloudwatch_agent_rpm() {
	case $(uname -m) in
	aarch64) machine=arm64 ;;
	*) machine=amd64 ;;
	esac
	yum install -y rsyslog "$agent_url/redhat/$machine/latest/amazon-cloudwatch-agent.rpm"
}

cloudwatch_agent_deb() {
	apt-get update
	apt-get install -y ca-certificates curl rsyslog
	deb=$(mktemp -d)/amazon-cloudwatch-agent.deb
	curl -fsSL -o "$deb" "$agent_url/${system%%-*}/$(dpkg --print-architecture)/latest/amazon-cloudwatch-agent.deb"
	dpkg -i "$deb"
	rm -r "${deb%/*}"
}

heartbeat() {
	put sshsieve-heartbeat.service /etc/systemd/system/sshsieve-heartbeat.service
	put sshsieve-heartbeat.timer /etc/systemd/system/sshsieve-heartbeat.timer
	systemctl daemon-reload
	systemctl enable sshsieve-heartbeat.timer
	systemctl restart sshsieve-heartbeat.timer
	systemctl start sshsieve-heartbeat.service # the first line, now
}

verbose() {
	grep -qi '^include.*sshd_config\.d' "$root/etc/ssh/sshd_config" ||
		die "sshd_config includes no sshd_config.d: write LogLevel VERBOSE at its top, then: systemctl reload $(unit)"
	put 10-sshsieve.conf /etc/ssh/sshd_config.d/10-sshsieve.conf
	sshd -t # stops here, before sshd would
	systemctl try-reload-or-restart "$(unit)"
}

[ $# -gt 0 ] || usage
for part in "$@"; do
	case $part in
	fluent-bit | cloudwatch-agent | heartbeat | verbose) ;;
	*) usage ;;
	esac
done
case " $* " in
*" fluent-bit "*)
	case " $* " in
	*" cloudwatch-agent "*) die "fluent-bit or cloudwatch-agent: both would send each line twice" ;;
	esac
	;;
esac
system=$(system "$@")
for part in "$@"; do
	case $part in
	fluent-bit) fluent_bit ;;
	cloudwatch-agent) cloudwatch_agent ;;
	heartbeat) heartbeat ;;
	verbose) verbose ;;
	esac
done
