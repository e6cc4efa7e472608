#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# libluobpf: what it exports, its header in the languages that people have, and a program
# that knows nothing but that header (selftests/api/luostat.c), against luo-load's words.
set -u
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
load=$fast
asan=$BUILD/asan/selftests/api/luostat
lib=$BUILD/libluobpf.so.0 header=$SRC/loader/api/luobpf.h map=$SRC/loader/api/libluobpf.map

# ---- symbols ---------------------------------------------------------------------------

: >"$tmp/out" >"$tmp/err"
nm -D --defined-only "$lib" | awk '$2 != "A" { print $3 }' | sort >"$tmp/exported"
sed -n 's/^\t\t\(luobpf_[a-z_]*\);$/\1@@LIBLUOBPF_0.1/p' "$map" | sort >"$tmp/listed"
diff "$tmp/listed" "$tmp/exported" >"$tmp/out" && [ "$(wc -l <"$tmp/listed")" -gt 30 ]
result "exported is what libluobpf.map lists, with its version, and nothing else"
# What a compiler sees of the header, without comments.
gcc -E -P -x c "$header" | tr '\n' ' ' | grep -oE '\bluobpf_[a-z_]+ ?\(' | tr -d ' (' | sort -u \
	>"$tmp/declared"
sed 's/@.*//' "$tmp/listed" | diff - "$tmp/declared" >"$tmp/out"
result "the header declares exactly these"
readelf -d "$lib" >"$tmp/out" && grep -q 'SONAME.*\[libluobpf.so.0\]' "$tmp/out" &&
	! grep -q 'NEEDED.*libbpf' "$tmp/out"
result "it is libluobpf.so.0, and needs no libbpf of the suite"

# ---- the header ------------------------------------------------------------------------

mkdir "$tmp/include"
cp "$header" "$tmp/include"
# use COMPILER FLAGS..: the header alone, and twice
use()
{
	"$@" -Wall -Wextra -Werror -I"$tmp/include" -o "$tmp/use" - \
		-L"$tmp" -l:libluobpf.so.0 >"$tmp/out" 2>"$tmp/err" <<-C &&
		#include <luobpf.h>
		#include <luobpf.h>
		int main(void) { return luobpf_version() == 0; }
	C
		LD_LIBRARY_PATH=$tmp "$tmp/use" >>"$tmp/out" 2>>"$tmp/err"
}

cp "$lib" "$tmp"
for cc in gcc clang; do
	for std in c99 c11 gnu17; do
		use $cc -x c -std=$std -pedantic -Wstrict-prototypes
		result "$cc -std=$std -pedantic"
	done
done
for cc in g++ clang++; do
	if ! command -v $cc >/dev/null; then
		skip "$cc -std=c++11 -pedantic" "no $cc"
		continue
	fi
	use $cc -x c++ -std=c++11 -pedantic
	result "$cc -std=c++11 -pedantic"
done

# ---- pkg-config ------------------------------------------------------------------------

if command -v pkg-config >/dev/null; then
	sed "s|@PREFIX@|$tmp|; s|@LIBDIR@|$tmp|; s|@VERSION@|1.2|" \
		"$SRC/loader/api/libluobpf.pc.in" >"$tmp/libluobpf.pc"
	ln -s libluobpf.so.0 "$tmp/libluobpf.so"
	flags=$(PKG_CONFIG_PATH=$tmp pkg-config --cflags --libs libluobpf 2>"$tmp/err") &&
		gcc -std=c99 -pedantic -Wall -Wextra -Werror -o "$tmp/luostat" \
			"$here/api/luostat.c" $flags >"$tmp/out" 2>>"$tmp/err"
	result "luostat compiles with what pkg-config says"
else
	gcc -std=c99 -pedantic -Wall -Wextra -Werror -I"$tmp/include" -o "$tmp/luostat" \
		"$here/api/luostat.c" -L"$tmp" -l:libluobpf.so.0 >"$tmp/out" 2>"$tmp/err"
	result "luostat compiles"
	skip "pkg-config" "not installed"
fi
export LD_LIBRARY_PATH=$tmp

# ---- the program -----------------------------------------------------------------------

# stat CODE ARGUMENTS: with the shared library, and with sanitizers: both say the same
stat()
{
	local want=$1 rc

	shift
	timeout 60 "$asan" "$@" >"$tmp/asan" 2>"$tmp/err"
	rc=$?
	((rc == want)) || { say "with sanitizers: exit $rc, not $want"; return; }
	timeout 60 "$tmp/luostat" "$@" >"$tmp/out" 2>"$tmp/err"
	rc=$?
	((rc == want)) || say "exit $rc, not $want"
	cmp "$tmp/asan" "$tmp/out" 2>>"$tmp/err"
}

stat 0 version && [ "luo-load $(cat "$tmp/out")" = "$("$load" --version)" ]
result "the library has the version of luo-load"

for core in "$data"/*.core; do
	"$load" inspect -j "$core" >"$tmp/json" 2>/dev/null
	want=$?
	stat $want inspect "$core" && python3 - "$tmp/json" "$tmp/out" <<-'P' 2>>"$tmp/err"
	import json, sys
	j = json.load(open(sys.argv[1]))
	line, *damage = open(sys.argv[2]).read().splitlines()
	text = json.dumps(j)
	release, kho, rest = line.split(" ", 2)
	frozen, sessions, files, size = rest.rsplit(" ", 3)
	assert '"%s"' % release in text and '"%s"' % kho in text, line
	assert '"%s"' % frozen in text, line
	assert j["sessions"] == int(sessions) and j["files"] == int(files), line
	P
	result "inspect $(basename "$core"): as luo-load inspect"
done
head -c 5000 "$data/7.1-luo_kexec_simple.core" >"$tmp/cut.core"
stat 1 inspect "$tmp/cut.core" && grep -q "cut.core: .*(Bad message)" "$tmp/err"
result "a snapshot that is cut short: -EBADMSG, with the reason"
stat 1 inspect "$tmp/none.core" && grep -q "No such file" "$tmp/err"
result "a file that is not there"

for obj in "$BUILD"/bpf/*.bpf.o; do
	"$load" verify "$obj" >"$tmp/said" 2>/dev/null
	verdict=$(sed 's/ acceptor.*//; s/, .*//' "$tmp/said")
	stat 0 verify "$obj" && grep -qF "$verdict" "$tmp/out"
	result "verify $(basename "$obj"): as luo-load verify"
done
bad=$BUILD/selftests/bpf/verify/wrong_dropped.bpf.o
stat 3 verify "$bad" && grep -q ': refused: ' "$tmp/out" &&
	grep -q $'^loss.*\twrong_dropped' "$tmp/out"
result "verify of an object that drops a field: refused, with rule and line"
stat 1 verify "$data/7.1-luo_kexec_simple.core" && grep -q "Invalid argument" "$tmp/err"
result "verify of a file that is no object: -EINVAL"

# as_plan FROM TO: formats, steps, losses and blockers are those of luo-load plan
as_plan()
{
	"$load" plan -j --from "$1" --to "$2" >"$tmp/json" 2>/dev/null
	python3 - "$tmp/json" "$tmp/out" <<-'P' 2>>"$tmp/err"
	import json, sys
	plan, rows = json.load(open(sys.argv[1])), []
	for f in plan["formats"]:
	    to = "?" if f["verdict"] in ("blocked", "untested") else f["to"]
	    steps = [s["object"] for s in f["steps"]]
	    rows.append(" ".join([f["family"], f["from"], "->", to] + steps))
	    rows += ["\t".join((b["rule"], "", "", b["text"])) for b in f["blockers"]]
	    rows += ["\t".join(("LOSS", s["object"], l["field"], l["why"]))
	             for s in f["steps"] for l in s["losses"]]
	ours = open(sys.argv[2]).read().splitlines()
	assert ours == rows and len(rows) >= 4, (ours, rows)
	P
}
stat 0 plan 7.1 7.3 && grep -qx 'luo luo-v1 -> luo-v5 luo_v1_to_v5' "$tmp/out" &&
	grep -qx 'memfd memfd-v2 -> memfd-v2' "$tmp/out" && as_plan 7.1 7.3
result "plan 7.1 to 7.3: as luo-load plan"
stat 0 plan 6.19 7.3 && grep -qx 'memfd memfd-v1 -> memfd-v2 memfd_v1_to_v2' "$tmp/out" &&
	grep -q $'^LOSS\tmemfd_v1_to_v2\tseals\t' "$tmp/out" &&
	grep -qx 'luo luo-v1 -> luo-v5 luo_v1_6_19_to_7_1 luo_v1_to_v5' "$tmp/out" &&
	as_plan 6.19 7.3
result "plan 6.19 to 7.3: two steps, in order, and what they lose"
stat 3 plan 7.1 6.19 && as_plan 7.1 6.19 && grep -q -- '-> ?$' "$tmp/out" &&
	grep -q '^KHO_MAP_TO_BITMAPS' "$tmp/out"
result "plan 7.1 to 6.19: what leads nowhere is blocked, and why"
stat 0 plan 7.1 7.3 "$bad" && ! grep -q wrong_dropped "$tmp/out" && as_plan 7.1 7.3
result "plan with an object that is refused: not used"
stat 0 plan "$data/7.1-luo_kexec_simple.core" "$SRC/loader/profiles/7.3.4.profile" &&
	as_plan "$data/7.1-luo_kexec_simple.core" "$SRC/loader/profiles/7.3.4.profile"
result "plan from a snapshot to a profile"
"$load" run -j -n -i "$data/6.19-luo_mixed_open.core" --to 7.3 --target-config thp \
	>"$tmp/json" 2>/dev/null
stat 0 plan 6.19 7.3 && python3 - "$tmp/json" "$tmp/out" <<-'P' 2>>"$tmp/err"
	import json, sys
	plan = {}
	for line in open(sys.argv[2]):
	    if "\t" not in line:
	        family, rest = line.split(" ", 1)
	        plan[family] = rest.split()[3:]
	records = [r for r in json.load(open(sys.argv[1]))["records"]]
	assert len(records) > 3
	for r in records:
	    assert plan[r["family"]] == r["steps"].split(), (r, plan)
	P
result "plan: the steps that luo-load run takes"
stat 1 plan 7.1 9.9 && grep -q 'plan: 9.9: .*(Invalid argument)' "$tmp/err"
result "plan to a release that nobody knows"
stat 1 plan 7.1 7.3 "$data/7.1-luo_kexec_simple.core" && grep -q 'Invalid argument' "$tmp/err"
result "plan with a file that is no object"
stat 3 plan 6.19 7.3 "" none && grep -q '^memfd memfd-v1 -> ?$' "$tmp/out" &&
	! grep -q '^LOSS' "$tmp/out" && stat 0 plan 6.19 7.3 "" memfd_v1_to_v2.seals &&
	grep -q $'^LOSS\tmemfd_v1_to_v2\tseals\t' "$tmp/out"
result "plan: only losses that are accepted"
stat 1 plan 6.19 7.3 "" colour &&
	one_line "losses: no object declares a loss of 'colour'; luo-load info shows"
result "plan: a loss that no object declares is refused"
stat 0 sizes 6.19 7.3 && python3 - "$tmp/out" 2>>"$tmp/err" <<-'P'
	import sys
	got, member = (list(map(int, line.split())) for line in open(sys.argv[1]))
	at, size = member
	later = got.pop()
	for nr, blocked in enumerate(got):
	    sz = 4 * nr
	    want = blocked < 0 if sz < 8 else blocked == 0 if sz < size else blocked == 1
	    assert want, (sz, blocked)
	assert at < size and later < 0 and got[-1] == 1, (later, got)
P
result "options of other sizes: what does not fit is zero, what is not known has to be"

"$load" run -i "$data/7.1-luo_kexec_simple.core" -o "$tmp/ours.core" --to 7.3 >/dev/null 2>&1
stat 0 run "$data/7.1-luo_kexec_simple.core" "$tmp/lib.core" 7.3 &&
	cmp "$tmp/ours.core" "$tmp/lib.core" &&
	grep -q "^carried $(wc -c <"$tmp/lib.core") " "$tmp/out"
result "run: the bytes that luo-load run writes"
rm -f "$tmp/lib.core"
"$load" run -j -n -i "$data/7.1-luo_mixed_open.core" --to 6.19 >"$tmp/json" 2>/dev/null
stat 3 run "$data/7.1-luo_mixed_open.core" "$tmp/lib.core" 6.19 && [ ! -e "$tmp/lib.core" ] &&
	grep -q '^refused 0 $' "$tmp/out" &&
	grep -q $'^MEMFD_SEALS_LOST\tLUO/.*\tseals\t' "$tmp/out" &&
	python3 - "$tmp/json" "$tmp/out" 2>>"$tmp/err" <<-'P'
	import json, sys
	blockers = json.load(open(sys.argv[1]))["blockers"]
	assert len(blockers) == sum("\t" in line for line in open(sys.argv[2])), blockers
P
result "run: all blockers of luo-load run, and nothing is written"
stat 3 run "$data/7.1-luo_kexec_simple.core" - 7.3 "" "$bad" &&
	grep -q '^not proved 0 not proved right: wrong_dropped' "$tmp/out"
result "run with an object that is not proved: not used, and named"
stat 3 run "$data/6.19-luo_kexec_simple.core" - 7.3 no-thp "" none &&
	grep -q $'^NO_TRANSLATOR\t' "$tmp/out" &&
	grep -q '^warning: not used, their losses are not accepted: .*seals' "$tmp/out" &&
	stat 0 run "$data/6.19-luo_kexec_simple.core" - 7.3 no-thp "" flags,seals &&
	stat 3 run "$data/6.19-luo_kexec_simple.core" - 7.3 no-thp "" colour &&
	grep -q "^usage 0 --losses: no object declares a loss of 'colour'" "$tmp/out"
result "run: only losses that are accepted"
stat 3 run "$data/7.1-luo_kexec_simple.core" - 9.9 && grep -q '^usage 0 9.9: ' "$tmp/out"
result "run to a release that nobody knows"
stat 3 run "$tmp/none.core" - 7.3 && grep -q '^system error 0 .*none.core: ' "$tmp/out"
result "run of a file that is not there"

# ---- what is remembered ----------------------------------------------------------------

# Proofs are kept by the build of the verifier. That is the library, whoever calls it.
as=()
if [ "$(id -u)" = 0 ]; then
	as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	chmod 755 "$tmp"
fi
if ((${#as[@]})) && ! "${as[@]}" test -r "$tmp/luostat" 2>/dev/null; then
	skip "proofs are remembered for this build of the library" "no other user can be asked"
else
	install -d -m 700 "$tmp/cache" "$tmp/root"
	mkdir "$tmp/other"
	cp "$data/7.1-luo_kexec_simple.core" "$tmp/in.core"
	cp -r "$BUILD/bpf" "$tmp/bpf"
	id=$(readelf -n "$lib" | sed -n 's/^ *Build ID: //p')
	python3 - "$lib" "$id" "$tmp/other/libluobpf.so.0" <<-'P'
	import sys
	data, note = open(sys.argv[1], "rb").read(), bytes.fromhex(sys.argv[2])
	assert data.count(note) == 1
	open(sys.argv[3], "wb").write(data.replace(note, note[::-1]))
	P
	chmod -R a+rX "$tmp"
	((${#as[@]})) && chown 65534 "$tmp/cache"
	# remembered LIBRARY: the number of proofs after a run with it
	remembered()
	{
		LUO_BPF_PATH=$tmp/bpf XDG_CACHE_HOME=$tmp/cache LD_LIBRARY_PATH=$1 \
			"${as[@]}" "$tmp/luostat" run "$tmp/in.core" - 7.3 >"$tmp/out" 2>"$tmp/err"
		find "$tmp/cache" -type f | wc -l
	}
	one=$(remembered "$tmp") again=$(remembered "$tmp") two=$(remembered "$tmp/other")
	((one > 3 && again == one && two == 2 * one)) || say "proofs: $one, $again, $two"
	result "proofs are remembered for this build of the library"
fi

echo "1..$nr"
((failed == 0))
