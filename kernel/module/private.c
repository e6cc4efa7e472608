// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Private parts of the running kernel
 *
 * No kernel exports what live update is made of. A kprobe tells where
 * kallsyms_lookup_name() is, that finds the other symbols, and vmlinux' BTF has the
 * layout of every private structure. What is found decides, never a version number.
 *
 * Functions are called through static calls, never through pointers: the ENDBR of
 * what is not exported is sealed, and an indirect call is a #CP on IBT hardware.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/btf.h>
#include <linux/err.h>
#include <linux/kprobes.h>
#include <linux/mutex.h>
#include <linux/static_call.h>
#include <linux/string.h>

#include "luo_bpf.h"
#include "private.h"

static unsigned long luob_no_lookup(const char *name)
{
	return 0;
}

static struct btf *luob_no_btf(void)
{
	return NULL;
}

static s32 luob_no_type(const struct btf *btf, const char *name, u8 kind)
{
	return -ENOENT;
}

static const char *luob_no_name(const struct btf *btf, u32 offset)
{
	return "";
}

DEFINE_STATIC_CALL(luob_lookup_name, luob_no_lookup);
DEFINE_STATIC_CALL(luob_vmlinux_btf, luob_no_btf);
DEFINE_STATIC_CALL(luob_find_type, luob_no_type);
DEFINE_STATIC_CALL(luob_btf_name, luob_no_name);

struct luob_fields luob_fields;

/* Address of a kernel symbol, or NULL. */
void *luob_symbol(const char *name)
{
	return (void *)static_call(luob_lookup_name)(name);
}

static int luob_find_lookup(void)
{
	struct kprobe kp = { .symbol_name = "kallsyms_lookup_name" };
	int err = register_kprobe(&kp);

	if (err) {
		luob_say("kallsyms_lookup_name not found (%pe): " LUOB_NEED_LOOKUP, ERR_PTR(err));
		return err;
	}
	/* Behind ENDBR if there is one: good for a direct call. */
	static_call_update(luob_lookup_name, (void *)kp.addr);
	unregister_kprobe(&kp);
	return 0;
}

static int luob_find_btf(void)
{
	void *btf = luob_symbol("bpf_get_btf_vmlinux");
	void *type = luob_symbol("btf_find_by_name_kind");
	void *name = luob_symbol("btf_name_by_offset");

	if (!btf || !type || !name) {
		luob_say("this kernel has no BTF: " LUOB_NEED_BTF);
		return -ENOENT;
	}
	static_call_update(luob_vmlinux_btf, btf);
	static_call_update(luob_find_type, type);
	static_call_update(luob_btf_name, name);
	return 0;
}

static const struct btf_type *luob_skip_modifiers(const struct btf *btf, u32 id)
{
	const struct btf_type *t = btf_type_by_id(btf, id);

	while (t && (btf_kind(t) == BTF_KIND_TYPEDEF || btf_kind(t) == BTF_KIND_CONST ||
		     btf_kind(t) == BTF_KIND_VOLATILE || btf_kind(t) == BTF_KIND_TYPE_TAG))
		t = btf_type_by_id(btf, t->type);
	return t;
}

/* One name of a path: the member's offset is added, its type returned, or NULL. */
static const struct btf_type *luob_walk_member(const struct btf *btf, const struct btf_type *t,
					       const char *name, size_t len, u32 *off)
{
	const struct btf_member *m;
	const char *n;
	u32 i;

	if (btf_kind(t) != BTF_KIND_STRUCT && btf_kind(t) != BTF_KIND_UNION)
		return NULL;
	for_each_member(i, t, m) {
		n = static_call(luob_btf_name)(btf, m->name_off);
		if (!n || strlen(n) != len || memcmp(n, name, len))
			continue;
		*off += __btf_member_bit_offset(t, m) / 8;
		return luob_skip_modifiers(btf, m->type);
	}
	return NULL;
}

/* "struct.member.member": offset in bytes, or LUOB_NO_FIELD. */
static u32 luob_find_field(const struct btf *btf, const char *path)
{
	const char *dot = strchr(path, '.');
	const struct btf_type *t;
	char name[48];
	u32 off = 0;
	s32 id;

	strscpy(name, path, min_t(size_t, dot - path + 1, sizeof(name)));
	id = static_call(luob_find_type)(btf, name, BTF_KIND_STRUCT);
	t = id > 0 ? btf_type_by_id(btf, id) : NULL;
	while (t && dot) {
		path = dot + 1;
		dot = strchr(path, '.');
		t = luob_walk_member(btf, t, path, dot ? dot - path : strlen(path), &off);
	}
	return t ? off : LUOB_NO_FIELD;
}

static int luob_find_fields(void)
{
	const struct btf *btf = static_call(luob_vmlinux_btf)();
	int err = 0;

	if (IS_ERR_OR_NULL(btf)) {
		luob_say("this kernel's BTF cannot be read");
		return -ENOENT;
	}
#define LUOB_FIELD_(name, path, needed)						\
	luob_fields.name = luob_find_field(btf, path);				\
	if (needed && luob_fields.name == LUOB_NO_FIELD) {			\
		luob_say("this kernel has no %s: " LUOB_NEED_FIELDS, path);		\
		err = -ENOENT;							\
	}
	LUOB_FIELDS(LUOB_FIELD_)
#undef LUOB_FIELD_
	return err;
}

/**
 * luob_private_find - Find symbols and fields, once.
 *
 * Context: Process context, may sleep.
 * Return: 0, or what is missing as an errno; the status names it.
 */
int luob_private_find(void)
{
	static DEFINE_MUTEX(mutex);
	static bool found;
	int err;

	guard(mutex)(&mutex);
	if (found)
		return 0;
	err = luob_find_lookup();
	if (!err)
		err = luob_find_btf();
	if (!err)
		err = luob_find_fields();
	found = !err;
	return err;
}

/**
 * luob_root_page - The KHO root FDT of this kernel.
 *
 * Context: luob_private_find() has succeeded.
 * Return: The page, or NULL when KHO or LUO are off; the status tells.
 */
void *luob_root_page(void)
{
	void *kho_out = luob_symbol("kho_out");
	void *page = kho_out ? *luob_field(void *, kho_out, kho_out_fdt) : NULL;

	if (page && luob_symbol("luo_session_global"))
		return page;
	luob_say("no KHO root or sessions: " LUOB_NEED_ROOT);
	return NULL;
}
