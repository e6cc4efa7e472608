#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Completion, as luo-load completion makes it out of the help of its commands: asked in bash
# as readline would, and in zsh.
set -u
here=$(dirname "$(realpath "$0")")
SRC=${SRC:-${here%/*}} BUILD=${BUILD:-${here%/*}/build}
load=${LUO_LOAD_ASAN:-$BUILD/asan/luo-load}
fast=${LUO_LOAD:-$BUILD/luo-load}
export ASAN_OPTIONS=${ASAN_OPTIONS:-exitcode=99} UBSAN_OPTIONS=${UBSAN_OPTIONS:-exitcode=99}
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
		cat "$tmp/out" "$tmp/err" | sed 's/^/#   /' | head -n 20
	fi
	: >"$tmp/out" >"$tmp/err"
}

skip() { nr=$((nr + 1)); echo "ok $nr - $1 # SKIP $2"; }
say() { echo "$*" >>"$tmp/err"; return 1; }

: >"$tmp/out" >"$tmp/err"
"$load" completion bash >"$tmp/c.bash" 2>"$tmp/err" && bash -n "$tmp/c.bash" 2>>"$tmp/err" &&
	[ ! -s "$tmp/err" ]
result "luo-load completion bash"
"$load" completion >"$tmp/out" 2>"$tmp/err"
[ $? = 2 ] && [ "$(wc -l <"$tmp/err")" = 1 ] && [ ! -s "$tmp/out" ]
result "no shell is a usage error"
"$load" completion tcsh >"$tmp/out" 2>"$tmp/err"
[ $? = 2 ]
result "so is one that it does not know"
"$load" help >"$tmp/help" && ! grep -q completion "$tmp/help"
result "the command is for packages, and not in the list"

. "$tmp/c.bash"
complete -p luo-load >"$tmp/out" 2>"$tmp/err"
result "bash knows whom to ask"

mkdir "$tmp/d" "$tmp/d/directory"
: >"$tmp/d/old.core"
: >"$tmp/d/new file.core"
cd "$tmp/d" || exit 2

# complete WORD..: what is offered for the last one
offer()
{
	COMP_WORDS=(luo-load "$@") COMP_CWORD=$#
	COMPREPLY=()
	_luo_load 2>>"$tmp/err"
	((${#COMPREPLY[@]})) && printf '%s\n' "${COMPREPLY[@]}" | sort >"$tmp/out" || : >"$tmp/out"
}

# offers TEXT: these lines, all of them
offers() { diff <(printf '%s\n' "$@" | sort) "$tmp/out" >>"$tmp/err"; }

sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p' "$tmp/help" >"$tmp/commands"
offer ""
grep -v ^- "$tmp/out" | diff - <({ cat "$tmp/commands"; echo help; } | sort) >>"$tmp/err"
result "all commands of luo-load help"
offer do
offers doctor
result "do: doctor"
offer di
offers diff disarm
result "di: diff and disarm"
offer -j insp
offers inspect
result "a command behind an option"

in_help() { sed -n '/^$/,$p' | grep -E '^ {2,6}-' | grep -oE -- '--[a-z][-a-z0-9]*' | sort -u; }
while read -r c; do
	"$fast" "$c" --help >"$tmp/h"
	[ "$c" != check ] || "$fast" check --snapshot --help >>"$tmp/h"
	grep -E '^ {2,6}-' "$tmp/h" | sed 's/^\( *-[^ ]*,\? *[^ ]*\) .*/&/' |
		grep -oE '^ {2,6}(-[a-zA-Z], )?--[a-z][-a-z0-9]*|  -[a-z], --[a-z]+' |
		grep -oE -- '--[a-z][-a-z0-9]*' | sort -u >"$tmp/want"
	offer "$c" -
	diff "$tmp/want" "$tmp/out" >>"$tmp/err"
	result "$c: the options of its help"
done <"$tmp/commands"

offer run --en
offers --engine
result "run --en"
offer run --engine ""
offers auto interpreter jit
result "run --engine: engines, and no files"
offer run -i old.core --to 7
grep -qx 7.1 "$tmp/out" && grep -qx 7.3 "$tmp/out" && ! grep -q 6.19 "$tmp/out"
result "run --to 7: releases"
offer run --to ""
grep -qx 6.19 "$tmp/out" && grep -qx old.core "$tmp/out"
result "run --to: releases, and files, as it may be a profile"
offer run -i ""
offers directory "new file.core" old.core
result "run -i: files, also with blanks"
offer run -i "new f"
offers "new file.core"
result "a name with a blank is one"
offer verify --counterexample ""
offers directory
result "verify --counterexample: directories only"
offer gen -f me
offers memfd memblock
result "gen -f me: families"
offer diff 6
offers 6.19
result "diff 6: a release"
offer run o
offers old.core
result "run o: files, as releases are for --to"
offer inspect --root ""
offers "" || [ ! -s "$tmp/out" ]
result "inspect --root: nobody knows"
offer plan --from 6
offers 6.19
result "plan --from 6: a release"
offer matrix 6
offers 6.19
result "matrix 6: a release"
offer install --tier ""
offers stable testing local
result "install --tier: tiers"
offer evidence a
offers add
result "evidence a: add"
offer evidence add --kind k
offers kernels
result "evidence add --kind k: kernels"
offer --root d
offers directory
result "--root before a command: directories"
offer --root directory do
offers doctor
result "and a command behind it"
mkdir -p names/testing
: >names/one.bpf.o
: >names/testing/two.bpf.o
: >names/testing/my.evidence
[ "$(_luo_load_names names{,/testing,/local} | sort | xargs)" = "my.evidence one two" ]
result "names of objects, without their suffix"
rm -r names
offer nonsense ""
result "an unknown command: no error"
[ ! -s "$tmp/err" ]
result "nothing was said on stderr"

# ---- zsh -------------------------------------------------------------------------------

"$load" completion zsh >"$tmp/_luo-load" 2>"$tmp/err" &&
	head -n 1 "$tmp/_luo-load" | grep -qx '#compdef luo-load'
result "luo-load completion zsh"
if ! command -v zsh >/dev/null; then
	skip "zsh" "not installed"
else
	zsh -n "$tmp/_luo-load" 2>"$tmp/err"
	result "zsh: it parses"
	# A shell of its own on a terminal, and the tabulator key.
	cat >"$tmp/drive" <<-'P'
	zmodload zsh/zpty
	zpty z zsh -f -i
	say() { zpty -w -n z "$1" }
	say $'PS1=; fpath=('$1$' $fpath); autoload -Uz compinit; compinit -u -D; '
	say $'zstyle ":completion:*" list-colors ""; LISTMAX=1000; PS1="READY>"\n'
	zpty -r z out '*READY>*READY>' || zpty -r z out '*READY>'
	say "$2"$'\t'
	sleep 1.5
	while zpty -r -t z out; do print -rn -- "$out"; done
	zpty -d z
	P
	# tab LINE: what zsh shows
	tab()
	{
		timeout 30 zsh -f "$tmp/drive" "$tmp" "$1" 2>>"$tmp/err" | tr -d '\r' |
			sed 's/\x1b\[[?0-9;]*[a-zA-Z]//g' >"$tmp/out"
	}
	tab "luo-load doc"
		grep -q 'tor' "$tmp/out"
	result "zsh: doc becomes doctor"
	tab "luo-load run --mon"
	grep -q 'itor' "$tmp/out"
	result "zsh: run --mon becomes --monitor"
	tab "luo-load run --engine in"
	grep -q 'terpreter' "$tmp/out"
	result "zsh: run --engine in becomes interpreter"
fi

echo "1..$nr"
((failed == 0))
