// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hostile programs: what the BPF machine refuses to load, what it stops, and that
 * nothing gets past either, by hand and at random.
 */
#include "vm_test.h"

#define LD64	(BPF_LD | BPF_DW | BPF_IMM)
#define BE	(BPF_ALU | BPF_END | BPF_TO_BE)
#define ATOMIC	(BPF_STX | BPF_DW | BPF_ATOMIC)

/* Single instructions that no program may hold; others are put around them. */
static const struct {
	struct bpf_insn insn;
	const char *why;
} bad_insns[] = {
	{ BPF_RAW(BPF_ALU64 | BPF_ADD | BPF_X, 11, 0, 0, 0), "no register r11" },
	{ BPF_RAW(BPF_ALU64 | BPF_ADD | BPF_X, 0, 15, 0, 0), "no register r15" },
	{ BPF_RAW(BPF_LDX | BPF_W | BPF_MEM, 0, 12, 0, 0), "no register r12" },
	{ BPF_MOV64_IMM(10, 1), "write to r10" },
	{ BPF_ALU64_IMM(BPF_ADD, 10, 0), "write to r10" },
	{ BPF_ALU32_IMM(BPF_NEG, 10, 0), "write to r10" },
	{ BPF_RAW(BE, 10, 0, 0, 16), "write to r10" },
	{ BPF_LDX_MEM(BPF_DW, 10, 1, 0), "write to r10" },
	{ BPF_ATOMIC_OP(BPF_DW, BPF_XCHG, 1, 10, 0), "write to r10" },
	{ BPF_ATOMIC_OP(BPF_W, BPF_ADD | BPF_FETCH, 1, 10, 0), "write to r10" },
	/* opcodes */
	{ BPF_RAW(BPF_ALU64 | 0xe0, 0, 0, 0, 0), "unknown opcode" },
	{ BPF_RAW(BPF_ALU | 0xf0 | BPF_X, 0, 0, 0, 0), "unknown opcode" },
	{ BPF_RAW(BPF_ALU64 | BPF_END | BPF_TO_BE, 0, 0, 0, 16), "unknown opcode" },
	{ BPF_RAW(BPF_JMP | BPF_JCOND, 0, 0, 0, 0), "unknown opcode" },
	{ BPF_RAW(BPF_JMP | 0xf0, 0, 0, 0, 0), "unknown opcode" },
	{ BPF_RAW(BPF_JMP32 | BPF_CALL, 0, 1, 0, 0), "unknown opcode" },
	{ BPF_RAW(BPF_JMP32 | BPF_EXIT, 0, 0, 0, 0), "unknown opcode" },
	{ BPF_RAW(BPF_JMP | BPF_CALL | BPF_X, 0, 2, 0, 0), "unknown opcode" },
	{ BPF_RAW(BPF_JMP | BPF_JA | BPF_X, 0, 0, 0, 0), "unknown opcode" },
	{ BPF_RAW(BPF_LD | BPF_W | BPF_ABS, 0, 0, 0, 0), "unknown opcode" },
	{ BPF_RAW(BPF_LD | BPF_W | BPF_IND, 0, 0, 0, 0), "unknown opcode" },
	{ BPF_RAW(BPF_LD | BPF_W | BPF_IMM, 0, 0, 0, 0), "unknown opcode" },
	{ BPF_RAW(0, 0, 0, 0, 0), "unknown opcode" },
	{ BPF_RAW(BPF_LDX | BPF_DW | BPF_MEMSX, 0, 1, 0, 0), "unknown opcode" },
	{ BPF_RAW(BPF_LDX | BPF_W | BPF_ABS, 0, 1, 0, 0), "unknown opcode" },
	{ BPF_RAW(BPF_ST | BPF_DW | BPF_ATOMIC, 1, 0, 0, 0), "unknown opcode" },
	{ BPF_RAW(BPF_STX | BPF_H | BPF_ATOMIC, 1, 0, 0, 0), "unknown opcode" },
	{ BPF_RAW(BPF_STX | BPF_B | BPF_ATOMIC, 1, 0, 0, 0), "unknown opcode" },
	{ BPF_RAW(ATOMIC, 1, 0, 0, BPF_SUB), "unknown atomic" },
	{ BPF_RAW(ATOMIC, 1, 0, 0, BPF_XCHG & ~BPF_FETCH), "unknown atomic" },
	{ BPF_RAW(ATOMIC, 1, 0, 0, 0x100), "unknown atomic" },
	/* reserved fields */
	{ BPF_RAW(BPF_ALU64 | BPF_ADD | BPF_X, 0, 1, 0, 1), "reserved" },
	{ BPF_RAW(BPF_ALU64 | BPF_ADD | BPF_K, 0, 1, 0, 1), "reserved" },
	{ BPF_RAW(BPF_ALU64 | BPF_ADD | BPF_K, 0, 0, 1, 1), "reserved" },
	{ BPF_RAW(BPF_ALU64 | BPF_DIV | BPF_K, 0, 0, 2, 1), "reserved" },
	{ BPF_RAW(BPF_ALU64 | BPF_MOV | BPF_X, 0, 1, 1, 0), "reserved" },
	{ BPF_RAW(BPF_ALU64 | BPF_MOV | BPF_X, 0, 1, 64, 0), "reserved" },
	{ BPF_RAW(BPF_ALU | BPF_MOV | BPF_X, 0, 1, 32, 0), "reserved" },
	{ BPF_RAW(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 8, 0), "reserved" },
	{ BPF_RAW(BPF_ALU64 | BPF_MOV | BPF_X, 0, 1, 8, 1), "reserved" },
	{ BPF_RAW(BPF_ALU64 | BPF_NEG | BPF_X, 0, 0, 0, 0), "reserved" },
	{ BPF_RAW(BPF_ALU64 | BPF_NEG | BPF_K, 0, 0, 0, 1), "reserved" },
	{ BPF_RAW(BPF_ALU64 | BPF_NEG | BPF_K, 0, 1, 0, 0), "reserved" },
	{ BPF_RAW(BE, 0, 1, 0, 16), "reserved" },
	{ BPF_RAW(BE, 0, 0, 1, 16), "reserved" },
	{ BPF_RAW(BE, 0, 0, 0, 8), "byte swap of 8 bits" },
	{ BPF_RAW(BE, 0, 0, 0, 0), "byte swap of 0 bits" },
	{ BPF_RAW(BPF_LDX | BPF_W | BPF_MEM, 0, 1, 0, 1), "reserved" },
	{ BPF_RAW(BPF_STX | BPF_W | BPF_MEM, 1, 0, 0, 1), "reserved" },
	{ BPF_RAW(BPF_ST | BPF_W | BPF_MEM, 1, 1, 0, 1), "reserved" },
	{ BPF_RAW(BPF_JMP | BPF_EXIT, 1, 0, 0, 0), "reserved" },
	{ BPF_RAW(BPF_JMP | BPF_EXIT, 0, 1, 0, 0), "reserved" },
	{ BPF_RAW(BPF_JMP | BPF_EXIT, 0, 0, 1, 0), "reserved" },
	{ BPF_RAW(BPF_JMP | BPF_EXIT, 0, 0, 0, 1), "reserved" },
	{ BPF_RAW(BPF_JMP | BPF_JA, 0, 0, 0, 1), "reserved" },
	{ BPF_RAW(BPF_JMP | BPF_JA, 1, 0, 0, 0), "reserved" },
	{ BPF_RAW(BPF_JMP32 | BPF_JA, 0, 0, 1, 0), "reserved" },
	{ BPF_RAW(BPF_JMP | BPF_JEQ | BPF_X, 0, 1, 0, 1), "reserved" },
	{ BPF_RAW(BPF_JMP32 | BPF_JEQ | BPF_K, 0, 1, 0, 1), "reserved" },
	{ BPF_RAW(BPF_JMP | BPF_CALL, 1, 1, 0, 0), "reserved" },
	{ BPF_RAW(BPF_JMP | BPF_CALL, 0, 2, 1, 0), "reserved" },
	{ BPF_RAW(LD64, 0, 0, 1, 0), "reserved" },
	/* calls, maps, jumps */
	{ BPF_RAW(BPF_JMP | BPF_CALL, 0, 0, 0, 1), "helper" },
	{ BPF_RAW(BPF_JMP | BPF_CALL, 0, 3, 0, 0), "unknown kind of call" },
	{ BPF_CALL_IDX(NR_CALLS), "call of function" },
	{ BPF_CALL_IDX(-1), "call of function" },
	{ BPF_RAW(LD64, 0, 1, 0, 0), "maps" },
	{ BPF_RAW(LD64, 0, 3, 0, 0), "maps" },
	{ BPF_RAW(LD64, 0, BPF_PSEUDO_MAP_VALUE, 0, 2), "read-only data 2 of 2" },
	{ BPF_RAW(LD64, 0, BPF_PSEUDO_MAP_VALUE, 0, -1), "read-only data -1" },
	{ BPF_JMP_A(2), "jump to 5, outside the program" },
	{ BPF_CALL_REL(2), "jump to 5, outside the program" },
	{ BPF_JMP_A(4), "outside the program" },
	{ BPF_JMP_A(-4), "outside the program" },
	{ BPF_JMP32_A(0x7fffffff), "outside the program" },
	{ BPF_JMP32_A(-0x7fffffff - 1), "outside the program" },
	{ BPF_JMP_IMM(BPF_JEQ, 0, 0, 32767), "outside the program" },
	{ BPF_JMP_REG(BPF_JEQ, 0, 1, -32768), "outside the program" },
	{ BPF_CALL_REL(4), "outside the program" },
	{ BPF_CALL_REL(-4), "outside the program" },
	{ BPF_CALL_REL(-0x7fffffff - 1), "outside the program" },
	{ BPF_JMP_A(-2), "into an ld_imm64" },
	{ BPF_JMP32_A(-2), "into an ld_imm64" },
	{ BPF_JMP_IMM(BPF_JNE, 0, 0, -2), "into an ld_imm64" },
	{ BPF_CALL_REL(-2), "into an ld_imm64" },
	/* the frame */
	{ BPF_LDX_MEM(BPF_B, 0, 10, 0), "outside the frame" },
	{ BPF_LDX_MEM(BPF_DW, 0, 10, -7), "outside the frame" },
	{ BPF_LDX_MEM(BPF_B, 0, 10, -513), "outside the frame" },
	{ BPF_STX_MEM(BPF_W, 10, 0, -2), "outside the frame" },
	{ BPF_ST_MEM(BPF_H, 10, 32767, 0), "outside the frame" },
	{ BPF_ST_MEM(BPF_DW, 10, -32768, 0), "outside the frame" },
};

static const struct vm_data two_data[2] = { { "abcdefgh", 8 }, { "x", 1 } };

static void refused(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad_insns); i++) {
		struct test_env env = { .data = two_data, .nr_data = 2 };

		/* Slots 0 and 1, the one in question, and two that are fine. */
		test_run(&env, PROG(BPF_LD_IMM64(0, 0), bad_insns[i].insn,
				    BPF_RAW(0, 0, 0, 0, 0), BPF_EXIT_INSN()));
		CHECK(env.refused && env.err == -EINVAL && strstr(env.msg, bad_insns[i].why) &&
		      !strncmp(env.msg, "insn 2: ", 8), "%s", env.msg);
	}
}

static void refused_programs(void)
{
	static const struct {
		struct bpf_insn insns[4];
		size_t nr;
		const char *why;
	} cases[] = {
		{ { { 0 } }, 0, "insn 0: the program is empty" },
		{ { BPF_MOV64_IMM(0, 0) }, 1, "insn 0: the program runs over its end" },
		{ { BPF_JMP_IMM(BPF_JEQ, 0, 0, -1) }, 1, "insn 0: the program runs over its end" },
		{ { BPF_CALL_REL(-1) }, 1, "insn 0: the program runs over its end" },
		{ { BPF_EXIT_INSN(), BPF_LD_IMM64(0, 0) }, 3,
		  "insn 1: the program runs over its end" },
		{ { BPF_EXIT_INSN(), BPF_LD_IMM64(0, 0) }, 2, "insn 1: ld_imm64 is cut off" },
		{ { BPF_LD_IMM64(0, 0) }, 1, "insn 0: ld_imm64 is cut off" },
		{ { BPF_RAW(LD64, 0, 0, 0, 0), BPF_EXIT_INSN(), BPF_EXIT_INSN() }, 3,
		  "insn 1: reserved" },
		{ { BPF_RAW(LD64, 0, 0, 0, 0), BPF_RAW(0, 1, 0, 0, 0), BPF_EXIT_INSN() }, 3,
		  "insn 1: reserved" },
		{ { BPF_RAW(LD64, 0, 0, 0, 0), BPF_RAW(0, 0, 1, 0, 0), BPF_EXIT_INSN() }, 3,
		  "insn 1: reserved" },
		{ { BPF_RAW(LD64, 0, 0, 0, 0), BPF_RAW(0, 0, 0, 1, 0), BPF_EXIT_INSN() }, 3,
		  "insn 1: reserved" },
		{ { BPF_RAW(LD64, 10, 0, 0, 0), BPF_RAW(0, 0, 0, 0, 0), BPF_EXIT_INSN() }, 3,
		  "insn 0: write to r10" },
		{ { BPF_LD_DATA(0, 0, 9), BPF_EXIT_INSN() }, 3, "insn 0: offset 9" },
		{ { BPF_LD_DATA(0, 1, -1), BPF_EXIT_INSN() }, 3, "insn 0: offset 4294967295" },
	};
	struct test_env env = { .data = two_data, .nr_data = 2 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		test_run(&env, cases[i].insns, cases[i].nr);
		CHECK(env.refused && !strncmp(env.msg, cases[i].why, strlen(cases[i].why)),
		      "%s", env.msg);
	}
	CHECK_EQ(vm_prog__new(&(struct vm_prog *){ NULL }, cases[1].insns, 1, NULL, 0, NULL, 0,
			      NULL, 0), -EINVAL, "a message is not needed");
	CHECK_EQ(vm_prog__new(&(struct vm_prog *){ NULL }, cases[1].insns, 1, NULL, 0, NULL, 0,
			      env.msg, 4), -EINVAL, "and may be short: %s", env.msg);
	CHECK_EQ(vm_prog__new(&(struct vm_prog *){ NULL }, NULL, VM_MAX_INSNS + 1, NULL, 0, NULL,
			      0, env.msg, sizeof(env.msg)), -E2BIG, "%s", env.msg);
}

/*
 * Accesses to a window of 24 bytes between two others in host memory. The sanitizer
 * guards the array; that the neighbours stay as they were is checked here.
 */
static void window_edges(void)
{
	static const __u8 sizes[] = { BPF_B, BPF_H, BPF_W, BPF_DW };
	static const int bytes[] = { 1, 2, 4, 8 };
	int i, off, kind;

	for (i = 0; i < 4; i++) {
		for (off = -9; off <= 25; off++) {
			unsigned int good = 0;

			for (kind = 0; kind < 3; kind++) {
				const struct bpf_insn insn =
					kind == 0 ? BPF_LDX_MEM(sizes[i], 0, 7, off) :
					kind == 1 ? BPF_STX_MEM(sizes[i], 7, 0, off) :
						    BPF_ST_MEM(sizes[i], 7, off, -1);
				const bool inside = off >= 0 && off + bytes[i] <= 24;
				__u8 mem[72];
				struct test_env env = { .win = {
					{ mem, 24, true }, { mem + 24, 24, true },
					{ mem + 48, 24, true } } };
				int k, hurt = 0;

				memset(mem, 0x77, sizeof(mem));
				test_run(&env, PROG(
					BPF_MOV64_IMM(1, 0), BPF_CALL_IDX(CALL_WIN),
					BPF_MOV64_IMM(1, 1), BPF_CALL_IDX(CALL_WIN),
					BPF_MOV64_REG(7, 0),
					BPF_MOV64_IMM(1, 2), BPF_CALL_IDX(CALL_WIN),
					insn, BPF_EXIT_INSN()));
				for (k = 0; k < 72; k++)
					hurt += mem[k] != 0x77 && (k < 24 || k >= 48);
				good += !hurt && (inside ? !env.err : env.err == -EFAULT &&
						  env.fault_insn == 7 && env.insns == 8);
			}
			CHECK_EQ(good, 3, "%d bytes at %d of 24", bytes[i], off);
		}
	}
}

/* r6 is a window of 16 writable bytes, r7 of 16 that are not. */
#define TWO_WINDOWS						\
	BPF_MOV64_REG(8, 1),					\
	BPF_MOV64_IMM(1, 0), BPF_CALL_IDX(CALL_WIN), BPF_MOV64_REG(6, 0), \
	BPF_MOV64_IMM(1, 1), BPF_CALL_IDX(CALL_WIN), BPF_MOV64_REG(7, 0)
#define TWO_WINDOWS_NR	7

static void stopped(void)
{
	static const struct {
		const char *name;
		struct bpf_insn insns[7];
		int insn;		/* index among these that is stopped */
		const char *why;
	} cases[] = {
		{ "NULL", { BPF_MOV64_IMM(1, 0), BPF_LDX_MEM(BPF_DW, 0, 1, 0) }, 1, "null" },
		{ "near NULL", { BPF_MOV64_IMM(1, 0), BPF_ST_MEM(BPF_B, 1, 32767, 0) }, 1,
		  "null" },
		{ "a small integer", { BPF_MOV64_IMM(1, 0x1000), BPF_LDX_MEM(BPF_B, 0, 1, 0) }, 1,
		  "null" },
		{ "below NULL", { BPF_MOV64_IMM(1, 0), BPF_LDX_MEM(BPF_B, 0, 1, -1) }, 1,
		  "no such window" },
		{ "all ones", { BPF_MOV64_IMM(1, -1), BPF_LDX_MEM(BPF_B, 0, 1, 0) }, 1,
		  "no such window" },
		{ "all ones, wrapping", { BPF_MOV64_IMM(1, -1), BPF_LDX_MEM(BPF_DW, 0, 1, 8) }, 1,
		  "null" },
		{ "the next window's number", { BPF_LD_IMM64(1, 1ULL << 32),
		  BPF_ALU64_REG(BPF_ADD, 1, 7), BPF_LDX_MEM(BPF_B, 0, 1, 0) }, 3,
		  "no such window" },
		{ "a number that wraps", { BPF_LD_IMM64(1, 0x8000000100000000ULL),
		  BPF_LDX_MEM(BPF_B, 0, 1, 0) }, 2, "no such window" },
		{ "the end of the offsets", { BPF_LD_IMM64(1, 0xffffffffULL),
		  BPF_ALU64_REG(BPF_OR, 1, 6), BPF_LDX_MEM(BPF_DW, 0, 1, 0) }, 3,
		  "which has 16 bytes" },
		{ "an offset of 2 GiB", { BPF_LD_IMM64(1, 0x80000000ULL),
		  BPF_ALU64_REG(BPF_ADD, 1, 6), BPF_STX_MEM(BPF_B, 1, 0, 0) }, 3,
		  "which has 16 bytes" },
		{ "across two windows", { BPF_LDX_MEM(BPF_DW, 0, 6, 12) }, 0, "a window" },
		{ "one byte before a window", { BPF_LDX_MEM(BPF_B, 0, 7, -1) }, 0, "a window" },
		{ "a store to a read-only window", { BPF_ST_MEM(BPF_B, 7, 0, 0) }, 0,
		  "read-only" },
		{ "an atomic on a read-only window", { BPF_ATOMIC_OP(BPF_DW, BPF_ADD, 7, 0, 0) },
		  0, "read-only" },
		{ "a store to the context", { BPF_STX_MEM(BPF_DW, 8, 0, 0) }, 0,
		  "the context: read-only" },
		{ "past the context", { BPF_LDX_MEM(BPF_DW, 0, 8, 16) }, 0,
		  "the context, which has 16" },
		{ "a store to read-only data", { BPF_LD_DATA(1, 0, 0),
		  BPF_ST_MEM(BPF_B, 1, 0, 0) }, 2, "read-only data: read-only" },
		{ "past read-only data", { BPF_LD_DATA(1, 0, 8), BPF_LDX_MEM(BPF_B, 0, 1, 0) }, 2,
		  "read-only data, which has 8" },
		{ "above the stack", { BPF_MOV64_REG(1, 10), BPF_ST_MEM(BPF_B, 1, 0, 0) }, 1,
		  "the stack, which has 512" },
		{ "across the end of the stack", { BPF_MOV64_REG(1, 10),
		  BPF_ST_MEM(BPF_W, 1, -2, 0) }, 1, "the stack, which has 512" },
		{ "below the stack", { BPF_MOV64_REG(1, 10), BPF_ST_MEM(BPF_B, 1, -513, 0) }, 1,
		  "null" },
		{ "an unaligned atomic", { BPF_ATOMIC_OP(BPF_DW, BPF_ADD, 6, 0, 4) }, 0,
		  "aligned" },
		{ "an unaligned atomic on the stack",
		  { BPF_ATOMIC_OP(BPF_W, BPF_ADD, 10, 0, -6) }, 0, "aligned" },
		{ "an atomic past the end", { BPF_ATOMIC_OP(BPF_DW, BPF_XCHG, 6, 0, 16) }, 0,
		  "which has 16" },
		{ "an atomic by r10 above the frame",
		  { BPF_ATOMIC_OP(BPF_DW, BPF_ADD, 10, 0, 0) }, 0, "the stack, which has 512" },
		{ "an iterator outside", { BPF_MOV64_REG(1, 10), BPF_ALU64_IMM(BPF_ADD, 1, -4),
		  BPF_CALL_IDX(CALL_ITER_NEW) }, 2, "call of bpf_iter_num_new failed" },
		{ "an iterator in read-only memory", { BPF_MOV64_REG(1, 7),
		  BPF_CALL_IDX(CALL_ITER_NEXT) }, 1, "call of bpf_iter_num_next failed" },
		{ "a failing call", { BPF_MOV64_IMM(1, EPROTO), BPF_CALL_IDX(CALL_FAIL) }, 1,
		  "call of fail failed: Protocol error" },
	};
	static const __u64 ctx[2] = { 1, 2 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		__u8 rw[16] = { 0 }, ro[16] = { 0 };
		struct test_env env = {
			.ctx = ctx, .ctx_words = 2, .data = two_data, .nr_data = 2,
			.win = { { rw, 16, true }, { ro, 16, false } },
		};
		struct bpf_insn prog[16] = { TWO_WINDOWS };

		memcpy(prog + TWO_WINDOWS_NR, cases[i].insns, sizeof(cases[i].insns));
		prog[TWO_WINDOWS_NR + cases[i].insn + 1] = BPF_EXIT_INSN();
		test_run(&env, prog, TWO_WINDOWS_NR + cases[i].insn + 2);
		CHECK(!env.refused && env.fault_insn == TWO_WINDOWS_NR + cases[i].insn &&
		      strstr(env.msg, cases[i].why) &&
		      env.err == (strstr(env.msg, "Protocol") ? -EPROTO : -EFAULT),
		      "%s: %s", cases[i].name, env.msg);
	}
}

/* A frame is out of reach after its return, and so is one that was not entered yet. */
static void old_frames(void)
{
	struct test_env env = { 0 };

	test_run(&env, PROG(BPF_CALL_REL(2), BPF_LDX_MEM(BPF_DW, 0, 0, -8), BPF_EXIT_INSN(),
			    BPF_MOV64_REG(0, 10), BPF_EXIT_INSN()));
	CHECK(env.err == -EFAULT && env.fault_insn == 1, "a frame that is gone: %s", env.msg);
	test_run(&env, PROG(BPF_CALL_REL(3), BPF_MOV64_REG(1, 0), BPF_CALL_REL(3),
			    BPF_EXIT_INSN(), BPF_MOV64_REG(0, 10), BPF_EXIT_INSN(),
			    BPF_LDX_MEM(BPF_DW, 0, 1, -8), BPF_EXIT_INSN()));
	CHECK(!env.err && !env.r0, "is zero when another takes its place %s", env.msg);
}

static void arguments(void)
{
	__u8 rw[16] = { 0 }, ro[16] = { 0 };
	struct test_env env = { .win = { { rw, 16, true }, { ro, 16, false } } };

#define FILL(reg, off, size)	\
	PROG(TWO_WINDOWS, BPF_MOV64_REG(1, reg), BPF_ALU64_IMM(BPF_ADD, 1, off), \
	     BPF_MOV64_IMM(2, size), BPF_MOV64_IMM(3, 0xab), BPF_CALL_IDX(CALL_FILL), \
	     BPF_EXIT_INSN())
	test_run(&env, FILL(6, 4, 12));
	CHECK(env.r0 == 1 && !rw[3] && rw[4] == 0xab && rw[15] == 0xab, "a call fills a window");
	test_run(&env, FILL(6, 16, 0));
	CHECK_EQ(env.r0, 1, "nothing at its end");
	test_run(&env, FILL(6, 17, 0));
	CHECK_EQ(env.r0, 0, "not even nothing past its end");
	test_run(&env, FILL(6, 4, 13));
	CHECK_EQ(env.r0, 0, "not a byte too many");
	test_run(&env, FILL(6, -1, 1));
	CHECK_EQ(env.r0, 0, "not before it");
	test_run(&env, FILL(6, 0, -1));
	CHECK_EQ(env.r0, 0, "not 4 GiB");
	test_run(&env, FILL(7, 0, 1));
	CHECK_EQ(env.r0, 0, "not what is read-only");
	test_run(&env, FILL(10, -8, 8));
	CHECK_EQ(env.r0, 1, "the stack");
	test_run(&env, FILL(10, -8, 9));
	CHECK_EQ(env.r0, 0, "not above the stack");
	test_run(&env, FILL(9, 0, 0));
	CHECK_EQ(env.r0, 0, "not NULL, whatever the size");
	CHECK(!ro[0], "and what is read-only is unchanged");
#undef FILL
}

static void budget(void)
{
	static const struct bpf_insn line[] = {
		BPF_MOV64_IMM(0, 1), BPF_LD_IMM64(1, 5), BPF_ALU64_IMM(BPF_ADD, 0, 1),
		BPF_JMP_IMM(BPF_JEQ, 0, 0, 0), BPF_CALL_REL(1), BPF_EXIT_INSN(),
		BPF_MOV64_IMM(0, 3), BPF_EXIT_INSN(),
	};
	struct test_env env = { 0 };
	__u64 n;

	for (n = 1; n <= 8; n++) {
		env.budget = n;
		test_run(&env, line, ARRAY_SIZE(line));
		if (n < 8)
			CHECK(env.err == -ELOOP && env.insns <= n && strstr(env.msg, "budget"),
			      "8 instructions do not fit into %llu: %s", n, env.msg);
		else
			CHECK(!env.err && env.insns == 8, "8 fit into 8 %s", env.msg);
	}
	env.budget = 100000;
	test_run(&env, PROG(BPF_JMP_A(-1)));
	CHECK(env.err == -ELOOP && env.insns == 100000, "ja to itself: %s", env.msg);
	test_run(&env, PROG(BPF_JMP32_A(-1)));
	CHECK(env.err == -ELOOP && env.insns == 100000, "gotol to itself: %s", env.msg);
	test_run(&env, PROG(BPF_ALU64_IMM(BPF_ADD, 0, 1), BPF_JMP_IMM(BPF_JNE, 0, 0, -2),
			    BPF_EXIT_INSN()));
	CHECK(env.err == -ELOOP && env.insns == 100000, "a long loop: %s", env.msg);
	test_run(&env, PROG(BPF_CALL_IDX(CALL_SUM), BPF_JMP_A(-2)));
	CHECK(env.err == -ELOOP && env.insns == 100000, "a loop of calls: %s", env.msg);
	test_run(&env, PROG(BPF_CALL_REL(-1), BPF_EXIT_INSN()));
	CHECK(env.err == -E2BIG && env.insns == VM_MAX_FRAMES, "endless recursion: %s", env.msg);
	env.budget = ~0ULL;
	test_run(&env, PROG(BPF_EXIT_INSN()));
	CHECK(!env.err, "the largest budget is one");
}

/* The table of windows grows under the feet of the program. */
static void many_windows(void)
{
	__u8 byte = 0;
	struct test_env env = { .win = { { &byte, 1, true }, { NULL, 0, true } } };

	test_run(&env, PROG(
		BPF_MOV64_IMM(6, 50000), BPF_MOV64_IMM(7, 0),
		BPF_MOV64_IMM(1, 0), BPF_CALL_IDX(CALL_WIN), BPF_JMP_REG(BPF_JEQ, 0, 7, 6),
		BPF_MOV64_REG(7, 0), BPF_LDX_MEM(BPF_B, 1, 7, 0), BPF_ALU64_IMM(BPF_ADD, 1, 1),
		BPF_STX_MEM(BPF_B, 7, 1, 0), BPF_ALU64_IMM(BPF_ADD, 6, -1),
		BPF_JMP_IMM(BPF_JNE, 6, 0, -9),
		BPF_MOV64_REG(0, 6), BPF_EXIT_INSN()));
	CHECK(!env.err && !env.r0 && byte == 50000 % 256, "50,000 windows on one byte %s",
	      env.msg);
	test_run(&env, PROG(BPF_MOV64_IMM(1, 1), BPF_CALL_IDX(CALL_WIN), BPF_EXIT_INSN()));
	CHECK_EQ(env.r0, 0, "none on NULL");
}

/* Between runs. */
static void outside_runs(void)
{
	struct vm *vm = vm__new(10);
	struct test_env env = { 0 };
	struct vm_prog *prog;
	__u64 word = 7;

	if (!vm)
		abort();
	CHECK_EQ(vm__window(vm, &word, 8, true), 0, "no window without a run");
	CHECK(!vm__mem(vm, 1ULL << 32, 1, false), "no memory without a run");
	CHECK(!*vm__fault(vm) && vm__fault_insn(vm) == -1 && !vm__insns(vm), "nothing has run");
	prog = test_load(&env, PROG(BPF_LDX_MEM(BPF_DW, 0, 1, 0), BPF_EXIT_INSN()));
	CHECK_EQ(vm__run(vm, prog, NULL, &word, ~0U / 8 + 1, NULL), -EINVAL,
		 "a context of 4 GiB is too large");
	CHECK_EQ(vm__run(vm, prog, NULL, NULL, 1, NULL), -EINVAL, "and has to be somewhere");
	CHECK(vm__run(vm, prog, NULL, NULL, 0, NULL) == -EFAULT && *vm__fault(vm),
	      "no context, no bytes: %s", vm__fault(vm));
	CHECK(!vm__run(vm, prog, NULL, &word, 1, NULL) && !*vm__fault(vm) &&
	      vm__fault_insn(vm) == -1 && vm__insns(vm) == 2, "the next run starts afresh");
	CHECK(!vm__window(vm, &word, 8, true) && !vm__mem(vm, 2ULL << 32, 8, false),
	      "and its windows end with it");
	vm_prog__free(prog);
	vm__free(vm);
	vm__free(NULL);
	vm_prog__free(NULL);
}

/* Most instructions are made fit to be loaded; the others are for the decoder. */
static struct bpf_insn well_formed(struct bpf_insn p, __u64 r)
{
	const __u8 class = BPF_CLASS(p.code);
	const bool alu = class == BPF_ALU || class == BPF_ALU64;
	const bool mem = class == BPF_ST || class == BPF_STX || class == BPF_LDX;

	if ((alu || class == BPF_JMP32) && BPF_OP(p.code) > BPF_END)
		p.code &= 0x7f;
	if (alu && BPF_OP(p.code) == BPF_END)
		p = BPF_RAW(class == BPF_ALU ? p.code : class | BPF_END, p.dst_reg, 0, 0,
			    16 << r % 3);
	else if (alu && BPF_OP(p.code) == BPF_NEG)
		p = BPF_RAW(class | BPF_NEG, p.dst_reg, 0, 0, 0);
	else if (class == BPF_ST || (!mem && BPF_SRC(p.code) == BPF_K))
		p.src_reg = BPF_OP(p.code) == BPF_CALL ? p.src_reg : 0;
	else if (BPF_MODE(p.code) != BPF_ATOMIC || class == BPF_LDX)
		p.imm = 0;
	if (p.code == (BPF_LDX | BPF_MEMSX | BPF_DW))
		p.code = BPF_LDX | BPF_MEM | BPF_DW;
	if (alu || class == BPF_LDX)
		p.dst_reg %= 10;
	if (mem && (p.dst_reg == 10 || p.src_reg == 10))
		p.off = -(__s16)(8 + (r >> 36 & 0x1f8));
	else if (mem && r >> 44 & 1)
		p.off = (__s16)(r >> 45 & 31);
	return p;
}

static struct bpf_insn random_insn(__u64 *seed, size_t at, size_t nr)
{
	static const __u8 classes[] = {
		BPF_ALU64, BPF_ALU64, BPF_ALU, BPF_JMP, BPF_JMP32, BPF_LDX, BPF_STX, BPF_ST,
		BPF_LD, BPF_JMP,
	};
	static const __s32 atomics[] = {
		BPF_ADD, BPF_OR | BPF_FETCH, BPF_AND, BPF_XOR | BPF_FETCH, BPF_XCHG, BPF_CMPXCHG,
	};
	const __u64 r = test_random(seed);
	const __u8 class = classes[r % ARRAY_SIZE(classes)];
	struct bpf_insn p = {
		.code = (__u8)(class | (r >> 8 & 0xf8)),
		.dst_reg = (r >> 16) % 11, .src_reg = (r >> 20) % 11,
		.imm = (__s32)(r >> 32),
	};
	const int dist = (int)((r >> 40) % (nr + 1)) - (int)at - 1;

	if (r >> 24 & 1)
		p.imm = p.imm % 16 * 8;
	switch (class) {
	case BPF_JMP:
	case BPF_JMP32:
		p.off = (__s16)dist;
		if (BPF_OP(p.code) == BPF_CALL) {
			p = r >> 25 & 1 ? BPF_CALL_REL(dist) :
					  BPF_CALL_IDX((r >> 26) % NR_CALLS);
		} else if (BPF_OP(p.code) == BPF_JA) {
			p = class == BPF_JMP ? BPF_JMP_A(dist) : BPF_JMP32_A(dist);
		} else if (BPF_OP(p.code) == BPF_EXIT) {
			p = BPF_EXIT_INSN();
		}
		break;
	case BPF_LDX:
		p.code = (__u8)(class | (p.code & 0x18) | (r >> 25 & 1 ? BPF_MEM : BPF_MEMSX));
		break;
	case BPF_ST:
	case BPF_STX:
		p.code = (__u8)(class | (p.code & 0x18) | BPF_MEM);
		if (class == BPF_STX && r >> 25 & 1) {
			p.code = BPF_STX | BPF_ATOMIC | (r >> 26 & 1 ? BPF_W : BPF_DW);
			p.imm = atomics[(r >> 27) % ARRAY_SIZE(atomics)];
		}
		break;
	case BPF_LD:
		p = BPF_RAW(LD64, p.dst_reg, 0, 0, p.imm);
		break;
	}
	return r >> 60 ? well_formed(p, r) : p;
}

/*
 * Random programs with pointers in their registers. Whatever they do, they end in
 * time and touch nothing but their windows: the sanitizer and the guards tell.
 */
static void fuzz(void)
{
	const int rounds = 200000;
	static const __u64 ctx[4] = { 1, 2, 3, 4 };
	__u64 seed = 1, deepest = 0;
	int i, loaded = 0, done = 0, over = 0, hurt = 0, odd = 0;

	for (i = 0; i < rounds; i++) {
		struct {
			__u8 low[16], rw[32], mid[16], ro[32], high[16];
		} mem;
		struct test_env env = {
			.budget = 500, .ctx = ctx, .ctx_words = 4, .data = two_data, .nr_data = 2,
			.win = { { mem.rw, 32, true }, { mem.ro, 32, false } },
		};
		struct bpf_insn prog[48] = {
			TWO_WINDOWS, BPF_MOV64_REG(2, 10), BPF_ALU64_IMM(BPF_ADD, 2, -64),
			BPF_MOV64_REG(1, 8), BPF_LD_DATA(3, 0, 0),
		};
		const size_t head = TWO_WINDOWS_NR + 5;
		const size_t nr = 2 + test_random(&seed) % 12;
		size_t k;

		memset(&mem, 0x5a, sizeof(mem));
		for (k = 0; k + 1 < nr; k++) {
			prog[head + k] = random_insn(&seed, k, nr - 1);
			if (prog[head + k].code == LD64 && k + 2 < nr)
				prog[head + ++k] = BPF_RAW(0, 0, 0, 0, test_random(&seed) % 8);
		}
		prog[head + nr - 1] = BPF_EXIT_INSN();
		test_run(&env, prog, head + nr);
		loaded += !env.refused;
		done += !env.err;
		over += !env.refused && env.insns > env.budget;
		odd += env.err && !env.msg[0];
		if (!env.refused && env.insns > deepest)
			deepest = env.insns;
		for (k = 0; k < 16; k++)
			hurt += mem.low[k] != 0x5a || mem.mid[k] != 0x5a || mem.high[k] != 0x5a;
		for (k = 0; k < 32; k++)
			hurt += mem.ro[k] != 0x5a;
	}
	CHECK(loaded > rounds / 10 && done > rounds / 100,
	      "of %d random programs %d load and %d succeed", rounds, loaded, done);
	CHECK_EQ(over, 0, "none exceeds its budget (%llu of 500 at most)", deepest);
	CHECK_EQ(hurt, 0, "none touches what it was not given");
	CHECK_EQ(odd, 0, "each failure is explained");
}

/* Bytes without any form at all. */
static void fuzz_bytes(void)
{
	__u64 seed = 2;
	int i, odd = 0;

	for (i = 0; i < 200000; i++) {
		struct test_env env = { .budget = 100 };
		struct bpf_insn prog[4];
		__u64 word;
		size_t k;

		for (k = 0; k < 3; k++) {
			word = test_random(&seed);
			memcpy(&prog[k], &word, sizeof(word));
		}
		prog[3] = BPF_EXIT_INSN();
		test_run(&env, prog, 4);
		odd += env.err && !env.msg[0];
	}
	CHECK_EQ(odd, 0, "random bytes are refused or stopped with a reason");
}

int main(void)
{
	RUN(refused);
	RUN(refused_programs);
	RUN(window_edges);
	RUN(stopped);
	RUN(old_frames);
	RUN(arguments);
	RUN(budget);
	RUN(many_windows);
	RUN(outside_runs);
	RUN(fuzz);
	RUN(fuzz_bytes);
	return test_end();
}
