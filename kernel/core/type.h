/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Layouts as the engine sees them: where the handles of a structure are and what
 * they lead to. Made from BTF (loader/lib/types.c); field names stay in BTF.
 */
#ifndef LUOB_TYPE_H
#define LUOB_TYPE_H

#include "os.h"

struct luob_type;

enum luob_handle_kind {
	LUOB_H_CONTIG,		/* head and elements in one preserved folio */
	LUOB_H_BLOCKS,		/* first block of a chain */
	LUOB_H_VMALLOC,		/* an embedded kho_vmalloc */
	LUOB_H_FOLIO,		/* a page frame number; content */
	LUOB_H_RANGE,		/* a physical address and a size beside it; content */
	LUOB_H_CHILD,		/* a record of another family */
};

/* Where the number of elements stands. */
enum luob_count_at {
	LUOB_COUNT_NONE,
	LUOB_COUNT_HEAD,
	LUOB_COUNT_BESIDE,
};

/**
 * struct luob_handle - one handle field
 * @off:	bytes from the start of the structure
 * @size:	bytes of the field: 8, or 16 for a vmalloc descriptor
 * @bits:	width of a page frame number, 0 for an address
 * @kind:	enum luob_handle_kind
 * @count_at:	enum luob_count_at
 * @one_page:	the target is always a single page
 * @count_off:	of the count, in head or in this structure; of a child's size, in bytes
 * @count_size:	bytes of the count; of a child's size, 0 when it is not recorded
 * @string_off:	of the version string (child); of the size (range)
 * @string_size: bytes of the string's array
 * @key_off:	of the child's key (u64)
 * @hw_off:	of the child's struct luo_bpf_hw
 * @hw_size:	its bytes; 0 for none
 * @space:	which strings a child's version is looked up among
 * @head:	structure at the start of the target, or NULL
 * @elem:	structure that repeats behind it, or NULL
 */
struct luob_handle {
	__u32 off;
	__u8 size;
	__u8 bits;
	__u8 kind;
	__u8 count_at;
	__u8 one_page;
	__u32 count_off;
	__u32 count_size;
	__u32 string_off;
	__u32 string_size;
	__u32 key_off;
	__u32 hw_off;
	__u32 hw_size;
	char space[8];
	const struct luob_type *head;
	const struct luob_type *elem;
};

#define LUOB_FDT_PATH_MAX	64

/* A property of a flattened device tree: "/node:property" or "/" + "*:property". */
struct luob_fdt_field {
	char path[LUOB_FDT_PATH_MAX];
	char text[LUOB_FDT_PATH_MAX];	/* required string; then @size is 0 */
	__u32 off;
	__u32 size;
};

/**
 * struct luob_type - one structure
 * @name:	as in BTF, with its flavour
 * @size:	bytes
 * @fingerprint: of fields, tags and everything that handles lead to
 * @layout:	the same without __luo_meaning(): how bytes lie, not what they say
 * @handles:	sorted by offset
 * @fdt:	properties when the structure is the flat view of an FDT
 * @nodes:	element type of an FDT's repeating nodes, or of what follows the structure in
 *		its folio; NULL for none
 * @nodes_off:	offset of their number
 * @nodes_size:	its bytes; 8 for an FDT
 * @version_off: offset of the record's own version
 * @version_size: its size: 4 for a number, else a string's array; 0 for none
 * @unique_off:	offset of a field that no two elements of a container share
 * @unique_size: its bytes; 0 for none
 * @priv:	the maker's: finds field names
 */
struct luob_type {
	const char *name;
	__u32 size;
	__u32 nr_handles;
	__u32 nr_fdt;
	__u64 fingerprint;
	__u64 layout;
	struct luob_handle *handles;
	struct luob_fdt_field *fdt;
	const struct luob_type *nodes;
	__u32 nodes_off;
	__u32 nodes_size;
	__u32 version_off;
	__u32 version_size;
	__u32 unique_off;
	__u32 unique_size;
	const void *priv;
};

/* FNV-1a, 64 bit: the one way in which fingerprints are computed. */
#define LUOB_FP_INIT	0xcbf29ce484222325ULL

static inline __u64 luob_fp_bytes(__u64 fp, const void *data, size_t len)
{
	const __u8 *p = data;

	while (len--)
		fp = (fp ^ *p++) * 0x100000001b3ULL;
	return fp;
}

static inline __u64 luob_fp_string(__u64 fp, const char *s)
{
	return luob_fp_bytes(fp, s, strlen(s) + 1);
}

static inline __u64 luob_fp_number(__u64 fp, __u64 v)
{
	__u8 b[8];
	int i;

	for (i = 0; i < 8; i++)
		b[i] = v >> (8 * i);
	return luob_fp_bytes(fp, b, sizeof(b));
}

/* One field: offset, size, sign, name and type name; tags are added by the caller. */
static inline __u64 luob_fp_field(__u64 fp, __u32 bit_off, __u32 bit_size, bool is_signed,
				  const char *name, const char *type_name)
{
	fp = luob_fp_number(fp, bit_off);
	fp = luob_fp_number(fp, bit_size);
	fp = luob_fp_number(fp, is_signed);
	fp = luob_fp_string(fp, name);
	return luob_fp_string(fp, type_name);
}

/* Handle at exactly @off of a structure, or NULL. */
static inline const struct luob_handle *luob_type__handle(const struct luob_type *t, __u32 off)
{
	__u32 i;

	for (i = 0; t && i < t->nr_handles; i++)
		if (t->handles[i].off == off)
			return &t->handles[i];
	return NULL;
}

#endif /* LUOB_TYPE_H */
