#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vetoes.sh [OLD:NEW]		default: 7.1:7.3
# A hundred vetoes, for several reasons, and then a jump that has to succeed with all of the
# state. With DEBUG=1 each single allocation of a jump fails once instead, and kmemleak is
# asked. Prints TAP; the last line is "N passed, N failed, N skipped".
set -eu
# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/vm/scenario.sh
. "$vm/scenario.sh"
cd "$top"

pair=${1:-7.1:7.3}
old=${pair%:*} new=${pair#*:}
prepare || { result "not ok" "$newest kernel builds"; summary; exit; }
kernels "$old" "$new" || { summary; exit; }

# The sets of objects that are armed: nothing at all, steps without acceptors, all but the
# LUO root's acceptor, which is found when everything else was done already.
mkdir -p "$BUILD/vm/sets"/{steps,noroot}
rm -f "$BUILD"/vm/sets/*/*
for o in "$BUILD"/bpf/*.bpf.o; do
	case $o in
	*/luo_v*_accept.bpf.o)	cp "$o" "$BUILD/vm/sets/" ;;
	*_accept.bpf.o)		cp "$o" "$BUILD/vm/sets/noroot/" ;;
	*)			cp "$o" "$BUILD/vm/sets/steps/"; cp "$o" "$BUILD/vm/sets/noroot/" ;;
	esac
done

# vetoes TIMES OBJECT...
vetoes()
{
	echo "/luo-load arm --unchecked $image ${*:2}"
	echo "/luo-load kexec $image --armed"
	echo "/bin/vetoed $1"
	echo "/luo-load status"
	echo "/luo-load disarm"
	echo "/luo-load detach --all"
}

hundred()
{
	echo "insmod /luo_bpf.ko"
	echo "/bin/state make 8"
	vetoes 40 /sets/noroot
	vetoes 30 /sets/steps
	vetoes 20 /bpf/memfd_v2_accept.bpf.o
	for ((i = 0; i < 10; i++)); do
		echo "/luo-load check $image --rehearse"
	done
	# The same state is still to be had, also for who adds to it.
	echo "/bin/state make 9"
	echo "$jump"
}

failing()
{
	local d=/sys/kernel/debug
	echo "insmod /luo_bpf.ko"
	echo "/bin/state make 8"
	printf 'write %s N\n' $d/failslab/ignore-gfp-wait $d/fail_page_alloc/ignore-gfp-wait
	# Their stack traces would look like a complaint of the kernel.
	printf 'write %s 0\n' $d/fail_page_alloc/min-order $d/failslab/verbose \
		$d/fail_page_alloc/verbose
	echo "/luo-load kexec $image"
	echo "/bin/failnth rehearse"
	echo "/bin/leaks"
	echo "/luo-load status"
	echo "/bin/failnth jump"
}

if [ "$flavour" = debug ]; then
	scenario "$pair-failing" "$(failing)" "/bin/state verify 8"
	said "each allocation was let fail" '^ok 1 - the failures' results
else
	scenario "$pair-100-vetoes" "$(hundred)" "/bin/state verify 8
/bin/state verify 9" sets="$BUILD/vm/sets"
	result skip "$pair each allocation of a jump fails" "only kernels of DEBUG=1 can do that"
fi
summary
