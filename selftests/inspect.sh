#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What a user sees of `luo-load inspect`: on captures of real kernels, on damaged and on
# unfrozen copies of them, on names that attack the terminal, and on a root of no release.
set -u
data=$SRC/selftests/data
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
unset LUO_BPF_PATH
n=0

ok()
{
	n=$((n + 1))
	echo "ok $n - $1"
}

not_ok()
{
	n=$((n + 1))
	echo "not ok $n - $1"
	{ head -40 "$tmp/out"; tail -20 "$tmp/err"; } | cut -c1-300 | sed 's/^/# /'
}

skip()
{
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

# look CODE ARGS...: output goes to $tmp/out and $tmp/err; whether luo-load ends with CODE
look()
{
	local want=$1 rc=0
	shift
	"${luo:-$LUO_LOAD}" "$@" >"$tmp/out" 2>"$tmp/err" || rc=$?
	echo "exit $rc, not $want: $*" >"$tmp/why"
	((rc == want)) || cat "$tmp/why" >>"$tmp/err"
	((rc == want))
}

# shows PATTERN...: whether each of these is in the output, as it stands there
shows()
{
	local p
	for p; do
		grep -qF -- "$p" "$tmp/out" && continue
		echo "no '$p' in the output" >>"$tmp/err"
		return 1
	done
}

# one_line TEXT: whether standard error is one line with TEXT in it
one_line()
{
	[ "$(wc -l <"$tmp/err")" = 1 ] && grep -qF -- "$1" "$tmp/err"
}

# clean: no control characters, no escape sequences, all of it UTF-8
clean()
{
	cat "$tmp/out" "$tmp/err" | python3 -c '
import sys, unicodedata
text = sys.stdin.buffer.read().decode()
bad = {c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf")}
sys.exit("characters in the output: %r" % bad if bad else 0)' 2>>"$tmp/err"
}

# check NAME COMMAND...: a test
check()
{
	local name=$1
	shift
	if "$@"; then ok "$name"; else not_ok "$name"; fi
}

# json EXPRESSION: prints EXPRESSION of the JSON in $tmp/out
cat >"$tmp/state.py" <<'END'
import json, sys
d = json.load(open(sys.argv[1]))
subtrees = {s["name"]: s for s in d.get("subtrees", [])}
luo = subtrees.get("LUO", {}).get("record", {})
sessions = luo.get("sessions_pa", {}).get("elements", [])
def files(s):
    f = s["file_set_ser"]["files"]
    return f.get("elements", []) if f else []
records = [f["data"]["record"] for s in sessions for f in files(s) if f["data"].get("record")]
print(eval(sys.argv[2]))
END
json()
{
	python3 "$tmp/state.py" "$tmp/out" "$1" 2>>"$tmp/err"
}

# is EXPRESSION VALUE
is()
{
	local got
	got=$(json "$1")
	[ "$got" = "$2" ] && return
	echo "$1 is $got, not $2" >>"$tmp/err"
	false
}

# patch IN OUT ADDRESS=HEX|text:TEXT|find:OLD:NEW...: a copy with other memory
cat >"$tmp/patch.py" <<'END'
import struct, sys
d = bytearray(open(sys.argv[1], "rb").read())
phoff, = struct.unpack_from("<Q", d, 32)
phnum, = struct.unpack_from("<H", d, 56)
segs = [struct.unpack_from("<IIQQQQQQ", d, phoff + 56 * i) for i in range(phnum)]
def place(pa):
    for t, _f, off, _va, p, fsz, _m, _a in segs:
        if t == 1 and p <= pa < p + fsz:
            return off + pa - p
    sys.exit("0x%x is not in the file" % pa)
for arg in sys.argv[3:]:
    pa, what = arg.split("=", 1)
    off = place(int(pa, 0))
    if what.startswith("find:"):
        old, new = (bytes.fromhex(x) for x in what[5:].split(":"))
        at = d.index(old, off, off + 4096)
        d[at:at + len(new)] = new
    else:
        new = bytes.fromhex(what)
        d[off:off + len(new)] = new
open(sys.argv[2], "wb").write(d)
END
patch()
{
	python3 "$tmp/patch.py" "$@" 2>>"$tmp/err"
}

hex() { printf %s "$1" | od -An -v -tx1 | tr -d ' \n'; }
plus() { printf 0x%x $(($1 + $2)); }
word() { python3 -c 'import sys; print((int(sys.argv[1], 0)).to_bytes(8, "little").hex())' "$1"; }

have()
{
	[ -e "$data/$1.core" ]
}

# ---- captures of real kernels ---------------------------------------------------------

every_capture()
{
	local f
	for f in "$data"/*.core; do
		look 0 inspect "$f" && shows LUO "frozen: sessions are recorded" KHO && clean &&
			[ ! -s "$tmp/err" ] || return 1
		look 0 inspect -v "$f" && shows "struct luo_session_ser" && clean || return 1
		look 0 -j inspect "$f" && python3 -m json.tool "$tmp/out" /dev/null &&
			is 'd["exit"], d["damage"], d["frozen"]' "(0, [], True)" || return 1
	done
}
check "captures are whole and frozen, as a tree and as JSON" every_capture

tree_7_1()
{
	look 0 inspect "$data/7.1-luo_mixed_open.core" &&
		shows "7.1.13 (from the note), read as 7.1" "kho-v3, root at 0x" "luo-v1 at 0x" \
		"6 sessions" "'mix-empty'" "no files" "'open-first'" "3 files" \
		"token 7  memfd-v2  5 B, position 2, seals SEAL, 1 folio: 1 x 4 KiB" \
		"token 6  memfd-v2  0 B, position 0, seals SEAL, no folios" \
		"12.0 KiB (12289 B), position 4096" "20 folios: 20 x 4 KiB" "seals SHRINK|GROW" \
		"seals SHRINK|WRITE" "token 0xffffffff00000000" "no FLBs" "written by '7.1.13'" \
		"3 areas, 288 MiB" "873 ranges, 3.5 MiB (3649536 B)"
}
if have 7.1-luo_mixed_open; then
	check "7.1: sessions, files, sizes, positions, seals" tree_7_1
fi

json_7_1()
{
	look 0 inspect -j "$data/7.1-luo_mixed_open.core" &&
		is '[s["name"] for s in sessions][2:]' \
			"['open-first', 'open second', 'open-third', 'mix é']" &&
		is '[r["size"] for r in records]' \
			"[5, 0, 12289, 81920, 8192, 8192, 1228800, 2097152]" &&
		is '[r["seals"] for r in records]' "[1, 1, 1, 1, 6, 10, 1, 1]" &&
		is 'records[4]["seals_names"]' "['SHRINK', 'GROW']" &&
		is 'records[2]["folios"]["elements"]' \
			"[[0, 1, 3], [1, 1, 3], [2, 1, 3], [3, 1, 3]]" &&
		is 'd["sessions"], d["files"], len(records)' "(6, 8, 8)" &&
		is 'd["kho"]["preserved_ranges"], d["kho"]["preserved_bytes"]' "(873, 3649536)" &&
		is '[f["token"] for f in files(sessions[3])]' "[18446744069414584320, 1, 2]" &&
		is 'all(x.startswith("0x") for r in records if r["folios"] for x in
			r["folios"]["addresses"])' True
}
if have 7.1-luo_mixed_open; then
	check "7.1: the same as JSON" json_7_1
fi

# judge FILE..: Python from stdin, about these
judge() { python3 - "$@" 2>>"$tmp/err"; }

# The text and the JSON of each capture tell of the same sessions, sizes and seals.
agree()
{
	local f
	for f in "$data"/*.core; do
		look 0 -v inspect "$f" && cp "$tmp/out" "$tmp/text" && look 0 -j inspect "$f" &&
			judge "$tmp/state.py" "$tmp/out" "$tmp/text" <<-'END' || return 1
			import io, contextlib, re, sys
			code, out, text = sys.argv[1:]
			sys.argv = [code, out, "None"]
			with contextlib.redirect_stdout(io.StringIO()):
			    exec(open(code).read())
			text = open(text).read()
			def all_of(pattern):
			    return re.findall(pattern, text, re.M)
			names = all_of(r"^\W*\.name = \"(.*)\",$")
			flbs = (luo.get("flbs_pa") or {}).get("elements", [])
			assert len(names) == len(sessions) + len(flbs), (len(names), len(sessions))
			ascii_ = [s["name"] for s in sessions if s["name"].isascii()]
			assert not set(ascii_) - set(names), set(ascii_) - set(names)
			assert [int(x) for x in all_of(r"\.token = \(__u64\)(\d+)")] == \
			    [f["token"] for s in sessions for f in files(s)]
			sizes = [int(x) for x in all_of(r"\.size = \(__u64\)(\d+)")]
			assert sizes[-len(records):] == [r["size"] for r in records] or \
			    "memblock" in subtrees
			assert [int(x) for x in all_of(r"\.seals = \(__u32\)(\d+)")] == \
			    [r["seals"] for r in records if "seals" in r]
			END
	done
}
check "tree and JSON agree" agree

# An independent decoder, too.
oracle()
{
	local f
	for f in "$data"/*.core; do
		look 0 -j inspect "$f" || return 1
		PYTHONPATH=$SRC/selftests/oracle PYTHONDONTWRITEBYTECODE=1 \
			judge "$tmp/state.py" "$tmp/out" "$f" <<-'END' || return 1
			import io, contextlib, sys
			import khostate
			code, out, core = sys.argv[1:]
			sys.argv = [code, out, "None"]
			with contextlib.redirect_stdout(io.StringIO()):
			    exec(open(code).read())
			mine = [(s["name"], [(f["token"], f["data"]["record"]["size"],
			                      f["data"]["record"]["pos"],
			                      f["data"]["record"].get("seals"),
			                      [x for x in (f["data"]["record"]["folios"] or {})
			                       .get("elements", []) if x[1]])
			                     for f in files(s)]) for s in sessions]
			def name(s):
			    return s["name"].encode("latin-1").decode("utf-8", "backslashreplace")
			theirs = [(name(s), [(f["token"], f["memfd"]["size"], f["memfd"]["pos"],
			                        f["memfd"]["seals"],
			                        [list(x) for x in f["memfd"]["folios"]])
			                       for f in s["files"]])
			          for s in khostate.read(core).sessions]
			assert mine == theirs, (mine, theirs)
			END
	done
}
if [ -e "$SRC/selftests/oracle/khostate.py" ]; then
	check "the independent decoder agrees" oracle
fi

if have 6.19-luo_mixed_open; then
	check "6.19: seals are not there, and that is said" eval \
		'look 0 inspect "$data/6.19-luo_mixed_open.core" &&
		shows "seals not recorded" kho-v1'
fi
if have 7.2-luo_mixed_open; then
	check "7.2: large folios are counted by size" eval \
		'look 0 inspect "$data/7.2-luo_mixed_open.core" &&
		shows "1 folio: 1 x 2 MiB" kho-v4'
fi
if have 7.2-flb-luo_kexec_simple; then
	check "FLBs with their users and values" eval \
		'look 0 inspect "$data/7.2-flb-luo_kexec_simple.core" && shows "3 FLBs" \
		"'\''liveupdate-test-flb-v1'\''  value 0xfeedf00dcafebee1, users 2"'
fi
if have 7.1-luo_kexec_simple-reserve_mem; then
	check "reserve_mem regions with their names" eval \
		'look 0 inspect "$data/7.1-luo_kexec_simple-reserve_mem.core" &&
		shows "memblock-v1" "2 regions" "'\''labmem'\''  100 KiB, at 0x" \
			"'\''labbig'\''  2 MiB"'
fi

long_lists()
{
	local f=$data/7.1-luo_stress_sessions_818.core
	look 0 inspect "$f" && shows "819 sessions" "... and 799 more (-v shows them)" &&
		[ "$(wc -l <"$tmp/out")" -lt 50 ] &&
		look 0 inspect "$f" -v && shows "'many-test-817'" && ! shows "more (-v" 2>/dev/null
}
if have 7.1-luo_stress_sessions_818; then
	check "long lists are cut, unless -v" long_lists
fi

# ---- options --------------------------------------------------------------------------

some=$(ls "$data"/7.3-*.core "$data"/7.1-*.core 2>/dev/null | head -1)

places()
{
	look 0 -j inspect "$some" && cp "$tmp/out" "$tmp/a" && look 0 inspect "$some" --json &&
		cmp -s "$tmp/a" "$tmp/out" &&
		look 0 -v inspect "$some" && cp "$tmp/out" "$tmp/a" &&
		look 0 inspect -v "$some" && cmp -s "$tmp/a" "$tmp/out"
}
check "-v and -j before and behind the command" places

glyphs()
{
	LC_ALL=C look 0 inspect "$some" && shows '`- ' && ! grep -q '[^ -~]' "$tmp/out" &&
		LC_ALL=C.UTF-8 look 0 inspect "$some" && shows '└─ '
}
check "lines are drawn as the locale can" glyphs

colours()
{
	local esc=$'\033'
	TERM=xterm script -qec "'$LUO_LOAD' inspect '$some'" /dev/null >"$tmp/out" 2>"$tmp/err"
	shows "${esc}[1m" "${esc}[32mfrozen" && look 0 inspect "$some" &&
		! shows "$esc" 2>/dev/null
}
if script -qec true /dev/null >/dev/null 2>&1; then
	check "colour on a terminal only" colours
else
	skip "colour on a terminal only" "script(1) gets no terminal"
fi

root_option()
{
	local root
	look 0 -j inspect "$some" && root=$(json 'd["kho"]["root"]') &&
		look 0 inspect --root "$root" "$some" &&
		shows "root at $root (from the argument)" &&
		look 3 inspect --root 0x7000 "$some" && one_line "NO_ROOT"
}
check "--root" root_option

usage()
{
	look 2 inspect && one_line "SNAPSHOT is missing" && look 2 inspect --nonsense "$some" &&
		one_line "unknown option" && look 1 inspect --from "$tmp/none" "$some" &&
		echo junk >"$tmp/junk" && look 2 inspect --from "$tmp/junk" "$some" &&
		one_line "not a profile" &&
		look 2 inspect --root zero "$some" && one_line "--root" &&
		look 0 inspect --help && shows "Example: luo-load inspect" "--from PROFILE" "Exit:"
}
check "usage errors, and help" usage

no_state()
{
	look 1 inspect "$tmp/none" && one_line "No such file" &&
		echo hello >"$tmp/text.core" &&
		look 3 inspect "$tmp/text.core" && one_line BAD_SNAPSHOT &&
		head -c 3000 "$some" >"$tmp/short.core" && look 3 inspect "$tmp/short.core" &&
		one_line "" && look 3 -j inspect "$tmp/short.core" &&
		is 'd["exit"]' 3
}
check "no file, no core, half a core" no_state

# ---- what is not frozen ---------------------------------------------------------------

no_map()
{
	local map root
	look 0 -j inspect "$some" &&
		map=$(json 'd["kho"]["map"]') && root=$(json 'd["kho"]["root"]') &&
		patch "$some" "$tmp/x.core" "$root=find:$(word "$map"):$(word 0)" &&
		look 3 inspect "$tmp/x.core" && one_line NOT_FROZEN && shows "kho-v" &&
		look 3 -j inspect "$tmp/x.core" && is '"NOT_FROZEN" in d["error"]' True
}
check "no memory map: NOT_FROZEN" no_map

no_sessions()
{
	local f=$data/7.1-luo_kexec_simple.core at
	look 0 -j inspect "$f" && at=$(json 'luo["sessions_pa"]["addr"]') &&
		patch "$f" "$tmp/x.core" "$at=$(word 0)" &&
		look 3 inspect "$tmp/x.core" && one_line NOT_FROZEN && shows "no sessions" \
			"NOT FROZEN: no session is recorded, but memory is preserved" &&
		! shows "damage:" 2>/dev/null && look 3 -j inspect "$tmp/x.core" &&
		is 'd["frozen"], d["state"], d["exit"]' "(False, 'NOT FROZEN', 3)"
}
if have 7.1-luo_kexec_simple; then
	check "no session recorded, but memory kept for some: NOT FROZEN" no_sessions
fi

# ---- damage ---------------------------------------------------------------------------

# broken RULE ADDRESS=HEX...: a copy of $f with that memory is shown, and the damage listed
broken()
{
	local rule=$1
	shift
	patch "$f" "$tmp/x.core" "$@" && look 3 inspect "$tmp/x.core" && clean &&
		one_line "damaged in" && shows "damage: $rule" "6 sessions" &&
		look 3 -j inspect "$tmp/x.core" && is 'd["exit"], d["frozen"]' "(3, True)" &&
		is 'd["damage"][0]["rule"]' "$rule"
}

damage()
{
	local a b s
	look 0 -j inspect "$f" &&
		a=$(json 'files(sessions[2])[1]["data"]["addr"]') &&
		b=$(json 'sessions[2]["file_set_ser"]["files"]["addr"]') &&
		s=$(json 'luo["sessions_pa"]["addr"]') || return 1
	# The array of files starts at $b: string, data, token.
	broken USED_TWICE "$(plus "$b" 48)=$(word "$a")" &&
		look 3 inspect "$tmp/x.core" && shows "shown above already" \
		"sessions_pa[2] 'open-first'/file_set_ser.files[1] token 0x6 field data: " &&
		broken NOT_PRESERVED "$(plus "$b" 48)=$(word 0x7000)" &&
		broken STRING_NOT_TERMINATED "$b=$(hex "$(printf 'x%.0s' {1..48})")" &&
		broken UNKNOWN_RECORD "$b=$(hex vfio-v1)00" &&
		look 3 inspect "$tmp/x.core" && shows "vfio-v1" "unknown: not followed" &&
		broken NOT_UNIQUE "$(plus "$b" 56)=$(word 6)" &&
		broken COUNT_OVERFLOW "$(plus "$s" $((8 + 2 * 80 + 72)))=$(word 70000)"
}
f=$data/7.1-luo_mixed_open.core
if have 7.1-luo_mixed_open; then
	check "damage is listed with rule and place, and what is beside it is shown" damage
fi

cycle()
{
	local b
	f=$data/7.3-luo_mixed_open.core
	look 0 -j inspect "$f" && b=$(json 'luo["sessions_pa"]["addr"]') &&
		patch "$f" "$tmp/x.core" "$b=$(word "$b")" && look 3 inspect "$tmp/x.core" &&
		shows "CHAIN_CYCLE"
}
if have 7.3-luo_mixed_open; then
	check "a chain that bites its tail" cycle
fi

# ---- what the file may say to a terminal ----------------------------------------------

attack()
{
	local s evil
	look 0 -j inspect "$f" && s=$(json 'luo["sessions_pa"]["addr"]') || return 1
	# ESC, BEL, DEL, newline, C1 as UTF-8 and bare, right-to-left override, half a character
	evil=41$(printf '1b5d303b78077f0ac29b9be280ae22c3')00
	patch "$f" "$tmp/x.core" "$(plus "$s" 8)=$evil" || return 1
	for locale in C C.UTF-8; do
		LC_ALL=$locale look 0 inspect "$tmp/x.core" && clean && shows "'A\\x1b]0;x\\x07" &&
			LC_ALL=$locale look 0 inspect -v "$tmp/x.core" && clean || return 1
	done
	look 0 -j inspect "$tmp/x.core" && clean &&
		is 'sessions[0]["name"][:8]' $'A\033]0;x\007\177' || return 1
	# The version string ends up in a message of damage.
	s=$(json 'sessions[2]["file_set_ser"]["files"]["addr"]')
	patch "$f" "$tmp/x.core" "$s=${evil}00" && look 3 inspect "$tmp/x.core" && clean &&
		look 3 -j inspect "$tmp/x.core" && clean &&
		python3 -m json.tool "$tmp/out" /dev/null
}
f=$data/7.1-luo_mixed_open.core
if have 7.1-luo_mixed_open; then
	check "control characters in names stay in the file" attack
fi

# ---- what is not known ----------------------------------------------------------------

unknown_subtree()
{
	local root rename
	f=$data/7.1-luo_kexec_simple.core
	rename=find:$(hex kexec-metadata):$(hex other-metadata)
	look 0 -j inspect "$f" && root=$(json 'd["kho"]["root"]') &&
		patch "$f" "$tmp/x.core" "$root=$rename" &&
		look 0 inspect "$tmp/x.core" && shows "other-metadata  at 0x" "73 B" \
		"unknown: not followed" "note: 1 preserved ranges" && [ ! -s "$tmp/err" ] &&
		look 0 -j inspect "$tmp/x.core" &&
		is 'subtrees["other-metadata"]["known"]' False &&
		is 'd["kho"]["unreferenced_ranges"]' 1
}
if have 7.1-luo_kexec_simple; then
	check "an unknown subtree is named, not called damage" unknown_subtree
fi

invented()
{
	local luo6=$tmp/luo_v6_accept.bpf
	cat >"$luo6.c" <<-'END'
	#include "luo_bpf.h"
	#include "abi/luo.h"
	enum luo_policy { LUO_POLICY_STRICT = 1, LUO_POLICY_LATE = 4 };
	struct luo_ser___v6 {
		char compatible[8] __luo_string __luo_version;
		__u32 epoch;
		__u32 policy __luo_flags(luo_policy);
		luo_phys_t sessions_pa __luo_to_blocks(luo_session_ser___v5);
		luo_phys_t flbs_pa __luo_to_page(luo_flb_header_ser, luo_flb_ser, count);
	} __luo_packed;
	LUO_READS("luo", "luo-v6", struct luo_ser___v6, LUO_ALSO(struct luo_session_ser___v5)
		  LUO_ALSO(struct luo_file_ser) LUO_ALSO(struct luo_flb_header_ser)
		  LUO_ALSO(struct luo_flb_ser) LUO_ALSO(enum luo_policy));
	SEC("struct_ops.s/accept")
	int BPF_PROG(accept, struct luo_tx *tx, __u64 self)
	{
		return 0;
	}
	LUO_ACCEPTOR(luo_v6_accept);
	END
	printf '%s\n' "luo-profile 1" "release invented" "base 7.3" \
		"format luo luo-v6 subtree LUO luo_ser___v6" >"$tmp/profile"
	(cd "$SRC" && $CLANG $BPF_CFLAGS -c -o "$luo6.o" "$luo6.c") 2>"$tmp/err" || return 1
	f=$data/7.3-luo_mixed_open.core
	look 0 -j inspect "$f" && patch "$f" "$tmp/x.core" \
		"$(json 'subtrees["LUO"]["addr"]')=$(hex luo-v6)00002a00000015000000" || return 1
	look 0 inspect --from "$tmp/profile" "$tmp/x.core" "$luo6.o" &&
		shows "luo-v6 at 0x" "epoch 42" "policy STRICT|LATE|0x10" "6 sessions" "memfd-v2" \
		"seals SHRINK|GROW" "read as invented" &&
		look 0 inspect -v --from "$tmp/profile" "$tmp/x.core" "$luo6.o" &&
		shows ".epoch = (__u32)42" &&
		look 0 inspect -j --from "$tmp/profile" "$tmp/x.core" "$luo6.o" &&
		is 'luo["epoch"], luo["policy"], luo["policy_names"], len(sessions)' \
			"(42, 21, ['STRICT', 'LATE', '0x10'], 6)"
}
if [ -z "${CLANG:-}" ] || [ -z "${BPF_CFLAGS:-}" ]; then
	skip "a root of no release, by the BTF of an object" "not started by make check"
elif have 7.3-luo_mixed_open; then
	check "a root of no release, by the BTF of an object" invented
fi

# ---- and all of it with sanitizers ----------------------------------------------------

sanitized()
{
	local f o luo=$LUO_LOAD_ASAN
	for f in "$data"/*.core "$tmp/short.core"; do
		for o in -v -j; do
			"$luo" inspect $o "$f" >"$tmp/out" 2>"$tmp/err"
			(($? == 0 || $? == 3)) || return 1
		done
	done
	f=$data/7.1-luo_mixed_open.core
	! have 7.1-luo_mixed_open || { damage && attack; }
}
if [ -x "${LUO_LOAD_ASAN:-}" ]; then
	check "the same under sanitizers" sanitized
else
	skip "the same under sanitizers" "not built"
fi
echo "1..$n"
