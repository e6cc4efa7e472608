// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/contract.h"
#include "core/os.h"
#include "lib/answers.h"
#include "lib/text_file.h"

/* The longest driver name that a record holds, with its NUL. */
#define DRIVER_MAX	63

static int add(struct luo_answers *a, __u64 kind, __u64 record, __u64 key, __u64 val)
{
	struct luo_answer *list = luob_grow(a->list, a->nr, &a->cap, sizeof(*list));

	if (!list)
		return -ENOMEM;
	a->list = list;
	list[a->nr++] = (struct luo_answer){ kind, record, key, val };
	return 0;
}

/**
 * luo_answers__note - one LOOKUP line of a note
 * @a: answers
 * @line: "KIND RECORD KEY VALUE", numbers; a RECORD of 0 stands for the machine
 * @err: 0 or -ENOMEM
 *
 * Return: whether the line is one.
 */
bool luo_answers__note(struct luo_answers *a, const char *line, int *err)
{
	__u64 v[4];
	char *end;
	int i;

	*err = 0;
	for (i = 0; i < 4; i++, line = end) {
		errno = 0;
		v[i] = strtoull(line, &end, 0);
		if (errno || end == line || (*end && *end != ' '))
			return false;
	}
	if (*end)
		return false;
	*err = add(a, v[0], v[1], v[2], v[3]);
	return true;
}

static bool read_number(const char *word, __u64 *v)
{
	char *end;

	errno = 0;
	*v = strtoull(word, &end, 0);
	return !errno && end != word && !*end && *word != '-';
}

/* "DDDD:BB:DD.F" as LUOB_PCI(); domains have up to 8 digits. */
static bool read_pci(const char *word, __u64 *v)
{
	unsigned int domain, bus, dev, fn;
	int n = 0;

	if (sscanf(word, "%8x:%2x:%2x.%1x%n", &domain, &bus, &dev, &fn, &n) != 4 || word[n] ||
	    dev > 31 || fn > 7)
		return false;
	*v = LUOB_PCI(domain, bus << 8 | dev << 3 | fn);
	return true;
}

/* A name is asked for in pieces of 8 bytes. */
static int add_driver(struct luo_answers *a, __u64 key, const char *name)
{
	char text[(DRIVER_MAX + 7) / 8 * 8] = {};
	__u64 word;
	size_t i;
	int err = 0;

	if (!*name || strlen(name) >= DRIVER_MAX)
		return -EINVAL;
	memcpy(text, name, strlen(name));
	for (i = 0; i < sizeof(text) / 8 && !err; i++) {
		memcpy(&word, text + 8 * i, 8);
		err = add(a, LUOB_LOOKUP_PCI_DRIVER, 0, key | (__u64)i << 48, word);
	}
	return err;
}

/* "root", or a bridge of the same domain. */
static int add_upstream(struct luo_answers *a, __u64 key, const char *bridge)
{
	__u64 val;

	if (!strcmp(bridge, "root"))
		return add(a, LUOB_LOOKUP_PCI_UPSTREAM, 0, key, LUOB_PCI_ROOT);
	if (!read_pci(bridge, &val) || val >> 16 != key >> 16 || val == key)
		return -EINVAL;
	return add(a, LUOB_LOOKUP_PCI_UPSTREAM, 0, key, val & 0xffff);
}

static const struct {
	const char *word;
	__u64 kind;
	bool pci;		/* the key is a PCI device, else a token */
} kinds[] = {
	{ "memfd-seals", LUOB_LOOKUP_MEMFD_SEALS, false },
	{ "pci-upstream", LUOB_LOOKUP_PCI_UPSTREAM, true },
	{ "pci-class", LUOB_LOOKUP_PCI_CLASS, true },
	{ "pci-driver", LUOB_LOOKUP_PCI_DRIVER, true },
	{ "vfio-domain", LUOB_LOOKUP_VFIO_DOMAIN, false },
	{ "vfio-iommufd", LUOB_LOOKUP_VFIO_IOMMUFD, false },
};

static int read_line(struct luo_answers *a, struct luo_text *t)
{
	char *word[3];
	__u64 key, val;
	size_t i;
	int nr = luo_text__words(t, "#\n", word, 3);

	if (nr <= 0)
		return nr;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].word, word[0]))
			break;
	if (i == sizeof(kinds) / sizeof(kinds[0]))
		return luo_text__bad(t, "'%s' is no look-up (pci-upstream, pci-class, pci-driver, "
				     "vfio-domain, vfio-iommufd, memfd-seals)", word[0]);
	luo_text__bad(t, "expected %s %s ANSWER", word[0],
		      kinds[i].pci ? "DDDD:BB:DD.F" : "TOKEN");
	if (nr != 3 || !(kinds[i].pci ? read_pci : read_number)(word[1], &key))
		return -EINVAL;
	if (kinds[i].kind == LUOB_LOOKUP_PCI_DRIVER)
		return add_driver(a, key, word[2]);
	if (kinds[i].kind == LUOB_LOOKUP_PCI_UPSTREAM)
		return add_upstream(a, key, word[2]);
	if (!read_number(word[2], &val))
		return -EINVAL;
	return add(a, kinds[i].kind, 0, key, val);
}

/**
 * luo_answers__read - answers from a file
 * @a: answers
 * @path: text file: "luo-answers 1", then lines "LOOK-UP KEY ANSWER"
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * Return: 0, -EINVAL, what open(2) says, -ENOMEM.
 */
int luo_answers__read(struct luo_answers *a, const char *path, char *msg, size_t msg_size)
{
	struct luo_text t;
	int err;

	err = luo_text__open(&t, path, msg, msg_size);
	if (err)
		return err;
	err = luo_text__version(&t, "answers", 1);
	while (err >= 0 && fgets(t.text, sizeof(t.text), t.f)) {
		t.line++;
		err = read_line(a, &t);
	}
	if (err >= 0)
		err = luo_text__finish(&t);
	fclose(t.f);
	return err;
}

static int by_question(const void *a, const void *b)
{
	const struct luo_answer *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->record < y->record ? -1 : x->record > y->record;
}

/* To be called when all answers are there. */
void luo_answers__ready(struct luo_answers *a)
{
	if (a->nr)
		qsort(a->list, a->nr, sizeof(*a->list), by_question);
}

/* The answer about a record, or about the machine. Return: 0, -ENOENT. */
int luo_answers__find(const struct luo_answers *a, __u64 kind, __u64 record, __u64 key, __u64 *val)
{
	struct luo_answer q = { .kind = kind, .record = record, .key = key }, *found;

	if (!a->nr)
		return -ENOENT;
	found = bsearch(&q, a->list, a->nr, sizeof(q), by_question);
	if (!found) {
		q.record = 0;
		found = bsearch(&q, a->list, a->nr, sizeof(q), by_question);
	}
	if (!found)
		return -ENOENT;
	*val = found->val;
	return 0;
}

void luo_answers__free(struct luo_answers *a)
{
	free(a->list);
	memset(a, 0, sizeof(*a));
}
