// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "hardware.h"

#define CLASS_BITS	0xffffffU

/* From a struct luo_bpf_hw: the same members in the same places. */
void luob_hw__read(struct luob_hw *hw, const void *record)
{
	memcpy(hw, record, sizeof(*hw));
	hw->class &= CLASS_BITS;
}

/* Is it no limit at all? */
bool luob_limit__any(const struct luob_limit *l)
{
	const struct luob_hw *m = &l->mask;

	return !(m->vendor | m->device | m->subvendor | m->subdevice | m->class);
}

/* Is the device one of those that are meant? @hw: NULL for a record that has none. */
bool luob_limit__fits(const struct luob_limit *l, const struct luob_hw *hw)
{
	const struct luob_hw *m = &l->mask, *v = &l->value;

	if (luob_limit__any(l))
		return true;
	return hw && (hw->vendor & m->vendor) == v->vendor &&
	       (hw->device & m->device) == v->device &&
	       (hw->subvendor & m->subvendor) == v->subvendor &&
	       (hw->subdevice & m->subdevice) == v->subdevice &&
	       (hw->class & m->class) == v->class;
}

static bool id_is_valid(__u16 value, __u16 mask)
{
	return (!mask || mask == 0xffff) && !(value & ~mask);
}

/* How many bytes of the class are compared, from the base class on. */
static unsigned int class_bytes(__u32 mask)
{
	return mask == CLASS_BITS ? 3 : mask == 0xffff00 ? 2 : mask == 0xff0000 ? 1 : 0;
}

/* Whole ids, and whole bytes of the class; nothing that is not compared. */
bool luob_limit__is_valid(const struct luob_limit *l)
{
	const struct luob_hw *m = &l->mask, *v = &l->value;

	return id_is_valid(v->vendor, m->vendor) && id_is_valid(v->device, m->device) &&
	       id_is_valid(v->subvendor, m->subvendor) &&
	       id_is_valid(v->subdevice, m->subdevice) &&
	       (!m->class || class_bytes(m->class)) && !(v->class & ~m->class);
}

/* 0 for no limit; more is more specific. */
static unsigned int rank(const struct luob_limit *l)
{
	const struct luob_hw *m = &l->mask;
	unsigned int sub = !!m->subvendor + !!m->subdevice, device = !!m->device;
	unsigned int vendor = !!m->vendor, class = class_bytes(m->class);
	unsigned int nr = sub + device + vendor + !!class;

	return nr << 8 | sub << 4 | device << 3 | vendor << 2 | class;
}

/**
 * luob_limit__is_closer - of two limits that fit a device, is the first more specific?
 * @a: valid limit
 * @b: the other one
 *
 * The number of ids that are compared counts first, with the class as one of them; then
 * those of the subsystem, the device, the vendor, and the length of the class.
 */
bool luob_limit__is_closer(const struct luob_limit *a, const struct luob_limit *b)
{
	return rank(a) > rank(b);
}

/* Appends " NAME=VALUE" with @digits; the first without the blank. */
static void say(char *text, size_t size, const char *name, __u32 value, int digits)
{
	size_t len = strlen(text);

	snprintf(text + len, size - len, "%s%s=%0*x", len ? " " : "", name, digits, value);
}

/* As LUO_HARDWARE() has it: "vendor=8086 class=02"; "" for no limit. Return: @text. */
const char *luob_limit__text(const struct luob_limit *l, char *text, size_t size)
{
	const struct luob_hw *m = &l->mask, *v = &l->value;
	unsigned int class = class_bytes(m->class);

	text[0] = 0;
	if (m->vendor)
		say(text, size, "vendor", v->vendor, 4);
	if (m->device)
		say(text, size, "device", v->device, 4);
	if (m->subvendor)
		say(text, size, "subvendor", v->subvendor, 4);
	if (m->subdevice)
		say(text, size, "subdevice", v->subdevice, 4);
	if (class)
		say(text, size, "class", v->class >> (8 * (3 - class)), 2 * class);
	return text;
}

/* All ids of a device, in the same form. Return: @text. */
const char *luob_hw__text(const struct luob_hw *hw, char *text, size_t size)
{
	const struct luob_limit all = {
		.value = *hw,
		.mask = { 0xffff, 0xffff, 0xffff, 0xffff, CLASS_BITS },
	};

	return luob_limit__text(&all, text, size);
}
