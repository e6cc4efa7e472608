// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The verifier's paths against a run: one of them must have conditions that hold for this
 * record, and the outcome that the run had, and where the path is known to be the one, the
 * bytes that it says were written are those that were. What the terms hold that a run does
 * not know (turns of loops, answers) counts as possible.
 */
#include <stdlib.h>
#include <string.h>

#include "force.h"
#include "verify/int.h"
#include "vm/insn.h"

struct value_of {
	bool done;
	bool known;
	__u64 v;
};

static struct {
	const struct old_state *s;
	const struct luo_object *obj;
	const struct luo_tx *tx;
	bool success;
	struct value_of *memo;	/* by the number of a term */
	size_t nr_memo;
	unsigned int same, exact;
	unsigned int wrong, wrong_exact;
	char text[200];
} run;

static struct value_of eval(const struct vfy *v, const struct term *t);

/* The region of the run that a region of the verifier stands for, or NULL. */
static const struct luob_region *real(const struct vfy *v, const struct region *r)
{
	const struct luob_region *up;
	struct value_of off;
	__u64 slot, base;

	if (!r->id)
		return run.tx->records[0]->self;
	if (r->fresh || !r->up)
		return NULL;
	up = real(v, r->up);
	off = eval(v, r->up_off);
	if (!up || !off.known || !up->slots || !luob_region__handle(up, off.v, &slot, &base) ||
	    up->slots[slot].state == LUOB_SLOT_FREE || up->slots[slot].id >= run.tx->nr_regions)
		return NULL;
	return run.tx->regions[up->slots[slot].id];
}

static struct value_of load(const struct vfy *v, const struct term *t)
{
	const struct region *r = t->val < v->nr_regions ? v->regions[t->val] : NULL;
	struct value_of off = eval(v, t->arg[0]), res = { .done = true };
	const struct luob_region *at = r && off.known ? real(v, r) : NULL;
	unsigned int i;
	const __u8 *p;

	if (!at || at->fresh)
		return res;
	for (i = 0; i < t->width / 8U; i++) {
		p = luob_region__window(&run.tx->space, at, off.v + i, 1);
		if (!p)
			return res;
		res.v |= (__u64)*p << (8 * i);
	}
	res.known = true;
	return res;
}

static struct value_of variable(const struct vfy *v, const struct term *t)
{
	struct value_of res = { .done = true, .known = true };
	const struct luob_region *r;
	const __u8 *data;
	size_t size;

	switch (t->kind) {
	case V_ARG:
		res.v = run.s->arg;
		return res;
	case V_CONFIG:
		data = luo_object__rodata(run.obj, &size);
		memcpy(&res.v, data + t->val, t->width / 8);
		return res;
	case V_ELEMS:
		r = real(v, v->regions[t->val]);
		res.known = r;
		res.v = r ? r->nr : 0;
		return res;
	}
	res.known = false;
	return res;
}

static __u64 opaque(const struct term *t, __u64 a, __u64 b)
{
	unsigned int up = 64 - t->width, k = b & (t->width - 1);
	__s64 sa = (__s64)(a << up) >> up, sb = (__s64)(b << up) >> up;
	bool is_signed = t->kind & 1;

	switch (t->kind & ~1U) {
	case BPF_AND: return a & b;
	case BPF_OR: return a | b;
	case BPF_XOR: return a ^ b;
	case BPF_MUL: return a * b;
	case BPF_LSH: return a << k;
	case BPF_RSH: return a >> k;
	case BPF_ARSH: return (__u64)(sa >> k);
	case BPF_DIV:
		if (is_signed)
			return sb == -1 ? 0 - a : sb ? (__u64)(sa / sb) : 0;
		return b ? a / b : 0;
	default:
		if (is_signed)
			return sb == -1 ? 0 : sb ? (__u64)(sa % sb) : a;
		return b ? a % b : a;
	}
}

static __u64 relation(const struct term *t, __u64 a, __u64 b)
{
	unsigned int up = 64 - t->arg[0]->width;

	switch (t->op) {
	case T_EQ:
		return a == b;
	case T_ULT:
		return a < b;
	default:
		return (__s64)(a << up) < (__s64)(b << up);
	}
}

static struct value_of compose(const struct vfy *v, const struct term *t)
{
	struct value_of res = { .done = true, .known = true }, arg[64];
	unsigned int i, at = 0, up;

	for (i = 0; i < t->nr && i < 64; i++) {
		arg[i] = eval(v, t->arg[i]);
		res.known &= arg[i].known;
	}
	if (!res.known)
		return res;
	switch (t->op) {
	case T_CONCAT:
		for (i = 0; i < t->nr; at += t->arg[i++]->width)
			res.v |= arg[i].v << at;
		break;
	case T_EXTRACT:
		res.v = arg[0].v >> t->val;
		break;
	case T_SEXT:
		up = 64 - t->arg[0]->width;
		res.v = (__u64)((__s64)(arg[0].v << up) >> up);
		break;
	case T_SUM:
		res.v = t->val;
		for (i = 0; i < t->nr; i++)
			res.v += t->coef[i] * arg[i].v;
		break;
	case T_OPAQUE:
		res.v = opaque(t, arg[0].v, arg[1].v);
		break;
	case T_NOT:
		res.v = !arg[0].v;
		break;
	default:
		res.v = relation(t, arg[0].v, arg[1].v);
	}
	res.v &= term_mask(t->width);
	return res;
}

/* What a term is in this run, if that is known. */
static struct value_of eval(const struct vfy *v, const struct term *t)
{
	struct value_of res = { .done = true, .known = true, .v = t->val };
	struct value_of *list;

	if (t->op == T_CONST)
		return res;
	if (t->id >= run.nr_memo) {
		list = realloc(run.memo, (t->id + 1024) * sizeof(*list));
		if (!list)
			exit(1);
		memset(list + run.nr_memo, 0, (t->id + 1024 - run.nr_memo) * sizeof(*list));
		run.memo = list;
		run.nr_memo = t->id + 1024;
	}
	if (run.memo[t->id].done)
		return run.memo[t->id];
	res = t->op == T_LOAD ? load(v, t) : t->op == T_VAR ? variable(v, t) : compose(v, t);
	run.memo[t->id] = res;
	/* What a term is known to lie between holds in every run. */
	if (res.known && (res.v < t->min || res.v > t->max) && !run.wrong_exact++)
		snprintf(run.text, sizeof(run.text), "a term of kind %u is 0x%llx, not 0x%llx to "
			 "0x%llx", t->op, (unsigned long long)res.v, (unsigned long long)t->min,
			 (unsigned long long)t->max);
	return res;
}

/* The new record's bytes: what was stored last. */
static bool writes_agree(const struct vfy *v, const struct state *s)
{
	const struct luob_region *made = run.tx->records[0]->result;
	const struct region *main = NULL;
	const struct effect *e;
	static __u8 seen[4096];
	struct value_of off, val;
	const __u8 *p;
	__u64 i;

	for (e = s->effects; e; e = e->prev)
		if (e->kind == E_NEW)
			main = e->region;
	if (!main || !made || made->size > sizeof(seen))
		return true;
	memset(seen, 0, sizeof(seen));
	for (e = s->effects; e && e->kind != E_LOOP; e = e->prev) {
		if (e->kind != E_WRITE || e->region != main)
			continue;
		off = eval(v, e->off);
		if (!off.known)
			return true;
		val = eval(v, e->t);
		for (i = 0; i < e->size; i++) {
			if (off.v + i >= made->size || seen[off.v + i])
				continue;
			seen[off.v + i] = 1;
			p = luob_region__window(&run.tx->space, made, off.v + i, 1);
			if (!val.known || !p || *p == (__u8)(val.v >> (8 * i)))
				continue;
			snprintf(run.text, sizeof(run.text), "byte %llu is 0x%02x, by the "
				 "verifier 0x%02x (stored by insn %u)",
				 (unsigned long long)(off.v + i), *p, (__u8)(val.v >> (8 * i)),
				 e->insn);
			return false;
		}
	}
	return true;
}

/* Null or not is no condition of the path, but an effect. -1: cannot tell. */
static int ref_agrees(const struct vfy *v, const struct effect *e)
{
	const struct luob_region *r = real(v, e->region);
	struct value_of off = eval(v, e->off);
	const struct luob_handle *h;
	__u64 slot, base;
	const __u8 *p;

	h = r && off.known ? luob_region__handle(r, off.v, &slot, &base) : NULL;
	p = h ? luob_region__window(&run.tx->space, r, off.v, h->size) : NULL;
	return p ? luob_region__handle_null(h, p - h->off) == !e->other : -1;
}

/* Can what happened on a path be told from its conditions? 0: it did not happen. */
static int effects_agree(const struct vfy *v, const struct state *s, bool *exact)
{
	const struct effect *e;
	int agrees;

	for (e = s->effects; e; e = e->prev) {
		*exact &= e->kind != E_TURN && e->kind != E_LOOP;
		if (e->kind != E_REF)
			continue;
		agrees = ref_agrees(v, e);
		if (!agrees)
			return 0;
		*exact &= agrees > 0;
	}
	return 1;
}

static bool asks(const struct luo_object *obj)
{
	const struct bpf_insn *p;
	size_t nr, i;

	p = luo_object__insns(obj, &nr);
	for (i = 0; i < nr; i++)
		if (p[i].code == (BPF_JMP | BPF_CALL) &&
		    p[i].src_reg == BPF_PSEUDO_KFUNC_CALL &&
		    !strcmp(luo_object__call(obj, p[i].imm), "luob_lookup"))
			return true;
	return false;
}

static void one_path(struct vfy *v, const struct state *s, bool success)
{
	bool exact = !s->loop && !asks(run.obj);
	const struct fact *f;
	struct value_of c;

	if (!effects_agree(v, s, &exact))
		return;
	for (f = s->facts; f; f = f->prev) {
		c = eval(v, f->cond);
		if (c.known && !c.v)
			return;
		exact &= c.known;
	}
	/* This path may be the run's; if all is known, it is. */
	if (success != run.success && !exact)
		return;
	run.exact += exact;
	if (success != run.success) {
		run.wrong_exact++;
		snprintf(run.text, sizeof(run.text), "its path %s, the run %s",
			 success ? "succeeds" : "does not succeed",
			 run.success ? "did" : "did not");
		return;
	}
	run.same++;
	if (success && !s->loop && !v->accept && !writes_agree(v, s)) {
		run.wrong++;
		run.wrong_exact += exact;
	}
}

bool paths_agree(const struct old_state *s, const struct luo_object *obj, const struct luo_tx *tx,
		 const struct result *res, char *text, size_t size)
{
	struct verify_result again;

	/* A call that fails ends a path of the verifier, and owes nothing. */
	if (res->outcome == OUT_VETO || res->failed || !tx->nr_records)
		return true;
	memset(&run, 0, sizeof(run));
	run.s = s;
	run.obj = obj;
	run.tx = tx;
	run.success = res->outcome == OUT_CARRIED;
	vfy__path_hook = one_path;
	luo_verify(obj, &again);
	vfy__path_hook = NULL;
	verify_result__free(&again);
	free(run.memo);
	if (!run.same && !run.wrong_exact)
		snprintf(run.text, sizeof(run.text), "none has conditions that hold, and this "
						     "outcome");
	snprintf(text, size, "%s", run.text);
	return run.same && !run.wrong_exact && run.wrong < run.same;
}
