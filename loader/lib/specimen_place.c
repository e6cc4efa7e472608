// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A specimen as the old kernel would have left it: pages, memory map, core. */
#include "abi/kho.h"
#include "core/fdt_view.h"
#include "core/kho_map.h"
#include "lib/snapshot_write.h"
#include "lib/specimen.h"

/* Anywhere above what firmware uses. */
#define FIRST_PA	(32ULL << 20)
/* A small machine, so that whoever carries the state on knows where memory is free. */
#define RAM_MIB		1024
#define SCRATCH_PA	(16ULL << 20)
#define SCRATCH_SIZE	(4ULL << 20)
#define BLOCK_ENTRIES(stride) ((KHO_PAGE_SIZE - sizeof(struct kho_block_header_ser___v4)) / \
			       (stride))
#define NO_PART		(~(size_t)0)
/* Below what the description mentions, one level is made, and what has to be there. */
#define DEPTH_MAX	4

struct folio {
	__u64 pa;
	unsigned int order;
	bool preserved;
	__u8 *va;
};

struct luo_placed {
	const struct luo_specimen *s;
	const struct luob_profile *profile;
	struct folio *folios;
	size_t nr;
	size_t cap;
	__u64 next;
	__u64 record;		/* what look-ups are asked about */
	__u64 root_pa;
	void *root_page;
	struct luob_kho_root root;
	char *msg;
	size_t msg_size;
};

/* Structures in the making, before they are put into pages. */
struct draft {
	size_t part;
	unsigned int depth;
	const struct luob_type *head;
	const struct luob_type *elem;
	__u64 nr;
	__u64 size;
	__u8 *bytes;
	const __u8 *given;	/* NULL: nothing is */
};

__attribute__((format(printf, 2, 3)))
static int refuse(struct luo_placed *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->msg, p->msg_size, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static int take(struct luo_placed *p, unsigned int order, bool preserved, __u64 *pa, void **va)
{
	__u64 bytes = (__u64)KHO_PAGE_SIZE << order;
	struct folio *f = luob_grow(p->folios, p->nr, &p->cap, sizeof(*f));

	if (!f)
		return -ENOMEM;
	p->folios = f;
	f += p->nr;
	f->va = aligned_alloc(KHO_PAGE_SIZE, bytes);
	if (!f->va)
		return -ENOMEM;
	memset(f->va, 0, bytes);
	p->next = (p->next + bytes - 1) & -bytes;
	*pa = f->pa = p->next;
	*va = f->va;
	f->order = order;
	f->preserved = preserved;
	p->next += bytes;
	p->nr++;
	return 0;
}

static int place(struct luo_placed *p, const struct draft *d, const struct luob_handle *h,
		 __u64 *value);

/* Fills a field that the description leaves open. Return: whether it agrees with it. */
static bool fill(const struct draft *d, __u64 off, const void *val, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (off + i >= d->size ||
		    (d->given && d->given[off + i] && d->bytes[off + i] != ((const __u8 *)val)[i]))
			return false;
		d->bytes[off + i] = ((const __u8 *)val)[i];
	}
	return true;
}

static bool is_given(const struct draft *d, __u64 off, size_t len)
{
	size_t i;

	for (i = 0; d->given && i < len && off + i < d->size; i++)
		if (d->given[off + i])
			return true;
	return false;
}

static int fill_version(struct luo_placed *p, const struct draft *d, const char *string)
{
	const struct luob_type *t = d->head;
	size_t name = luob_format__name(string);
	char text[LUOB_STRING_MAX] = "";
	__u32 number;

	if (!t->version_size)
		return 0;
	snprintf(text, sizeof(text), "%s", string);
	/* "pci:2" keeps the 2 itself. */
	number = strtoul(text + (string[name] ? name + 1 : 0), NULL, 0);
	if (!fill(d, t->version_off, t->version_size == 4 ? (const void *)&number : text,
		  t->version_size < sizeof(text) ? t->version_size : sizeof(text)))
		return refuse(p, "the record's own version would not be '%s'", string);
	return 0;
}

/* How many elements follow the record in its folio. */
static int fill_followed(struct luo_placed *p, const struct draft *d)
{
	const struct luob_type *t = d->head;

	if (!t->nodes || t->nr_fdt || fill(d, t->nodes_off, &d->nr, t->nodes_size))
		return 0;
	return refuse(p, "a count would not be that of what follows");
}

/* The record of another family that is the least work: one without contents. */
const struct luob_format *luo_specimen__child(const struct luob_profile *profile,
					      const struct luob_handle *h)
{
	size_t i;

	for (i = 0; i < profile->nr; i++) {
		const struct luob_format *f = &profile->formats[i];

		if (!strcmp(f->space, h->space) && f->writes && f->type &&
		    luob_format__name(f->string) < h->string_size)
			return f;
	}
	return NULL;
}

/* A record behind the handle of a child, and its version string beside it. */
static int fill_child(struct luo_placed *p, const struct draft *d, __u64 base,
		      const struct luob_handle *h, size_t part, __u64 *value)
{
	const struct luo_specimen_part *sp = part == NO_PART ? NULL : &p->s->parts[part];
	const struct luob_format *format = sp ? sp->format : NULL;
	char text[LUOB_STRING_MAX] = "";
	struct draft child = { .part = part, .depth = d->depth + !sp, .nr = sp ? sp->nr : 0 };
	int err;

	if (!format)
		format = luo_specimen__child(p->profile, h);
	if (!format)
		return refuse(p, "no format of %s '%s' is known whose name fits",
			      p->profile->release, h->space);
	snprintf(text, sizeof(text), "%.*s", (int)luob_format__name(format->string),
		 format->string);
	if (!fill(d, base + h->string_off, text, h->string_size < sizeof(text) ?
		  h->string_size : sizeof(text)))
		return refuse(p, "a version string would name no record that exists");
	if (format->value) {
		*value = 1;
		return 0;
	}
	child.head = format->type;
	child.elem = format->type->nodes;
	child.size = sp ? sp->size : child.head->size;
	child.given = sp ? sp->given : NULL;
	child.bytes = luob_alloc(child.size + 1, 1);
	if (!child.bytes)
		return -ENOMEM;
	if (sp)
		memcpy(child.bytes, sp->bytes, sp->size);
	err = fill_version(p, &child, format->string) ?: fill_followed(p, &child);
	if (!err)
		err = place(p, &child, NULL, value);
	luob_free(child.bytes);
	return err;
}

static size_t find_part(const struct luo_placed *p, const struct draft *d, __u64 off)
{
	size_t i;

	for (i = 1; d->part != NO_PART && i < p->s->nr; i++)
		if (p->s->parts[i].up == d->part && p->s->parts[i].up_off == off)
			return i;
	return NO_PART;
}

/* How many elements there are behind a handle that the description does not mention. */
static __u64 open_number(const struct luo_placed *p, const struct draft *d, __u64 base,
			 const struct luob_handle *h)
{
	__u64 off = base + h->count_off;

	if (h->count_at == LUOB_COUNT_BESIDE && is_given(d, off, h->count_size))
		return luob_get(d->bytes + off, h->count_size);
	return h->elem && d->depth < 1 && !p->s->lean;
}

/* Head and elements behind a handle. */
static int fill_region(struct luo_placed *p, const struct draft *d, __u64 base,
		       const struct luob_handle *h, size_t part, __u64 *value)
{
	const struct luo_specimen_part *sp = part == NO_PART ? NULL : &p->s->parts[part];
	struct draft in = { .part = part, .depth = d->depth + !sp, .head = h->head,
			    .elem = h->elem };
	__u64 head = h->head ? h->head->size : 0;
	bool null;
	int err;

	in.nr = sp ? sp->nr : open_number(p, d, base, h);
	null = sp ? sp->null : !in.nr && (!h->head || d->depth || p->s->lean);
	if (h->kind != LUOB_H_CONTIG || h->count_at == LUOB_COUNT_BESIDE)
		null |= !in.nr;
	if (in.nr > LUO_SPECIMEN_ELEMS)
		return refuse(p, "%llu elements are too many", (unsigned long long)in.nr);
	if (null)
		in.nr = 0;
	if (h->count_at == LUOB_COUNT_BESIDE &&
	    !fill(d, base + h->count_off, &in.nr, h->count_size))
		return refuse(p, "a count and a handle would contradict each other");
	*value = 0;
	if (null)
		return 0;
	in.size = head + in.nr * (h->elem ? h->elem->size : 0);
	in.bytes = luob_alloc(in.size + 1, 1);
	if (!in.bytes)
		return -ENOMEM;
	in.given = sp ? sp->given : NULL;
	if (sp)
		memcpy(in.bytes, sp->bytes, sp->size < in.size ? sp->size : in.size);
	err = 0;
	if (h->count_at == LUOB_COUNT_HEAD && !fill(&in, h->count_off, &in.nr, h->count_size))
		err = refuse(p, "a count would not be that of what follows");
	if (!err)
		err = place(p, &in, h, value);
	luob_free(in.bytes);
	return err;
}

static int place_vmalloc(struct luo_placed *p, const struct draft *d,
			 struct kho_vmalloc___v1 *v);

static int fill_handle(struct luo_placed *p, const struct draft *d, __u64 base,
		       const struct luob_handle *h)
{
	size_t part = find_part(p, d, base + h->off);
	struct kho_vmalloc___v1 v = {};
	__u64 value = 0;
	int err;

	/* Content is of no interest: a folio of page frame number 0 is none. */
	if (h->kind == LUOB_H_FOLIO || h->kind == LUOB_H_RANGE)
		return 0;
	if (d->depth > DEPTH_MAX)
		return refuse(p, "handles lead on and on");
	err = h->kind == LUOB_H_CHILD ? fill_child(p, d, base, h, part, &value) :
	      fill_region(p, d, base, h, part, &value);
	if (err)
		return err;
	if (h->kind == LUOB_H_VMALLOC) {
		/* The descriptor itself was made behind the handle. */
		if (value)
			memcpy(&v, (void *)(unsigned long)value, sizeof(v));
		memcpy(d->bytes + base + h->off, &v, sizeof(v));
		free((void *)(unsigned long)value);
		return 0;
	}
	luob_put64(d->bytes + base + h->off, value);
	return 0;
}

static int fill_structure(struct luo_placed *p, const struct draft *d, const struct luob_type *t,
			  __u64 base)
{
	__u32 i;
	int err = 0;

	for (i = 0; t && i < t->nr_handles && !err; i++)
		err = fill_handle(p, d, base, &t->handles[i]);
	return err;
}

/* What no two elements share: a number, or a string of its own. */
static void fill_unique(const struct draft *d, __u64 base, __u64 i)
{
	const struct luob_type *t = d->elem;
	char text[32];

	if (!t->unique_size || is_given(d, base + t->unique_off, t->unique_size))
		return;
	snprintf(text, sizeof(text), "element %llu", (unsigned long long)i);
	if (t->unique_size == 8)
		luob_put64(d->bytes + base + t->unique_off, i + 1);
	else if (t->unique_size > sizeof(text))
		fill(d, base + t->unique_off, text, strlen(text) + 1);
	else
		d->bytes[base + t->unique_off] = i + 1;
}

static int place_contig(struct luo_placed *p, const struct draft *d, __u64 *pa)
{
	bool fdt = d->head && d->head->nr_fdt;
	struct luob_fault f;
	void *va;
	int err;

	err = take(p, fdt ? 0 : luob_order(d->size), true, pa, &va);
	if (err)
		return err;
	if (!fdt)
		memcpy(va, d->bytes, d->size);
	else if (luob_fdt_view__write(d->head, d->bytes, va, KHO_PAGE_SIZE, &f))
		return refuse(p, "%s", f.text);
	return 0;
}

static int place_blocks(struct luo_placed *p, const struct draft *d, __u64 *first)
{
	struct kho_block_header_ser___v4 *b, *prev = NULL;
	__u64 per = BLOCK_ENTRIES(d->elem->size), i, n, pa;
	void *va;
	int err;

	for (i = 0; i < d->nr; i += n) {
		n = d->nr - i < per ? d->nr - i : per;
		err = take(p, 0, true, &pa, &va);
		if (err)
			return err;
		b = va;
		b->count = n;
		memcpy(b + 1, d->bytes + i * d->elem->size, n * d->elem->size);
		if (prev)
			prev->next = pa;
		else
			*first = pa;
		prev = b;
	}
	return 0;
}

/* Pages one by one, and a list of them. */
static int place_vmalloc(struct luo_placed *p, const struct draft *d, struct kho_vmalloc___v1 *v)
{
	struct kho_vmalloc_chunk___v1 *c = NULL;
	__u64 off, pa, list;
	unsigned int n = 0;
	void *va;
	int err;

	v->flags = 1;
	for (off = 0; off < d->size; off += KHO_PAGE_SIZE) {
		if (!c || n == KHO_VMALLOC_PHYS) {
			err = take(p, 0, true, &list, &va);
			if (err)
				return err;
			if (c)
				c->next = list;
			else
				v->first = list;
			c = va;
			n = 0;
		}
		err = take(p, 0, true, &pa, &va);
		if (err)
			return err;
		memcpy(va, d->bytes + off, d->size - off < KHO_PAGE_SIZE ? d->size - off :
		       KHO_PAGE_SIZE);
		c->phys[n++] = pa;
		v->total_pages++;
	}
	return 0;
}

/* Fills what is open, then pages. @value: an address; of a vmalloc, its descriptor. */
static int place(struct luo_placed *p, const struct draft *d, const struct luob_handle *h,
		 __u64 *value)
{
	__u64 head = d->head ? d->head->size : 0, i;
	struct kho_vmalloc___v1 *v;
	int err;

	err = fill_structure(p, d, d->head, 0);
	for (i = 0; i < d->nr && !err; i++) {
		fill_unique(d, head + i * d->elem->size, i);
		err = fill_structure(p, d, d->elem, head + i * d->elem->size);
	}
	if (err)
		return err;
	if (h && h->kind == LUOB_H_BLOCKS)
		return place_blocks(p, d, value);
	if (!h || h->kind != LUOB_H_VMALLOC) {
		err = place_contig(p, d, value);
		/* Records hang below others: the innermost is the one. */
		if (!err && !p->record && d->part != NO_PART && !h)
			p->record = *value;
		return err;
	}
	v = calloc(1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	err = place_vmalloc(p, d, v);
	if (err)
		free(v);
	else
		*value = (unsigned long)v;
	return err;
}

static int place_record(struct luo_placed *p, __u64 *pa)
{
	const struct luo_specimen_part *sp = &p->s->parts[0];
	struct draft d = { .head = sp->type, .elem = sp->type->nodes, .nr = sp->nr,
			   .size = sp->size, .given = sp->given };
	int err;

	d.bytes = luob_alloc(sp->size + 1, 1);
	if (!d.bytes)
		return -ENOMEM;
	memcpy(d.bytes, sp->bytes, sp->size);
	err = fill_version(p, &d, p->s->string) ?: fill_followed(p, &d);
	if (!err)
		err = place(p, &d, NULL, pa);
	luob_free(d.bytes);
	return err;
}

/**
 * luo_specimen__place - give a specimen addresses
 * @out: result
 * @s: description; has to live as long as the result
 * @profile: formats of the kernel that would have written it
 * @kho: version string of the KHO root
 * @subtree: name of the subtree that the record is
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * Return: 0, -EINVAL when no state can be like that, -ENOMEM.
 */
int luo_specimen__place(struct luo_placed **out, const struct luo_specimen *s,
			const struct luob_profile *profile, const char *kho, const char *subtree,
			char *msg, size_t msg_size)
{
	struct luo_placed *p = calloc(1, sizeof(*p));
	struct luob_subtree *sub;
	int err;

	if (!p)
		return -ENOMEM;
	p->s = s;
	p->profile = profile;
	p->next = FIRST_PA;
	p->msg = msg;
	p->msg_size = msg_size;
	p->root.format = luob_kho_format__find(kho);
	snprintf(p->root.compatible, sizeof(p->root.compatible), "%s", kho);
	sub = &p->root.subtrees[0];
	p->root.nr_subtrees = 1;
	snprintf(sub->name, sizeof(sub->name), "%s", subtree);
	sub->size = s->parts[0].type->nr_fdt ? KHO_PAGE_SIZE : s->parts[0].size;
	err = p->root.format ? take(p, 0, true, &p->root_pa, &p->root_page) :
	      refuse(p, "'%s' is not known", kho);
	err = err ?: place_record(p, &sub->pa);
	if (err) {
		luo_placed__free(p);
		return err;
	}
	*out = p;
	return 0;
}

void luo_placed__free(struct luo_placed *p)
{
	size_t i;

	if (!p)
		return;
	for (i = 0; i < p->nr; i++)
		free(p->folios[i].va);
	luob_free(p->folios);
	free(p);
}

const struct luob_kho_root *luo_placed__root(const struct luo_placed *p, __u64 *pa)
{
	*pa = p->root_pa;
	return &p->root;
}

static const void *map_page(void *priv, __u64 pa, __u32 len)
{
	const struct luo_placed *p = priv;
	size_t lo = 0, hi = p->nr, mid;
	const struct folio *f;
	__u64 bytes;

	/* The last one that does not begin behind @pa: they are in order of address. */
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (p->folios[mid].pa <= pa)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo)
		return NULL;
	f = &p->folios[lo - 1];
	bytes = (__u64)KHO_PAGE_SIZE << f->order;
	return pa - f->pa < bytes && len <= bytes - (pa - f->pa) ? f->va + (pa - f->pa) : NULL;
}

static int map_alloc(void *priv, unsigned int order, bool preserve, __u64 *pa, void **va)
{
	return take(priv, order, preserve, pa, va);
}

/* They go with everything else. */
static void map_free(void *priv, unsigned int order, bool preserve, __u64 pa, void *va)
{
	(void)priv;
	(void)order;
	(void)preserve;
	(void)pa;
	(void)va;
}

/* The engine's view: memory to read, more of it, and a ledger of what is preserved. */
int luo_placed__space(struct luo_placed *p, struct luob_mem *mem, struct luob_ledger *l)
{
	__u64 bad;
	size_t i;
	int err = 0;

	*mem = (struct luob_mem){ .map = map_page, .alloc = map_alloc, .free = map_free,
				  .priv = p };
	for (i = 0; i < p->nr && !err; i++)
		if (p->folios[i].preserved)
			err = luob_ledger__add(l, p->folios[i].pa, p->folios[i].order);
	return err ? err : luob_ledger__seal(l, &bad);
}

/* An answer of the description, to a question about its record. */
bool luo_placed__answer(const struct luo_placed *p, __u64 kind, __u64 key, __u64 *val)
{
	size_t i;

	for (i = 0; i < p->s->nr_answers; i++) {
		const struct luo_specimen_answer *a = &p->s->answers[i];

		if (a->kind != kind || a->key != key)
			continue;
		*val = a->val;
		return true;
	}
	return false;
}

static int read_page(void *priv, __u64 pa, void *buf, size_t len)
{
	const void *va;
	size_t n;

	for (; len; pa += n, buf = (__u8 *)buf + n, len -= n) {
		n = KHO_PAGE_SIZE < len ? KHO_PAGE_SIZE : len;
		va = map_page(priv, pa, n);
		if (!va)
			return -ENXIO;
		memcpy(buf, va, n);
	}
	return 0;
}

/* Where the next kernel boots. */
static int place_scratch(struct luo_placed *p, __u64 *pa)
{
	struct kho_scratch___v1 s = { .addr = SCRATCH_PA, .size = SCRATCH_SIZE };
	void *va;
	int err = take(p, 0, false, pa, &va);

	if (!err)
		memcpy(va, &s, sizeof(s));
	return err;
}

static char *make_notes(const struct luo_placed *p, __u64 scratch, const char *release)
{
	char *text = NULL;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	fprintf(f, "OSRELEASE=%s\nKHO_FDT=0x%llx\nSTOPPED_AT=machine_kexec\n", release,
		(unsigned long long)p->root_pa);
	fprintf(f, "RAM_MIB=%d\nKHO_SCRATCH=0x%llx\nKHO_SCRATCH_CNT=1\n", RAM_MIB,
		(unsigned long long)scratch);
	for (i = 0; i < p->s->nr_answers; i++)
		fprintf(f, "LOOKUP=0x%llx 0x%llx 0x%llx 0x%llx\n",
			(unsigned long long)p->s->answers[i].kind, (unsigned long long)p->record,
			(unsigned long long)p->s->answers[i].key,
			(unsigned long long)p->s->answers[i].val);
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}

static int write_core(struct luo_placed *p, const char *path, const char *notes, char *msg,
		      size_t msg_size)
{
	struct luo_snapshot_range *ranges = calloc(p->nr, sizeof(*ranges));
	struct luo_snapshot_image img = { .notes = notes, .ranges = ranges, .nr_ranges = p->nr,
					  .read = read_page, .priv = p };
	size_t i;
	int err;

	if (!ranges)
		return -ENOMEM;
	/* Addresses were handed out in order. */
	for (i = 0; i < p->nr; i++) {
		ranges[i].pa = p->folios[i].pa;
		ranges[i].len = (__u64)KHO_PAGE_SIZE << p->folios[i].order;
	}
	err = luo_snapshot__write(path, &img, NULL, msg, msg_size);
	free(ranges);
	return err;
}

/**
 * luo_placed__write - write a core of which the specimen is the whole state
 * @p: placed; pages for root and memory map are added
 * @path: file, as for luo_snapshot__write()
 * @release: what the note says of the kernel
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * Return: as luo_snapshot__write().
 */
int luo_placed__write(struct luo_placed *p, const char *path, const char *release, char *msg,
		      size_t msg_size)
{
	struct luob_mem mem;
	struct luob_ledger ledger = {};
	struct luob_radix radix = {};
	char *notes = NULL;
	struct luob_fault f = {};
	__u64 scratch;
	int err;

	snprintf(msg, msg_size, "no memory");
	err = luo_placed__space(p, &mem, &ledger);
	err = err ?: luob_radix__build(&radix, &mem, &ledger);
	err = err ?: place_scratch(p, &scratch);
	if (!err) {
		p->root.map_pa = luob_radix__root(&radix);
		err = luob_kho_root__build(&p->root, p->root_page, &f);
		if (err)
			snprintf(msg, msg_size, "%s", f.text);
	}
	if (!err)
		notes = make_notes(p, scratch, release);
	if (!err)
		err = notes ? write_core(p, path, notes, msg, msg_size) : -ENOMEM;
	luob_radix__free(&radix, false);
	luob_ledger__free(&ledger);
	free(notes);
	return err;
}
