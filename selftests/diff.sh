#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# luo-load diff: released pairs, traps of formats that were posted, tags, waivers; and what
# codiff and abidiff say about the same pairs.
set -u
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
profiles=$SRC/loader/profiles

# differ CODE ARGUMENTS
differ() { load "$1" diff "${@:2}"; }

# finds "CLASS RULE PLACE"..: each is a line; finds_not RULE..: no line has it
finds()
{
	local f class rule place

	for f; do
		read -r class rule place <<<"$f"
		grep -qE "^  $class +$rule +$place( |\$)" "$tmp/out" ||
			say "no finding '$f'" || return
	done
}
finds_not()
{
	local r

	for r; do
		! grep -qE "^  [a-z]+ +$r " "$tmp/out" || say "finds $r" || return
	done
}

# ---- releases ----------------------------------------------------------------------------

differ 12 6.19 7.1 && finds "mechanical string-only" "decision added luo_root.flbs_pa" \
	"trap same-string luo_root" "decision added memfd_luo_ser.seals" \
	"mechanical added memfd_luo_ser.flags" "mechanical moved memfd_luo_ser.nr_folios" \
	"mechanical moved memfd_luo_ser.folios" "note family-added" && finds_not removed retyped
result "6.19 to 7.1"
differ 12 --reverse 6.19 7.1 && finds "decision removed luo_root.flbs_pa" \
	"decision removed memfd_luo_ser.seals" "decision family-removed" && finds_not added
result "7.1 to 6.19, as --reverse"
cp "$tmp/out" "$tmp/reverse" && differ 12 7.1 6.19 && cmp "$tmp/out" "$tmp/reverse"
result "--reverse is the other order"
differ 12 7.1 7.2 && finds "mechanical container luo_ser" \
	"mechanical array-to-chain luo_ser.sessions_pa" \
	"mechanical array-to-chain luo_session_ser.file_set_ser.files" &&
	grep -q '^memfd.*: the same' "$tmp/out" && grep -q "'kho-v3' -> 'kho-v4'" "$tmp/out"
result "7.1 to 7.2: files under the same name is a chain; kho-v4 is a string only"
differ 0 7.2 7.3 && grep -q '^identical' "$tmp/out" && differ 0 7.3 7.2
result "7.2 and 7.3: identical"
differ 0 -v 7.2 7.3 memfd && ! grep -q '^luo' "$tmp/out" &&
	grep -q '^  same  *same  *memfd_luo_ser.seals  __u32 @16' "$tmp/out"
result "one family; -v shows fields that are the same"
for r in 6.19:6.19.11 7.1:7.1.13 7.2:7.2.13 7.3:7.3.4; do
	differ 0 "$profiles/${r#*:}.profile" "${r%:*}" memfd &&
		differ 0 "$profiles/${r#*:}.profile" "${r%:*}" luo
	result "profile ${r#*:} is release ${r%:*}"
done
differ 12 "$profiles/6.19.11.profile" "$profiles/7.3.4.profile" &&
	finds "decision added memfd_luo_ser.seals" "mechanical container luo_ser"
result "two profiles"
t=$(date +%s%N)
for _ in 1 2 3 4 5; do
	"$fast" diff "$profiles/6.19.11.profile" "$profiles/7.3.4.profile" >"$tmp/out" 2>"$tmp/err"
done
t=$((($(date +%s%N) - t) / 5000000))
echo "# two profiles: $t ms"
((t < 100)) || say "$t ms"
result "two profiles: less than 0.1 s"
differ 12 -j 6.19 7.1 && python3 - "$tmp/out" <<-'P'
	import json, sys
	o = json.load(open(sys.argv[1]))
	assert o["result"] == "incompatible" and o["exit"] == 12
	f = [x for x in o["findings"] if x["struct"] == "memfd_luo_ser" and x["field"] == "seals"]
	assert f and f[0]["rule"] == "added" and f[0]["class"] == "decision", f
	assert any(x["rule"] == "same" and x["field"] == "pos" for x in o["findings"])
P
result "JSON"

# ---- a vendor's kernel -------------------------------------------------------------------

gcc -g -O1 -nostdlib -static -ffreestanding -fno-pie -no-pie -fno-stack-protector \
	-Wl,-Ttext-segment=0x81000000,--build-id=none -DOTHER_LAYOUT -o "$tmp/vendor" \
	"$here/oracle/kernel.c" >"$tmp/out" 2>"$tmp/err" && pahole -J "$tmp/vendor" &&
	objcopy --set-section-flags .BTF=alloc,readonly "$tmp/vendor" 2>/dev/null
"$load" abi -o "$tmp/vendor.profile" "$tmp/vendor" >"$tmp/out" 2>"$tmp/err"
differ 12 7.1 "$tmp/vendor.profile" memfd && finds "decision added memfd_luo_ser.acme_numa" \
	"mechanical moved memfd_luo_ser.folios.first" "trap same-string memfd_luo_ser" \
	"note not-certain"
result "a vendor's field behind an upstream string"
differ 12 "$tmp/vendor.profile" 7.1 memfd && finds "decision removed memfd_luo_ser.acme_numa"
result "and back"

# ---- structures --------------------------------------------------------------------------

# trap A B FINDING..: two structures of the catalogue
trap_of()
{
	local a=$1 b=$2 missing

	shift 2
	for missing in "${a%@*}" "${b%@*}"; do
		"$load" diff --type "$missing" "$missing" >/dev/null 2>&1 && continue
		skip "$a to $b" "the catalogue has no $missing"
		return
	done
	differ 12 --type "$a" "$b" && finds "$@"
	result "$a to $b"
}
trap_of pci_ser___p1_d1@pci-v1 pci_ser___p2_d2@pci-v1 "trap same-string pci_ser" \
	"mechanical widened pci_dev_ser.domain" "mechanical moved pci_dev_ser.bdf" \
	"decision added pci_ser.max_nr_devices"
trap_of pci_ser___p2_d2@pci-v1 pci_ser___p3_d2@pci-v1 "trap same-string pci_ser" \
	"decision narrowed pci_ser.nr_devices" "mechanical count-moved pci_ser"
trap_of pci_ser___p3_d2@pci-v1 pci_ser___p4_d3@pci-v1 "trap same-string pci_ser" \
	"mechanical array-to-chain pci_ser.devices" "note unaligned pci_ser.devices" \
	"trap padding-used pci_dev_ser.refcount"
trap_of pci_ser___p2_d2@pci-v1 pci_ser___p2_d3@pci-v2 "decision padding-used pci_dev_ser.refcount"
trap_of pci_ser___p3_d3@pci-v2 pci_ser___p3_d4@pci-v3 "decision meaning pci_dev_ser.refcount"
trap_of pci_ser___p3_d3@x pci_ser___p3_d4@x "trap meaning pci_dev_ser.refcount" \
	"trap same-string pci_ser"
trap_of pci_ser___rfc1_iov@ pci_ser___rfc1@ "decision array-resized pci_dev_ser.resource" \
	"mechanical resized pci_dev_ser"
trap_of vfio_pci_ser___a@vfio-pci-v1 vfio_pci_ser___c@vfio-pci-v1 "trap swapped vfio_pci_ser.bdf" \
	"trap swapped vfio_pci_ser.domain" "mechanical widened vfio_pci_ser.domain" \
	"trap same-string vfio_pci_ser"
trap_of iommu_flb_ser___g1@iommu-liveupdate-v1 iommu_flb_ser___g2@iommu-liveupdate-v1 \
	"trap same-string iommu_flb_ser" "decision bits-to-field iommu_device_ser.hdr.flags" \
	"mechanical resized iommu_domain_ser"
trap_of memfd_luo_ser___v1@memfd-v1 huge_memfd_ser___v1@huge-memfd-v1 \
	"decision swapped huge_memfd_ser.size" "decision swapped huge_memfd_ser.pos"
trap_of memfd_luo_folio_ser guest_memfd_folio_ser___v1 \
	"trap flags-changed guest_memfd_folio_ser.flags"
trap_of kvm_vm_ser___v1_a@kvm_vm_luo_v1 kvm_vm_ser___v1_b@kvm_vm_luo_v1 \
	"trap same-string kvm_vm_ser" "decision removed kvm_vm_ser.mem_attrs" \
	"decision added kvm_vm_ser.arch_state"

v6=$BUILD/selftests/bpf/luo_v5_to_v6.bpf.o
differ 12 --type luo_ser___v5@luo-v5 "$v6:luo_ser___v6@luo-v600" &&
	finds "decision string-resized luo_ser.compatible" \
		"mechanical moved luo_ser.liveupdate_num"
result "a version string of eight characters moves what is behind it"

tags=$BUILD/selftests/bpf/diff_tags.bpf.o
differ 12 --type "$tags:sorted___a" "$tags:sorted___b" && finds "decision order-dropped sorted" &&
	differ 12 -r --type "$tags:sorted___a" "$tags:sorted___b" && finds "trap order-made sorted"
result "order that is no longer promised, and one that is demanded"
differ 12 --type "$tags:sized___a" "$tags:sized___b" &&
	finds "decision array-resized sized.base" "note config-size sized.base"
result "a size that follows the configuration"
differ 12 --type "$tags:means___a" "$tags:means___b" && finds "trap meaning means" \
	"trap meaning means.count" && grep -q "'entries' -> 'bytes'" "$tmp/out"
result "another meaning of the same bytes"
differ 12 --type "$tags:pointer___a" "$tags:pointer___b" &&
	finds "decision kernel-pointer pointer.token" "trap swapped pointer.second"
result "a pointer of the kernel; bit-fields that changed places"

# The word of a folio before memfd-v1 was merged: flags in the low bits, then in the high.
cat >"$tmp/old.c" <<'C'
#include <linux/types.h>
struct memfd_luo_folio_ser { __u64 foliodesc; __u64 index; } x;
C
gcc -g -c -o "$tmp/old.o" "$tmp/old.c" && pahole -J "$tmp/old.o"
differ 12 --type "$tmp/old.o:memfd_luo_folio_ser@memfd-v1" memfd_luo_folio_ser@memfd-v1 &&
	finds "decision removed memfd_luo_folio_ser.foliodesc" \
	"trap same-string memfd_luo_folio_ser"
result "the word of a folio that was one number"

# ---- codiff and abidiff on the same pairs ------------------------------------------------

# pair NAME HEADER A B: two shared libraries whose struct NAME is A and B
pair()
{
	local v i=0

	for v in "$3" "$4"; do
		i=$((i + 1))
		printf '#include "%s"\nint use(struct %s *r) { return r != 0; }\n' "$2" "$1" \
			>"$tmp/p.c"
		gcc -g -O0 -fPIC -shared -I"$SRC/kernel" -D"$v=$1" -o "$tmp/$i.so" "$tmp/p.c" ||
			return
	done
	"$load" diff -j --type "$3" "$4" >"$tmp/ours" 2>"$tmp/err"
	[ $? = 12 ]
}

# Each field that the other names has to be in ours, with a finding that agrees.
agree()
{
	python3 - "$1" "$tmp/out" "$tmp/ours" <<-'P' >>"$tmp/err" 2>&1
	import json, re, sys
	tool, text, ours = sys.argv[1], open(sys.argv[2]).read(), json.load(open(sys.argv[3]))
	have = {}
	for f in ours["findings"]:
	    have.setdefault(f["field"].split(".")[0], set()).add(f["rule"])
	added, moved = set(), set()
	if tool == "codiff":
	    added = set(re.findall(r"^    (\w+)\n     added:", text, re.M))
	    place = r".*?/\*\s+(\d+)"
	    fields = r"^    (\w+)\n     from: " + place + r".*\n     to: " + place
	    for name, a, b in re.findall(fields, text, re.M):
	        if a != b:
	            moved.add(name)
	else:
	    for name in re.findall(r"'[^']* (\w+)(?:\[\d+\])?', at offset", text):
	        added.add(name)
	    moved = set(re.findall(r"'[^']* (\w+)(?:\[\d+\])?' offset changed", text))
	assert added | moved, "the other names nothing:\n" + text
	for name in added:
	    assert have.get(name, set()) & {"added", "padding-used"}, (name, have)
	for name in moved:
	    changed = {"moved", "swapped", "widened", "narrowed"}
	    assert have.get(name, set()) & changed, (name, have)
	mine = {n for n, r in have.items() if n and r & {"moved", "swapped"}}
	assert mine == moved, (mine, moved)
	assert {n for n, r in have.items() if r & {"added", "padding-used"}} == added
	print(tool, "added", sorted(added), "moved", sorted(moved))
	P
}
for tool in codiff abidiff; do
	if ! command -v $tool >/dev/null; then
		skip "$tool: the same pairs" \
			"$tool is not installed (packages pahole, abigail-tools)"
		continue
	fi
	while read -r name header a b; do
		: >"$tmp/err"
		if ! "$load" diff --type "$a" "$a" >/dev/null 2>&1; then
			skip "$tool: $a, $b" "the catalogue has no $a"
			continue
		fi
		pair "$name" "$header" "$a" "$b" &&
			if [ $tool = codiff ]; then
				codiff -V "$tmp/1.so" "$tmp/2.so" >"$tmp/out"
			else
				abidiff "$tmp/1.so" "$tmp/2.so" >"$tmp/out"
				[ $(($? & 3)) = 0 ]
			fi && agree $tool
		result "$tool: $a, $b"
	done <<-P
		rec abi/memfd.h memfd_luo_ser___v1 memfd_luo_ser___v2
		rec abi/luo.h luo_root___v1_6_19 luo_root___v1_7_1
		rec abi/luo.h luo_root___v1_7_1 luo_ser___v5
		rec abi/pci.h pci_dev_ser___d1 pci_dev_ser___d2
		rec abi/vfio.h vfio_pci_ser___c vfio_pci_ser___d
	P
done

# ---- waivers, usage ----------------------------------------------------------------------

cat >"$tmp/w" <<-'W'
	luo-waivers 1
	# planned
	*          memfd/memfd_luo_ser.*  memfd_v1_to_v2 does it
	resized    memfd_luo_ser          the page has room
	meaning    memfd_luo_folio_ser.*  bits are kept
	moved      nothing.at.all         not needed
W
differ 0 -w "$tmp/w" 6.19 7.1 memfd && one_line "nothing to waive at nothing.at.all" &&
	grep -q 'waived .*memfd_luo_ser.seals .*(memfd_v1_to_v2 does it)' "$tmp/out"
result "waivers: what is waived does not count, and says why"
differ 12 -w "$tmp/w" 6.19 7.1
result "waivers: the rest counts"
bad() { printf "$1" >"$tmp/bad" && differ 2 -w "$tmp/bad" 6.19 7.1 && one_line "$2"; }
bad 'luo-waivers 1\nmoved memfd\n' "RULE PLACE REASON" &&
	bad 'luo-waivers 1\nmooved memfd because\n' "no such rule" &&
	bad 'luo-waivers 2\n' "waivers of version 2, this luo-load knows versions up to 1"
result "waivers: bad lines, and a newer version"
differ 4 6.19 7.1 kexec-metadata && finds "note family-added"
result "only notes: 4"
differ 0 --rules && [ "$(wc -l <"$tmp/out")" -ge 30 ] && grep -q '^same-string  *trap' "$tmp/out"
result "rules are listed"
differ 2 7.1 && one_line "two kernels" && differ 2 7.1 5.10 && one_line "5.10: neither" &&
	differ 2 7.1 7.2 pci_nonsense && one_line "neither kernel has this family" &&
	differ 2 --type nonsense luo_ser___v5 && one_line "the catalogue has no struct nonsense" &&
	differ 2 --type "$here/diff.sh:x" luo_ser___v5 && one_line "not a profile" &&
	differ 2 --nonsense && one_line "unknown option" && differ 0 --help &&
	grep -q '^Example: luo-load diff' "$tmp/out"
result "usage, and help"

echo "1..$nr"
((failed == 0))
