# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # variables are for who sources this
#
# What tests of commands share; each sources it first: where things are, a directory of the
# test's own, TAP, and a look at luo-load. $tmp/out and $tmp/err are what it printed last.
here=$(dirname "$(realpath "$0")")
SRC=${SRC:-${here%/*}} BUILD=${BUILD:-${here%/*}/build}
export LUO_BPF_PATH=${LUO_BPF_PATH:-$BUILD/bpf}
export ASAN_OPTIONS=${ASAN_OPTIONS:-exitcode=99} UBSAN_OPTIONS=${UBSAN_OPTIONS:-exitcode=99}
load=${LUO_LOAD_ASAN:-$BUILD/asan/luo-load}
fast=${LUO_LOAD:-$BUILD/luo-load}
CLANG=${CLANG:-clang}
data=$here/data
bpf=$BUILD/selftests/bpf
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
nr=0 failed=0

# result NAME: the exit code before it decides; $tmp/out and $tmp/err explain
result()
{
	local rc=$?

	nr=$((nr + 1))
	if ((rc == 0)); then
		echo "ok $nr - $1"
	else
		failed=$((failed + 1))
		echo "not ok $nr - $1"
		cat "$tmp/out" "$tmp/err" | sed 's/^/#   /' | cut -c1-200 | tail -n 25
	fi
}

skip() { nr=$((nr + 1)); echo "ok $nr - $1 # SKIP $2"; }
say() { echo "$*" >>"$tmp/err"; return 1; }

# load CODE ARGUMENTS: luo-load has to end so, within a minute
load()
{
	local want=$1 rc

	shift
	timeout "${seconds:-60}" "$load" "$@" >"$tmp/out" 2>"$tmp/err"
	rc=$?
	((rc == want)) || say "exit $rc, not $want"
}

# one_line TEXT: all of stderr is one line that says so
one_line()
{
	[ "$(wc -l <"$tmp/err")" = 1 ] && grep -qF -- "$1" "$tmp/err" || say "not one line '$1'"
}
