#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# pairs.sh [OLD:NEW...]		default: 7.1:7.3 7.3:7.1
# Live updates across versions on unpatched kernels in QEMU: upstream's own tests preserve
# files under the old kernel, luo-load arms and jumps, the tests look at them in the new
# one. Then a veto, after which the sessions still have to be there for a second try.
# Prints TAP; the last line is "N passed, N failed, N skipped". `make` has built before.
set -eu
# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$top"

[ $# -gt 0 ] || set -- 7.1:7.3 7.3:7.1
"$vm/deps.sh"
luo_load=$BUILD/luo-load.static
[ -x "$luo_load" ] || die "$luo_load is missing: make builds it"

# Tests of the newest sources run on all kernels: the interface of /dev/liveupdate is the same.
newest=7.3

# module KDIR: builds the module, prints its path
module()
{
	local out=$BUILD/vm/${1##*/}/module
	make -s -C kernel KDIR="$1" MO="$out" >"$out.log" 2>&1 || return
	echo "$out/luo_bpf.ko"
}

# tests_for OLD: what the old kernel can create
tests_for()
{
	case $1 in
	6.19 | 7.1) echo luo_kexec_simple luo_multi_session luo_stress_files_128 \
			luo_stress_sessions_818 ;;
	*)	    echo luo_kexec_simple luo_multi_session luo_stress_files luo_stress_sessions ;;
	esac
}

# Commands of the guest: everything after the jump comes from another initramfs.
jump="/luo-load kexec --target /kernel --initrd /next --reuse-cmdline --exec"
commands()
{
	printf 'insmod /luo_bpf.ko\n/test -s 1\n'
	case $1 in
	plain)	printf '/luo-load arm --to %s\n%s\n' "$2" "$jump" ;;
	veto)	printf '/luo-load arm --to %s /bpf/luo_v5_accept.bpf.o\n! %s\n' "$2" "$jump"
		printf '! %s\n/luo-load status\n/luo-load disarm\n/luo-load detach --all\n' "$jump"
		printf '/luo-load arm --to %s\n%s\n' "$2" "$jump" ;;
	esac
	printf '/luo-load status\n'
}

# run_one NAME KIND OLD_KDIR NEW_KDIR MODULE TEST TARGET
run_one()
{
	local dir=$BUILD/vm/pairs/$1 kind=$2 old=$3 new=$4 module=$5 test=$6
	mkdir -p "$dir"
	printf '/test -s 2\n' >"$dir/next.commands"
	commands "$kind" "$7" >"$dir/commands"
	"$vm/initramfs.sh" "$dir/next" "$dir/next.commands" test="$test"
	"$vm/initramfs.sh" "$dir/initramfs" "$dir/commands" test="$test" \
		luo-load="$luo_load" luo_bpf.ko="$module" bpf="$BUILD/bpf" \
		kernel="$new/arch/x86/boot/bzImage" next="$dir/next"
	"$vm/qemu.sh" "$old" "$dir/initramfs" "$dir" || echo "# qemu ended with $?"
	if grep -aq "TEST PASSED" "$dir/results"; then
		result ok "$1: the test passed in the new kernel"
	else
		result "not ok" "$1: the test passed in the new kernel"
	fi
	guest_results "$dir" "$1"
}

# run_pair OLD:NEW
run_pair()
{
	local old=${1%:*} new=${1#*:} kold knew ko t tests
	kold=$("$vm/kernel.sh" "$old") && knew=$("$vm/kernel.sh" "$new") ||
		{ result "not ok" "$1 kernels build"; return; }
	mkdir -p "$BUILD/vm/${kold##*/}"
	ko=$(module "$kold") || { result "not ok" "$old luo_bpf.ko builds"; return; }
	tests=$BUILD/vm/upstream
	"$vm/upstream.sh" "$newest" "$("$vm/kernel.sh" "$newest")" "$tests"
	: "${VM_ACCEL:=$("$vm/qemu.sh" --accel "$kold")}"
	export VM_ACCEL
	for t in $(tests_for "$old"); do
		run_one "$old-$new-$t" plain "$kold" "$knew" "$ko" "$tests/$t" "$new"
	done
	run_one "$old-$new-veto" veto "$kold" "$knew" "$ko" "$tests/luo_multi_session" "$new"
}

for pair; do
	run_pair "$pair"
done
summary
