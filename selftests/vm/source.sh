#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# source.sh VERSION		e.g. 7.1 (its newest point release) or 7.1.8
# source.sh --list		what the mirror has
# Prints the directory of a kernel's source tree, after fetching it if necessary.
#
# Sources are the orig tarballs of Debian's source package "linux", that is upstream's
# tree, or the package linux-source-X.Y, with Debian's patches; the newest release wins.
# The mirror is the one that this machine's apt uses, with other suites and a private
# apt state, so that the host's lists stay as they are.
# KERNEL_SRC=DIR takes a tree, or a directory of trees, instead.
set -eu
# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

[ $# -eq 1 ] || die "usage: source.sh VERSION | --list"
want=$1
src=$cache/src
apt=$cache/apt
suites="trixie-backports sid forky experimental trixie"

# Release of the tree in $1 as VERSION.PATCHLEVEL.SUBLEVEL, nothing if it is none.
release()
{
	sed -n '1,6{s/^VERSION = //p;s/^PATCHLEVEL = //p;s/^SUBLEVEL = //p}' "$1/Makefile" \
		2>/dev/null | paste -sd.
}

matches()
{
	case $1 in "$want" | "$want".*) return 0 ;; *) return 1 ;; esac
}

# The newest matching tree among the arguments.
newest()
{
	local d r
	for d; do
		r=$(release "$d")
		! matches "${r:-none}" || printf '%s %s\n' "$r" "$d"
	done | sort -V | tail -1 | cut -d' ' -f2-
}

# Where this machine gets its own release from, in whatever form that is configured.
mirror()
{
	local codename uri
	codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	uri=$(apt-get indextargets --no-release-info --format '$(RELEASE) $(REPO_URI)' \
		'Created-By: Packages' |
		awk -v s="$codename" '$1 == s || $1 ~ /^(old)*stable$/ { print $2; exit }')
	[ -n "$uri" ] || die "apt's configuration names no mirror of $codename; set KERNEL_SRC"
	echo "$uri"
}

apt_options()
{
	local uri suite keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	uri=$(mirror)
	mkdir -p "$apt"/lists/partial "$apt"/cache/archives/partial
	for suite in $suites; do
		printf "deb%s [signed-by=$keyring] $uri $suite main\n" "" -src
	done >"$apt/sources.list"
	o=(-q -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=-
	   -o Dir::State::lists="$apt/lists" -o Dir::Cache="$apt/cache"
	   -o Acquire::Languages=none -o Acquire::Retries=3 -o APT::Sandbox::User=)
	# A suite that went away is no reason to fail: another one may have it.
	apt-get "${o[@]}" update >&2 || say "some suites could not be read"
}

versions()
{
	apt-cache "${o[@]}" showsrc linux | sed -n 's/^Version: //p' | sort -uV
}

if [ "$want" = --list ]; then
	apt_options
	versions
	exit
fi
if [ -n "${KERNEL_SRC:-}" ]; then
	d=$(newest "$KERNEL_SRC" "$KERNEL_SRC"/*/)
	[ -n "$d" ] || die "KERNEL_SRC=$KERNEL_SRC has no tree of $want"
	realpath "$d"
	exit
fi

# Fetches version $1 into $t/tree. Pools forget before indexes do, and a mirror may have
# one form and not the other.
fetch()
{
	local upstream=${1%%-*} series archive
	series=$(cut -d. -f1,2 <<<"$upstream")
	rm -rf "$t"
	mkdir -p "$t/tree"
	say "fetching linux $1"
	(cd "$t" && apt-get "${o[@]}" source --tar-only --only-source "linux=$1") >&2 ||
		(cd "$t" && apt-get "${o[@]}" download "linux-source-$series=$1" &&
		 dpkg-deb --fsys-tarfile ./*.deb | tar -x --wildcards './usr/src/*.tar.*') >&2 ||
		return 1
	archive=$(find "$t" -name '*.tar.*' -print -quit)
	tar -C "$t/tree" --strip-components=1 -xf "$archive"
}

lock "src-$want"
d=$(newest "$src"/linux-*/)
if [ -z "$d" ]; then
	apt_options
	t=$src/.fetch.$want
	trap 'rm -rf "$t"' EXIT
	for v in $(versions | grep -v '~rc' | tac); do
		matches "${v%%-*}" || continue
		! fetch "$v" || break
	done
	[ -e "$t/tree/Makefile" ] ||
		die "no linux $want on the mirror; source.sh --list shows what its index has"
	# Unpacked beside and renamed: a tree under its name is complete.
	d=$src/linux-$(release "$t/tree")
	[ -e "$d" ] || mv "$t/tree" "$d"
fi
realpath "$d"
