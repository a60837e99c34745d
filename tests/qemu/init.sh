#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Process 1 of the guest. ttyS0 is the kernel's log, ttyS1 the line to guest.py.
#
# Over the line come numbers: N means: run /share/N.sh. Its output goes to /share/N.out, and when it
# has ended its exit status comes back as 'N STATUS'. Commands run side by side, each in a session
# of its own whose leader is named in /share/N.pid.
export PATH=/sbin:/bin:/usr/sbin:/usr/bin HOME=/root TERM=dumb

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/shm /dev/pts /var/tmp
chmod 1777 /dev/shm /tmp /var/tmp
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /run
ln -s /proc/self/fd /dev/fd
ip link set lo up
printf 'root::0:0:root:/root:/bin/sh\nuser::1000:1000:user:/tmp:/bin/sh\n' >/etc/passwd
printf 'root:x:0:\nuser:x:1000:\n' >/etc/group

share_options=trans=virtio,version=9p2000.L,msize=512000
for module in virtio_pci 9pnet_virtio 9p nvme; do
	modprobe "$module"
done
mount -t 9p -o "$share_options,cache=none" share /share
mount -t 9p -o "ro,$share_options,cache=loose" build /build
mount -t 9p -o "ro,$share_options,cache=loose" source /source
# From here on everything that the kernel says is for guest.py to judge.
dmesg -n 8
echo "${hung_task_s:-30}" >/proc/sys/kernel/hung_task_timeout_secs

run()
{
	# shellcheck disable=SC2016 # the inner shell's
	setsid sh -c 'echo $$ >/share/$1.pid; exec sh /share/$1.sh' sh "$1" </dev/null \
		>"/share/$1.out" 2>&1
	echo "$1 $?" >&3
}

# Opened once: what arrives while nobody has it open is lost.
exec 3<>/dev/ttyS1
stty raw -echo <&3
echo 'ready 0' >&3
while read -r number <&3; do
	run "$number" &
done
poweroff -f
