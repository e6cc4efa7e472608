#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# luo-load doctor: on this kernel, on one that is made here out of files and has all that the
# tables of kernel/module/needs.h ask for, on that with one thing missing, and on real kernels
# where selftests/vm has built some.
set -u
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

# doctor CODE ARGUMENTS
doctor() { load "$1" doctor "${@:2}"; }

# fact STATE NAME [TEXT]: one line of the table
fact() { grep -E "^  $1 +$2  .*${3:-}" "$tmp/out" >/dev/null || say "no line '$1 $2 ${3:-}'"; }
# next TEXT: what it says is to be done
next() { grep -qE "^ +-> .*$1" "$tmp/out" || say "no '-> $1'"; }

# ---- the tables ------------------------------------------------------------------------

needs=$SRC/kernel/module/needs.h
symbols=$(sed -n 's/^\tS("\([a-z_]*\)", \(true\|false\).*/\1/p' "$needs")
grep -hoE 'luob_symbol\("[a-z_]+"\)|LUOB_HOOK\("[a-z_]+"|\.symbol_name = "[a-z_]+"' \
	"$SRC"/kernel/module/*.c | grep -oE '"[a-z_]+"' | tr -d '"' | sort -u >"$tmp/used"
sort -u <<<"$symbols" >"$tmp/listed"
: >"$tmp/out" >"$tmp/err"
# luo_file_unfreeze is looked up in a loop over an array.
comm -23 "$tmp/used" "$tmp/listed" >"$tmp/out"
[ "$(wc -l <"$tmp/used")" -gt 10 ] && [ ! -s "$tmp/out" ]
result "every symbol that the module looks up is in needs.h"

# ---- this kernel -----------------------------------------------------------------------

"$load" doctor >"$tmp/out" 2>"$tmp/err"
rc=$?
((rc == 0 || rc == 3)) && [ ! -s "$tmp/err" ] && grep -q "^$(uname -r): " "$tmp/out"
result "this kernel: a verdict"
doctor $rc -j && python3 - "$tmp/out" $rc <<-'P' 2>"$tmp/err"
	import json, sys
	d = json.load(open(sys.argv[1]))
	assert d["exit"] == int(sys.argv[2])
	assert d["able"] == (True if d["exit"] == 0 else None if not d["missing"] else False)
	bad = [f for f in d["facts"] if f["needed"] and f["there"] is False]
	assert len(bad) == d["missing"]
	assert all(f["found"] for f in d["facts"])
	assert all(f["next"] for f in d["facts"] if not f["there"])
	P
result "this kernel: -j says the same, and what to do about each thing that is not there"
if [ "$(id -u)" = 0 ]; then
	as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	chmod 755 "$tmp"
	cp "$load" "$tmp/luo-load"
fi
if [ "$(id -u)" = 0 ] && "${as[@]}" test -x "$tmp/luo-load" 2>/dev/null; then
	LUO_BPF_PATH=/nonexistent timeout 60 "${as[@]}" "$tmp/luo-load" doctor \
		>"$tmp/out" 2>"$tmp/err"
	rc=$?
	((rc == 0 || rc == 3)) && [ ! -s "$tmp/err" ] && grep -q "^$(uname -r): " "$tmp/out"
	result "this kernel: without privileges"
else
	skip "this kernel: without privileges" "not root, or no other user can be asked"
fi

# ---- a kernel of files -----------------------------------------------------------------

# btf FILE [PATH]: every structure of LUOB_FIELDS, but for the field PATH
btf()
{
	python3 - "$needs" "${2:-}" >"$tmp/fields.c" <<-'P' || return
	import re, sys
	tree = {}
	table = open(sys.argv[1]).read()
	for path in re.findall(r'^\tF\(\w+, "([\w.]+)", (?:true|false)\)', table, re.M):
	    if path == sys.argv[2]:
	        continue
	    at = tree
	    for name in path.split("."):
	        at = at.setdefault(name, {})
	def body(at):
	    return " ".join("struct { %s } %s;" % (body(a), n) if a else "long %s;" % n
	                    for n, a in at.items())
	for name, at in tree.items():
	    print("struct %s { %s };\nstruct %s the_%s;" % (name, body(at), name, name))
	P
	"$CLANG" -target bpf -g -O2 -c -o "$tmp/fields.o" "$tmp/fields.c" &&
		llvm-objcopy --dump-section .BTF="$1" "$tmp/fields.o" /dev/null
}

# a kernel that has everything; $k is where
able()
{
	k=$tmp/kernel
	rm -rf "$k"
	mkdir -p "$k"/{dev,proc/sys/kernel,lib/modules/7.1.13} \
		"$k"/sys/{kernel/{btf,security},module/module/parameters}
	echo 7.1.13 >"$k/proc/sys/kernel/osrelease"
	echo x86_64 >"$k/proc/sys/kernel/arch"
	echo 1 >"$k/proc/sys/kernel/ftrace_enabled"
	echo 0 >"$k/proc/sys/kernel/kexec_load_disabled"
	echo 0 >"$k/proc/sys/kernel/modules_disabled"
	echo "root=/dev/vda kho=on liveupdate=on quiet" >"$k/proc/cmdline"
	echo "bpf /sys/fs/bpf bpf rw,nosuid 0 0" >"$k/proc/mounts"
	for s in $symbols register_kprobe load_module kexec_add_buffer ftrace_set_filter_ip \
		bpf_check bpf_struct_ops_link_create btf_try_get_module; do
		echo "0000000000000000 T $s"
	done >"$k/proc/kallsyms"
	cp "$tmp/btf" "$k/sys/kernel/btf/vmlinux"
	echo "[none] integrity confidentiality" >"$k/sys/kernel/security/lockdown"
	echo N >"$k/sys/module/module/parameters/sig_enforce"
	echo "updates/dkms/luo_bpf.ko.xz:" >"$k/lib/modules/7.1.13/modules.dep"
	: >"$k/dev/liveupdate"
}

btf "$tmp/btf" 2>"$tmp/err" || { result "BTF of the table"; echo "1..$nr"; exit 1; }
able
doctor 0 --root "$k" && grep -qx '7.1.13: able' "$tmp/out" && [ "$(wc -l <"$tmp/out")" = 1 ]
result "a kernel that has everything is able, and nothing else is said"
doctor 0 --root "$k" -v && fact yes luo_bpf.ko "modprobe" && fact yes release "read as 7.1" &&
	fact yes "unsigned modules" "not demanded"
result "-v shows what is there"

# lacks NAME TEXT FACT: not able, because of that
lacks()
{
	doctor 3 --root "$k" && grep -q '^7.1.13: not able, [12] missing' "$tmp/out" &&
		fact missing "$3"
	result "$1"
	next "$2"
	result "$1: what to do"
}

able
rm "$k/dev/liveupdate"
sed -i 's/ liveupdate=on//' "$k/proc/cmdline"
lacks "no liveupdate=on" "boot with kho=on liveupdate=on" "liveupdate=on"
able
rm "$k/dev/liveupdate"
sed -i 's/kho=on/kho=on kho=0/' "$k/proc/cmdline"
doctor 3 --root "$k" && fact missing "kho=on" && fact missing "live update"
result "the last kho= counts, as in the kernel"
echo "CONFIG_KEXEC_HANDOVER_ENABLE_DEFAULT=y" >"$k/lib/modules/7.1.13/config"
echo liveupdate=y >"$k/proc/cmdline"
doctor 3 --root "$k" -v && fact yes "kho=on" ENABLE_DEFAULT && fact yes "liveupdate=on" cmdline
result "KHO may be on by default, liveupdate=y is on"
able
sed -i '/ luo_file_freeze$/d' "$k/proc/kallsyms"
lacks "a function that is not there" "LTO must not have inlined" symbols
grep -q 'not in kallsyms: luo_file_freeze$' "$tmp/out"
result "it is named"
able
sed -i '/ luo_flb_global$/d' "$k/proc/kallsyms"
doctor 0 --root "$k"
result "6.19 has no luo_flb_global: that is not needed"
able
btf "$k/sys/kernel/btf/vmlinux" luo_file.token
lacks "a field that is not there" "CONFIG_LIVEUPDATE and" "private structures"
grep -q 'not in BTF: luo_file.token$' "$tmp/out"
result "it is named"
able
echo "none integrity [confidentiality]" >"$k/sys/kernel/security/lockdown"
lacks "lockdown in confidentiality mode" "lockdown=integrity" "no lockdown of kprobes"
able
echo "none [integrity] confidentiality" >"$k/sys/kernel/security/lockdown"
doctor 0 --root "$k" && fact no "unsigned modules" "are demanded" && next "sign luo_bpf.ko"
result "lockdown in integrity mode: able, with a signed module"
able
echo 0 >"$k/proc/sys/kernel/ftrace_enabled"
lacks "tracing is off" "sysctl kernel.ftrace_enabled=1" "function tracing"
able
echo 1 >"$k/proc/sys/kernel/kexec_load_disabled"
lacks "kexec is off" "reboot" kexec
able
: >"$k/lib/modules/7.1.13/modules.dep"
lacks "no module" "luo-bpf-dkms" luo_bpf.ko
mkdir -p "$k/sys/module/luo_bpf"
echo 1 >"$k/proc/sys/kernel/modules_disabled"
doctor 0 --root "$k"
result "a module that is loaded needs no file, and nobody to load it"
able
echo aarch64 >"$k/proc/sys/kernel/arch"
lacks "another architecture" "snapshots can be carried on any machine" architecture
able
sed -i '/ register_kprobe$/d' "$k/proc/kallsyms"
printf 'CONFIG_KPROBES=y\n' >"$k/lib/modules/7.1.13/config"
doctor 0 --root "$k" -v && fact yes CONFIG_KPROBES "in /lib/modules/7.1.13/config"
result "an option that only the configuration tells"
printf '# CONFIG_KPROBES is not set\nCONFIG_X=y\n' >"$k/lib/modules/7.1.13/config"
lacks "an option that is not set" "boot a kernel built with it" CONFIG_KPROBES

# ---- what cannot be seen is unknown, never guessed -------------------------------------

able
rm "$k/proc/kallsyms" "$k/sys/kernel/security/lockdown" \
	"$k/sys/module/module/parameters/sig_enforce"
doctor 3 --root "$k" && grep -q '^7.1.13: not known, 0 missing, ' "$tmp/out" &&
	fact unknown symbols && fact unknown CONFIG_KPROBES && fact unknown "unsigned modules"
result "without kallsyms and configuration nothing is missing, and nothing is known"
doctor 3 --root "$k" -j && grep -q '"able":null' "$tmp/out"
result "-j: able is null"
able
head -c 100 "$tmp/btf" >"$k/sys/kernel/btf/vmlinux"
doctor 3 --root "$k" && fact unknown "private structures" "cannot be read"
result "BTF that is cut short"
head -c 4096 /dev/urandom >"$k/proc/kallsyms"
head -c 4096 /dev/urandom >"$k/sys/kernel/btf/vmlinux"
printf '7.1\033[31m\n' >"$k/proc/sys/kernel/osrelease"
timeout 60 "$load" doctor -v --root "$k" >"$tmp/out" 2>"$tmp/err"
[ $? = 3 ] && ! grep -q $'\033' "$tmp/out" && [ ! -s "$tmp/err" ]
result "noise in all files: a verdict, and no escape sequences"
mkdir "$tmp/empty"
doctor 2 --root "$tmp/empty" && [ ! -s "$tmp/out" ] && [ "$(wc -l <"$tmp/err")" = 1 ] &&
	grep -q "empty: no /proc/sys/kernel/osrelease" "$tmp/err"
result "a directory that is no copy of a machine"
doctor 2 --nonsense
result "an unknown option"

# ---- real kernels ----------------------------------------------------------------------

declare -A seen=()
for dir in "${XDG_CACHE_HOME:-$HOME/.cache}"/luo-bpf/kernels/*/; do
	r=$(basename "$dir") r=${r%-*}
	[ -e "$dir/System.map" ] && [ -e "$dir/vmlinux" ] && [ -z "${seen[$r]:-}" ] || continue
	able
	echo "$r" >"$k/proc/sys/kernel/osrelease"
	mkdir -p "$k/lib/modules/$r"
	cp "$k/lib/modules/7.1.13/modules.dep" "$k/lib/modules/$r/" 2>/dev/null
	cp "$dir/System.map" "$k/proc/kallsyms"
	llvm-objcopy --dump-section .BTF="$k/sys/kernel/btf/vmlinux" "$dir/vmlinux" /dev/null \
		2>"$tmp/err" || continue
	seen[$r]=1
	doctor 0 --root "$k" -v && fact yes symbols && fact yes "private structures" &&
		fact yes CONFIG_BPF_JIT
	result "$r of selftests/vm is able, by its symbols and BTF"
done
((${#seen[@]})) || skip "real kernels" "selftests/vm has not built any"

echo "1..$nr"
((failed == 0))
