// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Bits that do not reach the new record are tested to have one value. Where two paths test
 * for two values and then do the very same, one record is made of two: what told them
 * apart is lost. Paths that differ in what they make keep it, and so do those whose tests
 * exclude each other for other reasons.
 */
#include "int.h"
#include "vm/insn.h"

struct pin {
	struct pin *next;
	const struct scope *sc;
	const struct term *bits;
	__u64 val;
};

static bool same_image(const struct image *a, const struct image *b)
{
	__u32 i;

	if (a->type != b->type || a->index != b->index)
		return false;
	for (i = 0; i < a->type->size; i++)
		if (a->byte[i] != b->byte[i] || !a->filled[i] != !b->filled[i])
			return false;
	return true;
}

/* What is not written into images, in its order. */
static const struct effect *next_other(struct vfy *v, const struct effect *e,
				       const struct effect *end)
{
	while (e != end && e->kind == E_WRITE)
		e = effect__prev(v, e);
	return e == end ? NULL : e;
}

static bool same_effect(const struct effect *a, const struct effect *b)
{
	return a == b || (a->kind == b->kind && a->off == b->off && a->other == b->other &&
			  a->off2 == b->off2 && a->t == b->t && a->loop == b->loop &&
			  a->size == b->size);
}

static bool same_output(struct vfy *v, const struct scope *a, const struct scope *b)
{
	const struct effect *x = next_other(v, a->effects, a->end);
	const struct effect *y = next_other(v, b->effects, b->end);
	unsigned int i;

	if (a->nr_images != b->nr_images)
		return false;
	for (i = 0; i < a->nr_images; i++) {
		terms__spend(&v->ts, a->images[i]->type->size / 8);
		if (!same_image(a->images[i], b->images[i]))
			return false;
	}
	while (x && y && same_effect(x, y)) {
		x = next_other(v, x->prev, a->end);
		y = next_other(v, y->prev, b->end);
	}
	return !x && !y;
}

/* Bits of memory, and a value that they are to have in a condition. */
struct setting {
	struct terms *ts;
	struct term_bits at;
	__u64 val;
};

static const struct term *set_bits(const struct term *t, void *priv)
{
	const struct setting *s = priv;
	const struct term *parts[3], *d;
	__s64 first, last;
	unsigned int nr = 0;
	__u64 val = s->val;

	if (t->op != T_LOAD || t->val != s->at.region)
		return NULL;
	d = term__sub(s->ts, s->at.off, t->arg[0]);
	if (d->op != T_CONST)
		return NULL;
	first = (__s64)d->val * 8 + s->at.lo;
	last = first + s->at.width;
	if (first >= t->width || last <= 0)
		return NULL;
	if (first < 0) {
		val >>= -first;
		first = 0;
	}
	if (last > t->width)
		last = t->width;
	if (first)
		parts[nr++] = term__extract(s->ts, t, 0, first);
	parts[nr++] = term__const(s->ts, last - first, val);
	if (last < t->width)
		parts[nr++] = term__extract(s->ts, t, last, t->width - last);
	return term__concat(s->ts, parts, nr);
}

/* All that @facts say holds when the bits have another value. */
static const struct term *all_hold(struct vfy *v, const struct fact *facts,
				   const struct term *bits, __u64 val)
{
	const struct term *all = term__const(&v->ts, 1, 1);
	struct setting s = { .ts = &v->ts, .val = val };

	term__bits(bits, &s.at);
	for (; facts && !term_is(all, 0); facts = facts->prev)
		all = term__alu(&v->ts, BPF_AND, false, all,
				term__map(&v->ts, facts->cond, set_bits, &s));
	return all;
}

/**
 * vfy__note_pin - a path knows bits that it does not carry
 * @v: verification
 * @sc: path or turn, all of whose images are known
 * @bits: of the source, at most 56
 * @type: structure that they are in
 * @f: field that they are of
 * @insn: for what is found
 */
void vfy__note_pin(struct vfy *v, const struct scope *sc, const struct term *bits,
		   const struct luob_type *type, const struct field *f, __u32 insn)
{
	struct term_range r = path__range(&v->ts, sc->facts, bits);
	const struct term *both;
	struct term_bits b;
	struct pin *p;

	if (!term__bits(bits, &b) || r.min != r.max || vfy__loss_tag(v, type, f->name))
		return;
	for (p = v->pins; p; p = p->next) {
		terms__work(&v->ts);
		if (p->bits != bits || p->val == r.min || p->sc->loop != sc->loop ||
		    !same_output(v, p->sc, sc))
			continue;
		both = all_hold(v, p->sc->facts, bits, p->val);
		if (!term_is(both, 0))
			vfy__find_if(v, both, VERIFY_LOSS_MERGED, VERIFY_REFUSED, insn,
				     "the same becomes of old.%s, be it %llu or %llu: nothing "
				     "tells which it was", f->name,
				     (unsigned long long)(p->val < r.min ? p->val : r.min),
				     (unsigned long long)(p->val < r.min ? r.min : p->val));
	}
	p = terms__alloc(&v->ts, sizeof(*p));
	p->sc = sc;
	p->bits = bits;
	p->val = r.min;
	p->next = v->pins;
	v->pins = p;
}
