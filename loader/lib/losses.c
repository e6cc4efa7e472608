// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What may be lost: objects declare it, the operator says which of it is accepted. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/objects.h"
#include "lib/plan.h"

/* Is @word OBJECT.FIELD or FIELD? */
static bool is_loss(const char *word, size_t len, const char *object, const char *field)
{
	size_t n = strlen(object);

	if (len > n + 1 && !strncmp(word, object, n) && word[n] == '.') {
		word += n + 1;
		len -= n + 1;
	}
	return len == strlen(field) && !strncmp(word, field, len);
}

static bool is_accepted(const char *list, const char *object, const char *field)
{
	const char *p;
	size_t len;

	for (p = list; *p; p += len + !!p[len]) {
		len = strcspn(p, ",");
		if (is_loss(p, len, object, field))
			return true;
	}
	return false;
}

/* Room for " and NR more". */
#define MORE	32

/* As a whole, or among those that are counted only. */
static void note_loss(struct luo_objects *o, const char *object, const char *field, size_t *unsaid)
{
	size_t at = strlen(o->left_out), room = sizeof(o->left_out) - MORE - at;

	if (*unsaid || strlen(object) + strlen(field) + sizeof(" .") > room)
		++*unsaid;
	else
		snprintf(o->left_out + at, room, "%s%s.%s", at ? " " : "", object, field);
}

/* Notes what @obj may lose beyond @list. Return: whether there is anything. */
static bool loses_more(struct luo_objects *o, const struct luo_object *obj, const char *list,
		       size_t *unsaid)
{
	const char *name = luo_object__prog(obj)->name, *tag = NULL, *why;
	char field[64];
	bool more = false;

	while (luo_object__loss(obj, &tag, field, sizeof(field), &why)) {
		if (is_accepted(list, name, field))
			continue;
		note_loss(o, name, field, unsaid);
		more = true;
	}
	return more;
}

/* Return: whether one of the objects, of any family, declares it. */
static bool is_declared(const struct luo_objects *o, const char *word, size_t len)
{
	const char *tag, *why;
	char field[64];
	size_t i;

	for (i = 0; i < o->nr + o->nr_idle; i++) {
		tag = NULL;
		while (luo_object__loss(o->objects[i], &tag, field, sizeof(field), &why))
			if (is_loss(word, len, luo_object__prog(o->objects[i])->name, field))
				return true;
	}
	return false;
}

/**
 * luo_objects__accept_losses - leave out objects that may lose more than is accepted
 * @o: list, ready, and not judged yet; @o->left_out is a result
 * @list: FIELD or OBJECT.FIELD, with commas; "none"; NULL for all that objects declare
 * @msg: what is wrong with @list
 * @msg_size: bytes of @msg
 *
 * Return: 0; -EINVAL when no object declares what @list accepts.
 */
int luo_objects__accept_losses(struct luo_objects *o, const char *list, char *msg,
			       size_t msg_size)
{
	size_t i, len, nr = 0, named = 0, unsaid = 0;
	const char *p;

	if (!list)
		return 0;
	if (!strcmp(list, "none"))
		list = "";
	for (p = list; *p; p += len + !!p[len]) {
		len = strcspn(p, ",");
		if (is_declared(o, p, len))
			continue;
		snprintf(msg, msg_size, "no object declares a loss of '%.*s'; luo-load info shows "
					"what each of them declares", (int)len, p);
		return -EINVAL;
	}
	for (i = 0; i < o->nr; i++) {
		if (loses_more(o, o->objects[i], list, &unsaid))
			continue;
		named += i < o->nr_named;
		luo_objects__swap(o, nr++, i);
	}
	len = strlen(o->left_out);
	if (unsaid)
		snprintf(o->left_out + len, MORE, " and %zu more", unsaid);
	o->nr_idle += o->nr - nr;
	o->nr = nr;
	o->nr_named = named;
	return 0;
}
