// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every instruction of RFC 9669, by tables: what goes in, what must come out. The
 * expected values are written out, not computed by the expressions under test.
 */
#include "vm_test.h"

#define MIN64	0x8000000000000000ULL
#define MIN32	0x80000000ULL
#define ONES	0xffffffffffffffffULL
#define PAT	0x8877665544332211ULL

struct alu_case {
	const char *name;
	__u8 op;		/* with class */
	__s16 off;
	__u64 a, b, want;
};

#define A64(op)	#op, BPF_ALU64 | BPF_##op, 0
#define A32(op)	#op "32", BPF_ALU | BPF_##op, 0
#define S64(op)	"S" #op, BPF_ALU64 | BPF_##op, 1
#define S32(op)	"S" #op "32", BPF_ALU | BPF_##op, 1
#define X64(n)	"MOVSX" #n, BPF_ALU64 | BPF_MOV, n
#define X32(n)	"MOVSX" #n "_32", BPF_ALU | BPF_MOV, n

static const struct alu_case alu_cases[] = {
	{ A64(ADD), 1, 2, 3 },
	{ A64(ADD), ONES, 1, 0 },
	{ A64(ADD), 5, -7ULL, -2ULL },
	{ A64(ADD), 0x7fffffffffffffffULL, 1, MIN64 },
	{ A32(ADD), 0xffffffff, 1, 0 },
	{ A32(ADD), 0x1234567800000001ULL, 2, 3 },
	{ A32(ADD), 0x7fffffff, 1, MIN32 },
	{ A64(SUB), 1, 2, ONES },
	{ A64(SUB), MIN64, 1, 0x7fffffffffffffffULL },
	{ A64(SUB), 0, -1ULL, 1 },
	{ A32(SUB), 0, 1, 0xffffffff },
	{ A32(SUB), 0xaaaaaaaa00000005ULL, 5, 0 },
	{ A64(MUL), 7, 6, 42 },
	{ A64(MUL), 0x100000000ULL, 0x100000000ULL, 0 },
	{ A64(MUL), -3ULL, 5, -15ULL },
	{ A64(MUL), MIN64, -1ULL, MIN64 },
	{ A32(MUL), 0xffffffff, 0xffffffff, 1 },
	{ A32(MUL), 0x10000, 0x10000, 0 },
	{ A32(MUL), 0x7fffffff, 2, 0xfffffffe },
	{ A64(DIV), 100, 7, 14 },
	{ A64(DIV), 100, 0, 0 },
	{ A64(DIV), ONES, 2, 0x7fffffffffffffffULL },
	{ A64(DIV), MIN64, -1ULL, 0 },
	{ A64(DIV), ONES, -1ULL, 1 },
	{ A32(DIV), 0x100000007ULL, 2, 3 },
	{ A32(DIV), 0x1ffffffffULL, 0, 0 },
	{ A32(DIV), MIN32, 0xffffffff, 0 },
	{ A32(DIV), 9, 0x100000003ULL, 3 },
	{ A64(MOD), 100, 7, 2 },
	{ A64(MOD), 100, 0, 100 },
	{ A64(MOD), PAT, 0, PAT },
	{ A64(MOD), ONES, 10, 5 },
	{ A32(MOD), 0x1ffffffffULL, 0, 0xffffffff },
	{ A32(MOD), 0x500000007ULL, 4, 3 },
	{ A32(MOD), MIN32, 0xffffffff, MIN32 },
	{ S64(DIV), -13ULL, 4, -3ULL },
	{ S64(DIV), -13ULL, -4ULL, 3 },
	{ S64(DIV), 13, -4ULL, -3ULL },
	{ S64(DIV), 13, 0, 0 },
	{ S64(DIV), MIN64, -1ULL, MIN64 },
	{ S64(DIV), MIN64, 1, MIN64 },
	{ S32(DIV), 0xfffffff3, 4, 0xfffffffd },
	{ S32(DIV), MIN32, -1ULL, MIN32 },
	{ S32(DIV), 0xffffffff00000008ULL, 0xfffffffe, 0xfffffffc },
	{ S32(DIV), 0x100000005ULL, 0, 0 },
	{ S64(MOD), -13ULL, 4, -1ULL },
	{ S64(MOD), -13ULL, -4ULL, -1ULL },
	{ S64(MOD), 13, -4ULL, 1 },
	{ S64(MOD), -13ULL, 0, -13ULL },
	{ S64(MOD), MIN64, -1ULL, 0 },
	{ S32(MOD), 0xfffffff3, 4, 0xffffffff },
	{ S32(MOD), MIN32, -1ULL, 0 },
	{ S32(MOD), 0x1fffffff3ULL, 0, 0xfffffff3 },
	{ A64(OR), 0xf0, 0x0f, 0xff },
	{ A64(OR), 0, -16ULL, -16ULL },
	{ A32(OR), 0x1f0000000fULL, 0xf0, 0xff },
	{ A32(OR), 0, MIN32, MIN32 },
	{ A64(AND), PAT, 0xffff, 0x2211 },
	{ A64(AND), PAT, -256ULL, 0x8877665544332200ULL },
	{ A32(AND), PAT, -1ULL, 0x44332211 },
	{ A64(XOR), PAT, PAT, 0 },
	{ A64(XOR), PAT, -1ULL, 0x778899aabbccddeeULL },
	{ A32(XOR), PAT, -1ULL, 0xbbccddee },
	{ A64(LSH), 1, 63, MIN64 },
	{ A64(LSH), 1, 64, 1 },
	{ A64(LSH), 1, 65, 2 },
	{ A64(LSH), 3, -1ULL, MIN64 },
	{ A32(LSH), 1, 31, MIN32 },
	{ A32(LSH), 1, 32, 1 },
	{ A32(LSH), 0xff00000001ULL, 33, 2 },
	{ A64(RSH), MIN64, 63, 1 },
	{ A64(RSH), MIN64, 64, MIN64 },
	{ A64(RSH), ONES, 4, 0x0fffffffffffffffULL },
	{ A32(RSH), PAT, 4, 0x04433221 },
	{ A32(RSH), MIN32, 31, 1 },
	{ A32(RSH), MIN32, 63, 1 },
	{ A64(ARSH), MIN64, 63, ONES },
	{ A64(ARSH), MIN64, 4, 0xf800000000000000ULL },
	{ A64(ARSH), -8ULL, 65, -4ULL },
	{ A64(ARSH), 0x7fffffffffffffffULL, 62, 1 },
	{ A32(ARSH), MIN32, 31, 0xffffffff },
	{ A32(ARSH), MIN64, 4, 0 },
	{ A32(ARSH), 0xffffffff40000000ULL, 4, 0x04000000 },
	{ A32(ARSH), 0xf0000000, 36, 0xff000000 },
	{ A64(MOV), 1, PAT, PAT },
	{ A64(MOV), 1, -5ULL, -5ULL },
	{ A32(MOV), ONES, PAT, 0x44332211 },
	{ A32(MOV), ONES, -5ULL, 0xfffffffb },
};

static const struct alu_case movsx_cases[] = {
	{ X64(8), 0, 0x180, -128ULL },
	{ X64(8), 0, 0xff7f, 0x7f },
	{ X64(16), 0, 0x18000, -32768ULL },
	{ X64(16), 0, 0xffff7fff, 0x7fff },
	{ X64(32), 0, 0x180000000ULL, 0xffffffff80000000ULL },
	{ X64(32), 0, 0xffffffff7fffffffULL, 0x7fffffff },
	{ X32(8), ONES, 0x180, 0xffffff80 },
	{ X32(8), ONES, 0xff7f, 0x7f },
	{ X32(16), ONES, 0x18000, 0xffff8000 },
	{ X32(16), ONES, 0xffff7fff, 0x7fff },
};

static void alu_reg(const struct alu_case *c)
{
	struct test_env env = { 0 };

	test_run(&env, PROG(BPF_LD_IMM64(3, c->a), BPF_LD_IMM64(4, c->b),
			    BPF_RAW(c->op | BPF_X, 3, 4, c->off, 0),
			    BPF_MOV64_REG(0, 3), BPF_EXIT_INSN()));
	if (CHECK(!env.err, "%s of registers runs %s", c->name, env.msg))
		CHECK_EQ(env.r0, c->want, "%s %#llx, %#llx", c->name, c->a, c->b);
}

static void alu_imm(const struct alu_case *c)
{
	struct test_env env = { 0 };

	/* Constants are sign-extended; to 32-bit operations any low half will do. */
	if (BPF_CLASS(c->op) == BPF_ALU64 && (__u64)(__s32)c->b != c->b)
		return;
	test_run(&env, PROG(BPF_LD_IMM64(3, c->a), BPF_RAW(c->op, 3, 0, c->off, c->b),
			    BPF_MOV64_REG(0, 3), BPF_EXIT_INSN()));
	if (CHECK(!env.err, "%s of a constant runs %s", c->name, env.msg))
		CHECK_EQ(env.r0, c->want, "%s %#llx, constant %d", c->name, c->a, (__s32)c->b);
}

static void alu(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(alu_cases); i++) {
		alu_reg(&alu_cases[i]);
		alu_imm(&alu_cases[i]);
	}
	for (i = 0; i < ARRAY_SIZE(movsx_cases); i++)
		alu_reg(&movsx_cases[i]);
}

static void unary(void)
{
	static const struct {
		const char *name;
		struct bpf_insn insn;
		__u64 a, want;
	} cases[] = {
		{ "neg", BPF_ALU64_IMM(BPF_NEG, 0, 0), 1, ONES },
		{ "neg", BPF_ALU64_IMM(BPF_NEG, 0, 0), MIN64, MIN64 },
		{ "neg", BPF_ALU64_IMM(BPF_NEG, 0, 0), 0, 0 },
		{ "neg32", BPF_ALU32_IMM(BPF_NEG, 0, 0), 1, 0xffffffff },
		{ "neg32", BPF_ALU32_IMM(BPF_NEG, 0, 0), MIN32, MIN32 },
		{ "neg32", BPF_ALU32_IMM(BPF_NEG, 0, 0), 0xabcdef0000000000ULL, 0 },
		{ "le16", BPF_RAW(BPF_ALU | BPF_END | BPF_TO_LE, 0, 0, 0, 16), PAT, 0x2211 },
		{ "le32", BPF_RAW(BPF_ALU | BPF_END | BPF_TO_LE, 0, 0, 0, 32), PAT, 0x44332211 },
		{ "le64", BPF_RAW(BPF_ALU | BPF_END | BPF_TO_LE, 0, 0, 0, 64), PAT, PAT },
		{ "be16", BPF_RAW(BPF_ALU | BPF_END | BPF_TO_BE, 0, 0, 0, 16), PAT, 0x1122 },
		{ "be32", BPF_RAW(BPF_ALU | BPF_END | BPF_TO_BE, 0, 0, 0, 32), PAT, 0x11223344 },
		{ "be64", BPF_RAW(BPF_ALU | BPF_END | BPF_TO_BE, 0, 0, 0, 64), PAT,
		  0x1122334455667788ULL },
		{ "bswap16", BPF_RAW(BPF_ALU64 | BPF_END, 0, 0, 0, 16), PAT, 0x1122 },
		{ "bswap32", BPF_RAW(BPF_ALU64 | BPF_END, 0, 0, 0, 32), PAT, 0x11223344 },
		{ "bswap64", BPF_RAW(BPF_ALU64 | BPF_END, 0, 0, 0, 64), PAT,
		  0x1122334455667788ULL },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct test_env env = { 0 };

		test_run(&env, PROG(BPF_LD_IMM64(0, cases[i].a), cases[i].insn, BPF_EXIT_INSN()));
		CHECK_EQ(env.r0, cases[i].want, "%s %#llx %s", cases[i].name, cases[i].a, env.msg);
	}
}

/* For each condition: is it true of less, equal, more, as (un)signed numbers? */
static void jumps(void)
{
	static const struct {
		const char *name;
		__u8 op;
		const char *taken;	/* for the pairs below, in order */
	} conds[] = {
		{ "jeq", BPF_JEQ, "0100000" }, { "jne", BPF_JNE, "1011111" },
		{ "jgt", BPF_JGT, "0011011" }, { "jge", BPF_JGE, "0111011" },
		{ "jlt", BPF_JLT, "1000100" }, { "jle", BPF_JLE, "1100100" },
		{ "jsgt", BPF_JSGT, "0010100" }, { "jsge", BPF_JSGE, "0110100" },
		{ "jslt", BPF_JSLT, "1001011" }, { "jsle", BPF_JSLE, "1101011" },
		{ "jset", BPF_JSET, "0110110" },
	};
	/* Cut to 32 bits they compare alike; then the upper ones are filled with junk. */
	static const __u64 pairs[7][2] = {
		{ 1, 2 }, { 5, 5 }, { 7, 3 }, { -1ULL << 31, 0 },
		{ 3, -1ULL }, { -1ULL, 3 }, { -1ULL << 31, 0x7ffffff0 },
	};
	size_t i, k;
	int form;

	for (i = 0; i < ARRAY_SIZE(conds); i++) {
		for (k = 0; k < ARRAY_SIZE(pairs); k++) {
			for (form = 0; form < 4; form++) {
				const bool imm = form & 1, w32 = form & 2;
				const __u64 junk = w32 ? 0x5a5a5a5a00000000ULL : 0;
				const __u8 code = conds[i].op | (w32 ? BPF_JMP32 : BPF_JMP);
				struct test_env env = { 0 };
				const __u64 want = conds[i].taken[k] - '0';

				test_run(&env, PROG(
					BPF_LD_IMM64(1, pairs[k][0] ^ junk),
					BPF_LD_IMM64(2, pairs[k][1]),
					BPF_MOV64_IMM(0, 1),
					BPF_RAW(code | (imm ? BPF_K : BPF_X), 1, imm ? 0 : 2, 1,
						imm ? pairs[k][1] : 0),
					BPF_MOV64_IMM(0, 0),
					BPF_EXIT_INSN()));
				CHECK_EQ(env.r0, want, "%s%s%s %#llx, %#llx %s", conds[i].name,
					 w32 ? "32" : "", imm ? " constant" : "",
					 pairs[k][0], pairs[k][1], env.msg);
			}
		}
	}
}

static void jump_always(void)
{
	struct test_env env = { 0 };

	test_run(&env, PROG(BPF_MOV64_IMM(0, 1), BPF_JMP_A(1), BPF_MOV64_IMM(0, 2),
			    BPF_EXIT_INSN()));
	CHECK_EQ(env.r0, 1, "ja skips one");
	test_run(&env, PROG(BPF_MOV64_IMM(0, 1), BPF_JMP_A(0), BPF_ALU64_IMM(BPF_ADD, 0, 1),
			    BPF_EXIT_INSN()));
	CHECK_EQ(env.r0, 2, "ja of 0 does nothing");
	test_run(&env, PROG(BPF_MOV64_IMM(0, 1), BPF_JMP32_A(2), BPF_ALU64_IMM(BPF_ADD, 0, 7),
			    BPF_EXIT_INSN(), BPF_JMP32_A(-3)));
	CHECK_EQ(env.r0, 8, "gotol goes both ways");
	test_run(&env, PROG(BPF_MOV64_IMM(0, 0), BPF_MOV64_IMM(1, 5),
			    BPF_ALU64_REG(BPF_ADD, 0, 1), BPF_ALU64_IMM(BPF_ADD, 1, -1),
			    BPF_JMP_IMM(BPF_JNE, 1, 0, -3), BPF_EXIT_INSN()));
	CHECK_EQ(env.r0, 15, "a loop turns five times");
	CHECK_EQ(env.insns, 2 + 5 * 3 + 1, "and each instruction is counted");
}

static void far_jump(void)
{
	const size_t nr = 70003;
	struct bpf_insn *insns = calloc(nr, sizeof(*insns));
	struct test_env env = { 0 };
	size_t i;

	if (!insns)
		abort();
	for (i = 0; i < nr; i++)
		insns[i] = BPF_MOV64_IMM(0, 1);
	insns[0] = BPF_JMP32_A(nr - 3);
	insns[1] = BPF_MOV64_IMM(0, 42);
	insns[2] = BPF_EXIT_INSN();
	insns[nr - 2] = BPF_JMP32_A(-(int)(nr - 2));
	insns[nr - 1] = BPF_EXIT_INSN();
	test_run(&env, insns, nr);
	CHECK_EQ(env.r0, 42, "gotol reaches over 70,000 instructions %s", env.msg);
	free(insns);
}

/* All loads, three ways: out of the context, through a pointer to the stack, by r10. */
static void loads(void)
{
	static const struct {
		const char *name;
		__u8 code;
		__s16 off;
		__u64 want;
	} cases[] = {
		{ "ldxb", BPF_LDX | BPF_B | BPF_MEM, 1, 0x92 },
		{ "ldxh", BPF_LDX | BPF_H | BPF_MEM, 1, 0xa392 },
		{ "ldxw", BPF_LDX | BPF_W | BPF_MEM, 1, 0xc5b4a392 },
		{ "ldxdw", BPF_LDX | BPF_DW | BPF_MEM, 1, 0x11f8e7d6c5b4a392ULL },
		{ "ldxdw", BPF_LDX | BPF_DW | BPF_MEM, 8, 0x8877665544332211ULL },
		{ "ldxsb", BPF_LDX | BPF_B | BPF_MEMSX, 1, 0xffffffffffffff92ULL },
		{ "ldxsb", BPF_LDX | BPF_B | BPF_MEMSX, 8, 0x11 },
		{ "ldxsh", BPF_LDX | BPF_H | BPF_MEMSX, 1, 0xffffffffffffa392ULL },
		{ "ldxsh", BPF_LDX | BPF_H | BPF_MEMSX, 8, 0x2211 },
		{ "ldxsw", BPF_LDX | BPF_W | BPF_MEMSX, 1, 0xffffffffc5b4a392ULL },
		{ "ldxsw", BPF_LDX | BPF_W | BPF_MEMSX, 8, 0x44332211 },
	};
	static const __u64 ctx[2] = { 0xf8e7d6c5b4a39281ULL, PAT };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct test_env env = { .ctx = ctx, .ctx_words = 2 };
		__u8 code = cases[i].code;
		__s16 off = cases[i].off;

		test_run(&env, PROG(BPF_RAW(code, 0, 1, off, 0), BPF_EXIT_INSN()));
		CHECK_EQ(env.r0, cases[i].want, "%s of the context %s", cases[i].name, env.msg);
		test_run(&env, PROG(BPF_LD_IMM64(2, ctx[0]), BPF_STX_MEM(BPF_DW, 10, 2, -32),
				    BPF_LD_IMM64(2, ctx[1]), BPF_STX_MEM(BPF_DW, 10, 2, -24),
				    BPF_MOV64_REG(3, 10), BPF_ALU64_IMM(BPF_ADD, 3, -32),
				    BPF_RAW(code, 4, 3, off, 0), BPF_RAW(code, 0, 10, off - 32, 0),
				    BPF_JMP_REG(BPF_JEQ, 0, 4, 1), BPF_MOV64_IMM(0, 0),
				    BPF_EXIT_INSN()));
		CHECK_EQ(env.r0, cases[i].want, "%s of the stack %s", cases[i].name, env.msg);
	}
}

/* All stores: what 16 bytes of 0xee look like afterwards. */
static void stores(void)
{
	static const struct {
		const char *name;
		__u8 size;
		__s16 off;
		const char *want;
	} cases[] = {
		{ "b", BPF_B, 3,
		  "\xee\xee\xee\xd4\xee\xee\xee\xee\xee\xee\xee\xee\xee\xee\xee\xee" },
		{ "h", BPF_H, 3,
		  "\xee\xee\xee\xd4\xc3\xee\xee\xee\xee\xee\xee\xee\xee\xee\xee\xee" },
		{ "w", BPF_W, 3,
		  "\xee\xee\xee\xd4\xc3\xb2\xf1\xee\xee\xee\xee\xee\xee\xee\xee\xee" },
		{ "dw", BPF_DW, 3,
		  "\xee\xee\xee\xd4\xc3\xb2\xf1\xff\xff\xff\xff\xee\xee\xee\xee\xee" },
		{ "dw", BPF_DW, 8,
		  "\xee\xee\xee\xee\xee\xee\xee\xee\xd4\xc3\xb2\xf1\xff\xff\xff\xff" },
	};
	const __u32 val = 0xf1b2c3d4;	/* sign-extended, like a constant */
	size_t i;
	int form;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		for (form = 0; form < 2; form++) {
			const struct bpf_insn st = form ?
				BPF_STX_MEM(cases[i].size, 6, 2, cases[i].off) :
				BPF_ST_MEM(cases[i].size, 6, cases[i].off, val);
			struct bpf_insn fst = st;
			__u8 mem[16], mem2[16];
			struct test_env env = {
				.win = { { mem, 16, true }, { mem2, 16, true } },
			};

			memset(mem, 0xee, 16);
			memset(mem2, 0xee, 16);
			fst.dst_reg = 10;
			fst.off = cases[i].off - 64;
			/* The second window gets a copy of what r10 was written by. */
			test_run(&env, PROG(
				BPF_MOV64_IMM(1, 0), BPF_CALL_IDX(CALL_WIN), BPF_MOV64_REG(6, 0),
				BPF_MOV64_IMM(1, 1), BPF_CALL_IDX(CALL_WIN), BPF_MOV64_REG(7, 0),
				BPF_LD_IMM64(2, 0xfffffffff1b2c3d4ULL), st,
				BPF_LDX_MEM(BPF_DW, 3, 7, 0), BPF_STX_MEM(BPF_DW, 10, 3, -64),
				BPF_STX_MEM(BPF_DW, 10, 3, -56), fst,
				BPF_LDX_MEM(BPF_DW, 3, 10, -64), BPF_STX_MEM(BPF_DW, 7, 3, 0),
				BPF_LDX_MEM(BPF_DW, 3, 10, -56), BPF_STX_MEM(BPF_DW, 7, 3, 8),
				BPF_EXIT_INSN()));
			CHECK(!env.err && !memcmp(mem, cases[i].want, 16), "st%s%s to a window %s",
			      form ? "x" : "", cases[i].name, env.msg);
			CHECK(!env.err && !memcmp(mem2, cases[i].want, 16), "st%s%s by r10 %s",
			      form ? "x" : "", cases[i].name, env.msg);
		}
	}
}

struct atomic_case {
	const char *name;
	int op;
	__u64 mem, src, r0;		/* before */
	__u64 mem64, src64, r064;	/* after the operation on 64 bits */
	__u64 mem32, src32, r032;	/* and on the lower 32 */
};

#define MEM	0xf0f0f0f0aaaa5555ULL
#define SRC	0x00ff00ff66663333ULL

static const struct atomic_case atomic_cases[] = {
	{ "add", BPF_ADD, MEM, SRC, 1,
	  0xf1eff1f011108888ULL, SRC, 1, 0xf0f0f0f011108888ULL, SRC, 1 },
	{ "or", BPF_OR, MEM, SRC, 1,
	  0xf0fff0ffeeee7777ULL, SRC, 1, 0xf0f0f0f0eeee7777ULL, SRC, 1 },
	{ "and", BPF_AND, MEM, SRC, 1,
	  0x00f000f022221111ULL, SRC, 1, 0xf0f0f0f022221111ULL, SRC, 1 },
	{ "xor", BPF_XOR, MEM, SRC, 1,
	  0xf00ff00fcccc6666ULL, SRC, 1, 0xf0f0f0f0cccc6666ULL, SRC, 1 },
	{ "fetch add", BPF_ADD | BPF_FETCH, MEM, SRC, 1,
	  0xf1eff1f011108888ULL, MEM, 1, 0xf0f0f0f011108888ULL, 0xaaaa5555, 1 },
	{ "fetch or", BPF_OR | BPF_FETCH, MEM, SRC, 1,
	  0xf0fff0ffeeee7777ULL, MEM, 1, 0xf0f0f0f0eeee7777ULL, 0xaaaa5555, 1 },
	{ "fetch and", BPF_AND | BPF_FETCH, MEM, SRC, 1,
	  0x00f000f022221111ULL, MEM, 1, 0xf0f0f0f022221111ULL, 0xaaaa5555, 1 },
	{ "fetch xor", BPF_XOR | BPF_FETCH, MEM, SRC, 1,
	  0xf00ff00fcccc6666ULL, MEM, 1, 0xf0f0f0f0cccc6666ULL, 0xaaaa5555, 1 },
	{ "xchg", BPF_XCHG, MEM, SRC, 1, SRC, MEM, 1, 0xf0f0f0f066663333ULL, 0xaaaa5555, 1 },
	{ "cmpxchg, equal", BPF_CMPXCHG, MEM, SRC, MEM,
	  SRC, SRC, MEM, 0xf0f0f0f066663333ULL, SRC, 0xaaaa5555 },
	{ "cmpxchg, not equal", BPF_CMPXCHG, MEM, SRC, 1,
	  MEM, SRC, MEM, MEM, SRC, 0xaaaa5555 },
	{ "cmpxchg, equal in 32 bits", BPF_CMPXCHG, MEM, SRC, 0xaaaa5555,
	  MEM, SRC, MEM, 0xf0f0f0f066663333ULL, SRC, 0xaaaa5555 },
};

static void atomic_one(const struct atomic_case *c, bool w32)
{
	__u64 mem[3] = { c->mem };
	struct test_env env = { .win = { { mem, sizeof(mem), true } } };

	test_run(&env, PROG(
		BPF_MOV64_IMM(1, 0), BPF_CALL_IDX(CALL_WIN), BPF_MOV64_REG(6, 0),
		BPF_LD_IMM64(0, c->r0), BPF_LD_IMM64(2, c->src),
		BPF_ATOMIC_OP(w32 ? BPF_W : BPF_DW, c->op, 6, 2, 0),
		BPF_STX_MEM(BPF_DW, 6, 2, 8), BPF_STX_MEM(BPF_DW, 6, 0, 16), BPF_EXIT_INSN()));
	CHECK(!env.err, "atomic %s%s runs %s", c->name, w32 ? "32" : "", env.msg);
	CHECK_EQ(mem[0], w32 ? c->mem32 : c->mem64, "what is in memory");
	CHECK_EQ(mem[1], w32 ? c->src32 : c->src64, "what is in the source");
	CHECK_EQ(mem[2], w32 ? c->r032 : c->r064, "what is in r0");
}

static void atomics(void)
{
	struct test_env env = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(atomic_cases); i++) {
		atomic_one(&atomic_cases[i], false);
		atomic_one(&atomic_cases[i], true);
	}
	test_run(&env, PROG(BPF_ST_MEM(BPF_DW, 10, -8, 40), BPF_MOV64_IMM(2, 2),
			    BPF_ATOMIC_OP(BPF_DW, BPF_ADD, 10, 2, -8),
			    BPF_LDX_MEM(BPF_DW, 0, 10, -8), BPF_EXIT_INSN()));
	CHECK_EQ(env.r0, 42, "atomic add by r10 %s", env.msg);
}

static void calls(void)
{
	struct test_env env = { 0 };

	test_run(&env, PROG(BPF_MOV64_IMM(1, 1), BPF_MOV64_IMM(2, 2), BPF_MOV64_IMM(3, 3),
			    BPF_MOV64_IMM(4, 4), BPF_MOV64_IMM(5, 5), BPF_CALL_IDX(CALL_SUM),
			    BPF_EXIT_INSN()));
	CHECK_EQ(env.r0, 54321, "a function gets r1 to r5 and gives r0 %s", env.msg);
	test_run(&env, PROG(BPF_MOV64_IMM(1, 1), BPF_MOV64_IMM(2, 2), BPF_MOV64_IMM(3, 3),
			    BPF_MOV64_IMM(4, 4), BPF_MOV64_IMM(5, 5), BPF_CALL_IDX(CALL_SUM),
			    BPF_MOV64_REG(0, 1), BPF_ALU64_REG(BPF_OR, 0, 2),
			    BPF_ALU64_REG(BPF_OR, 0, 3), BPF_ALU64_REG(BPF_OR, 0, 4),
			    BPF_ALU64_REG(BPF_OR, 0, 5), BPF_EXIT_INSN()));
	CHECK_EQ(env.r0, 0, "r1 to r5 are 0 after it");
	test_run(&env, PROG(BPF_MOV64_IMM(0, 7), BPF_CALL_IDX(CALL_NEST), BPF_EXIT_INSN()));
	CHECK_EQ(env.r0, -EBUSY, "a machine does not run within itself");
	test_run(&env, PROG(BPF_MOV64_IMM(0, 7), BPF_MOV64_IMM(1, 0), BPF_CALL_IDX(CALL_FAIL),
			    BPF_EXIT_INSN()));
	CHECK_EQ(env.r0, 0, "r0 is 0 when a function stores none");
}

static void subprograms(void)
{
	struct test_env env = { 0 };

	test_run(&env, PROG(
		BPF_MOV64_IMM(6, 6), BPF_MOV64_IMM(7, 7), BPF_MOV64_IMM(8, 8), BPF_MOV64_IMM(9, 9),
		BPF_MOV64_IMM(1, 1000), BPF_MOV64_IMM(5, 2000), BPF_CALL_REL(7),
		BPF_ALU64_REG(BPF_ADD, 0, 6), BPF_ALU64_REG(BPF_ADD, 0, 7),
		BPF_ALU64_REG(BPF_ADD, 0, 8), BPF_ALU64_REG(BPF_ADD, 0, 9),
		BPF_ALU64_REG(BPF_ADD, 0, 1), BPF_ALU64_REG(BPF_ADD, 0, 5), BPF_EXIT_INSN(),
		/* callee */
		BPF_MOV64_IMM(6, 0), BPF_MOV64_IMM(7, 0), BPF_MOV64_IMM(8, 0), BPF_MOV64_IMM(9, 0),
		BPF_MOV64_REG(0, 1), BPF_ALU64_REG(BPF_ADD, 0, 5), BPF_EXIT_INSN()));
	CHECK_EQ(env.r0, 3030, "r6 to r9 survive, r1 to r5 are 0 %s", env.msg);
	CHECK_EQ(env.insns, 21, "instructions of a callee are counted");

	test_run(&env, PROG(
		BPF_ST_MEM(BPF_DW, 10, -8, 5), BPF_MOV64_REG(1, 10), BPF_ALU64_IMM(BPF_ADD, 1, -8),
		BPF_CALL_REL(3), BPF_LDX_MEM(BPF_DW, 1, 10, -8), BPF_ALU64_REG(BPF_ADD, 0, 1),
		BPF_EXIT_INSN(),
		/* callee: its frame is its own, the caller's is reached by a pointer */
		BPF_LDX_MEM(BPF_DW, 2, 1, 0), BPF_ALU64_IMM(BPF_ADD, 2, 1),
		BPF_STX_MEM(BPF_DW, 1, 2, 0), BPF_LDX_MEM(BPF_DW, 0, 10, -8),
		BPF_ST_MEM(BPF_DW, 10, -8, 99), BPF_EXIT_INSN()));
	CHECK_EQ(env.r0, 6, "frames are apart, pointers reach the caller's %s", env.msg);

	test_run(&env, PROG(
		BPF_CALL_REL(2), BPF_CALL_REL(1), BPF_EXIT_INSN(),
		BPF_LDX_MEM(BPF_DW, 0, 10, -512), BPF_LDX_MEM(BPF_DW, 1, 10, -8),
		BPF_ALU64_REG(BPF_OR, 0, 1), BPF_ST_MEM(BPF_DW, 10, -512, 1),
		BPF_ST_MEM(BPF_DW, 10, -8, 1), BPF_EXIT_INSN()));
	CHECK_EQ(env.r0, 0, "a frame is zeroed each time it is entered %s", env.msg);
}

/* f(n) = n ? f(n - 1) + 1 : 0, which takes n + 2 frames with that of main. */
static void depth(void)
{
	int n;

	for (n = 0; n < 10; n++) {
		struct test_env env = { 0 };

		test_run(&env, PROG(
			BPF_MOV64_IMM(1, n), BPF_CALL_REL(1), BPF_EXIT_INSN(),
			BPF_MOV64_IMM(0, 0), BPF_JMP_IMM(BPF_JEQ, 1, 0, 3),
			BPF_ALU64_IMM(BPF_ADD, 1, -1), BPF_CALL_REL(-4),
			BPF_ALU64_IMM(BPF_ADD, 0, 1), BPF_EXIT_INSN()));
		if (n + 2 <= (int)VM_MAX_FRAMES)
			CHECK_EQ(env.r0, n, "%d frames %s", n + 2, env.msg);
		else
			CHECK(env.err == -E2BIG && env.fault_insn == 6, "%d frames: %s",
			      n + 2, env.msg);
	}
}

static void constants(void)
{
	static const __u8 rodata[] = { 1, 2, 3, 4, 5 };
	static const struct vm_data data[] = { { NULL, 0 }, { rodata, sizeof(rodata) } };
	struct test_env env = { .data = data, .nr_data = 2 };

	test_run(&env, PROG(BPF_LD_IMM64(0, PAT), BPF_EXIT_INSN()));
	CHECK_EQ(env.r0, PAT, "ld_imm64");
	CHECK_EQ(env.insns, 2, "which is one instruction");
	test_run(&env, PROG(BPF_LD_DATA(1, 1, 0), BPF_LDX_MEM(BPF_W, 0, 1, 1), BPF_EXIT_INSN()));
	CHECK_EQ(env.r0, 0x05040302, "read-only data %s", env.msg);
	test_run(&env, PROG(BPF_LD_DATA(1, 1, 5), BPF_LDX_MEM(BPF_B, 0, 1, -1), BPF_EXIT_INSN()));
	CHECK_EQ(env.r0, 5, "its end can be pointed to %s", env.msg);
	test_run(&env, PROG(BPF_LD_DATA(1, 0, 0), BPF_LDX_MEM(BPF_B, 0, 1, 0), BPF_EXIT_INSN()));
	CHECK_EQ(env.err, -EFAULT, "empty data has no byte: %s", env.msg);
}

/* Turns of bpf_for(i, start, end), the sum of what the counter was, and new()'s result. */
static void iterator(void)
{
	static const struct {
		__s32 start, end;
		int err;
		__u64 turns, sum;
	} cases[] = {
		{ 0, 0, 0, 0, 0 }, { 0, 5, 0, 5, 10 }, { 3, 5, 0, 2, 7 }, { 5, 3, -EINVAL, 0, 0 },
		{ -3, 2, 0, 5, -5ULL }, { -5, -3, 0, 2, -9ULL },
		{ -2147483647 - 1, -2147483646, 0, 2, -4294967295ULL },
		{ 2147483645, 2147483647, 0, 2, 4294967291ULL },
		{ 0, 100000, 0, 100000, 4999950000ULL },
		{ 0, 8388609, -E2BIG, 0, 0 }, { -2147483647 - 1, 2147483647, -E2BIG, 0, 0 },
		{ 10, 8388618, 0, 8388608, 35184451780608ULL },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		__u64 out[3] = { 0 };
		struct test_env env = {
			.budget = 1ULL << 30, .win = { { out, sizeof(out), true } },
		};

		test_run(&env, PROG(
			BPF_MOV64_IMM(1, 0), BPF_CALL_IDX(CALL_WIN), BPF_MOV64_REG(9, 0),
			BPF_MOV64_IMM(7, 0), BPF_MOV64_IMM(8, 0),
			BPF_MOV64_REG(6, 10), BPF_ALU64_IMM(BPF_ADD, 6, -8), BPF_MOV64_REG(1, 6),
			BPF_MOV64_IMM(2, cases[i].start), BPF_MOV64_IMM(3, cases[i].end),
			BPF_CALL_IDX(CALL_ITER_NEW), BPF_STX_MEM(BPF_DW, 9, 0, 16),
			/* turn */
			BPF_MOV64_REG(1, 6), BPF_CALL_IDX(CALL_ITER_NEXT),
			BPF_JMP_IMM(BPF_JEQ, 0, 0, 4), BPF_LDX_MEMSX(BPF_W, 1, 0, 0),
			BPF_ALU64_REG(BPF_ADD, 8, 1), BPF_ALU64_IMM(BPF_ADD, 7, 1), BPF_JMP_A(-7),
			BPF_MOV64_REG(1, 6), BPF_CALL_IDX(CALL_ITER_NEXT),
			BPF_ALU64_REG(BPF_ADD, 7, 0),
			BPF_MOV64_REG(1, 6), BPF_CALL_IDX(CALL_ITER_DESTROY),
			BPF_STX_MEM(BPF_DW, 9, 7, 0), BPF_STX_MEM(BPF_DW, 9, 8, 8),
			BPF_EXIT_INSN()));
		CHECK(!env.err, "iterates over %d..%d %s", cases[i].start, cases[i].end, env.msg);
		CHECK_EQ(out[0], cases[i].turns, "turns");
		CHECK_EQ(out[1], cases[i].sum, "sum");
		CHECK_EQ((int)out[2], cases[i].err, "result of new");
	}
}

static void start(void)
{
	static const __u64 ctx[3] = { 11, 22, 33 };
	struct test_env env = { .ctx = ctx, .ctx_words = 3 };

	test_run(&env, PROG(BPF_LDX_MEM(BPF_DW, 0, 1, 16), BPF_EXIT_INSN()));
	CHECK_EQ(env.r0, 33, "r1 points to the context");
	test_run(&env, PROG(BPF_ALU64_REG(BPF_OR, 0, 2), BPF_ALU64_REG(BPF_OR, 0, 3),
			    BPF_ALU64_REG(BPF_OR, 0, 4), BPF_ALU64_REG(BPF_OR, 0, 5),
			    BPF_ALU64_REG(BPF_OR, 0, 6), BPF_ALU64_REG(BPF_OR, 0, 7),
			    BPF_ALU64_REG(BPF_OR, 0, 8), BPF_ALU64_REG(BPF_OR, 0, 9),
			    BPF_EXIT_INSN()));
	CHECK_EQ(env.r0, 0, "the other registers are 0");
	CHECK(env.fault_insn == -1 && !env.msg[0], "no fault is shown when there was none");
}

int main(void)
{
	RUN(alu);
	RUN(unary);
	RUN(jumps);
	RUN(jump_always);
	RUN(far_jump);
	RUN(loads);
	RUN(stores);
	RUN(atomics);
	RUN(calls);
	RUN(subprograms);
	RUN(depth);
	RUN(constants);
	RUN(iterator);
	RUN(start);
	return test_end();
}
