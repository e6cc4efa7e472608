#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# flb.sh
# File-lifecycle-bound data: upstream's test registers three with every file handler, so they
# are alive as soon as a memfd is preserved, and LUO writes their table behind the last
# freeze. The 7.3 that follows is built without that test: refused, until --to says that it is
# to be taken for 7.3 as it was published. A kernel of its own: PAIRS=all only. Prints TAP; the
# last line is "N passed, N failed, N skipped".
set -eu
# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/vm/scenario.sh
. "$vm/scenario.sh"
cd "$top"

prepare || { result "not ok" "$newest kernel builds"; summary; exit; }
kernels 7.1 7.3 || { summary; exit; }
kold=$("$vm/kernel.sh" 7.1 "$vm/flb.config") ||
	{ result "not ok" "7.1 with LIVEUPDATE_TEST builds"; summary; exit; }
ko=$(module "$kold") || { result "not ok" "7.1 luo_bpf.ko builds"; summary; exit; }

published="$image --to 7.3"
scenario flb "insmod /luo_bpf.ko
/bin/state make 30
/luo-load inspect --live
! /luo-load check $image
/luo-load check $published
/luo-load check $published --rehearse
/luo-load arm --unchecked $published /bpf/memfd_v2_accept.bpf.o
/luo-load kexec $published --armed
! /luo-load kexec --armed --exec $published
/luo-load disarm
${jump//$image/$published}" "/bin/state verify 30
/luo-load report"
said "they are alive" "flb liveupdate-test-flb-v0  [1-9][0-9]* users" results
said "an image without them is refused" "NO_TRANSLATOR LUO/flb 'liveupdate-test-flb-v0'"
said "and carried" "same       LUO.*flb.*liveupdate-test-flb-v0" results
summary
