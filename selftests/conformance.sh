#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The plug-in for bpf_conformance keeps that project's protocol: program on standard input,
# memory as argument, r0 on standard output, all base16; else a message and no exit code of 0.
set -u
BUILD=${BUILD:-$(dirname "$(realpath "$0")")/../build}
plugin=$BUILD/selftests/conformance
nr=0 failed=0

# is NAME R0 PROGRAM [ARGUMENT...]: spaces and line ends are allowed, as the runner sends them
is()
{
	local name=$1 want=$2 have

	nr=$((nr + 1))
	have=$(printf '%s\n' "$3" | "$plugin" "${@:4}" 2>&1)
	if [ $? = 0 ] && [ "$have" = "$want" ]; then
		echo "ok $nr - $name"
	else
		failed=$((failed + 1))
		echo "not ok $nr - $name"
		echo "#   '$have', not '$want'"
	fi
}

# fails NAME PROGRAM [ARGUMENT...]: one line on stderr, nothing on stdout
fails()
{
	local name=$1 out rc

	nr=$((nr + 1))
	out=$(printf '%s\n' "$2" | "$plugin" "${@:3}" 2>/dev/null)
	rc=$?
	if ((rc > 0 && rc < 126)) && [ -z "$out" ] &&
	   [ "$(printf '%s\n' "$2" | "$plugin" "${@:3}" 2>&1 | wc -l)" = 1 ]; then
		echo "ok $nr - $name"
	else
		failed=$((failed + 1))
		echo "not ok $nr - $name"
		echo "#   exit $rc, '$out'"
	fi
}

end='95 00 00 00 00 00 00 00'

is "mov" 2a "b7 00 00 00 2a 00 00 00 $end"
is "all 64 bits are printed" ffffffffffffffff "b7 00 00 00 ff ff ff ff $end"
is "nothing between bytes" 2a "b70000002a0000009500000000000000"
is "memory is at r1" 44332211 "61 10 00 00 00 00 00 00 $end" "11 22 33 44"
is "its size is in r2" 5 "bf 20 00 00 00 00 00 00 $end" "1122334455"
is "it can be written" ff "72 01 01 00 ff 00 00 00 71 10 01 00 00 00 00 00 $end" "00 00"
is "without memory r1 is 0" 0 "bf 10 00 00 00 00 00 00 $end"
is "v4: sign extension" ffffffffffffff80 "91 10 00 00 00 00 00 00 $end" "80"
is "atomic add" 3 "b7 02 00 00 02 00 00 00 db 21 00 00 00 00 00 00 79 10 00 00 00 00 00 00 $end" \
	"0100000000000000"
is "call of a function" 7 "85 10 00 00 01 00 00 00 $end b7 00 00 00 07 00 00 00 $end"
is "empty arguments, as older runners pass" 0 "bf 20 00 00 00 00 00 00 $end" "" ""
fails "option" "b7 00 00 00 2a 00 00 00 $end" --jit
fails "option behind the memory" "b7 00 00 00 2a 00 00 00 $end" "11 22" --elf
fails "no runtime functions" "85 20 00 00 00 00 00 00 $end"
# once: if (r6 == 0) { r6 = 1; jump or call }
once="55 06 02 00 00 00 00 00 b7 06 00 00 01 00 00 00"
fails "jump to before the program" "$once 05 00 fb ff 00 00 00 00 $end"
fails "call of before the program" "$once 85 10 00 00 f9 ff ff ff $end"
fails "access behind the memory" "79 10 00 00 00 00 00 00 $end" "11 22 33 44"
fails "unknown instruction" "ff 00 00 00 00 00 00 00 $end"
fails "no end" "b7 00 00 00 2a 00 00 00"
fails "half an instruction" "b7 00 00 00"
fails "no base16" "xx"
fails "nothing" ""
fails "endless loop" "05 00 ff ff 00 00 00 00"

echo "1..$nr"
((failed == 0))
