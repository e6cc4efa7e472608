/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Between the parts of the engine: kernel.c, link.c, prepare.c, replay.c, jit.c. */
#ifndef LUO_JIT_INT_H
#define LUO_JIT_INT_H

#include "jit/area.h"
#include "jit/jit.h"

/* kernel.c: the host's kernel */
int jit_kernel__map(size_t size, void **mem);
int jit_kernel__load(const struct bpf_insn *insns, size_t nr, char *log, size_t log_size);
int jit_kernel__allowed(char *why, size_t why_size);
int jit_kernel__run(int prog);
int jit_kernel__iter_ids(__s32 ids[VM_NR_ITER_CALLS]);

/**
 * struct jit_code - an object's bytecode as one program for the host's kernel
 * @insns:	driver, object, shims
 * @nr:		instructions
 * @first:	where the object's own begin
 */
struct jit_code {
	struct bpf_insn *insns;
	size_t nr;
	size_t first;
};

/* The array that a program is linked to. */
struct jit_place {
	int map;
	size_t size;
	__u64 rodata;		/* offset of the object's read-only data */
	__u32 tokens;
	bool in_place;		/* windows by code in place of calls */
};

/* link.c */
int jit_code__link(struct jit_code *code, const struct luo_object *obj,
		   const struct jit_place *place, const __s32 *iter_ids, char *msg,
		   size_t msg_size);
void jit_code__free(struct jit_code *code);

/* A handle of a structure that a program looked behind: its like are prepared at once. */
struct jit_wish {
	const struct luob_type *type;
	const struct luob_handle *handle;
};

#define JIT_WISHES	16

/* What is known about one object. */
struct jit_prog {
	const struct luo_object *obj;
	int fd;			/* -1: not loaded into this area */
	bool refused;		/* for good; why has been said */
	struct jit_wish wishes[JIT_WISHES];
	unsigned int nr_wishes;
};

/* A region whose bytes are in the area. */
struct jit_region {
	const struct luob_region *r;
	struct luob_region own;	/* opened for this, if it is not the transaction's */
	bool seen;		/* they are */
	__u64 base;		/* offset of them */
	__u64 refs;		/* offset of what its handles lead to, or 0 */
	__u32 granted;		/* wishes that were */
};

struct luo_jit {
	int map;
	__u8 *area;
	size_t size;
	__u32 tokens;		/* room for */
	__u64 fill;		/* used by what is prepared */
	__s64 left;		/* for the head, at the start of a run */
	__u64 dirty;		/* what is behind it is zero */
	struct jit_prog *progs;
	size_t nr_progs;
	size_t cap_progs;
	struct jit_region **regions;
	size_t nr_regions;
	size_t cap_regions;
	__s32 iter_ids[VM_NR_ITER_CALLS];
	__u64 runs;
	char why[512];
};

static inline struct jit_head *jit__head(const struct luo_jit *jit)
{
	return (struct jit_head *)jit->area;
}

static inline struct jit_token *jit__tokens(const struct luo_jit *jit)
{
	return (struct jit_token *)(jit->area + JIT_HEAD_SIZE);
}

static inline __u64 jit__rodata(const struct luo_jit *jit)
{
	return JIT_HEAD_SIZE + (__u64)jit->tokens * sizeof(struct jit_token);
}

/* prepare.c. Return: 0, -ENOSPC when the area is too small, -ENOMEM, else not possible. */
int jit_prepare(struct luo_jit *jit, struct jit_prog *p, struct luo_tx *tx);
int jit_prepare__ref(struct luo_jit *jit, struct jit_prog *p, struct luo_tx *tx, __u64 id,
		     __u64 off);
int jit_prepare__run(struct luo_jit *jit, const struct luo_tx *tx);
bool jit_prepare__intact(const struct luo_jit *jit, const struct luo_tx *tx);
void jit_prepare__forget(struct luo_jit *jit);

/* replay.c */
int jit_replay(struct luo_jit *jit, struct luo_tx *tx, struct luob_fault *f);

#endif /* LUO_JIT_INT_H */
