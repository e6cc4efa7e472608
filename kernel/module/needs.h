/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the running kernel has to have before it can be armed, for the module, which finds
 * it, and for luo-load doctor, which says beforehand what is missing.
 */
#ifndef LUO_BPF_NEEDS_H
#define LUO_BPF_NEEDS_H

/* Why something is not found, and so what is to be done. */
#define LUOB_NEED_LOOKUP "CONFIG_KPROBES and CONFIG_KALLSYMS are needed, and no lockdown of " \
			 "kprobes"
#define LUOB_NEED_BTF	 "CONFIG_BPF_SYSCALL and CONFIG_DEBUG_INFO_BTF are needed"
#define LUOB_NEED_FIELDS "CONFIG_LIVEUPDATE and CONFIG_KEXEC_HANDOVER are needed"
#define LUOB_NEED_ROOT	 "kho=on, liveupdate=on and CONFIG_KALLSYMS_ALL are needed"
#define LUOB_NEED_HOOKS	 "CONFIG_LIVEUPDATE, CONFIG_KEXEC_HANDOVER and KALLSYMS are needed, " \
			 "LTO must not have inlined it"

/*
 * Symbols, found in kallsyms: S(name, needed, reason). Without those that are not needed
 * there is less to do, or another way.
 */
#define LUOB_SYMBOLS(S)								\
	S("kallsyms_lookup_name", true, LUOB_NEED_LOOKUP)			\
	S("bpf_get_btf_vmlinux", true, LUOB_NEED_BTF)				\
	S("btf_find_by_name_kind", true, LUOB_NEED_BTF)				\
	S("btf_name_by_offset", true, LUOB_NEED_BTF)				\
	/* what is redirected, and its counterpart */				\
	S("liveupdate_reboot", true, LUOB_NEED_HOOKS)				\
	S("luo_file_freeze", true, LUOB_NEED_HOOKS)				\
	S("luo_file_unfreeze", true, LUOB_NEED_HOOKS)				\
	S("kho_fill_kimage", true, LUOB_NEED_HOOKS)				\
	/* data */								\
	S("kho_out", true, LUOB_NEED_ROOT)					\
	S("luo_session_global", true, LUOB_NEED_ROOT)				\
	S("kexec_image", true, LUOB_NEED_ROOT)					\
	S("kho_in", false, LUOB_NEED_ROOT)					\
	S("kho_scratch", false, LUOB_NEED_ROOT)					\
	S("kho_scratch_cnt", false, LUOB_NEED_ROOT)				\
	/* 7.1 on */								\
	S("luo_flb_global", false, LUOB_NEED_ROOT)				\
	S("luo_register_rwlock", false, LUOB_NEED_ROOT)				\
	S("luo_session_serialize_rwsem", false, LUOB_NEED_ROOT)

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

#endif /* LUO_BPF_NEEDS_H */
