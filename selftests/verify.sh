#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The verifier: the corpus of bpf/verify, and what is shipped. A wrong translator says in a
# comment "refused: PROPERTY" or "unknown: PROPERTY" where the verifier has to point at.
set -u
here=$(dirname "$(realpath "$0")")
SRC=${SRC:-${here%/*}} BUILD=${BUILD:-${here%/*}/build}
load=${LUO_LOAD_ASAN:-$BUILD/asan/luo-load}
fast=${LUO_LOAD:-$BUILD/luo-load}
export ASAN_OPTIONS=${ASAN_OPTIONS:-exitcode=99} UBSAN_OPTIONS=${UBSAN_OPTIONS:-exitcode=99}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
nr=0 failed=0

# result NAME: the exit code before it decides (so no $(..) in NAME); $tmp/out explains
result()
{
	local rc=$?

	nr=$((nr + 1))
	if ((rc == 0)); then
		echo "ok $nr - $1"
	else
		failed=$((failed + 1))
		echo "not ok $nr - $1"
		sed 's/^/#   /' "$tmp/out" | head -n 12
	fi
}

say() { echo "$*" >>"$tmp/out"; return 1; }

# verify CODES OBJECT [OPTION..]: one of the exit codes and nothing on stderr
verify()
{
	local want=$1 rc

	shift
	timeout 60 "$load" verify "$@" >"$tmp/out" 2>"$tmp/err"
	rc=$?
	[[ " $want " == *" $rc "* ]] && [ ! -s "$tmp/err" ] ||
		say "exit $rc, not $want: $(cat "$tmp/err")"
}

# ---- the corpus --------------------------------------------------------------------------

# wrong SOURCE: each mark has to be met, and the verdict is that of the worst, or worse
wrong()
{
	local src=$1 base=${1##*/} name line verdict rule code='4 8' marks

	name=${base%.bpf.c}
	marks=$(grep -nE '/\* (refused|unknown): [a-z]+ \*/' "$src" |
		sed -E 's#^([0-9]+):.*/\* (refused|unknown): ([a-z]+) \*/.*#\1 \2 \3#')
	[ -n "$marks" ] || say "no mark in $src" || return
	case $marks in *refused*) code=4 ;; esac
	verify "$code" "$BUILD/selftests/bpf/verify/$name.bpf.o" || return
	while read -r line verdict rule; do
		grep -q "^$base:$line: $verdict: .*(property: $rule)\$" "$tmp/out" ||
			say "no line '$base:$line: $verdict: .. (property: $rule)'" || return
	done <<<"$marks"
}

for src in "$SRC"/selftests/bpf/verify/wrong_*.bpf.c; do
	title="$(basename "$src" .bpf.c): $(sed -n '2s|/\* \(.*\) \*/|\1|p' "$src")"
	wrong "$src"
	result "$title"
done
for src in "$SRC"/selftests/bpf/verify/right_*.bpf.c; do
	name=$(basename "$src" .bpf.c)
	verify 0 "$BUILD/selftests/bpf/verify/$name.bpf.o"
	result "$name: is proved"
done

# ---- what is shipped ---------------------------------------------------------------------

for obj in "$BUILD"/bpf/*.bpf.o; do
	name=$(basename "$obj" .bpf.o)
	verify 0 "$obj"
	result "$name: is proved"
done

for name in luo_v5_to_v6 luo_v6_to_v5 luo_v6_accept; do
	verify 0 "$BUILD/selftests/bpf/$name.bpf.o"
	result "$name: is proved"
done

# What the engine refuses at run time is not proved, whatever else is said of it.
for obj in "$BUILD"/selftests/bpf/hostile_*.bpf.o; do
	name=$(basename "$obj" .bpf.o)
	"$load" verify "$obj" >"$tmp/out" 2>&1
	rc=$?
	((rc == 4 || rc == 8)) || say "exit $rc"
	result "$name: is not proved"
done

# fast OBJECT MS: time of the processor, as others keep machines busy; the fastest of 9 runs
# without sanitizers, with all that a process takes to begin and to end
fast()
{
	local name ms TIMEFORMAT='%3U %3S'

	name=$(basename "$1" .bpf.o)
	mapfile -t ms < <(for _ in 1 2 3 4 5 6 7 8 9; do
		{ time "$fast" verify "$1" >/dev/null; } 2>&1 |
			awk '{ print int(($1 + $2) * 1000 + 0.5) }'
	done | sort -n)
	echo "# $name: median ${ms[4]} ms of the processor"
	[ -n "${ms[8]}" ] && ((ms[0] < $2)) || say "${ms[*]} ms"
	result "$name: takes less than $2 ms"
}

for obj in "$BUILD"/bpf/*.bpf.o; do
	case $obj in
	# 72 paths
	*/pci_p5_d3_to_p5_d4.bpf.o)	fast "$obj" 20 ;;
	*)				fast "$obj" 10 ;;
	esac
done
fast "$BUILD/selftests/bpf/verify/right_straight.bpf.o" 100

# ---- the command -------------------------------------------------------------------------

verify 0 --lineage "$BUILD/bpf/memfd_v1_to_v2.bpf.o" &&
	grep -q 'new.seals <- ' "$tmp/out" && grep -q 'old.pos -> new.pos' "$tmp/out"
result "lineage: text"
verify 0 -j --lineage "$BUILD/bpf/memfd_v2_to_v1.bpf.o" && python3 - "$tmp/out" <<-'P'
	import json, sys
	o = json.load(open(sys.argv[1]))[0]
	assert o["verdict"] == "proved" and o["kind"] == "translator"
	to = {f["field"]: f["to"] for f in o["input"]}
	assert to["pos"] == "new.pos" and to["seals"].startswith("dropped: "), to
	assert {f["field"] for f in o["output"]} >= {"pos", "size", "nr_folios", "folios"}
P
result "lineage: JSON"
verify 0 --lineage "$BUILD/bpf/memfd_v2_accept.bpf.o" &&
	grep -q 'refuses MEMFD_FLAGS_SET' "$tmp/out"
result "acceptors: rules are listed"
verify 0 --lineage "$BUILD/bpf/luo_bpf_report_v3_accept.bpf.o" &&
	grep -q 'never looks at luo_bpf_report___v3.sessions' "$tmp/out"
result "acceptors: fields that nobody looks at are listed"
"$load" verify >"$tmp/out" 2>&1; [ $? = 2 ]
result "usage: no object is 2"
"$load" verify "$here/verify.sh" >"$tmp/out" 2>&1; [ $? = 1 ]
result "usage: no ELF file is 1"
v=$BUILD/selftests/bpf/verify
"$load" verify "$v/wrong_unique_halved.bpf.o" "$v/wrong_swapped.bpf.o" "$here/verify.sh" \
	>"$tmp/out" 2>&1; [ $? = 13 ]
result "exit codes are a mask"

echo "1..$nr"
((failed == 0))
