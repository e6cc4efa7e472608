#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The units of loader/systemd: what systemd says of them, and what becomes of services when
# the checks pass and when they fail. A user manager in namespaces of its own plays PID 1,
# with systemd's own targets; what would stop the machine, and luo-load, only write a line.
set -u
here=$(dirname "$(realpath "$0")")
SRC=${SRC:-${here%/*}}
systemd=/lib/systemd/systemd
nr=0 failed=0

skip()
{
	nr=$((nr + 1))
	echo "ok $nr - $1 # SKIP $2"
}

# result NAME: the exit code before it decides; $dir/out explains
result()
{
	local rc=$?

	nr=$((nr + 1))
	if ((rc == 0)); then
		echo "ok $nr - $1"
	else
		failed=1
		echo "not ok $nr - $1"
		cat "$dir/out" "$dir/log" 2>/dev/null | tail -n 30 | sed 's/^/#   /'
	fi
}

finish()
{
	echo "1..$nr"
	exit $failed
}

# ---- a manager, in namespaces of its own ---------------------------------------------

export XDG_RUNTIME_DIR=/run/luo SYSTEMD_UNIT_PATH=/run/luo-units HOME=/run
export SYSTEMD_GENERATOR_PATH=/nonexistent

if [ "${1:-}" = manager ]; then
	dir=$2
	# systemd asks whether the machine was booted with it.
	mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system /run/luo || exit 1
	cp -r "$dir/units" /run/luo-units
	SYSTEMD_LOG_TARGET=console $systemd --user --unit=default.target >"$dir/manager" 2>&1 &
	for _ in {1..100}; do
		systemctl --user is-active -q default.target 2>/dev/null && break
		sleep 0.1
	done
	systemctl --user is-active -q app.service || exit 1
	# Not waited for: what kexec does to its own starter is part of the question.
	$3
	for _ in {1..50}; do
		[ -z "$(systemctl --user list-jobs --no-legend)" ] && break
		sleep 0.1
	done
	systemctl --user is-active app.service >"$dir/app"
	exit 0
fi

# ---- units -----------------------------------------------------------------------------

dir=$(mktemp -d)
trap 'rm -rf "$dir"; rmdir /sys/fs/cgroup/{,systemd/,unified/}luo-bpf.$$ 2>/dev/null' EXIT
for c in systemd-analyze systemctl; do
	command -v $c >/dev/null || { skip "units" "no $c"; finish; }
done
[ -e /lib/systemd/system/systemd-kexec.service ] || { skip "units" "no systemd units"; finish; }

# luo-load is not installed: any program will do for who looks whether it's there.
mkdir "$dir/verify"
for f in "$SRC"/loader/systemd/*.{service,target}; do
	sed 's|=luo-load |=/bin/true |' "$f" >"$dir/verify/${f##*/}"
done
SYSTEMD_UNIT_PATH=$dir/verify: systemd-analyze --man=no verify "$dir"/verify/* >"$dir/out" 2>&1 &&
	! grep -q luo-bpf "$dir/out"
result "systemd-analyze verify has nothing to say"

[ "$(id -u)" = 0 ] || { skip "what they do" "needs root"; finish; }

units=$dir/units
mkdir -p "$units"/{multi-user.target.wants,systemd-kexec.service.requires}
for t in kexec shutdown umount final; do
	cp /lib/systemd/system/$t.target "$units"
done
# A user manager's slices are stopped like everything else; the system's are not.
say='/bin/sh -c "echo'
sed "s|^ExecStart=.*|ExecStart=$say kexec >>$dir/log\"\nSlice=-.slice|" \
	/lib/systemd/system/systemd-kexec.service >"$units/systemd-kexec.service"
for f in "$SRC"/loader/systemd/*.{service,target}; do
	sed "s|=luo-load \(.*\)|=$dir/luo-load \1|; s|/etc/luo-bpf|$dir|; s|=systemctl|& --user|
	     s|^Type=|Slice=-.slice\n&|; /^ConditionPathExists/d" "$f" >"$units/${f##*/}"
done
ln -s ../luo-bpf-check.service "$units/systemd-kexec.service.requires"
printf '[Unit]\n' | tee "$units"/{basic,sysinit}.target >/dev/null
printf '[Unit]\nRequires=basic.target\nAfter=basic.target\n' >"$units/multi-user.target"
ln -s multi-user.target "$units/default.target"
cat >"$units/app.service" <<-END
	[Service]
	ExecStart=/bin/sleep 1000
	ExecStopPost=$say stopped >>$dir/log"
END
ln -s ../app.service "$units/multi-user.target.wants"
cat >"$dir/luo-load" <<-END
	#!/bin/sh
	echo "luo-load \$*" >>$dir/log
	! [ -e "$dir/veto-\$1" ] && ! { [ "\$1 \$2" = "check --to" ] && [ -e $dir/veto-late ]; }
END
chmod +x "$dir/luo-load"
sed 's|^LUO_TARGET=.*|LUO_TARGET="/boot/my kernel"|; s|^LUO_ARGS=.*|LUO_ARGS=--initrd "an x"|' \
	"$SRC/loader/systemd/kexec.conf" >"$dir/kexec.conf"

operator() { systemctl --user start luo-bpf-kexec.service; }
plain() { systemctl --user --no-block --job-mode=replace-irreversibly start kexec.target; }
export -f operator plain

# manager HOW: a machine, HOW is done to it; $dir/log says what happened, $dir/app what is left
manager()
{
	local c

	rm -f "$dir"/{log,app}
	(
		# In a control group of its own too, wherever they are kept.
		for c in /sys/fs/cgroup /sys/fs/cgroup/{systemd,unified}; do
			[ -e $c/cgroup.procs ] || continue
			mkdir -p $c/luo-bpf.$$ && echo $BASHPID >$c/luo-bpf.$$/cgroup.procs
		done
		exec timeout 60 unshare --cgroup --pid --fork --mount --mount-proc --kill-child \
			bash "$0" manager "$dir" "$1"
	) >"$dir/out" 2>&1
}

# happened LINE..: exactly that, in that order
happened() { printf '%s\n' "$@" | diff - "$dir/log" >>"$dir/out"; }

check='luo-load check --target /boot/my kernel --initrd an x'
load='luo-load kexec --target /boot/my kernel --initrd an x'
late='luo-load check --to 7.3 --target-config thp,no-deferred'

if ! manager true || [ "$(cat "$dir/app" 2>/dev/null)" != active ]; then
	why=$(cat "$dir"/{out,manager} 2>/dev/null | tail -n 1)
	skip "what they do" "no user manager here: $why"
	finish
fi

manager operator && happened "$check" "$load" stopped "$late" kexec
result "check, load, stop, check, kexec, in this order"

touch "$dir/veto-check"
manager operator && happened "$check" && [ "$(cat "$dir/app")" = active ]
result "a failed check stops nothing"
rm "$dir/veto-check"

touch "$dir/veto-kexec"
manager operator && happened "$check" "$load" && [ "$(cat "$dir/app")" = active ]
result "a kernel that cannot be loaded stops nothing"
rm "$dir/veto-kexec"

touch "$dir/veto-late"
manager operator && happened "$check" "$load" stopped "$late" &&
	[ "$(cat "$dir/app")" = active ]
result "a veto of the last guard starts services again, without kexec"
manager plain && happened stopped "$late" && [ "$(cat "$dir/app")" = active ]
result "it also guards a plain systemctl kexec"
rm "$dir/veto-late"

mkdir "$units/kexec.target.d"
printf '[Unit]\nRefuseManualStart=yes\n' >"$units/kexec.target.d/luo-bpf.conf"
manager plain && [ ! -e "$dir/log" ] && [ "$(cat "$dir/app")" = active ]
result "with RefuseManualStart=yes a plain systemctl kexec is refused and stops nothing"
manager operator && happened "$check" "$load" stopped "$late" kexec
result "and the service still works"
finish
