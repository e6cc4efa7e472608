#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check.sh DIR [SUITE ..]: what lintian says of the packages in DIR, and whether they install,
# work and go away in a clean Debian of each suite (make check-deb). Needs root, debootstrap
# and the machine's own mirror; the clean systems are kept in the cache.
#
# Prints TAP; the last line is "N passed, N failed, N skipped".
set -u
here=$(dirname "$(realpath "$0")")
SRC=${SRC:-${here%/*/*}}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/luo-bpf
passed=0 failed=0 skipped=0
apt=(apt-get -q -y -o Dpkg::Use-Pty=0 -o Acquire::Languages=none -o APT::Sandbox::User=root
     -o Acquire::Check-Valid-Until=false -o Acquire::Check-Date=false --no-install-recommends)
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8

# result NAME: the exit code before it decides; $log explains
result()
{
	local rc=$?

	if ((rc == 0)); then
		passed=$((passed + 1))
		echo "ok $((passed + failed + skipped)) - $1"
	else
		failed=$((failed + 1))
		echo "not ok $((passed + failed + skipped)) - $1"
		tail -n 25 "$log" | sed 's/^/#   /'
	fi
	: >"$log"
	return $rc
}

skip() { skipped=$((skipped + 1)); echo "ok $((passed + failed + skipped)) - $1 # SKIP $2"; }

# ---- in a system of its own ------------------------------------------------------------

# in_root COMMAND..: in the chroot, what it prints goes to the log
in_root() { chroot "$root" "$@" >>"$log" 2>&1; }
# load ARGUMENTS: luo-load there, as nobody
load() { chroot --userspec=65534:65534 "$root" luo-load "$@" >>"$log" 2>&1; }
has() { grep -qF -- "$1" "$log"; }

tools()
{
	local core=/usr/share/doc/luo-bpf/examples/7.1-luo_kexec_simple.core

	in_root luo-load --version && has "luo-load $version"
	result "$suite: luo-load --version is that of the package"
	load inspect $core && has "2 sessions, 2 files"
	result "$suite: luo-load inspect of the capture in the package, without privileges"
	load run -i $core -o /tmp/new.core --to 7.3 && has "translated LUO  luo-v1 -> luo-v5" &&
		load run -i /tmp/new.core -o /tmp/back.core --to 7.1 &&
		load inspect /tmp/back.core
	result "$suite: luo-load run there and back"
	! load run -i /usr/share/doc/luo-bpf/examples/7.1-luo_mixed_open.core -o /tmp/never.core \
		--to 6.19 && has MEMFD_SEALS_LOST && [ ! -e "$root/tmp/never.core" ]
	result "$suite: what cannot be carried is refused"
	nr_objects=$(ls "$root"/usr/lib/luo-bpf/*.bpf.o | wc -l)
	in_root sh -c 'luo-load verify /usr/lib/luo-bpf/*.bpf.o' &&
		[ "$(grep -c ': proved: ' "$log")" = "$nr_objects" ]
	result "$suite: all objects of the package are proved"
	in_root sh -c 'for p in /usr/share/luo-bpf/profiles/*.profile; do
		luo-load abi $p || exit; done
		luo-load diff 7.1 /usr/share/luo-bpf/profiles/7.3.4.profile
		[ $? = 12 ]'
	result "$suite: profiles of the package are read"
	# What a package brings comes last, and is used.
	used='^used  *stable  *proved .* /usr/lib/luo-bpf/'
	load list --installed && [ "$(grep -c "$used" "$log")" = "$nr_objects" ]
	result "$suite: luo-load list --installed"
	row='^(6\.19|7\.[123]) +(- |lossy|translated|blocked)'
	load plan --from 6.19 --to 7.3 && has "6.19 -> 7.3: lossy" &&
		load matrix && [ "$(grep -cE "$row" "$log")" = 4 ]
	result "$suite: luo-load plan and matrix"
	in_root sh -c 'cd /usr/lib/luo-bpf &&
		luo-load install --tier testing memfd_v1_to_v2.bpf.o &&
		luo-load info memfd_v1_to_v2 && luo-load uninstall memfd_v1_to_v2' &&
		has "installed /usr/local/lib/luo-bpf/testing/" &&
		has "removed /usr/local/lib/luo-bpf/testing/"
	result "$suite: luo-load install, info, uninstall"
	mkdir -p "$root/tour/selftests"
	cp -r "$SRC/selftests/data" "$SRC/selftests/tour.sh" "$root/tour/selftests"
	in_root sh -c 'cd /tour && LUO_LOAD=/usr/bin/luo-load SRC=/tour selftests/tour.sh' &&
		has "4. What can't be carried" && [ "$(grep -c '^written: ' "$log")" = 2 ]
	result "$suite: the tour of README.md"
	in_root luo-load doctor -j
	[ "$(grep -c '"name"' "$log")" -gt 20 ]
	result "$suite: luo-load doctor has its say"
	in_root bash -c '. /usr/share/bash-completion/completions/luo-load
		COMP_WORDS=(luo-load do) COMP_CWORD=1
		_luo_load
		echo "${COMPREPLY[*]}"' && has doctor
	result "$suite: bash completion"
}

authors()
{
	in_root "${apt[@]}" install gcc libc6-dev pkg-config clang ||
		{ skip "$suite: what authors do" "compilers could not be installed"; return; }
	cp "$SRC/selftests/api/luostat.c" "$SRC/bpf-progs/memfd_v1_to_v2.bpf.c" "$root/tmp"
	in_root sh -c 'cd /tmp && gcc -Wall -Werror -o luostat luostat.c \
		$(pkg-config --cflags --libs libluobpf) && ./luostat plan 7.1 7.3 &&
		./luostat run /usr/share/doc/luo-bpf/examples/7.1-luo_kexec_simple.core - 7.3' &&
		has "carried"
	result "$suite: a program with libluobpf"
	in_root sh -c 'cd /tmp && flags=$(pkg-config --cflags luo-bpf) &&
		clang -target bpf -mcpu=v3 -O2 -g $flags -c memfd_v1_to_v2.bpf.c -o mine.bpf.o &&
		luo-load verify mine.bpf.o' &&
		has "mine: proved: memfd"
	result "$suite: a translator is compiled with luo-bpf-dev alone, and proved"
}

module()
{
	local k r

	in_root dkms status && has "luo-bpf/$version"
	result "$suite: dkms has the module"
	# Kernels of selftests/vm, made by the compiler of the suite that this runs on.
	if [ "$suite" != "$(. /etc/os-release && echo "$VERSION_CODENAME")" ]; then
		skip "$suite: dkms builds the module" \
			"no kernel that this suite's compiler has built"
		return
	fi
	k=$(ls "$cache"/kernels/7.1.*/vmlinux 2>/dev/null | head -n 1)
	k=${k%vmlinux}
	if [ -z "$k" ]; then
		skip "$suite: dkms builds the module" "selftests/vm has built no kernel of 7.1"
		return
	fi
	# Its makefiles and scripts know each other by where they are.
	r=$(basename "$k") r=${r%-*}
	mkdir -p "$root/$cache"
	mount --bind "$cache" "$root/$cache" && mount -o remount,bind,ro "$root/$cache" || return
	in_root "${apt[@]}" install gcc make pahole libelf1 &&
		in_root dkms build "luo-bpf/$version" -k "$r" --kernelsourcedir "$k" --force &&
		find "$root/var/lib/dkms" -name 'luo_bpf.ko*' | grep -q .
	result "$suite: dkms builds the module for $r" ||
		find "$root/var/lib/dkms" -name make.log -exec tail -n 20 {} + | sed 's/^/#   /'
	umount "$root/$cache" && rmdir -p "$root/$cache" 2>/dev/null
}

gone()
{
	in_root "${apt[@]}" purge luo-bpf luo-bpf-dkms luo-bpf-dev libluobpf0 &&
		rm -rf "$root"/tmp/* "$root/tour" "$root/var/lib/dkms/luo-bpf" &&
		find "$root" -xdev \
			\( -name '*luo[-_]bpf*' -o -name '*luo-load*' -o -name '*luobpf*' \) \
			-not -path '*/var/log/*' -not -path '*/var/lib/apt/*' \
			-not -path '*/debs/*' -not -path '*/var/cache/*' >"$log"
	[ ! -s "$log" ]
	result "$suite: after apt-get purge nothing is left"
}

in_suite()
{
	root=$1 suite=$2 debs=$3 version=$4 passed=$5 failed=$6 skipped=$7
	log=$root/check.log
	: >"$log"
	mount -t proc proc "$root/proc" && mount -t tmpfs tmpfs "$root/tmp" &&
		chmod 1777 "$root/tmp"
	result "$suite: a clean system" || return
	mkdir "$root/debs"
	cp "$debs"/*.deb "$root/debs"
	cp /etc/resolv.conf "$root/etc"
	# Debs that were fetched once are kept with the system.
	mkdir -p "$cache/chroot/$suite.debs/partial"
	mount --bind "$cache/chroot/$suite.debs" "$root/var/cache/apt/archives"
	in_root "${apt[@]}" update && in_root sh -c "${apt[*]} install /debs/luo-bpf_*.deb"
	result "$suite: luo-bpf installs alone" || return
	tools
	in_root sh -c "${apt[*]} install /debs/*.deb"
	result "$suite: the others install" || return
	authors
	module
	gone
}

if [ "${1:-}" = in-suite ]; then
	shift
	in_suite "$@"
	echo "$passed $failed $skipped" >"$1.sum"
	exit 0
fi

# ---- the packages ----------------------------------------------------------------------

debs=$(realpath "$1")
shift
log=$(mktemp)
trap 'rm -f "$log"' EXIT
version=$(dpkg-deb -f "$debs"/luo-bpf_*.deb Version) || exit 2

[ "$(ls "$debs"/*.deb | wc -l)" = 4 ]
result "four packages"
if command -v lintian >/dev/null; then
	lintian --allow-root --fail-on error,warning --tag-display-limit 0 "$debs"/*.changes \
		>"$log" 2>&1 && ! grep -q '^[EW]:' "$log"
	result "lintian is silent"
else
	skip "lintian is silent" "not installed"
fi
for d in "$debs"/*.deb; do dpkg-deb -f "$d" Depends; done >"$log"
! grep -q libbpf "$log"
result "no package needs the suite's libbpf"

mirror=$(apt-get indextargets --no-release-info --format '$(RELEASE) $(REPO_URI)' \
	 'Created-By: Packages' 2>/dev/null |
	 awk -v s="$(. /etc/os-release && echo "$VERSION_CODENAME")" '$1 == s { print $2; exit }')
(($#)) || set -- bookworm trixie
for suite; do
	why=
	[ "$(id -u)" = 0 ] || why="needs root"
	command -v debootstrap >/dev/null || why="no debootstrap"
	[ -n "$mirror" ] || why="no mirror in the apt configuration"
	base=$cache/chroot/$suite.tar
	if [ -z "$why" ] && [ ! -e "$base" ]; then
		d=$(mktemp -d)
		mkdir -p "${base%/*}"
		if debootstrap --variant=minbase "$suite" "$d" "$mirror" >"$log" 2>&1; then
			tar -C "$d" -cf "$base.$$" . && mv "$base.$$" "$base"
		else
			tail -n 3 "$log" | sed 's/^/#   /'
			why="debootstrap failed"
		fi
		rm -rf --one-file-system "$d"
	fi
	if [ -n "$why" ]; then
		skip "$suite" "$why"
		continue
	fi
	d=$(mktemp -d)
	chmod 755 "$d"
	tar -C "$d" -xf "$base"
	# What is mounted there is gone with the namespace.
	unshare --mount bash "$0" in-suite "$d" "$suite" "$debs" "$version" \
		$passed $failed $skipped
	read -r passed failed skipped <"$d.sum" || {
		failed=$((failed + 1))
		echo "not ok - $suite came to no end"
	}
	rm -rf --one-file-system "$d" "$d.sum"
done
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0))
