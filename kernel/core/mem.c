// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "mem.h"

/* Always -EBADMSG, so that callers can return it. */
int luob_fault__rule(struct luob_fault *f, const char *rule, const char *fmt, ...)
{
	va_list ap;

	f->rule = rule;
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
	return -EBADMSG;
}

static size_t slot_of(const struct luob_set *s, __u64 key)
{
	size_t i = (key * 0x9e3779b97f4a7c15ULL >> 20) & (s->cap - 1);

	while (s->slots[i] && s->slots[i] != key)
		i = (i + 1) & (s->cap - 1);
	return i;
}

static int set_resize(struct luob_set *s)
{
	struct luob_set n = { .cap = s->cap ? s->cap * 2 : 64 };
	size_t i;

	n.slots = luob_alloc(n.cap, sizeof(*n.slots));
	if (!n.slots)
		return -ENOMEM;
	for (i = 0; i < s->cap; i++)
		if (s->slots[i])
			n.slots[slot_of(&n, s->slots[i])] = s->slots[i];
	n.nr = s->nr;
	luob_free(s->slots);
	*s = n;
	return 0;
}

/**
 * luob_set__add - add a key that is not zero
 * @s: set
 * @key: any number but 0
 *
 * Return: 0, -EEXIST when it was there, -ENOMEM.
 */
int luob_set__add(struct luob_set *s, __u64 key)
{
	size_t i;
	int err;

	if (s->nr * 2 >= s->cap) {
		err = set_resize(s);
		if (err)
			return err;
	}
	i = slot_of(s, key);
	if (s->slots[i])
		return -EEXIST;
	s->slots[i] = key;
	s->nr++;
	return 0;
}

bool luob_set__has(const struct luob_set *s, __u64 key)
{
	return s->cap && key && s->slots[slot_of(s, key)];
}

void luob_set__free(struct luob_set *s)
{
	luob_free(s->slots);
	memset(s, 0, sizeof(*s));
}
