/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What translators and acceptors are written against: the contract's calls as
 * kfuncs, the identity that travels in the object's BTF, and the two loop forms.
 *
 * One object is one step in one direction. It must hold: one function in
 * SEC("struct_ops.s/translate") or ("struct_ops.s/accept"), LUO_TRANSLATOR() or
 * LUO_ACCEPTOR(), and an identity. bpf-progs/README.md is the author's guide.
 */
#ifndef LUO_BPF_H
#define LUO_BPF_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>
/* Debian 12's linux/bpf.h is older than open-coded iterators: bring our own. */
#define bpf_iter_num bpf_iter_num___uapi
#include <linux/bpf.h>
#undef bpf_iter_num
struct bpf_iter_num {
	__u64 __opaque[1];
} __attribute__((aligned(8)));
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/* bpf_helpers.h brings an offsetof() that is no constant expression. */
#undef offsetof
#define offsetof(type, member) __builtin_offsetof(type, member)

#include "abi/tags.h"
#include "core/contract.h"

/* BPF_PROG() names a context that few programs use. */
#pragma clang diagnostic ignored "-Wunused-parameter"

/* A mere forward declaration of an argument's type is refused by libbpf. */
struct luo_tx {
};

#define LUOB_DECLARE_(ret, name, args) extern ret name args __ksym;
LUOB_CALLS(LUOB_DECLARE_)

char _license[] SEC("license") = "GPL";

/*
 * Identity: a variable that is never loaded (libbpf skips the section), with both
 * record types by value, because clang emits no BTF for types behind pointers.
 * LUO_ALSO() names further types that handles of the two lead to.
 */
#define LUO_ALSO_(type, line)	type also_##line
#define LUO_ALSO__(type, line)	LUO_ALSO_(type, line)
#define LUO_ALSO(type)		LUO_ALSO__(type, __COUNTER__);

#define LUO_STEP(family, from_string, from_type, to_string, to_type, also, ...)	\
	struct {								\
		from_type from __luo_tag("version " from_string);		\
		to_type to __luo_tag("version " to_string);			\
		enum luob_rule rules;						\
		also								\
	} luo_identity SEC(".luo") __luo_tag("family " family) __VA_ARGS__

#define LUO_READS(family, string, type, also, ...)				\
	struct {								\
		type from __luo_tag("version " string);				\
		enum luob_rule rules;						\
		also								\
	} luo_identity SEC(".luo") __luo_tag("family " family) __VA_ARGS__

/*
 * Declared on the identity: @field of the source is given up, and why. "name", or
 * "struct_name.name" where several structures have one.
 */
#define LUO_LOSS(field, why)	__luo_tag("loss field=" field " why=" why)
/*
 * The step is only for records of these devices: any of vendor, device, subvendor and
 * subdevice (4 hexadecimal digits), and class (2, 4 or 6 from the left), with blanks.
 */
#define LUO_HARDWARE(ids)	__luo_tag("hardware " ids)
#define LUO_AUTHOR(who)		__luo_tag("author " who)

/*
 * Statements for the verifier, each with a reason that it shows; one that is about
 * nothing is a finding. A finding of @rule ("narrowing.store", "narrowing", or
 * "narrowing:field") is known and right; @field is copied although __luo_meaning() says
 * something else of both versions; a string of this step stands for other layouts too.
 */
#define LUO_WAIVE(rule, why)	__luo_tag("waive rule=" rule " why=" why)
#define LUO_MEANING(field, why)	__luo_tag("meaning-of field=" field " why=" why)
#define LUO_SAME_STRING(why)	__luo_tag("same-string why=" why)

#define LUO_TRANSLATOR(name)							\
	SEC(".struct_ops.link")							\
	struct luo_translator name = { .translate = (void *)translate }

#define LUO_ACCEPTOR(name)							\
	SEC(".struct_ops.link")							\
	struct luo_translator name = { .accept = (void *)accept }

/* Set by the loader before load; 0 no, 1 yes, 2 unknown. */
enum luo_config {
	LUO_CONFIG_NO,
	LUO_CONFIG_YES,
	LUO_CONFIG_UNKNOWN,
};

/* Windows with a type: a whole record of region @t at @off, or NULL. */
#define luo_in(tx, t, off, type) \
	((const type *)luob_in(tx, t, off, sizeof(type)))
#define luo_out(tx, t, off, type) \
	((type *)luob_out(tx, t, off, sizeof(type)))

/*
 * Does the array hold the literal and zeros behind it? Unrolled, because a literal
 * that survives as data would land in a section of its own (.rodata.str1.1).
 */
#define luo_is(array, literal)							\
({										\
	bool same_ = true;							\
	_Pragma("clang loop unroll(full)")					\
	for (unsigned int k_ = 0; k_ < sizeof(array); k_++)			\
		if ((array)[k_] != (k_ < sizeof(literal) ? (literal)[k_] : 0))	\
			same_ = false;						\
	same_;									\
})

/* What a program returns when a call failed: the engine knows which. */
#define LUO_FAILED (-1)

/* Place of a member in the element at @base of region @t, for luob_refuse(). */
#define LUO_PLACE(t, base, type, member) LUOB_AT(t, (base) + offsetof(type, member))

#endif /* LUO_BPF_H */
