#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# luo-load gen: what it writes has to compile with the build's flags when people's places are
# filled, and not before; luo-load verify has to prove it, and luo-load run has to make of the
# captures what the shipped translators make.
set -u
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$SRC" || exit 2

# gen CODE ARGUMENTS
gen() { load "$1" gen "${@:2}"; }

# compile FILE..: with the flags of the build
compile()
{
	local f

	for f; do
		# shellcheck disable=SC2086
		$CLANG ${BPF_CFLAGS:?from make check} -c -o "${f%.c}.o" "$f" \
			>"$tmp/out" 2>"$tmp/err" || say "$f does not compile" || return
		[ ! -s "$tmp/err" ] || return
	done
}

proved()
{
	"$fast" verify "$@" >"$tmp/out" 2>"$tmp/err" &&
		! grep -qvE ': proved:|^  not judged: ' "$tmp/out"
}

errors() { grep -c '^#error' "$1"; }
# fill FILE KEY LINE..: what a person writes into the block
fill()
{
	local f=$1 key=$2

	shift 2
	python3 - "$f" "$key" "$@" <<-'P'
	import re, sys
	text = open(sys.argv[1]).read()
	lines = "\n".join(sys.argv[3:])
	new, n = re.subn(r"(/\* gen: %s[^\n]*\n).*?(\s*/\* gen: end)" % re.escape(sys.argv[2]),
	                 lambda m: m.group(1) + lines + m.group(2), text, flags=re.S)
	assert n == 1, n
	open(sys.argv[1], "w").write(new)
	P
}

# same_memory CORE CORE: notes name the objects, and these differ
same_memory()
{
	PYTHONPATH="$here/oracle" python3 - "$@" <<-"P"
	import sys
	from corefile import Core
	a, b = ([(pa, core.read(pa, n)) for pa, n, _file, _off in core.loads]
	        for core in map(Core.open, sys.argv[1:]))
	sys.exit(a != b)
	P
}

# same CORE TO OBJECT..: bit for bit what the shipped objects make
same()
{
	local core=$1 to=$2

	shift 2
	"$load" run -i "$data/$core" -o "$tmp/a.core" --to "$to" --target-config thp "$@" \
		>"$tmp/out" 2>"$tmp/err" &&
		"$load" run -i "$data/$core" -o "$tmp/b.core" --to "$to" --target-config thp \
			>"$tmp/out" 2>"$tmp/err" &&
		same_memory "$tmp/a.core" "$tmp/b.core"
}

# same_state CORE TO OBJECT..: what they make means what CORE does
same_state()
{
	local core=$1 to=$2

	shift 2
	"$load" run -i "$data/$core.core" -o "$tmp/a.core" --to "$to" --target-config thp "$@" \
		>"$tmp/out" 2>"$tmp/err" &&
		python3 "$here/oracle/khostate.py" --same "$data/$core.core" "$tmp/a.core" \
			>>"$tmp/out" 2>&1
}

# ---- memfd: a few lines from a person ----------------------------------------------------

d=$tmp/memfd
mkdir "$d"
gen 0 -o "$d" 6.19 7.1 memfd && [ "$(ls "$d" | tr '\n' ' ')" = "memfd_v1_accept.bpf.c \
memfd_v1_to_v2.bpf.c memfd_v1_to_v2_test.py memfd_v2_accept.bpf.c memfd_v2_to_v1.bpf.c \
memfd_v2_to_v1_test.py " ] && grep -q '^memfd_v1_to_v2.bpf.c: 3 places to fill' "$tmp/out"
result "memfd: files in both directions"
f=$d/memfd_v1_to_v2.bpf.c
[ "$(errors "$f")" = 3 ] && grep -q '^#error "INIT seals' "$f" &&
	grep -q '^#error "INIT flags' "$f" && grep -q '^#error "MEANING flags' "$f" &&
	! compile "$f" && grep -q 'INIT seals' "$tmp/err"
result "memfd-v1 to v2: seals, flags, and what flags of folios mean; it does not compile"
fill "$f" "INIT memfd_luo_ser.seals" "	new->seals = MEMFD_SEAL_SEAL;" &&
	fill "$f" "INIT memfd_luo_ser.flags" "	new->flags = 0;" &&
	fill "$f" "LOSS of" '#define LOSSES LUO_MEANING("flags", "bits are kept")' && compile "$f"
result "memfd-v1 to v2: with these lines it compiles"
compile "$d/memfd_v1_accept.bpf.c" "$d/memfd_v2_accept.bpf.c"
result "memfd: acceptors compile as they are"
proved "$d"/memfd_v1_to_v2.bpf.o "$d"/*_accept.bpf.o
result "memfd-v1 to v2, and acceptors: proved"
for core in 6.19-luo_kexec_simple.core 6.19-luo_mixed_open.core; do
	same $core 7.1 "$d/memfd_v1_to_v2.bpf.o" "$d/memfd_v2_accept.bpf.o"
	result "memfd-v1 to v2: ${core%.core} as by the shipped one"
done
refuse='		return luob_refuse(tx, MEMFD_SEALS_LOST, LUOB_AT(self, 16), old->seals);'
[ "$(errors "$d/memfd_v2_to_v1.bpf.c")" = 3 ] && ! compile "$d/memfd_v2_to_v1.bpf.c" &&
	fill "$d/memfd_v2_to_v1.bpf.c" "DROP memfd_luo_ser.seals" \
		"	if (old->seals & ~MEMFD_SEAL_SEAL)" "$refuse" &&
	fill "$d/memfd_v2_to_v1.bpf.c" "LOSS of" \
		'#define LOSSES LUO_LOSS("seals", "implied") LUO_MEANING("flags", "kept")' &&
	compile "$d/memfd_v2_to_v1.bpf.c" && proved "$d/memfd_v2_to_v1.bpf.o"
result "memfd-v2 to v1: a loss and its test, then proved"

# ---- the generated test ------------------------------------------------------------------

python3 "$d/memfd_v1_to_v2_test.py" "$data/6.19-luo_mixed_open.core" "$d" "$fast" >"$tmp/out" \
	2>"$tmp/err" && ! grep -q SKIP "$tmp/out" &&
	grep -q '^ok .* pos = 0x8000000000000000: kept' "$tmp/out" &&
	grep -q 'nr_folios = 0xffffffffffffffff: refused' "$tmp/out"
result "limits: each value is kept or refused"
mkdir "$tmp/wrong" && cp "$f" "$tmp/wrong" && fill "$tmp/wrong/memfd_v1_to_v2.bpf.c" \
	"INIT memfd_luo_ser.flags" "	new->flags = 0;" \
	"	new->pos = old->pos & 0xffffffff;" &&
	compile "$tmp/wrong/memfd_v1_to_v2.bpf.c"
python3 "$d/memfd_v1_to_v2_test.py" "$data/6.19-luo_mixed_open.core" "$tmp/wrong" "$fast" \
	>"$tmp/out" 2>"$tmp/err"
[ $? = 1 ] && grep -q '^not ok .* pos = 0x8000000000000000' "$tmp/out"
result "limits: a translator that loses bits is found"
python3 "$d/memfd_v2_to_v1_test.py" "$data/7.1-luo_kexec_simple.core" "$d" "$fast" >"$tmp/out" \
	2>"$tmp/err" && grep -q 'SKIP the state is refused as it is: .*kexec-metadata' "$tmp/out"
result "limits: a state that is refused anyway tests nothing, and says so"

# ---- again -------------------------------------------------------------------------------

cp -r "$d" "$tmp/before"
gen 0 -o "$d" 6.19 7.1 memfd && grep -q '^memfd_v1_to_v2.bpf.c: 3 kept' "$tmp/out" &&
	for f in "$d"/*.c "$d"/*.py; do cmp "$f" "$tmp/before/${f##*/}" || break; done
result "again: what people wrote is kept, all else is the same"
f=$d/memfd_v1_to_v2.bpf.c
sed -i 's/new->size = old->size/new->size = old->size + 1/' "$f"
cp "$f" "$tmp/edited" && gen 3 -o "$d" 6.19 7.1 memfd &&
	one_line "was changed outside of its blocks" && cmp "$f" "$tmp/edited"
result "again: a file that was changed elsewhere is left alone"
echo 'int mine;' >"$f" && gen 3 -o "$d" 6.19 7.1 memfd && one_line "was not written by gen" &&
	[ "$(cat "$f")" = "int mine;" ]
result "again: a file of somebody else is left alone"

# ---- luo: nothing is left to people ------------------------------------------------------

d=$tmp/luo
mkdir "$d"
gen 0 -o "$d" 7.1 7.2 luo && ! grep -q 'to fill' "$tmp/out" && compile "$d"/*.bpf.c
result "luo-v1 to v5: an FDT, tables and arrays to a record and chains, complete"
proved "$d"/*.bpf.o
result "luo-v1 to v5, back, and acceptors: proved"
for core in 7.1-luo_mixed_open 7.1-luo_stress_sessions_818 7.1-luo_kexec_simple-reserve_mem; do
	same_state $core 7.3 "$d/luo_v1_to_v5.bpf.o" "$d/luo_v5_accept.bpf.o"
	result "luo-v1 to v5: $core is the same state"
done
for core in 7.2-luo_mixed_open 7.3-luo_mixed_open; do
	same_state $core 7.1 "$d/luo_v5_to_v1.bpf.o" "$d/luo_v1_accept.bpf.o"
	result "luo-v5 to v1: $core is the same state"
done
mkdir "$tmp/619" && gen 0 -o "$tmp/619" 6.19 7.1 luo &&
	[ "$(errors "$tmp/619/luo_v1_6_19_to_7_1.bpf.c")" = 1 ] &&
	grep -q '"INIT flbs_pa: set new->flbs_pa, a handle' "$tmp/619/luo_v1_6_19_to_7_1.bpf.c" &&
	[ "$(errors "$tmp/619/luo_v1_7_1_to_6_19.bpf.c")" = 2 ]
result "luo-v1 of 6.19 to luo-v1 of 7.1: releases in the names, one handle is a person's"

# ---- other layouts -----------------------------------------------------------------------

mkdir "$tmp/x"
cat >"$tmp/x/acme.h" <<-'H'
	#include "abi/tags.h"
	enum acme_bits { ACME_ONE = 1, ACME_FOUR = 4 };
	struct acme___a {
		__u64 wide;
		__u32 narrow;
		__u32 first : 4;
		__u32 second : 28;
		char name[16] __luo_string;
		__u64 gone;
	} __luo_packed;
	struct acme___b {
		__u32 version __luo_version;
		__u32 bits __luo_flags(acme_bits);
		__u64 narrow;
		__u32 wide;
		char name[16] __luo_string;
		__u32 second : 28;
		__u32 first : 4;
	} __luo_packed;
	struct acme___c {
		__u32 version __luo_version;
		__u32 wide;
		__u64 narrow;
		char name[16] __luo_string;
		__u32 second : 28;
		__u32 first : 4;
		__u64 gone;
	} __luo_packed;
H
cat >"$tmp/x/types.bpf.c" <<'C'
#include "acme.h"
struct {
	struct acme___a a;
	struct acme___b b;
	struct acme___c c;
	enum acme_bits e;
} all;
C
BPF_CFLAGS="$BPF_CFLAGS -I$tmp/x"
compile "$tmp/x/types.bpf.c"
o=$tmp/x/types.bpf.o
types()
{
	gen 0 -o "$tmp/x" --type "$o:acme___a@acme-v1" "$o:acme___$1@2" --family acme -I acme.h
}
f=$tmp/x/acme_v1_to_v2.bpf.c
types b && grep -q 'if (old->wide > 0xffffffff)' "$f" && grep -q 'VALUE_TOO_WIDE' "$f" &&
	grep -q 'new->version = 2;' "$f" && [ "$(errors "$f")" = 3 ]
result "types of an object: narrowed fields are tested, the version is set"
fill "$f" "DROP acme.gone" "	if (old->gone)" \
	"		return luob_refuse(tx, VALUE_TOO_WIDE, LUOB_AT(self, 0), old->gone);" &&
	fill "$f" "LOSS of" '#define LOSSES LUO_LOSS("gone", "always 0")' &&
	fill "$f" "INIT acme.bits" "	new->bits = ACME_FOUR;" && compile "$f" &&
	proved "${f%.c}.o" && ! compile "$tmp/x/acme_v2_to_v1.bpf.c" &&
	compile "$tmp/x/acme_v1_accept.bpf.c" "$tmp/x/acme_v2_accept.bpf.c" &&
	proved "$tmp"/x/*_accept.bpf.o && grep -q '~0x5ULL' "$tmp/x/acme_v2_accept.bpf.c"
result "types of an object: filled, they are proved"
types c && [ "$(errors "$f")" = 0 ] &&
	grep -q '^#if 0 /\* no longer asked for: INIT acme.bits \*/' "$f" &&
	grep -q 'new->bits = ACME_FOUR;' "$f" && compile "$f" && proved "${f%.c}.o"
result "again, after the layout changed: work that nothing asks for is set aside"

mkdir "$tmp/y"
gen 0 -o "$tmp/y" --type "$o:acme___a@acme-v1" "$o:acme___c@1" --family acme -I acme.h &&
	[ "$(ls "$tmp/y" | tr '\n' ' ')" = "acme_v1_a_accept.bpf.c acme_v1_a_to_c.bpf.c \
acme_v1_a_to_c_test.py acme_v1_c_accept.bpf.c acme_v1_c_to_a.bpf.c acme_v1_c_to_a_test.py " ]
result "types whose versions are called the same: their flavours are in the names"

# ---- profiles, and what can't be done ----------------------------------------------------

mkdir "$tmp/p"
gen 0 -j -o "$tmp/p" loader/profiles/6.19.11.profile loader/profiles/7.3.4.profile &&
	python3 - "$tmp/out" <<-'P'
	import json, sys
	o = {f["file"]: f["stubs"] for f in json.load(open(sys.argv[1]))}
	assert o["memfd_v1_to_v2.bpf.c"] == 3 and "luo_v1_to_v5.bpf.c" in o, o
	assert not any(n.startswith(("memblock", "kexec", "luo_bpf")) for n in o), o
	P
result "two profiles: every family that changes, as JSON"
gcc -g -O1 -nostdlib -static -ffreestanding -fno-pie -no-pie -fno-stack-protector \
	-Wl,-Ttext-segment=0x81000000,--build-id=none -DOTHER_LAYOUT -o "$tmp/vendor" \
	selftests/oracle/kernel.c >"$tmp/out" 2>"$tmp/err" && pahole -J "$tmp/vendor" &&
	objcopy --set-section-flags .BTF=alloc,readonly "$tmp/vendor" 2>/dev/null
gen 3 -o "$tmp/p" 6.19 "$tmp/vendor" memfd &&
	one_line "write the structure down with tags and use --type"
result "a vendor's layout without tags is refused"
gen 0 -o "$tmp/p" 7.2 7.3 && grep -q 'nothing to translate' "$tmp/out" &&
	gen 3 -o "$tmp/p" 7.2 7.3 memfd && one_line "the formats are the same"
result "nothing to translate"
gen 2 7.1 && one_line "two kernels" && gen 2 -o "$tmp/p" 7.1 5.10 && one_line "5.10: neither" &&
	gen 1 -o "$tmp/nowhere" 7.1 7.2 && one_line "No such file" &&
	gen 2 --type memfd_luo_ser___v1@a memfd_luo_ser___v2@b &&
	one_line "--type needs --family" &&
	gen 2 -o "$tmp/p" --type memfd_luo_ser___v1 memfd_luo_ser___v2@b --family memfd &&
	one_line "its version is missing" && gen 2 --nonsense && one_line "unknown option" &&
	gen 0 --help && grep -q '^Example: luo-load gen' "$tmp/out"
result "usage, and help"

echo "1..$nr"
((failed == 0))
