// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a run noted, repeated on the transaction by core/calls.c. The first call that
 * fails there would have failed at the same place in another engine, and nothing that
 * the program does afterwards counts: calls fail, refusals included.
 */
#include "core/calls.h"
#include "jit/jit_int.h"

/* What the program stored in a new region, before handles are put over it. */
static int fill_region(struct luo_jit *jit, struct luo_tx *tx, __u64 token, __u64 from)
{
	const struct luob_region *r = luob_step__region(tx, token);
	__u64 off, len, piece = LUOB_WINDOW_MAX;
	void *p;

	if (r->kind == LUOB_BLOCKS)
		piece = JIT_BLOCK_ROOM / r->stride * r->stride;
	for (off = 0; off < r->size; off += len) {
		len = r->size - off < piece ? r->size - off : piece;
		p = (void *)luob_region__window(&tx->space, r, off, len);
		if (!p)
			return -EFAULT;
		memcpy(p, jit->area + from + off, len);
	}
	return 0;
}

static __u64 repeat(struct luo_jit *jit, struct luo_tx *tx, const struct jit_call *c)
{
	const __u64 *a = c->arg;
	__u64 t;

	switch (c->op) {
	case JIT_REF:
		return luob_ref(tx, a[0], a[1]);
	case JIT_NEW:
		t = luob_new(tx, a[0], a[1]);
		return t && fill_region(jit, tx, t, a[2]) ? 0 : t;
	case JIT_MOVE:
		luob_move(tx, a[0], a[1], a[2], a[3]);
		return 0;
	case JIT_LINK:
		luob_link(tx, a[0], a[1], a[2]);
		return 0;
	case JIT_DROP:
		luob_drop(tx, a[0], a[1], a[2]);
		return 0;
	default:
		luob_child(tx, a[0], a[1], a[2], a[3]);
		return 0;
	}
}

/**
 * jit_replay - do to the transaction what a run noted
 * @jit: engine after a run that succeeded
 * @tx: transaction
 * @f: set when tokens are not those that the run was given
 *
 * Return: 0 (the step may have failed), -EBADMSG.
 */
int jit_replay(struct luo_jit *jit, struct luo_tx *tx, struct luob_fault *f)
{
	const struct jit_head *h = jit__head(jit);
	const struct jit_call *c = (const void *)(jit->area + h->calls);
	__s64 left = jit->left;
	__u64 i, ret;

	for (i = 0; i < h->nr_calls && !tx->step->failed; i++, c++) {
		if (!luob_step__charge(tx, left - c->left))
			return 0;
		left = c->left;
		ret = repeat(jit, tx, c);
		if (!tx->step->failed && ret != c->ret)
			return luob_fault__rule(f, "ENGINE", "call %llu gave token %llu, not %llu",
						(unsigned long long)i, (unsigned long long)ret,
						(unsigned long long)c->ret);
	}
	if (!tx->step->failed)
		luob_step__charge(tx, left - h->left);
	return 0;
}
