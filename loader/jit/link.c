// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One program for the host's kernel out of an object's instructions: a driver in front,
 * behind it the shims that it calls, no others (the kernel refuses code that is never
 * reached). Windows get code in place, where speed is asked for; without it, the
 * object's own instructions keep their numbers but for the driver's.
 */
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "core/calls.h"
#include "jit/jit_int.h"
#include "lib/engine.h"
#include "vm/insn.h"

extern const char luo_shims_start[], luo_shims_end[];

#define NR_CALLS_MAX	32

struct linker {
	struct jit_code *code;
	const struct jit_place *place;
	const __s32 *iter_ids;
	Elf *elf;
	Elf_Data *text, *symbols, *strings, *rels;
	size_t nr_symbols, nr_rels;
	const struct vm_call *calls;
	size_t nr_calls;
	size_t at[NR_CALLS_MAX];	/* where the shim of a call is, 0: not yet */
	char *msg;
	size_t msg_size;
};

__attribute__((format(printf, 2, 3)))
static int refuse(struct linker *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(l->msg, l->msg_size, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* The build made it: what is missing in it is our own fault. */
static int open_shims(struct linker *l)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;

	elf_version(EV_CURRENT);
	l->elf = elf_memory((char *)luo_shims_start, luo_shims_end - luo_shims_start);
	while (l->elf && (scn = elf_nextscn(l->elf, scn))) {
		if (!gelf_getshdr(scn, &sh))
			break;
		if (sh.sh_type == SHT_PROGBITS && sh.sh_flags & SHF_EXECINSTR && sh.sh_size)
			l->text = elf_getdata(scn, NULL);
		if (sh.sh_type == SHT_REL && !l->rels) {
			l->rels = elf_getdata(scn, NULL);
			l->nr_rels = sh.sh_size / sh.sh_entsize;
		}
		if (sh.sh_type == SHT_SYMTAB) {
			l->symbols = elf_getdata(scn, NULL);
			l->nr_symbols = sh.sh_size / sh.sh_entsize;
			l->strings = elf_getdata(elf_getscn(l->elf, sh.sh_link), NULL);
		}
	}
	if (!l->text || !l->symbols || !l->strings || !l->rels)
		return refuse(l, "the shims of this program cannot be read");
	return 0;
}

static const char *symbol(const struct linker *l, size_t i, GElf_Sym *sym)
{
	if (!gelf_getsym(l->symbols, i, sym))
		return "";
	return (const char *)l->strings->d_buf + sym->st_name;
}

static void put_u64(struct bpf_insn *insn, __u64 v)
{
	insn[0].imm = (__s32)v;
	insn[1].imm = (__s32)(v >> 32);
}

static void put_area(struct bpf_insn *insn, const struct jit_place *place, __u64 off)
{
	insn[0].src_reg = BPF_PSEUDO_MAP_VALUE;
	insn[0].imm = place->map;
	insn[1].imm = (__s32)off;
}

/* The names that shims.bpf.c leaves open. */
static int relocate_shim(struct linker *l, struct bpf_insn *to, const GElf_Sym *fn)
{
	const char *name;
	GElf_Sym sym;
	GElf_Rel rel;
	size_t i;

	for (i = 0; i < l->nr_rels; i++) {
		struct bpf_insn *insn;

		if (!gelf_getrel(l->rels, i, &rel) || rel.r_offset < fn->st_value ||
		    rel.r_offset >= fn->st_value + fn->st_size)
			continue;
		insn = &to[(rel.r_offset - fn->st_value) / sizeof(*insn)];
		name = symbol(l, GELF_R_SYM(rel.r_info), &sym);
		if (!strcmp(name, "luo_area"))
			put_area(insn, l->place, (__u32)insn->imm);
		else if (!strcmp(name, "luo_tokens"))
			put_u64(insn, l->place->tokens);
		else if (!strcmp(name, "luo_limit"))
			put_u64(insn, l->place->size - JIT_SLACK);
		else
			return refuse(l, "the shims of this program refer to '%s'", name);
	}
	return 0;
}

static int reserve(struct linker *l, size_t nr)
{
	struct bpf_insn *insns;

	insns = realloc(l->code->insns, (l->code->nr + nr) * sizeof(*insns));
	if (!insns)
		return -ENOMEM;
	l->code->insns = insns;
	return 0;
}

static int add_shim(struct linker *l, size_t call)
{
	struct jit_code *c = l->code;
	const char *name = "";
	GElf_Sym sym;
	size_t i;

	for (i = 0; i < l->nr_symbols && strcmp(name, l->calls[call].name); i++)
		name = symbol(l, i, &sym);
	if (strcmp(name, l->calls[call].name) || sym.st_value + sym.st_size > l->text->d_size)
		return refuse(l, "%s() has no form for the host's kernel", l->calls[call].name);
	if (reserve(l, sym.st_size / sizeof(*c->insns)))
		return -ENOMEM;
	memcpy(&c->insns[c->nr], (const __u8 *)l->text->d_buf + sym.st_value, sym.st_size);
	l->at[call] = c->nr;
	c->nr += sym.st_size / sizeof(*c->insns);
	return relocate_shim(l, &c->insns[l->at[call]], &sym);
}

/* Context from the array to the stack, the program, its result to the array. */
static int add_driver(struct linker *l)
{
	const struct bpf_insn driver[] = {
		BPF_LD_IMM64(BPF_REG_6, 0),
		BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_6, 0),
		BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_1, -24),
		BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_6, 8),
		BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_1, -16),
		BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_6, 16),
		BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_1, -8),
		BPF_MOV64_REG(BPF_REG_1, BPF_REG_10),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_1, -24),
		BPF_CALL_REL(3),
		BPF_STX_MEM(BPF_DW, BPF_REG_6, BPF_REG_0, offsetof(struct jit_head, ret)),
		BPF_MOV64_IMM(BPF_REG_0, 0),
		BPF_EXIT_INSN(),
	};
	const size_t nr = sizeof(driver) / sizeof(driver[0]);

	if (reserve(l, nr))
		return -ENOMEM;
	memcpy(l->code->insns, driver, sizeof(driver));
	put_area(l->code->insns, l->place, 0);
	l->code->nr = nr;
	l->code->first = nr;
	return 0;
}

/*
 * luob_in() and luob_out() without a call: a return costs the kernel more than all of
 * this where it is mitigated. r2 to r4 stay until nothing can go wrong any more; what
 * is not plain is left to the call. r0, r1 and r5 would be lost by a call anyway.
 */
#define TOKEN_FIELD(name)	(JIT_HEAD_SIZE + (int)offsetof(struct jit_token, name))
#define HEAD_FIELD(name)	((int)offsetof(struct jit_head, name))
#define IN_PLACE	22

static void put_window(struct linker *l, struct bpf_insn *to, bool write)
{
	const struct bpf_insn code[IN_PLACE] = {
		BPF_JMP_IMM(BPF_JGE, BPF_REG_2, l->place->tokens, 21),
		BPF_LD_IMM64(BPF_REG_5, 0),
		BPF_MOV64_REG(BPF_REG_0, BPF_REG_2),
		BPF_ALU64_IMM(BPF_LSH, BPF_REG_0, 6),
		BPF_ALU64_REG(BPF_ADD, BPF_REG_0, BPF_REG_5),
		BPF_LDX_MEM(BPF_W, BPF_REG_1, BPF_REG_0,
			    write ? TOKEN_FIELD(out_plain) : TOKEN_FIELD(in_plain)),
		BPF_JMP_REG(BPF_JGT, BPF_REG_3, BPF_REG_1, 14),
		BPF_ALU64_REG(BPF_SUB, BPF_REG_1, BPF_REG_3),
		BPF_JMP_REG(BPF_JGT, BPF_REG_4, BPF_REG_1, 12),
		BPF_JMP_IMM(BPF_JGT, BPF_REG_4, LUOB_WINDOW_MAX, 11),
		BPF_JMP_IMM(BPF_JEQ, BPF_REG_4, 0, 10),
		BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_0, TOKEN_FIELD(base)),
		BPF_ALU64_REG(BPF_ADD, BPF_REG_0, BPF_REG_3),
		BPF_JMP_IMM(BPF_JGT, BPF_REG_0, l->place->size - JIT_SLACK, 7),
		BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_5, HEAD_FIELD(left)),
		BPF_ALU64_REG(BPF_SUB, BPF_REG_1, BPF_REG_4),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_1, -LUOB_CALL_COST),
		BPF_JMP_IMM(BPF_JSLE, BPF_REG_1, 0, 3),
		BPF_STX_MEM(BPF_DW, BPF_REG_5, BPF_REG_1, HEAD_FIELD(left)),
		BPF_ALU64_REG(BPF_ADD, BPF_REG_0, BPF_REG_5),
		BPF_JMP_A(1),
		/* the call */
	};

	memcpy(to, code, sizeof(code));
	put_area(&to[1], l->place, 0);
}

/* Where each instruction of the object goes: calls for windows become longer. */
static bool is_window(const struct linker *l, const struct bpf_insn *insn)
{
	const char *name;

	if (!l->place->in_place || insn->code != (BPF_JMP | BPF_CALL) ||
	    insn->src_reg != BPF_PSEUDO_KFUNC_CALL)
		return false;
	name = l->calls[insn->imm].name;
	return !strcmp(name, "luob_in") || !strcmp(name, "luob_out");
}

static size_t *lay_out(struct linker *l, const struct bpf_insn *insns, size_t nr)
{
	size_t *at = calloc(nr + 1, sizeof(*at)), i, next = l->code->first;

	for (i = 0; at && i < nr; i++) {
		at[i] = next;
		next += is_window(l, &insns[i]) ? IN_PLACE + 1 : 1;
	}
	if (at)
		at[nr] = next;
	return at;
}

static bool is_jump(const struct bpf_insn *insn)
{
	const __u8 class = BPF_CLASS(insn->code), op = BPF_OP(insn->code);

	return (class == BPF_JMP || class == BPF_JMP32) && op != BPF_CALL && op != BPF_EXIT;
}

/* A distance in the object, in the program: both ends may have moved. */
static int link_jump(struct linker *l, struct bpf_insn *insn, const size_t *at, size_t i)
{
	bool far = insn->code == (BPF_JMP32 | BPF_JA) || BPF_OP(insn->code) == BPF_CALL;
	__s64 dist = (__s64)at[i + 1 + (far ? insn->imm : insn->off)] - (__s64)at[i] - 1;

	if (far)
		insn->imm = (__s32)dist;
	else if (dist != (__s16)dist)
		return refuse(l, "it is too long: a jump over %lld instructions",
			      (long long)dist);
	else
		insn->off = (__s16)dist;
	return 0;
}

static int link_call(struct linker *l, size_t at)
{
	const size_t call = (__u32)l->code->insns[at].imm;
	const size_t iter = l->nr_calls - VM_NR_ITER_CALLS;
	struct bpf_insn *insn;
	int err;

	if (call >= iter) {
		l->code->insns[at].imm = l->iter_ids[call - iter];
		return 0;
	}
	if (!l->at[call]) {
		err = add_shim(l, call);
		if (err)
			return err;
	}
	insn = &l->code->insns[at];
	insn->src_reg = BPF_PSEUDO_CALL;
	insn->imm = (__s32)(l->at[call] - at - 1);
	return 0;
}

static int link_insn(struct linker *l, const struct bpf_insn *from, const size_t *pos, size_t i)
{
	struct bpf_insn *insn = &l->code->insns[pos[i]];
	size_t at = pos[i];

	if (is_window(l, from)) {
		put_window(l, insn, !strcmp(l->calls[from->imm].name, "luob_out"));
		at += IN_PLACE;
		insn += IN_PLACE;
	}
	*insn = *from;
	if (from->code == (BPF_LD | BPF_IMM | BPF_DW)) {
		insn[1] = from[1];
		if (from->src_reg == BPF_PSEUDO_MAP_VALUE)
			put_area(insn, l->place, l->place->rodata + (__u32)from[1].imm);
	} else if (from->code == (BPF_JMP | BPF_CALL) && from->src_reg == BPF_PSEUDO_KFUNC_CALL) {
		return link_call(l, at);
	} else if (is_jump(from) || from->code == (BPF_JMP | BPF_CALL)) {
		return link_jump(l, insn, pos, i);
	}
	return 0;
}

static int link_object(struct linker *l, const struct luo_object *obj)
{
	const struct bpf_insn *insns;
	size_t nr, i, *pos;
	int err = 0;

	insns = luo_object__insns(obj, &nr);
	pos = lay_out(l, insns, nr);
	if (!pos || reserve(l, pos[nr] - l->code->first)) {
		free(pos);
		return -ENOMEM;
	}
	l->code->nr = pos[nr];
	for (i = 0; i < nr && !err; i++) {
		err = link_insn(l, &insns[i], pos, i);
		if (insns[i].code == (BPF_LD | BPF_IMM | BPF_DW))
			i++;
	}
	free(pos);
	return err;
}

/**
 * jit_code__link - make the program
 * @code: result; to be freed with jit_code__free(), also after a failure
 * @obj: object
 * @place: the array
 * @iter_ids: BTF ids of the functions behind bpf_for()
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * Return: 0, -EINVAL, -ENOMEM.
 */
int jit_code__link(struct jit_code *code, const struct luo_object *obj,
		   const struct jit_place *place, const __s32 *iter_ids, char *msg,
		   size_t msg_size)
{
	struct linker l = {
		.code = code, .place = place, .iter_ids = iter_ids, .msg = msg,
		.msg_size = msg_size,
	};
	int err;

	memset(code, 0, sizeof(*code));
	l.calls = luo_engine__calls(&l.nr_calls);
	err = l.nr_calls > NR_CALLS_MAX ? refuse(&l, "too many calls") : open_shims(&l);
	if (!err)
		err = add_driver(&l);
	if (!err)
		err = link_object(&l, obj);
	elf_end(l.elf);
	return err;
}

void jit_code__free(struct jit_code *code)
{
	free(code->insns);
}
