// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>

#include "lib/hardware.h"

/* ---- the text ------------------------------------------------------------------------- */

#define HW_MAX	6	/* digits: of the class */

__attribute__((format(printf, 3, 4)))
static int complain(char *msg, size_t msg_size, const char *fmt, ...)
{
	int n = snprintf(msg, msg_size, "LUO_HARDWARE(): ");
	va_list ap;

	va_start(ap, fmt);
	if (n >= 0 && (size_t)n < msg_size)
		vsnprintf(msg + n, msg_size - n, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* Up to HW_MAX digits and nothing else. Return: how many, 0 for anything else. */
static int read_hex(const char *text, size_t len, __u32 *value)
{
	char digits[HW_MAX + 1] = "";
	size_t i;

	if (!len || len > HW_MAX)
		return 0;
	for (i = 0; i < len; i++)
		if (!isxdigit((unsigned char)text[i]))
			return 0;
	memcpy(digits, text, len);
	*value = strtoul(digits, NULL, 16);
	return len;
}

static int take_class(struct luob_limit *l, const char *text, size_t len, char *msg,
		      size_t msg_size)
{
	__u32 value = 0;
	int n = read_hex(text, len, &value);

	if (!n || n % 2)
		return complain(msg, msg_size, "'class=%.*s' has to be 2, 4 or 6 hexadecimal "
				"digits", (int)len, text);
	if (l->mask.class)
		return complain(msg, msg_size, "class is named twice");
	l->mask.class = 0xffffffU << 4 * (HW_MAX - n) & 0xffffffU;
	l->value.class = value << 4 * (HW_MAX - n);
	return 0;
}

static int take_id(__u16 *id, __u16 *mask, const char *name, const char *text, size_t len,
		   char *msg, size_t msg_size)
{
	__u32 value = 0;

	if (read_hex(text, len, &value) != 4)
		return complain(msg, msg_size, "'%s=%.*s' has to be 4 hexadecimal digits", name,
				(int)len, text);
	if (*mask)
		return complain(msg, msg_size, "%s is named twice", name);
	*mask = 0xffff;
	*id = value;
	return 0;
}

/* One "NAME=DIGITS" of @len bytes. */
static int take_word(struct luob_limit *l, const char *word, size_t len, char *msg,
		     size_t msg_size)
{
	const struct {
		const char *name;
		__u16 *id;
		__u16 *mask;
	} ids[] = {
		{ "vendor", &l->value.vendor, &l->mask.vendor },
		{ "device", &l->value.device, &l->mask.device },
		{ "subvendor", &l->value.subvendor, &l->mask.subvendor },
		{ "subdevice", &l->value.subdevice, &l->mask.subdevice },
	};
	const char *eq = memchr(word, '=', len);
	size_t i, n = eq ? (size_t)(eq - word) : 0;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (n && strlen(ids[i].name) == n && !strncmp(ids[i].name, word, n))
			return take_id(ids[i].id, ids[i].mask, ids[i].name, eq + 1, len - n - 1,
				       msg, msg_size);
	if (n == 5 && !strncmp(word, "class", n))
		return take_class(l, eq + 1, len - n - 1, msg, msg_size);
	return complain(msg, msg_size, "'%.*s' is not vendor=, device=, subvendor=, subdevice= or "
			"class=", (int)len, word);
}

/**
 * luo_limit__parse - read "vendor=8086 device=10d3 class=0200"
 * @l: result
 * @text: any of vendor, device, subvendor and subdevice, of 4 hexadecimal digits, and of
 *	class, of 2, 4 or 6; each once, with blanks between
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * Return: 0, -EINVAL.
 */
int luo_limit__parse(struct luob_limit *l, const char *text, char *msg, size_t msg_size)
{
	size_t len;
	int err = 0;

	memset(l, 0, sizeof(*l));
	for (text += strspn(text, " "); *text && !err; text += strspn(text, " ")) {
		len = strcspn(text, " ");
		err = take_word(l, text, len, msg, msg_size);
		text += len;
	}
	if (!err && luob_limit__any(l))
		err = complain(msg, msg_size, "it names no id");
	return err;
}

/* ---- records that have hardware ------------------------------------------------------- */

/* Does a structure lead to records of a space with a device beside the handle? */
static bool leads_to_hw(const struct luob_type *t, const char *space)
{
	const struct luob_handle *h;
	__u32 i;

	for (i = 0; t && i < t->nr_handles; i++) {
		h = &t->handles[i];
		if (h->kind == LUOB_H_CHILD ? h->hw_size && !strcmp(h->space, space) :
		    leads_to_hw(h->head, space) || leads_to_hw(h->elem, space))
			return true;
	}
	return t && t->nodes && leads_to_hw(t->nodes, space);
}

static bool space_has_hw(const struct luob_profile *p, const char *space)
{
	size_t i;

	for (i = 0; i < p->nr; i++)
		if (leads_to_hw(p->formats[i].type, space))
			return true;
	return false;
}

/* Is the family known, and are all of its records without a device? */
static bool family_lacks_hw(const struct luob_profile *p, const char *family)
{
	bool known = false;
	size_t i;

	for (i = 0; i < p->nr; i++) {
		if (strcmp(p->formats[i].family, family))
			continue;
		known = true;
		if (space_has_hw(p, p->formats[i].space))
			return false;
	}
	return known;
}

/**
 * luo_objects__check_hardware - no object is limited to what its records do not have
 * @o: objects, ready
 * @of: a kernel that they are to be used for
 * @path: gets the file of the object that is wrong
 * @msg: one line on failure, without the path
 * @msg_size: bytes of @msg
 *
 * Such an object would never be used, and nobody would be told.
 *
 * Return: 0, -EINVAL.
 */
int luo_objects__check_hardware(const struct luo_objects *o, const struct luo_profile *of,
				const char **path, char *msg, size_t msg_size)
{
	size_t i;

	for (i = 0; i < o->nr; i++) {
		if (luob_limit__any(&o->progs[i].limit) ||
		    !family_lacks_hw(&of->core, o->progs[i].family))
			continue;
		*path = luo_object__path(o->objects[i]);
		return complain(msg, msg_size, "records of family %s have no hardware: leave it "
				"out", o->progs[i].family);
	}
	return 0;
}
