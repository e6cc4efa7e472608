#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# luo-load matrix and evidence: the table of pairs, facts that count only for the bytes that
# they are about, policies, and what is too new to be understood. Twelve kernels and more than
# 200 objects take less than a second.
set -u
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

# json TEXT: a Python expression about the JSON in $tmp/out, o, and its pairs, p
json()
{
	python3 - "$tmp/out" "$1" <<-'P' 2>>"$tmp/err" || say "not so: $1"
	import json, sys
	o = json.load(open(sys.argv[1]))
	p = {(x["from"], x["to"]): x for x in (o["pairs"] if "pairs" in o else [])}
	verdict = lambda a, b: p[a, b]["verdict"]
	covered = lambda a, b: {k for k, e in p[a, b]["evidence"].items() if e["covered"]}
	promises = lambda: {(x["from"], x["to"]): [g["rule"] for g in x["gaps"]]
	                    for x in o["policy"]["promises"]}
	retired = lambda what: {x["object" if what == "objects" else "string"]
	                        for x in o["policy"]["may_retire"][what]}
	sys.exit(not eval("(" + sys.argv[2] + ")"))
	P
}

# ---- the shipped pairs -------------------------------------------------------------------

# This is the table of README.md.
load 0 matrix -j && json 'verdict("6.19", "7.1") == verdict("6.19", "7.2") ==
	verdict("6.19", "7.3") == "lossy" and verdict("7.1", "7.2") == verdict("7.1", "7.3") ==
	verdict("7.2", "7.1") == verdict("7.3", "7.1") == "translated" and
	verdict("7.2", "7.3") == verdict("7.3", "7.2") == "identical" and
	{verdict(a, "6.19") for a in ("7.1", "7.2", "7.3")} == {"blocked"} and len(p) == 12'
result "all releases, as the table in README.md has them"
load 0 matrix 7.1 7.3 && grep -q '^7.1  *-  *translated v---' "$tmp/out" &&
	grep -q '^  7.1 -> 7.3: translated by luo_v1_to_v5$' "$tmp/out"
result "the table as text"
load 0 matrix -j "$SRC"/loader/profiles/7.1.13.profile 7.3 &&
	json 'verdict("7.1.13", "7.3") == "translated"'
result "a profile file"

# ---- evidence ----------------------------------------------------------------------------

up=$BUILD/bpf/luo_v1_to_v5.bpf.o down=$BUILD/bpf/luo_v5_to_v1.bpf.o
ev=$tmp/shipped.evidence
load 0 verify --evidence "$ev" "$up" &&
	load 0 verify --round-trip --evidence "$ev" "$up" "$down" &&
	[ "$(head -n 1 "$ev")" = '{"luo-evidence":1}' ] && [ "$(wc -l <"$ev")" = 3 ]
result "verify writes facts, a line each, behind the version"
load 0 run -n -i "$data/7.1-luo_mixed_open.core" --to 7.3 --target-config thp --evidence "$ev" &&
	load 0 evidence add -k kernels --from 7.1.13 --to 7.3.4 --note 'QEMU' "$ev" "$up" &&
	[ "$(wc -l <"$ev")" = 5 ]
result "run and people add theirs"
load 0 matrix -j -e "$ev" 7.1 7.2 7.3 &&
	json 'covered("7.1", "7.3") == {"verified", "round-trip", "snapshot", "kernels"} and
	covered("7.1", "7.2") == {"verified", "round-trip"} and
	covered("7.3", "7.1") == {"verified"} and
	p["7.1", "7.3"]["evidence"]["kernels"]["fact"]["note"] == "QEMU" and
	p["7.1", "7.3"]["evidence"]["kernels"]["fact"]["steps"][0]["sha256"] ==
	p["7.1", "7.3"]["formats"][1]["steps"][0]["sha256"]'
result "each pair has the facts that are about it, with digest and time"
load 0 matrix -j -e "$ev" "$SRC"/loader/profiles/7.{1.13,3.4}.profile &&
	json 'covered("7.1.13", "7.3.4") == {"verified", "round-trip", "kernels"}'
result "a fact about releases counts for profiles of these releases"
sed 's/7\.3\.4$/7.3.5/' "$SRC/loader/profiles/7.3.4.profile" >"$tmp/7.3.5.profile"
load 0 matrix -j -e "$ev" 7.1 "$tmp/7.3.5.profile" &&
	json 'not covered("7.1", "7.3.5") & {"kernels", "snapshot"}'
result "and not for others"

# A byte that nobody runs: the same program, another object.
mkdir "$tmp/bpf"
cp "$BUILD"/bpf/*.bpf.o "$tmp/bpf"
printf x >>"$tmp/bpf/luo_v1_to_v5.bpf.o"
LUO_BPF_PATH=$tmp/bpf load 0 matrix -j -e "$ev" 7.1 7.3 &&
	json 'covered("7.1", "7.3") == {"verified"}'
result "another digest: nothing of it counts"
LUO_BPF_PATH=$tmp/bpf load 0 evidence -j "$ev" &&
	json 'len(o) == 4 and not any(x["counts"] for x in o)'
result "evidence list says so"
load 0 evidence -j "$ev" && json 'all(x["counts"] for x in o)'
result "and of the right objects that all count"
cp "$ev" "$tmp/bpf"
cp "$up" "$tmp/bpf"
LUO_BPF_PATH=$tmp/bpf load 0 matrix -j 7.1 7.3 && json '"kernels" in covered("7.1", "7.3")'
result "files beside the objects are found"
load 0 evidence add -k kernels --from 7.1.13 --to 7.3.4 --failed --note 'oops' "$ev" "$up" &&
	sed -i 's/\("failed".*"when":"\)..../\12999/' "$ev" && load 0 matrix -j -e "$ev" 7.1 7.3 &&
	json '"kernels" not in covered("7.1", "7.3") and
	p["7.1", "7.3"]["evidence"]["kernels"]["fact"]["result"] == "failed"' &&
	load 0 matrix -e "$ev" 7.1 7.3 && grep -q 'kernels FAILED 2999.*: oops$' "$tmp/out"
result "the last word counts: a failure after a success"

# ---- what is unknown, or refused ---------------------------------------------------------

cp "$BUILD"/bpf/{luo_v5*,mem*_accept.bpf,kexec*,luo_bpf*}.o "$tmp"
# profile RELEASE STRING STRUCTURE: what 7.3 has, and a family of its own
profile()
{
	printf '%s\n' "luo-profile 1" "release $1" "base 7.3" "format list $2 file - $3" \
		>"$tmp/$1.profile"
}
profile 9.1 list-1 list_old
profile 9.2 list-2 list_new
load 0 matrix -j --only -O "$tmp" -O "$bpf/verify/wrong_list_reads_back.bpf.o" \
	"$tmp"/9.[12].profile &&
	json 'verdict("9.1", "9.2") == "untested" and verdict("9.2", "9.1") == "blocked" and
	covered("9.1", "9.2") == set()'
result "untested: the verifier cannot tell"

# ---- policies ----------------------------------------------------------------------------

# policy LINES: $tmp/policy
policy() { printf 'luo-policy 1\n%s\n' "$*" >"$tmp/policy"; }
four='kernel 6.19
kernel 7.1 stable
kernel 7.2
kernel 7.3 stable'

policy "$four
promise next 1
allow-loss memfd seals 6.19 knows no seals that could be kept"
load 0 matrix -j --policy "$tmp/policy" &&
	json 'promises() == {("6.19", "7.1"): [], ("7.1", "7.2"): [], ("7.2", "7.3"): []} and
	o["policy"]["covered"] and o["exit"] == 0'
result "each kernel to the next: covered"
policy "$four
promise next 2
promise rollback
allow-loss memfd seals known"
load 3 matrix -j --policy "$tmp/policy" &&
	json 'promises()["6.19", "7.2"] == [] and
	"KHO_MAP_TO_BITMAPS" in promises()["7.2", "6.19"] and
	promises()["7.3", "7.2"] == [] and len(promises()) == 10 and
	("6.19", "7.3") not in promises() and o["exit"] == 3'
result "to the next two, and back: what has no way back is named, and the exit code says so"
policy "$four
promise next 2 stable"
load 0 matrix -j --policy "$tmp/policy" && json 'promises() == {("7.1", "7.3"): []}'
result "each stable one to the next two stable ones"
policy "$four
promise pair 6.19 7.3
promise previous 1"
load 3 matrix -j --policy "$tmp/policy" &&
	json 'promises()["6.19", "7.3"] == ["LOSS_NOT_ALLOWED"] and
	promises()["7.2", "7.1"] == [] and
	"memfd seals" in o["policy"]["promises"][0]["gaps"][0]["text"]'
result "a loss that is not allowed, by name"
policy "kernel 7.1
kernel 7.3
promise next 1
require verified round-trip kernels"
sed -i '$d' "$ev"
load 0 matrix -j --policy "$tmp/policy" -e "$ev" && load 3 matrix -j --policy "$tmp/policy" &&
	json 'promises()["7.1", "7.3"] == ["NO_EVIDENCE", "NO_EVIDENCE"]'
result "evidence that is required"
policy "kernel 7.1
kernel 7.2
kernel 7.3
promise next 2"
load 0 matrix -j --policy "$tmp/policy" &&
	json 'retired("objects") >= {"memfd_v1_to_v2", "luo_v5_to_v1", "memfd_v1_accept"} and
	not retired("objects") & {"luo_v1_to_v5", "luo_v5_accept", "memfd_v2_accept"} and
	"memfd-v1" in retired("formats") and
	not retired("formats") & {"luo-v5", "memfd-v2", "kho-v3"}' &&
	load 0 matrix --policy "$tmp/policy" && grep -q '^  format memfd memfd-v1 (' "$tmp/out" &&
	grep -q '^  covered      7.1 -> 7.3 (line 5)$' "$tmp/out"
result "what no promise needs: formats and objects of 6.19"
mkdir "$tmp/p"
cp "$SRC"/loader/profiles/7.*.profile "$tmp/p"
printf '%s\n' "luo-policy 1" "kernel 7.1.13.profile" "kernel 7.3.4.profile # ours" \
	"promise next 1" >"$tmp/p/policy"
load 0 matrix -j --policy "$tmp/p/policy" &&
	json 'list(p) == [("7.1.13", "7.3.4"), ("7.3.4", "7.1.13")]'
result "profiles are found from where the policy lies"
policy "$four
promise next 1
allow-loss memfd seals known
tiers testing"
LUO_BPF_PATH=$tmp/bpf load 3 matrix -j --policy "$tmp/policy" &&
	json '"NO_TRANSLATOR" in promises()["7.1", "7.2"]'
result "objects of other tiers do not keep a promise"

# bad_policy TEXT LINES
bad_policy()
{
	policy "$2"
	load 2 matrix --policy "$tmp/policy" && one_line "$1"
}
bad_policy "line 6: 'promise' needs" "$four
promise everything" && bad_policy "line 3: 'unless' is not known here" "kernel 7.1
unless it rains" && bad_policy "no line 'promise'" "$four" &&
	bad_policy "line 6: no line above says 'kernel 7.4'" "$four
promise pair 7.1 7.4" && bad_policy "'allow-loss' needs FAMILY FIELD REASON" "$four
allow-loss memfd seals" && bad_policy "line 6: 'luck' is no evidence" "$four
require luck" && bad_policy "it names less than two kernels" "kernel 7.1
promise next 1" && bad_policy "'7.1' is there already" "kernel 7.1
kernel 7.1"
result "policies that say something else than they mean are refused, with the line"
printf 'luo-policy 2\n' >"$tmp/policy"
load 2 matrix --policy "$tmp/policy" &&
	one_line "policy of version 2, this luo-load knows versions up to 1" &&
	load 2 matrix --policy "$here/matrix.sh" && one_line "no policy" &&
	load 1 matrix --policy "$tmp/nowhere" && one_line "No such file"
result "a newer policy, and what is none"

# ---- evidence that is too new, or damaged -------------------------------------------------

# bad_evidence TEXT LINE...
bad_evidence()
{
	local text=$1

	shift
	printf '%s\n' "$@" >"$tmp/e"
	load 2 matrix -e "$tmp/e" 7.1 7.3 && one_line "$text"
}
fact='"kind":"verified","result":"passed","steps":[{"object":"a","sha256":"'
fact+=$(printf '0%.0s' {1..64})'"}],"when":"2026-11-23T08:00:00Z"'
first='{"luo-evidence":1}'
bad_evidence "evidence of version 2" '{"luo-evidence":2}' "{$fact}" &&
	bad_evidence "not evidence (first line" "{$fact}" && bad_evidence "not evidence" &&
	bad_evidence "line 2: \"colour\" is not known here" "$first" "{$fact,\"colour\":1}" &&
	bad_evidence "line 2: kind 'heard' is not known here" \
		"$first" "{${fact/verified/heard}}" &&
	bad_evidence "line 3: it is no JSON object, or cut short" "$first" "{$fact}" "{$fact" &&
	bad_evidence "line 2: 'round-trip' is about 2 objects" \
		"$first" "{${fact/verified/round-trip}}" &&
	bad_evidence "line 2: \"sha256\" is not 64 digits" "$first" "{${fact/000/xyz}}" &&
	bad_evidence "line 2: \"when\" is not like" "$first" "{${fact/T08/ 08}}" &&
	bad_evidence "line 2: result 'maybe'" "$first" "{${fact/passed/maybe}}" &&
	bad_evidence "line 2: no \"when\"" "$first" "{${fact%,*}}" &&
	bad_evidence "line 2: 'kernels' needs \"from\" and \"to\"" \
		"$first" "{${fact/verified/kernels}}"
result "what is not understood is refused, with the line"
printf '%s\n' "$first" "{$fact}" >"$tmp/e" && load 0 matrix -e "$tmp/e" 7.1 7.3
result "the same lines without the faults are read"
printf '%s\n{%s}' "$first" "$fact" >"$tmp/e"
load 2 matrix -e "$tmp/e" 7.1 7.3 && one_line "cut short"
result "a last line without its end is refused"
printf '{"luo-evidence":2}\n' >"$tmp/e"
cp "$tmp/e" "$tmp/e2"
load 2 evidence add -k verified "$tmp/e" "$up" && one_line "evidence of version 2" &&
	cmp "$tmp/e" "$tmp/e2"
result "nothing is added to a newer file"

load 2 matrix 5.10 && one_line "5.10: neither a file nor a release" &&
	load 2 matrix --policy "$tmp/p/policy" 7.1 && one_line "the policy says which kernels" &&
	load 2 evidence add "$tmp/x" && one_line "add needs --kind" && [ ! -e "$tmp/x" ] &&
	load 2 evidence add -k kernels "$tmp/x" "$up" && one_line "needs --from and --to" &&
	[ ! -e "$tmp/x" ] &&
	load 2 evidence add -k luck "$tmp/x" && one_line "no kind 'luck'" &&
	load 0 matrix --help && grep -q '^Example: luo-load matrix' "$tmp/out" &&
	load 0 evidence --help && grep -q '^Example: luo-load evidence' "$tmp/out"
result "usage, and help"

# ---- many --------------------------------------------------------------------------------

python3 "$here/oracle/genpairs.py" "$BUILD/bpf" "$tmp/gen" >"$tmp/out" 2>"$tmp/err"
objects=$(ls "$tmp/gen/bpf" | wc -l)
# many: seconds of processor time for 12 kernels and all objects
many()
{
	python3 - "$fast" "$tmp/gen" <<-'P'
	import glob, resource, subprocess, sys
	load, gen = sys.argv[1:]
	profiles = sorted(glob.glob(gen + "/*.profile"))
	p = subprocess.run([load, "matrix", "-O", gen + "/bpf", *profiles], stdout=subprocess.PIPE)
	r = resource.getrusage(resource.RUSAGE_CHILDREN)
	lines = [l for l in p.stdout.decode().splitlines() if l.startswith("9.")]
	assert p.returncode == 0 and len(lines) == 12, p.stdout[-300:]
	assert all("lossy v---" in l or "blocked" in l for l in lines)
	print("%.2f" % (r.ru_utime + r.ru_stime))
	P
}
first=$(many 2>>"$tmp/err") then=$(many 2>>"$tmp/err")
echo "# 12 kernels, $objects objects: $first s of processor time, $then s when verdicts are known"
((objects >= 200)) && python3 -c "assert $then < 1" 2>>"$tmp/err"
result "12 kernels and 200 objects: less than 1 s"

echo "1..$nr"
((failed == 0))
