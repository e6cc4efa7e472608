# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# One machine that runs lines of commands under an old kernel and, if it jumps, other lines
# under a new one. To be sourced, after lib.sh and with $top as the directory.

# Tests of the newest sources run on all kernels: the interface of /dev/liveupdate is the same.
newest=7.3
luo_load=$BUILD/luo-load.static
upstream=$BUILD/vm/upstream
programs=$BUILD/vm/guest

# prepare: what every machine gets
prepare()
{
	local k
	"$vm/deps.sh"
	[ -x "$luo_load" ] || die "$luo_load is missing: make builds it"
	k=$("$vm/kernel.sh" "$newest") || return
	"$vm/upstream.sh" "$newest" "$k" "$upstream"
	"$vm/programs.sh" "$k" "$programs"
}

# kernel VERSION [FLAVOUR]: builds a kernel of the flavour, prints its directory
kernel()
{
	local f=() list
	list=$(fragments "$1" "${2:-$flavour}") || return
	mapfile -t f <<<"$list"
	"$vm/kernel.sh" "$1" ${list:+"${f[@]}"}
}

# module KDIR: builds the module, prints its path
module()
{
	local out=$BUILD/vm/${1##*/}/module
	mkdir -p "${out%/*}"
	make -s -C kernel KDIR="$1" MO="$out" >"$out.log" 2>&1 || return
	echo "$out/luo_bpf.ko"
}

# kernels OLD NEW: $kold, $knew and $ko, or results that say what did not build
kernels()
{
	kold=$(kernel "$1") && knew=$(kernel "$2") ||
		{ result "not ok" "$1:$2 kernels build"; return 1; }
	ko=$(module "$kold") || { result "not ok" "$1 luo_bpf.ko builds"; return 1; }
}

# What luo-load has to know about the next kernel, and the command that goes there.
image="--target /kernel --initrd /next --reuse-cmdline"
jump="/luo-load kexec $image --exec"

# scenario NAME COMMANDS NEXT_COMMANDS [GUEST_PATH=FILE...]: runs on $kold, can jump to
# $knew, which has NEXT_COMMANDS. Logs are in $dir, results become ours. A machine that prints
# $unlucky found its memory in a bad place: it starts again, at most five times. $arguments
# are more of its kernel, old_files more files that it alone has.
old_files=()
scenario()
{
	local name=$1 old=$2 next=$3 tries
	shift 3
	dir=$BUILD/vm/scenarios/$flavour/$name
	mkdir -p "$dir"
	printf '%s\n' "$next" >"$dir/next.commands"
	printf '%s\n' "$old" >"$dir/commands"
	"$vm/initramfs.sh" "$dir/next" "$dir/next.commands" bin="$programs" \
		luo-load="$luo_load" "$@"
	"$vm/initramfs.sh" "$dir/initramfs" "$dir/commands" bin="$programs" bpf="$BUILD/bpf" \
		luo-load="$luo_load" luo_bpf.ko="$ko" next="$dir/next" \
		kernel="$knew/arch/x86/boot/bzImage" "$@" "${old_files[@]}"
	: "${VM_ACCEL:=$("$vm/qemu.sh" --accel "$kold")}"
	export VM_ACCEL
	for tries in 1 2 3 4 5 6; do
		"$vm/qemu.sh" "$kold" "$dir/initramfs" "$dir" ${arguments:-} || echo "# qemu ended with $?"
		[ -n "${unlucky:-}" ] && grep -aq "$unlucky" "$dir/console" || break
		echo "# $name: $unlucky, start $tries"
	done
	guest_results "$dir" "$name"
}

# said WHAT REGEX [FILE]: one more result, whether the last scenario printed it
said()
{
	if grep -aqE "$2" "$dir/${3:-console}"; then
		result ok "${dir##*/} $1"
	else
		result "not ok" "${dir##*/} $1"
		echo "# no /$2/ in $dir/${3:-console}"
	fi
}
