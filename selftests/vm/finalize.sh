#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# finalize.sh
# 6.19 makes its memory map behind the last freeze, and when that fails it returns from
# reboot(2) with all sessions frozen. The module puts them right: they are usable, can be
# added to, and are carried by the next jump. PAIRS=all only. Prints TAP; the last line is
# "N passed, N failed, N skipped".
set -eu
# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/vm/scenario.sh
. "$vm/scenario.sh"
cd "$top"

prepare || { result "not ok" "$newest kernel builds"; summary; exit; }
kernels 6.19 7.3 || { summary; exit; }
out=$BUILD/vm/${kold##*/}/finalize
mkdir -p "$out"
make -s -C "$kold" M="$vm/guest/finalize" MO="$out" modules >"$out.log" 2>&1 ||
	{ result "not ok" "finalize_fails.ko builds"; summary; exit; }

scenario finalize "insmod /luo_bpf.ko
/bin/state make 31
/luo-load kexec $image
insmod /finalize_fails.ko
/bin/vetoed 5 again
/luo-load status
/bin/state make 32
rmmod finalize_fails
/luo-load kexec $image --armed --exec" "/bin/state verify 31
/bin/state verify 32" finalize_fails.ko="$out/finalize_fails.ko"
said "is what 6.19 reports" "kho_finalize failed -12"
summary
