#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# upstream.sh VERSION KDIR OUT
# Compiles upstream's own live update tests from a kernel's sources into OUT: statically,
# with nolibc, as they are. The stress tests are also made with the limits of 6.19 and 7.1
# (128 files in a session; 819 sessions, one of which the test needs for itself).
set -eu
# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

[ $# -eq 3 ] || die "usage: upstream.sh VERSION KDIR OUT"
s=$("$vm/source.sh" "$1")
kdir=$2 out=$3
tests=$s/tools/testing/selftests/liveupdate
mkdir -p "$out"
lock "headers-${kdir##*/}"
[ -e "$kdir/uapi/include/linux/liveupdate.h" ] ||
	make -s -C "$s" O="$kdir" headers_install INSTALL_HDR_PATH="$kdir/uapi" >/dev/null

# compile NAME SOURCE SED
compile()
{
	sed "$3" "$tests/$2.c" |
		"${CC:-gcc}" -static -O2 -nostdinc -nostdlib -I "$kdir/uapi/include" \
			-I "$s/tools/include/nolibc" -I "$tests/lib/include" -I "$tests" \
			-o "$out/$1" -x c - "$tests/lib/lu_utils.c"
}

for t in "$tests"/luo_*.c; do
	t=$(basename "$t" .c)
	compile "$t" "$t" ''
done
[ ! -e "$tests/luo_stress_files.c" ] ||
	compile luo_stress_files_128 luo_stress_files \
		's/^#define NUM_FILES .*/#define NUM_FILES 128/'
[ ! -e "$tests/luo_stress_sessions.c" ] ||
	compile luo_stress_sessions_818 luo_stress_sessions \
		's/^#define NUM_SESSIONS .*/#define NUM_SESSIONS 818/'
