// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "abi/kho.h"
#include "core/driver_format.h"
#include "lib/abi.h"

static const char *const marks[LUO_NR_MARKS] = {
	[LUO_CATALOGUE] = "catalogue",
	[LUO_DECLARED] = "declared",
	[LUO_INFERRED] = "inferred",
};

const char *luo_mark__name(enum luo_mark mark)
{
	return marks[mark];
}

struct luo_abi *luo_abi__new(const char *source)
{
	struct luo_abi *abi = calloc(1, sizeof(*abi));

	if (!abi)
		return NULL;
	snprintf(abi->source, sizeof(abi->source), "%s", source);
	abi->config = luo_kconfig_unknown;
	return abi;
}

void luo_abi__free(struct luo_abi *abi)
{
	if (!abi)
		return;
	btf__free(abi->btf);
	free(abi->words);
	free(abi->facts);
	free(abi->devices);
	free(abi);
}

/* Return: a zeroed format, or NULL. */
struct luo_fact *luo_abi__add(struct luo_abi *abi)
{
	struct luo_fact *f = luob_grow(abi->facts, abi->nr, &abi->cap, sizeof(*f));

	if (!f)
		return NULL;
	abi->facts = f;
	f += abi->nr++;
	memset(f, 0, sizeof(*f));
	return f;
}

struct luo_fact *luo_abi__add_row(struct luo_abi *abi, const struct luo_row *row,
				  enum luo_mark mark)
{
	struct luo_fact *f = luo_abi__add(abi);

	if (!f)
		return NULL;
	snprintf(f->family, sizeof(f->family), "%s", row->family);
	snprintf(f->string, sizeof(f->string), "%s", row->string);
	snprintf(f->space, sizeof(f->space), "%s", row->space);
	snprintf(f->subtree, sizeof(f->subtree), "%s", row->subtree);
	snprintf(f->type, sizeof(f->type), "%s", row->type ? row->type : "");
	f->value = row->value;
	f->mark = mark;
	return f;
}

/* What a driver says of a blob. Return: declared, or NULL. */
struct luo_fact *luo_abi__add_driver(struct luo_abi *abi, const struct luo_bpf_driver_format *b)
{
	struct luo_fact *f = luo_abi__add(abi);

	if (!f)
		return NULL;
	snprintf(f->family, sizeof(f->family), "%s", b->family);
	snprintf(f->string, sizeof(f->string), "%s", b->version);
	snprintf(f->space, sizeof(f->space), "driver");
	snprintf(f->type, sizeof(f->type), "%s", b->layout);
	f->mark = LUO_DECLARED;
	return f;
}

struct luo_fact *luo_abi__find(const struct luo_abi *abi, const char *space, const char *string)
{
	size_t i;

	for (i = 0; i < abi->nr; i++)
		if (!strcmp(abi->facts[i].space, space) && !strcmp(abi->facts[i].string, string))
			return &abi->facts[i];
	return NULL;
}

bool luo_abi__has_word(const struct luo_abi *abi, const char *word)
{
	size_t i;

	for (i = 0; i < abi->nr_words; i++)
		if (!strcmp(abi->words[i], word))
			return true;
	return false;
}

/* Once each. Return: 0, -ENOMEM. */
int luo_abi__add_word(struct luo_abi *abi, const char *word)
{
	void *p;

	if (luo_abi__has_word(abi, word))
		return 0;
	p = luob_grow(abi->words, abi->nr_words, &abi->cap_words, sizeof(*abi->words));
	if (!p)
		return -ENOMEM;
	abi->words = p;
	snprintf(abi->words[abi->nr_words++], sizeof(*abi->words), "%s", word);
	return 0;
}

/**
 * luo_abi__release - what the catalogue says of a release
 * @abi: result
 * @release: "7.1", "7.1.13-amd64"
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * Return: 0, -ENOENT for a release that is not in it, -ENOMEM.
 */
int luo_abi__release(struct luo_abi **abi, const char *release, char *msg, size_t msg_size)
{
	const struct luo_release *r = luo_catalogue__release(release);
	const struct luo_row *row = NULL;
	struct luo_abi *n;

	if (!r) {
		snprintf(msg, msg_size, "neither a file nor a release of the catalogue "
					"(6.19, 7.1, 7.2, 7.3)");
		return -ENOENT;
	}
	n = luo_abi__new("catalogue");
	if (!n)
		return -ENOMEM;
	snprintf(n->release, sizeof(n->release), "%s", r->release);
	while ((row = luo_catalogue__next(row))) {
		if (row->releases & r->bit && !luo_abi__add_row(n, row, LUO_CATALOGUE)) {
			luo_abi__free(n);
			return -ENOMEM;
		}
	}
	*abi = n;
	return 0;
}

/* ---- a profile of it ------------------------------------------------------------------ */

/* What may be there and is not used is said once, by name. */
static void note_unused(struct luo_profile *p, const struct luo_fact *f)
{
	size_t n = strlen(p->note);

	snprintf(p->note + n, sizeof(p->note) - n, "%s%s", n ? ", " : "", f->string);
}

static bool usable(const struct luo_fact *f)
{
	return *f->family && *f->space && !f->absent && f->mark != LUO_INFERRED;
}

/*
 * A driver's blob is of use only together with an object that knows its layout. Without one
 * there is nothing wrong with the kernel: whoever has such a blob hears that it is not known.
 */
static bool is_foreign(const struct luo_fact *f, const struct luo_type_set *set)
{
	char msg[200];
	size_t i;

	for (i = 0; !strcmp(f->space, "driver") && i < set->nr; i++)
		if (luo_types__get(set->types[i], f->type, msg, sizeof(msg)))
			return false;
	return !strcmp(f->space, "driver");
}

static int own_types(struct luo_profile *p, const struct luo_abi *abi)
{
	const void *data;
	struct btf *btf;
	__u32 size;

	data = abi->btf ? btf__raw_data(abi->btf, &size) : NULL;
	if (!data)
		return 0;
	btf = btf__new(data, size);
	return btf ? luo_types__new(&p->own, btf, "the profile") : -ENOMEM;
}

static int fill(struct luo_profile *p, const struct luo_abi *abi, const struct luo_type_set *set,
		char *msg, size_t msg_size)
{
	size_t i;
	int err;

	err = own_types(p, abi);
	if (err == -EINVAL)
		snprintf(msg, msg_size, "BTF is damaged: a type leads back to itself");
	for (i = 0; i < abi->nr && !err; i++) {
		const struct luo_fact *f = &abi->facts[i];
		struct luo_row row = {
			.family = f->family, .string = f->string, .space = f->space,
			.subtree = f->subtree, .type = *f->type ? f->type : NULL,
			.value = f->value,
		};

		if (usable(f) && !is_foreign(f, set))
			err = luo_profile__add(p, &row, set, msg, msg_size);
		else if (!f->absent)
			note_unused(p, f);
	}
	return err ? err : luo_profile__finish(p, msg, msg_size);
}

static int copy_devices(struct luo_profile *p, const struct luo_abi *abi)
{
	if (!abi->nr_devices)
		return 0;
	p->devices = calloc(abi->nr_devices, sizeof(*p->devices));
	if (!p->devices)
		return -ENOMEM;
	memcpy(p->devices, abi->devices, abi->nr_devices * sizeof(*p->devices));
	p->nr_devices = abi->nr_devices;
	return 0;
}

/**
 * luo_profile__of_abi - what is certain about a kernel, for the engine
 * @p: result
 * @abi: the kernel
 * @set: where structures are looked up first
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * Return: 0, -EINVAL when it leads nowhere, -ENOMEM.
 */
int luo_profile__of_abi(struct luo_profile **p, const struct luo_abi *abi,
			const struct luo_type_set *set, char *msg, size_t msg_size)
{
	const struct luo_release *r = luo_catalogue__release(abi->release);
	struct luo_profile *n = calloc(1, sizeof(*n));
	int err;

	if (!n)
		return -ENOMEM;
	r = r ? r : abi->base;
	snprintf(n->core.release, sizeof(n->core.release), "%.31s", abi->release);
	n->max_order = r ? r->max_order : KHO_MAX_PAGE_ORDER;
	n->deferred = r && r->deferred;
	n->external = true;
	n->config = abi->config;
	err = copy_devices(n, abi);
	if (!err)
		err = fill(n, abi, set, msg, msg_size);
	if (err) {
		if (n->note[0]) {
			size_t len = strlen(msg);

			snprintf(msg + len, msg_size - len, "; not certain, and not used: %s",
				 n->note);
		}
		luo_profile__free(n);
		return err;
	}
	*p = n;
	return 0;
}
