/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stands in for bpf-progs/include/luo_bpf.h: the translators' sources as kernel C, to
 * measure what BPF costs. Same calls, same engine, no verifier, no trampoline.
 */
#ifndef LUO_BPF_H
#define LUO_BPF_H

#include <linux/compiler.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>

#include "abi/tags.h"
#include "core/contract.h"

#define LUOB_DECLARE_(ret, name, args) ret name args;
LUOB_CALLS(LUOB_DECLARE_)

#define SEC(name)			static
#define __noinline
#define BPF_PROG(name, args...)		name##_native(args)
#define bpf_for(i, from, to)		for ((i) = (from); (i) < (to); (i)++)
#define barrier_var(v)			OPTIMIZER_HIDE_VAR(v)

#define LUO_ALSO(type)
#define LUO_STEP(...)			struct luo_no_step
#define LUO_READS(...)			struct luo_no_reads
#define LUO_LOSS(field, why)
#define LUO_AUTHOR(who)
#define LUO_TRANSLATOR(name)							\
	const struct luo_translator luob_native_##name = { .translate = translate_native }
#define LUO_ACCEPTOR(name)							\
	const struct luo_translator luob_native_##name = { .accept = accept_native }

enum luo_config {
	LUO_CONFIG_NO,
	LUO_CONFIG_YES,
	LUO_CONFIG_UNKNOWN,
};

#define luo_in(tx, t, off, type)	((const type *)luob_in(tx, t, off, sizeof(type)))
#define luo_out(tx, t, off, type)	((type *)luob_out(tx, t, off, sizeof(type)))
#define luo_is(array, literal)							\
	(!memcmp(array, literal, sizeof(literal)) &&				\
	 !memchr_inv((array) + sizeof(literal), 0, sizeof(array) - sizeof(literal)))

#define LUO_FAILED (-1)
#define LUO_PLACE(t, base, type, member) LUOB_AT(t, (base) + offsetof(type, member))

#endif /* LUO_BPF_H */
