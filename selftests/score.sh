#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The mutation score of what is shipped (selftests/force/score.c): of changes to single
# instructions that change the output, how many does the verifier catch? EVERY=1 takes every
# instruction, which takes minutes; SEED chooses which one of EVERY.
set -u
here=$(dirname "$(realpath "$0")")
SRC=${SRC:-${here%/*}} BUILD=${BUILD:-${here%/*}/build}
export LUO_BPF_PATH=$BUILD/bpf TMPDIR=${TMPDIR:-/tmp}
nr=0 failed=0

while IFS= read -r line; do
	case $line in
	"ok - "*)	nr=$((nr + 1)); echo "ok $nr - ${line#ok - }" ;;
	"not ok - "*)	nr=$((nr + 1)) failed=1; echo "not ok $nr - ${line#not ok - }" ;;
	*)		echo "$line" ;;
	esac
done < <("$BUILD/selftests/force/force" --score --every "${EVERY:-12}" \
	--seed "${SEED:-$(($(date +%s) / 86400))}" --data "$SRC/selftests/data" \
	"$BUILD"/bpf/*.bpf.o)
((nr)) || { echo "not ok 1 - nothing was scored"; failed=1 nr=1; }

echo "1..$nr"
((failed == 0))
