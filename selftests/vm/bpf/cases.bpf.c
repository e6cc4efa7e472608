// SPDX-License-Identifier: GPL-2.0-only
/*
 * One translator in several editions, chosen by -DCASE_...: as it should be (CASE_GOOD), and
 * with one thing in it that must not get into a kernel. The comment says who refuses it.
 */
#include "luo_bpf.h"

struct record {
	__u64 value;
	__u32 count;
	__u32 reserved;
};

LUO_STEP("sample", "sample-v1", struct record, "sample-v2", struct record,);

#if defined(CASE_NOT_SLEEPABLE)		/* the module: calls may allocate */
#define ENTRY "struct_ops/translate"
#else
#define ENTRY "struct_ops.s/translate"
#endif

#if defined(CASE_BSS)			/* the module, when attached: output depends on it */
static volatile __u64 seen;
#endif

#if !defined(CASE_ACCEPTOR) && !defined(CASE_NEITHER)
SEC(ENTRY)
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	struct record *in, *out;
	__u64 size = sizeof(*in);

#if defined(CASE_VARIABLE_WINDOW)	/* the verifier: windows have constant sizes */
	size = luob_size(tx, self);
#endif
	in = (void *)luob_in(tx, self, 0, size);
	out = (void *)luob_out(tx, arg, 0, sizeof(*out));
#if !defined(CASE_NULL_UNCHECKED)	/* the verifier */
	if (!in || !out)
		return -1;
#endif
	out->value = in->value;
	out->count = in->count;
#if defined(CASE_HELPER)		/* the verifier, because the module offers none */
	out->value += bpf_ktime_get_ns();
#elif defined(CASE_PAST_WINDOW)		/* the verifier */
	out->value += ((volatile struct record *)in)[1].count;
#elif defined(CASE_STORE_TO_INPUT)	/* the verifier */
	in->count = 0;
#elif defined(CASE_FORGED_TX)		/* the verifier: tx is not for reading or making up */
	luob_size((struct luo_tx *)out, 1);
#elif defined(CASE_BSS)
	out->value += seen++;
#endif
	return 0;
}
#endif

#if defined(CASE_ACCEPTOR) || defined(CASE_BOTH)
SEC("struct_ops.s/accept")
int BPF_PROG(accept, struct luo_tx *tx, __u64 self)
{
	__u64 size = luob_size(tx, self);

	if (size < sizeof(struct record))
		return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(self, 0), size);
	return 0;
}
#endif

#if defined(CASE_BOTH)			/* the module, when attached: one object, one purpose */
SEC(".struct_ops.link")
struct luo_translator sample = { .translate = (void *)translate, .accept = (void *)accept };
#elif defined(CASE_NEITHER)		/* the same */
SEC(".struct_ops.link")
struct luo_translator sample = {};
#elif defined(CASE_ACCEPTOR)
LUO_ACCEPTOR(sample);
#else
LUO_TRANSLATOR(sample);
#endif
