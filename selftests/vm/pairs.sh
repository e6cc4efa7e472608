#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# pairs.sh [OLD:NEW...]		default: 7.1:7.3 7.3:7.1
# Live updates across versions on unpatched kernels in QEMU: files are preserved under the
# old kernel, by upstream's own tests and by guest/state.c, luo-load arms and jumps, the
# tests look at them in the new one. Then a veto, after which the sessions still have to be
# there for a second try. OLD:6.19 has to be refused, and to leave everything as it was.
# Prints TAP; the last line is "N passed, N failed, N skipped". `make` has built before.
set -eu
# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/vm/scenario.sh
. "$vm/scenario.sh"
cd "$top"

[ $# -gt 0 ] || set -- 7.1:7.3 7.3:7.1
prepare || { result "not ok" "$newest kernel builds"; summary; exit; }

# tests_for OLD: what the old kernel can create. The large ones bring nothing new, only time,
# where the kernel is slow.
tests_for()
{
	case $flavour-$1 in
	debug-*) echo luo_kexec_simple ;;
	*-6.19 | *-7.1) echo luo_kexec_simple luo_multi_session luo_stress_files_128 \
			luo_stress_sessions_818 ;;
	*)	echo luo_kexec_simple luo_multi_session luo_stress_files luo_stress_sessions ;;
	esac
}

# run_upstream OLD:NEW TEST: upstream's test says so in words
run_upstream()
{
	scenario "$1-$2" "insmod /luo_bpf.ko
/test -s 1
$jump" "/test -s 2" test="$upstream/$2"
	said "passed in the new kernel" "TEST PASSED" results
}

# run_state OLD:NEW: also looked at before, and reported behind
run_state()
{
	scenario "$1-state" "insmod /luo_bpf.ko
/bin/state make 1
/luo-load check $image --rehearse
$jump" "/bin/state verify 1
/luo-load report"
}

# run_veto OLD:NEW: armed with one object only. That neither step nor acceptor of the LUO root
# are there is found at the jump
run_veto()
{
	local vetoed="/luo-load kexec $image --armed --exec"
	scenario "$1-veto" "insmod /luo_bpf.ko
/bin/state make 2
/luo-load arm --unchecked $image /bpf/memfd_v2_accept.bpf.o
! $vetoed
! $vetoed
/luo-load status
/luo-load disarm
/luo-load detach --all
$jump" "/bin/state verify 2"
	said "names the reason" "NO_(TRANSLATOR|ACCEPTOR)"
}

# run_refusal OLD:6.19 INSTEAD: what can't be carried is known before anything is frozen; a
# third kernel shows that the state is what it was
run_refusal()
{
	local refused=$knew/arch/x86/boot/bzImage
	knew=$(kernel "$2") || { result "not ok" "$2 kernel builds"; return; }
	scenario "$1-refused" "insmod /luo_bpf.ko
/bin/state make 3
! /luo-load check ${image/kernel/refused}
! /luo-load arm ${image/kernel/refused}
! ${jump/\/kernel/\/refused}
/luo-load status
$jump" "/bin/state verify 3" refused="$refused"
	said "names the reason" "KHO_MAP_TO_BITMAPS"
}

# run_scratch OLD:NEW: 6.19 and 7.1 with huge pages align scratch to 2 MiB. A kernel with
# deferred initialisation can't take that, 7.2 and 7.3 align to 4 MiB. An area that has an odd
# number of these is refused for sure; others, because of where they came to lie, sometimes.
run_scratch()
{
	case $flavour-$1 in
	distro-6.19:7.[23] | distro-7.1:7.[23]) ;;
	*)	return 0 ;;
	esac
	VM_SCRATCH=64M,512M,258M scenario "$1-scratch" "insmod /luo_bpf.ko
/bin/state make 4
! /luo-load check $image --rehearse
/luo-load inspect --live" "/bin/true"
	said "names the reason" SCRATCH_ALIGNMENT
	unlucky=SCRATCH_ALIGNMENT
}

# run_pair OLD:NEW
run_pair()
{
	local old=${1%:*} new=${1#*:} t kold knew ko unlucky=
	kernels "$old" "$new" || return 0
	if [ "$new" = 6.19 ]; then
		case $old in
		7.1)	run_refusal "$1" 7.3 ;;
		*)	run_refusal "$1" 7.1 ;;
		esac
		return
	fi
	run_scratch "$1"
	for t in $(tests_for "$old"); do
		run_upstream "$1" "$t"
	done
	run_state "$1"
	run_veto "$1"
}

for pair; do
	run_pair "$pair"
done
summary
