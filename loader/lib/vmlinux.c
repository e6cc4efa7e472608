// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A kernel as ELF: a vmlinux, what a bzImage unpacks to, or a module. Neither symbols nor
 * debug information is asked for, as what distributions ship has none.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/driver_format.h"
#include "lib/vmlinux.h"

#define MAX_SECTIONS	4096
#define MIN_WORD	3

struct section {
	const char *name;
	__u64 addr;
	__u64 flags;
	__u32 index;
	const __u8 *data;
	size_t size;
};

struct vmlinux {
	int fd;
	Elf *elf;
	bool module;
	struct section *sections;
	size_t nr;
};

static int fail(char *msg, size_t msg_size, int err, const char *text)
{
	snprintf(msg, msg_size, "%s", text);
	return err;
}

void vmlinux__close(struct vmlinux *k)
{
	if (!k)
		return;
	free(k->sections);
	elf_end(k->elf);
	if (k->fd >= 0)
		close(k->fd);
	free(k);
}

/* Sections with content that the kernel keeps: not symbols, not debug information. */
static int read_section(struct vmlinux *k, Elf_Scn *scn, const GElf_Shdr *sh, size_t strings)
{
	struct section *s = &k->sections[k->nr];
	Elf_Data *d;

	if (sh->sh_type == SHT_NOBITS || !(sh->sh_flags & SHF_ALLOC) || !sh->sh_size)
		return 0;
	d = elf_getdata(scn, NULL);
	s->name = elf_strptr(k->elf, strings, sh->sh_name);
	if (!d || !s->name || !d->d_buf)
		return -EINVAL;
	s->addr = sh->sh_addr;
	s->flags = sh->sh_flags;
	s->index = elf_ndxscn(scn);
	s->data = d->d_buf;
	s->size = d->d_size;
	k->nr++;
	return 0;
}

static int read_sections(struct vmlinux *k, char *msg, size_t msg_size)
{
	size_t nr, strings;
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;

	if (elf_getshdrnum(k->elf, &nr) || elf_getshdrstrndx(k->elf, &strings) || !nr ||
	    nr > MAX_SECTIONS)
		return fail(msg, msg_size, -EINVAL, "its section headers are damaged");
	k->sections = calloc(nr, sizeof(*k->sections));
	if (!k->sections)
		return fail(msg, msg_size, -ENOMEM, "no memory");
	while ((scn = elf_nextscn(k->elf, scn)))
		if (!gelf_getshdr(scn, &sh) || read_section(k, scn, &sh, strings))
			return fail(msg, msg_size, -EINVAL, "a section lies outside of the file");
	return 0;
}

static int check_header(struct vmlinux *k, char *msg, size_t msg_size)
{
	GElf_Ehdr e;

	if (elf_kind(k->elf) != ELF_K_ELF || !gelf_getehdr(k->elf, &e))
		return fail(msg, msg_size, -ENOEXEC, "no ELF file");
	if (e.e_ident[EI_CLASS] != ELFCLASS64 || e.e_ident[EI_DATA] != ELFDATA2LSB)
		return fail(msg, msg_size, -ENOEXEC, "not 64-bit and little-endian");
	if (e.e_machine != EM_X86_64) {
		snprintf(msg, msg_size, "built for %s: only kernels for x86-64 are read",
			 e.e_machine == EM_AARCH64 ? "arm64" : "another architecture");
		return -ENOEXEC;
	}
	k->module = e.e_type == ET_REL;
	return read_sections(k, msg, msg_size);
}

static int open_elf(struct vmlinux **k, int fd, const void *data, size_t size, char *msg,
		    size_t msg_size)
{
	struct vmlinux *n = calloc(1, sizeof(*n));
	int err;

	if (!n) {
		if (fd >= 0)
			close(fd);
		return fail(msg, msg_size, -ENOMEM, "no memory");
	}
	n->fd = fd;
	elf_version(EV_CURRENT);
	n->elf = fd >= 0 ? elf_begin(fd, ELF_C_READ, NULL) : elf_memory((char *)data, size);
	err = n->elf ? check_header(n, msg, msg_size) :
		       fail(msg, msg_size, -ENOEXEC, "no ELF file");
	if (err)
		vmlinux__close(n);
	else
		*k = n;
	return err;
}

/**
 * vmlinux__open - a vmlinux or a module
 * @k: result
 * @path: ELF file
 * @msg: one line on failure, without @path
 * @msg_size: bytes of @msg
 *
 * Return: 0, -ENOEXEC when it is no ELF file for x86-64, -EINVAL for a damaged one, -ENOMEM,
 * or what open(2) says.
 */
int vmlinux__open(struct vmlinux **k, const char *path, char *msg, size_t msg_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fail(msg, msg_size, -errno, strerror(errno));
	return open_elf(k, fd, NULL, 0, msg, msg_size);
}

/* As vmlinux__open(); @data is the caller's, has to stay, and is not changed. */
int vmlinux__open_bytes(struct vmlinux **k, const void *data, size_t size, char *msg,
			size_t msg_size)
{
	return open_elf(k, -1, data, size, msg, msg_size);
}

static const struct section *by_name(const struct vmlinux *k, const char *name)
{
	size_t i;

	for (i = 0; i < k->nr; i++)
		if (!strcmp(k->sections[i].name, name))
			return &k->sections[i];
	return NULL;
}

/* Return: 0, -ENOENT without BTF, -EINVAL when it is damaged. */
int vmlinux__btf(struct vmlinux *k, struct btf **btf, char *msg, size_t msg_size)
{
	const struct section *s = by_name(k, ".BTF");

	if (!s)
		return fail(msg, msg_size, -ENOENT, "no BTF in it (CONFIG_DEBUG_INFO_BTF)");
	*btf = btf__new(s->data, s->size);
	return *btf ? 0 : fail(msg, msg_size, -EINVAL, "its BTF is damaged");
}

/* ---- words ---------------------------------------------------------------------------- */

static bool has_text(const struct section *s)
{
	return !(s->flags & SHF_EXECINSTR) && strcmp(s->name, ".BTF");
}

static bool find(const struct vmlinux *k, const char *text, bool whole)
{
	size_t i, n = strlen(text) + 1;
	const __u8 *p, *end;

	for (i = 0; i < k->nr; i++) {
		if (!has_text(&k->sections[i]))
			continue;
		p = k->sections[i].data;
		end = p + k->sections[i].size;
		for (; (p = memmem(p, end - p, text, n)); p++)
			if (!whole || p == k->sections[i].data || !p[-1])
				return true;
	}
	return false;
}

/* Is it there, be it the tail of another string? Linkers merge tails. */
bool vmlinux__has_word(const struct vmlinux *k, const char *word)
{
	return find(k, word, false);
}

/* Is it there as a string of its own? */
bool vmlinux__has_string(const struct vmlinux *k, const char *string)
{
	return find(k, string, true);
}

static int strings_of(const struct section *s, int (*take)(void *priv, const char *string),
		      void *priv)
{
	const __u8 *p = s->data, *end = p + s->size, *nul;
	int rc = 0;

	for (; p < end && !rc && (nul = memchr(p, 0, end - p)); p = nul + 1) {
		if (nul - p < MIN_WORD || nul - p >= VMLINUX_STRING)
			continue;
		rc = take(priv, (const char *)p);
	}
	return rc;
}

/* Every string of 3 to 47 bytes; any bytes. Return: what @take returned. */
int vmlinux__each_string(const struct vmlinux *k, int (*take)(void *priv, const char *string),
			 void *priv)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < k->nr && !rc; i++)
		if (has_text(&k->sections[i]))
			rc = strings_of(&k->sections[i], take, priv);
	return rc;
}

/* ---- handlers ------------------------------------------------------------------------- */

/*
 * struct liveupdate_file_handler and struct liveupdate_flb begin with a pointer to
 * operations and the version string in an array, and are zero behind it until they are
 * registered (include/linux/liveupdate.h of 6.19 to 7.3).
 */
#define OPS_AT		0
#define STRING_AT	8
#define ZERO_AT		(STRING_AT + VMLINUX_STRING)
#define ZERO_SIZE	16	/* struct list_head, the least that follows */

/* Which operations both register functions demand, as bits of their places. */
#define FILE_OPS	0xa7	/* can_preserve, preserve, unpreserve, retrieve, finish */
#define FLB_OPS		0x0f	/* preserve, unpreserve, retrieve, finish */

static const struct section *by_addr(const struct vmlinux *k, __u64 addr, size_t size)
{
	size_t i;

	for (i = 0; i < k->nr; i++) {
		const struct section *s = &k->sections[i];

		if (addr >= s->addr && addr - s->addr < s->size &&
		    size <= s->size - (addr - s->addr))
			return s;
	}
	return NULL;
}

static bool is_code(const struct vmlinux *k, __u64 addr)
{
	const struct section *s = addr ? by_addr(k, addr, 1) : NULL;

	return s && s->flags & SHF_EXECINSTR;
}

/* A string in an array of 48, zeros to its end. */
static bool is_compatible(const __u8 *p)
{
	size_t i, len = strnlen((const char *)p, VMLINUX_STRING);

	if (len < 2 || len == VMLINUX_STRING)
		return false;
	for (i = 0; i < VMLINUX_STRING; i++)
		if (i < len ? !isgraph(p[i]) : p[i])
			return false;
	return true;
}

/* The places of @size / 8 operations that hold the address of a function. */
static __u32 operations(const struct vmlinux *k, __u64 addr, size_t size)
{
	const struct section *s = by_addr(k, addr, size);
	__u32 mask = 0;
	__u64 fn;
	size_t i;

	if (!s || s->flags & SHF_EXECINSTR)
		return 0;
	for (i = 0; i < size / 8; i++) {
		memcpy(&fn, s->data + (addr - s->addr) + 8 * i, sizeof(fn));
		if (is_code(k, fn))
			mask |= 1U << i;
		else if (fn)
			return mask;
	}
	return mask;
}

static int try_object(const struct vmlinux *k, const struct section *s, size_t off,
		      vmlinux_handler_fn *take, void *priv)
{
	static const __u8 zero[ZERO_SIZE];
	const __u8 *p = s->data + off;
	__u64 ops;
	__u32 mask;

	memcpy(&ops, p + OPS_AT, sizeof(ops));
	if (!ops || ops % 8 || !is_compatible(p + STRING_AT) ||
	    memcmp(p + ZERO_AT, zero, sizeof(zero)))
		return 0;
	mask = operations(k, ops, 8 * 8);
	if ((mask & FILE_OPS) == FILE_OPS)
		return take(priv, VMLINUX_FILE, (const char *)p + STRING_AT, s->addr + off);
	mask |= operations(k, ops, 4 * 8);
	if ((mask & FLB_OPS) == FLB_OPS)
		return take(priv, VMLINUX_FLB, (const char *)p + STRING_AT, s->addr + off);
	return 0;
}

static int objects_of(const struct vmlinux *k, const struct section *s,
		      vmlinux_handler_fn *take, void *priv)
{
	size_t off;
	int rc = 0;

	for (off = -s->addr % 8; off + ZERO_AT + ZERO_SIZE <= s->size && !rc; off += 8)
		rc = try_object(k, s, off, take, priv);
	return rc;
}

/*
 * In a module, the pointer to operations is a relocation, and the operations are too: what
 * is registered as which is not known, so all that looks like one of the two is a file.
 */
static int relocated(const struct vmlinux *k, Elf_Scn *scn, const GElf_Shdr *sh,
		     vmlinux_handler_fn *take, void *priv)
{
	const struct section *s = NULL;
	Elf_Data *d = elf_getdata(scn, NULL);
	GElf_Rela r;
	size_t i;
	int rc = 0;

	for (i = 0; i < k->nr; i++)
		if (k->sections[i].index == sh->sh_info)
			s = &k->sections[i];
	if (!d || !s || s->flags & SHF_EXECINSTR || !sh->sh_entsize)
		return 0;
	for (i = 0; i < d->d_size / sh->sh_entsize && !rc; i++) {
		if (!gelf_getrela(d, i, &r) || GELF_R_TYPE(r.r_info) != R_X86_64_64 ||
		    r.r_offset > s->size || s->size - r.r_offset < ZERO_AT)
			continue;
		if (is_compatible(s->data + r.r_offset + STRING_AT))
			rc = take(priv, VMLINUX_FILE,
				  (const char *)s->data + r.r_offset + STRING_AT, r.r_offset);
	}
	return rc;
}

static int module_handlers(const struct vmlinux *k, vmlinux_handler_fn *take, void *priv)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;
	int rc = 0;

	while (!rc && (scn = elf_nextscn(k->elf, scn)))
		if (gelf_getshdr(scn, &sh) && sh.sh_type == SHT_RELA)
			rc = relocated(k, scn, &sh, take, priv);
	return rc;
}

/*
 * .liveupdate_versions, where a kernel has it: magic and version 1 (u32 each), then strings
 * in arrays of 48.
 */
#define VERSIONS_MAGIC	0x4c565550U

static int declared(const struct vmlinux *k, vmlinux_handler_fn *take, void *priv)
{
	const struct section *s = by_name(k, ".liveupdate_versions");
	__u32 head[2];
	size_t off;
	int rc = 0;

	if (!s || s->size < sizeof(head))
		return 0;
	memcpy(head, s->data, sizeof(head));
	if (head[0] != VERSIONS_MAGIC || head[1] != 1)
		return 0;
	for (off = sizeof(head); off + VMLINUX_STRING <= s->size && !rc; off += VMLINUX_STRING)
		if (is_compatible(s->data + off))
			rc = take(priv, VMLINUX_DECLARED, (const char *)s->data + off,
				  s->addr + off);
	return rc;
}

static bool is_word(const char *s, size_t size)
{
	size_t i, n = strnlen(s, size);

	for (i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) && !strchr("-_:.", s[i]))
			return false;
	return n && n < size;
}

/**
 * vmlinux__each_driver - blobs of drivers that a kernel or a module says it knows
 * @k: kernel or module
 * @take: gets each
 * @priv: for @take
 *
 * Return: what @take returned.
 */
int vmlinux__each_driver(const struct vmlinux *k,
			 int (*take)(void *priv, const struct luo_bpf_driver_format *f),
			 void *priv)
{
	const struct section *s = by_name(k, LUO_BPF_DRIVER_SECTION);
	struct luo_bpf_driver_format f;
	size_t off;
	int rc = 0;

	for (off = 0; s && off + sizeof(f) <= s->size && !rc; off += sizeof(f)) {
		memcpy(&f, s->data + off, sizeof(f));
		if (is_word(f.version, sizeof(f.version)) && is_word(f.family, sizeof(f.family)) &&
		    is_word(f.layout, sizeof(f.layout)))
			rc = take(priv, &f);
	}
	return rc;
}

/**
 * vmlinux__each_handler - what a kernel or a module can register with LUO, and what it declares
 * @k: kernel or module
 * @take: gets each
 * @priv: for @take
 *
 * Return: what @take returned.
 */
int vmlinux__each_handler(const struct vmlinux *k, vmlinux_handler_fn *take, void *priv)
{
	size_t i;
	int rc;

	rc = declared(k, take, priv);
	if (!rc && k->module)
		rc = module_handlers(k, take, priv);
	for (i = 0; i < k->nr && !rc && !k->module; i++)
		if (k->sections[i].flags & SHF_WRITE)
			rc = objects_of(k, &k->sections[i], take, priv);
	return rc;
}

/* Does a module want this symbol of the kernel? */
bool vmlinux__imports(const struct vmlinux *k, const char *symbol)
{
	Elf_Scn *scn = NULL;
	const char *name;
	Elf_Data *d;
	GElf_Shdr sh;
	GElf_Sym sym;
	size_t i;

	while ((scn = elf_nextscn(k->elf, scn))) {
		if (!gelf_getshdr(scn, &sh) || sh.sh_type != SHT_SYMTAB || !sh.sh_entsize)
			continue;
		d = elf_getdata(scn, NULL);
		for (i = 0; d && i < d->d_size / sh.sh_entsize; i++) {
			if (!gelf_getsym(d, i, &sym) || sym.st_shndx != SHN_UNDEF)
				continue;
			name = elf_strptr(k->elf, sh.sh_link, sym.st_name);
			if (name && !strcmp(name, symbol))
				return true;
		}
	}
	return false;
}
