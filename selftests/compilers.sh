#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Translators compile without a warning, with the newer clangs too: between the floor (14)
# and these, what clang takes and what it emits for BPF changed most.
set -u
i=0
for cc in ${OTHER_CLANGS:-clang-16 clang-19}; do
	out=$BUILD/$cc/bpf
	mkdir -p "$out"
	for src in kernel/abi/catalogue.bpf.c bpf-progs/*.bpf.c; do
		[ -e "$src" ] || continue
		name="$cc compiles ${src##*/}"
		i=$((i + 1))
		if ! command -v "$cc" >/dev/null; then
			echo "ok $i - $name # SKIP $cc is not installed"
		elif $cc $BPF_CFLAGS -c -o "$out/$(basename "$src" .c).o" "$src" 2>"$out/log"; then
			echo "ok $i - $name"
		else
			echo "not ok $i - $name"
			sed 's/^/# /' "$out/log"
		fi
	done
done
echo "1..$i"
