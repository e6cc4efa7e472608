/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Files of virtual machines, their CPUs and guest_memfd, as posted in 2026. Not in any
 * release up to 7.3. "kvm_vm_luo_v1" is two layouts: a with memory attributes, b with the
 * state of the architecture.
 */
#ifndef LUO_ABI_KVM_H
#define LUO_ABI_KVM_H

#include "tags.h"
#include "kho.h"

struct kvm_mem_attr_ser___v1 {
	__u64 gfn;
	__u64 attributes;
};
luo_abi_size(kvm_mem_attr_ser___v1, 16);

struct kvm_vm_ser___v1_a {
	__u64 type;
	__u64 nr_mem_attrs;
	struct kho_vmalloc___v1 mem_attrs __luo_to_vmalloc(kvm_mem_attr_ser___v1, nr_mem_attrs);
};
luo_abi_size(kvm_vm_ser___v1_a, 32);
luo_abi_at(kvm_vm_ser___v1_a, mem_attrs, 16);

/* What is behind arch_state depends on the machine and is not described. */
struct kvm_vm_ser___v1_b {
	__u64 type;
	luo_phys_t arch_state;
};
luo_abi_size(kvm_vm_ser___v1_b, 16);
luo_abi_at(kvm_vm_ser___v1_b, arch_state, 8);

struct kvm_vcpu_ser___v1 {
	__u32 vcpu_id;
	__u32 flags;
	__u64 vm_token;
	luo_phys_t arch_state;
	luo_phys_t cb;
};
luo_abi_size(kvm_vcpu_ser___v1, 32);
luo_abi_at(kvm_vcpu_ser___v1, flags, 4);
luo_abi_at(kvm_vcpu_ser___v1, vm_token, 8);
luo_abi_at(kvm_vcpu_ser___v1, arch_state, 16);
luo_abi_at(kvm_vcpu_ser___v1, cb, 24);

enum guest_memfd_luo_flags {
	GUEST_MEMFD_MMAP = 0x1,
	GUEST_MEMFD_INIT_SHARED = 0x2,
};

/* UPTODATE is bit 0 here; memfd has DIRTY there. */
enum guest_memfd_luo_folio_flags {
	GUEST_MEMFD_FOLIO_UPTODATE = 0x1,
};

struct guest_memfd_folio_ser___v1 {
	__u64 pfn : 52 __luo_to_folio;
	__u64 flags : 12 __luo_flags(guest_memfd_luo_folio_flags);
	__u64 index;
} __luo_packed;
luo_abi_size(guest_memfd_folio_ser___v1, 16);
luo_abi_at(guest_memfd_folio_ser___v1, index, 8);

struct guest_memfd_ser___v1 {
	__u64 size;
	__u64 flags __luo_flags(guest_memfd_luo_flags);
	__u64 nr_folios;
	__u64 vm_token;
	struct kho_vmalloc___v1 folios __luo_to_vmalloc(guest_memfd_folio_ser___v1, nr_folios);
};
luo_abi_size(guest_memfd_ser___v1, 48);
luo_abi_at(guest_memfd_ser___v1, flags, 8);
luo_abi_at(guest_memfd_ser___v1, nr_folios, 16);
luo_abi_at(guest_memfd_ser___v1, vm_token, 24);
luo_abi_at(guest_memfd_ser___v1, folios, 32);

struct luo_catalogue_kvm {
	struct kvm_mem_attr_ser___v1 mem_attr;
	struct kvm_vm_ser___v1_a vm_a;
	struct kvm_vm_ser___v1_b vm_b;
	struct kvm_vcpu_ser___v1 vcpu;
	enum guest_memfd_luo_flags guest_memfd_flags;
	enum guest_memfd_luo_folio_flags guest_memfd_folio_flags;
	struct guest_memfd_folio_ser___v1 guest_memfd_folio;
	struct guest_memfd_ser___v1 guest_memfd;
};

#endif /* LUO_ABI_KVM_H */
