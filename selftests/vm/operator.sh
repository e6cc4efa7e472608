#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# operator.sh [OLD:NEW]		default: 7.1:7.3
# An update as an operator does it, command by command, with bpftool looking on; and what
# the report says in the new kernel. Prints TAP; the last line is "N passed, N failed, N
# skipped".
set -eu
# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/vm/scenario.sh
. "$vm/scenario.sh"
cd "$top"
# shellcheck source=selftests/vm/libbpf.sh
. "$vm/libbpf.sh"

pair=${1:-7.1:7.3}
old=${pair%:*} new=${pair#*:}
prepare || { result "not ok" "$newest kernel builds"; summary; exit; }
kernels "$old" "$new" || { summary; exit; }
ko_new=$(module "$knew") || { result "not ok" "$new luo_bpf.ko builds"; summary; exit; }

# The machines have no libraries: bpftool brings its own.
bpftool=${BPFTOOL:-$(sed -n 's/^CONFIG_BPFTOOL *:*= *//p' "$BUILD/config.mk")}
bpftool=$(command -v "$bpftool" || true)
files=()
if [ -n "$bpftool" ]; then
	files=(bpftool="$bpftool")
	while read -r f; do
		files+=("$f=$f")
	done < <(ldd "$bpftool" | grep -o '/[^ ]*' | sort -u)
fi

look()
{
	[ -n "$bpftool" ] || return 0
	echo "/bpftool prog list
/bpftool link list
/bpftool map list
/bpftool map dump pinned /sys/fs/bpf/luo/luo_status
/bpftool map dump pinned /sys/fs/bpf/luo/luo_catalogue
/bpftool btf list
/bpftool btf dump file /sys/kernel/btf/luo_bpf"
}

# What is not proved right is used only if it is asked for, and the new kernel knows.
unproved=$BUILD/vm/operator/kexec_metadata_v1_accept.bpf.o
mkdir -p "${unproved%/*}"
bpf_object "$unproved" "$vm/bpf/unproved.bpf.c"

scenario "$pair-operator" "insmod /luo_bpf.ko
/bin/state make 20
/luo-load /bpf/memfd_v2_accept.bpf.o
/luo-load attach --replace
/luo-load list
/luo-load inspect --live
/luo-load check $image
/luo-load check $image --rehearse
/luo-load status
$(look)
! /luo-load attach --replace /unproved/${unproved##*/}
/luo-load attach --replace --no-verify /unproved/${unproved##*/}
! /luo-load kexec $image
/luo-load kexec --no-verify $image
/luo-load status
/luo-load list
/luo-load report --last
/luo-load kexec $image --armed --exec" "insmod /new.ko
/luo-load report
/luo-load report -j
/luo-load inspect --live
/bin/state verify 20" new.ko="$ko_new" unproved="${unproved%/*}" "${files[@]}"

said "check says go" "check: $old -> $new: go" results
said "so does the rehearsal" "rehearsal: $old -> $new: go" results
said "live is not frozen" "live, not frozen" results
said "armed objects are listed" "memfd_v2_accept .*armed" results
said "what is not proved is refused" "refused by luo-load verify, not used"
said "status names it" '1 not verified \(kexec_metadata_v1_accept\)' results
said "so does the list" 'kexec_metadata_v1_accept .*armed  not verified' results
said "so does the report" 'kexec_metadata_v1_accept .*sha256 [0-9a-f]+  not verified' results
said "the freeze allocated nothing" "0 allocations beyond the reserve" results
said "the report came along" "^$old[0-9.]* -> $new .*hop 1" results
if [ -n "$bpftool" ]; then
	said "bpftool prog" "struct_ops .*name (accept|translate)" results
	said "bpftool link" "struct_ops  *map [0-9]" results
	said "bpftool map has the check" '"verdict": "(same|translated)"' results
	said "bpftool map has the formats" '"type": "memfd_luo_ser___v2"' results
	said "bpftool btf has the structures" "STRUCT 'luo_root___v1_7_1' size=24" results
else
	result skip "$pair-operator bpftool looks on" "there is no bpftool"
fi
summary
