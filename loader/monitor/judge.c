// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a step that succeeded left in the structures of its new regions. */
#include <stdlib.h>
#include <string.h>

#include "core/calls.h"
#include "mon_int.h"

/* A structure in a region: its head, or element @index. */
struct spot {
	const struct luob_region *r;
	const struct luob_type *type;
	__u64 base;
	__u64 index;		/* NO_INDEX: the head */
};

#define NO_INDEX	(~0ULL)

/* Bytes of a region of the transaction, or NULL. */
const __u8 *mon__bytes(const struct monitor *m, const struct luob_region *r, __u64 off, __u64 len)
{
	return luob_region__window(&m->tx->space, r, off, len);
}

static struct spot spot_at(const struct luob_region *r, __u64 off)
{
	__u64 head = r->head ? r->head->size : 0;
	struct spot s = { .r = r, .type = r->head, .index = NO_INDEX };

	if (off >= head) {
		s.type = r->stride ? r->elem : NULL;
		s.index = r->stride ? (off - head) / r->stride : 0;
		s.base = head + s.index * r->stride;
	}
	return s;
}

static bool same_spot(const struct spot *a, const struct spot *b)
{
	return a->r == b->r && a->base == b->base;
}

/* The instruction that wrote a field, or else the one that made the region. */
static __u32 writer(const struct monitor *m, const struct mon_out *o, __u64 off, __u64 len)
{
	__u64 i;

	for (i = off; i < off + len; i++)
		if (o->insn[i])
			return o->insn[i] - 1;
	for (i = 0; i < m->nr_log; i++)
		if (m->log[i].nr == MON_luob_new && m->log[i].r == o->r)
			return m->log[i].insn;
	return 0;
}

static __u64 bits_of(const __u8 *p, __u32 bit, __u32 bits)
{
	unsigned __int128 v = 0;
	__u32 i, n = (bit % 8 + bits + 7) / 8;

	for (i = 0; i < n; i++)
		v |= (unsigned __int128)p[bit / 8 + i] << (8 * i);
	return (__u64)(v >> bit % 8) & (bits < 64 ? (1ULL << bits) - 1 : ~0ULL);
}

static __u64 first_byte(const struct mon_field *f)
{
	return f->bit / 8;
}

static __u64 nr_bytes(const struct mon_field *f)
{
	return (f->bit + f->bits - 1) / 8 - f->bit / 8 + 1;
}

/* ---- where a structure got its contents ------------------------------------------------ */

#define VOTES_MAX 16

struct votes {
	struct spot spot[VOTES_MAX];
	unsigned int count[VOTES_MAX];
	unsigned int nr;
};

static void vote(struct votes *v, const struct spot *s)
{
	unsigned int i;

	for (i = 0; i < v->nr; i++)
		if (same_spot(&v->spot[i], s))
			break;
	if (i == VOTES_MAX)
		return;
	if (i == v->nr) {
		v->spot[v->nr] = *s;
		v->count[v->nr++] = 0;
	}
	v->count[i]++;
}

static struct spot find_partner(struct monitor *m, const struct mon_out *o, const struct spot *s)
{
	struct spot best = { 0 }, from;
	const struct luob_region *r;
	struct votes v = { .nr = 0 };
	unsigned int i, most = 0;
	const __u64 *src;
	__u64 one;
	size_t nr, k;

	if (o->r == m->tx->step->made && s->index == NO_INDEX)
		return spot_at(luob_step__region(m->tx, LUOB_SELF), 0);
	for (i = 0; i < s->type->size; i++) {
		nr = prov__sources(&m->prov, o->prov[s->base + i], &src, &one);
		for (k = 0; k < nr; k++) {
			r = m->tx->regions[prov_region(src[k])];
			from = spot_at(r, prov_off(src[k]));
			if (from.type)
				vote(&v, &from);
		}
	}
	for (i = 0; i < v.nr; i++)
		if (v.count[i] > most) {
			most = v.count[i];
			best = v.spot[i];
		}
	return best;
}

/* ---- fields ---------------------------------------------------------------------------- */

/* The call that filled a handle, or NULL. */
static const struct mon_call *filled_by(const struct monitor *m, const struct luob_region *r,
					__u64 off)
{
	size_t i;

	for (i = 0; i < m->nr_log; i++) {
		const struct mon_call *c = &m->log[i];

		if ((c->nr == MON_luob_move || c->nr == MON_luob_link ||
		     c->nr == MON_luob_child) && c->r == r && c->arg[1] == off)
			return c;
	}
	return NULL;
}

static const struct mon_field *field_at(const struct mon_layout *l, __u64 byte)
{
	size_t i;

	for (i = 0; l && i < l->nr; i++)
		if (first_byte(&l->fields[i]) == byte && l->fields[i].handle)
			return &l->fields[i];
	return NULL;
}

/* A handle that both versions have leads to the same thing. */
static void check_handle_name(struct monitor *m, const struct spot *s, const struct mon_field *g,
			      const struct mon_call *c, const struct spot *partner)
{
	struct spot src = spot_at(c->r2, c->arg[3]);
	const struct mon_layout *old = src.type ? mon__layout(m, src.type) : NULL;
	const struct mon_field *f = field_at(old, c->arg[3] - src.base);

	if (!f || !partner->type || !strcmp(f->name, g->name))
		return;
	old = mon__layout(m, partner->type);
	if (!old || !mon_layout__find(old, g->name) ||
	    !mon_layout__find(old, g->name)->handle)
		return;
	mon__see(m, VERIFY_SHARED, c->insn, s->r, s->base + first_byte(g),
		 "both versions have %s, but new.%s gets what old.%s leads to", g->name, g->name,
		 f->name);
}

static void check_handle(struct monitor *m, const struct mon_out *o, const struct spot *s,
			 const struct mon_field *g, const struct spot *partner)
{
	__u64 at = s->base + first_byte(g), i;
	const struct mon_call *c = filled_by(m, o->r, at);

	for (i = at; i < at + g->handle->size; i++)
		if (o->insn[i]) {
			mon__see(m, VERIFY_HANDLES, o->insn[i] - 1, o->r, at,
				 "bytes of the handle new.%s are stored by the program", g->name);
			break;
		}
	if (g->handle->kind == LUOB_H_CHILD && !c)
		mon__see(m, VERIFY_CONTAINERS, writer(m, o, at, g->handle->size), o->r, at,
			 "luob_child() was not called for new.%s", g->name);
	if (!c || c->nr == MON_luob_link)
		return;
	if (s->index != NO_INDEX && c->r2 && c->r2->elem &&
	    spot_at(c->r2, c->arg[3]).index != s->index)
		mon__see(m, VERIFY_CONTAINERS, c->insn, o->r, at,
			 "new.%s of element %llu comes from element %llu", g->name,
			 (unsigned long long)s->index,
			 (unsigned long long)spot_at(c->r2, c->arg[3]).index);
	check_handle_name(m, s, g, c, partner);
}

/* Nothing but input, constants, configuration and look-ups; no bytes of handles. */
static void check_clean(struct monitor *m, const struct mon_out *o, const struct spot *s,
			const struct mon_field *g)
{
	static const struct {
		__u32 kind;
		const char *text;
	} dirt[] = {
		{ PROV_UNINIT, "bytes that nobody wrote" }, { PROV_POINTER, "a pointer" },
		{ PROV_TOKEN, "a token" }, { PROV_ERRNO, "an error number" },
		{ PROV_NO_ANSWER, "a look-up that failed" },
	};
	__u64 at = s->base + first_byte(g), i, one, slot, base;
	const struct luob_region *r;
	const __u64 *src;
	__u32 kinds = 0;
	size_t nr, k;

	for (i = at; i < at + nr_bytes(g); i++) {
		kinds |= prov__kinds(&m->prov, o->prov[i]);
		nr = prov__sources(&m->prov, o->prov[i], &src, &one);
		for (k = 0; k < nr; k++) {
			struct spot from;

			r = m->tx->regions[prov_region(src[k])];
			from = spot_at(r, prov_off(src[k]));
			for (slot = 0; from.type && slot < from.type->nr_handles; slot++) {
				base = prov_off(src[k]) - from.base -
				       from.type->handles[slot].off;
				if (base < from.type->handles[slot].size)
					mon__see(m, VERIFY_HANDLES, writer(m, o, i, 1), o->r, i,
						 "new.%s has bytes of a handle", g->name);
			}
		}
	}
	for (k = 0; k < sizeof(dirt) / sizeof(dirt[0]); k++)
		if (kinds & dirt[k].kind)
			mon__see(m, VERIFY_CLEAN, writer(m, o, at, nr_bytes(g)), o->r, at,
				 "new.%s depends on %s", g->name, dirt[k].text);
}

/* What was reserved meant nothing, and does not come to mean something by being copied. */
static void check_origin(struct monitor *m, const struct mon_out *o, const struct spot *s,
			 const struct mon_field *g)
{
	__u64 at = s->base + first_byte(g), prov = o->prov[at];
	const struct mon_layout *l;
	struct spot from;
	size_t i;

	if (g->flags & (MON_RESERVED | MON_PADDING) || !(prov & PROV_COPY))
		return;
	from = spot_at(m->tx->regions[prov_region(prov)], prov_off(prov));
	l = from.type ? mon__layout(m, from.type) : NULL;
	for (i = 0; l && i < l->nr; i++) {
		const struct mon_field *f = &l->fields[i];

		if (f->flags & (MON_RESERVED | MON_PADDING) &&
		    prov_off(prov) - from.base - first_byte(f) < nr_bytes(f))
			mon__see(m, VERIFY_CLEAN, writer(m, o, at, nr_bytes(g)), o->r, at,
				 "new.%s takes the bytes of old.%s, which mean nothing", g->name,
				 f->name);
	}
}

static void check_written(struct monitor *m, const struct mon_out *o, const struct spot *s,
			  const struct mon_field *g, const __u8 *p)
{
	__u64 at = s->base + first_byte(g), i, missing = 0, first = 0;

	for (i = 0; i < nr_bytes(g); i++) {
		/* A terminator that was meant ends a string. */
		if (g->flags & MON_STRING && o->insn[at + i] && !p[first_byte(g) + i] &&
		    !o->prov[at + i])
			break;
		if (!o->insn[at + i] && !missing++)
			first = i;
	}
	if (missing)
		mon__see(m, VERIFY_COMPLETE, writer(m, o, at, nr_bytes(g)), o->r, at,
			 "new.%s: %llu byte%s from offset %llu %s not written", g->name,
			 (unsigned long long)missing, missing == 1 ? "" : "s",
			 (unsigned long long)(first_byte(g) + first), missing == 1 ? "is" : "are");
}

static void see_number(struct monitor *m, const struct mon_out *o, const struct spot *s,
		       const struct mon_field *g, const __u8 *p, __u64 want)
{
	__u64 have = bits_of(p, g->bit, g->bits), at = s->base + first_byte(g);

	if (have != want)
		mon__see(m, VERIFY_CONTAINERS, writer(m, o, at, nr_bytes(g)), o->r, at,
			 "new.%s is %llu, but there are %llu", g->name, (unsigned long long)have,
			 (unsigned long long)want);
}

/* Was a region gathered, and were as many elements left as @left says? */
static bool gathered(const struct monitor *m, const struct luob_region *r, const __u64 *left)
{
	size_t i;

	for (i = 0; i < m->nr_log; i++)
		if (m->log[i].nr == MON_luob_gather && (!r || m->log[i].r == r) &&
		    (!left || m->log[i].ret == *left))
			return true;
	return false;
}

/* The number of elements behind a handle beside it, in the table's head, or behind the record. */
static bool is_count(struct monitor *m, const struct mon_out *o, const struct spot *s,
		     const struct mon_field *g, const __u8 *p)
{
	const struct luob_handle *h, *old;
	const struct mon_call *c;
	const __u8 *q;
	__u64 slot, base, left;
	__u32 i;

	if (s->index == NO_INDEX && !(g->bits % 8) && g->bits <= 64) {
		left = luob_get(p + first_byte(g), g->bits / 8);
		if (o->r == m->tx->step->made && gathered(m, NULL, &left))
			return true;
	}
	for (i = 0; i < s->type->nr_handles; i++) {
		h = &s->type->handles[i];
		if (h->count_at != LUOB_COUNT_BESIDE || h->count_off * 8 != g->bit)
			continue;
		c = filled_by(m, o->r, s->base + h->off);
		if (!c)
			return false;
		if (c->nr == MON_luob_link) {
			see_number(m, o, s, g, p, c->r2 ? c->r2->nr : 0);
			return true;
		}
		old = c->r2 ? luob_region__handle(c->r2, c->arg[3], &slot, &base) : NULL;
		q = old ? mon__bytes(m, c->r2, base + old->count_off, old->count_size) : NULL;
		if (q)
			see_number(m, o, s, g, p, luob_get(q, old->count_size));
		return q;
	}
	if (s->index == NO_INDEX && o->r == m->tx->step->made && s->type->nodes &&
	    !s->type->nr_fdt && s->type->nodes_off * 8 == g->bit) {
		see_number(m, o, s, g, p, o->r->nr);
		return true;
	}
	if (s->index != NO_INDEX || !o->r->up || o->r == m->tx->step->made)
		return false;
	h = luob_region__handle(o->r->up, o->r->up_off, &slot, &base);
	if (!h || h->count_at != LUOB_COUNT_HEAD || h->count_off * 8 != g->bit)
		return false;
	see_number(m, o, s, g, p, o->r->nr);
	return true;
}

static __u64 extend(__u64 v, const struct mon_field *f)
{
	unsigned int up = 64 - f->bits;

	return f->flags & MON_SIGNED && f->bits < 64 ? (__u64)((__s64)(v << up) >> up) : v;
}

/* A field that both versions have keeps its value, and its sign. */
static void check_shared(struct monitor *m, const struct mon_out *o, const struct spot *s,
			 const struct mon_field *g, const __u8 *p, const struct spot *partner)
{
	const struct mon_layout *old = partner->type ? mon__layout(m, partner->type) : NULL;
	const struct mon_field *f = old ? mon_layout__find(old, g->name) : NULL;
	__u64 at = s->base + first_byte(g), have, want, low;
	const __u8 *q;

	q = f ? mon__bytes(m, partner->r, partner->base, partner->type->size) : NULL;
	if (!q || f->handle || f->flags & (MON_VERSION | MON_RESERVED))
		return;
	if (g->flags & MON_ARRAY || f->bits > 64 || g->bits > 64) {
		low = nr_bytes(f) < nr_bytes(g) ? nr_bytes(f) : nr_bytes(g);
		if (memcmp(q + first_byte(f), p + first_byte(g), low))
			mon__see(m, VERIFY_SHARED, writer(m, o, at, nr_bytes(g)), o->r, at,
				 "both versions have %s, but new.%s has other contents", g->name,
				 g->name);
		return;
	}
	want = extend(bits_of(q, f->bit, f->bits), f);
	have = extend(bits_of(p, g->bit, g->bits), g);
	/* The other sign of a number that has no room for one is the same number. */
	if (have == want || (f->bits == g->bits && bits_of(q, f->bit, f->bits) ==
						    bits_of(p, g->bit, g->bits)))
		return;
	low = g->bits < 64 ? (1ULL << g->bits) - 1 : ~0ULL;
	/* A signed number in a wider unsigned field: all bits of it. */
	if (g->bits > f->bits && !(g->flags & MON_SIGNED) && have == (want & low))
		return;
	mon__see(m, g->bits < f->bits && (have & low) == (want & low) ? VERIFY_NARROWING :
		 VERIFY_SHARED, writer(m, o, at, nr_bytes(g)), o->r, at,
		 "both versions have %s, but new.%s is 0x%llx, not 0x%llx", g->name, g->name,
		 (unsigned long long)have, (unsigned long long)want);
}

static void see_cut(struct monitor *m, const struct mon_out *o, const struct spot *s,
		    const struct mon_field *g, __u64 have, __u64 whole, const char *what)
{
	__u64 at = s->base + first_byte(g);

	if (g->bits < 64 && whole >> g->bits && have == (whole & ((1ULL << g->bits) - 1)))
		mon__see(m, VERIFY_NARROWING, writer(m, o, at, nr_bytes(g)), o->r, at,
			 "new.%s takes the lower %u bits of %s, which is 0x%llx", g->name,
			 g->bits, what, (unsigned long long)whole);
}

/* The lower bits of the argument or of an answer, which has more. */
static void check_fit(struct monitor *m, const struct mon_out *o, const struct spot *s,
		      const struct mon_field *g, const __u8 *p)
{
	__u64 at = s->base + first_byte(g), i, have;
	__u32 kinds = 0;

	for (i = at; i < at + nr_bytes(g); i++)
		kinds |= prov__kinds(&m->prov, o->prov[i]);
	if (g->bits > 64 || kinds & PROV_INPUT)
		return;
	have = bits_of(p, g->bit, g->bits);
	if (kinds == PROV_ARG)
		see_cut(m, o, s, g, have, m->ctx[2], "arg");
	for (i = 0; kinds == PROV_LOOKUP && i < m->nr_log; i++)
		if (m->log[i].nr == MON_luob_lookup && !m->log[i].ret)
			see_cut(m, o, s, g, have, m->log[i].val, "an answer");
}

static void check_version(struct monitor *m, const struct mon_out *o, const struct spot *s,
			  const struct mon_field *g, const __u8 *p)
{
	const char *want = m->prog->to_string;
	__u64 at = s->base + first_byte(g), i, len = strlen(want);
	size_t name = luob_format__name(want);	/* "pci:2" keeps the 2 itself */
	bool ok = true;

	if (g->flags & MON_ARRAY)
		for (i = 0; i < nr_bytes(g); i++)
			ok &= p[first_byte(g) + i] == (i < len ? (__u8)want[i] : 0);
	else
		ok = bits_of(p, g->bit, g->bits) == strtoull(want + (want[name] ? name + 1 : 0),
							     NULL, 0);
	if (!ok)
		mon__see(m, VERIFY_VERSION, writer(m, o, at, nr_bytes(g)), o->r, at,
			 "new.%s is not \"%s\"", g->name, want);
}

static void check_reserved(struct monitor *m, const struct mon_out *o, const struct spot *s,
			   const struct mon_field *g, const __u8 *p)
{
	__u64 at = s->base + first_byte(g);
	__u32 i;

	for (i = 0; i < g->bits; i++)
		if (bits_of(p, g->bit + i, 1)) {
			mon__see(m, VERIFY_COMPLETE, writer(m, o, at, nr_bytes(g)), o->r, at,
				 "new.%s is reserved, but not 0", g->name);
			return;
		}
}

/* The version string of a child is the engine's. */
static bool is_child_string(const struct luob_type *t, const struct mon_field *g)
{
	__u32 i;

	for (i = 0; i < t->nr_handles; i++)
		if (t->handles[i].kind == LUOB_H_CHILD && t->handles[i].string_off * 8 == g->bit)
			return true;
	return false;
}

static void judge_struct(struct monitor *m, const struct mon_out *o, const struct spot *s)
{
	const struct mon_layout *l = mon__layout(m, s->type);
	const __u8 *p = mon__bytes(m, s->r, s->base, s->type->size);
	struct spot partner = find_partner(m, o, s);
	bool main = o->r == m->tx->step->made && s->index == NO_INDEX;
	size_t i;

	if (!l || !p)
		return;
	if (s->index != NO_INDEX && partner.r && partner.index != NO_INDEX &&
	    partner.index != s->index)
		mon__see(m, VERIFY_CONTAINERS, writer(m, o, s->base, s->type->size), o->r,
			 s->base,
			 "element %llu of the new region has the contents of element %llu",
			 (unsigned long long)s->index, (unsigned long long)partner.index);
	for (i = 0; i < l->nr; i++) {
		const struct mon_field *g = &l->fields[i];

		if (g->handle) {
			check_handle(m, o, s, g, &partner);
			continue;
		}
		if (is_child_string(s->type, g))
			continue;
		check_clean(m, o, s, g);
		check_origin(m, o, s, g);
		check_fit(m, o, s, g, p);
		if (g->flags & MON_RESERVED) {
			check_reserved(m, o, s, g, p);
		} else if (g->flags & MON_VERSION && main) {
			check_version(m, o, s, g, p);
		} else if (!is_count(m, o, s, g, p)) {
			check_written(m, o, s, g, p);
			check_shared(m, o, s, g, p, &partner);
		}
	}
}

static void judge_region(struct monitor *m, const struct mon_out *o)
{
	const struct luob_region *r = o->r;
	struct spot s = { .r = r, .type = r->head, .index = NO_INDEX };
	__u64 i;

	if (!r->typed) {
		mon__see(m, VERIFY_HANDLES, writer(m, o, 0, 0), NULL, 0,
			 "a region that was made is not linked");
		return;
	}
	if (r->head && r->head->size <= r->size)
		judge_struct(m, o, &s);
	/* Gathered elements are in another order than they were written in; nodes are no bytes. */
	if (gathered(m, r, NULL) || (r->head && r->head->nr_fdt))
		return;
	for (i = 0; r->elem && i < r->nr; i++) {
		s = spot_at(r, (r->head ? r->head->size : 0) + i * r->stride);
		judge_struct(m, o, &s);
	}
}

void mon__judge(struct monitor *m, enum mon_end end, __s32 r0)
{
	struct luob_step *s = m->tx->step;
	size_t i;

	if (end == END_FAULT && !s->failed && !m->refused)
		mon__see(m, m->fault_rule, m->pc, NULL, 0, "%s", m->fault.text);
	if (end == END_FAULT || s->failed)
		return;
	if (m->refused && !r0)
		mon__see(m, VERIFY_REFUSAL, m->refused_at, NULL, 0,
			 "what is refused here ends in success");
	if (m->refused || r0 || !m->prog->to)
		return;
	m->res.judged++;
	if (!s->made) {
		mon__see(m, VERIFY_COMPLETE, m->pc, NULL, 0,
			 "success is returned, but no new record was made");
		return;
	}
	for (i = 0; i < m->nr_outs && !m->prov.failed; i++)
		judge_region(m, m->outs[i]);
	if (!m->prov.failed)
		mon__judge_source(m);
}
