// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The calls of the contract as static functions over one array, for programs that the
 * host's kernel runs without our module. They answer what needs no more than the
 * prepared regions, and note the other calls for the engine. What they cannot answer
 * exactly as core/calls.c would ends the run: nothing has happened yet, and another
 * engine does it.
 *
 * jit_link.c copies the functions that a program calls behind it and puts the array's
 * address and limits in. So: no data, no calls from one to another.
 */
#include <stddef.h>
#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "core/contract.h"
#include "jit/area.h"

extern struct jit_head luo_area;	/* the array's only element */
extern char luo_tokens;			/* not addresses: the number of tokens, and */
extern char luo_limit;			/* the last offset that a window may start at */

#define CALL_COST	16		/* LUOB_CALL_COST, which this cannot include */

static __always_inline void *at(__u64 off)
{
	if (off > (__u64)&luo_limit)
		return NULL;
	barrier_var(off);
	return (__u8 *)&luo_area + off;
}

/* The rest of the run comes to nothing: spend() fails from now on. */
static __always_inline void give_up(enum jit_status status, __u64 a, __u64 b)
{
	struct jit_head *h = &luo_area;

	if (h->status)
		return;
	h->status = status;
	h->need[0] = a;
	h->need[1] = b;
	h->left = 0;
}

static __always_inline _Bool spend(__u64 cost)
{
	struct jit_head *h = &luo_area;

	h->left -= cost;
	if (h->left > 0)
		return 1;
	give_up(JIT_OTHER, 0, 0);
	return 0;
}

static __always_inline struct jit_token *token(__u64 t)
{
	if (t >= (__u64)&luo_tokens)
		return NULL;
	barrier_var(t);
	return (void *)((__u8 *)&luo_area + JIT_HEAD_SIZE + t * sizeof(struct jit_token));
}

/* Notes a call. Return: whether the run goes on. */
static __always_inline _Bool note(enum jit_op op, __u64 a, __u64 b, __u64 c, __u64 d)
{
	struct jit_head *h = &luo_area;
	struct jit_call *call;

	if (!spend(0))
		return 0;
	call = h->nr_calls < h->max_calls ? at(h->calls + h->nr_calls * sizeof(*call)) : NULL;
	if (!call) {
		give_up(JIT_ROOM, 0, 0);
		return 0;
	}
	call->op = op;
	call->left = h->left;
	call->arg[0] = a;
	call->arg[1] = b;
	call->arg[2] = c;
	call->arg[3] = d;
	call->ret = 0;
	h->nr_calls++;
	return 1;
}

/* The next token, for @from or a zeroed one. Return: it, or 0. */
static __always_inline __u64 issue(const struct jit_token *from)
{
	struct jit_head *h = &luo_area;
	__u64 t = h->nr_tokens + 1;
	struct jit_token *to = token(t);
	struct jit_call *call = at(h->calls + (h->nr_calls - 1) * sizeof(*call));

	if (!to || !call) {
		give_up(JIT_ROOM, 0, 0);
		return 0;
	}
	*to = *from;
	call->ret = t;
	h->nr_tokens = t;
	return t;
}

/* @room: bytes of the region that may be seen in this way. */
static __always_inline __u8 *window(const struct jit_token *t, __u64 room, __u64 off, __u64 size)
{
	__u64 piece = t->piece;
	__u8 *p;

	if (off > room || size > room - off || size - 1 >= LUOB_WINDOW_MAX)
		goto other;
	if (piece && (piece & (piece - 1) ? off % piece : off & (piece - 1)) + size > piece)
		goto other;
	if (!spend(CALL_COST + size))
		return NULL;
	p = at(t->base + off);
	if (p)
		return p;
other:
	give_up(JIT_OTHER, 0, 0);
	return NULL;
}

__u8 *luob_in(struct luo_tx *tx, __u64 in, __u64 off, const __u64 rdonly_buf_size)
{
	const struct jit_token *t = token(in);

	if (t)
		return window(t, t->in, off, rdonly_buf_size);
	give_up(JIT_OTHER, 0, 0);
	return NULL;
}

__u8 *luob_out(struct luo_tx *tx, __u64 out, __u64 off, const __u64 rdwr_buf_size)
{
	const struct jit_token *t = token(out);

	if (t)
		return window(t, t->out, off, rdwr_buf_size);
	give_up(JIT_OTHER, 0, 0);
	return NULL;
}

__u64 luob_size(struct luo_tx *tx, __u64 t)
{
	struct jit_head *h = &luo_area;
	const struct jit_token *r = token(t);

	if (!r || !t || t > h->nr_tokens)
		give_up(JIT_OTHER, 0, 0);
	else if (spend(CALL_COST))
		return r->size;
	return 0;
}

__u64 luob_ref(struct luo_tx *tx, __u64 in, __u64 off)
{
	struct jit_head *h = &luo_area;
	struct jit_token *t = token(in);
	__u32 *ref;

	if (!t || off >= t->in || off & 7) {
		give_up(JIT_OTHER, 0, 0);
		return 0;
	}
	ref = t->refs ? at(t->refs + off / 2) : NULL;
	if (!ref || *ref == JIT_REF_UNKNOWN) {
		give_up(JIT_NEED_REF, t->id, off);
		return 0;
	}
	if (*ref == JIT_REF_OTHER) {
		give_up(JIT_OTHER, 0, 0);
		return 0;
	}
	if (!note(JIT_REF, in, off, 0, 0) || *ref == JIT_REF_NULL)
		return 0;
	t = at(h->regions + (__u64)(*ref - JIT_REF_ID) * sizeof(*t));
	return t ? issue(t) : 0;
}

__u64 luob_new(struct luo_tx *tx, __u64 bytes, __u64 kind)
{
	struct jit_head *h = &luo_area;
	__u64 stride = kind >> LUOB_ENTRY_SHIFT;
	struct jit_token made = {};

	if (!bytes || bytes >> 32 || stride > JIT_BLOCK_ROOM / 2 ||
	    ((kind & LUOB_KIND_MASK) == LUOB_BLOCKS && !stride)) {
		give_up(JIT_OTHER, 0, 0);
		return 0;
	}
	if (bytes > h->new_end || h->new_next > h->new_end - bytes) {
		give_up(JIT_ROOM, bytes, 0);
		return 0;
	}
	if (!note(JIT_NEW, bytes, kind, h->new_next, 0))
		return 0;
	made.base = h->new_next;
	made.out = bytes;
	made.size = bytes;
	if ((kind & LUOB_KIND_MASK) == LUOB_BLOCKS)
		made.piece = JIT_BLOCK_ROOM / stride * stride;
	else
		made.out_plain = bytes;
	h->new_next += (bytes + 63) & ~63ULL;
	return issue(&made);
}

int luob_move(struct luo_tx *tx, __u64 out, __u64 ooff, __u64 in, __u64 ioff)
{
	return note(JIT_MOVE, out, ooff, in, ioff) ? 0 : -1;
}

int luob_link(struct luo_tx *tx, __u64 out, __u64 ooff, __u64 t)
{
	return note(JIT_LINK, out, ooff, t, 0) ? 0 : -1;
}

int luob_drop(struct luo_tx *tx, __u64 in, __u64 off, __u64 reason)
{
	return note(JIT_DROP, in, off, reason, 0) ? 0 : -1;
}

int luob_child(struct luo_tx *tx, __u64 out, __u64 ooff, __u64 in, __u64 ioff)
{
	return note(JIT_CHILD, out, ooff, in, ioff) ? 0 : -1;
}

int luob_lookup(struct luo_tx *tx, __u64 kind, __u64 key, __u64 *val)
{
	struct jit_head *h = &luo_area;
	const struct jit_answer *a = h->answers;
	__u64 i;

	*val = 0;
	if (!spend(CALL_COST))
		return -1;
	/* Kinds start at 1: what is not answered yet equals none. */
	for (i = 0; i < JIT_ANSWERS; i++, a++) {
		if (!kind || a->kind != kind || a->key != key)
			continue;
		*val = a->val;
		return a->ret;
	}
	give_up(JIT_NEED_ANSWER, kind, key);
	return -1;
}

/* How many elements are left is known when they are sorted, which is nothing for here. */
__u64 luob_gather(struct luo_tx *tx, __u64 out, __u64 by)
{
	give_up(JIT_OTHER, 0, 0);
	return 0;
}

int luob_refuse(struct luo_tx *tx, __u64 rule, __u64 place, __u64 value)
{
	give_up(JIT_OTHER, 0, 0);
	return -1;
}
