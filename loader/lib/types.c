// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "core/hardware.h"
#include "lib/types_int.h"

/* No record of any family is larger; tables grow by elements. */
#define LUO_TYPE_MAX	65536
/* Damaged BTF may hold structures that hold themselves, or empty ones by the million. */
#define DEPTH_MAX	8
#define MEMBERS_MAX	4096
/* Typedefs and qualifiers of one type. */
#define NAMES_MAX	64

/* All tags of ours, in the order of type, component and text. */
struct tag {
	__u32 id;
	int component;		/* member, or -1 for the type itself */
	const char *text;	/* behind "luo:" */
};

/* What was made of one structure. */
struct made {
	struct luob_type type;
	struct luo_types *owner;
	__u32 id;
	bool busy;
	struct made *next;
};

struct luo_types {
	struct btf *btf;
	const char *origin;
	struct tag *tags;
	size_t nr_tags;
	struct made *made;
};

/* The state of making one structure. */
struct maker {
	struct luo_types *types;
	struct luob_type *t;
	size_t cap_handles;
	size_t cap_fdt;
	__u64 fp;
	__u64 layout;		/* the same without meanings */
	unsigned int depth;
	unsigned int nr_members;
	char *msg;
	size_t msg_size;
};

__attribute__((format(printf, 2, 3)))
static int complain(struct maker *m, const char *fmt, ...)
{
	va_list ap;
	int n;

	n = snprintf(m->msg, m->msg_size, "struct %s in %s: ", m->t->name, m->types->origin);
	va_start(ap, fmt);
	if (n >= 0 && (size_t)n < m->msg_size)
		vsnprintf(m->msg + n, m->msg_size - n, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static void mix_string(struct maker *m, const char *s)
{
	m->fp = luob_fp_string(m->fp, s);
	m->layout = luob_fp_string(m->layout, s);
}

static void mix_number(struct maker *m, __u64 v)
{
	m->fp = luob_fp_number(m->fp, v);
	m->layout = luob_fp_number(m->layout, v);
}

static int by_place(const void *a, const void *b)
{
	const struct tag *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	if (x->component != y->component)
		return x->component < y->component ? -1 : 1;
	return strcmp(x->text, y->text);
}

/* libbpf follows these as far as they lead, and damaged BTF may lead in a circle. */
static bool names_end(const struct btf *btf)
{
	__u32 i, left, nr = btf__type_cnt(btf);
	const struct btf_type *t;

	for (i = 1; i < nr; i++) {
		t = btf__type_by_id(btf, i);
		left = NAMES_MAX;
		while (btf_is_typedef(t) || btf_is_mod(t) || btf_is_type_tag(t)) {
			t = btf__type_by_id(btf, t->type);
			if (!t || !left--)
				return false;
		}
	}
	return true;
}

/* clang orders tags as it likes: sorted, they give one fingerprint. */
static int index_tags(struct luo_types *types)
{
	__u32 i, nr = btf__type_cnt(types->btf);
	const struct btf_type *t;
	const char *text;
	size_t cap = 0;
	void *p;

	for (i = 1; i < nr; i++) {
		t = btf__type_by_id(types->btf, i);
		text = btf_is_decl_tag(t) ? btf__name_by_offset(types->btf, t->name_off) : NULL;
		if (!text || strncmp(text, "luo:", 4))
			continue;
		p = luob_grow(types->tags, types->nr_tags, &cap, sizeof(*types->tags));
		if (!p)
			return -ENOMEM;
		types->tags = p;
		types->tags[types->nr_tags].id = t->type;
		types->tags[types->nr_tags].component = btf_decl_tag(t)->component_idx;
		types->tags[types->nr_tags++].text = text + 4;
	}
	if (types->nr_tags)
		qsort(types->tags, types->nr_tags, sizeof(*types->tags), by_place);
	return 0;
}

/**
 * luo_types__new - prepare to read layouts from BTF
 * @types: result
 * @btf: owned by the result, also after a failure
 * @origin: where it is from, for messages; must outlive the result
 *
 * Return: 0, -EINVAL for BTF that leads in a circle, -ENOMEM.
 */
int luo_types__new(struct luo_types **types, struct btf *btf, const char *origin)
{
	struct luo_types *n;

	if (!names_end(btf)) {
		btf__free(btf);
		return -EINVAL;
	}
	n = calloc(1, sizeof(*n));
	if (!n) {
		btf__free(btf);
		return -ENOMEM;
	}
	n->btf = btf;
	n->origin = origin;
	if (index_tags(n)) {
		luo_types__free(n);
		return -ENOMEM;
	}
	*types = n;
	return 0;
}

void luo_types__free(struct luo_types *types)
{
	struct made *m;

	if (!types)
		return;
	while ((m = types->made)) {
		types->made = m->next;
		free(m->type.handles);
		free(m->type.fdt);
		free(m);
	}
	free(types->tags);
	btf__free(types->btf);
	free(types);
}

const struct btf *luo_types__btf(const struct luo_types *types)
{
	return types->btf;
}

/**
 * luo_types__tag - the tags of a type, member or variable, one after the other
 * @types: where
 * @id: BTF id
 * @component: member number, or -1 for the type itself
 * @word: first word of the tag
 * @prev: NULL, or what the last call returned
 *
 * Return: the text behind the word and its blank, or NULL.
 */
const char *luo_types__tag(const struct luo_types *types, __u32 id, int component,
			   const char *word, const char *prev)
{
	size_t n = strlen(word), i;
	bool on = !prev;

	for (i = 0; i < types->nr_tags; i++) {
		const struct tag *tag = &types->tags[i];

		if (tag->id != id || tag->component != component || strncmp(tag->text, word, n) ||
		    (tag->text[n] && tag->text[n] != ' '))
			continue;
		if (on)
			return tag->text + n + (tag->text[n] == ' ');
		on = tag->text + n + (tag->text[n] == ' ') == prev;
	}
	return NULL;
}

/* Are there any? A kernel's own BTF has none. */
bool luo_types__has_tags(const struct luo_types *types)
{
	return types->nr_tags;
}

/* Value of key= in "a=b c=d"; false when it is not there or does not fit. */
static bool tag_value(const char *text, const char *key, char *value, size_t size)
{
	size_t n = strlen(key), len;

	for (; *text; text += strcspn(text, " "), text += strspn(text, " ")) {
		if (strncmp(text, key, n) || text[n] != '=')
			continue;
		len = strcspn(text + n + 1, " ");
		if (!len || len >= size)
			return false;
		memcpy(value, text + n + 1, len);
		value[len] = 0;
		return true;
	}
	return false;
}

static int sibling(struct maker *m, const struct btf_type *s, const char *text, const char *key,
		   __u32 base, __u32 *off, __u32 *size)
{
	char name[64];

	if (!tag_value(text, key, name, sizeof(name)) || name[0] != '.')
		return complain(m, "tag '%s' lacks %s=.FIELD", text, key);
	if (types__member(m->types->btf, s, name + 1, off, size))
		return complain(m, "tag '%s': no field '%s'", text, name + 1);
	*off += base;
	mix_string(m, name + 1);
	return 0;
}

static bool count_size_ok(__u32 size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

static int read_count_tag(struct maker *m, const struct btf_type *s, const char *text, __u32 base,
			  struct luob_handle *h)
{
	const struct btf *btf = m->types->btf;
	char name[64], head[128];
	__s32 id;

	if (!tag_value(text, "count", name, sizeof(name)))
		return 0;
	if (name[0] == '.') {
		h->count_at = LUOB_COUNT_BESIDE;
		if (sibling(m, s, text, "count", base, &h->count_off, &h->count_size))
			return -EINVAL;
	} else {
		h->count_at = LUOB_COUNT_HEAD;
		mix_string(m, name);
		id = tag_value(text, "head", head, sizeof(head)) ?
		     btf__find_by_name_kind(btf, head, BTF_KIND_STRUCT) : -ENOENT;
		if (id < 0 || types__member(btf, btf__type_by_id(btf, id), name, &h->count_off,
					  &h->count_size))
			return complain(m, "tag '%s': no field '%s' in the head", text, name);
	}
	return count_size_ok(h->count_size) ? 0 :
	       complain(m, "tag '%s': '%s' is no number", text, name);
}

static int read_target(struct maker *m, const char *text, const char *key,
		       const struct luob_type **t)
{
	char name[128];

	*t = NULL;
	if (!tag_value(text, key, name, sizeof(name)))
		return 0;
	*t = luo_types__get(m->types, name, m->msg, m->msg_size);
	if (!*t)
		return -EINVAL;
	m->fp = luob_fp_number(m->fp, (*t)->fingerprint);
	m->layout = luob_fp_number(m->layout, (*t)->layout);
	return 0;
}

static int handle_kind(const char *text, struct luob_handle *h)
{
	static const struct {
		const char *word;
		__u8 kind;
		__u8 size;
	} kinds[] = {
		{ "contig", LUOB_H_CONTIG, 8 }, { "blocks", LUOB_H_BLOCKS, 8 },
		{ "vmalloc", LUOB_H_VMALLOC, 16 }, { "folio", LUOB_H_FOLIO, 8 },
		{ "range", LUOB_H_RANGE, 8 }, { "child", LUOB_H_CHILD, 8 },
	};
	size_t i, n = strcspn(text, " ");

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strlen(kinds[i].word) != n || strncmp(kinds[i].word, text, n))
			continue;
		h->kind = kinds[i].kind;
		h->size = kinds[i].size;
		return 0;
	}
	return -ENOENT;
}

/* The device that a child is about: core/hardware.h knows its layout. */
static int read_hw(struct maker *m, const struct btf_type *s, const char *text, __u32 base,
		   struct luob_handle *h)
{
	char name[64];

	if (!tag_value(text, "hw", name, sizeof(name)))
		return 0;
	if (sibling(m, s, text, "hw", base, &h->hw_off, &h->hw_size))
		return -EINVAL;
	return h->hw_size == sizeof(struct luob_hw) ? 0 :
	       complain(m, "tag 'handle %s': '%s' is no struct luo_bpf_hw", text, name);
}

static int read_handle(struct maker *m, const struct btf_type *s, const char *text, __u32 base,
		       struct luob_handle *h)
{
	char one[4], name[64];
	__u32 size = 0;
	int err = 0;

	if (handle_kind(text, h))
		return complain(m, "tag 'handle %s': unknown kind", text);
	mix_number(m, h->kind);
	if (tag_value(text, "pages", one, sizeof(one)))
		h->one_page = 1;
	mix_number(m, h->one_page);
	if (h->kind == LUOB_H_CHILD) {
		if (!tag_value(text, "space", h->space, sizeof(h->space)))
			return complain(m, "tag 'handle %s' lacks space=", text);
		err = sibling(m, s, text, "string", base, &h->string_off, &h->string_size);
		if (!err)
			err = sibling(m, s, text, "key", base, &h->key_off, &size);
		if (!err && size != 8)
			err = complain(m, "tag 'handle %s': the key is no u64", text);
		if (!err && tag_value(text, "size", name, sizeof(name)))
			err = sibling(m, s, text, "size", base, &h->count_off, &h->count_size);
		if (!err && h->count_size && h->count_size != 4 && h->count_size != 8)
			err = complain(m, "tag 'handle %s': size is no u32 or u64", text);
		if (!err)
			err = read_hw(m, s, text, base, h);
		mix_string(m, h->space);
		return err;
	}
	if (h->kind == LUOB_H_RANGE) {
		err = sibling(m, s, text, "size", base, &h->string_off, &size);
		return !err && size != 8 ? complain(m, "tag 'handle %s': size is no u64",
						    text) : err;
	}
	err = read_target(m, text, "head", &h->head);
	if (!err)
		err = read_target(m, text, "elem", &h->elem);
	if (!err)
		err = read_count_tag(m, s, text, base, h);
	if (!err && h->kind != LUOB_H_FOLIO && !h->elem && !h->head)
		err = complain(m, "tag 'handle %s' leads to no structure", text);
	if (!err && h->kind != LUOB_H_CONTIG && h->kind != LUOB_H_FOLIO && !h->elem)
		err = complain(m, "tag 'handle %s' lacks elem=", text);
	return err;
}

static int add_handle(struct maker *m, const struct btf_type *s, int member, const char *text,
		      __u32 base, __u32 bit_off, __u32 bit_size)
{
	struct luob_handle *list, *h;
	size_t nr = m->t->nr_handles;

	list = luob_grow(m->t->handles, nr, &m->cap_handles, sizeof(*list));
	if (!list)
		return -ENOMEM;
	m->t->handles = list;
	h = &list[nr];
	memset(h, 0, sizeof(*h));
	h->off = bit_off / 8;
	if (read_handle(m, s, text, base, h))
		return -EINVAL;
	if (btf_member_bitfield_size(s, member))
		h->bits = bit_size;
	if (bit_off % 8 || (h->bits ? h->kind != LUOB_H_FOLIO || h->bits > 52 :
			    bit_size != h->size * 8U))
		return complain(m, "a handle of kind '%s' has %u bits", text, bit_size);
	if (h->kind == LUOB_H_FOLIO && !h->bits)
		return complain(m, "a folio's handle has to be a bit-field of page frame bits");
	m->t->nr_handles++;
	return 0;
}

static int add_fdt(struct maker *m, const char *tag, bool string, __u32 off, __u32 size)
{
	struct luob_fdt_field *list, *f;

	list = luob_grow(m->t->fdt, m->t->nr_fdt, &m->cap_fdt, sizeof(*list));
	if (!list)
		return -ENOMEM;
	m->t->fdt = list;
	f = &list[m->t->nr_fdt];
	memset(f, 0, sizeof(*f));
	f->off = off;
	f->size = size;
	if (!tag_value(tag, "path", f->path, sizeof(f->path)) || f->path[0] != '/' ||
	    !strchr(f->path, ':') ||
	    (string && !tag_value(tag, "text", f->text, sizeof(f->text))))
		return complain(m, "tag 'fdt %s' is no path", tag);
	mix_string(m, f->path);
	mix_string(m, f->text);
	m->t->nr_fdt++;
	return 0;
}

static bool is_number(const struct btf *btf, __u32 id)
{
	return btf_is_int(btf__type_by_id(btf, types__skip_names(btf, id)));
}

/* The words that say something about one member. */
static int read_member_tags(struct maker *m, __u32 id, const struct btf_type *s, int i,
			    __u32 base, __u32 bit_off, __u32 bit_size)
{
	const char *text = luo_types__tag(m->types, id, i, "handle", NULL);
	struct luob_type *t = m->t;
	int err = 0;

	if (text)
		err = add_handle(m, s, i, text, base, bit_off, bit_size);
	text = luo_types__tag(m->types, id, i, "fdt", NULL);
	if (!err && text)
		err = add_fdt(m, text, false, bit_off / 8, bit_size / 8);
	if (luo_types__tag(m->types, id, i, "unique", NULL)) {
		if (!t->unique_size || t->unique_off + t->unique_size != bit_off / 8) {
			t->unique_off = bit_off / 8;
			t->unique_size = 0;
		}
		t->unique_size += bit_size / 8;
	}
	if (luo_types__tag(m->types, id, i, "version-field", NULL)) {
		t->version_off = bit_off / 8;
		t->version_size = bit_size / 8;
		/* Of a number, the lower half has to do. */
		if (is_number(m->types->btf, btf_members(s)[i].type))
			t->version_size = 4;
	}
	text = luo_types__tag(m->types, id, i, "flags", NULL);
	if (text)
		mix_string(m, "flags");
	if (luo_types__tag(m->types, id, i, "reserved", NULL))
		mix_string(m, "reserved");
	if (luo_types__tag(m->types, id, i, "string", NULL))
		mix_string(m, "string");
	return err;
}

/* What it means tells formats apart whose bytes look the same. */
static void mix_meaning(struct maker *m, __u32 id, int component)
{
	const char *text = NULL;

	while ((text = luo_types__tag(m->types, id, component, "meaning", text)))
		m->fp = luob_fp_string(luob_fp_string(m->fp, "meaning"), text);
}

static bool is_signed(const struct btf_type *t)
{
	return t && btf_is_int(t) && btf_int_encoding(t) & BTF_INT_SIGNED;
}

static int read_member(struct maker *m, __u32 id, int i, __u32 base);

static int read_members(struct maker *m, __u32 id, __u32 base)
{
	const struct btf_type *s = btf__type_by_id(m->types->btf, id);
	int i, err = 0;

	if (m->depth == DEPTH_MAX)
		return complain(m, "structures are nested more than %d deep", DEPTH_MAX);
	m->depth++;
	mix_meaning(m, id, -1);
	for (i = 0; i < btf_vlen(s) && !err; i++) {
		if (m->nr_members++ == MEMBERS_MAX)
			err = complain(m, "it has too many members");
		else
			err = read_member(m, id, i, base);
	}
	m->depth--;
	return err;
}

static int read_member(struct maker *m, __u32 id, int i, __u32 base)
{
	const struct btf *btf = m->types->btf;
	const struct btf_type *s = btf__type_by_id(btf, id), *t;
	const struct btf_member *member = &btf_members(s)[i];
	const char *name = btf__name_by_offset(btf, member->name_off), *word;
	__u32 inner = types__skip_names(btf, member->type), bit_off, bit_size;
	__s64 size = btf__resolve_size(btf, member->type);
	__u32 nr;
	int err;

	t = btf__type_by_id(btf, inner);
	if (!t || size < 0 || size > LUO_TYPE_MAX)
		return complain(m, "member '%s' has no usable size", name);
	if (btf_is_ptr(t))
		return complain(m, "member '%s' is a pointer", name);
	bit_off = base * 8 + btf_member_bit_offset(s, i);
	bit_size = btf_member_bitfield_size(s, i);
	if (!bit_size)
		bit_size = size * 8;
	if (bit_size > s->size * 8ULL || btf_member_bit_offset(s, i) > s->size * 8ULL - bit_size)
		return complain(m, "member '%s' lies outside", name);
	word = btf_is_composite(t) ? "" : types__name(btf, member->type);
	m->fp = luob_fp_field(m->fp, bit_off, bit_size, is_signed(t), name, word);
	m->layout = luob_fp_field(m->layout, bit_off, bit_size, is_signed(t), name, word);
	mix_meaning(m, id, i);
	if (btf_is_union(s) && luo_types__tag(m->types, id, i, "handle", NULL))
		return complain(m, "'%s' is a handle in a union", name);
	err = read_member_tags(m, id, s, i, base, bit_off, bit_size);
	if (!err && btf_is_composite(t) && bit_off % 8)
		return complain(m, "member '%s' begins inside of a byte", name);
	if (!err && btf_is_composite(t) && !luo_types__tag(m->types, id, i, "handle", NULL)) {
		nr = m->t->nr_handles;
		err = read_members(m, inner, bit_off / 8);
		if (!err && btf_is_union(t) && nr != m->t->nr_handles)
			err = complain(m, "there is a handle in the union '%s'", name);
	}
	return err;
}

/* The words that say something about the whole structure. */
static int read_type_tags(struct maker *m, __u32 id)
{
	const struct btf_type *s = btf__type_by_id(m->types->btf, id);
	const char *text = NULL;
	int err = 0;

	while (!err && (text = luo_types__tag(m->types, id, -1, "fdt-string", text)))
		err = add_fdt(m, text, true, 0, 0);
	text = luo_types__tag(m->types, id, -1, "fdt-nodes", NULL);
	if (err || !text)
		text = luo_types__tag(m->types, id, -1, "followed-by", NULL);
	if (err || !text)
		return err;
	err = read_target(m, text, "elem", &m->t->nodes);
	if (!err)
		err = sibling(m, s, text, "count", 0, &m->t->nodes_off, &m->t->nodes_size);
	if (!err && (!m->t->nodes || !count_size_ok(m->t->nodes_size) ||
		     (m->t->nr_fdt && m->t->nodes_size != 8)))
		err = complain(m, "tag '%s' lacks elem= or a count", text);
	return err;
}

static int by_offset(const void *a, const void *b)
{
	const struct luob_handle *x = a, *y = b;

	return x->off < y->off ? -1 : x->off > y->off;
}

static const struct luob_type *make(struct luo_types *types, __u32 id, char *msg, size_t msg_size)
{
	const struct btf_type *s = btf__type_by_id(types->btf, id);
	struct made *made = calloc(1, sizeof(*made));
	struct maker m = { .types = types, .fp = LUOB_FP_INIT, .layout = LUOB_FP_INIT,
			   .msg = msg, .msg_size = msg_size };

	if (!made) {
		snprintf(msg, msg_size, "no memory");
		return NULL;
	}
	m.t = &made->type;
	m.t->name = btf__name_by_offset(types->btf, s->name_off);
	m.t->size = s->size;
	m.t->priv = made;
	made->owner = types;
	made->id = id;
	made->busy = true;
	made->next = types->made;
	types->made = made;
	mix_number(&m, s->size);
	if (!s->size || s->size > LUO_TYPE_MAX) {
		complain(&m, "%u bytes are not supported", s->size);
		return NULL;
	}
	if (read_members(&m, id, 0) || read_type_tags(&m, id))
		return NULL;
	if (m.t->nr_handles)
		qsort(m.t->handles, m.t->nr_handles, sizeof(*m.t->handles), by_offset);
	made->type.fingerprint = m.fp;
	made->type.layout = m.layout;
	made->busy = false;
	return &made->type;
}

/**
 * luo_types__get_id - the layout of a structure
 * @types: where
 * @id: BTF id; typedefs and qualifiers are followed
 * @msg: one line when there is none
 * @msg_size: bytes of @msg
 *
 * Return: the layout, valid as long as @types, or NULL.
 */
const struct luob_type *luo_types__get_id(struct luo_types *types, __u32 id, char *msg,
					  size_t msg_size)
{
	const struct btf_type *s;
	struct made *m;

	id = types__skip_names(types->btf, id);
	s = btf__type_by_id(types->btf, id);
	for (m = types->made; m; m = m->next) {
		if (m->id != id)
			continue;
		if (!m->busy)
			return &m->type;
		snprintf(msg, msg_size, "struct %s in %s is damaged or leads back to itself",
			 m->type.name, types->origin);
		return NULL;
	}
	if (!s || !btf_is_struct(s)) {
		snprintf(msg, msg_size, "BTF id %u of %s is no structure", id, types->origin);
		return NULL;
	}
	return make(types, id, msg, msg_size);
}

/* As luo_types__get_id(), by name. */
const struct luob_type *luo_types__get(struct luo_types *types, const char *name, char *msg,
				       size_t msg_size)
{
	__s32 id = btf__find_by_name_kind(types->btf, name, BTF_KIND_STRUCT);

	if (id < 0) {
		snprintf(msg, msg_size, "%s has no struct %s", types->origin, name);
		return NULL;
	}
	return luo_types__get_id(types, id, msg, msg_size);
}

__u32 luo_type__id(const struct luob_type *t)
{
	return ((const struct made *)t->priv)->id;
}

struct luo_types *luo_type__types(const struct luob_type *t)
{
	return ((const struct made *)t->priv)->owner;
}

/* The value of @key in a tag "a=b c=d"; false when it is not there or does not fit. */
bool luo_tag__value(const char *text, const char *key, char *value, size_t size)
{
	return tag_value(text, key, value, size);
}
