// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <fcntl.h>
#include <gelf.h>
#include <linux/bpf.h>
#include <unistd.h>

#include "lib/hardware.h"
#include "lib/object.h"

#ifndef EM_BPF
#define EM_BPF 247
#endif
#define R_BPF_64_64	1	/* ld_imm64: data */
#define R_BPF_64_32	10	/* call */

/* No object of one small step comes near; larger ones are not read. */
#define OBJECT_MAX	(16 << 20)
#define INSN_SIZE	sizeof(struct bpf_insn)

/* The sections that matter. */
struct section {
	size_t index;
	const void *data;
	size_t size;
};

struct luo_object {
	char *path;
	void *bytes;		/* the file, read once: what was looked at is what is loaded */
	size_t nr_bytes;
	struct luo_types *types;
	struct luob_prog prog;
	__u32 identity;		/* BTF id of the structure in .luo */
	__u32 identity_var;
	char name[64];
	__u8 *rodata;
	size_t rodata_size;
	struct bpf_insn *insns;
	size_t nr_insns;
	size_t nr_entry;	/* of them in the program's own section */
	char licence[64];	/* what it says of itself, "" for nothing */
	struct vm_prog *vm;
	const struct vm_call *calls;
	size_t nr_calls;
};

/* What is only needed while the file is open. */
struct reader {
	struct luo_object *obj;
	Elf *elf;
	struct section entry;	/* struct_ops.s/... */
	struct section text;	/* .text: static functions */
	struct section rodata;
	struct section btf;
	Elf_Data *symbols;
	size_t strings;
	size_t nr_symbols;
	bool accept;
	bool registered;	/* has .struct_ops.link */
	const struct vm_call *calls;
	size_t nr_calls;
	char *msg;
	size_t msg_size;
};

__attribute__((format(printf, 2, 3)))
static int refuse(struct reader *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->msg, r->msg_size, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static int note_section(struct reader *r, struct section *s, Elf_Scn *scn, const char *name)
{
	Elf_Data *data = elf_rawdata(scn, NULL);

	if (!data || (data->d_size && !data->d_buf))
		return refuse(r, "section '%s' cannot be read (truncated?)", name);
	if (s->data)
		return refuse(r, "section '%s': an object holds one program, one step", name);
	s->index = elf_ndxscn(scn);
	s->data = data->d_buf;
	s->size = data->d_size;
	return 0;
}

static bool is_data(const char *name)
{
	return !strncmp(name, ".data", 5) || !strncmp(name, ".bss", 4) || !strcmp(name, "maps") ||
	       !strcmp(name, ".maps") || !strcmp(name, ".kconfig");
}

static int note_licence(struct reader *r, Elf_Scn *scn)
{
	const Elf_Data *d = elf_getdata(scn, NULL);

	if (d && d->d_buf && d->d_size)
		snprintf(r->obj->licence, sizeof(r->obj->licence), "%.*s", (int)d->d_size,
			 (const char *)d->d_buf);
	return 0;
}

static int read_section(struct reader *r, Elf_Scn *scn, const GElf_Shdr *sh, const char *name)
{
	if (!strcmp(name, "struct_ops.s/translate"))
		return note_section(r, &r->entry, scn, name);
	if (!strcmp(name, "struct_ops.s/accept")) {
		r->accept = true;
		return note_section(r, &r->entry, scn, name);
	}
	if (!strcmp(name, ".text"))
		return note_section(r, &r->text, scn, name);
	if (!strcmp(name, ".rodata"))
		return note_section(r, &r->rodata, scn, name);
	if (!strcmp(name, ".BTF"))
		return note_section(r, &r->btf, scn, name);
	if (!strcmp(name, "license"))
		return note_licence(r, scn);
	if (!strcmp(name, ".struct_ops.link"))
		r->registered = true;
	if (is_data(name) && sh->sh_size)
		return refuse(r, "section '%s': maps and writable data are not allowed, only "
				 ".rodata",
			      name);
	if (sh->sh_type == SHT_PROGBITS && sh->sh_flags & SHF_EXECINSTR && sh->sh_size)
		return refuse(r, "section '%s': only struct_ops.s/translate, struct_ops.s/accept "
				 "and static functions",
			      name);
	if (sh->sh_type == SHT_SYMTAB) {
		r->symbols = elf_getdata(scn, NULL);
		r->strings = sh->sh_link;
		r->nr_symbols = sh->sh_entsize ? sh->sh_size / sh->sh_entsize : 0;
	}
	return 0;
}

static int read_sections(struct reader *r)
{
	Elf_Scn *scn = NULL;
	const char *name;
	GElf_Shdr sh;
	size_t names;
	int err = 0;

	if (elf_getshdrstrndx(r->elf, &names))
		return refuse(r, "section names cannot be read: %s", elf_errmsg(-1));
	while (!err && (scn = elf_nextscn(r->elf, scn))) {
		name = gelf_getshdr(scn, &sh) ? elf_strptr(r->elf, names, sh.sh_name) : NULL;
		if (!name)
			return refuse(r, "section %zu cannot be read", elf_ndxscn(scn));
		err = read_section(r, scn, &sh, name);
	}
	if (err)
		return err;
	if (!r->btf.size)
		return refuse(r, "no .BTF section: compile with clang -g -target bpf");
	if (!r->entry.size)
		return refuse(r, "no program in struct_ops.s/translate or struct_ops.s/accept");
	if (!r->registered)
		return refuse(r, "no struct luo_translator in .struct_ops.link: use "
				 "LUO_TRANSLATOR() or LUO_ACCEPTOR()");
	if (!r->symbols)
		return refuse(r, "no symbol table");
	if (r->entry.size % INSN_SIZE || r->text.size % INSN_SIZE)
		return refuse(r, "code is no whole number of instructions");
	return 0;
}

static int read_header(struct reader *r)
{
	GElf_Ehdr eh;

	if (elf_kind(r->elf) != ELF_K_ELF || !gelf_getehdr(r->elf, &eh))
		return refuse(r, "not an ELF file");
	if (eh.e_ident[EI_CLASS] != ELFCLASS64 || eh.e_type != ET_REL || eh.e_machine != EM_BPF)
		return refuse(r, "not a BPF object (e_type %u, e_machine %u): compile with clang "
				 "-target bpf",
			      eh.e_type, eh.e_machine);
	if (eh.e_ident[EI_DATA] != ELFDATA2LSB)
		return refuse(r, "not little-endian: compile with clang -target bpfel");
	return 0;
}

/* All code in a row: the entry first, static functions behind it. */
static int copy_code(struct reader *r)
{
	struct luo_object *obj = r->obj;

	obj->nr_entry = r->entry.size / INSN_SIZE;
	obj->nr_insns = obj->nr_entry + r->text.size / INSN_SIZE;
	obj->insns = malloc(obj->nr_insns * INSN_SIZE);
	if (!obj->insns)
		return -ENOMEM;
	memcpy(obj->insns, r->entry.data, r->entry.size);
	if (r->text.size)
		memcpy(obj->insns + obj->nr_entry, r->text.data, r->text.size);
	obj->rodata_size = r->rodata.size;
	obj->rodata = malloc(r->rodata.size ? r->rodata.size : 1);
	if (!obj->rodata)
		return -ENOMEM;
	if (r->rodata.size)
		memcpy(obj->rodata, r->rodata.data, r->rodata.size);
	return 0;
}

static int relocate_extern(struct reader *r, struct bpf_insn *insn, const char *name)
{
	size_t i;

	for (i = 0; i < r->nr_calls; i++) {
		if (strcmp(r->calls[i].name, name))
			continue;
		insn->src_reg = BPF_PSEUDO_KFUNC_CALL;
		insn->imm = i;
		return 0;
	}
	return refuse(r, "call of '%s', which is not in the contract", name);
}

/* libbpf's rule: the addend of a local call is in imm, one too small. */
static int relocate_call(struct reader *r, size_t at, const GElf_Sym *sym, const char *name)
{
	struct bpf_insn *insn = &r->obj->insns[at];
	__s64 target = (__s64)(sym->st_value / INSN_SIZE) + insn->imm + 1;

	if (sym->st_shndx == SHN_UNDEF)
		return relocate_extern(r, insn, name);
	if (r->text.size && sym->st_shndx == r->text.index)
		target += r->obj->nr_entry;
	else if (sym->st_shndx != r->entry.index)
		return refuse(r, "instruction %zu calls into another section", at);
	if (sym->st_value % INSN_SIZE || target < 0 || (size_t)target >= r->obj->nr_insns)
		return refuse(r, "instruction %zu calls outside of the code", at);
	insn->src_reg = BPF_PSEUDO_CALL;
	insn->imm = target - (__s64)at - 1;
	return 0;
}

static int relocate_data(struct reader *r, size_t at, const GElf_Sym *sym, const char *name)
{
	struct bpf_insn *insn = &r->obj->insns[at];

	if (!r->rodata.size || sym->st_shndx != r->rodata.index)
		return refuse(r, "instruction %zu refers to '%s', which is no read-only data",
			      at, name);
	if (at + 1 >= r->obj->nr_insns || insn->code != (BPF_LD | BPF_IMM | BPF_DW) ||
	    sym->st_value + (__u32)insn->imm > r->rodata.size)
		return refuse(r, "instruction %zu: bad reference to read-only data", at);
	insn[1].imm = sym->st_value + (__u32)insn->imm;
	insn[0].src_reg = BPF_PSEUDO_MAP_VALUE;
	insn[0].imm = 0;
	return 0;
}

static int relocate_one(struct reader *r, size_t base, size_t nr, const GElf_Rel *rel)
{
	const char *name;
	GElf_Sym sym;
	size_t at;

	if (rel->r_offset % INSN_SIZE || rel->r_offset / INSN_SIZE >= nr ||
	    !gelf_getsym(r->symbols, GELF_R_SYM(rel->r_info), &sym))
		return refuse(r, "a relocation points nowhere");
	at = base + rel->r_offset / INSN_SIZE;
	name = elf_strptr(r->elf, r->strings, sym.st_name);
	if (!name)
		return refuse(r, "a symbol has no name");
	if (GELF_R_TYPE(rel->r_info) == R_BPF_64_32 &&
	    r->obj->insns[at].code == (BPF_JMP | BPF_CALL))
		return relocate_call(r, at, &sym, name);
	if (GELF_R_TYPE(rel->r_info) == R_BPF_64_64)
		return relocate_data(r, at, &sym, name);
	return refuse(r, "instruction %zu: relocation type %llu is not supported", at,
		      (unsigned long long)GELF_R_TYPE(rel->r_info));
}

/* libbpf cannot relocate without privilege (it probes the kernel), so this is ours. */
static int relocate(struct reader *r)
{
	size_t base, nr, i, n;
	Elf_Scn *scn = NULL;
	Elf_Data *data;
	GElf_Shdr sh;
	GElf_Rel rel;
	int err;

	while ((scn = elf_nextscn(r->elf, scn))) {
		if (!gelf_getshdr(scn, &sh) || sh.sh_type != SHT_REL)
			continue;
		if (sh.sh_info == r->entry.index) {
			base = 0;
			nr = r->obj->nr_entry;
		} else if (r->text.size && sh.sh_info == r->text.index) {
			base = r->obj->nr_entry;
			nr = r->obj->nr_insns - base;
		} else {
			continue;
		}
		data = elf_getdata(scn, NULL);
		n = sh.sh_entsize ? sh.sh_size / sh.sh_entsize : 0;
		for (i = 0; i < n; i++) {
			if (!data || !gelf_getrel(data, i, &rel))
				return refuse(r, "relocations cannot be read");
			err = relocate_one(r, base, nr, &rel);
			if (err)
				return err;
		}
	}
	return 0;
}

/* The entry has to be the first and only function of its section. */
static int check_entry(struct reader *r)
{
	const char *name;
	GElf_Sym sym;
	size_t i, nr = 0;

	for (i = 0; i < r->nr_symbols; i++) {
		if (!gelf_getsym(r->symbols, i, &sym) || GELF_ST_TYPE(sym.st_info) != STT_FUNC ||
		    sym.st_shndx != r->entry.index)
			continue;
		name = elf_strptr(r->elf, r->strings, sym.st_name);
		nr++;
		if (sym.st_value)
			return refuse(r, "'%s': another function precedes it", name ? name : "?");
	}
	return nr == 1 ? 0 : refuse(r, "%zu functions where one program is expected", nr);
}

static int find_identity(struct reader *r, const struct btf *btf)
{
	__s32 sec = btf__find_by_name_kind(btf, ".luo", BTF_KIND_DATASEC);
	const struct btf_type *t, *var;

	t = sec < 0 ? NULL : btf__type_by_id(btf, sec);
	if (!t || btf_vlen(t) != 1)
		return refuse(r, "no identity in section .luo: use LUO_STEP() or LUO_READS()");
	r->obj->identity_var = btf_var_secinfos(t)->type;
	var = btf__type_by_id(btf, r->obj->identity_var);
	t = var ? btf__type_by_id(btf, var->type) : NULL;
	if (!t || !btf_is_struct(t))
		return refuse(r, "the identity in section .luo is no structure");
	r->obj->identity = var->type;
	return 0;
}

static int copy_word(struct reader *r, const char *text, const char *what, char *to, size_t size)
{
	if (!text || !*text || strlen(text) >= size)
		return refuse(r, "the identity has no usable %s", what);
	strcpy(to, text);
	return 0;
}

/* The members "from" and "to": a record type by value, tagged with its string. */
static int read_side(struct reader *r, const char *side, char *string,
		     const struct luob_type **type)
{
	struct luo_types *types = r->obj->types;
	const struct btf *btf = luo_types__btf(types);
	const struct btf_type *t = btf__type_by_id(btf, r->obj->identity);
	const struct btf_member *m = btf_members(t);
	int i;

	for (i = 0; i < btf_vlen(t); i++, m++) {
		if (strcmp(btf__name_by_offset(btf, m->name_off), side))
			continue;
		*type = luo_types__get_id(types, m->type, r->msg, r->msg_size);
		if (!*type)
			return -EINVAL;
		return copy_word(r, luo_types__tag(types, r->obj->identity, i, "version", NULL),
				 side, string, LUOB_STRING_MAX);
	}
	return refuse(r, "the identity has no record '%s'", side);
}

/**
 * luo_loss__names - does LUO_LOSS() speak of a field?
 * @tag: what luo_object__next_loss() gave
 * @type: the structure's name, or "" for any
 * @field: the member's
 *
 * "a" is a.b too; "struct_name.a" is that of one structure alone.
 */
bool luo_loss__names(const char *tag, const char *type, const char *field)
{
	const char *name = tag + strlen("field=");
	size_t n = strcspn(name, " "), len = *type ? strlen(type) : strcspn(name, ". ");

	if (len && len < n && name[len] == '.' && (!*type || !strncmp(name, type, len))) {
		if (!strncmp(name + len + 1, field, n - len - 1) &&
		    (!field[n - len - 1] || field[n - len - 1] == '.'))
			return true;
	}
	return n && !strncmp(name, field, n) && (!field[n] || field[n] == '.');
}

/* A handle of that name in any structure of the identity, if there is one. */
static bool find_loss(struct luo_object *obj, const char *tag, struct luob_loss *loss)
{
	const struct btf *btf = luo_types__btf(obj->types);
	const struct btf_type *t = btf__type_by_id(btf, obj->identity);
	char name[64], msg[8];
	__u32 k;
	int i;

	for (i = 0; i < btf_vlen(t); i++) {
		loss->type = luo_types__get_id(obj->types, btf_members(t)[i].type, msg,
					       sizeof(msg));
		for (k = 0; loss->type && k < loss->type->nr_handles; k++) {
			loss->off = loss->type->handles[k].off;
			luo_type__field(loss->type, loss->off, name, sizeof(name));
			if (luo_loss__names(tag, loss->type->name, name))
				return true;
		}
	}
	return false;
}

/* Only handles matter to the engine: a field without one is lost by not being read. */
static int read_losses(struct reader *r)
{
	struct luob_prog *p = &r->obj->prog;
	const char *tag = NULL;

	while ((tag = luo_object__next_loss(r->obj, tag))) {
		if (strncmp(tag, "field=", 6))
			return refuse(r, "loss '%s' names no field", tag);
		if (p->nr_losses == LUOB_LOSSES_MAX)
			return refuse(r, "more than %d losses", LUOB_LOSSES_MAX);
		if (find_loss(r->obj, tag, &p->losses[p->nr_losses]))
			p->nr_losses++;
	}
	return 0;
}

/* Nothing is stated without a reason. */
static int read_statements(struct reader *r)
{
	static const struct {
		const char *word;
		const char *macro;
		const char *first;
	} kinds[] = {
		{ "waive", "LUO_WAIVE", "rule=" }, { "meaning-of", "LUO_MEANING", "field=" },
		{ "same-string", "LUO_SAME_STRING", "why=" },
	};
	const char *tag, *why;
	size_t i, n;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		tag = NULL;
		while ((tag = luo_object__statement(r->obj, kinds[i].word, tag))) {
			n = strlen(kinds[i].first);
			if (strncmp(tag, kinds[i].first, n))
				return refuse(r, "%s: '%s' is not understood", kinds[i].macro, tag);
			why = strstr(tag, "why=");
			if (n != 4 && !strcspn(tag + n, " "))
				return refuse(r, "%s() names nothing", kinds[i].macro);
			if (!why || !why[4 + strspn(why + 4, " ")])
				return refuse(r, "%s(\"%.*s\") gives no reason", kinds[i].macro,
					      n == 4 ? 0 : (int)strcspn(tag + n, " "), tag + n);
		}
	}
	return 0;
}

/* Where there is no limit, the object is for records of any device, and of none. */
static int read_limit(struct reader *r)
{
	const struct luo_object *obj = r->obj;
	const char *tag = luo_types__tag(obj->types, obj->identity_var, -1, "hardware", NULL);

	if (!tag)
		return 0;
	if (luo_types__tag(obj->types, obj->identity_var, -1, "hardware", tag))
		return refuse(r, "LUO_HARDWARE() stands twice in the identity");
	return luo_limit__parse(&r->obj->prog.limit, tag, r->msg, r->msg_size);
}

static int read_identity(struct reader *r)
{
	struct luo_object *obj = r->obj;
	struct luob_prog *p = &obj->prog;
	const char *base;
	struct btf *btf;
	int err;

	btf = btf__new(r->btf.data, r->btf.size);
	if (!btf)
		return refuse(r, "BTF is damaged (%s)", strerror(errno));
	err = luo_types__new(&obj->types, btf, obj->path);
	if (err == -EINVAL)
		return refuse(r, "BTF is damaged (a type leads back to itself)");
	if (!err)
		err = find_identity(r, btf);
	if (!err)
		err = copy_word(r, luo_types__tag(obj->types, obj->identity_var, -1, "family",
						  NULL),
				"family", p->family, sizeof(p->family));
	if (!err)
		err = read_side(r, "from", p->from_string, &p->from);
	if (!err && !r->accept)
		err = read_side(r, "to", p->to_string, &p->to);
	if (!err)
		err = read_losses(r);
	if (!err)
		err = read_statements(r);
	if (!err)
		err = read_limit(r);
	base = strrchr(obj->path, '/') ? strrchr(obj->path, '/') + 1 : obj->path;
	snprintf(obj->name, sizeof(obj->name), "%.*s", (int)strcspn(base, "."), base);
	p->name = obj->name;
	p->priv = obj;
	return err;
}

static int read_object(struct reader *r)
{
	struct vm_data rodata;
	int err;

	err = read_header(r);
	if (!err)
		err = read_sections(r);
	if (!err)
		err = check_entry(r);
	if (!err)
		err = read_identity(r);
	if (!err)
		err = copy_code(r);
	if (!err)
		err = relocate(r);
	if (err)
		return err;
	r->obj->calls = r->calls;
	r->obj->nr_calls = r->nr_calls;
	rodata.data = r->obj->rodata;
	rodata.size = r->obj->rodata_size;
	return vm_prog__new(&r->obj->vm, r->obj->insns, r->obj->nr_insns, r->calls, r->nr_calls,
			    &rodata, 1, r->msg, r->msg_size);
}

static int read_bytes(struct reader *r, const char *path)
{
	struct luo_object *obj = r->obj;
	FILE *f = fopen(path, "re");
	int err = 0;

	if (!f) {
		err = -errno;
		snprintf(r->msg, r->msg_size, "%s", strerror(-err));
		return err;
	}
	obj->bytes = malloc(OBJECT_MAX + 1);
	if (!obj->bytes)
		err = -ENOMEM;
	else
		obj->nr_bytes = fread(obj->bytes, 1, OBJECT_MAX + 1, f);
	if (!err && ferror(f)) {
		err = -errno;
		snprintf(r->msg, r->msg_size, "%s", strerror(-err));
	} else if (obj->nr_bytes > OBJECT_MAX) {
		err = refuse(r, "larger than %d MiB: no object of one step", OBJECT_MAX >> 20);
	} else if (!err) {
		void *p = realloc(obj->bytes, obj->nr_bytes + 1);

		obj->bytes = p ? p : obj->bytes;
	}
	fclose(f);
	return err;
}

/**
 * luo_object__open - read an object and prepare it for the interpreter
 * @obj: result
 * @path: file
 * @calls: what it may call
 * @nr_calls: their number
 * @msg: one line when it is refused, without the path
 * @msg_size: bytes of @msg
 *
 * Return: 0; -EINVAL for a bad object; else what open(2) says.
 */
int luo_object__open(struct luo_object **obj, const char *path, const struct vm_call *calls,
		     size_t nr_calls, char *msg, size_t msg_size)
{
	struct reader r = {
		.calls = calls, .nr_calls = nr_calls, .msg = msg, .msg_size = msg_size,
	};
	int err = -ENOMEM;

	*obj = NULL;
	snprintf(msg, msg_size, "no memory");
	r.obj = calloc(1, sizeof(*r.obj));
	if (r.obj && (r.obj->path = strdup(path)))
		err = read_bytes(&r, path);
	if (!err) {
		elf_version(EV_CURRENT);
		r.elf = elf_memory(r.obj->bytes, r.obj->nr_bytes);
		err = r.elf ? read_object(&r) : refuse(&r, "not an ELF file (%s)",
						       elf_errmsg(-1));
	}
	elf_end(r.elf);
	if (err) {
		luo_object__free(r.obj);
		return err;
	}
	*obj = r.obj;
	return 0;
}

void luo_object__free(struct luo_object *obj)
{
	if (!obj)
		return;
	vm_prog__free(obj->vm);
	luo_types__free(obj->types);
	free(obj->insns);
	free(obj->rodata);
	free(obj->bytes);
	free(obj->path);
	free(obj);
}

const char *luo_object__path(const struct luo_object *obj)
{
	return obj->path;
}

/* The file as it was read. */
const void *luo_object__bytes(const struct luo_object *obj, size_t *size)
{
	*size = obj->nr_bytes;
	return obj->bytes;
}

const struct luob_prog *luo_object__prog(const struct luo_object *obj)
{
	return &obj->prog;
}

const struct vm_prog *luo_object__vm_prog(const struct luo_object *obj)
{
	return obj->vm;
}

/* The instructions after relocation: the entry first, static functions behind it. */
const struct bpf_insn *luo_object__insns(const struct luo_object *obj, size_t *nr)
{
	*nr = obj->nr_insns;
	return obj->insns;
}

/**
 * luo_object__set_insns - give an object other code, as tests do
 * @obj: object
 * @insns: relocated instructions; copied
 * @nr: their number
 * @msg: one line when they are refused; the object is as it was then
 * @msg_size: bytes of @msg
 *
 * Return: 0, -EINVAL, -E2BIG, -ENOMEM.
 */
int luo_object__set_insns(struct luo_object *obj, const struct bpf_insn *insns, size_t nr, char *msg,
			  size_t msg_size)
{
	struct vm_data rodata = { .data = obj->rodata, .size = obj->rodata_size };
	struct bpf_insn *copy = malloc(nr ? nr * sizeof(*copy) : 1);
	struct vm_prog *vm = NULL;
	int err = -ENOMEM;

	if (copy) {
		memcpy(copy, insns, nr * sizeof(*copy));
		err = vm_prog__new(&vm, copy, nr, obj->calls, obj->nr_calls, &rodata, 1, msg,
				   msg_size);
	}
	if (err) {
		free(copy);
		return err;
	}
	vm_prog__free(obj->vm);
	free(obj->insns);
	obj->vm = vm;
	obj->insns = copy;
	obj->nr_insns = nr;
	return 0;
}

/* The name of what a relocated call of the contract calls. */
const char *luo_object__call(const struct luo_object *obj, __u32 nr)
{
	return nr < obj->nr_calls ? obj->calls[nr].name : "?";
}

struct luo_types *luo_object__types(const struct luo_object *obj)
{
	return obj->types;
}

/* Declared losses one after the other: "field=NAME why=TEXT"; start with NULL. */
const char *luo_object__next_loss(const struct luo_object *obj, const char *prev)
{
	return luo_types__tag(obj->types, obj->identity_var, -1, "loss", prev);
}

/*
 * What the source says in LUO_WAIVE() ("waive"), LUO_MEANING() ("meaning-of") or
 * LUO_SAME_STRING() ("same-string"), one after the other; start with NULL. All have been
 * checked: "rule=" or "field=" comes first, and "why=" has a text.
 */
const char *luo_object__statement(const struct luo_object *obj, const char *word,
				  const char *prev)
{
	return luo_types__tag(obj->types, obj->identity_var, -1, word, prev);
}

/* Who LUO_AUTHOR() names, or "". */
const char *luo_object__author(const struct luo_object *obj)
{
	const char *author = luo_types__tag(obj->types, obj->identity_var, -1, "author", NULL);

	return author ? author : "";
}

const char *luo_object__licence(const struct luo_object *obj)
{
	return obj->licence;
}

/* The name of a rule: an enumerator of any enum in the identity, or NULL. */
const char *luo_object__rule(const struct luo_object *obj, __u64 rule)
{
	const struct btf *btf = luo_types__btf(obj->types);
	const struct btf_type *t = btf__type_by_id(btf, obj->identity), *e;
	const struct btf_member *m = btf_members(t);
	const char *name;
	int i, k;

	for (i = 0; i < btf_vlen(t); i++, m++) {
		e = btf__type_by_id(btf, m->type);
		if (!e || !btf_is_enum(e) || strstr(btf__name_by_offset(btf, e->name_off),
						    "rule") == NULL)
			continue;
		for (k = 0; k < btf_vlen(e); k++) {
			name = btf__name_by_offset(btf, btf_enum(e)[k].name_off);
			if ((__u32)btf_enum(e)[k].val == rule)
				return name;
		}
	}
	return NULL;
}

/* Its constants, as they are set. */
const void *luo_object__rodata(const struct luo_object *obj, size_t *size)
{
	*size = obj->rodata_size;
	return obj->rodata;
}

/**
 * luo_object__set_config - set what depends on the target's configuration
 * @obj: object
 * @name: "luo_config_..."
 * @value: enum luo_config of the SDK
 *
 * Return: whether the object has such a constant.
 */
bool luo_object__set_config(struct luo_object *obj, const char *name, __u32 value)
{
	const struct btf *btf = luo_types__btf(obj->types);
	__s32 sec = btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC);
	const struct btf_type *t = sec < 0 ? NULL : btf__type_by_id(btf, sec), *var;
	const struct btf_var_secinfo *v = t ? btf_var_secinfos(t) : NULL;
	int i;

	for (i = 0; t && i < btf_vlen(t); i++, v++) {
		var = btf__type_by_id(btf, v->type);
		if (!var || strcmp(btf__name_by_offset(btf, var->name_off), name) ||
		    v->size != sizeof(value) || obj->rodata_size < sizeof(value) ||
		    v->offset > obj->rodata_size - sizeof(value))
			continue;
		memcpy(obj->rodata + v->offset, &value, sizeof(value));
		return true;
	}
	return false;
}
