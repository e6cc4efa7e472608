// SPDX-License-Identifier: GPL-2.0-only
/* How the kernel was booted, what it permits, and whether the module is at hand. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cmd/doctor.h"
#include "lib/objects.h"

#define MAX_FILE	(64 << 20)

/* ---- files ----------------------------------------------------------------------------- */

static const char *at(const struct doctor *d, const char *path, char full[4200])
{
	snprintf(full, 4200, "%s%s", d->root, path);
	return full;
}

/* All of a file, with a zero behind it. Return: 0 or a negative errno; @b is to be freed. */
int doctor__read(const struct doctor *d, const char *path, struct luo_image_bytes *b)
{
	char full[4200], buf[65536];
	int fd = open(at(d, path, full), O_RDONLY | O_CLOEXEC), err = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	while (!err && b->size < MAX_FILE && (n = read(fd, buf, sizeof(buf))) > 0)
		err = luo_image_bytes__add(b, buf, n);
	close(fd);
	if (!err)
		err = luo_image_bytes__add(b, "", 1);
	if (!err)
		b->size--;
	return err;
}

bool doctor__has(const struct doctor *d, const char *path)
{
	char full[4200];

	return !access(at(d, path, full), F_OK);
}

/* The first line of a small file. Return: whether there is one. */
static bool read_line(const struct doctor *d, const char *path, char *line, size_t size)
{
	struct luo_image_bytes b = {};
	bool ok = !doctor__read(d, path, &b);

	if (ok) {
		snprintf(line, size, "%s", (char *)b.data);
		line[strcspn(line, "\n")] = 0;
	}
	luo_image_bytes__free(&b);
	return ok;
}

/* Is @name in kallsyms? Lines are "ADDRESS TYPE NAME", modules' have "\t[MODULE]" behind. */
enum luob_known doctor__symbol(const struct doctor *d, const char *name)
{
	const char *text = (char *)d->symbols.data, *p = text;
	size_t n = strlen(name);

	if (!d->symbols.size)
		return LUOB_UNKNOWN;
	while ((p = strstr(p, name))) {
		if (p > text && p[-1] == ' ' && (!p[n] || p[n] == '\n'))
			return LUOB_YES;
		p += n;
	}
	return LUOB_NO;
}

void doctor__say(struct doctor *d, const char *name, enum luob_known state, bool needed,
		 const char *next, const char *fmt, ...)
{
	struct doctor_fact *f = luob_grow(d->facts, d->nr, &d->cap, sizeof(*f));
	va_list ap;

	if (!f) {
		d->err = -ENOMEM;
		return;
	}
	d->facts = f;
	f += d->nr++;
	memset(f, 0, sizeof(*f));
	f->state = state;
	f->needed = needed;
	snprintf(f->name, sizeof(f->name), "%s", name);
	snprintf(f->next, sizeof(f->next), "%s", next);
	va_start(ap, fmt);
	vsnprintf(f->found, sizeof(f->found), fmt, ap);
	va_end(ap);
}

/* ---- the machine ----------------------------------------------------------------------- */

static void look_at_machine(struct doctor *d)
{
	const struct luo_release *r = luo_catalogue__release(d->release);
	char machine[65] = "";
	struct utsname uts;

	if (!read_line(d, "/proc/sys/kernel/arch", machine, sizeof(machine)) && !*d->root &&
	    !uname(&uts))
		memcpy(machine, uts.machine, sizeof(machine));
	doctor__say(d, "architecture", !*machine ? LUOB_UNKNOWN :
		    strcmp(machine, "x86_64") ? LUOB_NO : LUOB_YES, true,
		    "luo_bpf.ko is for x86-64; snapshots can be carried on any machine", "%s",
		    *machine ? machine : "/proc/sys/kernel/arch cannot be read");
	doctor__say(d, "release", r ? LUOB_YES : LUOB_NO, false,
		    "luo-load abi --live shows its formats; check and arm need a release of the "
		    "catalogue", "%s is %s%s", d->release, r ? "read as " : "not in the catalogue",
		    r ? r->release : "");
}

/* ---- the command line ------------------------------------------------------------------ */

/* The last NAME=VALUE counts. Return: whether there is one; @on as kstrtobool() reads it. */
static bool boot_option(const char *line, const char *name, bool *on)
{
	size_t n = strlen(name);
	const char *p = line, *v;
	bool found = false;

	while ((p = strstr(p, name))) {
		v = p + n;
		if ((p == line || p[-1] == ' ') && *v == '=') {
			found = true;
			v++;
			*on = strchr("yYtT1", *v) ? *v : (v[0] | 32) == 'o' && (v[1] | 32) == 'n';
		}
		p += n;
	}
	return found;
}

static void look_at_boot_option(struct doctor *d, const char *line, const char *name,
				const char *by_default)
{
	char word[32], next[100];
	bool on = false, said = line && boot_option(line, name, &on);

	snprintf(word, sizeof(word), "%s=on", name);
	snprintf(next, sizeof(next), "boot with kho=on liveupdate=on (GRUB_CMDLINE_LINUX)");
	if (doctor__has(d, "/dev/liveupdate"))
		doctor__say(d, word, LUOB_YES, true, next, "/dev/liveupdate is there");
	else if (said)
		doctor__say(d, word, on ? LUOB_YES : LUOB_NO, true, next, "/proc/cmdline");
	else if (by_default && luo_kconfig__is_set((char *)d->config.data, d->config.size,
						   by_default) == LUOB_YES)
		doctor__say(d, word, LUOB_YES, true, next, "%s=y", by_default);
	else
		doctor__say(d, word, line ? LUOB_NO : LUOB_UNKNOWN, true, next, "%s",
			    line ? "not in /proc/cmdline" : "/proc/cmdline cannot be read");
}

static void look_at_command_line(struct doctor *d)
{
	char line[4096];
	bool ok = read_line(d, "/proc/cmdline", line, sizeof(line));

	look_at_boot_option(d, ok ? line : NULL, "kho", "CONFIG_KEXEC_HANDOVER_ENABLE_DEFAULT");
	look_at_boot_option(d, ok ? line : NULL, "liveupdate", NULL);
	doctor__say(d, "live update", doctor__has(d, "/dev/liveupdate") ? LUOB_YES : LUOB_NO, true,
		    "the two above, and what dmesg says of LUO and KHO", "/dev/liveupdate is %s",
		    doctor__has(d, "/dev/liveupdate") ? "there" : "not there");
}

/* ---- what is permitted ----------------------------------------------------------------- */

/* A switch in /proc or /sys. @want: first character of the good value. */
static void look_at_switch(struct doctor *d, const char *name, const char *path, char want,
			   const char *next)
{
	char value[32];

	if (!read_line(d, path, value, sizeof(value)))
		doctor__say(d, name, LUOB_UNKNOWN, false, next, "%s cannot be read", path);
	else
		doctor__say(d, name, *value == want ? LUOB_YES : LUOB_NO, true, next, "%s is %s",
			    path, value);
}

/* "none [integrity] confidentiality" */
static enum luob_known look_at_lockdown(struct doctor *d)
{
	static const char path[] = "/sys/kernel/security/lockdown";
	char line[100];
	bool bad;

	if (!read_line(d, path, line, sizeof(line))) {
		doctor__say(d, "no lockdown of kprobes", LUOB_UNKNOWN, false,
			    "as root: mount -t securityfs none /sys/kernel/security",
			    "%s cannot be read", path);
		return LUOB_UNKNOWN;
	}
	bad = strstr(line, "[confidentiality]");
	doctor__say(d, "no lockdown of kprobes", bad ? LUOB_NO : LUOB_YES, true,
		    "boot with lockdown=integrity or without lockdown=", "lockdown: %s", line);
	return strstr(line, "[none]") ? LUOB_NO : LUOB_YES;
}

static void look_at_signing(struct doctor *d, enum luob_known lockdown)
{
	static const char path[] = "/sys/module/module/parameters/sig_enforce";
	char value[8] = "";
	bool known = read_line(d, path, value, sizeof(value));
	enum luob_known forced = *value == 'Y' || lockdown == LUOB_YES ? LUOB_YES :
				known && lockdown == LUOB_NO ? LUOB_NO : LUOB_UNKNOWN;

	doctor__say(d, "unsigned modules",
		    forced == LUOB_YES ? LUOB_NO : forced == LUOB_NO ? LUOB_YES : LUOB_UNKNOWN,
		    false,
		    "sign luo_bpf.ko: scripts/sign-file, with a key that the kernel trusts (MOK)",
		    "%s", forced == LUOB_YES ? "signatures are demanded" :
		    forced == LUOB_NO ? "signatures are not demanded" :
		    "sig_enforce and lockdown cannot both be read");
}

static void look_at_permissions(struct doctor *d)
{
	char value[8];

	look_at_signing(d, look_at_lockdown(d));
	look_at_switch(d, "function tracing", "/proc/sys/kernel/ftrace_enabled", '1',
		       "sysctl kernel.ftrace_enabled=1");
	look_at_switch(d, "kexec", "/proc/sys/kernel/kexec_load_disabled", '0',
		       "only a reboot takes kernel.kexec_load_disabled=1 back");
	/* Who has the module loaded does not care. */
	if (!doctor__has(d, "/sys/module/luo_bpf") &&
	    read_line(d, "/proc/sys/kernel/modules_disabled", value, sizeof(value)))
		doctor__say(d, "loading modules", *value == '0' ? LUOB_YES : LUOB_NO, true,
			    "only a reboot takes kernel.modules_disabled=1 back",
			    "/proc/sys/kernel/modules_disabled is %s", value);
}

/* ---- the module and the programs ------------------------------------------------------- */

static void look_at_module(struct doctor *d)
{
	static const char next[] = "install luo-bpf-dkms and the kernel's headers, or: make -C "
				   "kernel KDIR=/lib/modules/$(uname -r)/build";
	struct luo_image_bytes b = {};
	char path[200];
	int err;

	if (doctor__has(d, "/sys/module/luo_bpf")) {
		doctor__say(d, "luo_bpf.ko", LUOB_YES, true, next, "loaded");
		return;
	}
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", d->release);
	err = doctor__read(d, path, &b);
	if (!err && strstr((char *)b.data, "/luo_bpf.ko"))
		doctor__say(d, "luo_bpf.ko", LUOB_YES, true, next, "not loaded, modprobe luo_bpf "
			    "will");
	else
		doctor__say(d, "luo_bpf.ko", err && err != -ENOENT ? LUOB_UNKNOWN : LUOB_NO, true,
			    next, "not loaded, and %s %s", path, err ? "cannot be read" :
			    "does not name it");
	luo_image_bytes__free(&b);
}

static void look_at_bpffs(struct doctor *d)
{
	struct luo_image_bytes b = {};
	bool ok = !doctor__read(d, "/proc/mounts", &b);
	bool there = ok && strstr((char *)b.data, " /sys/fs/bpf bpf ");

	doctor__say(d, "bpffs", !ok ? LUOB_UNKNOWN : there ? LUOB_YES : LUOB_NO, false,
		    "mount -t bpf bpf /sys/fs/bpf: links of attached objects are pinned there",
		    "/sys/fs/bpf is %s", there ? "mounted" : ok ? "not mounted" : "not known");
	luo_image_bytes__free(&b);
}

static void look_at_translators(struct doctor *d)
{
	char msg[400] = "no memory", where[2300] = "", found[280];
	struct luo_objects o;
	int err = luo_objects__open(&o, msg, sizeof(msg));

	if (!err)
		err = luo_objects__add_installed(&o, where, sizeof(where), msg, sizeof(msg));
	if (err)
		snprintf(found, sizeof(found), "%.60s: %.180s", where, msg);
	else
		snprintf(found, sizeof(found), "%zu in %.200s", o.nr, where);
	doctor__say(d, "translators", err ? LUOB_NO : LUOB_YES, false,
		    "install luo-bpf, or set LUO_BPF_PATH", "%s", found);
	luo_objects__free(&o);
}

/* ---- all of it ------------------------------------------------------------------------- */

/**
 * doctor__look - look at a kernel
 * @d: result, to be freed with doctor__free() also after a failure
 * @root: "" for this machine, or a directory with copies of its files
 *
 * Return: 0, -ENOENT when @root has no /proc/sys/kernel/osrelease, -ENOMEM.
 */
int doctor__look(struct doctor *d, const char *root)
{
	memset(d, 0, sizeof(*d));
	d->root = root;
	if (!read_line(d, "/proc/sys/kernel/osrelease", d->release, sizeof(d->release)))
		return -ENOENT;
	luo_kconfig__running(&d->config, root, d->release, d->config_from, sizeof(d->config_from));
	if (doctor__read(d, "/proc/kallsyms", &d->symbols))
		d->symbols.size = 0;
	look_at_machine(d);
	doctor__kernel(d);
	look_at_command_line(d);
	look_at_permissions(d);
	look_at_module(d);
	look_at_bpffs(d);
	if (!*root)
		look_at_translators(d);
	return d->err;
}

void doctor__free(struct doctor *d)
{
	luo_image_bytes__free(&d->config);
	luo_image_bytes__free(&d->symbols);
	free(d->facts);
}
