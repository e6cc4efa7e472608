#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Soundness by force: what the verifier proves of programs that were changed or made at
# random is run under the monitor (selftests/force). SEED, DURATION (seconds) and COUNT
# (programs that are proved) choose; `make check-force` is for long runs, and begins elsewhere
# every day. Here the seed and the number of programs are the same every time, on machines that
# are fast enough: what fails can be told from what is new.
set -u
here=$(dirname "$(realpath "$0")")
BUILD=${BUILD:-${here%/*}/build}
seed=${SEED:-1}
keep=${KEEP:-$BUILD/tests}
# Other tests look for leaks. Here the LeakSanitizer itself was seen to die.
export ASAN_OPTIONS=${ASAN_OPTIONS:-exitcode=99}:detect_leaks=0
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-exitcode=99}
objects=("$BUILD"/bpf/*.bpf.o "$BUILD"/selftests/bpf/luo_v[56]_*.bpf.o
	 "$BUILD"/selftests/bpf/force/*.bpf.o)
# The monitor knows nothing of waivers and of what authors say about meanings.
for obj in "$BUILD"/selftests/bpf/verify/right_*.bpf.o; do
	[[ $obj == */right_waiver* || $obj == */right_meaning* ]] || objects+=("$obj")
done
nr=0 failed=0
mkdir -p "$keep"

# try NAME PROGRAM OPTION..: its "not ok" lines have no numbers yet
try()
{
	local name=$1 out proved

	shift
	out=$("$@" --keep "$keep" "${objects[@]}" 2>&1)
	rc=$?
	nr=$((nr + 1))
	proved=$(sed -n 's/.* \([0-9]*\) proved$/\1/p' <<<"$out")
	if ((rc == 0)) && [ "${proved:-0}" -gt 0 ]; then
		echo "ok $nr - $name: $proved programs proved, none of them wrong"
	else
		failed=$((failed + 1))
		echo "not ok $nr - $name: exit code $rc"
	fi
	sed 's/^not ok - /# FAILED: /; s/^[^#]/# &/' <<<"$out"
}

force=$BUILD/selftests/force/force
if [ -n "${DURATION:-}${COUNT:-}" ]; then
	try "programs at random" "$force" --seed "$seed" \
		--duration "${DURATION:-0}" --count "${COUNT:-0}"
else
	asan=$BUILD/asan/selftests/force/force
	try "programs at random" "$force" --seed "$seed" --duration 90 --count 1200
	try "with sanitizers" "$asan" --seed $((seed + 1)) --duration 20 --count 200
	try "damaged files" "$asan" --fuzz --seed "$seed" --duration 20
fi

echo "1..$nr"
((failed == 0))
