#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Objects: a format that nobody wrote a loader for (luo-v600), what the shipped ones say of
# themselves, and hostile ones.
set -u
here=$(dirname "$(realpath "$0")")
SRC=${SRC:-${here%/*}} BUILD=${BUILD:-${here%/*}/build}
BPFTOOL=${BPFTOOL:-$(sed -n 's/^CONFIG_BPFTOOL := //p' "$BUILD/config.mk")}
export LUO_BPF_PATH=${LUO_BPF_PATH:-$BUILD/bpf}
load=${LUO_LOAD_ASAN:-$BUILD/asan/luo-load}
export ASAN_OPTIONS=${ASAN_OPTIONS:-exitcode=99} UBSAN_OPTIONS=${UBSAN_OPTIONS:-exitcode=99}
state=$here/oracle/khostate.py
data=$here/data
bpf=$BUILD/selftests/bpf
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
nr=0 failed=0

# result NAME: the exit code before it decides (so no $(..) in NAME); $tmp/log explains
result()
{
	local rc=$?

	nr=$((nr + 1))
	if ((rc == 0)); then
		echo "ok $nr - $1"
	else
		failed=$((failed + 1))
		echo "not ok $nr - $1"
		sed 's/^/#   /' "$tmp/log" | head -n 12
	fi
	: >"$tmp/log"
}

say() { echo "$*" >>"$tmp/log"; return 1; }

# run CODE ARGUMENTS: luo-load run; what it prints is kept for what() and shown on failure
run()
{
	local want=$1 rc

	shift
	timeout 60 "$load" run "$@" >"$tmp/out" 2>"$tmp/err"
	rc=$?
	cat "$tmp/out" "$tmp/err" >"$tmp/log"
	((rc == want)) || say "exit $rc, not $want"
}

# rules: names of the blockers, one per line
rules() { sed -n 's/^  \([A-Z_0-9]*\).*/\1/p' "$tmp/err"; }

same() { python3 "$state" --same "$2" "$1" >>"$tmp/log" 2>&1; }
clean() { python3 "$state" --check --target "$2" "$1" >>"$tmp/log" 2>&1; }

# ---- luo-v600 ----------------------------------------------------------------------------

mkdir "$tmp/v6"
cp "$bpf"/luo_v5_to_v6.bpf.o "$bpf"/luo_v6_to_v5.bpf.o "$bpf"/luo_v6_accept.bpf.o "$tmp/v6"
cat >"$tmp/v6.profile" <<-P
	luo-profile 1
	# A kernel that differs from 7.3 in its LUO root alone.
	release 7.9-invented
	base 7.3
	format luo luo-v600 subtree LUO luo_ser___v6
P

# there_and_back NAME CORE RELEASE
there_and_back()
{
	local new=$tmp/$1.v6 back=$tmp/$1.back

	run 0 -i "$2" -o "$new" --to "$tmp/v6.profile" "$tmp/v6"
	result "$1 to luo-v600"
	grep -q 'luo-v600' "$tmp/out" || say "luo-v600 is not named"
	result "$1 to luo-v600: is named"
	[ "$(stat -c %a "$new")" = 600 ]
	result "$1 to luo-v600: mode 0600"
	run 0 -i "$new" --from "$tmp/v6.profile" -o "$back" --to "$3" "$tmp/v6"
	result "$1 back to $3"
	clean "$back" "$3"
	result "$1 back to $3: the target's rules hold"
	same "$back" "$2"
	result "$1 back to $3: the same state"
}

there_and_back 7.3-luo_mixed_open "$data/7.3-luo_mixed_open.core" 7.3
there_and_back 7.2-flb "$data/7.2-flb-luo_kexec_simple.core" 7.2
# Two and three steps: 7.1 reaches luo-v600 over luo-v5, 6.19 over luo-v1 of 7.1.
there_and_back 7.1-luo_stress_sessions_818 "$data/7.1-luo_stress_sessions_818.core" 7.1
run 0 -i "$data/6.19-luo_mixed_open.core" -o "$tmp/619.v6" --to "$tmp/v6.profile" "$tmp/v6"
result "6.19 to luo-v600, in three steps"
grep -q 'luo_v1_6_19_to_7_1 luo_v1_to_v5 luo_v5_to_v6' "$tmp/out" || say "$(cat "$tmp/out")"
result "6.19 to luo-v600: the steps are named"
python3 "$here/oracle/genstate.py" -r 7.3 -s 2 -o "$tmp/gen.core"
there_and_back gen "$tmp/gen.core" 7.3

run 3 -i "$data/7.2-luo_mixed_open.core" -o "$tmp/x" --to "$tmp/v6.profile" \
	--target-config no-thp "$tmp/v6" && rules | grep -q MEMFD_LARGE_FOLIO && [ ! -e "$tmp/x" ]
result "luo-v600: acceptors read files behind what was moved as a whole"
run 3 -i "$data/7.3-luo_mixed_open.core" -o "$tmp/x" --to "$tmp/v6.profile" \
	"$bpf/luo_v5_to_v6.bpf.o" "$bpf/luo_v6_to_v5.bpf.o" && rules | grep -q NO_ACCEPTOR &&
	[ ! -e "$tmp/x" ]
result "luo-v600 without its acceptor is refused"
run 3 -i "$data/7.3-luo_mixed_open.core" -o "$tmp/x" --to "$tmp/v6.profile" \
	"$bpf/luo_v6_accept.bpf.o" && rules | grep -q NO_TRANSLATOR && [ ! -e "$tmp/x" ]
result "luo-v600 without a translator is refused"
run 2 -i "$data/7.3-luo_mixed_open.core" -o "$tmp/x" --to "$tmp/v6.profile"
result "luo-v600 without any object that knows the structure is a usage error"
run 3 -i "$tmp/7.3-luo_mixed_open.v6" -o "$tmp/x" --to 7.3 "$tmp/v6" && [ ! -e "$tmp/x" ]
result "a luo-v600 snapshot is refused without its profile"

# ---- what objects say of themselves --------------------------------------------------------

# members OBJECT: what the identity holds, as bpftool shows it: members with their types,
# how many fields those have and the tags; then the tags of the identity itself
members()
{
	"$BPFTOOL" -j btf dump file "$1" | python3 -c '
import json, sys
types = {t["id"]: t for t in json.load(sys.stdin)["types"]}
ident = next(t for t in types.values() if t["kind"] == "VAR" and t["name"] == "luo_identity")
tags = [t for t in types.values() if t["kind"] == "DECL_TAG"]
kind = types[ident["type_id"]]
for i, m in enumerate(kind["members"]):
    t = types[m["type_id"]]
    mine = [g["name"] for g in tags if g["type_id"] == kind["id"] and g["component_idx"] == i]
    print(m["name"], t["kind"], t["name"], len(t.get("members", t.get("values", []))), *mine)
for g in tags:
    if g["type_id"] == ident["id"]:
        print("tag", g["name"])
'
}

for o in "$BUILD"/bpf/*.bpf.o; do
	name=${o##*/}
	members "$o" >"$tmp/members" 2>&1
	cp "$tmp/members" "$tmp/log"
	grep -q '^tag luo:family [a-z-]*$' "$tmp/members" &&
		grep -q '^tag luo:author ' "$tmp/members" &&
		grep -Eq '^from STRUCT [a-z0-9_]+ [1-9][0-9]* luo:version ' "$tmp/members"
	result "$name: family, author and the record type that it reads"
	[[ $name != *_accept* ]] || continue
	cp "$tmp/members" "$tmp/log"
	grep -Eq '^to STRUCT [a-z0-9_]+ [1-9][0-9]* luo:version ' "$tmp/members"
	result "$name: the record type that it writes"
	# What a source declares is in the object, with a reason.
	want=$(grep -c 'LUO_LOSS(' "$SRC/bpf-progs/${name%.o}.c")
	have=$(grep -Ec '^tag luo:loss field=[a-z0-9_.]+ why=.{10,}' "$tmp/members")
	((want == have)) || say "$have losses, $want declared"
	result "$name: losses and their reasons"
done

# ---- every type of kernel/abi is where it has to be ----------------------------------------

# named FILE...: structures and enumerations that headers define
named() { sed -n 's/^\(struct\|enum\) \([a-z0-9_]*\) {$/\2/p' "$@"; }

# types FILE: structures and enumerations in BTF
types()
{
	"$BPFTOOL" btf dump file "$1" | sed -n "s/^\[[0-9]*\] \(STRUCT\|ENUM\) '\([^']*\)'.*/\2/p"
}

types "$BUILD/catalogue.btf" | sort -u >"$tmp/catalogue"
named "$SRC"/kernel/abi/*.h | sort -u >"$tmp/named"
n=$(wc -l <"$tmp/named")
((n > 15)) && comm -23 "$tmp/named" "$tmp/catalogue" >"$tmp/log" &&
	[ ! -s "$tmp/log" ]
result "all $n types of kernel/abi are in the catalogue"

# What the source of an object (and what it includes of the SDK) mentions has to be in its BTF.
for o in "$BUILD"/bpf/*.bpf.o; do
	name=${o##*/}
	types "$o" | sort -u >"$tmp/have"
	grep -Eho 'LUO_ALSO\((struct|enum) [a-z0-9_]+' "$SRC/bpf-progs/${name%.o}.c" |
		sed 's/.* //' >"$tmp/uses"
	grep -Eho '(luo_(in|out)\([^;]*|(offset|size)of\()struct [a-z0-9_]+' \
		"$SRC/bpf-progs/${name%.o}.c" | sed 's/.*struct //; s/)//' >>"$tmp/uses"
	sort -u "$tmp/uses" | comm -23 - "$tmp/have" >"$tmp/log" && [ ! -s "$tmp/log" ]
	result "$name: all types that it uses are in its BTF"
done
# Each record type is used by some object; the rest is the substrate's, or only described.
for o in "$BUILD"/bpf/*.bpf.o; do types "$o"; done | sort -u >"$tmp/have"
substrate='kho_(data|scratch|radix|vmalloc_chunk|block)|khoser_|liveupdate_test'
described='iommu|kvm_|guest_memfd_|h(uge_memfd|ugetlb|state)_|pci_(bus_ser|bridge_type)___rfc1'
flags='memfd_luo_folio_flags|luo_bpf_stage|luo_catalogue'
grep -Ev "^($substrate|$described|$flags)" "$tmp/named" |
	comm -23 - "$tmp/have" >"$tmp/log"
[ ! -s "$tmp/log" ]
result "every record type is in an object that uses it"

# ---- hostile ones ----------------------------------------------------------------------------

# refused OBJECT RULE: without the verifier before it the engine itself refuses: exit 3, the
# rule's name, one line, no file
refused()
{
	rm -f "$tmp/x"
	run 3 -i "$data/7.1-luo_kexec_simple.core" -o "$tmp/x" --to 7.3 --no-verify \
		"$bpf/$1.bpf.o" &&
		{ rules | grep -Eqx "$2" || say "no $2"; } &&
		{ [ "$(grep -c '^luo-load: [^w]' "$tmp/err")" = 1 ] || say "not one line"; } &&
		{ [ ! -e "$tmp/x" ] || say "there is an output file"; }
	result "$1 is refused: $2"
}

refused hostile_forgets HANDLE_LEFT
refused hostile_drops_nothing HANDLE_LEFT
refused hostile_no_child HANDLE_LEFT
refused hostile_moves_twice HANDLE_TWICE
refused hostile_drops_twice HANDLE_TWICE
refused hostile_child_twice HANDLE_TWICE
refused hostile_computes HANDLE_COMPUTED
refused hostile_overwrites HANDLE_COMPUTED
refused hostile_unlinked LEAK
refused hostile_wrong_kind HANDLE_KIND
refused hostile_wrong_string WRONG_STRING
refused hostile_outside OUT_OF_REGION
refused hostile_short OUT_OF_REGION
refused hostile_outside_window PROGRAM
refused hostile_writes_source PROGRAM
refused hostile_forged PROGRAM
refused hostile_nothing PROGRAM
refused hostile_fails PROGRAM
refused hostile_tokens BAD_TOKEN
refused hostile_token_zero BAD_TOKEN
refused hostile_budget BUDGET
refused hostile_hoards 'NO_FREE_MEMORY|BUDGET'
refused hostile_too_large TOO_LARGE_TO_ALLOCATE
refused hostile_loses_sessions 'LOSS_NOT_DECLARED|UNDECLARED_LOSS|HANDLE_LEFT'

echo "1..$nr"
((failed == 0))
