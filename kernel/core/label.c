// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "label.h"

struct text {
	char *p;
	size_t size;
	size_t len;
};

__printf(2, 3)
static void say(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (t->len >= t->size)
		return;
	va_start(ap, fmt);
	n = vsnprintf(t->p + t->len, t->size - t->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->len += n;
}

static bool printable(char c)
{
	return c >= ' ' && c <= '~';
}

/* Does the element lead to what a driver says of the device that is its key? */
static bool is_of_device(const struct luob_type *t)
{
	__u32 i;

	for (i = 0; i < t->nr_handles; i++)
		if (t->handles[i].kind == LUOB_H_CHILD && t->handles[i].key_off == t->unique_off &&
		    !strcmp(t->handles[i].space, "driver"))
			return true;
	return false;
}

/* As sysfs has it. */
static void say_device(struct text *t, __u64 address)
{
	say(t, " %04x:%02x:%02x.%x", (unsigned int)(address >> 16),
	    (unsigned int)(address >> 8 & 0xff), (unsigned int)(address >> 3 & 31),
	    (unsigned int)(address & 7));
}

/* What distinguishes an element from its neighbours: its name, its token or its device. */
static void say_key(struct text *t, const struct luob_space *s, const struct luob_region *r,
		    __u64 base)
{
	const struct luob_type *e = r->elem;
	const char *p;
	__u64 v = 0;
	__u32 i;

	if (!e->unique_size)
		return;
	p = luob_region__window(s, r, base + e->unique_off, e->unique_size);
	if (!p)
		return;
	if (e->unique_size == 8 && is_of_device(e)) {
		say_device(t, luob_get64(p));
		return;
	}
	if (e->unique_size <= 8) {
		memcpy(&v, p, e->unique_size);
		say(t, " token 0x%llx", (unsigned long long)v);
		return;
	}
	say(t, " '");
	for (i = 0; i < e->unique_size && p[i]; i++)
		say(t, printable(p[i]) && p[i] != '\'' ? "%c" : "\\x%02x",
		    (unsigned char)p[i]);
	say(t, "'");
}

/* "sessions_pa[3] 'name'" for an offset in a region; the field inside is left over. */
static void say_step(struct text *t, const struct luob_space *s, const struct luob_region *r,
		     __u64 off, char *field, size_t field_size)
{
	__u64 head = r->head ? r->head->size : 0, i;

	field[0] = 0;
	if (r->head && off < head) {
		luob_label__field(r->head, off, field, field_size);
	} else if (r->elem && r->stride) {
		i = (off - head) / r->stride;
		luob_label__field(r->elem, (off - head) % r->stride, field, field_size);
		say(t, "[%llu]", (unsigned long long)i);
		say_key(t, s, r, head + i * r->stride);
	}
}

static void say_region(struct text *t, const struct luob_space *s, const struct luob_region *r)
{
	const struct luob_handle *h;
	__u64 slot, base;
	char field[64];

	if (!r->up) {
		say(t, "%s", r->label ? r->label : "?");
		return;
	}
	say_region(t, s, r->up);
	say_step(t, s, r->up, r->up_off, field, sizeof(field));
	/* The handle's own name says what its target is, unless it leads to a record. */
	h = luob_region__handle(r->up, r->up_off, &slot, &base);
	if (!h || h->kind != LUOB_H_CHILD)
		say(t, "/%s", field);
}

/**
 * luob_label__place - where in the state an offset of a region is
 * @s: memory
 * @r: region
 * @off: offset in it
 * @record: "luo/sessions_pa[0] 'vm'/file_set_ser.files[2] token 0x7"
 * @record_size: bytes of @record
 * @field: "seals"
 * @field_size: bytes of @field
 */
void luob_label__place(const struct luob_space *s, const struct luob_region *r, __u64 off,
		      char *record, size_t record_size, char *field, size_t field_size)
{
	struct text t = { .p = record, .size = record_size };

	record[0] = 0;
	field[0] = 0;
	if (!r)
		return;
	say_region(&t, s, r);
	say_step(&t, s, r, off, field, field_size);
}

/* The label of a record of the worklist. */
void luob_label__record(const struct luob_space *s, const struct luob_record *rec, char *text,
		       size_t size)
{
	char field[64];

	if (rec->src)
		luob_label__place(s, rec->src, rec->src_off, text, size, field, sizeof(field));
	else
		snprintf(text, size, "%s", rec->format ? rec->format->subtree : "?");
}
