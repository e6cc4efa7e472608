# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the scripts of this directory share. To be sourced.

vm=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$vm/../.." && pwd)
BUILD=${BUILD:-$top/build}
cache=${LUO_BPF_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/luo-bpf}

say() { echo "# ${0##*/}: $*" >&2; }
die() { echo "${0##*/}: $*" >&2; exit 1; }

# One builder at a time per NAME; the others wait and then find the result.
lock()
{
	mkdir -p "$cache/locks"
	exec 9>"$cache/locks/$1"
	flock 9
}

# Which configuration the kernels have: CONFIG=distro, DEBUG=1, else the smallest one. The
# variables are not for the makefiles of kernels, which have uses of their own for them.
flavour=${VM_FLAVOUR:-min}
[ "${CONFIG:-min}" = min ] || flavour=$CONFIG
[ "${DEBUG:-0}" = 0 ] || flavour=debug
case $flavour in
min | distro | debug | pci | pci-debug) ;;
*)	die "CONFIG=$flavour: min or distro" ;;
esac
export VM_FLAVOUR=$flavour
unset CONFIG DEBUG

# fragments VERSION FLAVOUR: files for kernel.sh, one in a line
fragments()
{
	case $2 in
	min)	;;
	distro)	echo "$vm/distro.config"
		case $1 in 6.19* | 7.1*) ;; *) echo "$vm/deferred.config" ;; esac ;;
	debug)	echo "$vm/debug.config" ;;
	pci)	echo "$vm/pci.config" ;;
	pci-debug) printf '%s\n' "$vm/debug.config" "$vm/pci.config" ;;
	*)	die "no such configuration: $2" ;;
	esac
}

# ---- results --------------------------------------------------------------------------

passed=0 failed=0 skipped=0

# result ok|"not ok"|skip NAME [REASON OF SKIP]
result()
{
	case $1 in
	ok)	passed=$((passed + 1)) ;;
	skip)	skipped=$((skipped + 1)) ;;
	*)	failed=$((failed + 1)) ;;
	esac
	echo "${1/skip/ok} $((passed + failed + skipped)) - $2${3:+ # SKIP $3}"
}

# The plan and the line that everything ends with; false if anything failed.
summary()
{
	echo "1..$((passed + failed + skipped))"
	echo "$passed passed, $failed failed, $skipped skipped"
	((failed == 0))
}

splat='WARNING: |BUG: |Oops|general protection fault|Kernel panic|Call Trace:|UBSAN:|KASAN:'
splat+='|rcu.*stall|soft lockup|blocked for more than|possible .* locking|refcount_t:'

# guest_results DIR NAME: the results of a guest become ours. Of comments the first of each
# result are passed on, without the trace of instructions in a verifier's log. That the guest
# came to its end, kept its plans and made no kernel complain is one more result.
guest_results()
{
	local dir=$1 name=$2 line planned=0 seen=0 comments=0 done='' wrong=() before=$failed
	touch "$dir/results" "$dir/console"
	while IFS= read -r line; do
		case $line in
		"# guest done")	done=1 ;;
		1..*)		planned=$((planned + ${line#1..})) ;;
		ok\ * | "not ok "*)
			seen=$((seen + 1)) comments=0
			[[ $line =~ ^(not\ )?ok\ ([0-9]+\ )?(-\ )?(.*)$ ]]
			if [[ ${BASH_REMATCH[4]} == *"# SKIP"* ]]; then
				result skip "$name ${BASH_REMATCH[4]%% # SKIP*}" \
					"${line##*# SKIP }"
			else
				result "${BASH_REMATCH[1]}ok" "$name ${BASH_REMATCH[4]}"
			fi ;;
		"Bail out!"*)	echo "# $line" ;;
		"#"*)		((++comments > 40)) || echo "$line" ;;
		esac
	done < <(tr -d '\0\r' <"$dir/results" | grep -a -v -E '^# ([0-9]+: |; )')

	[ -n "$done" ] || wrong+=("it did not come to its end")
	((seen >= planned)) || wrong+=("$seen results instead of $planned")
	line=$(grep -a -m1 -E "$splat" "$dir/console") && wrong+=("the kernel said: $line")
	if ((${#wrong[@]})); then
		result "not ok" "$name guest"
		printf '# %s\n' "${wrong[@]}"
		tail -n 40 "$dir/console" | tr -d '\0\r' | sed 's/^/# | /'
	else
		result ok "$name guest"
	fi
	((failed == before)) || echo "# whole logs: $dir/console $dir/results"
}
