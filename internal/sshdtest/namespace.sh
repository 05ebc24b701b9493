# Runs sshd where it can neither see nor change the accounts and the log of this
# machine. Started in mount and process namespaces of its own (see start in
# server.go); the directory $1 holds what takes the place of /etc and /dev/log.
set -e
dir=$1
shift

mount --make-rprivate /

# sshd finds its accounts, and their passwords, in files of the test.
for name in passwd group shadow; do
	mount --bind "$dir/etc/$name" "/etc/$name"
done
if [ -d /etc/pam.d ]; then
	mount --bind "$dir/etc/pam.d" /etc/pam.d
fi

# A /dev with a log socket of the test, whether or not the machine has one.
mkdir "$dir/dev"
mount -t tmpfs -o mode=755 tmpfs "$dir/dev"
for node in null zero full random urandom tty; do
	: >"$dir/dev/$node"
	mount --bind "/dev/$node" "$dir/dev/$node"
done
mkdir "$dir/dev/pts"
mount --rbind /dev/pts "$dir/dev/pts"
ln -s pts/ptmx "$dir/dev/ptmx"
ln -s "$dir/log" "$dir/dev/log"
mount --move "$dir/dev" /dev

# The directory that sshd's unprivileged child is locked into.
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -m 755 /run/sshd

exec "$@"
