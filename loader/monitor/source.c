// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What became of the source: its handles, and every bit of it. A byte that stands
 * unchanged somewhere in the output is carried. Of any other, bit by bit, the step is run
 * with that bit changed: if it takes the same path, makes the same calls and leaves the same
 * bytes, nothing depends on the bit, and it is lost.
 */
#include <stdlib.h>
#include <string.h>

#include "core/calls.h"
#include "mon_int.h"

/* Instructions that the replays of one step may take. */
#define REPLAY_MAX	(1ULL << 26)

/* A region whose records are said to be carried. */
struct mon_source {
	struct mon_source *next;
	const struct luob_region *r;
	__u8 *copied;		/* per byte */
};

struct trial {
	struct monitor *m;
	struct mon_patch patch;
	__u64 path;
	__u64 r0;
	__u64 left;		/* instructions */
	bool ready;
};

bool mon__has_loss(const struct monitor *m, const char *type, const char *field)
{
	const char *tag = NULL;

	while ((tag = luo_object__next_loss(m->obj, tag)))
		if (luo_loss__names(tag, type, field))
			return true;
	return false;
}

/* ---- the step again, with other input -------------------------------------------------- */

static enum mon_end replay(struct trial *t, const struct mon_patch *patch)
{
	struct monitor *m = t->m;
	__u64 budget = m->budget, r0;
	enum mon_end end;
	size_t i;

	for (i = 0; i < m->nr_outs; i++)
		memset(m->outs[i]->replay, 0, m->outs[i]->size);
	m->replay = true;
	m->track = m->trace_input = false;
	m->patch = patch;
	m->budget = t->left < budget ? t->left : budget;
	end = mon__exec(m, &r0);
	t->left -= m->budget - m->left;
	t->r0 = r0;
	m->budget = budget;
	m->patch = NULL;
	m->res.replays++;
	return end;
}

/* The run to compare with. */
static bool trial_begin(struct trial *t)
{
	struct monitor *m = t->m;
	size_t i;

	if (t->ready)
		return true;
	t->left = m->budget < REPLAY_MAX / 16 ? m->budget * 16 : REPLAY_MAX;
	if (replay(t, NULL) != END_EXIT)
		return false;
	for (i = 0; i < m->nr_outs; i++)
		memcpy(m->outs[i]->base, m->outs[i]->replay, m->outs[i]->size);
	t->path = m->path;
	t->ready = true;
	return true;
}

/* Does nothing depend on the change? */
static bool same_result(struct trial *t)
{
	struct monitor *m = t->m;
	size_t i;

	if (replay(t, &t->patch) != END_EXIT || (__s32)t->r0 || m->path != t->path ||
	    m->next != m->nr_log)
		return false;
	for (i = 0; i < m->nr_outs; i++)
		if (memcmp(m->outs[i]->base, m->outs[i]->replay, m->outs[i]->size))
			return false;
	return true;
}

/* Return: whether the bit is lost; not tried when it would take too long. */
static bool bit_lost(struct trial *t, const struct luob_region *r, __u64 bit)
{
	if (!trial_begin(t) || t->left < t->m->budget - t->m->left) {
		t->m->res.untried++;
		return false;
	}
	t->patch = (struct mon_patch){ .r = r, .off = bit / 8, .size = 1,
				       .flip = { 1U << bit % 8 } };
	return same_result(t);
}

/* ---- fields ---------------------------------------------------------------------------- */

/* The first place where a record as a whole is taken: where the new one is made. */
static __u32 place_of(const struct monitor *m)
{
	size_t i;

	for (i = 0; i < m->nr_log; i++)
		if (m->log[i].nr == MON_luob_new)
			return m->log[i].insn;
	return 0;
}

/* An instruction that stored something of the field, or where the record is made. */
static __u32 user_of(const struct monitor *m, const struct luob_region *r, __u64 off, __u64 len)
{
	const __u64 *src;
	__u64 one, i;
	size_t k, n, nr;

	for (k = 0; k < m->nr_outs; k++)
		for (i = 0; i < m->outs[k]->size; i++) {
			nr = prov__sources(&m->prov, m->outs[k]->prov[i], &src, &one);
			for (n = 0; n < nr; n++)
				if (prov_region(src[n]) == r->id && prov_off(src[n]) - off < len)
					return m->outs[k]->insn[i] - 1;
		}
	return place_of(m);
}

static void judge_field(struct trial *t, const struct mon_source *s, __u64 base,
			const struct mon_field *f)
{
	struct monitor *m = t->m;
	__u64 first = (base + f->bit / 8), len = (f->bit % 8 + f->bits + 7) / 8;
	__u32 i, lost = 0, lowest = 0, insn;
	__u64 bit;

	for (i = 0; i < f->bits; i++) {
		bit = base * 8 + f->bit + i;
		if (s->copied[bit / 8] || !bit_lost(t, s->r, bit))
			continue;
		if (!lost++)
			lowest = i;
	}
	if (!lost)
		return;
	insn = user_of(m, s->r, first, len);
	if (lost == f->bits)
		mon__see(m, VERIFY_LOSS, insn, s->r, first,
			 "old.%s does not reach the new record, and no LUO_LOSS() says why",
			 f->name);
	else
		mon__see(m, VERIFY_NARROWING, insn, s->r, first,
			 "%u bits of old.%s, from bit %u on, are lost and not tested", lost,
			 f->name, lowest);
}

static bool was_read(const struct monitor *m, const struct luob_region *r, __u64 off)
{
	size_t i;

	for (i = 0; i < m->nr_log; i++)
		if (m->log[i].nr == MON_luob_ref && m->log[i].r == r && m->log[i].arg[1] == off)
			return true;
	return false;
}

/* Numbers and strings that the engine keeps in step with a handle. */
static bool goes_along(const struct monitor *m, const struct luob_region *r,
		       const struct luob_type *t, __u64 base, const struct mon_field *f)
{
	const struct luob_handle *h;
	__u64 slot, at;
	__u32 i;

	for (i = 0; i < t->nr_handles; i++) {
		h = &t->handles[i];
		if (h->kind == LUOB_H_CHILD && h->string_off * 8 == f->bit)
			return true;
		if (h->count_at == LUOB_COUNT_BESIDE && h->count_off * 8 == f->bit)
			return was_read(m, r, base + h->off);
	}
	/* Of a record that elements follow. */
	if (!base && r == luob_step__region(m->tx, LUOB_SELF) && t->nodes && !t->nr_fdt)
		return t->nodes_off * 8 == f->bit;
	if (!r->up || r == luob_step__region(m->tx, LUOB_SELF))
		return false;
	h = luob_region__handle(r->up, r->up_off, &slot, &at);
	return h && !base && h->count_at == LUOB_COUNT_HEAD && h->count_off * 8 == f->bit;
}

/* Used once, or null. The engine has seen to "once". */
static void judge_handle(struct monitor *m, struct luob_region *r, __u64 base,
			 const struct mon_field *f)
{
	const struct luob_handle *h;
	struct luob_slot *slot;
	const __u8 *p;
	__u64 at;

	slot = luo_tx__slot(m->tx, r, base + f->bit / 8, &h, &at);
	p = slot ? mon__bytes(m, r, base + f->bit / 8, h->size) : NULL;
	if (!p || (h->kind != LUOB_H_CHILD && luob_region__handle_null(h, p - h->off)))
		return;
	if (slot->state == LUOB_SLOT_FREE || slot->state == LUOB_SLOT_REFFED ||
	    slot->state == LUOB_SLOT_LINKED || (slot->state == LUOB_SLOT_CHILD && r->fresh))
		mon__see(m, VERIFY_HANDLES, place_of(m), r, base + f->bit / 8,
			 "old.%s is neither moved, nor dropped, nor left to luob_child()",
			 f->name);
}

static void judge_struct(struct trial *t, const struct mon_source *s, __u64 base,
			 const struct luob_type *type)
{
	const struct mon_layout *l = mon__layout(t->m, type);
	size_t i;

	for (i = 0; l && i < l->nr; i++) {
		const struct mon_field *f = &l->fields[i];

		if (f->handle)
			judge_handle(t->m, (struct luob_region *)s->r, base, f);
		else if (!(f->flags & (MON_RESERVED | MON_VERSION | MON_PADDING)) &&
			 !goes_along(t->m, s->r, type, base, f) &&
			 !mon__has_loss(t->m, type->name, f->name))
			judge_field(t, s, base, f);
	}
}

/* ---- regions --------------------------------------------------------------------------- */

static int add_source(struct monitor *m, const struct luob_region *r)
{
	struct mon_source *s = calloc(1, sizeof(*s));

	if (s)
		s->copied = calloc(1, r->size ? r->size : 1);
	if (!s || !s->copied) {
		free(s);
		return -ENOMEM;
	}
	s->r = r;
	s->next = m->sources;
	m->sources = s;
	return 0;
}

/* The record, and what was dropped as replaced. */
static int find_sources(struct monitor *m)
{
	int err = add_source(m, luob_step__region(m->tx, LUOB_SELF));
	const struct luob_handle *h;
	struct luob_slot *slot;
	__u64 base;
	size_t i;

	for (i = 0; i < m->nr_log && !err; i++) {
		const struct mon_call *c = &m->log[i];

		if (c->nr != MON_luob_drop || c->arg[2] != LUOB_REPLACED || !c->r)
			continue;
		slot = luo_tx__slot(m->tx, c->r, c->arg[1], &h, &base);
		if (slot && slot->state == LUOB_SLOT_DROPPED && was_read(m, c->r, c->arg[1]) &&
		    slot->id < m->tx->nr_regions && slot->id)
			err = add_source(m, m->tx->regions[slot->id]);
	}
	return err;
}

static void note_copies(struct monitor *m)
{
	struct mon_source *s;
	size_t k;
	__u64 i, p;

	for (k = 0; k < m->nr_outs; k++)
		for (i = 0; i < m->outs[k]->size; i++) {
			p = m->outs[k]->prov[i];
			if (!(p & PROV_COPY))
				continue;
			for (s = m->sources; s; s = s->next)
				if (s->r->id == prov_region(p) && prov_off(p) < s->r->size)
					s->copied[prov_off(p)] = 1;
		}
}

void mon__judge_source(struct monitor *m)
{
	struct trial t = { .m = m };
	struct mon_source *s;
	__u64 i, head;

	if (find_sources(m))
		m->prov.failed = true;
	note_copies(m);
	for (s = m->sources; s && !m->prov.failed; s = s->next) {
		head = s->r->head ? s->r->head->size : 0;
		if (s->r->head)
			judge_struct(&t, s, 0, s->r->head);
		for (i = 0; s->r->elem && s->r->stride && i < s->r->nr; i++)
			judge_struct(&t, s, head + i * s->r->stride, s->r->elem);
	}
	while ((s = m->sources)) {
		m->sources = s->next;
		free(s->copied);
		free(s);
	}
	m->replay = false;
}
