#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# programs.sh KDIR OUT
# Compiles the programs of guest/ that scenarios use into OUT, statically, with the kernel
# headers that upstream.sh has put into KDIR.
set -eu
# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$top"
# shellcheck source=selftests/vm/libbpf.sh
. "$vm/libbpf.sh"

[ $# -eq 2 ] || die "usage: programs.sh KDIR OUT"
mkdir -p "$2"

# compile NAME SOURCE...
compile()
{
	"${CC:-gcc}" -O2 -Wall -Wextra -Werror -static -I "$kdir/uapi/include" -I kernel \
		-o "$out/$1" "${@:2}"
}

kdir=$1 out=$2
compile state "$vm"/guest/state/*.c
for name in vetoed failnth killat twice kexecload crashload squeeze leaks many \
	devices; do
	compile $name "$vm/guest/$name.c"
done
libbpf_program "$out/hold" "$vm/guest/hold.c"
