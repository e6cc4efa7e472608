/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The loop over an array of small records: whole windows with a plain inner loop, then
 * small windows, then single records for the rest. Includers define OLD, NEW (structures
 * of the same size) and TRANSLATE(old, new).
 */
#define PER_WINDOW	(LUOB_WINDOW_MAX / sizeof(OLD))
#define PER_SMALL	(PER_WINDOW / 16)
/* The bound of an index is looked at once for as many. */
#define SOME		4

static __always_inline int translate_some(struct luo_tx *tx, __u64 out, __u64 in, __u64 off,
					  const __u32 nr)
{
	const OLD *o = (const void *)luob_in(tx, in, off, nr * sizeof(OLD));
	NEW *n = (void *)luob_out(tx, out, off, nr * sizeof(OLD));
	const __u32 some = nr % SOME ? 1 : SOME;
	__u32 i, k, x;

	if (!o || !n)
		return LUO_FAILED;
#pragma clang loop unroll(disable)
	for (k = 0; k < nr / some; k++) {
		x = k;
		barrier_var(x);
		if (x >= nr / some)
			break;
#pragma clang loop unroll(full)
		for (i = 0; i < some; i++)
			TRANSLATE(&o[x * some + i], &n[x * some + i]);
	}
	return 0;
}

static __always_inline int window(struct luo_tx *tx, __u64 out, __u64 in, __u64 i)
{
	return translate_some(tx, out, in, i * LUOB_WINDOW_MAX, PER_WINDOW);
}

static __always_inline int small(struct luo_tx *tx, __u64 out, __u64 in, __u64 i)
{
	return translate_some(tx, out, in, i * PER_SMALL * sizeof(OLD), PER_SMALL);
}

static __noinline int record(struct luo_tx *tx, __u64 out, __u64 in, __u64 i)
{
	const OLD *o = luo_in(tx, in, i * sizeof(OLD), OLD);
	NEW *n = luo_out(tx, out, i * sizeof(OLD), NEW);

	if (!o || !n)
		return LUO_FAILED;
	TRANSLATE(o, n);
	return 0;
}

/* @arg: token of the output, which the benchmark has made. */
SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	__u64 nr = luob_size(tx, self) / sizeof(OLD);
	__u32 i;

	if (nr > LUOB_MAX_ITER)
		return LUO_FAILED;
	bpf_for(i, 0, nr / PER_WINDOW) {
		if (window(tx, arg, self, i))
			return LUO_FAILED;
	}
	bpf_for(i, nr / PER_WINDOW * 16, nr / PER_SMALL) {
		if (small(tx, arg, self, i))
			return LUO_FAILED;
	}
	bpf_for(i, nr / PER_SMALL * PER_SMALL, nr) {
		if (record(tx, arg, self, i))
			return LUO_FAILED;
	}
	return 0;
}
