// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Stretches: runs of instructions without jumps and calls. Translators mostly move
 * fields from one window to another, at constant offsets from registers that do not
 * change on the way. Of such a run, the lowest and the highest byte that each register
 * leads to are known here, so that the interpreter looks at windows once per register
 * instead of once per access, and a load followed by the store of its value is one
 * operation. A few other sequences that compilers like are one operation too.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "vm_int.h"

/* One of several patterns of instructions with the same destination. */
struct pattern {
	__u16 code[3];		/* 0: no more */
	__u16 fused;
};

static const struct pattern patterns[] = {
	{ { VM_MOV64X, VM_RSH64K, VM_AND64K }, VM_MOV_FIELD },
	{ { VM_LSH64K, VM_RSH64K, VM_LSH64K }, VM_ZEXT_LSH },
	{ { VM_MOV64X, VM_LSH64K }, VM_MOV_LSH },
	{ { VM_MOV64X, VM_RSH64K }, VM_MOV_RSH },
	{ { VM_MOV64X, VM_ADD64K }, VM_MOV_ADDK },
	{ { VM_MOV64X, VM_ADD64X }, VM_MOV_ADDX },
	{ { VM_RSH64K, VM_AND64K }, VM_FIELD },
	{ { VM_LSH64K, VM_RSH64K }, VM_ZEXT },
};

/* Looking up once costs as much as about two accesses. */
#define MIN_ACCESSES	3

struct builder {
	struct vm_prog *prog;
	const __u16 *code;	/* opcode of each slot */
	const void *const *labels;
	bool *target;		/* control may arrive here from elsewhere */
	size_t cap;
};

/* A stretch that is being looked at: [first, end). */
struct run {
	size_t first;
	size_t end;
	unsigned int accesses;
	__u32 written;		/* registers that have another value than at its start */
	struct vm_stretch s;
};

static bool is_load(__u16 op)
{
	return op >= VM_LDXB && op <= VM_FLDXSW;
}

static bool is_store(__u16 op)
{
	return op >= VM_STB && op <= VM_FSTXDW;
}

/* In both lists, every second one is relative to r10: checked by the decoder. */
static bool is_frame(__u16 op)
{
	return (op - (is_load(op) ? VM_LDXB : VM_STB)) & 1;
}

static bool is_plain(__u16 op)
{
	return (op >= VM_ADD64K && op <= VM_SWAP64) || op == VM_LD64;
}

static __u32 bytes_of(__u16 op)
{
	static const __u8 load[] = { 1, 2, 4, 8, 1, 2, 4 };

	if (is_load(op))
		return load[(op - VM_LDXB) / 2];
	return 1U << (op - VM_STB) / 4;
}

/* One more access by @reg. Return: false when it needs a look of its own. */
static bool widen(struct run *run, __u8 reg, __s32 off, __u32 bytes, bool write)
{
	struct vm_stretch *s = &run->s;
	__s32 end;
	__u32 i;

	if (run->written >> reg & 1)
		return false;
	for (i = 0; i < s->nr_ranges && s->range[i].reg != reg; i++)
		;
	if (i == VM_STRETCH_REGS)
		return false;
	if (i == s->nr_ranges) {
		s->range[i].reg = reg;
		s->range[i].min = off;
		s->range[i].size = bytes;
		s->range[i].write = false;
		s->nr_ranges++;
	}
	end = s->range[i].min + (__s32)s->range[i].size;
	if (off + (__s32)bytes > end)
		end = off + (__s32)bytes;
	if (off < s->range[i].min)
		s->range[i].min = off;
	s->range[i].size = (__u32)(end - s->range[i].min);
	s->range[i].write |= write;
	run->accesses++;
	return true;
}

/* Does the instruction belong to the stretch? */
static bool extend(const struct builder *b, struct run *run, size_t i)
{
	const struct vm_op *op = &b->prog->ops[i];
	__u16 code = b->code[i];

	if (is_load(code)) {
		if (!is_frame(code) && !widen(run, op->src, op->off, bytes_of(code), false))
			return false;
		run->written |= 1U << op->dst;
		return true;
	}
	if (is_store(code))
		return is_frame(code) || widen(run, op->dst, op->off, bytes_of(code), true);
	if (is_plain(code)) {
		run->written |= 1U << op->dst;
		return true;
	}
	return false;
}

static void find_run(const struct builder *b, struct run *run, size_t first)
{
	size_t i = first;

	memset(run, 0, sizeof(*run));
	run->first = first;
	while (i < b->prog->nr && (i == first || !b->target[i]) && extend(b, run, i))
		i += b->code[i] == VM_LD64 ? 2 : 1;
	run->end = i;
}

static __u16 unchecked(__u16 op)
{
	__u16 k;

	if (is_load(op))
		return VM_ULDXB + (op - VM_LDXB) / 2;
	k = op - VM_STB;
	/* B, H, W, DW: of each a constant, in the frame, a register, in the frame. */
	return VM_USTB + k / 4 * 3 + (k & 2 ? 1 : 0);
}

/* A load whose value the next instruction stores, as wide as it is. */
static bool is_copy(const struct builder *b, const struct run *run, size_t i)
{
	const struct vm_op *op = &b->prog->ops[i];
	__u16 load = b->code[i], store;

	if (i + 1 >= run->end || !is_load(load) || is_frame(load) || load > VM_FLDXDW)
		return false;
	store = b->code[i + 1];
	return is_store(store) && !is_frame(store) && (store - VM_STB) & 2 &&
	       bytes_of(store) == bytes_of(load) && op[1].src == op->dst;
}

static __u16 copy_of(__u16 load)
{
	return VM_COPYB + (load - VM_LDXB) / 2 * 3;
}

/* Do words that follow each other go where words follow each other? */
static bool follows(const struct builder *b, const struct vm_op *last, const struct vm_op *op)
{
	const void *words = b->labels[VM_COPYDW];
	__u32 n = last->run * 8;

	return op->go == words && (last->go == words || last->go == b->labels[VM_COPIES]) &&
	       op->src == last->src && op->dst == last->dst && op->src != op->dst &&
	       op->imm >> 32 == last->imm >> 32 && op->dst != op->imm >> 32 &&
	       op->off == last->off + (__s32)n && (__s32)op->imm == (__s32)last->imm + (__s32)n;
}

/* Copies of words in a row become one operation. Return: how many are left. */
static size_t join_copies(const struct builder *b, struct vm_op *ops, size_t nr)
{
	size_t i, n = 0;

	for (i = 0; i < nr; i++) {
		if (ops[i].go == b->labels[VM_COPYDW])
			ops[i].run = 1;
		if (n && follows(b, &ops[n - 1], &ops[i])) {
			ops[n - 1].go = b->labels[VM_COPIES];
			ops[n - 1].run++;
		} else {
			ops[n++] = ops[i];
		}
	}
	return n;
}

static bool matches(const struct builder *b, const struct pattern *p, const struct vm_op *ops,
		    size_t nr)
{
	size_t k;

	for (k = 0; k < 3 && p->code[k]; k++)
		if (k >= nr || ops[k].go != b->labels[p->code[k]] || ops[k].dst != ops[0].dst)
			return false;
	if (p->fused == VM_ZEXT || p->fused == VM_ZEXT_LSH)
		return ops[0].imm == 32 && ops[1].imm == 32;
	/* The destination is not read before it is written. */
	return p->fused != VM_MOV_ADDX || ops[1].src != ops[0].dst;
}

/* Marks the first of several; the others stay where they are. */
static void fuse(const struct builder *b, struct vm_op *ops, size_t nr)
{
	size_t i, k;

	for (i = 0; i < nr; i++) {
		for (k = 0; k < sizeof(patterns) / sizeof(patterns[0]); k++) {
			if (!matches(b, &patterns[k], &ops[i], nr - i))
				continue;
			ops[i].go = b->labels[patterns[k].fused];
			i += patterns[k].code[2] ? 2 : 1;
			break;
		}
	}
}

/* Writes the operations. Return: their number; without @to, only that. */
static size_t write_ops(const struct builder *b, const struct run *run, struct vm_op *to)
{
	size_t i, nr = 0;

	for (i = run->first; i < run->end; i++, nr++) {
		const struct vm_op *op = &b->prog->ops[i];
		__u16 code = b->code[i];

		if (to)
			to[nr] = *op;
		if (is_copy(b, run, i)) {
			if (to) {
				to[nr].go = b->labels[copy_of(code)];
				to[nr].imm = (__u64)op[1].dst << 32 | (__u32)(__s32)op[1].off;
			}
			i++;
		} else if (to && (is_load(code) || is_store(code)) && !is_frame(code)) {
			to[nr].go = b->labels[unchecked(code)];
		}
	}
	if (to)
		to[nr] = (struct vm_op){ .go = b->labels[VM_LEAVE], .imm = run->end };
	return nr + 1;
}

static int add_stretch(struct builder *b, struct run *run)
{
	struct vm_prog *prog = b->prog;
	struct vm_stretch *list = prog->stretches;

	if (prog->nr_stretches == b->cap) {
		b->cap = b->cap ? b->cap * 2 : 16;
		list = realloc(list, b->cap * sizeof(*list));
		if (!list)
			return -ENOMEM;
		prog->stretches = list;
	}
	run->s.go = prog->run[run->first].go;
	run->s.ops = calloc(write_ops(b, run, NULL), sizeof(*run->s.ops));
	if (!run->s.ops)
		return -ENOMEM;
	fuse(b, run->s.ops, join_copies(b, run->s.ops, write_ops(b, run, run->s.ops)));
	prog->run[run->first].go = b->labels[VM_STRETCH];
	prog->run[run->first].stretch = (__u32)prog->nr_stretches;
	list[prog->nr_stretches++] = run->s;
	return 0;
}

static void find_targets(struct builder *b)
{
	const struct vm_prog *prog = b->prog;
	size_t i;

	for (i = 0; i < prog->nr; i += b->code[i] == VM_LD64 ? 2 : 1) {
		if (b->code[i] >= VM_JEQ64K && b->code[i] <= VM_JSLE32X)
			b->target[i + 1 + prog->ops[i].off] = true;
		else if (b->code[i] == VM_JA || b->code[i] == VM_CALL)
			b->target[i + 1 + prog->ops[i].imm] = true;
	}
}

/* Where one ends because of a register, the next one begins. */
static int find_stretches(struct builder *b)
{
	struct run run;
	size_t i = 0;
	int err = 0;

	while (i < b->prog->nr && !err) {
		find_run(b, &run, i);
		if (run.accesses >= MIN_ACCESSES)
			err = add_stretch(b, &run);
		if (run.end > i)
			i = run.end;
		else
			i += b->code[i] == VM_LD64 ? 2 : 1;
	}
	return err;
}

int vm_fast(struct vm_prog *prog, const __u16 *opcodes)
{
	struct builder b = { .prog = prog, .code = opcodes, .labels = vm_labels() };
	int err = -ENOMEM;

	prog->run = calloc(prog->nr + 1, sizeof(*prog->run));
	b.target = calloc(prog->nr + 1, sizeof(*b.target));
	if (prog->run && b.target) {
		memcpy(prog->run, prog->ops, prog->nr * sizeof(*prog->run));
		find_targets(&b);
		fuse(&b, prog->run, prog->nr);
		err = find_stretches(&b);
	}
	free(b.target);
	return err;
}

void vm_fast_free(struct vm_prog *prog)
{
	size_t i;

	for (i = 0; i < prog->nr_stretches; i++)
		free(prog->stretches[i].ops);
	free(prog->stretches);
	free(prog->run);
}
