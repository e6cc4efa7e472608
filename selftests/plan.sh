#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# luo-load plan: the chains that luo-load run takes, what they lose, every blocker; and the way
# of a state, kept in snapshots.
set -u
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

# plan CODE ARGUMENTS
plan() { load "$1" plan "${@:2}"; }

# json TEXT: a Python expression about the JSON in $tmp/out, o, with its formats by family, f
json()
{
	python3 - "$tmp/out" "$1" <<-'P' 2>>"$tmp/err" || say "not so: $1"
	import json, sys
	o = json.load(open(sys.argv[1]))
	f = {}
	for x in o.get("formats", []):
	    f.setdefault(x["family"], []).append(x)
	steps = lambda family: [s["object"] for s in f[family][0]["steps"]]
	rules = lambda family: [b["rule"] for b in f[family][0]["blockers"]]
	sys.exit(not eval("(" + sys.argv[2] + ")"))
	P
}

# ---- the shipped pairs -------------------------------------------------------------------

plan 0 --from 7.2 --to 7.3 -j && json 'o["verdict"] == "identical" and all(not x["steps"] and
	x["verdict"] == "identical" for x in o["formats"])'
result "7.2 to 7.3: identical"
plan 0 --from 7.1 --to 7.2 -j && json 'o["verdict"] == "translated" and f["kho"][0]["by_engine"]
	and steps("luo") == ["luo_v1_to_v5"] and f["luo"][0]["steps"][0]["verified"]
	and f["memfd"][0]["verdict"] == "identical"'
result "7.1 to 7.2: one step, verified"
plan 0 --from 6.19 --to 7.3 -j && json 'o["verdict"] == "lossy" and
	steps("luo") == ["luo_v1_6_19_to_7_1", "luo_v1_to_v5"] and
	steps("memfd") == ["memfd_v1_to_v2"]
	and [l["field"] for l in f["memfd"][0]["steps"][0]["losses"]] == ["seals"]'
result "6.19 to 7.3: two steps, and a loss by name"
digest=$(sha256sum <"$BUILD/bpf/memfd_v1_to_v2.bpf.o")
json 'f["memfd"][0]["steps"][0]["sha256"] == "'"${digest%% *}"'"'
result "the digest is that of the file"
plan 3 --from 7.3 --to 6.19 -j && json 'rules("kho") == ["KHO_MAP_TO_BITMAPS"] and
	rules("kexec-metadata") == ["NO_FORMAT"] and f["memfd"][0]["verdict"] == "lossy" and
	steps("luo") == ["luo_v5_to_v1", "luo_v1_7_1_to_6_19"] and o["exit"] == 3'
result "7.3 to 6.19: every blocker, and what could be carried"
plan 3 --from 7.3 --to 6.19 && grep -q '^    KHO_MAP_TO_BITMAPS: ' "$tmp/out" &&
	grep -q '^    loses flags, by memfd_v2_to_v1: always 0' "$tmp/out" &&
	one_line "7.3: blocked on the way to 6.19, 5 blockers"
result "7.3 to 6.19 as text"

# What plan says of the formats in a state is what run does with it.
for pair in 6.19-luo_mixed_open:7.3 6.19-luo_kexec_simple:7.1 7.1-luo_kexec_simple:7.2 \
	7.3-luo_kexec_simple:7.1 7.2-luo_mixed_open:7.3; do
	core=$data/${pair%:*}.core to=${pair#*:}
	[ -e "$core" ] || { skip "$pair" "no such capture"; continue; }
	"$fast" run -j -n -i "$core" --to "$to" --target-config thp >"$tmp/run" 2>/dev/null
	plan 0 -j --from "$core" --to "$to" && python3 - "$tmp/out" "$tmp/run" <<-'P' 2>>"$tmp/err"
	import json, sys
	plan, run = (json.load(open(a)) for a in sys.argv[1:])
	want = {}
	for r in run["records"]:
	    want.setdefault((r["family"], r["from"]), set()).add(r["steps"])
	have = {(x["family"], x["from"]): {" ".join(s["object"] for s in x["steps"])}
	        for x in plan["formats"] if x["family"] != "kho"}
	assert want and {k: have.get(k) for k in want} == want, (want, have)
	P
	result "$pair: the steps of run, for every record of the snapshot"
done

# ---- other kernels and objects -----------------------------------------------------------

printf '%s\n' "luo-profile 1" "release 7.9-invented" "base 7.3" \
	"format luo luo-v600 subtree LUO luo_ser___v6" >"$tmp/v6.profile"
mkdir "$tmp/v6"
cp "$bpf"/luo_v5_to_v6.bpf.o "$bpf"/luo_v6_to_v5.bpf.o "$bpf"/luo_v6_accept.bpf.o "$tmp/v6"
plan 0 -j --from 6.19 --to "$tmp/v6.profile" "$tmp/v6" &&
	json 'steps("luo") == ["luo_v1_6_19_to_7_1", "luo_v1_to_v5", "luo_v5_to_v6"]'
result "named objects lead on from the installed ones"
rm "$tmp/v6/luo_v5_to_v6.bpf.o"
plan 3 -j --from 7.3 --to "$tmp/v6.profile" "$tmp/v6" && json 'rules("luo") == ["NO_TRANSLATOR"]
	and "luo-v600" in f["luo"][0]["blockers"][0]["text"]'
result "without the step: what leads nowhere, and where to"
cp "$bpf"/luo_v5_to_v6.bpf.o "$tmp/v6"
rm "$tmp/v6/luo_v6_accept.bpf.o"
plan 3 -j --from 7.3 --to "$tmp/v6.profile" "$tmp/v6" && json 'rules("luo") == ["NO_ACCEPTOR"]'
result "without its acceptor"

wrong=$(ls "$bpf"/verify/*.bpf.o | while read -r o; do
	"$fast" verify "$o" >"$tmp/v" 2>&1
	(($? == 4)) && grep -q ': refused: memfd memfd-v1 -> memfd-v2' "$tmp/v" &&
		echo "$o" && break
done)
if [ -n "$wrong" ]; then
	cp "$BUILD"/bpf/luo*.o "$BUILD"/bpf/memfd_v2_accept.bpf.o "$BUILD"/bpf/memblock*.o "$tmp"
	plan 3 -j --only --from 6.19 --to 7.1 "$wrong" "$tmp"/*.bpf.o && json 'rules("memfd") ==
		["NOT_PROVED"] and f["memfd"][0]["verdict"] == "blocked"' &&
		grep -q 'warning: 1 object is not proved right' "$tmp/err"
	result "an object that is refused blocks, by name"
	plan 0 -j --only --no-verify --from 6.19 --to 7.1 "$wrong" "$tmp"/*.bpf.o &&
		json 'not f["memfd"][0]["steps"][0]["verified"]'
	result "--no-verify takes it, and says so"
	plan 0 -j --from 6.19 --to 7.1 && json 'f["memfd"][0]["verdict"] == "lossy"'
	result "beside it, the one that is proved is taken"
else
	false
	result "a refused memfd-v1 to memfd-v2 among the objects of verify.sh"
fi

s=$(date +%s%N)
"$fast" plan --from 6.19 --to 7.3 >"$tmp/out" 2>"$tmp/err"
echo "# plan 6.19 to 7.3: $((($(date +%s%N) - s) / 1000000)) ms"

# ---- the way of a state ------------------------------------------------------------------

way()
{
	"$load" inspect -j "$1" >"$tmp/out" 2>"$tmp/err"
	json "$2"
}

# hop FROM TO RELEASE
hop() { load 0 run -i "$1" -o "$2" --to "$3" --target-config thp; }
hop "$data/6.19-luo_mixed_open.core" "$tmp/1.core" 7.3 &&
	hop "$tmp/1.core" "$tmp/2.core" 7.1 && hop "$tmp/2.core" "$tmp/3.core" 7.2 &&
	way "$tmp/3.core" '[h["hop"] for h in o["way"]["hops"]] == [1, 2, 3] and
	[h["to"] for h in o["way"]["hops"]] == ["7.3", "7.1", "7.2"] and
	o["way"]["origin"] == o["way"]["hops"][0]["from"] and
	o["way"]["origin"].startswith("6.19")'
result "three hops: the origin, and each kernel"
way "$tmp/3.core" '{s["object"]: (s["sha256"], s["verified"])
	for s in o["way"]["hops"][0]["steps"]}["memfd_v1_to_v2"] == ("'"${digest%% *}"'", True)'
result "digests and verdicts of the objects"
way "$tmp/3.core" '[(s["object"], l["field"]) for h in o["way"]["hops"] for s in h["steps"]
	for l in s["losses"]] == [("memfd_v1_to_v2", "seals")]'
result "what was lost on the first hop is known after the third"
"$load" inspect "$tmp/3.core" >"$tmp/out" 2>"$tmp/err"
grep -q '^ *way *written first by 6.19[^ ]*, then carried 3 times:$' "$tmp/out" &&
	grep -q '^ *lost seals, memfd_v1_to_v2: not recorded by 6.19' "$tmp/out"
result "the way as text"
cp "$tmp/3.core" "$tmp/a.core"
for i in {4..36}; do
	to=7.3
	((i % 2)) && to=7.2
	"$fast" run -i "$tmp/a.core" -o "$tmp/b.core" --to $to --target-config thp >/dev/null 2>&1
	mv "$tmp/b.core" "$tmp/a.core"
done
way "$tmp/a.core" 'len(o["way"]["hops"]) == 32 and o["way"]["hops"][-1]["hop"] == 36 and
	o["way"]["origin"].startswith("6.19")'
result "36 hops: the last 32 are kept, their number and the origin, too"

# ---- errors ------------------------------------------------------------------------------

plan 2 --from 7.1 && one_line "--to KERNEL is missing" &&
	plan 2 --to 7.1 && one_line "--from KERNEL is missing" &&
	plan 2 --from 5.10 --to 7.1 && one_line "5.10: neither a file nor a release" &&
	plan 2 --from 7.1 --to 7.3 --tiers all && one_line "--tiers 'all'" &&
	plan 5 --from 7.1 --to 7.3 "$here/plan.sh" && one_line "plan.sh: " &&
	plan 2 --nonsense && one_line "unknown option '--nonsense'" &&
	plan 0 --help && grep -q '^Example: luo-load plan' "$tmp/out"
result "usage, and help"
printf 'luo-profile 3\n' >"$tmp/new.profile"
plan 2 --from "$tmp/new.profile" --to 7.1 && one_line "profile of version 3" &&
	plan 2 -j --from "$tmp/new.profile" --to 7.1 &&
	json '"version 3" in o["error"] and o["exit"] == 2'
result "a newer profile is refused, as JSON too"

echo "1..$nr"
((failed == 0))
