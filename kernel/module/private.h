/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel does not show to modules: symbols, offsets of private fields. */
#ifndef LUO_BPF_PRIVATE_H
#define LUO_BPF_PRIVATE_H

#include <linux/types.h>

/*
 * Fields of private structures, found in the running kernel's BTF: F(name, path,
 * needed). Layouts change inside of a stable series, so nothing is assumed; what
 * a release does not have, and does not need, stays LUOB_NO_FIELD.
 */
#define LUOB_FIELDS(F)								\
	F(session_name, "luo_session.name", true)				\
	F(session_list, "luo_session.list", true)				\
	F(session_set, "luo_session.file_set", true)				\
	F(session_mutex, "luo_session.mutex", true)				\
	F(sessions_count, "luo_session_global.outgoing.count", true)		\
	F(sessions_list, "luo_session_global.outgoing.list", true)		\
	F(sessions_rwsem, "luo_session_global.outgoing.rwsem", true)		\
	F(set_files, "luo_file_set.files_list", true)				\
	F(file_list, "luo_file.list", true)					\
	F(file_token, "luo_file.token", true)					\
	F(file_data, "luo_file.serialized_data", true)				\
	F(file_file, "luo_file.file", true)					\
	F(file_handler, "luo_file.fh", true)					\
	F(handler_string, "liveupdate_file_handler.compatible", true)		\
	F(kimage_kho_fdt, "kimage.kho.fdt", true)				\
	F(kho_out_fdt, "kho_out.fdt", true)					\
	F(kho_in_fdt, "kho_in.fdt_phys", true)					\
	/* 6.19: the memory map that is alive */				\
	F(kho_orders, "kho_out.track.orders", false)				\
	F(phys_bits, "kho_mem_phys.phys_bits", false)				\
	/* 7.1 on */								\
	F(flb_list, "luo_flb_global.list", false)				\
	F(flb_head, "luo_flb_global.outgoing.header_ser", false)		\
	F(flb_entries, "luo_flb_global.outgoing.ser", false)			\
	F(flb_link, "liveupdate_flb.private.list", false)			\
	F(flb_name, "liveupdate_flb.compatible", false)				\
	F(flb_users, "liveupdate_flb.private.outgoing.count", false)		\
	F(flb_data, "liveupdate_flb.private.outgoing.data", false)		\
	/* which programs an attached object is made of */			\
	F(ops_data, "bpf_struct_ops_map.kvalue.data", true)			\
	F(ops_links, "bpf_struct_ops_map.links", true)				\
	F(ops_nr, "bpf_struct_ops_map.funcs_cnt", true)

#define LUOB_NO_FIELD	(~0U)

#define LUOB_FIELD_(name, path, needed) u32 name;
struct luob_fields {
	LUOB_FIELDS(LUOB_FIELD_)
};
#undef LUOB_FIELD_

extern struct luob_fields luob_fields;

/* A field of a private structure. */
#define luob_field(type, base, name) ((type *)((char *)(base) + luob_fields.name))

int luob_private_find(void);
void *luob_symbol(const char *name);
void *luob_root_page(void);

#endif /* LUO_BPF_PRIVATE_H */
