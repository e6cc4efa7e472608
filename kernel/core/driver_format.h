/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a driver says of its blobs (abi/driver_records.h), in a section of its module: there
 * luo-load finds it before the module is loaded.
 */
#ifndef LUOB_DRIVER_FORMAT_H
#define LUOB_DRIVER_FORMAT_H

#define LUO_BPF_DRIVER_SECTION	".luo_bpf_drivers"

/**
 * struct luo_bpf_driver_format - a blob that a driver reads or writes; an entry of the section
 * @version:	which the record that leads to it names
 * @family:	which its vendor's objects name
 * @layout:	structure of these objects that it is
 */
struct luo_bpf_driver_format {
	char version[48];
	char family[16];
	char layout[64];
};
_Static_assert(sizeof(struct luo_bpf_driver_format) == 128, "luo_bpf_driver_format");

#endif /* LUOB_DRIVER_FORMAT_H */
