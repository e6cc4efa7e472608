// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libfdt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "snapshot.h"

#define PAGE		((__u64)LUO_SNAPSHOT_PAGE)
#define PA_END		(1ULL << 52)		/* x86-64: physical addresses have 52 bits */
#define KERNEL_IMAGE	0xffffffff80000000ULL	/* x86-64: __START_KERNEL_map */
#define MAX_PHDRS	(1U << 20)
#define MAX_NOTES	(16U << 20)
#define CHUNK		(1U << 20)

/**
 * struct segment - a PT_LOAD
 * @pa:		physical address
 * @mem:	bytes of memory
 * @file:	bytes of it in the file, the rest is zero
 * @off:	where in the file
 * @va:		virtual address
 * @phdr:	index of its program header
 */
struct segment {
	__u64 pa;
	__u64 mem;
	__u64 file;
	__u64 off;
	__u64 va;
	size_t phdr;
};

/* A page, or a range that crosses pages; the two can't have the same key. */
struct cached {
	struct cached *next;
	__u64 pa;
	size_t len;
	unsigned char data[];
};

/**
 * struct luo_snapshot - an open core
 * @fd:		the file
 * @file_size:	its size when it was opened
 * @reduced:	it has the note of the reduced format
 * @segs:	what to read from where: ascending, without overlap
 * @ranges:	what is there: ascending, never adjacent
 * @text:	lines of the notes, each ends in a NUL
 * @text_len:	bytes of @text
 * @buckets:	copies handed out, by address and length
 * @nr_buckets:	a power of two, or 0
 * @nr_cached:	number of copies
 */
struct luo_snapshot {
	int fd;
	bool reduced;
	__u64 file_size;
	struct segment *segs;
	size_t nr_segs;
	struct luo_snapshot_range *ranges;
	size_t nr_ranges;
	char *text;
	size_t text_len;
	struct cached **buckets;
	size_t nr_buckets;
	size_t nr_cached;
};

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

static int read_at(int fd, void *buf, size_t len, __u64 off)
{
	char *p = buf;

	while (len) {
		ssize_t n = pread(fd, p, len, off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return -EIO;
		p += n;
		off += n;
		len -= n;
	}
	return 0;
}

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
	err = read_at(o->snap->fd, &u, len, 0);
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

void luo_snapshot__close(struct luo_snapshot *snap)
{
	struct cached *c, *next;
	size_t i;

	if (!snap)
		return;
	for (i = 0; i < snap->nr_buckets; i++) {
		for (c = snap->buckets[i]; c; c = next) {
			next = c->next;
			free(c);
		}
	}
	free(snap->buckets);
	free(snap->segs);
	free(snap->ranges);
	free(snap->text);
	if (snap->fd >= 0)
		close(snap->fd);
	free(snap);
}

bool luo_snapshot__has(const struct luo_snapshot *snap, __u64 pa, __u64 len)
{
	size_t lo = 0, hi = snap->nr_ranges;
	const struct luo_snapshot_range *r;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (snap->ranges[mid].pa <= pa)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo)
		return false;
	r = &snap->ranges[lo - 1];
	return pa - r->pa < r->len && len <= r->len - (pa - r->pa);
}

/* The first segment that ends behind @pa, or the end of the list. */
static const struct segment *find_segment(const struct luo_snapshot *snap, __u64 pa)
{
	size_t lo = 0, hi = snap->nr_segs;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (snap->segs[mid].pa + snap->segs[mid].mem <= pa)
			lo = mid + 1;
		else
			hi = mid;
	}
	return &snap->segs[lo];
}

/* Up to @len bytes of one segment; @len becomes how many. */
static int read_segment(const struct luo_snapshot *snap, const struct segment *s, __u64 pa,
			void *buf, size_t *len)
{
	__u64 at = pa - s->pa;
	size_t have = 0;
	int err = 0;

	if (*len > s->mem - at)
		*len = s->mem - at;
	if (at < s->file)
		have = *len < s->file - at ? *len : s->file - at;
	if (have)
		err = read_at(snap->fd, buf, have, s->off + at);
	memset((char *)buf + have, 0, *len - have);
	return err;
}

int luo_snapshot__read(struct luo_snapshot *snap, __u64 pa, void *buf, size_t len)
{
	const struct segment *s;
	size_t part;
	int err;

	if (!len)
		return 0;
	if (!luo_snapshot__has(snap, pa, len))
		return -ENXIO;
	for (s = find_segment(snap, pa); len; s++) {
		part = len;
		err = read_segment(snap, s, pa, buf, &part);
		if (err)
			return err;
		pa += part;
		buf = (char *)buf + part;
		len -= part;
	}
	return 0;
}

static size_t bucket(const struct luo_snapshot *snap, __u64 pa, size_t len)
{
	__u64 h = (pa ^ (len - PAGE)) * 0x9e3779b97f4a7c15ULL;

	return (h >> 32) & (snap->nr_buckets - 1);
}

static int grow_buckets(struct luo_snapshot *snap)
{
	struct cached **old = snap->buckets, **b, *c, *next;
	size_t i, nr = snap->nr_buckets;

	if (snap->nr_cached < nr)
		return 0;
	b = calloc(nr ? nr * 2 : 64, sizeof(*b));
	if (!b)
		return -ENOMEM;
	snap->buckets = b;
	snap->nr_buckets = nr ? nr * 2 : 64;
	for (i = 0; i < nr; i++) {
		for (c = old[i]; c; c = next) {
			next = c->next;
			b = &snap->buckets[bucket(snap, c->pa, c->len)];
			c->next = *b;
			*b = c;
		}
	}
	free(old);
	return 0;
}

/* What there is of a range; the rest of it reads as zero. */
static int fill(struct luo_snapshot *snap, __u64 pa, unsigned char *buf, size_t len)
{
	const struct segment *s, *end = snap->segs + snap->nr_segs;
	int err = 0;

	memset(buf, 0, len);
	for (s = find_segment(snap, pa); s < end && s->pa < pa + len && !err; s++) {
		__u64 from = s->pa > pa ? s->pa : pa;
		size_t part = pa + len - from;

		err = read_segment(snap, s, from, buf + (from - pa), &part);
	}
	return err;
}

static const struct cached *cache(struct luo_snapshot *snap, __u64 pa, size_t len)
{
	struct cached *c, **b;
	int err;

	if (grow_buckets(snap))
		goto no_memory;
	b = &snap->buckets[bucket(snap, pa, len)];
	for (c = *b; c; c = c->next)
		if (c->pa == pa && c->len == len)
			return c;

	c = malloc(sizeof(*c) + len);
	if (!c)
		goto no_memory;
	c->pa = pa;
	c->len = len;
	err = fill(snap, pa, c->data, len);
	if (err) {
		free(c);
		errno = -err;
		return NULL;
	}
	c->next = *b;
	*b = c;
	snap->nr_cached++;
	return c;

no_memory:
	errno = ENOMEM;
	return NULL;
}

const void *luo_snapshot__map(struct luo_snapshot *snap, __u64 pa, size_t len)
{
	__u64 page = pa & ~(PAGE - 1);
	const struct cached *c;

	if (!len || len > LUO_SNAPSHOT_MAP_MAX) {
		errno = len ? EFBIG : EINVAL;
		return NULL;
	}
	if (!luo_snapshot__has(snap, pa, len)) {
		errno = ENXIO;
		return NULL;
	}
	if (pa - page + len <= PAGE) {
		c = cache(snap, page, PAGE);
		return c ? c->data + (pa - page) : NULL;
	}
	c = cache(snap, pa, len);
	return c ? c->data : NULL;
}

const char *luo_snapshot__next_note(const struct luo_snapshot *snap, const char *key,
				    const char *prev)
{
	const char *line, *end;
	size_t len = strlen(key);

	if (!snap->text)
		return NULL;
	end = snap->text + snap->text_len;
	for (line = prev ? prev + strlen(prev) + 1 : snap->text; line < end;
	     line += strlen(line) + 1)
		if (!strncmp(line, key, len) && line[len] == '=')
			return line + len + 1;
	return NULL;
}

const char *luo_snapshot__note(const struct luo_snapshot *snap, const char *key)
{
	return luo_snapshot__next_note(snap, key, NULL);
}

bool luo_snapshot__is_reduced(const struct luo_snapshot *snap)
{
	return snap->reduced;
}

size_t luo_snapshot__ranges(const struct luo_snapshot *snap, struct luo_snapshot_range *ranges,
			    size_t max)
{
	size_t nr = snap->nr_ranges < max ? snap->nr_ranges : max;

	if (nr)
		memcpy(ranges, snap->ranges, nr * sizeof(*ranges));
	return snap->nr_ranges;
}

/* 1 when a root FDT starts at @pa, 0 when not, or -errno. */
static int is_root(struct luo_snapshot *snap, __u64 pa)
{
	static const char prefix[] = "kho-v";
	__u64 page[LUO_SNAPSHOT_PAGE / sizeof(__u64)];
	const char *compatible;
	int err, len;

	err = luo_snapshot__read(snap, pa, page, sizeof(page));
	if (err)
		return err == -ENXIO ? 0 : err;
	if (fdt_magic(page) != FDT_MAGIC || fdt_version(page) != 17 ||
	    fdt_totalsize(page) > sizeof(page) || fdt_check_full(page, sizeof(page)))
		return 0;
	compatible = fdt_getprop(page, 0, "compatible", &len);
	return compatible && len > (int)strlen(prefix) &&
	       !memcmp(compatible, prefix, strlen(prefix));
}

static int scan_segment(struct luo_snapshot *snap, const struct segment *s, char *buf,
			__u64 *roots, size_t max, int *nr)
{
	static const __u8 magic[] = { 0xd0, 0x0d, 0xfe, 0xed };
	__u64 pa = (s->pa + PAGE - 1) & ~(PAGE - 1), end = s->pa + s->file;
	size_t part, i;
	int err;

	for (; pa < end; pa += part) {
		part = end - pa < CHUNK ? end - pa : CHUNK;
		err = read_segment(snap, s, pa, buf, &part);
		if (err)
			return err;
		for (i = 0; i + sizeof(magic) <= part; i += PAGE) {
			if (memcmp(buf + i, magic, sizeof(magic)))
				continue;
			err = is_root(snap, pa + i);
			if (err < 0)
				return err;
			if (err && (size_t)*nr < max)
				roots[*nr] = pa + i;
			*nr += err;
		}
	}
	return 0;
}

int luo_snapshot__find_roots(struct luo_snapshot *snap, __u64 *roots, size_t max)
{
	char *buf = malloc(CHUNK);
	int err = 0, nr = 0;
	size_t i;

	if (!buf)
		return -ENOMEM;
	for (i = 0; i < snap->nr_segs && !err; i++)
		err = scan_segment(snap, &snap->segs[i], buf, roots, max, &nr);
	free(buf);
	return err ?: nr;
}
