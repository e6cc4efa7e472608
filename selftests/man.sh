#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Every command has a page and a --help with an example; both name the same options, and
# these are those that the command takes. Pages are clean for man and mandoc. The author's
# guide is one text, bpf-progs/README.md: luo-bpf-translator(7) is made from it.
set -u
here=$(dirname "$(realpath "$0")")
SRC=${SRC:-${here%/*}} BUILD=${BUILD:-${here%/*}/build}
export LUO_BPF_PATH=${LUO_BPF_PATH:-$BUILD/bpf}
load=${LUO_LOAD:-$BUILD/luo-load}
man=$SRC/loader/man
guide=$BUILD/man/luo-bpf-translator.7
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

# Options in help: at the beginning of lines, "-x, --long ARG", some with several.
in_help()
{
	sed -n '/^$/,$p' | grep -E '^ {2,6}-' |
		grep -oE '(^|  |, )[ ]*-(-[a-z][-a-z0-9]*|[a-zA-Z])\b' | tr -d ' ,' | sort -u
}

# Options in a page: the tags of its section OPTIONS.
in_page()
{
	sed -n '/^\.SH OPTIONS/,/^\.SH [^O]/p' "$1" | sed -n '/^\.TP/{n;p}' | sed 's/\\-/-/g' |
		grep -oE '(^|[ ",])-(-[a-z][-a-z0-9]*|[a-zA-Z])\b' | tr -d ' ",' | sort -u
}

: >"$tmp/out" >"$tmp/err"
"$load" help >"$tmp/help" &&
	commands=$(sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p' "$tmp/help")
[ "$(wc -w <<<"$commands")" -ge 17 ]
result "luo-load help lists commands"

for c in $commands; do
	"$load" "$c" --help >"$tmp/help-$c" 2>"$tmp/err" && [ ! -s "$tmp/err" ] &&
		grep -q '^Usage: luo-load' "$tmp/help-$c" &&
		grep -qE '^Examples?: ' "$tmp/help-$c" &&
		sed -n '/^Example/,$p' "$tmp/help-$c" | grep -q "luo-load.* $c" &&
		grep -q '^Exit' "$tmp/help-$c" && ! grep -qE '^.{101,}' "$tmp/help-$c"
	result "$c --help: usage, exit codes, an example"
	# Options of all examples are known to the help.
	[ "$c" != check ] || "$load" check --snapshot --help >>"$tmp/help-$c"
	in_help <"$tmp/help-$c" >"$tmp/opts"
	[ "$c" != check ] || echo --snapshot >>"$tmp/opts"
	sed -n '/^Example/,$p' "$tmp/help-$c" | tr '\n' ' ' | grep -oE "luo-load $c [^|&>]*" |
		grep -oE ' -(-[a-z][-a-z]*|[a-z])\b' | tr -d ' ' | sort -u >"$tmp/used"
	sort -u -o "$tmp/opts" "$tmp/opts"
	comm -23 "$tmp/used" "$tmp/opts" >"$tmp/out"
	[ ! -s "$tmp/out" ]
	result "$c --help: the example uses options that it names"

	page=$man/luo-load-$c.1
	[ -e "$page" ] || { say "there is no $page"; result "$c: a page"; continue; }
	in_page "$page" >"$tmp/paged"
	diff "$tmp/opts" "$tmp/paged" >"$tmp/out"
	result "$c: the page has the options of --help, and no others"
	grep -q "^\.TH LUO-LOAD-${c^^} 1 " "$page" && grep -q "^luo-load-$c \\\\- " "$page" &&
		grep -q '^\.SH EXIT STATUS' "$page" && grep -q '^\.SH EXAMPLES' "$page" &&
		grep -qF "luo\\-load\\-${c//-/\\-} (1)" "$man/luo-load.1"
	result "$c: the page has a name, exit codes and examples, and luo-load(1) refers to it"
done
for page in "$man"/luo-load-*.1; do
	c=${page##*/luo-load-} c=${c%.1}
	grep -qx "$c" <<<"$commands" || say "$page: there is no such command"
done
[ ! -s "$tmp/err" ]
result "no page is about a command that there is not"

# Every option that any command has, tried with each: --help comes behind it, so that nothing
# happens. What is taken has to be in the help; an abbreviation of that is all right.
sed -n 's/^\t{ "\([a-z][-a-z0-9]*\)", \(no\|required\)_argument.*/\1 \2/p' \
	"$SRC"/loader/cmd/*.c | sort -u >"$tmp/table"
[ "$(wc -l <"$tmp/table")" -gt 30 ]
result "options of all commands are found in the sources"
for c in $commands; do
	"$load" "$c" --no-such-option >"$tmp/out" 2>"$tmp/err"
	[ $? = 2 ] && [ ! -s "$tmp/out" ] && [ "$(wc -l <"$tmp/err")" = 1 ] &&
		grep -q "no-such-option.*see luo-load $c --help" "$tmp/err" &&
		{ "$load" -j "$c" --no-such-option >"$tmp/out" 2>"$tmp/err"; [ $? = 2 ]; } &&
		grep -q '"error":.*no-such-option' "$tmp/out" && [ ! -s "$tmp/err" ]
	result "$c: an unknown option is one line, in JSON too, that says where to look"
	in_help <"$tmp/help-$c" >"$tmp/opts"
	while read -r option kind; do
		[ "$option" != snapshot ] || continue
		arg=
		[ "$kind" = no ] || arg==/
		"$load" "$c" "--$option$arg" --help >"$tmp/one" 2>/dev/null &&
			grep -q ^Usage "$tmp/one" && ! grep -q -- "^--$option" "$tmp/opts" &&
			echo "$c takes --$option" >>"$tmp/out"
	done <"$tmp/table"
	[ ! -s "$tmp/out" ]
	result "$c: takes no option that its help does not have"
done

# ---- clean pages -----------------------------------------------------------------------

for page in "$man"/*.[1-8] "$guide"; do
	if command -v man >/dev/null; then
		man --warnings -E UTF-8 -l "$page" 2>"$tmp/out" >"$tmp/page" &&
			[ ! -s "$tmp/out" ] && [ "$(wc -l <"$tmp/page")" -gt 20 ]
		result "${page##*/}: man --warnings has none"
	else
		skip "${page##*/}: man --warnings" "no man"
	fi
	if command -v mandoc >/dev/null; then
		# Pages have no date: the version is what matters.
		mandoc -T lint -W warning "$page" | grep -v 'WARNING: missing date' >"$tmp/out"
		[ ! -s "$tmp/out" ]
		result "${page##*/}: mandoc has nothing to say"
	else
		skip "${page##*/}: mandoc" "not installed"
	fi
done

# ---- the author's guide ----------------------------------------------------------------

python3 "$man/guide.py" "$SRC/bpf-progs/README.md" >"$tmp/guide" 2>"$tmp/err" &&
	cmp "$tmp/guide" "$guide" 2>>"$tmp/err"
result "luo-bpf-translator(7) is what README.md says"
# Every word of the text is in the page that people see, but for what is markup.
if command -v mandoc >/dev/null; then
	mandoc -T utf8 -O width=900 "$guide" | sed $'s/.\b//g' >"$tmp/page"
	python3 - "$SRC/bpf-progs/README.md" "$tmp/page" >"$tmp/out" 2>"$tmp/err" <<-'P'
	import re, sys
	def words(path):
	    text = open(path, encoding="utf-8").read().lower()
	    return set(re.findall(r"[a-z0-9_]{3,}", text))
	lost = words(sys.argv[1]) - words(sys.argv[2]) - {"sh"}
	print(sorted(lost))
	assert len(lost) <= 10, len(lost)
	P
	result "its words are those of README.md"
else
	skip "its words are those of README.md" "no mandoc"
fi
printf '# x\n\n> a quote\n' >"$tmp/odd.md"
! python3 "$man/guide.py" "$tmp/odd.md" >"$tmp/out" 2>"$tmp/err" && grep -q 'odd.md:3: ' "$tmp/err"
result "Markdown that guide.py does not know is an error, with its line"

echo "1..$nr"
((failed == 0))
