// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "lib/lines.h"

struct luo_lines {
	struct luo_line *list;	/* sorted by instruction */
	size_t nr;
};

/* .BTF.ext, as <linux/btf.h> has it not: header, then info per section. */
struct ext_header {
	__u16 magic;
	__u8 version;
	__u8 flags;
	__u32 hdr_len;
	__u32 func_info_off;
	__u32 func_info_len;
	__u32 line_info_off;
	__u32 line_info_len;
};

struct ext_section {
	__u32 name_off;
	__u32 nr;
};

struct ext_line {
	__u32 insn_off;
	__u32 file_off;
	__u32 text_off;
	__u32 line_col;
};

static const char *base_name(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path ? path : "";
}

static int add_lines(struct luo_lines *c, const struct btf *btf, const __u8 *p, __u32 nr,
		     __u32 size, __u32 first)
{
	struct luo_line *list;
	struct ext_line l;
	__u32 i;

	list = realloc(c->list, (c->nr + nr + 1) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	c->list = list;
	for (i = 0; i < nr; i++, p += size) {
		memcpy(&l, p, sizeof(l));
		list[c->nr].insn = first + l.insn_off / 8;
		list[c->nr].line = l.line_col >> 10;
		list[c->nr++].file = base_name(btf__name_by_offset(btf, l.file_off));
	}
	return 0;
}

/* @entry: instructions in the program's own section, which come first. */
static int read_ext(struct luo_lines *c, const struct btf *btf, const __u8 *data, size_t size,
		    __u32 entry)
{
	struct ext_header h;
	struct ext_section s;
	const char *name;
	size_t at, end;
	__u32 rec;
	int err = 0;

	if (size < sizeof(h))
		return 0;
	memcpy(&h, data, sizeof(h));
	at = (size_t)h.hdr_len + h.line_info_off;
	end = at + h.line_info_len;
	if (end > size || at + sizeof(rec) > end)
		return 0;
	memcpy(&rec, data + at, sizeof(rec));
	at += sizeof(rec);
	while (!err && rec >= sizeof(struct ext_line) && at + sizeof(s) <= end) {
		memcpy(&s, data + at, sizeof(s));
		at += sizeof(s);
		if (s.nr > (end - at) / rec)
			return 0;
		name = btf__name_by_offset(btf, s.name_off);
		if (name && !strncmp(name, "struct_ops", 10))
			err = add_lines(c, btf, data + at, s.nr, rec, 0);
		else if (name && !strcmp(name, ".text"))
			err = add_lines(c, btf, data + at, s.nr, rec, entry);
		at += (size_t)s.nr * rec;
	}
	return err;
}

static int by_insn(const void *a, const void *b)
{
	const struct luo_line *x = a, *y = b;

	return x->insn < y->insn ? -1 : x->insn > y->insn;
}

/* Sections of interest: the object has been read before, so it is well formed. */
static int read_lines(struct luo_lines *c, const struct luo_object *obj)
{
	const struct btf *btf = luo_types__btf(luo_object__types(obj));
	Elf_Data *ext = NULL, *data;
	Elf_Scn *scn = NULL;
	const char *name;
	const void *bytes;
	size_t names, size;
	__u32 entry = 0;
	GElf_Shdr sh;
	Elf *elf;
	int err = 0;

	bytes = luo_object__bytes(obj, &size);
	elf = elf_memory((char *)bytes, size);
	if (!elf)
		return 0;
	if (!elf_getshdrstrndx(elf, &names)) {
		while ((scn = elf_nextscn(elf, scn))) {
			name = gelf_getshdr(scn, &sh) ? elf_strptr(elf, names, sh.sh_name) : NULL;
			data = name ? elf_rawdata(scn, NULL) : NULL;
			if (data && !strncmp(name, "struct_ops", 10))
				entry = data->d_size / 8;
			else if (data && !strcmp(name, ".BTF.ext"))
				ext = data;
		}
	}
	if (ext && ext->d_buf)
		err = read_ext(c, btf, ext->d_buf, ext->d_size, entry);
	elf_end(elf);
	if (c->nr)
		qsort(c->list, c->nr, sizeof(*c->list), by_insn);
	return err;
}

int luo_lines__new(struct luo_lines **lines, const struct luo_object *obj)
{
	struct luo_lines *l = calloc(1, sizeof(*l));

	*lines = l;
	return l ? read_lines(l, obj) : -ENOMEM;
}

void luo_lines__free(struct luo_lines *lines)
{
	if (!lines)
		return;
	free(lines->list);
	free(lines);
}

/* The last line that begins at @insn or before. */
const struct luo_line *luo_lines__at(const struct luo_lines *lines, __u32 insn)
{
	const struct luo_line *best = NULL;
	size_t i;

	for (i = 0; i < lines->nr && lines->list[i].insn <= insn; i++)
		if (lines->list[i].line)
			best = &lines->list[i];
	return best;
}
