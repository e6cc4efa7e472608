/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What C cannot say about a record, as BTF declaration tags.
 *
 * Only clang keeps decl tags (gcc warns and drops them), so the macros vanish
 * where the attribute is unknown: kernel and user space compile the same
 * structures, and the BTF catalogue is always made by clang.  Type tags are not
 * used: every clang drops them on integers.
 *
 * Grammar: each tag is "luo:WORD [key=value]...", separated by single blanks.
 * A key whose value starts with '.' names a sibling field of the tagged one.
 * README.md of bpf-progs/ lists all words; loader/lib/types.c reads them.
 */
#ifndef LUO_ABI_TAGS_H
#define LUO_ABI_TAGS_H

#ifdef __KERNEL__
#include <linux/types.h>
#include <linux/stddef.h>
#else
#include <stddef.h>
#include <linux/types.h>
#endif

#ifndef __has_attribute
#define __has_attribute(x) 0
#endif

#if __has_attribute(btf_decl_tag)
#define __luo_tag(text) __attribute__((btf_decl_tag("luo:" text)))
#else
#define __luo_tag(text)
#endif

#define __luo_packed __attribute__((packed))

/* A physical address stored as an integer, in CPU byte order. */
typedef __u64 luo_phys_t __luo_tag("phys");

/*
 * For luo-load diff, and no part of the fingerprint: elements stand in the order of these
 * fields; an array's or a structure's size follows this option of the configuration.
 */
#define __luo_sorted(fields)	__luo_tag("sorted by=" fields)
#define __luo_config(option)	__luo_tag("config option=" #option)

/* Bytes that writers leave zero and readers ignore or demand to be zero. */
#define __luo_reserved		__luo_tag("reserved")
/* A NUL-terminated string in a fixed array. */
#define __luo_string		__luo_tag("string")
/* The record's own version: a string, or a number that stands for one. */
#define __luo_version		__luo_tag("version-field")
/* No two elements of one container share the value; of adjacent members, all their values. */
#define __luo_unique		__luo_tag("unique")
/* A mask whose bits are the enumerators of @e. */
#define __luo_flags(e)		__luo_tag("flags enum=" #e)

/*
 * What a field or a whole structure says, where releases have changed that and not the
 * layout. The words are compared, nothing else: they are part of the fingerprint.
 */
#define __luo_meaning(text)	__luo_tag("meaning " text)

/*
 * Handles: fields that hold the physical address of other preserved memory.
 * @type, @elem, @head name structures; @count names the number of elements: a
 * field of @head, or a sibling when it starts with '.'.
 */
#define __luo_handle(text)	__luo_tag("handle " text)
/* One record at the start of a preserved folio. */
#define __luo_to_record(type)	__luo_handle("contig head=" #type)
/* @head followed by its elements, in one preserved folio. */
#define __luo_to_table(head, elem, count) \
	__luo_handle("contig head=" #head " elem=" #elem " count=" #count)
/* The same, always in a single page. */
#define __luo_to_page(head, elem, count) \
	__luo_handle("contig head=" #head " elem=" #elem " count=" #count " pages=1")
/* Elements only; the count stands beside the handle. */
#define __luo_to_array(elem, count) \
	__luo_handle("contig elem=" #elem " count=." #count)
/* A chain of kho_block pages, counted in each block. */
#define __luo_to_blocks(elem)	__luo_handle("blocks elem=" #elem)
/* As above, and the sum stands beside the handle. */
#define __luo_to_counted_blocks(elem, count) \
	__luo_handle("blocks elem=" #elem " count=." #count)
/* A kho_vmalloc descriptor: the field is the descriptor itself. */
#define __luo_to_vmalloc(elem, count) \
	__luo_handle("vmalloc elem=" #elem " count=." #count)
/* A page frame number of a preserved folio that holds content, not records. */
#define __luo_to_folio		__luo_handle("folio")
/* Content of @size bytes, preserved as kho_preserve_pages() splits it. */
#define __luo_to_range(size)	__luo_handle("range size=." #size)
/*
 * A record of another family: its version string is the sibling @string, looked
 * up among the @space (file handlers, FLBs); @key becomes translate()'s arg.
 */
#define __luo_to_child(space, string, key) \
	__luo_handle("child space=" #space " string=." #string " key=." #key)
/* The same; beside the handle stand the bytes of that record, and a struct luo_bpf_hw. */
#define __luo_to_device_child(space, string, key, size, hw) \
	__luo_handle("child space=" #space " string=." #string " key=." #key " size=." #size \
		     " hw=." #hw)

/*
 * On a structure: @count elements follow it in the same folio, as in a flexible array.
 * Only a record itself can have them, not what is behind a handle (__luo_to_table()).
 */
#define __luo_followed_by(elem, count)	__luo_tag("followed-by elem=" #elem " count=." #count)

/*
 * Flattened device trees are seen as a flat structure.  On a field: where it
 * lives.  On a structure: strings that must be there, and the element type of
 * the nodes that match a pattern.
 */
#define __luo_fdt(path)			__luo_tag("fdt path=" path)
#define __luo_fdt_string(path, text)	__luo_tag("fdt-string path=" path " text=" text)
#define __luo_fdt_nodes(elem, count)	__luo_tag("fdt-nodes elem=" #elem " count=." #count)

/* What a layout is compared with: bytes of the structure, and where a member is. */
#define luo_abi_size(type, bytes) \
	_Static_assert(sizeof(struct type) == (bytes), #type)
#define luo_abi_at(type, member, off) \
	_Static_assert(offsetof(struct type, member) == (off), #type "." #member)

#endif /* LUO_ABI_TAGS_H */
