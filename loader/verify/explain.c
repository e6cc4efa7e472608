// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Findings, and terms and places in the words of who wrote the program. */
#include <stdarg.h>
#include <string.h>

#include "int.h"
#include "vm/insn.h"

/* Nobody reads more. */
#define FINDINGS_MAX	512U

/* The number of a finding; that of all findings if it is new. */
static size_t said_before(const struct verify_result *r, const struct verify_finding *f)
{
	size_t i;

	for (i = 0; i < r->nr_findings; i++)
		if (r->findings[i].rule == f->rule && r->findings[i].insn == f->insn &&
		    r->findings[i].verdict == f->verdict && !strcmp(r->findings[i].text, f->text))
			break;
	return i;
}

/* Each path that a finding was made on may be the one with an input for it. */
static void add_clue(struct vfy *v, size_t nr, const struct term *goal, bool form)
{
	struct clues *list;
	struct clue *c;

	if (nr >= v->cap_clues) {
		list = terms__alloc(&v->ts, (2 * nr + 16) * sizeof(*list));
		if (v->cap_clues)
			memcpy(list, v->clues, v->cap_clues * sizeof(*list));
		v->clues = list;
		v->cap_clues = 2 * nr + 16;
	}
	v->clues[nr].form |= form;
	if (++v->clues[nr].nr > CLUES_MAX)
		return;
	c = terms__alloc(&v->ts, sizeof(*c));
	*c = v->at;
	c->goal = goal;
	c->next = v->clues[nr].first;
	v->clues[nr].first = c;
}

static void find(struct vfy *v, const struct term *goal, bool form, struct verify_finding *f,
		 const char *fmt, va_list ap)
{
	struct verify_result *r = v->res;
	const struct luo_line *line = luo_lines__at(v->code.lines, f->insn);
	struct verify_finding *list;
	size_t nr;

	f->file = line ? line->file : "";
	f->line = line ? line->line : 0;
	f->type = v->about_type ? v->about_type->name : "";
	snprintf(f->field, sizeof(f->field), "%s", v->about ? v->about->name : "");
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	terms__spend(&v->ts, r->nr_findings);
	nr = said_before(r, f);
	if (nr < r->nr_findings) {
		add_clue(v, nr, goal, form);
		return;
	}
	if (nr >= FINDINGS_MAX && !v->gave_up)
		longjmp(*v->ts.bail, BAIL_LIMIT);
	list = luob_grow(r->findings, r->nr_findings, &r->cap_findings, sizeof(*list));
	if (!list)
		longjmp(*v->ts.bail, BAIL_MEMORY);
	r->findings = list;
	list[r->nr_findings++] = *f;
	if (nr < v->cap_clues)
		memset(&v->clues[nr], 0, sizeof(*v->clues));
	add_clue(v, nr, goal, form);
}

/* On every input that takes the path. */
void vfy__find(struct vfy *v, enum verify_rule rule, enum verify_verdict verdict, __u32 insn,
	       const char *fmt, ...)
{
	struct verify_finding f = { .rule = rule, .verdict = verdict, .insn = insn };
	va_list ap;

	va_start(ap, fmt);
	find(v, NULL, false, &f, fmt, ap);
	va_end(ap);
}

/* On inputs that take the path and make @goal true; if there are none, it is no finding. */
void vfy__find_if(struct vfy *v, const struct term *goal, enum verify_rule rule,
		  enum verify_verdict verdict, __u32 insn, const char *fmt, ...)
{
	struct verify_finding f = { .rule = rule, .verdict = verdict, .insn = insn };
	va_list ap;

	va_start(ap, fmt);
	find(v, goal, false, &f, fmt, ap);
	va_end(ap);
}

/* As vfy__find_if(), unless anything else was not understood. */
void vfy__find_absent(struct vfy *v, const struct term *goal, enum verify_rule rule, __u32 insn,
		      const char *fmt, ...)
{
	struct verify_finding f = { .rule = rule, .verdict = VERIFY_REFUSED, .insn = insn };
	va_list ap;

	v->at.absent = true;
	va_start(ap, fmt);
	find(v, goal, false, &f, fmt, ap);
	va_end(ap);
	v->at.absent = false;
}

/* About the program as it stands, whatever the input. */
void vfy__find_form(struct vfy *v, enum verify_rule rule, __u32 insn, const char *fmt, ...)
{
	struct verify_finding f = { .rule = rule, .verdict = VERIFY_REFUSED, .insn = insn };
	va_list ap;

	va_start(ap, fmt);
	find(v, NULL, true, &f, fmt, ap);
	va_end(ap);
}

/* What is missing may be on a path that was given up. */
enum verify_verdict vfy__sure(const struct vfy *v)
{
	size_t i;

	for (i = 0; i < v->res->nr_findings; i++)
		if (v->res->findings[i].verdict == VERIFY_UNKNOWN)
			return VERIFY_UNKNOWN;
	return VERIFY_REFUSED;
}

const char *vfy__region(struct vfy *v, const struct region *r, char *buf, size_t size)
{
	const char *side = r->fresh ? "new" : "old";
	struct spot spot;
	char up[96];

	if (!r->up) {
		if (r->fresh && r->id)
			snprintf(buf, size, "%s", side);
		else
			snprintf(buf, size, "%s", side);
		return buf;
	}
	if (!region__spot(v, NULL, r->up, r->up_off, &spot))
		snprintf(buf, size, "%s->?", vfy__region(v, r->up, up, sizeof(up)));
	else
		vfy__place(v, r->up, r->up_off, buf, size);
	return buf;
}

static void put(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void put(char *buf, size_t size, const char *fmt, ...)
{
	size_t len = strlen(buf);
	va_list ap;

	va_start(ap, fmt);
	if (len < size)
		vsnprintf(buf + len, size - len, fmt, ap);
	va_end(ap);
}

/* "old.sessions_pa[i].name": the way to the field with bit @lo of the byte at @off. */
static void put_place(struct vfy *v, const struct region *r, const struct term *off,
		      unsigned int lo, char *buf, size_t size)
{
	const struct field *f;
	struct spot spot;

	if (r->up) {
		put_place(v, r->up, r->up_off, 0, buf, size);
	} else {
		put(buf, size, "%s", r->fresh ? "new" : "old");
	}
	if (!off)
		return;
	if (!region__spot(v, NULL, r, off, &spot)) {
		put(buf, size, "[?]");
		return;
	}
	if (spot.index) {
		put(buf, size, "[");
		if (spot.index->op == T_VAR && spot.index->kind == V_INDEX)
			put(buf, size, "i");
		else
			vfy__term(v, spot.index, buf + strlen(buf), size - strlen(buf));
		put(buf, size, "]");
	} else if (r->up) {
		put(buf, size, "->");
	}
	f = fields__at(fields__of(v, spot.type), spot.off * 8 + lo);
	if (!f)
		return;
	put(buf, size, "%s%s", !spot.index && r->up ? "" : ".", f->name);
	if (f->flags & FIELD_ARRAY && spot.off * 8 != f->bit)
		put(buf, size, "+%u", spot.off - f->bit / 8);
}

const char *vfy__place_bit(struct vfy *v, const struct region *r, const struct term *off,
			   unsigned int lo, char *buf, size_t size)
{
	buf[0] = 0;
	put_place(v, r, off, lo, buf, size);
	return buf;
}

const char *vfy__place(struct vfy *v, const struct region *r, const struct term *off, char *buf,
		       size_t size)
{
	return vfy__place_bit(v, r, off, 0, buf, size);
}

static void put_term(struct vfy *v, const struct term *t, char *buf, size_t size, int depth);

static void put_var(struct vfy *v, const struct term *t, char *buf, size_t size)
{
	const struct region *r = t->kind == V_ELEMS ? vfy__region_nr(v, t->val) : NULL;
	static const char *const names[] = {
		[V_INDEX] = "i", [V_ELEMS] = "number of elements", [V_SIZE] = "size",
		[V_TOKEN] = "a token", [V_LOOKUP] = "look-up", [V_NO_ANSWER] = "failed look-up",
		[V_ERRNO] = "error of a look-up", [V_ARG] = "arg", [V_CONFIG] = "configuration",
		[V_GATHERED] = "what luob_gather() left",
		[V_HAVOC] = "former turns", [V_UNINIT] = "unwritten stack",
		[V_POINTER] = "a pointer",
	};

	put(buf, size, "%s", names[t->kind]);
	if (r && r->up) {
		put(buf, size, " of ");
		put_place(v, r->up, r->up_off, 0, buf, size);
	}
}

static void put_args(struct vfy *v, const struct term *t, const char *op, char *buf, size_t size,
		     int depth)
{
	put_term(v, t->arg[0], buf, size, depth);
	put(buf, size, " %s ", op);
	put_term(v, t->arg[1], buf, size, depth);
}

static bool put_limit(struct vfy *v, const struct term *sum, const char *op, __u64 limit, bool up,
		      char *buf, size_t size, int depth)
{
	struct lin l;

	lin__of(&v->ts, &l, sum);
	if (l.nr != 1 || (l.coef[0] == 1 && !l.val) || (sum->op == T_SUM && !sum->exact) ||
	    l.val >> (l.width - 1) || limit < l.val)
		return false;
	limit -= l.val;
	limit = limit / l.coef[0] + (up && limit % l.coef[0]);
	put_term(v, l.atom[0], buf, size, depth);
	put(buf, size, limit > 65536 ? " %s 0x%llx" : " %s %llu", op, (unsigned long long)limit);
	return true;
}

/* "24 * n + 8 < 4808" is "n < 200". */
static bool put_order(struct vfy *v, const struct term *t, bool no, char *buf, size_t size,
		      int depth)
{
	const struct term *a = t->arg[0], *b = t->arg[1];

	if (t->op != T_ULT)
		return false;
	if (b->op == T_CONST)
		return put_limit(v, a, no ? ">=" : "<", b->val, true, buf, size, depth);
	return a->op == T_CONST &&
	       put_limit(v, b, no ? "<=" : ">", a->val, false, buf, size, depth);
}

static const char *opaque_name(unsigned int kind)
{
	switch (kind & ~1U) {
	case BPF_AND: return "&";
	case BPF_OR: return "|";
	case BPF_XOR: return "^";
	case BPF_MUL: return "*";
	case BPF_DIV: return "/";
	case BPF_MOD: return "%";
	case BPF_LSH: return "<<";
	default: return ">>";
	}
}

static void put_sum(struct vfy *v, const struct term *t, char *buf, size_t size, int depth)
{
	unsigned int i;

	for (i = 0; i < t->nr; i++) {
		if (i)
			put(buf, size, " + ");
		if (t->coef[i] != 1)
			put(buf, size, "%lld * ", (long long)t->coef[i]);
		put_term(v, t->arg[i], buf, size, depth);
	}
	if (t->val >> (t->width - 1))
		put(buf, size, " - %llu", (unsigned long long)(-t->val & term_mask(t->width)));
	else if (t->val)
		put(buf, size, " + %llu", (unsigned long long)t->val);
}

static void put_concat(struct vfy *v, const struct term *t, char *buf, size_t size, int depth)
{
	unsigned int i, shift = 0;
	bool any = false;

	for (i = 0; i < t->nr; shift += t->arg[i++]->width) {
		if (term_is(t->arg[i], 0))
			continue;
		if (any)
			put(buf, size, " | ");
		put_term(v, t->arg[i], buf, size, depth);
		if (shift)
			put(buf, size, " << %u", shift);
		any = true;
	}
}

static void put_bits(struct vfy *v, const struct term *t, char *buf, size_t size)
{
	const struct region *r;
	const struct field *f = NULL;
	struct term_bits b;
	struct spot spot;

	term__bits(t, &b);
	r = vfy__region_nr(v, b.region);
	if (!r || !region__spot(v, NULL, r, b.off, &spot)) {
		put(buf, size, "?");
		return;
	}
	put_place(v, r, b.off, b.lo, buf, size);
	f = fields__at(fields__of(v, spot.type), spot.off * 8 + b.lo);
	if (f && (f->bit != spot.off * 8 + b.lo || f->bits != b.width) &&
	    !(f->flags & FIELD_ARRAY))
		put(buf, size, "{bits %u to %u}", spot.off * 8 + b.lo - f->bit,
		    spot.off * 8 + b.lo - f->bit + b.width - 1);
}

static void put_term(struct vfy *v, const struct term *t, char *buf, size_t size, int depth)
{
	struct term_bits b;

	if (depth > 6) {
		put(buf, size, "..");
		return;
	}
	if (term__bits(t, &b)) {
		put_bits(v, t, buf, size);
		return;
	}
	switch (t->op) {
	case T_CONST:
		put(buf, size, t->val > 4096 ? "0x%llx" : "%llu", (unsigned long long)t->val);
		break;
	case T_VAR:
		put_var(v, t, buf, size);
		break;
	case T_CONCAT:
		put_concat(v, t, buf, size, depth + 1);
		break;
	case T_EXTRACT:
		put(buf, size, t->arg[0]->op == T_VAR ? "" : "(");
		put_term(v, t->arg[0], buf, size, depth + 1);
		put(buf, size, t->arg[0]->op == T_VAR ? "" : ")");
		if (t->val + t->width == t->arg[0]->width)
			put(buf, size, " >> %llu", (unsigned long long)t->val);
		else if (t->val || t->arg[0]->max > term_mask(t->width))
			put(buf, size, "{bits %llu to %llu}", (unsigned long long)t->val,
			    (unsigned long long)t->val + t->width - 1);
		break;
	case T_SEXT:
		put(buf, size, "(s%u)", t->width);
		put_term(v, t->arg[0], buf, size, depth + 1);
		break;
	case T_SUM:
		put_sum(v, t, buf, size, depth + 1);
		break;
	case T_NOT:
		if (put_order(v, t->arg[0], true, buf, size, depth + 1))
			break;
		if (t->arg[0]->op == T_EQ || t->arg[0]->op == T_ULT || t->arg[0]->op == T_SLT) {
			put_args(v, t->arg[0], t->arg[0]->op == T_EQ ? "!=" : ">=", buf, size,
				 depth + 1);
			break;
		}
		put(buf, size, "!");
		put_term(v, t->arg[0], buf, size, depth + 1);
		break;
	default:
		if (put_order(v, t, false, buf, size, depth + 1))
			break;
		put_args(v, t, t->op == T_EQ ? "==" : t->op == T_ULT || t->op == T_SLT ? "<" :
			 opaque_name(t->kind), buf, size, depth + 1);
	}
}

const char *vfy__term(struct vfy *v, const struct term *t, char *buf, size_t size)
{
	buf[0] = 0;
	put_term(v, t, buf, size, 0);
	return buf;
}

/* The newest conditions of a path that speak of the source. */
const char *vfy__when(struct vfy *v, const struct fact *facts, char *buf, size_t size)
{
	int shown = 0;

	buf[0] = 0;
	for (; facts && shown < 3; facts = facts->prev) {
		/* What the engine guarantees, and the bounds of loops, are no news. */
		if (facts->cond->op == T_ULT && facts->cond->arg[0]->kind == V_INDEX &&
		    facts->cond->arg[0]->op == T_VAR)
			continue;
		if (facts->cond->op == T_EQ && facts->cond->arg[0]->op == T_VAR &&
		    facts->cond->arg[0]->kind == V_ELEMS)
			continue;
		if (facts->cond->op == T_EQ && facts->cond->arg[1]->op == T_VAR &&
		    facts->cond->arg[1]->kind == V_ELEMS)
			continue;
		put(buf, size, "%s", shown++ ? " and " : "");
		put_term(v, facts->cond, buf, size, 1);
	}
	return buf;
}
