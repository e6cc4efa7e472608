/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/**
 * DOC: The arming blob
 *
 * What luo-load knows from BTF and the table of profiles, in a form that a kernel
 * can check without either: layouts, formats of both kernels, programs, names of
 * rules. One block of memory: header, then arrays that refer to each other by
 * index. It never leaves the machine and the pair of luo-load and luo_bpf.ko that
 * was installed together: another version is refused, nothing is converted.
 */
#ifndef LUOB_BLOB_H
#define LUOB_BLOB_H

#include "tx.h"

#define LUOB_BLOB_MAGIC		0x424f554cU	/* "LUOB" */
#define LUOB_BLOB_VERSION	6
#define LUOB_BLOB_MAX		(1U << 20)
#define LUOB_BLOB_NAME		48
#define LUOB_DIGEST		32	/* SHA-256 */

/* Facts about the next kernel that its formats do not show. */
enum luob_known {
	LUOB_NO,
	LUOB_YES,
	LUOB_UNKNOWN,
};

struct luob_blob_head {
	__u32 magic;
	__u32 version;
	__u32 size;		/* of the whole blob */
	__u32 nr_types;
	__u32 nr_handles;
	__u32 nr_fdt;
	__u32 nr_formats;	/* of the old kernel, then of the new one */
	__u32 nr_from;		/* how many of them are the old kernel's */
	__u32 nr_progs;
	__u32 nr_rules;
	__u32 max_order;	/* that the new kernel copes with */
	__u32 deferred;		/* enum luob_known: DEFERRED_STRUCT_PAGE_INIT */
	__u32 has_image;	/* the digests say which image has to be loaded */
	__u32 pad[2];
	__u8 kernel[LUOB_DIGEST];
	__u8 initrd[LUOB_DIGEST];	/* of no bytes when there is none */
	__u8 cmdline[LUOB_DIGEST];	/* without the NUL */
	char from_release[32];
	char to_release[32];
	char from_kho[16];
	char to_kho[16];
};

/* An index of -1 stands for none. */
struct luob_blob_type {
	char name[LUOB_BLOB_NAME];
	__u64 fingerprint;
	__u64 layout;
	__u32 size;
	__u32 handles;		/* first of them */
	__u32 nr_handles;
	__u32 fdt;
	__u32 nr_fdt;
	__s32 nodes;
	__u32 nodes_off;
	__u32 nodes_size;
	__u32 version_off;
	__u32 version_size;
	__u32 unique_off;
	__u32 unique_size;
};

struct luob_blob_handle {
	__u32 off;
	__u8 size;
	__u8 bits;
	__u8 kind;
	__u8 count_at;
	__u32 one_page;
	__u32 count_off;
	__u32 count_size;
	__u32 string_off;
	__u32 string_size;
	__u32 key_off;
	__u32 hw_off;
	__u32 hw_size;
	char space[8];
	__s32 head;
	__s32 elem;
};

struct luob_blob_format {
	char family[LUOB_FAMILY_MAX];
	char string[LUOB_STRING_MAX];
	char space[8];
	char subtree[LUOB_SUBTREE_NAME];
	__s32 type;
	__u8 reads;
	__u8 writes;
	__u8 value;
	__u8 pad;
};

struct luob_blob_prog {
	char name[LUOB_BLOB_NAME];
	char family[LUOB_FAMILY_MAX];
	char from_string[LUOB_STRING_MAX];
	char to_string[LUOB_STRING_MAX];
	__s32 from;
	__s32 to;		/* -1: an acceptor */
	__u32 map_id;		/* of its struct_ops map */
	__u32 prog_id;		/* what luo-load loaded into it */
	__u8 digest[LUOB_DIGEST];	/* of the object's file */
	char losses[28];	/* fields that it declares to lose, as the report has them */
	__u32 verified;		/* luo-load has proved it right: 0 or 1 */
	__u32 nr_losses;
	__s32 loss_types[LUOB_LOSSES_MAX];
	__u32 loss_offs[LUOB_LOSSES_MAX];
	struct luob_limit limit;	/* the devices that it is for */
};

struct luob_blob_rule {
	char name[LUOB_BLOB_NAME];
	__u32 prog;
	__u32 nr;
};

/* An unpacked blob. */
struct luob_blob {
	const struct luob_blob_head *head;
	const struct luob_blob_rule *rules;
	const struct luob_blob_prog *blob_progs;
	struct luob_type *types;
	struct luob_handle *handles;
	struct luob_format *formats;
	struct luob_prog *progs;
	struct luob_profile from;
	struct luob_profile to;
};

int luob_blob__unpack(struct luob_blob *b, void *data, size_t size, struct luob_fault *f);
void luob_blob__free(struct luob_blob *b);
const char *luob_blob__rule(const struct luob_blob *b, const struct luob_prog *prog, __u64 nr);

#endif /* LUOB_BLOB_H */
