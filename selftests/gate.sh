#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What is not proved right is not used: luo-load run and attach verify first, remember what
# was proved, and --no-verify is shown. Waivers and statements, as verify prints them.
set -u
here=$(dirname "$(realpath "$0")")
SRC=${SRC:-${here%/*}} BUILD=${BUILD:-${here%/*}/build}
export LUO_BPF_PATH=${LUO_BPF_PATH:-$BUILD/bpf}
load=${LUO_LOAD_ASAN:-$BUILD/asan/luo-load}
export ASAN_OPTIONS=${ASAN_OPTIONS:-exitcode=99} UBSAN_OPTIONS=${UBSAN_OPTIONS:-exitcode=99}
bpf=$BUILD/selftests/bpf
core=$here/data/7.1-luo_kexec_simple.core
tmp=$(mktemp -d)
chmod 755 "$tmp"
trap 'rm -rf "$tmp"' EXIT
nr=0 failed=0

# result NAME: the exit code before it decides; $tmp/log explains
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

skip() { nr=$((nr + 1)); echo "ok $nr - $1 # SKIP $2"; }
say() { echo "$*" >>"$tmp/log"; return 1; }

# look CODE ARGUMENTS: luo-load; what it prints is kept
look()
{
	local want=$1 rc

	shift
	timeout 60 ${as:-} "$load" "$@" >"$tmp/out" 2>"$tmp/err"
	rc=$?
	cat "$tmp/out" "$tmp/err" >>"$tmp/log"
	((rc == want)) || say "exit $rc, not $want: $*"
}

# run CODE ARGUMENTS: nothing but what is named is used
run() { look "$1" run -i "$core" -o "$tmp/new.core" --to 7.3 "${@:2}"; }
# json EXPRESSION: of what was printed, as o
json()
{
	python3 -c "import json; o = json.load(open('$tmp/out')); assert $1, o" 2>>"$tmp/log"
}

# ---- waivers -----------------------------------------------------------------------------

v=$bpf/verify
look 0 verify "$v/right_waiver_field.bpf.o" &&
	grep -q '^right_waiver_field.bpf.c:[0-9]*: waived: .* because the file system keeps' \
		"$tmp/out" && grep -q '^right_waiver_field: proved, 1 waived: ' "$tmp/out"
result "a waived finding is shown with its reason, and does not refuse"
look 0 verify -j "$v/right_waiver_field.bpf.o" &&
	json 'o[0]["verdict"] == "proved" and o[0]["waived"] == 1' &&
	json '[f["rule"] for f in o[0]["findings"]] == ["narrowing.field"]' &&
	json 'o[0]["findings"][0]["field"] == "mode"' &&
	json 'o[0]["findings"][0]["waived"].startswith("the file system")'
result "the same in JSON"
look 4 verify -j "$v/wrong_waiver_memory.bpf.o" &&
	json '{f["rule"] for f in o[0]["findings"]} == {"waiver", "window"}' &&
	json 'not any(f["waivable"] for f in o[0]["findings"])'
result "windows cannot be waived"
look 1 verify "$bpf/bad_no_reason.bpf.o" && grep -q 'LUO_WAIVE("narrowing.field:mode") gives no' \
	"$tmp/err"
result "a waiver without a reason is an error"
look 0 verify --rules && python3 - "$tmp/out" "$SRC/loader/man/luo-load-verify.1" <<-'P'
	import re, sys
	rules = [l.split()[0] for l in open(sys.argv[1])]
	assert len(rules) > 20 and len(set(rules)) == len(rules)
	manual = open(sys.argv[2]).read().replace("\\", "")
	missing = [r for r in rules if not re.search(r"^\.B %s$" % re.escape(r), manual, re.M)]
	assert not missing, missing
P
result "every rule is in the manual"
look 0 verify -v "$BUILD/bpf/memfd_v2_accept.bpf.o" && grep -q 'refuses MEMFD_FLAGS_SET' "$tmp/out"
result "acceptors: -v lists what they refuse by"
look 5 verify -j "$v/right_flat.bpf.o" "$SRC/Makefile" "$v/wrong_swapped.bpf.o" &&
	json 'len(o) == 3 and o[1]["path"].endswith("Makefile") and o[1]["error"]' &&
	json '[e.get("verdict") for e in o] == ["proved", None, "refused"]'
result "what cannot be read is an entry of the JSON"

# ---- the gate ----------------------------------------------------------------------------

run 0
result "shipped objects are used"
rm -f "$tmp/new.core"
run 6 "$bpf/hostile_computes.bpf.o" && [ ! -e "$tmp/new.core" ] &&
	grep -q '^hostile_computes.bpf.c:[0-9]*: refused: .*(property: ' "$tmp/err" &&
	grep -q 'hostile_computes.bpf.o: refused by luo-load verify' "$tmp/err"
result "what is refused is not used: 6, with the findings"
run 6 "$v/wrong_list_clobbered.bpf.o" "$bpf/hostile_budget.bpf.o" &&
	[ "$(grep -c '^luo-load: ' "$tmp/err")" = 2 ]
result "what is not understood neither; each is named"
run 6 -j "$bpf/hostile_computes.bpf.o" && [ ! -s "$tmp/err" ] &&
	json 'o["exit"] == 6 and o["error"] and o["objects"][0]["object"] == "hostile_computes"' &&
	json 'o["objects"][0]["verdict"] == "refused" and o["objects"][0]["findings"]'
result "the same in JSON"
run 3 --no-verify "$bpf/hostile_computes.bpf.o" && grep -q 'HANDLE_COMPUTED' "$tmp/err" &&
	grep -q 'warning: 1 object is not verified: hostile_computes' "$tmp/err"
result "--no-verify goes on, and says so"
run 3 -j --no-verify "$bpf/hostile_computes.bpf.o" &&
	json 'o["not_verified"] == ["hostile_computes"]'
result "--no-verify in JSON"
run 0 -j && json 'o["not_verified"] == [] and o["ns"]["verify"] > 0'
result "all verified in JSON"
look 6 attach "$bpf/hostile_computes.bpf.o" && [ ! -e /run/luo-bpf/hostile_computes.bpf.o ]
result "attach refuses before it asks the kernel"
look 6 check --to 7.3 "$bpf/hostile_computes.bpf.o"
result "check refuses before it asks the kernel"

# ---- what is remembered ------------------------------------------------------------------

# As somebody who is not root: their cache is in a directory of our choice.
if ((EUID)); then
	as="" cache=$tmp/cache/luo-bpf
	export XDG_CACHE_HOME=$tmp/cache
elif setpriv --reuid 65534 --regid 65534 --clear-groups test -r "$load" 2>/dev/null; then
	as="setpriv --reuid 65534 --regid 65534 --clear-groups"
	cache=$tmp/cache/luo-bpf
	export XDG_CACHE_HOME=$tmp/cache
	mkdir "$tmp/cache" && chown 65534:65534 "$tmp/cache"
else
	cache=
fi

# known: how many shipped objects --no-verify takes for verified, out of the cache alone
known()
{
	look 0 run -j -n --no-verify -i "$core" --to 7.3 &&
		python3 -c "import json; print(len(json.load(open('$tmp/out'))['not_verified']))"
}

# Those of families that no release has lead nowhere, and are not asked for.
total=$(ls "$BUILD"/bpf/*.bpf.o | grep -cvE '/(pci|vfio)_')
if [ -n "$cache" ]; then
	[ "$(known)" = "$total" ] && [ -z "$(ls "$cache")" ]
	result "nothing is remembered that was not proved"
	look 0 run -n -i "$core" --to 7.3 && [ "$(ls "$cache" | wc -l)" = "$total" ] &&
		[ "$(known)" = 0 ] && [ "$(stat -c %a "$cache")" = 700 ] &&
		[ "$(stat -c %a "$cache"/* | sort -u)" = 600 ]
	result "what was proved is remembered"
	look 6 run -n -i "$core" --to 7.3 "$bpf/hostile_computes.bpf.o" &&
		[ "$(ls "$cache" | wc -l)" = "$total" ]
	result "what was refused is not"
	entry=$(ls "$cache"/* | head -n 1)
	good=$(cat "$entry")
	echo "${good/proved/prove?}" >"$entry" && [ "$(known)" = 1 ] && : >"$entry" &&
		[ "$(known)" = 1 ] && echo "$good" >"$entry" && [ "$(known)" = 0 ] &&
		echo "$good$good" >"$entry" && [ "$(known)" = 1 ]
	result "a damaged entry is none"
	look 0 run -n -i "$core" --to 7.3 && [ "$(known)" = 0 ]
	result "and is made again"
	chmod 620 "$entry" && [ "$(known)" = 1 ] && chmod 600 "$entry" && [ "$(known)" = 0 ]
	result "an entry that others can write is none"
	mv "$entry" "$tmp/entry" && ln -s "$tmp/entry" "$entry" && [ "$(known)" = 1 ] &&
		rm "$entry" && mv "$tmp/entry" "$entry" && [ "$(known)" = 0 ]
	result "an entry behind a symbolic link is none"
	other=$(ls "$cache"/* | sed -n 2p)
	cp -p "$other" "$tmp/other" && cat "$entry" >"$other" && [ "$(known)" = 1 ] &&
		cat "$tmp/other" >"$other" && [ "$(known)" = 0 ]
	result "an entry of another object is none"
	chmod 770 "$cache" && [ "$(known)" = "$total" ] && chmod 700 "$cache" && [ "$(known)" = 0 ]
	result "a directory that others can write is none"
	look 0 run -n -i "$core" --to 7.3 && load=$BUILD/luo-load known >"$tmp/other" &&
		[ "$(cat "$tmp/other")" = "$total" ]
	result "what another build of the verifier proved does not count"
else
	skip "what is remembered" "luo-load cannot be run as another user from $BUILD"
fi
if ((!EUID)) && [ -n "$cache" ]; then
	chown 0:0 "$entry" && [ "$(known)" = 1 ] &&
		chown 65534:65534 "$entry" && [ "$(known)" = 0 ]
	result "somebody else's entry is none"
else
	skip "somebody else's entry is none" "needs root"
fi
as=""
# Root's own is not to be had without a mount namespace: what is there must stay as it is.
if ((!EUID)) && unshare -m true 2>/dev/null; then
	mkdir "$tmp/var"
	as="unshare -m sh -c 'mount --bind $tmp/var /var/cache && exec \"\$@\"' sh"
	eval "timeout 60 $as \"$load\" run -n -i \"$core\" --to 7.3" >"$tmp/log" 2>&1 &&
		[ "$(ls "$tmp/var/luo-bpf" | wc -l)" = "$total" ] &&
		[ "$(stat -c %a "$tmp/var/luo-bpf")" = 700 ]
	result "root's is in /var/cache/luo-bpf"
else
	skip "root's is in /var/cache/luo-bpf" "needs root and mount namespaces"
fi

# ---- losses ------------------------------------------------------------------------------

as=""
old=$here/data/6.19-luo_kexec_simple.core
look 3 run -i "$old" -o "$tmp/lossy.core" --to 7.3 --losses none &&
	grep -q "losses are not accepted: .*memfd_v1_to_v2.seals" "$tmp/err" &&
	[ "$(grep -c "NO_TRANSLATOR .*memfd-v1 of 6.19" "$tmp/err")" = 2 ] &&
	[ ! -e "$tmp/lossy.core" ]
result "losses: none is accepted: named, and nothing is written"
look 0 run -n -i "$old" --to 7.3 --losses flags,memfd_v1_to_v2.seals &&
	! grep -q "not accepted: .*memfd_v1_to_v2" "$tmp/err" &&
	grep -q "not accepted: .*memfd_v2_to_v1.seals" "$tmp/err"
result "losses: those of one object by its name"
look 0 run -n -i "$core" --to 7.3 --losses none
result "losses: nothing is lost, nothing has to be accepted"
look 2 run -n -i "$old" --to 7.3 --losses seals,sizes &&
	grep -q "^luo-load: --losses: no object declares a loss of 'sizes'" "$tmp/err"
result "losses: a name that no object declares"
look 3 check --snapshot --target 7.3 --losses none "$old" && look 0 check --snapshot \
	--target 7.3 --losses seals "$old"
result "losses: of many snapshots"

echo "1..$nr"
((failed == 0))
