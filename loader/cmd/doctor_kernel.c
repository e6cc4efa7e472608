// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the kernel was built. The kernel itself is asked first, by its symbols and files: a
 * configuration that lies in /boot is only most probably the one of what runs.
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <string.h>

#include "cmd/doctor.h"
#include "module/needs.h"

#define BTF_FILE "/sys/kernel/btf/vmlinux"

/* ---- options --------------------------------------------------------------------------- */

/**
 * struct option - of the kernel's configuration
 * @name:	it is =y
 * @symbol:	in kallsyms only if it is on, or NULL
 * @file:	there only if it is on, or NULL
 * @why:	what it is good for
 */
static const struct option {
	const char *name;
	const char *symbol;
	const char *file;
	const char *why;
} options[] = {
	{ "CONFIG_LIVEUPDATE", "liveupdate_reboot", "/dev/liveupdate", "LUO" },
	{ "CONFIG_KEXEC_HANDOVER", "kho_fill_kimage", "/dev/liveupdate", "KHO" },
	{ "CONFIG_KEXEC_FILE", "kexec_add_buffer", NULL,
	  "kexec_file_load(2), which alone hands state over" },
	{ "CONFIG_MODULES", "load_module", "/proc/modules", "luo_bpf.ko" },
	{ "CONFIG_KALLSYMS_ALL", "kexec_image", NULL, "symbols of data" },
	{ "CONFIG_KPROBES", "register_kprobe", "/sys/kernel/debug/kprobes",
	  "finds kallsyms_lookup_name()" },
	{ "CONFIG_DYNAMIC_FTRACE", "ftrace_set_filter_ip", "/proc/sys/kernel/ftrace_enabled",
	  "redirects three functions" },
	{ "CONFIG_BPF_SYSCALL", "bpf_check", "/proc/sys/kernel/unprivileged_bpf_disabled",
	  "translators are BPF" },
	{ "CONFIG_BPF_JIT", "bpf_struct_ops_link_create", "/proc/sys/net/core/bpf_jit_harden",
	  "struct_ops" },
	{ "CONFIG_DEBUG_INFO_BTF", NULL, BTF_FILE, "layouts of private structures" },
	{ "CONFIG_DEBUG_INFO_BTF_MODULES", "btf_try_get_module", NULL,
	  "BTF of luo_bpf.ko" },
};

static void look_at_option(struct doctor *d, const struct option *o)
{
	enum luob_known state;
	char next[280];

	state = luo_kconfig__is_set((char *)d->config.data, d->config.size, o->name);

	snprintf(next, sizeof(next), "boot a kernel built with it (%s)", o->why);
	if (o->file && doctor__has(d, o->file))
		doctor__say(d, o->name, LUOB_YES, true, next, "%s is there", o->file);
	else if (o->symbol && doctor__symbol(d, o->symbol) == LUOB_YES)
		doctor__say(d, o->name, LUOB_YES, true, next, "%s() is there", o->symbol);
	else if (state != LUOB_UNKNOWN)
		doctor__say(d, o->name, state, true, next, "%s %s", state == LUOB_YES ? "in" :
			    "not set in", d->config_from);
	else if (o->symbol && doctor__symbol(d, o->symbol) == LUOB_NO)
		doctor__say(d, o->name, LUOB_NO, true, next, "kallsyms has no %s", o->symbol);
	else
		doctor__say(d, o->name, LUOB_UNKNOWN, true, next,
			    "no configuration to be read: /proc/config.gz, /boot/config-%s",
			    d->release);
}

/* ---- symbols --------------------------------------------------------------------------- */

static const struct {
	const char *name;
	bool needed;
	const char *why;
} symbols[] = {
#define LUOB_SYMBOL_(name, needed, why) { name, needed, why },
	LUOB_SYMBOLS(LUOB_SYMBOL_)
#undef LUOB_SYMBOL_
};

/* Names that were looked for: the first ones that are missing, and how many there are. */
struct missing {
	char names[200];
	size_t nr;
};

static void add_missing(struct missing *m, const char *name)
{
	size_t n = strlen(m->names);

	if (m->nr++ < 3)
		snprintf(m->names + n, sizeof(m->names) - n, "%s%s", n ? ", " : "", name);
}

static void say_missing(struct doctor *d, const char *what, const struct missing *m,
			const char *where, const char *next)
{
	char more[40] = "";

	if (m->nr > 3)
		snprintf(more, sizeof(more), " and %zu more", m->nr - 3);
	doctor__say(d, what, LUOB_NO, true, next, "not in %s: %s%s", where, m->names, more);
}

static void look_at_symbols(struct doctor *d)
{
	const size_t all = sizeof(symbols) / sizeof(symbols[0]);
	struct missing missing = {};
	const char *why = "";
	size_t i, nr = 0;

	if (!d->symbols.size) {
		doctor__say(d, "symbols", LUOB_UNKNOWN, true, "boot a kernel with CONFIG_KALLSYMS",
			    "no /proc/kallsyms");
		return;
	}
	for (i = 0; i < all; i++) {
		if (doctor__symbol(d, symbols[i].name) == LUOB_YES) {
			nr++;
		} else if (symbols[i].needed) {
			why = *why ? why : symbols[i].why;
			add_missing(&missing, symbols[i].name);
		}
	}
	if (missing.nr)
		say_missing(d, "symbols", &missing, "kallsyms", why);
	else
		doctor__say(d, "symbols", LUOB_YES, true, "",
			    "%zu of %zu in kallsyms, all that are needed", nr, all);
}

/* ---- private structures ---------------------------------------------------------------- */

static const struct {
	const char *path;
	bool needed;
} fields[] = {
#define LUOB_FIELD_(name, path, needed) { path, needed },
	LUOB_FIELDS(LUOB_FIELD_)
#undef LUOB_FIELD_
};

/* The type of a member, without typedefs and the like, or NULL: as in the module. */
static const struct btf_type *walk(const struct btf *btf, const struct btf_type *t,
				   const char *name, size_t len)
{
	const struct btf_member *m = btf_members(t);
	const char *n;
	int i;

	if (!btf_is_composite(t))
		return NULL;
	for (i = 0; i < btf_vlen(t); i++) {
		n = btf__name_by_offset(btf, m[i].name_off);
		if (!n || strlen(n) != len || memcmp(n, name, len))
			continue;
		t = btf__type_by_id(btf, m[i].type);
		while (t && (btf_is_mod(t) || btf_is_typedef(t) || btf_is_type_tag(t)))
			t = btf__type_by_id(btf, t->type);
		return t;
	}
	return NULL;
}

static bool has_field(const struct btf *btf, const char *path)
{
	const char *dot = strchr(path, '.');
	const struct btf_type *t;
	char name[64];
	__s32 id;

	snprintf(name, sizeof(name), "%.*s", (int)(dot - path), path);
	id = btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT);
	t = id > 0 ? btf__type_by_id(btf, id) : NULL;
	while (t && dot) {
		path = dot + 1;
		dot = strchr(path, '.');
		t = walk(btf, t, path, dot ? (size_t)(dot - path) : strlen(path));
	}
	return t;
}

static void look_at_fields(struct doctor *d)
{
	const size_t all = sizeof(fields) / sizeof(fields[0]);
	struct missing missing = {};
	char path[4200];
	struct btf *btf;
	size_t i, nr = 0;

	if (!doctor__has(d, BTF_FILE)) {
		doctor__say(d, "private structures", LUOB_UNKNOWN, true, LUOB_NEED_BTF, "no "
			    BTF_FILE);
		return;
	}
	snprintf(path, sizeof(path), "%s%s", d->root, BTF_FILE);
	libbpf_set_print(NULL);
	btf = btf__parse(path, NULL);
	if (!btf) {
		doctor__say(d, "private structures", LUOB_UNKNOWN, true, LUOB_NEED_BTF, BTF_FILE
			    " cannot be read: %s", strerror(errno));
		return;
	}
	for (i = 0; i < all; i++) {
		if (has_field(btf, fields[i].path))
			nr++;
		else if (fields[i].needed)
			add_missing(&missing, fields[i].path);
	}
	btf__free(btf);
	if (missing.nr)
		say_missing(d, "private structures", &missing, "BTF", LUOB_NEED_FIELDS);
	else
		doctor__say(d, "private structures", LUOB_YES, true, "",
			    "%zu of %zu fields in BTF, all that are needed", nr, all);
}

/* How the kernel was built, and what of it the module can find. */
void doctor__kernel(struct doctor *d)
{
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		look_at_option(d, &options[i]);
	look_at_symbols(d);
	look_at_fields(d);
}
