// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Programs at random for a step between two flat structures: each field is carried in one
 * of many ways, most of them right, in any order, some behind a condition.
 */
#include <stdlib.h>
#include <string.h>

#include "force.h"
#include "monitor/mon_int.h"
#include "vm/insn.h"

#define FIXES_MAX	256
#define STACK_TOKEN	(-8)
#define STACK_ARG	(-16)
#define STACK_ROOM	(-48)

enum label {
	LABEL_FAIL,
	LABEL_REFUSE,		/* what is in r4 does not fit */
};

struct fix {
	size_t at;
	enum label to;
};

struct gen {
	struct rng *r;
	struct bpf_insn *insns;
	size_t nr, max;
	struct fix fixes[FIXES_MAX];
	size_t nr_fixes;
	const struct mon_layout *from, *to;
	bool full;
};

static void emit(struct gen *g, struct bpf_insn insn)
{
	if (g->nr < g->max)
		g->insns[g->nr++] = insn;
	else
		g->full = true;
}

static void emit64(struct gen *g, unsigned int reg, __u64 v)
{
	struct bpf_insn two[2] = { BPF_LD_IMM64(reg, v) };

	emit(g, two[0]);
	emit(g, two[1]);
}

static void jump_to(struct gen *g, struct bpf_insn insn, enum label to)
{
	if (g->nr_fixes == FIXES_MAX) {
		g->full = true;
		return;
	}
	g->fixes[g->nr_fixes++] = (struct fix){ g->nr, to };
	emit(g, insn);
}

static bool chance(struct gen *g, unsigned int percent)
{
	return rng__below(g->r, 100) < percent;
}

static unsigned int width_code(unsigned int bytes)
{
	return bytes == 1 ? BPF_B : bytes == 2 ? BPF_H : bytes == 4 ? BPF_W : BPF_DW;
}

static void call(struct gen *g, unsigned int nr)
{
	emit(g, BPF_CALL_IDX(nr));
}

/* r6 the transaction, r8 the old record, r9 the new one. */
static void prologue(struct gen *g, __u32 from, __u32 to)
{
	emit(g, BPF_LDX_MEM(BPF_DW, 6, 1, 0));
	emit(g, BPF_LDX_MEM(BPF_DW, 2, 1, 16));
	emit(g, BPF_STX_MEM(BPF_DW, 10, 2, STACK_ARG));
	emit(g, BPF_MOV64_REG(1, 6));
	emit(g, BPF_MOV64_IMM(2, to));
	emit(g, BPF_MOV64_IMM(3, LUOB_CONTIG));
	call(g, MON_luob_new);
	emit(g, BPF_STX_MEM(BPF_DW, 10, 0, STACK_TOKEN));
	emit(g, BPF_MOV64_REG(2, 0));
	emit(g, BPF_MOV64_REG(1, 6));
	emit(g, BPF_MOV64_IMM(3, 0));
	emit(g, BPF_MOV64_IMM(4, to));
	call(g, MON_luob_out);
	emit(g, BPF_MOV64_REG(9, 0));
	jump_to(g, BPF_JMP_IMM(BPF_JEQ, 0, 0, 0), LABEL_FAIL);
	emit(g, BPF_MOV64_REG(1, 6));
	emit(g, BPF_MOV64_IMM(2, LUOB_SELF));
	emit(g, BPF_MOV64_IMM(3, 0));
	emit(g, BPF_MOV64_IMM(4, from));
	call(g, MON_luob_in);
	emit(g, BPF_MOV64_REG(8, 0));
	jump_to(g, BPF_JMP_IMM(BPF_JEQ, 0, 0, 0), LABEL_FAIL);
}

static void epilogue(struct gen *g)
{
	size_t at[2], i;

	emit(g, BPF_MOV64_IMM(0, chance(g, 1) ? -1 : 0));
	emit(g, BPF_EXIT_INSN());
	at[LABEL_REFUSE] = g->nr;
	emit(g, BPF_MOV64_REG(1, 6));
	emit(g, BPF_MOV64_IMM(2, VALUE_TOO_WIDE));
	emit64(g, 3, LUOB_AT(LUOB_SELF, 0));
	call(g, MON_luob_refuse);
	emit(g, chance(g, 3) ? BPF_MOV64_IMM(0, 0) : BPF_MOV64_IMM(0, -1));
	emit(g, BPF_EXIT_INSN());
	at[LABEL_FAIL] = g->nr;
	emit(g, BPF_MOV64_IMM(0, -1));
	emit(g, BPF_EXIT_INSN());
	for (i = 0; i < g->nr_fixes && !g->full; i++)
		g->insns[g->fixes[i].at].off = at[g->fixes[i].to] - g->fixes[i].at - 1;
}

/* ---- fields ---------------------------------------------------------------------------- */

/* Byte by byte, least significant first: the value of @bytes at @off into r2. */
static void load_bytes(struct gen *g, __s16 off, unsigned int bytes)
{
	unsigned int i;

	emit(g, BPF_MOV64_IMM(2, 0));
	for (i = bytes; i-- > 0;) {
		emit(g, BPF_ALU64_IMM(BPF_LSH, 2, 8));
		emit(g, BPF_LDX_MEM(BPF_B, 3, 8, off + i));
		emit(g, chance(g, 98) ? BPF_ALU64_REG(BPF_OR, 2, 3) :
					BPF_ALU64_REG(BPF_ADD, 2, 3));
	}
}

/* Through the stack, in one piece or in two. */
static void through_stack(struct gen *g)
{
	__s16 at = STACK_ROOM + 8 * (__s16)rng__below(g->r, 4);

	if (chance(g, 50)) {
		emit(g, BPF_STX_MEM(BPF_DW, 10, 2, at));
		emit(g, BPF_LDX_MEM(BPF_DW, 2, 10, at));
		return;
	}
	emit(g, BPF_STX_MEM(BPF_W, 10, 2, at));
	emit(g, BPF_ALU64_IMM(BPF_RSH, 2, 32));
	emit(g, BPF_STX_MEM(BPF_W, 10, 2, at + 4));
	emit(g, BPF_LDX_MEM(BPF_DW, 2, 10, at));
}

/* What leaves a number as it is. */
static void idle(struct gen *g)
{
	__s32 c = rng__next(g->r), k = 1 + rng__below(g->r, 8);

	switch (chance(g, 5) ? rng__below(g->r, 8) : 2 + rng__below(g->r, 2)) {
	case 0:
		emit(g, BPF_ALU64_IMM(BPF_ADD, 2, c));
		emit(g, BPF_ALU64_IMM(BPF_SUB, 2, c));
		break;
	case 1:
		emit(g, BPF_ALU64_IMM(BPF_XOR, 2, c));
		emit(g, BPF_ALU64_IMM(BPF_XOR, 2, c));
		break;
	case 2:
		through_stack(g);
		break;
	case 3:
		emit(g, BPF_MOV64_REG(5, 2));
		emit(g, BPF_MOV64_REG(2, 5));
		break;
	case 4:	/* right only if nothing is up there */
		emit(g, BPF_ALU64_IMM(BPF_LSH, 2, k));
		emit(g, BPF_ALU64_IMM(BPF_RSH, 2, k));
		break;
	case 5:
		emit(g, BPF_RAW(BPF_ALU64 | BPF_NEG, 2, 0, 0, 0));
		emit(g, BPF_RAW(BPF_ALU64 | BPF_NEG, 2, 0, 0, 0));
		break;
	case 6:
		emit(g, BPF_RAW(BPF_ALU | BPF_END | BPF_TO_BE, 2, 0, 0, 64));
		emit(g, BPF_RAW(BPF_ALU64 | BPF_END, 2, 0, 0, 64));
		break;
	}
}

/* The value of a field of the source into r2, extended to 64 bits. */
static void load_field(struct gen *g, const struct mon_field *f)
{
	unsigned int bytes = f->bits / 8, up = 64 - f->bits;
	__s16 off = f->bit / 8;
	bool sign = f->flags & MON_SIGNED;

	if (chance(g, 1))
		off += chance(g, 50) ? 1 : -1;
	if (chance(g, 1))
		sign = !sign;
	if (f->bit % 8 || f->bits % 8 || (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8)) {
		emit(g, BPF_LDX_MEM(BPF_DW, 2, 8, f->bit / 64 * 8));
		emit(g, BPF_ALU64_IMM(BPF_LSH, 2, (up - f->bit % 64) & 63));
		emit(g, BPF_ALU64_IMM(sign ? BPF_ARSH : BPF_RSH, 2, up));
		return;
	}
	if (chance(g, 25))
		load_bytes(g, off, bytes);
	else if (sign && bytes < 8 && chance(g, 50)) {
		emit(g, BPF_LDX_MEMSX(width_code(bytes), 2, 8, off));
		return;
	} else
		emit(g, BPF_LDX_MEM(width_code(bytes), 2, 8, off));
	if (sign && up) {
		emit(g, BPF_ALU64_IMM(BPF_LSH, 2, up));
		emit(g, BPF_ALU64_IMM(BPF_ARSH, 2, up));
	}
	if (chance(g, 40))
		idle(g);
}

/* Does r2 fit? Else a refusal. */
static void test_fit(struct gen *g, const struct mon_field *f, const struct mon_field *t)
{
	__u64 max = (1ULL << t->bits) - 1;

	if (chance(g, 3))
		return;
	if (chance(g, 3))
		max += chance(g, 50) ? 1 : -1;
	emit(g, BPF_MOV64_REG(4, 2));
	switch (rng__below(g->r, 3)) {
	case 0:
		emit64(g, 3, max);
		jump_to(g, BPF_JMP_REG(BPF_JGT, 2, 3, 0), LABEL_REFUSE);
		break;
	case 1:
		emit64(g, 3, max + 1);
		jump_to(g, BPF_JMP_REG(BPF_JGE, 2, 3, 0), LABEL_REFUSE);
		break;
	default:
		emit(g, BPF_MOV64_REG(3, 2));
		emit(g, BPF_ALU64_IMM(BPF_RSH, 3, t->bits));
		jump_to(g, BPF_JMP_IMM(BPF_JNE, 3, 0, 0), LABEL_REFUSE);
	}
	(void)f;
}

/* r2 into a field of the new record. */
static void store_field(struct gen *g, const struct mon_field *t)
{
	unsigned int bytes = t->bits / 8, i;
	__s16 off = t->bit / 8;

	if (chance(g, 1))
		off += chance(g, 50) ? 1 : -1;
	if (t->bit % 8 || t->bits % 8 || (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8)) {
		/* Bits of a word: what else is there stays. */
		emit(g, BPF_LDX_MEM(BPF_DW, 3, 9, t->bit / 64 * 8));
		if (t->bits < 64) {
			emit64(g, 4, ((1ULL << t->bits) - 1) << t->bit % 64);
			emit(g, BPF_ALU64_IMM(BPF_LSH, 2, t->bit % 64));
			emit(g, BPF_ALU64_REG(BPF_AND, 2, 4));
			emit64(g, 4, ~(((1ULL << t->bits) - 1) << t->bit % 64));
			emit(g, BPF_ALU64_REG(BPF_AND, 3, 4));
		}
		emit(g, BPF_ALU64_REG(BPF_OR, 3, 2));
		emit(g, BPF_STX_MEM(BPF_DW, 9, 3, t->bit / 64 * 8));
		return;
	}
	if (chance(g, 80)) {
		emit(g, BPF_STX_MEM(width_code(bytes), 9, 2, off));
		return;
	}
	for (i = 0; i < bytes; i++) {
		emit(g, BPF_STX_MEM(BPF_B, 9, 2, off + i));
		if (i + 1 < bytes)
			emit(g, BPF_ALU64_IMM(BPF_RSH, 2, 8));
	}
}

static void carry_field(struct gen *g, const struct mon_field *f, const struct mon_field *t)
{
	load_field(g, f);
	if (t->bits < f->bits)
		test_fit(g, f, t);
	store_field(g, t);
}

static void copy_array(struct gen *g, const struct mon_field *f, const struct mon_field *t)
{
	unsigned int n = (f->bits < t->bits ? f->bits : t->bits) / 8, i, bytes;

	for (i = 0; i < n; i += bytes) {
		bytes = chance(g, 50) ? 1 : n - i >= 8 ? 8 : n - i >= 4 ? 4 : n - i >= 2 ? 2 : 1;
		emit(g, BPF_LDX_MEM(width_code(bytes), 2, 8, f->bit / 8 + i));
		emit(g, BPF_STX_MEM(width_code(bytes), 9, 2, t->bit / 8 + i));
	}
}

/* Either way, but each in its own manner. */
static void carry_if(struct gen *g, const struct mon_field *f, const struct mon_field *t)
{
	const struct mon_field *by = &g->from->fields[rng__below(g->r, g->from->nr)];
	size_t branch, over;

	if (by->handle || by->bits > 64 || by->bit % 8 || by->bits % 8) {
		carry_field(g, f, t);
		return;
	}
	emit(g, BPF_LDX_MEM(BPF_B, 2, 8, by->bit / 8));
	branch = g->nr;
	emit(g, BPF_JMP_IMM(BPF_JGT, 2, (__s32)rng__below(g->r, 256), 0));
	carry_field(g, f, t);
	over = g->nr;
	emit(g, BPF_JMP_A(0));
	if (g->full)
		return;
	g->insns[branch].off = g->nr - branch - 1;
	if (!chance(g, 3))
		carry_field(g, f, t);
	g->insns[over].off = g->nr - over - 1;
}

static void set_version(struct gen *g, const struct mon_field *t, const char *string)
{
	unsigned int bytes = t->bits / 8, i;
	__u64 word = 0;

	if (!(t->flags & MON_ARRAY)) {
		emit(g, BPF_ST_MEM(BPF_W, 9, t->bit / 8, strtoull(string, NULL, 0)));
		return;
	}
	if (bytes == 8 && chance(g, 50)) {
		memcpy(&word, string, strlen(string));
		emit64(g, 2, word);
		emit(g, BPF_STX_MEM(BPF_DW, 9, 2, t->bit / 8));
		return;
	}
	for (i = 0; i < bytes; i++)
		emit(g, BPF_ST_MEM(BPF_B, 9, t->bit / 8 + i, i < strlen(string) ? string[i] : 0));
}

/* A field that only the new version has. */
static void invent(struct gen *g, const struct mon_field *t)
{
	switch (rng__below(g->r, 4)) {
	case 0:
		emit(g, BPF_LDX_MEM(BPF_DW, 2, 10, STACK_ARG));
		if (t->bits < 64)
			test_fit(g, t, t);
		break;
	case 1:
		load_field(g, &g->from->fields[rng__below(g->r, g->from->nr)]);
		if (t->bits < 64)
			emit(g, BPF_ALU64_IMM(BPF_AND, 2, 0xff));
		break;
	default:
		emit(g, BPF_MOV64_IMM(2, rng__below(g->r, 100)));
	}
	store_field(g, t);
}

static void move_handle(struct gen *g, const struct mon_field *t)
{
	const struct mon_field *f = mon_layout__find(g->from, t->name);
	size_t i;

	if (chance(g, 2))	/* another one of its kind, perhaps */
		for (i = 0; i < g->from->nr; i++)
			if (g->from->fields[i].handle && g->from->fields[i].handle != f->handle)
				f = &g->from->fields[i];
	if (!f || !f->handle || chance(g, 1))
		return;
	emit(g, BPF_MOV64_REG(1, 6));
	emit(g, BPF_LDX_MEM(BPF_DW, 2, 10, STACK_TOKEN));
	emit(g, BPF_MOV64_IMM(3, t->bit / 8));
	emit(g, BPF_MOV64_IMM(4, LUOB_SELF));
	emit(g, BPF_MOV64_IMM(5, f->bit / 8));
	call(g, MON_luob_move);
	jump_to(g, BPF_JMP_IMM(BPF_JNE, 0, 0, 0), LABEL_FAIL);
}

static void make_field(struct gen *g, const struct mon_field *t, const char *version)
{
	const struct mon_field *f = mon_layout__find(g->from, t->name);
	unsigned int bytes = t->bits / 8, i;

	if (chance(g, 1))
		return;
	if (t->flags & MON_VERSION)
		set_version(g, t, version);
	else if (t->handle)
		move_handle(g, t);
	else if (t->flags & (MON_RESERVED | MON_PADDING))
		for (i = 0; i < bytes; i++)
			emit(g, BPF_ST_MEM(BPF_B, 9, t->bit / 8 + i, 0));
	else if (!f)
		invent(g, t);
	else if (t->flags & MON_ARRAY)
		copy_array(g, f, t);
	else if (chance(g, 10))
		carry_if(g, f, t);
	else
		carry_field(g, f, t);
}

static bool only_old(const struct gen *g, const struct mon_field *f)
{
	return !f->handle && !(f->flags & (MON_RESERVED | MON_PADDING | MON_VERSION)) &&
	       f->bits <= 64 && f->bits % 8 == 0 && !mon_layout__find(g->to, f->name);
}

/* Returns the number of instructions, 0 when it came out too long. */
size_t generate(struct rng *r, const struct luo_object *obj, struct monitor *m,
		struct bpf_insn *insns, size_t max)
{
	const struct luob_prog *p = luo_object__prog(obj);
	struct gen g = { .r = r, .insns = insns, .max = max };
	size_t i, k, order[64];

	g.from = mon__layout(m, p->from);
	g.to = mon__layout(m, p->to);
	if (!g.from || !g.to || g.to->nr > 64)
		return 0;
	prologue(&g, p->from->size, p->to->size);
	for (i = 0; i < g.to->nr; i++)
		order[i] = i;
	for (i = g.to->nr; i > 1; i--) {
		k = rng__below(r, i);
		max = order[i - 1];
		order[i - 1] = order[k];
		order[k] = max;
	}
	for (i = 0; i < g.to->nr; i++)
		make_field(&g, &g.to->fields[order[i]], p->to_string);
	/* What has no place any more has to be zero; LUO_LOSS() may say so instead. */
	for (i = 0; i < g.from->nr; i++) {
		if (!only_old(&g, &g.from->fields[i]) || chance(&g, 30))
			continue;
		load_field(&g, &g.from->fields[i]);
		emit(&g, BPF_MOV64_REG(4, 2));
		jump_to(&g, BPF_JMP_IMM(BPF_JNE, 2, 0, 0), LABEL_REFUSE);
	}
	epilogue(&g);
	return g.full ? 0 : g.nr;
}
