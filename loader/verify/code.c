// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The instructions of an object, as the interpreter decoded them, and their lines. */
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "int.h"
#include "vm/vm_int.h"

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

/* The interpreter keeps the labels of its code: which opcode is which? */
static __u16 opcode_of(const void *go)
{
	const void *const *labels = vm_labels();
	__u16 i;

	for (i = 0; i < VM_NR_OPCODES; i++)
		if (labels[i] == go)
			return i;
	return VM_BAD;
}

static const char *base_name(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path ? path : "";
}

static int add_lines(struct code *c, const struct btf *btf, const __u8 *p, __u32 nr, __u32 size,
		     __u32 first)
{
	struct code_line *list;
	struct ext_line l;
	__u32 i;

	list = realloc(c->lines, (c->nr_lines + nr + 1) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	c->lines = list;
	for (i = 0; i < nr; i++, p += size) {
		memcpy(&l, p, sizeof(l));
		list[c->nr_lines].insn = first + l.insn_off / 8;
		list[c->nr_lines].line = l.line_col >> 10;
		list[c->nr_lines++].file = base_name(btf__name_by_offset(btf, l.file_off));
	}
	return 0;
}

/* @entry: instructions in the program's own section, which come first. */
static int read_ext(struct code *c, const struct btf *btf, const __u8 *data, size_t size,
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
	const struct code_line *x = a, *y = b;

	return x->insn < y->insn ? -1 : x->insn > y->insn;
}

/* Sections of interest: the object has been read before, so it is well formed. */
static int read_lines(struct code *c, const struct luo_object *obj)
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
	if (c->nr_lines)
		qsort(c->lines, c->nr_lines, sizeof(*c->lines), by_insn);
	return err;
}

int code__init(struct code *c, const struct luo_object *obj)
{
	size_t i;

	memset(c, 0, sizeof(*c));
	c->prog = luo_object__vm_prog(obj);
	c->nr = c->prog->nr;
	c->insns = calloc(c->nr + 1, sizeof(*c->insns));
	if (!c->insns)
		return -ENOMEM;
	for (i = 0; i < c->nr; i++) {
		const struct vm_op *op = &c->prog->ops[i];

		c->insns[i] = (struct code_insn){
			.op = opcode_of(op->go), .off = op->off, .dst = op->dst,
			.src = op->src, .imm = op->imm,
		};
	}
	return read_lines(c, obj);
}

void code__free(struct code *c)
{
	free(c->insns);
	free(c->lines);
}

/* The last line that begins at @insn or before. */
const struct code_line *code__line(const struct code *c, __u32 insn)
{
	const struct code_line *best = NULL;
	size_t i;

	for (i = 0; i < c->nr_lines && c->lines[i].insn <= insn; i++)
		if (c->lines[i].line)
			best = &c->lines[i];
	return best;
}
