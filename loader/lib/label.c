// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>

#include "lib/label.h"
#include "lib/profile.h"

/* What came from a hostile file must not write to a terminal or break JSON. */
void luo_label__clean(char *text)
{
	for (; *text; text++)
		if (!isprint((unsigned char)*text))
			*text = '?';
}

void luob_label__field(const struct luob_type *t, __u32 off, char *name, size_t size)
{
	luo_type__field(t, off, name, size);
}

/* "TYPE+OFFSET}" behind a brace. Return: characters that were used, 0 if it is none. */
static size_t read_place(const struct luo_type_set *set, const char *at, char *name, size_t size)
{
	char type[64], msg[200];
	unsigned int off;
	int used = 0;
	size_t i;

	if (sscanf(at, "%63[a-zA-Z0-9_]+%u}%n", type, &off, &used) != 2 || !used)
		return 0;
	for (i = 0; i < set->nr; i++) {
		const struct luob_type *t = luo_types__get(set->types[i], type, msg, sizeof(msg));

		if (t) {
			luo_type__field(t, off, name, size);
			return used;
		}
	}
	return 0;
}

/**
 * luo_label__resolve - put names of fields where the module could not
 * @set: types with names
 * @text: holds "{TYPE+OFFSET}" for a field, see core/device.h; changed in place
 * @size: bytes of @text
 */
void luo_label__resolve(const struct luo_type_set *set, char *text, size_t size)
{
	char name[64], *at = text;
	size_t used, len;

	while ((at = strchr(at, '{'))) {
		used = read_place(set, at + 1, name, sizeof(name));
		len = strlen(name);
		if (!used || strlen(text) - used - 1 + len >= size) {
			at++;
			continue;
		}
		memmove(at + len, at + 1 + used, strlen(at + 1 + used) + 1);
		memcpy(at, name, len);
		at += len;
	}
}
