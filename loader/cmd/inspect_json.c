// SPDX-License-Identifier: GPL-2.0-only
/*
 * luo-load inspect -j: everything, by the names that BTF has. Written as it is found: a
 * tree of json-c for the folios of a large guest would not fit into memory.
 */
#include <string.h>

#include "abi/kho.h"
#include "cmd/inspect_int.h"

/* Objects in objects; readers of JSON have such limits too. */
#define MAX_DEPTH	200

/**
 * struct writer - where JSON stands
 * @in:		the state
 * @depth:	open objects and arrays
 * @empty:	nothing is in the innermost one yet
 * @flat:	no line breaks
 * @records:	records that lead here
 */
struct writer {
	struct luo_inspect *in;
	unsigned int depth;
	bool empty;
	bool flat;
	unsigned int records;
};

static int put_struct(struct writer *w, const char *key, const struct view *v, __u32 id,
		      __u32 base, const char *node);

/* ASCII only, so that no byte of the file reaches a terminal; bytes that are no text as \xNN. */
static void put_text(const char *text, size_t size)
{
	size_t len = strnlen(text, size), i, used;
	long c;

	putchar('"');
	for (i = 0; i < len; i += used) {
		c = cmd_char(text + i, len - i, &used);
		if (c < 0)
			printf("\\\\x%02x", (unsigned char)text[i]);
		else if (c == '"' || c == '\\')
			printf("\\%c", (int)c);
		else if (c >= ' ' && c < 127)
			putchar(c);
		else if (c < 0x10000)
			printf("\\u%04lx", c);
		else
			printf("\\u%04lx\\u%04lx", 0xd7c0 + (c >> 10), 0xdc00 + (c & 0x3ff));
	}
	putchar('"');
}

static void new_line(struct writer *w)
{
	if (!w->flat)
		printf("\n%*s", 2 * w->depth, "");
}

/* Before each value. */
static void item(struct writer *w, const char *key)
{
	if (!w->empty)
		fputs(w->flat ? ", " : ",", stdout);
	if (w->depth)
		new_line(w);
	w->empty = false;
	if (key) {
		put_text(key, 256);
		fputs(": ", stdout);
	}
}

static void open_item(struct writer *w, const char *key, char bracket)
{
	item(w, key);
	putchar(bracket);
	w->depth++;
	w->empty = true;
}

static void close_item(struct writer *w, char bracket)
{
	w->depth--;
	if (!w->empty)
		new_line(w);
	putchar(bracket);
	w->empty = false;
}

static void number(struct writer *w, const char *key, __u64 value)
{
	item(w, key);
	printf("%llu", (unsigned long long)value);
}

static void address(struct writer *w, const char *key, __u64 value)
{
	item(w, key);
	printf("\"0x%llx\"", (unsigned long long)value);
}

static void string(struct writer *w, const char *key, const char *value)
{
	item(w, key);
	put_text(value, 4096);
}

static void literal(struct writer *w, const char *key, const char *value)
{
	item(w, key);
	fputs(value, stdout);
}

static void put_fault(struct writer *w, const struct luob_fault *f)
{
	open_item(w, "fault", '{');
	string(w, "rule", f->rule);
	string(w, "text", f->text);
	close_item(w, '}');
}

static void put_flags(struct writer *w, const struct luo_field *f, __u64 value)
{
	const char *name;
	char key[160];

	number(w, f->name, value);
	snprintf(key, sizeof(key), "%s_names", f->name);
	open_item(w, key, '[');
	while (value && (name = luo_field__bit(f, &value)))
		string(w, NULL, name);
	if (value)
		address(w, NULL, value);
	close_item(w, ']');
}

static void put_number(struct writer *w, const char *key, const struct luo_field *f, __u64 value)
{
	if (!f->negative) {
		number(w, key, value);
		return;
	}
	item(w, key);
	printf("%lld", (long long)value);
}

static void put_numbers(struct writer *w, const struct luo_field *f, const void *base)
{
	__u32 i;

	open_item(w, f->name, '[');
	for (i = 0; i < f->size / f->each; i++)
		put_number(w, NULL, f, luo_field__number(f, base, i));
	close_item(w, ']');
}

static void put_bytes(struct writer *w, const struct luo_field *f, const void *base)
{
	const __u8 *p = (const __u8 *)base + f->off;
	__u32 i;

	item(w, f->name);
	putchar('"');
	for (i = 0; i < f->size; i++)
		printf("%02x", p[i]);
	putchar('"');
}

static __u64 pages_at(const struct writer *w, __u64 pa)
{
	int order = luo_inspect__order(w->in, pa);

	return order < 0 ? 0 : 1ULL << order;
}

/* Structures that are shown as a list of these fields; handles as their pages. */
static const struct {
	const char *base;
	const char *fields[3];
} lists[] = {
	{ "memfd_luo_folio_ser", { "index", "pfn", "flags" } },
};

static const char *const *list_of(const struct luob_type *t)
{
	size_t i, n = luo_type__base(t);

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (strlen(lists[i].base) == n && !strncmp(lists[i].base, t->name, n))
			return lists[i].fields;
	return NULL;
}

static void put_listed(struct writer *w, const struct view *v, const char *name)
{
	struct luo_field f;
	int i;

	for (i = 0; luo_field__get(v->type, luo_type__id(v->type), i, 0, &f); i++) {
		if (strcmp(f.name, name))
			continue;
		number(w, NULL, f.handle ? pages_at(w, luob_handle__value(f.handle, v->base)) :
					   luo_field__number(&f, v->base, 0));
		return;
	}
	literal(w, NULL, "null");
}

static void put_list(struct writer *w, const struct view *v, const char *const *fields)
{
	int i;

	item(w, NULL);
	w->empty = true;
	w->flat = true;
	putchar('[');
	for (i = 0; i < 3; i++)
		put_listed(w, v, fields[i]);
	putchar(']');
	w->flat = false;
}

static void put_addresses(struct writer *w, const struct luob_region *r)
{
	const struct luob_handle *h = r->elem->nr_handles ? &r->elem->handles[0] : NULL;
	const void *base;
	__u64 i, off;

	open_item(w, "addresses", '[');
	for (i = 0; h && i < r->nr; i++) {
		base = luo_inspect__elem(w->in, r, i, &off);
		if (base)
			address(w, NULL, luob_handle__value(h, base));
	}
	close_item(w, ']');
}

static int put_elems(struct writer *w, struct luob_region *r)
{
	const char *const *fields = list_of(r->elem);
	struct view v = { .type = r->elem, .r = r };
	int err = 0;
	__u64 i;

	string(w, "element_type", r->elem->name);
	number(w, "count", r->nr);
	open_item(w, "elements", '[');
	for (i = 0; i < r->nr && !err; i++) {
		v.base = luo_inspect__elem(w->in, r, i, &v.off);
		if (!v.base)
			literal(w, NULL, "null");
		else if (fields)
			put_list(w, &v, fields);
		else
			err = put_struct(w, NULL, &v, luo_type__id(v.type), 0,
					 luo_inspect__node(w->in, r, i));
	}
	close_item(w, ']');
	if (fields)
		put_addresses(w, r);
	return err;
}

/* What is behind a handle, in the object that was opened. */
static int put_region(struct writer *w, const char *key, struct luob_region *r)
{
	struct view v = { .type = r->head, .r = r };
	int err = 0;

	if (r->head)
		v.base = luob_region__window(w->in->space, r, 0, r->head->size);
	if (v.base) {
		string(w, "type", r->head->name);
		err = put_struct(w, key, &v, luo_type__id(r->head), 0, NULL);
	}
	return err || !r->elem ? err : put_elems(w, r);
}

static int put_behind(struct writer *w, const char *key, const struct luob_handle *h,
		      const struct luob_format *format, const struct view *v)
{
	struct luob_region r = { .up = v->r, .up_off = v->off + h->off };
	struct luob_fault f;
	int err;

	if (w->records >= INSPECT_DEPTH)
		return 0;
	w->records++;
	err = luo_inspect__behind(w->in, h, format, v->base, &r, &f);
	if (!err)
		err = put_region(w, key, &r);
	else if (err == -EBADMSG)
		put_fault(w, &f);
	w->records--;
	luob_region__free(&r);
	return err == -EBADMSG ? 0 : err;
}

static int put_child(struct writer *w, const struct luo_field *f, const struct view *v)
{
	__u64 value = luob_handle__value(f->handle, v->base);
	char version[LUOB_STRING_MAX + 1];
	const struct luob_format *format;
	int err = 0;

	format = luo_inspect__format(w->in, f->handle, v->base, version);
	if (format && format->value) {
		number(w, f->name, value);
		return 0;
	}
	open_item(w, f->name, '{');
	address(w, "addr", value);
	literal(w, "known", format ? "true" : "false");
	if (format) {
		string(w, "family", format->family);
		string(w, "version", version);
	}
	if (format && value)
		err = put_behind(w, "record", f->handle, format, v);
	close_item(w, '}');
	return err;
}

static int put_container(struct writer *w, const struct luo_field *f, const struct view *v)
{
	static const char *const kinds[] = {
		[LUOB_H_CONTIG] = "contiguous", [LUOB_H_BLOCKS] = "blocks",
		[LUOB_H_VMALLOC] = "vmalloc",
	};
	int err;

	if (luob_region__handle_null(f->handle, v->base)) {
		literal(w, f->name, "null");
		return 0;
	}
	open_item(w, f->name, '{');
	address(w, "addr", luob_handle__value(f->handle, v->base));
	string(w, "kind", kinds[f->handle->kind]);
	if (f->handle->kind == LUOB_H_VMALLOC) {
		err = put_struct(w, "descriptor", v, f->id, f->off, NULL);
		if (err)
			return err;
	}
	err = put_behind(w, "header", f->handle, NULL, v);
	close_item(w, '}');
	return err;
}

static int put_handle(struct writer *w, const struct luo_field *f, const struct view *v)
{
	__u64 pa = luob_handle__value(f->handle, v->base);

	switch (f->handle->kind) {
	case LUOB_H_FOLIO:
		open_item(w, f->name, '{');
		address(w, "addr", pa);
		number(w, "pages", pages_at(w, pa));
		close_item(w, '}');
		return 0;
	case LUOB_H_RANGE:
		address(w, f->name, pa);
		return 0;
	case LUOB_H_CHILD:
		return put_child(w, f, v);
	default:
		return put_container(w, f, v);
	}
}

static int put_field(struct writer *w, const struct luo_field *f, const struct view *v)
{
	switch (f->kind) {
	case LUO_FIELD_STRUCT:
		return put_struct(w, f->name, v, f->id, f->off, NULL);
	case LUO_FIELD_HANDLE:
		return put_handle(w, f, v);
	case LUO_FIELD_FLAGS:
		put_flags(w, f, luo_field__number(f, v->base, 0));
		break;
	case LUO_FIELD_STRING:
		item(w, f->name);
		put_text((const char *)v->base + f->off, f->size);
		break;
	case LUO_FIELD_NUMBERS:
		put_numbers(w, f, v->base);
		break;
	case LUO_FIELD_BYTES:
		put_bytes(w, f, v->base);
		break;
	case LUO_FIELD_ADDRESS:
		address(w, f->name, luo_field__number(f, v->base, 0));
		break;
	default:
		put_number(w, f->name, f, luo_field__number(f, v->base, 0));
	}
	return 0;
}

static int put_struct(struct writer *w, const char *key, const struct view *v, __u32 id,
		      __u32 base, const char *node)
{
	char pci[INSPECT_PCI_NAME];
	struct luo_field f;
	int i, err = 0;

	if (w->depth > MAX_DEPTH) {
		literal(w, key, "null");
		return 0;
	}
	open_item(w, key, '{');
	if (node)
		string(w, "node", node);
	if (id == luo_type__id(v->type) && inspect_pci_name(v, pci))
		string(w, "pci_address", pci);
	for (i = 0; !err && luo_field__get(v->type, id, i, base, &f); i++)
		err = put_field(w, &f, v);
	close_item(w, '}');
	return err;
}

static int put_record(struct writer *w, const struct luob_format *format,
		      const struct luob_subtree *s)
{
	struct luob_region r = {};
	struct luob_fault f;
	int err;

	err = luo_inspect__root(w->in, format, s->pa, &r, &f);
	if (!err)
		err = put_region(w, "record", &r);
	else if (err == -EBADMSG)
		put_fault(w, &f);
	luob_region__free(&r);
	return err == -EBADMSG ? 0 : err;
}

static int put_subtree(struct writer *w, const struct luob_subtree *s)
{
	const struct luob_format *format = luo_inspect__subtree(w->in, s);
	int err = 0;

	open_item(w, NULL, '{');
	string(w, "name", s->name);
	address(w, "addr", s->pa);
	if (w->in->st->root.format->sized)
		number(w, "bytes", s->size);
	literal(w, "known", format ? "true" : "false");
	if (format) {
		string(w, "family", format->family);
		string(w, "version", format->string);
		err = put_record(w, format, s);
	}
	close_item(w, '}');
	return err;
}

static void put_origin(struct writer *w, const char *path)
{
	const struct luo_state *st = w->in->st;

	string(w, "file", path);
	string(w, "release", st->release);
	string(w, "release_from", st->release_from);
	string(w, "profile", st->profile->core.release);
	item(w, "frozen");
	fputs(w->in->frozen == LUOB_YES ? "true" :
	      w->in->frozen == LUOB_NO ? "false" : "null", stdout);
	string(w, "state", inspect_frozen(w->in));
	string(w, "state_why", w->in->why);
	number(w, "sessions", w->in->sessions);
	number(w, "files", w->in->files);
	number(w, "content_bytes", w->in->content);
}

static void put_kho(struct writer *w)
{
	const struct luo_state *st = w->in->st;
	size_t i;

	open_item(w, "kho", '{');
	string(w, "version", st->root.compatible);
	address(w, "root", st->root_pa);
	string(w, "root_from", st->root_found);
	address(w, "map", st->root.map_pa);
	number(w, "map_pages", st->map_pages.nr);
	number(w, "preserved_ranges", st->preserved_nr);
	number(w, "preserved_bytes", st->preserved_bytes);
	number(w, "unreferenced_ranges", w->in->loose);
	number(w, "unreferenced_bytes", w->in->loose_bytes);
	open_item(w, "scratch", '[');
	for (i = 0; i < st->nr_scratch; i++) {
		open_item(w, NULL, '{');
		address(w, "addr", st->scratch[i].pa);
		number(w, "bytes", st->scratch[i].len);
		close_item(w, '}');
	}
	close_item(w, ']');
	close_item(w, '}');
}

static void put_losses(struct writer *w, const struct luo_hop_step *s)
{
	size_t i;

	open_item(w, "losses", '[');
	for (i = 0; i < s->nr_losses; i++) {
		open_item(w, NULL, '{');
		string(w, "field", s->losses[i].field);
		string(w, "why", s->losses[i].why);
		close_item(w, '}');
	}
	close_item(w, ']');
}

static void put_hop(struct writer *w, const struct luo_hop *h)
{
	size_t i;

	open_item(w, NULL, '{');
	number(w, "hop", h->number);
	string(w, "from", h->from);
	string(w, "to", h->to);
	open_item(w, "steps", '[');
	for (i = 0; i < h->nr_steps; i++) {
		const struct luo_hop_step *s = &h->steps[i];

		open_item(w, NULL, '{');
		string(w, "object", s->object);
		string(w, "sha256", s->digest);
		number(w, "records", s->records);
		literal(w, "verified", s->verified ? "true" : "false");
		put_losses(w, s);
		close_item(w, '}');
	}
	close_item(w, ']');
	close_item(w, '}');
}

static void put_way(struct writer *w)
{
	const struct luo_provenance *way = &w->in->way;
	size_t i;

	open_item(w, "way", '{');
	string(w, "origin", *way->origin ? way->origin : w->in->st->release);
	open_item(w, "hops", '[');
	for (i = 0; i < way->nr; i++)
		put_hop(w, &way->hops[i]);
	close_item(w, ']');
	close_item(w, '}');
}

static void put_damage(struct writer *w)
{
	size_t i;

	number(w, "damage_count", w->in->nr_damage);
	open_item(w, "damage", '[');
	for (i = 0; i < w->in->nr_kept; i++) {
		const struct luo_damage *d = &w->in->damage[i];

		open_item(w, NULL, '{');
		string(w, "rule", d->rule);
		string(w, "record", d->record);
		string(w, "field", d->field);
		string(w, "text", d->text);
		close_item(w, '}');
	}
	close_item(w, ']');
}

/**
 * inspect_json - print everything
 * @in: inspected state
 * @path: of the snapshot
 * @code: exit code
 *
 * Return: @code, or LUO_EXIT_ERROR.
 */
int inspect_json(struct luo_inspect *in, const char *path, int code)
{
	struct writer w = { .in = in, .empty = true };
	int err = 0;
	__u32 i;

	open_item(&w, NULL, '{');
	put_origin(&w, path);
	put_kho(&w);
	put_way(&w);
	open_item(&w, "subtrees", '[');
	for (i = 0; i < in->st->root.nr_subtrees && !err; i++)
		err = put_subtree(&w, &in->st->root.subtrees[i]);
	close_item(&w, ']');
	put_damage(&w);
	/* What was written so far can't be taken back: say so in the same object. */
	if (err)
		string(&w, "error", "no memory");
	number(&w, "exit", err ? LUO_EXIT_ERROR : code);
	close_item(&w, '}');
	putchar('\n');
	return err ? LUO_EXIT_ERROR : code;
}
