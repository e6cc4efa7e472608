/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The device that a record is about, and programs that are only for some devices. A
 * record has hardware when a struct luo_bpf_hw stands beside the handle that leads to it.
 */
#ifndef LUOB_HARDWARE_H
#define LUOB_HARDWARE_H

#include "os.h"

/* Ids of a PCI device, as its configuration space has them; @class: 24 bits. */
struct luob_hw {
	__u16 vendor;
	__u16 device;
	__u16 subvendor;
	__u16 subdevice;
	__u32 class;
};

/**
 * struct luob_limit - the devices that a program is for
 * @value:	their ids; 0 where @mask is
 * @mask:	bits that are compared: all or none of an id, and of the class the first 2, 4
 *		or 6 hexadecimal digits; all zero for any record
 */
struct luob_limit {
	struct luob_hw value;
	struct luob_hw mask;
};

/* Room for all ids as text, with the NUL. */
#define LUOB_HW_TEXT	72

void luob_hw__read(struct luob_hw *hw, const void *record);
bool luob_limit__any(const struct luob_limit *l);
bool luob_limit__fits(const struct luob_limit *l, const struct luob_hw *hw);
bool luob_limit__is_valid(const struct luob_limit *l);
bool luob_limit__is_closer(const struct luob_limit *a, const struct luob_limit *b);
const char *luob_limit__text(const struct luob_limit *l, char *text, size_t size);
const char *luob_hw__text(const struct luob_hw *hw, char *text, size_t size);

#endif /* LUOB_HARDWARE_H */
