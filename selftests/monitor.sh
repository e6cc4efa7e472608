#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The monitor: real captures with what is shipped, records at random with the verifier's
# corpus, and what luo-load run --monitor says of a translator that is wrong.
set -u
here=$(dirname "$(realpath "$0")")
SRC=${SRC:-${here%/*}} BUILD=${BUILD:-${here%/*}/build}
load=${LUO_LOAD_ASAN:-$BUILD/asan/luo-load}
force=$BUILD/asan/selftests/force/force
data=$SRC/selftests/data
export ASAN_OPTIONS=${ASAN_OPTIONS:-exitcode=99} UBSAN_OPTIONS=${UBSAN_OPTIONS:-exitcode=99}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
nr=0 failed=0

# result NAME: the exit code before it decides; $tmp/out explains
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

# ---- real captures -----------------------------------------------------------------------

# The same verdict and the same bytes as without it.
for core in "$data"/*.core; do
	for to in 7.1 7.3; do
		rm -f "$tmp"/*.core
		"$load" run -i "$core" -o "$tmp/a.core" --to $to >"$tmp/out" 2>&1
		want=$?
		"$load" run --monitor -i "$core" -o "$tmp/b.core" --to $to >"$tmp/out" 2>&1
		rc=$?
		((rc == want)) || say "exit $rc, without the monitor $want"
		((rc != 0)) || cmp "$tmp/a.core" "$tmp/b.core" >>"$tmp/out" 2>&1 ||
			say "other bytes than without the monitor"
		((rc == want)) && { ((rc)) || cmp -s "$tmp/a.core" "$tmp/b.core"; }
		result "$(basename "$core" .core) to $to: nothing to complain of, nothing changed"
	done
done

# ---- what is wrong -----------------------------------------------------------------------

wrong=$BUILD/selftests/bpf/seen_memfd_v1_to_v2.bpf.o
old=$data/6.19-luo_mixed_open.core
line=$(grep -n 'seen: shared' "$SRC/selftests/bpf/seen_memfd_v1_to_v2.bpf.c" | cut -d: -f1)
"$load" run -n --no-verify -i "$old" --to 7.1 "$wrong" >"$tmp/out" 2>&1
result "without the monitor nobody notices"
rm -f "$tmp/never.core"
"$load" run --monitor -i "$old" -o "$tmp/never.core" --to 7.1 "$wrong" >"$tmp/out" 2>"$tmp/err"
[ $? = 7 ] || say "exit code is not 7"
grep -q "^seen_memfd_v1_to_v2.bpf.c:$line: shared: .*new.pos.*(LUO/.* field pos)\$" "$tmp/out" ||
	say "no line for pos"
result "a field with another value: line, property and place"
[ ! -e "$tmp/never.core" ] && [ "$(grep -c 'nothing written' "$tmp/err")" = 1 ]
result "nothing is written, one line says so"
"$load" run -j --monitor -i "$old" --to 7.1 "$wrong" >"$tmp/out" 2>&1
python3 - "$tmp/out" <<-'P'
	import json, sys
	o = json.load(open(sys.argv[1]))
	assert o["exit"] == 7 and o["result"] == "wrong", o["exit"]
	v = [x for x in o["violations"] if x["property"] == "shared"]
	assert v and v[0]["field"] == "pos" and v[0]["line"] > 0, o["violations"]
P
result "the same as JSON"

# ---- the verifier's corpus ---------------------------------------------------------------

# It knows nothing of waivers and of what authors say about meanings.
right=()
for obj in "$BUILD"/selftests/bpf/verify/right_*.bpf.o; do
	[[ $obj == */right_waiver* || $obj == */right_meaning* ]] || right+=("$obj")
done
timeout 300 "$force" --corpus --runs 40 "$BUILD"/bpf/*.bpf.o "${right[@]}" >"$tmp/all" 2>&1
grep ': wrong' "$tmp/all" >"$tmp/out"
[ -s "$tmp/all" ] && [ ! -s "$tmp/out" ]
result "right translators: nothing to complain of on records at random"

# What the engine refuses before it shows, what takes millions of elements or one value of
# many, and what is about statements of the author's.
unseen='wrong_list_@(capped|past|shifted|unbounded)|wrong_narrowing_one_value'
unseen+='|wrong_@(meaning|waiver)_*'
shopt -s extglob
timeout 300 "$force" --corpus --runs 120 "$BUILD"/selftests/bpf/verify/wrong_*.bpf.o \
	>"$tmp/all" 2>&1
grep ': right' "$tmp/all" | while read -r name _; do
	[[ ${name%:} == @($unseen) ]] || echo "$name"
done >"$tmp/out"
[ -s "$tmp/all" ] && [ ! -s "$tmp/out" ]
result "wrong translators: $(grep -c ': wrong' "$tmp/all") are seen"

echo "1..$nr"
((failed == 0))
