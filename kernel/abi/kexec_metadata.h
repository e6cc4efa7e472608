/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kexec-metadata (7.1 on): raw, packed. A reader that does not know the version
 * warns and goes on. Source: include/linux/kho/abi/kexec_metadata.h of 7.1.13.
 */
#ifndef LUO_ABI_KEXEC_METADATA_H
#define LUO_ABI_KEXEC_METADATA_H

#include "tags.h"

#define KEXEC_METADATA_SUBTREE	"kexec-metadata"

struct kho_kexec_metadata___v1 {
	__u32 version __luo_version;
	char previous_release[65] __luo_string;
	__u32 kexec_count;
} __luo_packed;
_Static_assert(sizeof(struct kho_kexec_metadata___v1) == 73, "kho_kexec_metadata");
_Static_assert(offsetof(struct kho_kexec_metadata___v1, previous_release) == 4,
	       "kho_kexec_metadata.previous_release");
_Static_assert(offsetof(struct kho_kexec_metadata___v1, kexec_count) == 69,
	       "kho_kexec_metadata.kexec_count");

#endif /* LUO_ABI_KEXEC_METADATA_H */
