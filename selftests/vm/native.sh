#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# native.sh KDIR OUT
# Builds luo_bpf.ko with all translators, and those of bench.sh, compiled as kernel C, for bench.sh, and prints its
# path. It is the module as it is, but for the line that says which function runs.
set -eu
# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

[ $# -eq 2 ] || die "usage: native.sh KDIR OUT"
kdir=$1 out=$2 src=$2/src
rm -rf "$src"
mkdir -p "$src/native"
cp -r "$top"/kernel/{abi,core,module,Makefile,luo_bpf_driver.h} "$src"
cp "$vm/native/luo_bpf.h" "$src/native"
cp "$top"/bpf-progs/*.bpf.c "$top"/bpf-progs/include/*.h "$src/native" 2>/dev/null
cp "$top"/selftests/bpf/bench_*.{bpf.c,h} "$src/native"
cp "$vm/native/luo_bpf.h" "$src/native/luo_bpf.h"

names=()
for c in "$src"/native/*.bpf.c; do
	base=$(basename "$c" .bpf.c)
	name=$(sed -n 's/^LUO_\(TRANSLATOR\|ACCEPTOR\)(\(.*\));$/\2/p' "$c")
	names+=("$name")
	printf '#define luo_config_thp luo_config_thp_%s\n#include "%s"\n' "$name" "$base.bpf.c" \
		>"$src/native/native_$base.c"
	echo "luo_bpf-y += native/native_$base.o" >>"$src/native/objects"
done
{
	echo '#include "module/luo_bpf.h"'
	printf 'extern const struct luo_translator luob_native_%s;\n' "${names[@]}"
	echo 'const struct luo_translator *luob_native(const char *name)'
	echo '{'
	for name in "${names[@]}"; do
		printf '\tif (!strcmp(name, "%s"))\n\t\treturn &luob_native_%s;\n' "$name" "$name"
	done
	printf '\treturn NULL;\n}\n'
} >"$src/native/table.c"
echo "luo_bpf-y += native/table.o" >>"$src/native/objects"

# The line.
f=$src/module/transaction.c
line='const struct luo_translator \*ops = luob_state->ops\[prog - luob_state->blob.progs\];'
grep -q "$line" "$f" || die "transaction.c has changed: which function runs?"
sed -i "s/$line/const struct luo_translator *ops = luob_native_of(prog);/" "$f"
cat >"$src/module/native_of.h" <<'END'
const struct luo_translator *luob_native(const char *name);
/* By name once, then by number. */
static const struct luo_translator *luob_native_of(const struct luob_prog *prog)
{
	static const struct luo_translator *seen[64];
	size_t i = prog - luob_state->blob.progs;

	if (!seen[i])
		seen[i] = luob_native(prog->name);
	return seen[i];
}
END
sed -i '/^static int luob_host_run/i #include "native_of.h"' "$f"
sed -i "/^CFLAGS_module/r $src/native/objects" "$src/Makefile"
sed -i '/^CFLAGS_module/i ccflags-y += -I$(src) -I$(src)/native -Wno-unused-function' "$src/Makefile"
make -s -C "$src" KDIR="$kdir" MO="$out/module" >"$out/log" 2>&1 || {
	tail -20 "$out/log" >&2
	die "the module with translators in C does not build: $out/log"
}
echo "$out/module/luo_bpf.ko"
