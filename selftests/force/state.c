// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Records at random, as an engine finds them: numbers of all kinds, handles that are null
 * or lead to containers of some elements, strings, and the version that the step is for.
 */
#include <stdlib.h>
#include <string.h>

#include "abi/kho.h"
#include "core/fdt_view.h"
#include "force.h"

#define FRESH_PA	0x40000000ULL
#define FRESH_PAGES	2048U
#define INSN_BUDGET	(1ULL << 18)
#define DEPTH_MAX	5

__u64 rng__next(struct rng *r)
{
	r->s ^= r->s >> 12;
	r->s ^= r->s << 25;
	r->s ^= r->s >> 27;
	return r->s * 0x2545f4914f6cdd1dULL;
}

void rng__seed(struct rng *r, __u64 seed, __u64 nr)
{
	r->s = (seed + 1) * 0x9e3779b97f4a7c15ULL ^ (nr + 1) * 0xd1342543de82ef95ULL;
	r->s |= !r->s;
	rng__next(r);
	rng__next(r);
}

int old__init(struct old_state *s)
{
	memset(s, 0, sizeof(*s));
	s->mem = aligned_alloc(KHO_PAGE_SIZE, STATE_PAGES * KHO_PAGE_SIZE);
	s->fresh = aligned_alloc(KHO_PAGE_SIZE, FRESH_PAGES * KHO_PAGE_SIZE);
	return s->mem && s->fresh ? 0 : -ENOMEM;
}

void old__free(struct old_state *s)
{
	free(s->mem);
	free(s->fresh);
	free(s->ranges);
}

/* ---- memory ---------------------------------------------------------------------------- */

static void *old_at(const struct old_state *s, __u64 pa)
{
	return s->mem + (pa - STATE_PA);
}

/* Zeroed pages of the old kernel, or 0. */
static __u64 old_pages(struct old_state *s, unsigned int order)
{
	__u32 first = (s->used + (1U << order) - 1) & ~((1U << order) - 1);
	struct state_range *list;
	__u64 pa;

	if (first + (1U << order) > STATE_PAGES)
		return 0;
	list = luob_grow(s->ranges, s->nr_ranges, &s->cap_ranges, sizeof(*list));
	if (!list)
		return 0;
	s->ranges = list;
	pa = STATE_PA + first * KHO_PAGE_SIZE;
	list[s->nr_ranges++] = (struct state_range){ pa, order };
	s->used = first + (1U << order);
	memset(old_at(s, pa), 0, KHO_PAGE_SIZE << order);
	return pa;
}

static const void *map_old(void *priv, __u64 pa, __u32 len)
{
	struct old_state *s = priv;

	if (pa < STATE_PA || pa - STATE_PA > STATE_PAGES * KHO_PAGE_SIZE - len)
		return NULL;
	return old_at(s, pa);
}

static int alloc_new(void *priv, unsigned int order, bool preserve, __u64 *pa, void **va)
{
	struct old_state *s = priv;
	__u32 first = (s->fresh_used + (1U << order) - 1) & ~((1U << order) - 1);

	(void)preserve;
	if (first + (1U << order) > FRESH_PAGES)
		return -ENOMEM;
	*pa = FRESH_PA + first * KHO_PAGE_SIZE;
	*va = s->fresh + first * KHO_PAGE_SIZE;
	memset(*va, 0, KHO_PAGE_SIZE << order);
	s->fresh_used = first + (1U << order);
	return 0;
}

static void free_new(void *priv, unsigned int order, bool preserve, __u64 pa, void *va)
{
	(void)priv;
	(void)order;
	(void)preserve;
	(void)pa;
	(void)va;
}

/* ---- records --------------------------------------------------------------------------- */

static __u64 number(struct old_state *s, unsigned int bits)
{
	struct rng *r = &s->rng;
	__u64 v;

	switch (s->style == 3 ? rng__below(r, 10) : s->style == 2 ? rng__below(r, 3) : 10) {
	case 0:
		v = 0;
		break;
	case 1:
		v = ~0ULL;
		break;
	case 2:
		v = 1ULL << rng__below(r, bits);
		break;
	case 3:
		v = (1ULL << rng__below(r, bits)) - 1;
		break;
	case 4:
		v = rng__below(r, 4);
		break;
	case 5:
		v = 0x100000000ULL - rng__below(r, 2);
		break;
	case 6:
		v = -rng__below(r, 70000);
		break;
	case 10:
		v = s->style == 0 ? rng__next(r) & 0x7fff : s->style == 1 ?
		    rng__next(r) & 0x7fffffff : rng__next(r);
		break;
	default:
		v = rng__next(r);
	}
	return v;
}

static void random_bytes(struct old_state *s, __u8 *p, size_t n)
{
	while (n--)
		*p++ = rng__next(&s->rng);
}

static void random_string(struct old_state *s, __u8 *p, size_t n)
{
	size_t len = rng__below(&s->rng, n), i;

	for (i = 0; i < n; i++)
		p[i] = i < len ? 'a' + rng__below(&s->rng, 26) : 0;
	/* Or without an end, or with something behind it. */
	if (!rng__below(&s->rng, 12))
		random_bytes(s, p, n);
}

static void fill_members(struct old_state *s, const struct btf *btf, __u32 id, __u8 *p);

static void put_bits(__u8 *p, __u32 bit, __u32 bits, __u64 v)
{
	__u32 i;

	for (i = 0; i < bits; i++, bit++)
		p[bit / 8] = (p[bit / 8] & ~(1U << bit % 8)) | (v >> i & 1) << bit % 8;
}

static void fill_member(struct old_state *s, const struct btf *btf, __u32 id, int i, __u8 *p)
{
	const struct btf_type *st = btf__type_by_id(btf, id), *t;
	const struct btf_member *m = &btf_members(st)[i];
	__u32 bit = btf_member_bit_offset(st, i), bits = btf_member_bitfield_size(st, i);
	__u32 inner = btf__resolve_type(btf, m->type);
	__s64 size = btf__resolve_size(btf, m->type);

	t = btf__type_by_id(btf, inner);
	if (btf_is_struct(t))
		fill_members(s, btf, inner, p + bit / 8);
	else if (btf_is_array(t))
		s->style < 2 ? random_string(s, p + bit / 8, size) :
			       random_bytes(s, p + bit / 8, size);
	else
		put_bits(p, bit, bits ? bits : size * 8, number(s, bits ? bits : size * 8));
}

static void fill_members(struct old_state *s, const struct btf *btf, __u32 id, __u8 *p)
{
	const struct btf_type *t = btf__type_by_id(btf, id);
	int i;

	for (i = 0; i < btf_vlen(t); i++)
		fill_member(s, btf, id, i, p);
}

static bool fill_type(struct old_state *s, const struct luob_type *t, __u8 *p, int depth);

static __u64 some_elements(struct old_state *s, const struct luob_type *elem, int depth)
{
	__u64 nr = rng__below(&s->rng, 8);

	if (!depth && !s->few && !rng__below(&s->rng, 24))
		nr = 4096 / elem->size * rng__below(&s->rng, 3) + rng__below(&s->rng, 4);
	return depth > 2 && nr > 3 ? 3 : nr > 400 ? 400 : nr;
}

/* Head and elements in a row. Return: the address, 0 when there is no room. */
static __u64 fill_contig(struct old_state *s, const struct luob_handle *h, __u64 nr, int depth)
{
	__u64 head = h->head ? h->head->size : 0, bytes, i, pa;
	__u8 *p;

	bytes = head + (h->elem ? nr * h->elem->size : 0);
	if (h->one_page && bytes > KHO_PAGE_SIZE)
		return 0;
	pa = old_pages(s, luob_order(bytes ? bytes : 1));
	if (!pa)
		return 0;
	p = old_at(s, pa);
	if (h->head && !fill_type(s, h->head, p, depth + 1))
		return 0;
	if (h->head && h->count_at == LUOB_COUNT_HEAD)
		luob_put(p + h->count_off, h->count_size, nr);
	for (i = 0; h->elem && i < nr; i++)
		if (!fill_type(s, h->elem, p + head + i * h->elem->size, depth + 1))
			return 0;
	return pa;
}

static __u64 fill_blocks(struct old_state *s, const struct luob_handle *h, __u64 nr, int depth)
{
	__u64 per = (KHO_PAGE_SIZE - sizeof(struct kho_block_header_ser___v4)) / h->elem->size;
	struct kho_block_header_ser___v4 *b, *prev = NULL;
	__u64 first = 0, pa, i;

	if (!rng__below(&s->rng, 3))
		per = 1 + rng__below(&s->rng, per);	/* blocks need not be full */
	while (nr) {
		pa = old_pages(s, 0);
		if (!pa)
			return 0;
		b = old_at(s, pa);
		b->count = nr < per ? nr : per;
		for (i = 0; i < b->count; i++)
			if (!fill_type(s, h->elem, (__u8 *)(b + 1) + i * h->elem->size, depth + 1))
				return 0;
		if (prev)
			prev->next = pa;
		else
			first = pa;
		prev = b;
		nr -= b->count;
	}
	return first;
}

static bool fill_vmalloc(struct old_state *s, const struct luob_handle *h, __u64 nr, __u8 *p,
			 int depth)
{
	__u64 bytes = h->elem ? nr * h->elem->size : KHO_PAGE_SIZE, i, pages, at, k;
	struct kho_vmalloc___v1 v = { .flags = rng__below(&s->rng, 4) };
	struct kho_vmalloc_chunk___v1 *c;
	__u8 *buf;
	bool ok = true;

	pages = (bytes + KHO_PAGE_SIZE - 1) / KHO_PAGE_SIZE;
	pages += !pages;
	v.first = old_pages(s, 0);
	if (!v.first || pages > KHO_VMALLOC_PHYS)
		return false;
	buf = calloc(pages, KHO_PAGE_SIZE);
	for (i = 0; buf && ok && h->elem && i < nr; i++)
		ok = fill_type(s, h->elem, buf + i * h->elem->size, depth + 1);
	c = old_at(s, v.first);
	for (k = 0; buf && ok && k < pages; k++) {
		at = old_pages(s, 0);
		ok = at;
		c->phys[k] = at;
		if (ok)
			memcpy(old_at(s, at), buf + k * KHO_PAGE_SIZE, KHO_PAGE_SIZE);
	}
	free(buf);
	v.total_pages = pages;
	memcpy(p + h->off, &v, sizeof(v));
	return buf && ok;
}

static bool fill_child(struct old_state *s, const struct luob_handle *h, __u8 *p)
{
	memset(p + h->string_off, 0, h->string_size);
	memcpy(p + h->string_off, "kid", 4);
	luob_put64(p + h->off, rng__next(&s->rng) >> 1 | 1);
	return true;
}

/* A handle and what is behind it. */
static bool fill_handle(struct old_state *s, const struct luob_handle *h, __u8 *p, int depth)
{
	bool null = !rng__below(&s->rng, 6) || depth > DEPTH_MAX;
	__u64 nr = h->elem ? some_elements(s, h->elem, depth) : 0, pa = 0;

	memset(p + h->off, 0, h->size);
	if (h->kind == LUOB_H_CHILD)
		return fill_child(s, h, p);
	if (h->kind == LUOB_H_BLOCKS && !nr)
		null = true;
	if (null)
		nr = 0;
	if (h->count_at == LUOB_COUNT_BESIDE)
		luob_put(p + h->count_off, h->count_size, nr);
	if (null)
		return true;
	switch (h->kind) {
	case LUOB_H_CONTIG:
		pa = fill_contig(s, h, nr, depth);
		break;
	case LUOB_H_BLOCKS:
		pa = fill_blocks(s, h, nr, depth);
		break;
	case LUOB_H_VMALLOC:
		return fill_vmalloc(s, h, nr, p, depth);
	case LUOB_H_RANGE:
		pa = old_pages(s, 0);
		luob_put64(p + h->string_off, KHO_PAGE_SIZE);
		break;
	default:
		pa = old_pages(s, s->few ? 0 : rng__below(&s->rng, 12) ? 0 : 2);
		put_bits(p + h->off, 0, h->bits, pa >> KHO_PAGE_SHIFT);
		return pa;
	}
	luob_put64(p + h->off, pa);
	return pa;
}

static void fill_tagged(struct old_state *s, const struct luob_type *t, __u8 *p)
{
	struct luo_types *types = luo_type__types(t);
	const struct btf *btf = luo_types__btf(types);
	__u32 id = luo_type__id(t);
	const struct btf_type *st = btf__type_by_id(btf, id);
	int i;

	for (i = 0; i < btf_vlen(st); i++) {
		__u32 off = btf_member_bit_offset(st, i) / 8;
		__s64 size = btf__resolve_size(btf, btf_members(st)[i].type);

		if (luo_types__tag(types, id, i, "reserved", NULL) && rng__below(&s->rng, 4))
			memset(p + off, 0, size);
		if (luo_types__tag(types, id, i, "string", NULL) && rng__below(&s->rng, 8))
			random_string(s, p + off, size);
		else if (luo_types__tag(types, id, i, "flags", NULL) && s->style < 2)
			luob_put(p + off, size, rng__below(&s->rng, 4));
	}
}

static bool fill_type(struct old_state *s, const struct luob_type *t, __u8 *p, int depth)
{
	__u32 i;

	fill_members(s, luo_types__btf(luo_type__types(t)), luo_type__id(t), p);
	fill_tagged(s, t, p);
	for (i = 0; i < t->nr_handles; i++)
		if (!fill_handle(s, &t->handles[i], p, depth))
			return false;
	return true;
}

static bool fill_fdt(struct old_state *s, const struct luob_type *t)
{
	__u8 *flat = calloc(1, t->size ? t->size : 1);
	struct luob_fault f;
	bool ok;

	ok = flat && fill_type(s, t, flat, 0) &&
	     !luob_fdt_view__write(t, flat, old_at(s, s->self), KHO_PAGE_SIZE, &f);
	free(flat);
	return ok;
}

/* "pci:2" keeps the 2 itself. */
static void fill_version(const struct luob_type *t, const char *string, __u8 *p)
{
	size_t name = luob_format__name(string);

	if (t->version_size == 4) {
		luob_put(p + t->version_off, 4,
			 strtoull(string + (string[name] ? name + 1 : 0), NULL, 0));
	} else if (t->version_size) {
		memset(p + t->version_off, 0, t->version_size);
		memcpy(p + t->version_off, string, strlen(string));
	}
}

static bool fill(struct old_state *s, const struct luo_object *obj)
{
	const struct luob_prog *prog = luo_object__prog(obj);
	const struct luob_type *t = prog->from, *elem = t->nr_fdt ? NULL : t->nodes;
	__u64 nr, i;
	__u8 *p;

	s->used = 0;
	s->nr_ranges = 0;
	s->style = rng__below(&s->rng, 5);
	s->arg = number(s, 64);
	s->has_answer = rng__below(&s->rng, 2);
	s->answer = number(s, 64);
	if (s->has_answer && rng__below(&s->rng, 2))
		s->answer &= 15;
	nr = elem ? some_elements(s, elem, 0) : 0;
	s->self = old_pages(s, luob_order(t->size + nr * (elem ? elem->size : 0)));
	if (!s->self)
		return false;
	p = old_at(s, s->self);
	if (t->nr_fdt)
		return fill_fdt(s, t);
	if (!fill_type(s, t, p, 0))
		return false;
	for (i = 0; i < nr; i++)
		if (!fill_type(s, elem, p + t->size + i * elem->size, 0))
			return false;
	if (elem)
		luob_put(p + t->nodes_off, t->nodes_size, nr);
	fill_version(t, prog->from_string, p);
	return true;
}

/* A new state for the object's step. Return: whether one could be made. */
bool old__new(struct old_state *s, const struct luo_object *obj)
{
	unsigned int tries;

	for (tries = 0; tries < 100; tries++)
		if (fill(s, obj))
			return true;
	return false;
}

/* ---- steps ----------------------------------------------------------------------------- */

struct run {
	struct old_state *s;
	const struct engine *e;
	struct result *res;
	size_t blockers;
};

static int run_program(void *priv, const struct luob_prog *prog, struct luo_tx *tx, __u64 self,
		       __u64 arg, __s64 *ret, struct luob_fault *f)
{
	struct run *r = priv;
	int err;

	if (r->e->monitor)
		err = monitor__run(r->e->monitor, prog, tx, self, arg, ret, f);
	else
		err = luo_engine__run(r->e->vm, prog, tx, self, arg, ret, f);
	r->res->failed |= tx->step->failed || err;
	return err;
}

static int look_up(void *priv, __u64 kind, __u64 record, __u64 key, __u64 *val)
{
	const struct run *r = priv;

	(void)kind;
	(void)record;
	if (!r->s->has_answer)
		return -ENOENT;
	*val = r->s->answer ^ (key << 8);
	return 0;
}

static void blocker(void *priv, const struct luob_blocker *b)
{
	struct run *r = priv;
	struct result *res = r->res;

	if (r->blockers++)
		return;
	res->outcome = b->rule ? OUT_VETO : OUT_REFUSED;
	snprintf(res->rule, sizeof(res->rule), "%s", b->rule ? b->rule : "refused");
	snprintf(res->text, sizeof(res->text), "%s", b->text ? b->text : "");
	res->refusals = b->rule ? 0 : luob_fp_number(luob_fp_number(b->rule_nr, b->off), b->value);
}

static __u64 now(void *priv)
{
	(void)priv;
	return 0;
}

/* Everything that was made, as it would be handed over. */
static __u64 print_of(const struct luo_tx *tx)
{
	__u64 fp = LUOB_FP_INIT, off, n;
	const struct luob_region *r;
	const void *p;
	size_t i;

	for (i = 0; i < tx->nr_regions; i++) {
		r = tx->regions[i];
		if (!r->fresh)
			continue;
		fp = luob_fp_number(fp, r->size);
		n = r->stride && r->kind == LUOB_BLOCKS ? r->stride : 4096;
		for (off = 0; off < r->size; off += n) {
			if (r->size - off < n)
				n = r->size - off;
			p = luob_region__window(&tx->space, r, off, n);
			if (p)
				fp = luob_fp_bytes(fp, p, n);
		}
	}
	for (i = 0; i < tx->space.ledger.nr; i++)
		fp = luob_fp_number(fp, tx->space.ledger.ranges[i].dropped);
	return fp;
}

static void set_format(struct luob_format *f, const char *family, const char *string,
		       const char *space, const struct luob_type *t)
{
	memset(f, 0, sizeof(*f));
	snprintf(f->family, sizeof(f->family), "%s", family);
	snprintf(f->string, sizeof(f->string), "%s", string);
	snprintf(f->space, sizeof(f->space), "%s", space);
	snprintf(f->subtree, sizeof(f->subtree), "%s", family);
	f->type = t;
	f->reads = f->writes = true;
}

#define FORMATS	5

/*
 * Both profiles: the record's format, and the children's, which are numbers; and a file that
 * has to be translated, which never comes, but makes steps from a format to itself run.
 */
static void set_profile(struct luob_profile *p, struct luob_format *f,
			const struct luob_prog *prog, bool to)
{
	static const char *const spaces[] = { "file", "flb", "subtree" };
	const struct luob_type *t = to && prog->to ? prog->to : prog->from;
	size_t i;

	set_format(f, prog->family, to && prog->to ? prog->to_string : prog->from_string, "record",
		   t);
	for (i = 0; i < 3; i++) {
		set_format(f + 1 + i, "kid", "kid", spaces[i], t);
		f[1 + i].value = true;
	}
	set_format(f + 4, "other", to ? "other-2" : "other-1", "file", t);
	snprintf(p->release, sizeof(p->release), to ? "new" : "old");
	p->formats = f;
	p->nr = FORMATS;
}

static void set_other(struct luob_prog *p, const struct luob_prog *prog)
{
	*p = (struct luob_prog){ .name = "other", .family = "other", .from_string = "other-1",
				 .to_string = "other-2", .from = prog->from,
				 .to = prog->to ? prog->to : prog->from };
}

static int fill_tx(struct luo_tx *tx, const struct old_state *s, const struct luob_format *f)
{
	struct luob_record *rec;
	struct luob_fault fault;
	size_t i;
	__u64 bad;

	for (i = 0; i < s->nr_ranges; i++)
		if (luob_ledger__add(&tx->space.ledger, s->ranges[i].pa, s->ranges[i].order))
			return -ENOMEM;
	if (luob_ledger__seal(&tx->space.ledger, &bad))
		return -EINVAL;
	rec = luo_tx__record(tx);
	if (!rec)
		return -ENOMEM;
	rec->format = f;
	rec->arg = s->arg;
	rec->self = luo_tx__region(tx);
	if (!rec->self)
		return -ENOMEM;
	rec->self->label = f->subtree;
	return luob_format__open(f, &tx->space, rec->self, s->self, &fault);
}

/* One step on the state, or an acceptor's look at it. */
void old__run(struct old_state *s, struct luo_object *obj, const struct engine *e,
		struct result *res)
{
	struct luob_prog progs[2] = { *luo_object__prog(obj) }, *prog = &progs[0];
	struct luob_format from_formats[FORMATS], to_formats[FORMATS];
	struct luob_profile from, to;
	struct luob_mem mem = { .map = map_old, .alloc = alloc_new, .free = free_new, .priv = s };
	struct run run = { .s = s, .e = e, .res = res };
	struct luob_host host = { .run = run_program, .lookup = look_up, .blocker = blocker,
				  .now = now, .priv = &run };
	struct luo_tx tx;

	memset(res, 0, sizeof(*res));
	s->fresh_used = 0;
	set_other(&progs[1], prog);
	set_profile(&from, from_formats, prog, false);
	set_profile(&to, to_formats, prog, true);
	luo_tx__init(&tx, &mem, &host);
	tx.from = &from;
	tx.to = &to;
	tx.progs = progs;
	tx.nr_progs = 2;
	if (fill_tx(&tx, s, &from_formats[0])) {
		res->outcome = OUT_VETO;
		snprintf(res->rule, sizeof(res->rule), "STATE");
	} else if (luo_tx__translate(&tx) || (!prog->to && luo_tx__accept(&tx))) {
		res->outcome = OUT_VETO;
		snprintf(res->rule, sizeof(res->rule), "NO_MEMORY");
	}
	if (!run.blockers && res->outcome == OUT_CARRIED)
		res->print = print_of(&tx);
	if (e->look)
		e->look(e->priv, &tx);
	luo_tx__free(&tx);
}

/* The record, as a comment of a test. */
void old__dump(const struct old_state *s, const struct luo_object *obj)
{
	const struct luob_type *t = luo_object__prog(obj)->from;
	const __u8 *p = old_at(s, s->self);
	__u32 i;

	printf("#   record, %u bytes, arg 0x%llx, look-ups %s 0x%llx:\n#  ", t->size,
	       (unsigned long long)s->arg, s->has_answer ? "answer" : "fail",
	       (unsigned long long)s->answer);
	for (i = 0; i < t->size && i < 256; i++)
		printf("%s%02x", i % 8 ? "" : " ", p[i]);
	putchar('\n');
}
