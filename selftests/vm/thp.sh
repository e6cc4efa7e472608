#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# thp.sh [OLD:NEW]		default: 7.2:7.3; CONFIG=distro
# Files of large folios, which a kernel without transparent huge pages takes and reads wrong,
# though it has the same formats. It has to be refused by name, and a kernel of which nobody
# knows its configuration too; one that has them then gets everything.
# Prints TAP; the last line is "N passed, N failed, N skipped".
set -eu
# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/vm/scenario.sh
. "$vm/scenario.sh"
cd "$top"

pair=${1:-7.2:7.3}
if [ "$flavour" != distro ]; then
	result skip "$pair large folios" "only kernels of CONFIG=distro have them"
	summary
	exit
fi
prepare || { result "not ok" "$newest kernel builds"; summary; exit; }
kernels "${pair%:*}" "${pair#*:}" || { summary; exit; }
without=$(kernel "${pair#*:}" min) ||
	{ result "not ok" "${pair#*:} kernel without huge pages builds"; summary; exit; }

refused=${image/\/kernel/\/without}
scenario "$pair-thp" "insmod /luo_bpf.ko
write /sys/kernel/mm/transparent_hugepage/shmem_enabled always
/bin/state make 20
! /luo-load check $refused --rehearse
! /luo-load arm $refused
! ${jump/\/kernel/\/without}
! /luo-load arm --to ${pair#*:}
! ${jump/\/kernel/\/without} --target-config no-thp
/luo-load status
$jump" "/bin/state verify 20" without="$without/arch/x86/boot/bzImage"
said "the state has huge pages" 'ShmemHugePages: +[1-9]' results
said "names the reason" MEMFD_LARGE_FOLIO
summary
