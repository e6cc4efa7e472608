#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# check.sh [OLD:NEW...]: what make check-vm runs. Verifiers of the old kernels of the pairs,
# then the pairs. Prints TAP; the last line is "N passed, N failed, N skipped".
set -u
# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

[ $# -gt 0 ] || set -- 7.1:7.3 7.3:7.1 7.2:7.3
log=$(mktemp)
trap 'rm -f "$log"' EXIT
rc=0

# part COMMAND...: its results become ours
part()
{
	local p f s
	"$@" | tee "$log" | grep -vE '^([0-9]+ passed, .*|1\.\.[0-9]+)$'
	[ "${PIPESTATUS[0]}" -eq 0 ] || rc=1
	read -r p f s < <(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' "$log" | tail -n 1)
	[ -n "${s:-}" ] || { echo "# ${1##*/} did not come to its end"; p=0 f=1 s=0; rc=1; }
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

mapfile -t olds < <(printf '%s\n' "$@" | cut -d: -f1 | sort -u)
part "$vm/verifiers.sh" "${olds[@]}"
part "$vm/pairs.sh" "$@"
summary || rc=1
exit $rc
