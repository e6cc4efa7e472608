// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Is a kernel's format the one of the catalogue? A version string and a release number say
 * so; the kernel's own BTF, and the names that it uses in FDTs, have to agree.
 */
#include "lib/abi.h"
#include "lib/btf_copy.h"
#include "lib/layout.h"

struct judge {
	const struct luo_abi *abi;
	struct luo_types *catalogue;
	const struct luob_type *done[64];
	size_t nr_done;
	unsigned int checked;
	char *why;
	size_t size;
};

__attribute__((format(printf, 2, 3)))
static bool differs(struct judge *j, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(j->why, j->size, fmt, ap);
	va_end(ap);
	return false;
}

static bool base_name(char *to, size_t size, const char *name)
{
	int n = luo_layout__base(name);

	return snprintf(to, size, "%.*s", n, name) < (int)size;
}

/* @t lies in the kernel as in the catalogue. */
static bool same_layout(struct judge *j, const struct luob_type *t)
{
	const struct btf *own = luo_types__btf(luo_type__types(t));
	struct luo_layout a, b;
	char name[128], text[160];
	__s32 id = -ENOENT;
	bool same;

	if (base_name(name, sizeof(name), t->name) && j->abi->btf)
		id = luo_layout__find(j->abi->btf, name);
	if (id < 0)
		return differs(j, "the kernel's BTF has no struct %s", name);
	if (luo_layout__read(&a, j->abi->btf, id, NULL, text, sizeof(text)))
		return differs(j, "%s", text);
	if (luo_layout__read(&b, own, luo_type__id(t), NULL, text, sizeof(text))) {
		luo_layout__free(&a);
		return differs(j, "%s", text);
	}
	same = !luo_layout__same(&a, &b, text, sizeof(text));
	luo_layout__free(&a);
	luo_layout__free(&b);
	j->checked++;
	return same ? true : differs(j, "struct %s: %s", name, text);
}

/* "/node:property": both are words of the kernel. */
static bool has_words(struct judge *j, const struct luob_fdt_field *f)
{
	const char *name = strchr(f->path, ':');

	if (name && !luo_abi__has_word(j->abi, name + 1))
		return differs(j, "'%s' is not in it", name + 1);
	if (*f->text && !luo_abi__has_word(j->abi, f->text))
		return differs(j, "'%s' is not in it", f->text);
	return true;
}

static bool fits(struct judge *j, const struct luob_type *t);

static bool fits_behind(struct judge *j, const struct luob_type *t)
{
	__u32 i;

	for (i = 0; i < t->nr_handles; i++)
		if ((t->handles[i].head && !fits(j, t->handles[i].head)) ||
		    (t->handles[i].elem && !fits(j, t->handles[i].elem)))
			return false;
	return !t->nodes || fits(j, t->nodes);
}

/* A flat view of an FDT is no structure of the kernel: its words are compared. */
static bool fits(struct judge *j, const struct luob_type *t)
{
	size_t i;

	for (i = 0; i < j->nr_done; i++)
		if (j->done[i] == t)
			return true;
	if (j->nr_done < sizeof(j->done) / sizeof(j->done[0]))
		j->done[j->nr_done++] = t;
	for (i = 0; i < t->nr_fdt; i++)
		if (!has_words(j, &t->fdt[i]))
			return false;
	if (!t->nr_fdt && !same_layout(j, t))
		return false;
	return fits_behind(j, t);
}

/* Structures that the KHO root itself stands for. */
static const struct {
	const char *string;
	const char *types[6];
} kho_types[] = {
	{ "kho-v1", { "khoser_mem_chunk___v1", "khoser_mem_bitmap_ptr___v1", "kho_vmalloc___v1",
		      "kho_vmalloc_chunk___v1" } },
	{ "kho-v3", { "kho_radix_node___v3", "kho_radix_leaf___v3", "kho_vmalloc___v1",
		      "kho_vmalloc_chunk___v1" } },
	{ "kho-v4", { "kho_radix_node___v3", "kho_radix_leaf___v3", "kho_vmalloc___v1",
		      "kho_vmalloc_chunk___v1", "kho_block_header_ser___v4" } },
};

static bool fits_kho(struct judge *j, const char *string)
{
	const struct luob_type *t;
	const char *const *name;
	char msg[200];
	size_t i;

	for (i = 0; i < sizeof(kho_types) / sizeof(kho_types[0]); i++) {
		if (strcmp(kho_types[i].string, string))
			continue;
		for (name = kho_types[i].types; *name; name++) {
			t = luo_types__get(j->catalogue, *name, msg, sizeof(msg));
			if (!t)
				return differs(j, "%s", msg);
			if (!same_layout(j, t))
				return false;
		}
		return true;
	}
	return differs(j, "the catalogue has no structures for it");
}

/**
 * luo_abi__fits - are a kernel's structures those of a format of the catalogue?
 * @abi: the kernel
 * @row: the format
 * @catalogue: where its structures are
 * @why: how many were compared, or the first difference
 * @size: bytes of @why
 */
bool luo_abi__fits(const struct luo_abi *abi, const struct luo_row *row,
		   struct luo_types *catalogue, char *why, size_t size)
{
	struct judge j = { .abi = abi, .catalogue = catalogue, .why = why, .size = size };
	const struct luob_type *t;
	bool ok = true;

	*why = 0;
	if (!strcmp(row->space, "kho")) {
		ok = fits_kho(&j, row->string);
	} else if (row->type && !row->value) {
		t = luo_types__get(catalogue, row->type, why, size);
		ok = t && fits(&j, t);
	}
	if (ok && j.checked)
		snprintf(why, size, "%u structure%s as in the catalogue", j.checked,
			 j.checked == 1 ? "" : "s");
	else if (ok && row->type && !row->value)
		snprintf(why, size, "names in the FDT as in the catalogue");
	return ok;
}

static const struct luo_row *row_of(const struct luo_fact *f, int bit)
{
	const struct luo_row *row = NULL;

	while ((row = luo_catalogue__next(row)))
		if (!strcmp(row->space, f->space) && !strcmp(row->string, f->string) &&
		    !strcmp(row->subtree, f->subtree) && row->releases & bit &&
		    !strcmp(row->type ? row->type : "", f->type))
			return row;
	return NULL;
}

/* What hands itself over is no part of the kernel. */
bool luo_fact__is_ours(const struct luo_fact *f)
{
	return !strcmp(f->family, "luo-bpf");
}

/* luo_bpf.ko's report, in the version of this tool. Return: 0, -ENOMEM. */
int luo_abi__add_ours(struct luo_abi *abi)
{
	const struct luo_row *row = NULL;
	struct luo_fact *f;

	while ((row = luo_catalogue__next(row))) {
		if (strcmp(row->family, "luo-bpf") ||
		    luo_abi__find(abi, row->space, row->string))
			continue;
		f = luo_abi__add_row(abi, row, LUO_CATALOGUE);
		if (!f)
			return -ENOMEM;
		snprintf(f->why, sizeof(f->why), "luo_bpf.ko's own, not the kernel's");
	}
	return 0;
}

static void judge(struct luo_abi *abi, struct luo_fact *f, struct luo_types *catalogue,
		  const struct luo_release *r)
{
	const struct luo_row *row = row_of(f, r ? r->bit : ~0);
	char why[sizeof(f->why)], seen[120];

	snprintf(seen, sizeof(seen), "%.119s", f->why);
	if (luo_fact__is_ours(f)) {
		f->mark = LUO_CATALOGUE;
		return;
	}
	if (!row) {
		row = row_of(f, ~0);
		if (f->mark == LUO_DECLARED)
			return;
		f->mark = LUO_INFERRED;
		if (row && r)
			snprintf(f->why, sizeof(f->why), "%s; %s of the catalogue has no %s",
				 seen, r->release, f->string);
		return;
	}
	if (!luo_abi__fits(abi, row, catalogue, why, sizeof(why))) {
		f->mark = LUO_INFERRED;
		snprintf(f->why, sizeof(f->why), "%.80s%s%.110s", seen, *seen ? "; " : "", why);
		return;
	}
	if (f->mark != LUO_DECLARED)
		f->mark = r ? LUO_CATALOGUE : LUO_INFERRED;
	snprintf(f->why, sizeof(f->why), "%.80s%s%.80s%s", seen, *seen && *why ? "; " : "", why,
		 r ? "" : ", but no release of it");
}

/**
 * luo_abi__judge - mark every format
 * @abi: formats that were seen, words, BTF
 * @catalogue: what they are compared with
 *
 * Declared formats stay declared unless the kernel's structures contradict them.
 */
void luo_abi__judge(struct luo_abi *abi, struct luo_types *catalogue)
{
	const struct luo_release *r = luo_catalogue__release(abi->release);
	size_t i;

	for (i = 0; i < abi->nr; i++)
		judge(abi, &abi->facts[i], catalogue, r);
}

/* ---- what has to be looked for -------------------------------------------------------- */

static int words_of(const struct luob_type *t, int (*take)(void *priv, const char *word),
		    void *priv)
{
	const char *name;
	__u32 i;
	int err = 0;

	for (i = 0; i < t->nr_fdt && !err; i++) {
		name = strchr(t->fdt[i].path, ':');
		if (name)
			err = take(priv, name + 1);
		if (!err && *t->fdt[i].text)
			err = take(priv, t->fdt[i].text);
	}
	return !err && t->nodes ? words_of(t->nodes, take, priv) : err;
}

/* Every name in FDTs that formats of the catalogue use. Return: what @take returned. */
int luo_abi__each_word(struct luo_types *catalogue, int (*take)(void *priv, const char *word),
		       void *priv)
{
	const struct luo_row *row = NULL;
	const struct luob_type *t;
	char msg[200];
	int err = 0;

	while (!err && (row = luo_catalogue__next(row))) {
		t = row->type ? luo_types__get(catalogue, row->type, msg, sizeof(msg)) : NULL;
		if (t)
			err = words_of(t, take, priv);
	}
	return err;
}

/* Structures that are handed over, by what the kernel and the catalogue call them. */
static bool wanted(void *priv, const char *name)
{
	const struct btf *catalogue = priv;
	size_t n = strlen(name);
	const char *s;
	__u32 id;

	if (n > 4 && !strcmp(name + n - 4, "_ser"))
		return true;
	for (id = 1; id < btf__type_cnt(catalogue); id++) {
		const struct btf_type *t = btf__type_by_id(catalogue, id);

		if (!btf_is_struct(t))
			continue;
		s = btf__name_by_offset(catalogue, t->name_off);
		if (s && luo_layout__base(s) == (int)n && !strncmp(s, name, n))
			return true;
	}
	return false;
}

/* Keeps what matters of a kernel's BTF. Return: 0, -EINVAL, -ENOMEM. */
int luo_abi__set_btf(struct luo_abi *abi, const struct btf *from, struct luo_types *catalogue)
{
	return btf_copy__structs(&abi->btf, from, wanted, (void *)luo_types__btf(catalogue));
}
