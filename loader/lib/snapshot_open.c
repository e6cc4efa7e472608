// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Headers and notes of a core: checked once, before any memory is read. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "snapshot_int.h"

#define PA_END		(1ULL << 52)		/* x86-64: physical addresses have 52 bits */
#define KERNEL_IMAGE	0xffffffff80000000ULL	/* x86-64: __START_KERNEL_map */
#define MAX_PHDRS	(1U << 20)
#define MAX_NOTES	(16U << 20)

/* What only luo_snapshot__open() needs. */
struct opener {
	struct luo_snapshot *snap;
	Elf *elf;
	size_t note_bytes;
	char *release;		/* of VMCOREINFO */
	bool qemu;		/* written by QEMU's dump-guest-memory */
	char *msg;
	size_t msg_size;
};

__attribute__((format(printf, 3, 4)))
static int refuse(struct opener *o, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(o->msg, o->msg_size, fmt, ap);
	va_end(ap);
	return err;
}

#define malformed(o, ...)	refuse(o, -EBADMSG, __VA_ARGS__)
#define no_memory(o)		refuse(o, -ENOMEM, "out of memory")

static int open_file(struct opener *o, const char *path)
{
	struct luo_snapshot *snap = o->snap;
	struct stat st;

	snap->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (snap->fd < 0 || fstat(snap->fd, &st))
		return refuse(o, -errno, "cannot open: %s", strerror(errno));
	if (S_ISDIR(st.st_mode))
		return refuse(o, -EISDIR, "is a directory; give a core file");
	if (!S_ISREG(st.st_mode))
		return refuse(o, -EINVAL, "not a regular file; give a core file");
	if (!st.st_size)
		return malformed(o, "empty file; take the dump again");
	snap->file_size = st.st_size;
	return 0;
}

/* What else a dump may be, and what libelf would take for something else. */
static int check_ident(struct opener *o)
{
	union {
		Elf64_Ehdr ehdr;
		char bytes[sizeof(Elf64_Ehdr)];
	} u = {};
	size_t len = sizeof(u);
	int err;

	if (o->snap->file_size < len)
		len = o->snap->file_size;
	err = snapshot__read_at(o->snap->fd, &u, len, 0);
	if (err)
		return refuse(o, err, "cannot read: %s", strerror(-err));
	if (!memcmp(u.bytes, "KDUMP   ", 8) || !memcmp(u.bytes, "DISKDUMP", 8) ||
	    !memcmp(u.bytes, "makedumpfile", 12))
		return malformed(o, "kdump format, not ELF; convert it with makedumpfile -E");
	if (memcmp(u.bytes, ELFMAG, SELFMAG))
		return malformed(o, "not an ELF file; take a vmcore or an ELF dump of QEMU");
	if (u.bytes[EI_CLASS] == ELFCLASS32)
		return malformed(o, "32-bit ELF; only cores of x86-64 machines can be read");
	if (u.bytes[EI_DATA] == ELFDATA2MSB)
		return malformed(o, "big-endian ELF; only cores of x86-64 machines can be read");
	if (len < sizeof(u))
		return malformed(o, "truncated: the ELF header ends at byte %zu, the file has %zu",
				 sizeof(u), len);
	/* libelf would allocate whatever section header 0 asks for. */
	if (!u.ehdr.e_shnum && u.ehdr.e_shoff)
		return malformed(o, "malformed ELF header: sections at %#llx, but none counted",
				 (unsigned long long)u.ehdr.e_shoff);
	return 0;
}

static int read_ehdr(struct opener *o)
{
	GElf_Ehdr ehdr;

	elf_version(EV_CURRENT);
	o->elf = elf_begin(o->snap->fd, ELF_C_READ, NULL);
	if (!o->elf || elf_kind(o->elf) != ELF_K_ELF || !gelf_getehdr(o->elf, &ehdr))
		return malformed(o, "malformed ELF header (libelf: %s); take the dump again",
				 elf_errmsg(-1));
	if (ehdr.e_type != ET_CORE)
		return malformed(o, "ELF type %u, not a core (%u); give a memory dump",
				 ehdr.e_type, ET_CORE);
	if (ehdr.e_machine != EM_X86_64)
		return malformed(o, "a core of ELF machine %u; only x86-64 (%u) can be read",
				 ehdr.e_machine, EM_X86_64);
	if (ehdr.e_phnum && ehdr.e_phentsize != sizeof(Elf64_Phdr))
		return malformed(o, "malformed ELF header: e_phentsize is %u, not %zu",
				 ehdr.e_phentsize, sizeof(Elf64_Phdr));
	return 0;
}

/* The file has all bytes of a thing, the @i'th of its kind. */
static int check_extent(struct opener *o, const char *what, size_t i, __u64 off, __u64 len)
{
	unsigned long long size = o->snap->file_size;

	if (!len || (off <= size && len <= size - off))
		return 0;
	if (off > size)
		return malformed(o, "truncated: %s %zu is at byte %llu, the file has %llu",
				 what, i, (unsigned long long)off, size);
	return malformed(o, "truncated: %s %zu ends at byte %llu, the file has %llu", what, i,
			 (unsigned long long)off + len, size);
}

static int count_phdrs(struct opener *o, size_t *nr)
{
	GElf_Shdr shdr;
	GElf_Ehdr ehdr;

	/* Not elf_getphdrnum(): it cuts the number down to what the file has. */
	gelf_getehdr(o->elf, &ehdr);
	*nr = ehdr.e_phnum;
	if (*nr == PN_XNUM) {
		if (!gelf_getshdr(elf_getscn(o->elf, 0), &shdr) || !shdr.sh_info)
			return malformed(o, "no section header 0, which counts program headers");
		*nr = shdr.sh_info;
	}
	if (*nr > MAX_PHDRS)
		return malformed(o, "%zu program headers; at most %u can be read", *nr, MAX_PHDRS);
	return check_extent(o, "program header", *nr - 1, ehdr.e_phoff, *nr * sizeof(Elf64_Phdr));
}

static bool plain_text(const char *s, size_t len)
{
	while (len--)
		if (iscntrl((unsigned char)*s++) && s[-1] != '\n' && s[-1] != '\t')
			return false;
	return true;
}

/* Appends lines; each ends in a NUL instead of the newline. */
static int add_text(struct luo_snapshot *snap, const char *lines, size_t len)
{
	char *text = realloc(snap->text, snap->text_len + len + 1), *p;

	if (!text)
		return -ENOMEM;
	p = text + snap->text_len;
	memcpy(p, lines, len);
	p[len] = '\0';
	snap->text = text;
	snap->text_len += len + 1;
	while ((p = memchr(p, '\n', text + snap->text_len - p)))
		*p++ = '\0';
	return 0;
}

static int add_reduced_note(struct opener *o, const char *desc, size_t len)
{
	while (len && !desc[len - 1])
		len--;
	if (!plain_text(desc, len))
		return malformed(o, "note %s: control characters in the text", LUO_SNAPSHOT_NOTE);
	if (add_text(o->snap, desc, len))
		return no_memory(o);
	o->snap->reduced = true;
	return 0;
}

/* Keeps "OSRELEASE=..." of the lines. */
static int add_vmcoreinfo(struct opener *o, const char *desc, size_t len)
{
	static const char key[] = "OSRELEASE=";
	const char *end = desc + len, *eol;

	for (; desc < end && !o->release; desc = eol + 1) {
		eol = memchr(desc, '\n', end - desc);
		if (!eol)
			eol = desc + strnlen(desc, end - desc);
		if ((size_t)(eol - desc) < strlen(key) || memcmp(desc, key, strlen(key)))
			continue;
		if (!plain_text(desc, eol - desc))
			return malformed(o, "note VMCOREINFO: control characters in OSRELEASE");
		o->release = strndup(desc, eol - desc);
		if (!o->release)
			return no_memory(o);
	}
	return 0;
}

static bool note_is(const Elf_Data *data, const GElf_Nhdr *nhdr, size_t name, const char *want)
{
	size_t len = strlen(want);

	/* With or without the NUL. */
	return (nhdr->n_namesz == len || nhdr->n_namesz == len + 1) &&
	       !memcmp((char *)data->d_buf + name, want, nhdr->n_namesz);
}

static int read_notes(struct opener *o, size_t i, const GElf_Phdr *ph)
{
	size_t next = 0, at, name, desc;
	Elf_Data *data;
	GElf_Nhdr nhdr;
	int err;

	if (!ph->p_filesz)
		return 0;
	if (ph->p_filesz > MAX_NOTES - o->note_bytes)
		return malformed(o, "PT_NOTE %zu: %llu bytes of notes; at most %u can be read", i,
				 (unsigned long long)ph->p_filesz, MAX_NOTES);
	o->note_bytes += ph->p_filesz;
	err = check_extent(o, "PT_NOTE", i, ph->p_offset, ph->p_filesz);
	if (err)
		return err;
	data = elf_getdata_rawchunk(o->elf, ph->p_offset, ph->p_filesz, ELF_T_NHDR);
	if (!data)
		return malformed(o, "PT_NOTE %zu: cannot be read (libelf: %s)", i, elf_errmsg(-1));

	while (data->d_size - next >= sizeof(Elf64_Nhdr)) {
		const char *p = data->d_buf;

		at = next;
		next = gelf_getnote(data, at, &nhdr, &name, &desc);
		if (!next)
			return malformed(o, "PT_NOTE %zu: malformed note at byte %llu", i,
					 (unsigned long long)ph->p_offset + at);
		err = 0;
		if (nhdr.n_type == LUO_SNAPSHOT_NOTE_TYPE &&
		    note_is(data, &nhdr, name, LUO_SNAPSHOT_NOTE))
			err = add_reduced_note(o, p + desc, nhdr.n_descsz);
		else if (note_is(data, &nhdr, name, "VMCOREINFO"))
			err = add_vmcoreinfo(o, p + desc, nhdr.n_descsz);
		else if (note_is(data, &nhdr, name, "QEMU"))
			o->qemu = true;
		if (err)
			return err;
	}
	return 0;
}

static int add_segment(struct opener *o, size_t i, const GElf_Phdr *ph)
{
	struct luo_snapshot *snap = o->snap;
	int err;

	/* Virtual memory of /proc/kcore; nothing. */
	if ((ph->p_paddr == ~0ULL && ph->p_vaddr >> 63) || !ph->p_memsz)
		return 0;
	if (ph->p_filesz > ph->p_memsz)
		return malformed(o, "PT_LOAD %zu: p_filesz %#llx is more than p_memsz %#llx", i,
				 (unsigned long long)ph->p_filesz,
				 (unsigned long long)ph->p_memsz);
	if (ph->p_memsz > PA_END || ph->p_paddr > PA_END - ph->p_memsz)
		return malformed(o, "PT_LOAD %zu: %#llx bytes at %#llx end beyond 2^52", i,
				 (unsigned long long)ph->p_memsz, (unsigned long long)ph->p_paddr);
	err = check_extent(o, "PT_LOAD", i, ph->p_offset, ph->p_filesz);
	if (err)
		return err;

	snap->segs[snap->nr_segs++] = (struct segment) {
		.pa = ph->p_paddr, .mem = ph->p_memsz, .file = ph->p_filesz,
		.off = ph->p_offset, .va = ph->p_vaddr, .phdr = i,
	};
	return 0;
}

static int read_phdrs(struct opener *o)
{
	struct luo_snapshot *snap = o->snap;
	size_t i, nr;
	GElf_Phdr ph;
	int err;

	err = count_phdrs(o, &nr);
	if (err)
		return err;
	snap->segs = calloc(nr + 1, sizeof(*snap->segs));
	if (!snap->segs)
		return no_memory(o);

	for (i = 0; i < nr && !err; i++) {
		if (!gelf_getphdr(o->elf, i, &ph))
			return malformed(o, "program header %zu: cannot be read (libelf: %s)", i,
					 elf_errmsg(-1));
		if (ph.p_type == PT_LOAD)
			err = add_segment(o, i, &ph);
		else if (ph.p_type == PT_NOTE)
			err = read_notes(o, i, &ph);
	}
	if (err)
		return err;
	if (!snap->nr_segs)
		return malformed(o, "no PT_LOAD: no memory in this core; take the dump again");
	return 0;
}

static int finish_notes(struct opener *o)
{
	if (!o->release || luo_snapshot__note(o->snap, "OSRELEASE"))
		return 0;
	return add_text(o->snap, o->release, strlen(o->release)) ? no_memory(o) : 0;
}

/* What only the producer's notes tell. */
static int check_segment(struct opener *o, const struct segment *s)
{
	if (o->snap->reduced && (s->pa | s->mem) % PAGE)
		return malformed(o, "PT_LOAD %zu: %#llx bytes at %#llx are not whole pages",
				 s->phdr, (unsigned long long)s->mem, (unsigned long long)s->pa);
	if (o->qemu && s->va != s->pa && s->file < s->mem)
		return malformed(o, "PT_LOAD %zu: QEMU left memory out; let it dump without -p",
				 s->phdr);
	return 0;
}

static int by_address(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;

	if (x->pa != y->pa)
		return x->pa < y->pa ? -1 : 1;
	if (x->mem != y->mem)
		return x->mem > y->mem ? -1 : 1;
	return x->phdr < y->phdr ? -1 : x->phdr > y->phdr;
}

/*
 * The kernel's image has a PT_LOAD of its own in vmcores, within one of RAM. A
 * PT_LOAD per mapping is what QEMU writes with paging on (-p), and then what it
 * says about the file is not to be trusted.
 */
static int check_overlap(struct opener *o, const struct segment *prev, const struct segment *s)
{
	if (s->va >= KERNEL_IMAGE && s->pa + s->mem <= prev->pa + prev->mem && !o->qemu)
		return 0;
	return malformed(o, "PT_LOAD %zu and %zu: both hold physical memory at %#llx%s",
			 prev->phdr, s->phdr, (unsigned long long)s->pa,
			 o->qemu ? "; let QEMU dump without -p" : "");
}

static int sort_segments(struct opener *o)
{
	struct luo_snapshot *snap = o->snap;
	struct segment *segs = snap->segs;
	size_t i, nr = 0;
	__u64 bytes = 0;
	int err = 0;

	for (i = 0; i < snap->nr_segs && !err; i++)
		err = check_segment(o, &segs[i]);
	if (err)
		return err;

	qsort(segs, snap->nr_segs, sizeof(*segs), by_address);
	for (i = 0; i < snap->nr_segs; i++) {
		if (nr && segs[i].pa < segs[nr - 1].pa + segs[nr - 1].mem) {
			err = check_overlap(o, &segs[nr - 1], &segs[i]);
			if (err)
				return err;
			continue;
		}
		segs[nr++] = segs[i];
	}
	snap->nr_segs = nr;

	/* Different memory is in different bytes: what is read once is finite. */
	for (i = 0; i < nr; i++) {
		bytes += segs[i].file;
		if (bytes > snap->file_size)
			return malformed(o, "PT_LOAD %zu: its bytes in the file are used twice",
					 segs[i].phdr);
	}
	return 0;
}

static int merge_ranges(struct opener *o)
{
	struct luo_snapshot *snap = o->snap;
	struct luo_snapshot_range *last = NULL;
	size_t i;

	snap->ranges = calloc(snap->nr_segs, sizeof(*snap->ranges));
	if (!snap->ranges)
		return no_memory(o);
	for (i = 0; i < snap->nr_segs; i++) {
		const struct segment *s = &snap->segs[i];

		if (last && last->pa + last->len == s->pa) {
			last->len += s->mem;
			continue;
		}
		last = &snap->ranges[snap->nr_ranges++];
		last->pa = s->pa;
		last->len = s->mem;
	}
	return 0;
}

int luo_snapshot__open(struct luo_snapshot **snap, const char *path, char *msg, size_t msg_size)
{
	struct opener o = { .msg = msg, .msg_size = msg_size };
	int err;

	*snap = NULL;
	o.snap = calloc(1, sizeof(*o.snap));
	if (!o.snap)
		return no_memory(&o);
	o.snap->fd = -1;

	err = open_file(&o, path);
	err = err ?: check_ident(&o);
	err = err ?: read_ehdr(&o);
	err = err ?: read_phdrs(&o);
	err = err ?: finish_notes(&o);
	err = err ?: sort_segments(&o);
	err = err ?: merge_ranges(&o);

	elf_end(o.elf);
	free(o.release);
	if (err)
		luo_snapshot__close(o.snap);
	else
		*snap = o.snap;
	return err;
}
