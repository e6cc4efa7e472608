// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The symbolic machine: one state runs until it ends; forks wait in a list. */
#include <string.h>

#include "int.h"
#include "vm/insn.h"
#include "vm/vm_int.h"

void (*vfy__path_hook)(struct vfy *v, const struct state *s, bool success);

struct frame *frame__new(struct vfy *v)
{
	struct frame *f = v->free_frames;

	if (f)
		v->free_frames = f->next_free;
	else
		f = terms__alloc(&v->ts, sizeof(*f));
	memset(f, 0, sizeof(*f));
	f->refs = 1;
	return f;
}

static void frame_put(struct vfy *v, struct frame *f)
{
	if (--f->refs)
		return;
	f->next_free = v->free_frames;
	v->free_frames = f;
}

/* A frame to be written: forks share them until then. */
struct frame *state__frame(struct vfy *v, struct state *s, unsigned int nr)
{
	struct frame *f = s->frames[nr], *n;

	if (f->refs == 1)
		return f;
	n = frame__new(v);
	memcpy(n, f, sizeof(*n));
	n->refs = 1;
	f->refs--;
	s->frames[nr] = n;
	return n;
}

struct state *state__clone(struct vfy *v, struct state *s)
{
	struct state *n = v->free_states;
	unsigned int i;

	if (n)
		v->free_states = n->next;
	else
		n = terms__alloc(&v->ts, sizeof(*n));
	*n = *s;
	for (i = 0; i < s->nr_frames; i++)
		s->frames[i]->refs++;
	return n;
}

void state__free(struct vfy *v, struct state *s)
{
	unsigned int i;

	for (i = 0; i < s->nr_frames; i++)
		frame_put(v, s->frames[i]);
	s->next = v->free_states;
	v->free_states = s;
}

const struct term *vfy__fresh(struct vfy *v, enum term_var kind, unsigned int width)
{
	return term__var(&v->ts, kind, ++v->nr_vars, width, 0, term_mask(width));
}

struct effect *state__effect(struct vfy *v, struct state *s, enum effect_kind kind, __u32 insn)
{
	struct effect *e = terms__alloc(&v->ts, sizeof(*e));

	e->prev = s->effects;
	e->kind = kind;
	e->insn = insn;
	s->effects = e;
	return e;
}

static bool unclean(const struct term *t, void *priv)
{
	(void)priv;
	return !(t->op == T_VAR && (t->kind == V_UNINIT || t->kind == V_POINTER));
}

/* Follows both ways if both are possible: the other one waits. Return: @s goes to @to. */
bool vfy__branch(struct vfy *v, struct state *s, const struct term *cond, __u32 to)
{
	int known = path__decide(&v->ts, s->facts, cond);
	struct state *n;

	if (known >= 0)
		return known;
	v->pc = s->pc;
	if (!s->refused && !term__walk(&v->ts, cond, unclean, NULL))
		vfy__find(v, VERIFY_CLEAN, VERIFY_REFUSED, s->pc,
			  "the program decides by stack bytes that nobody wrote, or by a pointer");
	if (++v->paths > PATHS_MAX || ++s->forks > FORKS_MAX)
		longjmp(*v->ts.bail, BAIL_LIMIT);
	n = state__clone(v, s);
	n->pc = to;
	n->facts = path__assume(&v->ts, s->facts, cond, s->pc);
	n->next = v->todo;
	v->todo = n;
	s->facts = path__assume(&v->ts, s->facts, term__not(&v->ts, cond), s->pc);
	return false;
}

/* A register as a number; what is none becomes a symbol that is not to be used. */
static const struct term *number(struct vfy *v, const struct state *s, unsigned int reg)
{
	const struct value *r = &s->reg[reg];

	if (r->base)
		return vfy__fresh(v, V_POINTER, 64);
	return r->t ? r->t : vfy__fresh(v, V_UNINIT, 64);
}

static void set(struct state *s, unsigned int reg, const struct term *t)
{
	s->reg[reg] = (struct value){ .t = t };
}

/* The operation of a decoded instruction, as the kernel's constant. */
static unsigned int alu_op(unsigned int op, bool *is_signed)
{
	static const __u8 ops[] = {
		BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_MOD, BPF_DIV, BPF_MOD, BPF_OR,
		BPF_AND, BPF_XOR, BPF_LSH, BPF_RSH, BPF_ARSH, BPF_MOV,
	};
	unsigned int i = (op - VM_ADD64K) / 4;

	*is_signed = i == 5 || i == 6;
	return ops[i];
}

/* Pointers move by numbers. Return: whether it was pointer arithmetic. */
static bool pointer_alu(struct vfy *v, struct state *s, const struct code_insn *p,
			unsigned int op, const struct term *b)
{
	struct value *d = &s->reg[p->dst], *r = &s->reg[p->src];
	bool x = (p->op - VM_ADD64K) % 4 == 1;

	if ((p->op - VM_ADD64K) % 4 >= 2 || (op != BPF_ADD && op != BPF_SUB))
		return false;
	if (d->base && !(x && r->base)) {
		d->t = op == BPF_ADD ? term__add(&v->ts, d->t, b) : term__sub(&v->ts, d->t, b);
		return true;
	}
	if (op == BPF_ADD && x && !d->base && r->base) {
		b = number(v, s, p->dst);
		*d = (struct value){ .base = r->base, .t = term__add(&v->ts, r->t, b) };
		return true;
	}
	return false;
}

/* The lower half, if the path knows that nothing is in the upper one: the term as it is. */
static const struct term *half(struct vfy *v, const struct state *s, const struct term *t)
{
	if (t->max <= term_mask(32) || path__range(&v->ts, s->facts, t).max <= term_mask(32))
		return t;
	return term__zext(&v->ts, term__extract(&v->ts, t, 0, 32), 64);
}

/* 32-bit arithmetic that does not overflow on this path is 64-bit arithmetic. */
static const struct term *alu32(struct vfy *v, const struct state *s, unsigned int op,
				bool is_signed, const struct term *a, const struct term *b)
{
	const struct term *t;

	b = b->op == T_CONST ? term__const(&v->ts, 64, (__u32)b->val) : half(v, s, b);
	a = half(v, s, a);
	if ((op == BPF_ADD || op == BPF_MUL || (op == BPF_LSH && term_is(b, b->val & 31))) &&
	    !is_signed) {
		t = term__alu(&v->ts, op, false, a, b);
		if (path__range(&v->ts, s->facts, t).max <= term_mask(32))
			return t;
	}
	t = term__alu(&v->ts, op, is_signed, term__extract(&v->ts, a, 0, 32),
		      term__extract(&v->ts, b, 0, 32));
	return term__zext(&v->ts, t, 64);
}

static void alu(struct vfy *v, struct state *s, const struct code_insn *p)
{
	unsigned int form = (p->op - VM_ADD64K) % 4, op;
	bool is32 = form >= 2, is_signed;
	const struct term *a, *b;

	op = alu_op(p->op, &is_signed);
	if (op == BPF_MOV && form == 1) {
		s->reg[p->dst] = s->reg[p->src];
		return;
	}
	if (op == BPF_XOR && (form & 1) && p->dst == p->src) {
		set(s, p->dst, term__const(&v->ts, 64, 0));
		return;
	}
	if (form & 1)
		b = op == BPF_MOV || !s->reg[p->src].base ? number(v, s, p->src) :
							    vfy__fresh(v, V_POINTER, 64);
	else
		b = term__const(&v->ts, 64, p->imm);
	if (pointer_alu(v, s, p, op, b))
		return;
	if (op == BPF_MOV) {
		set(s, p->dst, is32 ? half(v, s, b) : b);
		return;
	}
	a = number(v, s, p->dst);
	set(s, p->dst, is32 ? alu32(v, s, op, is_signed, a, b) :
			      term__alu(&v->ts, op, is_signed, a, b));
}

static void unary(struct vfy *v, struct state *s, const struct code_insn *p)
{
	struct terms *ts = &v->ts;
	const struct term *a = number(v, s, p->dst), *b = number(v, s, p->src), *t;

	switch (p->op) {
	case VM_NEG64:
		t = term__sub(ts, term__const(ts, 64, 0), a);
		break;
	case VM_NEG32:
		t = term__sub(ts, term__const(ts, 32, 0), term__extract(ts, a, 0, 32));
		break;
	case VM_MOVSX8_64:
	case VM_MOVSX16_64:
	case VM_MOVSX32_64:
		t = term__extract(ts, b, 0, 8U << (p->op - VM_MOVSX8_64));
		t = term__sext(ts, t, 64);
		break;
	case VM_MOVSX8_32:
	case VM_MOVSX16_32:
		t = term__extract(ts, b, 0, 8U << (p->op - VM_MOVSX8_32));
		t = term__sext(ts, t, 32);
		break;
	case VM_LE16:
	case VM_LE32:
	case VM_LE64:
		t = term__extract(ts, a, 0, 16U << (p->op - VM_LE16));
		break;
	default:	/* BE and SWAP: objects are little-endian */
		t = term__extract(ts, a, 0, 16U << ((p->op - VM_BE16) % 3));
		t = term__swap(ts, t, t->width);
		break;
	}
	set(s, p->dst, term__zext(ts, t, 64));
}

static const struct term *condition(struct terms *ts, unsigned int op, const struct term *a,
				    const struct term *b)
{
	switch (op) {
	case VM_JEQ64K:
		return term__eq(ts, a, b);
	case VM_JNE64K:
		return term__not(ts, term__eq(ts, a, b));
	case VM_JGT64K:
		return term__ult(ts, b, a);
	case VM_JGE64K:
		return term__not(ts, term__ult(ts, a, b));
	case VM_JLT64K:
		return term__ult(ts, a, b);
	case VM_JLE64K:
		return term__not(ts, term__ult(ts, b, a));
	case VM_JSET64K:
		a = term__alu(ts, BPF_AND, false, a, b);
		return term__not(ts, term__eq(ts, a, term__const(ts, a->width, 0)));
	case VM_JSGT64K:
		return term__slt(ts, b, a);
	case VM_JSGE64K:
		return term__not(ts, term__slt(ts, a, b));
	case VM_JSLT64K:
		return term__slt(ts, a, b);
	default:
		return term__not(ts, term__slt(ts, b, a));
	}
}

/* The lower halves, as they are if nothing is above them: unsigned order is the same. */
static void halves(struct vfy *v, const struct state *s, unsigned int op, const struct term **a,
		   const struct term **b)
{
	const struct term *x = half(v, s, *a), *y = *b;

	y = y->op == T_CONST ? term__const(&v->ts, 64, (__u32)y->val) : half(v, s, y);
	if (op >= VM_JSGT64K) {
		x = term__extract(&v->ts, x, 0, 32);
		y = term__extract(&v->ts, y, 0, 32);
	}
	*a = x;
	*b = y;
}

/* Pointers are compared with NULL, which none of them is: windows that fail end a path. */
static const struct term *pointer_condition(struct vfy *v, struct state *s,
					    const struct code_insn *p, unsigned int op, bool x)
{
	const struct value *b = &s->reg[p->src];

	if (s->reg[p->dst].base && (x ? b->t && !b->base && term_is(b->t, 0) : !p->imm) &&
	    (op == VM_JEQ64K || op == VM_JNE64K))
		return term__const(&v->ts, 1, op == VM_JNE64K);
	return NULL;
}

static void jump(struct vfy *v, struct state *s, const struct code_insn *p)
{
	unsigned int form = (p->op - VM_JEQ64K) % 4, op = p->op - form;
	__u32 to = s->pc + 1 + p->off;
	const struct term *a, *b, *cond;

	cond = form < 2 ? pointer_condition(v, s, p, op, form & 1) : NULL;
	if (!cond) {
		a = number(v, s, p->dst);
		b = form & 1 ? number(v, s, p->src) : term__const(&v->ts, 64, p->imm);
		if (form >= 2)
			halves(v, s, op, &a, &b);
		cond = condition(&v->ts, op, a, b);
	}
	s->pc = vfy__branch(v, s, cond, to) ? to : s->pc + 1;
}

static bool call(struct vfy *v, struct state *s, const struct code_insn *p)
{
	struct frame *f;
	int i;

	if (s->nr_frames == FRAMES_MAX) {
		vfy__find(v, VERIFY_TERMINATES, VERIFY_REFUSED, s->pc,
			  "functions call each other more than %u levels deep", FRAMES_MAX);
		return false;
	}
	f = frame__new(v);
	f->ret = s->pc + 1;
	for (i = 0; i < 4; i++)
		f->saved[i] = s->reg[6 + i];
	s->frames[s->nr_frames++] = f;
	s->reg[10].base = terms__alloc(&v->ts, sizeof(struct base));
	((struct base *)s->reg[10].base)->kind = BASE_STACK;
	((struct base *)s->reg[10].base)->frame = s->nr_frames - 1;
	s->reg[10].t = term__const(&v->ts, 64, 0);
	for (i = 6; i < 10; i++)
		s->reg[i] = (struct value){ 0 };
	s->pc += 1 + p->imm;
	return true;
}

struct kept *vfy__keep(struct vfy *v, const struct state *s, struct kept **list)
{
	struct kept *k = terms__alloc(&v->ts, sizeof(*k));

	k->effects = s->effects;
	k->facts = s->facts;
	k->insn = s->pc;
	k->next = *list;
	*list = k;
	return k;
}

/* The end of the program, or of a function. */
static bool leave(struct vfy *v, struct state *s)
{
	const struct term *r0;
	struct frame *f;
	int i;

	if (s->nr_frames > 1) {
		f = s->frames[--s->nr_frames];
		for (i = 0; i < 4; i++)
			s->reg[6 + i] = f->saved[i];
		s->pc = f->ret;
		frame_put(v, f);
		s->reg[10].base = terms__alloc(&v->ts, sizeof(struct base));
		((struct base *)s->reg[10].base)->kind = BASE_STACK;
		((struct base *)s->reg[10].base)->frame = s->nr_frames - 1;
		s->reg[10].t = term__const(&v->ts, 64, 0);
		for (i = 1; i < 6; i++)
			s->reg[i] = (struct value){ 0 };
		return true;
	}
	r0 = term__extract(&v->ts, number(v, s, 0), 0, 32);
	/* Both 0 and an error may come of this: the branch clones what goes on as success. */
	if (r0->op != T_CONST && !vfy__branch(v, s, term__eq(&v->ts, r0,
				  term__const(&v->ts, 32, 0)), s->pc)) {
		r0 = term__const(&v->ts, 32, 1);
	} else if (r0->op != T_CONST) {
		r0 = term__const(&v->ts, 32, 0);
	}
	if (vfy__path_hook)
		vfy__path_hook(v, s, !r0->val);
	if (!r0->val)
		vfy__check_success(v, s);
	else if (!s->refused)
		vfy__keep(v, s, &v->failed);
	return false;
}

static void data_address(struct vfy *v, struct state *s, const struct code_insn *p)
{
	struct base *b;

	if (p->imm >> 32 != VM_SLOT_DATA || p->src != BPF_PSEUDO_MAP_VALUE) {
		set(s, p->dst, term__const(&v->ts, 64, p->imm));
		return;
	}
	b = terms__alloc(&v->ts, sizeof(*b));
	b->kind = BASE_DATA;
	s->reg[p->dst] = (struct value){ .base = b,
					 .t = term__const(&v->ts, 64, (__u32)p->imm) };
}

static bool load(struct vfy *v, struct state *s, const struct code_insn *p)
{
	unsigned int kind = (p->op - VM_LDXB) / 2;
	unsigned int bytes = 1U << (kind < 4 ? kind : kind - 4);
	struct value val;

	if (!mem__load(v, s, s->reg[p->src], p->off, bytes, &val))
		return false;
	if (kind >= 4 && !val.base)
		val.t = term__sext(&v->ts, term__extract(&v->ts, val.t, 0, bytes * 8), 64);
	s->reg[p->dst] = val;
	s->pc++;
	return true;
}

static bool store(struct vfy *v, struct state *s, const struct code_insn *p)
{
	unsigned int form = (p->op - VM_STB) % 4, bytes = 1U << (p->op - VM_STB) / 4;
	struct value val = s->reg[p->src];

	if (form < 2)
		val = (struct value){ .t = term__const(&v->ts, 64, p->imm) };
	else if (!val.t)
		val.t = vfy__fresh(v, V_UNINIT, 64);
	if (!mem__store(v, s, s->reg[p->dst], p->off, bytes, val))
		return false;
	s->pc++;
	return true;
}

/* One instruction. Return: whether the state goes on. */
static bool step(struct vfy *v, struct state *s)
{
	const struct code_insn *p = &v->code.insns[s->pc];

	if (++v->steps > STEPS_MAX)
		longjmp(*v->ts.bail, BAIL_LIMIT);
	v->at.facts = s->facts;
	v->at.effects = s->effects;
	if (p->op >= VM_ADD64K && p->op < VM_NEG64)
		alu(v, s, p);
	else if (p->op >= VM_NEG64 && p->op < VM_JEQ64K)
		unary(v, s, p);
	else if (p->op >= VM_JEQ64K && p->op < VM_LDXB)
		return jump(v, s, p), true;
	else if (p->op >= VM_LDXB && p->op < VM_STB)
		return load(v, s, p);
	else if (p->op >= VM_STB && p->op < VM_AADD64)
		return store(v, s, p);
	else if (p->op == VM_LD64)
		return data_address(v, s, p), s->pc += 2, true;
	else if (p->op == VM_JA)
		return s->pc += 1 + p->imm, true;
	else if (p->op == VM_CALL)
		return call(v, s, p);
	else if (p->op == VM_KCALL)
		return vfy__call(v, s, v->code.prog->calls[p->imm].name);
	else if (p->op == VM_EXIT)
		return leave(v, s);
	else
		return vfy__find(v, VERIFY_CONTRACT, VERIFY_UNKNOWN, s->pc,
				 "an atomic operation is not followed"), false;
	s->pc++;
	return true;
}

/* Runs @s, and all that forks from it, to the end. */
void vfy__run(struct vfy *v, struct state *s)
{
	struct clue at = v->at;
	struct state *outer = v->todo;

	s->next = NULL;
	v->todo = s;
	while ((s = v->todo)) {
		v->todo = s->next;
		s->next = NULL;
		while (step(v, s))
			;
		/* The end of a turn is kept by its loop, which says so by this. */
		if (s->next != s)
			state__free(v, s);
	}
	v->todo = outer;
	v->at = at;
}
