#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The tour of README.md, on captures of real kernels: `make run`.
set -eu
LUO_LOAD=${LUO_LOAD:-build/luo-load}
SRC=${SRC:-.}
data=$SRC/selftests/data
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

say()
{
	printf '\n$ luo-load'
	printf ' %s' "$@" | sed "s|$out/||g; s|$data/|selftests/data/|g"
	printf '\n'
	rc=0
	"$LUO_LOAD" "$@" 2>&1 | sed "s|$out/||g; s|$data/|selftests/data/|g" || rc=$?
}

echo "1. What a stock 7.1 kernel was about to hand over."
say inspect "$data/7.1-luo_kexec_simple.core"
echo
echo "2. The same state for 7.3, which alone would have refused it."
say run -i "$data/7.1-luo_kexec_simple.core" -o "$out/new.core" --to 7.3
say inspect "$out/new.core"
echo
echo "3. And back: nothing is lost."
say run -i "$out/new.core" -o "$out/back.core" --to 7.1
echo
echo "4. What can't be carried is refused, every blocker by name; nothing is written."
say run -i "$data/7.1-luo_mixed_open.core" -o "$out/never.core" --to 6.19
[ ! -e "$out/never.core" ]
