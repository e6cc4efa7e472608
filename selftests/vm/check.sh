#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# check.sh [OLD:NEW...|all]: what make check-vm runs. Verifiers of the old kernels of the
# pairs, then the pairs, then what goes wrong. all: every pair there is, what has to be
# refused, and a chain. CONFIG=distro and DEBUG=1 choose other kernels, and what these add;
# PCI=1 adds PCI devices and their drivers.
# Prints TAP; the last line is "N passed, N failed, N skipped".
set -u
# Of the make that started this: nothing of it is for the makefiles of kernels.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

all=
case ${1:-} in
all)	all=1
	export KILL_STEP=${KILL_STEP:-5}
	set -- 6.19:7.1 6.19:7.2 6.19:7.3 7.1:7.2 7.1:7.3 7.2:7.1 7.2:7.3 7.3:7.1 7.3:7.2 \
		7.1:6.19 7.2:6.19 7.3:6.19 ;;
"")	case $flavour in
	debug)	set -- 7.1:7.3 7.3:7.1 ;;
	distro)	set -- 7.2:7.3 7.3:7.2 7.1:7.3 ;;
	*)	set -- 7.1:7.3 7.3:7.1 7.2:7.3 ;;
	esac ;;
esac
log=$(mktemp)
trap 'rm -f "$log"' EXIT
rc=0

# part COMMAND...: its results become ours
part()
{
	local p f s start=$SECONDS
	"$@" | tee "$log" | grep --line-buffered -vE '^([0-9]+ passed, .*|1\.\.[0-9]+)$'
	[ "${PIPESTATUS[0]}" -eq 0 ] || rc=1
	read -r p f s < <(sed -nE 's/^([0-9]*) passed, ([0-9]*) failed, ([0-9]*) skipped$/\1 \2 \3/p' \
		"$log" | tail -n 1)
	[ -n "${s:-}" ] || { echo "# ${1##*/} did not come to its end"; p=0 f=1 s=0; rc=1; }
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	echo "# ${1##*/}: $((SECONDS - start)) s"
}

mapfile -t olds < <(printf '%s\n' "$@" | cut -d: -f1 | sort -u)
part "$vm/verifiers.sh" "${olds[@]}"
part "$vm/pairs.sh" "$@"

# What does not depend on the formats needs one pair, which has to be one with a jump.
first=
for pair; do
	case $pair in
	*:6.19)	;;
	*)	first=$pair; break ;;
	esac
done
[ -z "$all" ] || first=7.1:7.3
if [ -n "$first" ]; then
	part "$vm/operator.sh" "$first"
	part "$vm/vetoes.sh" "$first"
	# On slow kernels one test of that kind has to do.
	[ "$flavour" = debug ] || part "$vm/faults.sh" "$first"
fi
[ -z "$all" ] || part "$vm/chain.sh"
[ -z "$all" ] || part "$vm/flb.sh"
[ -z "$all" ] || part "$vm/finalize.sh"
part "$vm/thp.sh"
[ "${PCI:-0}" = 0 ] || part "$vm/pci.sh"
summary || rc=1
exit $rc
