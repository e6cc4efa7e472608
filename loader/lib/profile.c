// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>

#include "abi/driver_records.h"
#include "abi/kho.h"
#include "abi/pci_records.h"
#include "abi/report.h"
#include "lib/kconfig.h"
#include "lib/profile.h"

extern const __u8 luo_catalogue_start[], luo_catalogue_end[];

/*
 * The one table of profiles (read in the sources of 6.19.11, 7.1.13, 7.2.13 and
 * 7.3.4). A release reads what it writes. 7.0 is not here: its source was not
 * obtainable, and nothing is guessed. Fingerprints come from the catalogue.
 */
#define R6_19	1
#define R7_1	2
#define R7_2	4
#define R7_3	8
#define R7_X	(R7_1 | R7_2 | R7_3)

static const struct luo_release releases[] = {
	{ "6.19", R6_19, KHO_MAX_PAGE_ORDER, false },
	{ "7.1", R7_1, KHO_ORDER_MAX_INT, false },
	{ "7.2", R7_2, KHO_RADIX_ORDER0_BIT - KHO_PAGE_SHIFT, true },
	{ "7.3", R7_3, KHO_RADIX_ORDER0_BIT - KHO_PAGE_SHIFT, true },
};

static const struct luo_row rows[] = {
	{ R6_19, "kho", "kho-v1", "kho", "", NULL, false },
	{ R7_1, "kho", "kho-v3", "kho", "", NULL, false },
	{ R7_2 | R7_3, "kho", "kho-v4", "kho", "", NULL, false },
	{ R6_19, "luo", "luo-v1", "subtree", "LUO", "luo_root___v1_6_19", false },
	{ R7_1, "luo", "luo-v1", "subtree", "LUO", "luo_root___v1_7_1", false },
	{ R7_2 | R7_3, "luo", "luo-v5", "subtree", "LUO", "luo_ser___v5", false },
	{ R6_19, "memfd", "memfd-v1", "file", "", "memfd_luo_ser___v1", false },
	{ R7_X, "memfd", "memfd-v2", "file", "", "memfd_luo_ser___v2", false },
	{ R6_19 | R7_X, "memblock", "memblock-v1", "subtree", "memblock",
	  "memblock_ser___v1", false },
	{ R7_X, "kexec-metadata", "1", "subtree", "kexec-metadata",
	  "kho_kexec_metadata___v1", false },
	/* Not the kernel's: luo_bpf.ko hands it over, whoever has luo-load reads it. */
	{ R6_19 | R7_X, "luo-bpf", LUO_BPF_REPORT, "subtree", LUO_BPF_SUBTREE,
	  "luo_bpf_report___v3", false },
	{ R6_19 | R7_X, "luo-bpf", LUO_BPF_PCI, "subtree", LUO_BPF_PCI_SUBTREE,
	  "luo_bpf_pci___v2", false },
	{ R6_19 | R7_X, "luo-bpf", LUO_BPF_PCI_1, "subtree", LUO_BPF_PCI_SUBTREE,
	  "luo_bpf_pci___v1", false },
	{ R6_19 | R7_X, "luo-bpf", LUO_BPF_DRIVERS, "subtree", LUO_BPF_DRIVERS_SUBTREE,
	  "luo_bpf_drivers___v1", false },
	/* CONFIG_LIVEUPDATE_TEST; an FLB that nobody asks for is skipped silently. */
	{ R7_X, "test-flb", "liveupdate-test-flb-v0", "flb", "", "liveupdate_test_flb___v1", true },
	{ R7_X, "test-flb", "liveupdate-test-flb-v1", "flb", "", "liveupdate_test_flb___v1", true },
	{ R7_X, "test-flb", "liveupdate-test-flb-v2", "flb", "", "liveupdate_test_flb___v1", true },
};

#define NR(a)	(sizeof(a) / sizeof((a)[0]))

/**
 * luo_catalogue__open - the BTF of all structures in kernel/abi/
 * @types: result
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * Return: 0, -EINVAL, -ENOMEM.
 */
int luo_catalogue__open(struct luo_types **types, char *msg, size_t msg_size)
{
	struct btf *btf = btf__new(luo_catalogue_start, luo_catalogue_end - luo_catalogue_start);

	if (!btf) {
		snprintf(msg, msg_size, "the built-in catalogue is damaged (%s)", strerror(errno));
		return -EINVAL;
	}
	return luo_types__new(types, btf, "the catalogue");
}

void luo_profile__free(struct luo_profile *p)
{
	if (!p)
		return;
	luo_types__free(p->own);
	free(p->devices);
	free(p->core.formats);
	free(p);
}

/**
 * luo_profile__add - one more format
 * @p: profile
 * @row: what to add; @row->releases is ignored
 * @set: where its structure is, or else in @p->own
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * Return: 0, -EINVAL, -ENOMEM.
 */
int luo_profile__add(struct luo_profile *p, const struct luo_row *row,
		     const struct luo_type_set *set, char *msg, size_t msg_size)
{
	struct luob_format *f;
	size_t i;

	f = luob_grow(p->core.formats, p->core.nr, &p->cap, sizeof(*f));
	if (!f)
		return -ENOMEM;
	p->core.formats = f;
	f += p->core.nr;
	memset(f, 0, sizeof(*f));
	if (snprintf(f->family, sizeof(f->family), "%s", row->family) >= (int)sizeof(f->family) ||
	    snprintf(f->string, sizeof(f->string), "%s", row->string) >= (int)sizeof(f->string) ||
	    snprintf(f->space, sizeof(f->space), "%s", row->space) >= (int)sizeof(f->space) ||
	    snprintf(f->subtree, sizeof(f->subtree), "%s",
		     row->subtree) >= (int)sizeof(f->subtree)) {
		snprintf(msg, msg_size, "format '%s': a word is too long", row->string);
		return -EINVAL;
	}
	f->reads = f->writes = true;
	/* A former version of ours is written only. */
	if (!strcmp(f->string, LUO_BPF_PCI_1))
		f->reads = false;
	f->value = row->value;
	for (i = 0; row->type && !f->type && i < set->nr; i++)
		f->type = luo_types__get(set->types[i], row->type, msg, msg_size);
	if (row->type && !f->type && p->own)
		f->type = luo_types__get(p->own, row->type, msg, msg_size);
	if (row->type && !f->type)
		return -EINVAL;
	p->core.nr++;
	return 0;
}

/* The string of the KHO root; a profile without one leads nowhere. */
int luo_profile__finish(struct luo_profile *p, char *msg, size_t msg_size)
{
	size_t i;

	for (i = 0; i < p->core.nr; i++)
		if (!strcmp(p->core.formats[i].space, "kho"))
			p->kho = p->core.formats[i].string;
	if (p->kho)
		return 0;
	snprintf(msg, msg_size, "no format in space 'kho'");
	return -EINVAL;
}

/* "7.1" of "7.1.13", "7.1.0-rc3", "7.1-amd64". */
static bool same_release(const char *full, const char *known)
{
	size_t n = strlen(known);

	return !strncmp(full, known, n) && !isdigit((unsigned char)full[n]);
}

/**
 * luo_catalogue__release - a release of the catalogue
 * @full: "7.1", "7.1.13-amd64"
 *
 * Return: what is known of it, or NULL.
 */
const struct luo_release *luo_catalogue__release(const char *full)
{
	size_t i;

	for (i = 0; i < NR(releases); i++)
		if (same_release(full, releases[i].release))
			return &releases[i];
	return NULL;
}

/* Formats of the catalogue, one after the other, beginning with NULL; NULL at the end. */
const struct luo_row *luo_catalogue__next(const struct luo_row *prev)
{
	const struct luo_row *row = prev ? prev + 1 : rows;

	return row < rows + NR(rows) ? row : NULL;
}

/**
 * luo_profile__by_release - a profile of the catalogue
 * @p: result
 * @release: "7.1", "7.1.13-amd64"
 * @set: where structures are
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * Return: 0, -ENOENT for an unknown release, -ENOMEM.
 */
int luo_profile__by_release(struct luo_profile **p, const char *release,
			    const struct luo_type_set *set, char *msg, size_t msg_size)
{
	const struct luo_release *r = luo_catalogue__release(release);
	const struct luo_row *row = NULL;
	struct luo_profile *n;
	int err = 0;

	if (!r) {
		snprintf(msg, msg_size, "release '%s' is not in the catalogue (6.19, 7.1, 7.2, "
					"7.3) and no profile file",
			 release);
		return -ENOENT;
	}
	n = calloc(1, sizeof(*n));
	if (!n)
		return -ENOMEM;
	snprintf(n->core.release, sizeof(n->core.release), "%s", r->release);
	n->max_order = r->max_order;
	n->deferred = r->deferred;
	n->config = luo_kconfig_unknown;
	while (!err && (row = luo_catalogue__next(row)))
		if (row->releases & r->bit)
			err = luo_profile__add(n, row, set, msg, msg_size);
	if (!err)
		err = luo_profile__finish(n, msg, msg_size);
	if (err) {
		luo_profile__free(n);
		return err;
	}
	*p = n;
	return 0;
}

/**
 * luo_profile__kho - can the root of one kernel be made into that of another?
 * @from: version string of the KHO root that there is
 * @to: the kernel that reads
 * @f: why not
 *
 * Return: 0, -EBADMSG with @f set.
 */
int luo_profile__kho(const char *from, const struct luo_profile *to, struct luob_fault *f)
{
	const struct luob_kho_format *format = luob_kho_format__find(to->kho);

	if (!format)
		return luob_fault__rule(f, "UNKNOWN_KHO_VERSION", "'%s' of %s is not known to "
					"this program", to->kho, to->core.release);
	if (!format->radix && strcmp(from, to->kho))
		return luob_fault__rule(f, "KHO_MAP_TO_BITMAPS", "a radix tree is not made into "
					"the bitmaps of %s", to->kho);
	return 0;
}

/* The oldest release of a row; a format without one is known, and was never released. */
static const char *release_of(const struct luo_row *row)
{
	size_t i;

	for (i = 0; i < NR(releases); i++)
		if (releases[i].bit & row->releases)
			return releases[i].release;
	return "drafts";
}

/**
 * luo_profile__other_layout - does the catalogue have another layout behind a string?
 * @family: family of the record
 * @string: its version
 * @type: the layout that is meant
 * @text: which one it is, in a line
 * @size: bytes of @text
 *
 * Return: 0, 1 for yes, or a negative errno.
 */
int luo_profile__other_layout(const char *family, const char *string,
			      const struct luob_type *type, char *text, size_t size)
{
	struct luo_types *types = NULL;
	const struct luob_type *t;
	char diff[128];
	int other = 0;
	size_t i;

	for (i = 0; i < NR(rows) && !other; i++) {
		if (!rows[i].type || strcmp(rows[i].family, family) ||
		    strcmp(rows[i].string, string))
			continue;
		if (!types)
			other = luo_catalogue__open(&types, text, size);
		t = other ? NULL : luo_types__get(types, rows[i].type, text, size);
		if (!t || !luo_type__diff(t, type, diff, sizeof(diff)))
			continue;
		snprintf(text, size, "\"%s\" of %s is another layout (struct %s: %s)", string,
			 release_of(&rows[i]), rows[i].type, diff);
		other = 1;
	}
	luo_types__free(types);
	return other;
}

/* Names of all releases in the catalogue, oldest first. Return: how many. */
size_t luo_profile__releases(const char **list, size_t max)
{
	size_t i;

	for (i = 0; i < NR(releases) && i < max; i++)
		list[i] = releases[i].release;
	return i;
}

/* The newest release that writes both strings, or NULL. */
const char *luo_profile__guess(const char *kho, const char *luo)
{
	int with_kho = 0, with_luo = 0;
	size_t i;

	for (i = 0; i < NR(rows); i++) {
		if (!strcmp(rows[i].space, "kho") && !strcmp(rows[i].string, kho))
			with_kho |= rows[i].releases;
		if (!strcmp(rows[i].family, "luo") && (!luo || !strcmp(rows[i].string, luo)))
			with_luo |= rows[i].releases;
	}
	for (i = NR(releases); i-- > 0; )
		if (releases[i].bit & with_kho & with_luo)
			return releases[i].release;
	return NULL;
}
