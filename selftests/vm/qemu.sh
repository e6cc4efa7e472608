#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# qemu.sh KDIR INITRAMFS DIR [KERNEL_ARGUMENT...]
# Boots the kernel of a build directory and waits for its end. DIR/console gets the kernel's
# messages, DIR/results what tests print. Exits with 124 after VM_TIMEOUT seconds (900: a busy machine is no hang).
#
# qemu.sh --accel KDIR
# Prints kvm if that kernel comes up under KVM, otherwise tcg. To be exported as VM_ACCEL by
# who starts several machines; without it each start finds out for itself.
#
# 1 GiB: KHO's scratch does not fit into less for sure. VM_MEMORY has another number of MiB,
# VM_NODES a number of NUMA nodes that share it, VM_SCRATCH sizes of KHO's scratch (below
# 4 GiB, anywhere, in each node), VM_DEVICES more options of QEMU, QEMU another binary. CONFIG
# and DEBUG choose what they need: above 4 GiB, with a node below and one across; room for
# KASAN's shadow.
set -eu
# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

case $flavour in
distro)	: "${VM_MEMORY:=6144}" "${VM_NODES:=2}" "${VM_TIMEOUT:=1200}"
	scratch=64M,512M,256M ;;
debug | pci-debug)
	: "${VM_MEMORY:=3072}" "${VM_TIMEOUT:=1200}"
	# While 7.3 identifies its processor it forgets for a moment that it has five levels
	# of page tables; KASAN then calls what an interrupt touches wild.
	cpu=max,la57=off
	# Not twice what is in use at boot: KASAN's shadow is an eighth of the memory.
	scratch=64M,768M,256M ;;
# The default is twice what is in use at boot, in one piece: with a large initramfs that is
# not always to be had, and KHO is off.
*)	scratch=32M,256M,64M ;;
esac
memory=${VM_MEMORY:-1024} nodes=(-smp "2,sockets=${VM_NODES:-1}")
for ((i = 0; i < ${VM_NODES:-0}; i++)); do
	nodes+=(-object "memory-backend-ram,id=m$i,size=$((memory / VM_NODES))M"
		-numa "node,nodeid=$i,cpus=$i,memdev=m$i")
done

# start ACCEL SECONDS KDIR DIR ARGUMENT...
start()
{
	local accel=$1 limit=$2 kdir=$3 dir=$4
	shift 4
	mkdir -p "$dir"
	rm -f "$dir/console" "$dir/results"
	timeout --foreground -k 10 "$limit" \
		"${QEMU:-qemu-system-x86_64}" -nodefaults -display none -no-reboot \
		-machine "q35,accel=$accel" -cpu "${cpu:-max}" -m "$memory" "${nodes[@]}" \
		-kernel "$kdir/arch/x86/boot/bzImage" \
		-serial "file:$dir/console" -serial "file:$dir/results" ${VM_DEVICES:-} "$@" \
		</dev/null
}

# A device that opens proves nothing: on nested machines the guest may fault or hang. Without
# an initramfs the kernel panics and resets as soon as it has come up.
find_accel()
{
	local t accel=tcg
	if [ -w /dev/kvm ]; then
		t=$(mktemp -d)
		! start kvm 10 "$1" "$t" -append "console=ttyS0 panic=-1" 2>/dev/null ||
			! grep -q "Kernel panic" "$t/console" || accel=kvm
		rm -rf "$t"
	fi
	echo $accel
}

if [ "${1:-}" = --accel ] && [ $# -eq 2 ]; then
	find_accel "$2"
	exit
fi
[ $# -ge 3 ] || die "usage: qemu.sh KDIR INITRAMFS DIR [KERNEL_ARGUMENT...]"
kdir=$1 initramfs=$2 dir=$3
shift 3
start "${VM_ACCEL:-$(find_accel "$kdir")}" "${VM_TIMEOUT:-900}" "$kdir" "$dir" \
	-initrd "$initramfs" -append "console=ttyS0 panic=-1 tsc=reliable kho=on \
liveupdate=on kho_scratch=${VM_SCRATCH:-$scratch} $*"
