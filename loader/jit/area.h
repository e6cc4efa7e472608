/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The one element of the one map: what the shims (shims.bpf.c, in the host's kernel)
 * and the engine (jit.c) share. Places in it are offsets from its start.
 *
 *	struct jit_head
 *	struct jit_token [tokens of the program, token 0 is never given out]
 *	read-only data of the object
 *	prepared regions, their bytes, their references; then what luob_new() makes
 *	JIT_SLACK bytes, so that a window that starts below it lies inside
 */
#ifndef LUO_JIT_AREA_H
#define LUO_JIT_AREA_H

#include <linux/types.h>

#define JIT_HEAD_SIZE	4096
#define JIT_SLACK	4096
#define JIT_ANSWERS	4
#define JIT_BLOCK_ROOM	(4096 - 16)	/* of a page of a chain, behind its header */

/* How a run ended. Only JIT_DONE with a result of 0 is taken over. */
enum jit_status {
	JIT_DONE,
	JIT_OTHER,		/* what only the interpreter judges: a refusal, an error */
	JIT_NEED_REF,		/* need[]: region, offset of a handle not prepared yet */
	JIT_NEED_ANSWER,	/* need[]: kind, key of a look-up */
	JIT_ROOM,		/* tokens, calls or memory do not suffice */
};

/**
 * struct jit_token - a region as windows see it; of a prepared region too
 * @base:	offset of its first byte
 * @in:		bytes that luob_in() may give out, 0: none
 * @out:	bytes that luob_out() may give out, 0: none
 * @in_plain:	@in if there is no @piece, else 0: what code in place looks at
 * @out_plain:	the same of @out
 * @size:	what luob_size() says
 * @piece:	windows may not cross multiples of it; 0 for no such thing
 * @refs:	offset of a __u32 for each 8 bytes: what the handle there leads to
 * @id:		number of the prepared region
 */
struct jit_token {
	__u64 base;
	__u64 in;
	__u64 out;
	__u64 size;
	__u64 piece;
	__u64 refs;
	__u32 in_plain;
	__u32 out_plain;
	__u64 id;
};

/* Of a handle: not looked at yet, null, not to be decided here, else id + JIT_REF_ID. */
#define JIT_REF_UNKNOWN	0
#define JIT_REF_NULL	1
#define JIT_REF_OTHER	2
#define JIT_REF_ID	3

/* The calls that the engine repeats for the transaction after the run. */
enum jit_op {
	JIT_REF,
	JIT_NEW,
	JIT_MOVE,
	JIT_LINK,
	JIT_DROP,
	JIT_CHILD,
};

/* @left: of the head, at the call; @ret: token that was given out. */
struct jit_call {
	__u64 op;
	__s64 left;
	__u64 arg[4];
	__u64 ret;
	__u64 reserved;
};

struct jit_answer {
	__u64 kind;
	__u64 key;
	__u64 val;
	__s64 ret;
};

struct jit_head {
	__u64 ctx[3];		/* of the program */
	__s64 ret;		/* its result */
	__u64 status;
	__u64 need[2];
	__s64 left;		/* what in(), out(), size() and lookup() may still cost */
	__u64 nr_tokens;	/* given out */
	__u64 calls;		/* offset of struct jit_call [] */
	__u64 nr_calls;
	__u64 max_calls;
	__u64 regions;		/* offset of the prepared regions, struct jit_token [] */
	__u64 new_next;		/* where luob_new() goes on */
	__u64 new_end;
	struct jit_answer answers[JIT_ANSWERS];	/* kind 0: none */
};

#endif /* LUO_JIT_AREA_H */
