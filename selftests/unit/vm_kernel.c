// SPDX-License-Identifier: GPL-2.0-only
/*
 * Agreement with the host kernel: the same instructions, run by the kernel through
 * BPF_PROG_TEST_RUN and by the machine, on edge values and random ones. Operands come
 * from memory, so that the kernel's verifier knows nothing about them and its JIT
 * has to do the work.
 */
#include <sys/syscall.h>
#include <unistd.h>

#include "vm_test.h"

#define NR_OPERANDS	4
#define NR_RESULTS	4
#define MAX_BODY	96
/* Of each program; the first are pairs of edge values. */
#define ROUNDS		80

/* What a program works on, at r6: both engines see it as writable memory. */
struct words {
	__u64 in[NR_OPERANDS];
	__u64 out[NR_RESULTS];
};

#define OUT(i)		((int)offsetof(struct words, out) + 8 * (i))

/* Instructions between the prologue, which differs, and the common end. */
struct body {
	struct bpf_insn insns[MAX_BODY];
	size_t nr;
};

static void add(struct body *b, struct bpf_insn insn)
{
	if (b->nr == MAX_BODY)
		abort();
	b->insns[b->nr++] = insn;
}

static int sys_bpf(int cmd, union bpf_attr *attr)
{
	return (int)syscall(__NR_bpf, cmd, attr, sizeof(*attr));
}

static int kernel_load(const struct body *b, char *log, size_t log_size)
{
	struct bpf_insn insns[MAX_BODY + 8];
	union bpf_attr attr;
	size_t nr = 0;

	insns[nr++] = BPF_MOV64_REG(6, 1);
	memcpy(&insns[nr], b->insns, b->nr * sizeof(*insns));
	nr += b->nr;
	insns[nr++] = BPF_MOV64_IMM(0, 0);
	insns[nr++] = BPF_EXIT_INSN();
	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_SYSCALL;
	attr.prog_flags = BPF_F_SLEEPABLE;
	attr.insns = (__u64)(unsigned long)insns;
	attr.insn_cnt = (__u32)nr;
	attr.license = (__u64)(unsigned long)"GPL";
	if (log) {
		log[0] = '\0';
		attr.log_level = 1;
		attr.log_buf = (__u64)(unsigned long)log;
		attr.log_size = (__u32)log_size;
	}
	return sys_bpf(BPF_PROG_LOAD, &attr);
}

/* A program of this type finds its context where it was, and so do we. */
static int kernel_run(int fd, struct words *w)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.test.prog_fd = (__u32)fd;
	attr.test.ctx_in = (__u64)(unsigned long)w;
	attr.test.ctx_size_in = sizeof(*w);
	return sys_bpf(BPF_PROG_TEST_RUN, &attr);
}

static struct vm_prog *machine_load(const struct body *b, struct test_env *env)
{
	struct bpf_insn insns[MAX_BODY + 8];
	size_t nr = 0;

	insns[nr++] = BPF_MOV64_IMM(1, 0);
	insns[nr++] = BPF_CALL_IDX(CALL_WIN);
	insns[nr++] = BPF_MOV64_REG(6, 0);
	memcpy(&insns[nr], b->insns, b->nr * sizeof(*insns));
	nr += b->nr;
	insns[nr++] = BPF_MOV64_IMM(0, 0);
	insns[nr++] = BPF_EXIT_INSN();
	return test_load(env, insns, nr);
}

static __u64 operand(__u64 *seed, int round)
{
	static const __u64 edges[] = {
		0, 1, -1ULL, 1ULL << 63, (1ULL << 63) - 1, 1ULL << 31, (1ULL << 31) - 1,
		0xffffffff, 0xffffffff80000000ULL,
	};
	const __u64 r = test_random(seed);

	if (round < 40)
		return edges[r % ARRAY_SIZE(edges)];
	return test_random(seed) >> (r % 64) << (r >> 8 & 1 ? 0 : r >> 16 & 31);
}

struct agreement {
	int runs, differ, refused;
	char what[400];		/* the first difference or refusal */
};

static void note(struct agreement *a, const char *what)
{
	char *p = a->what;

	if (*p)
		return;
	snprintf(p, sizeof(a->what), "%.*s", (int)sizeof(a->what) - 1, what);
	while ((p = strchr(p, '\n')))
		*p = ' ';
}

static void compare(struct agreement *a, const struct body *b, __u64 *seed)
{
	struct words host, mine;
	struct test_env env = { .win = { { &mine, sizeof(mine), true } } };
	struct vm_prog *prog = machine_load(b, &env);
	struct vm *vm = vm__new(100000);
	char log[4096], text[300];
	int fd = kernel_load(b, NULL, 0), round, k;

	if (fd < 0 || !prog) {
		a->refused++;
		kernel_load(b, log, sizeof(log));
		note(a, prog ? log : env.msg);
	}
	for (round = 0; fd >= 0 && prog && vm && round < ROUNDS; round++) {
		memset(&host, 0, sizeof(host));
		for (k = 0; k < NR_OPERANDS; k++)
			host.in[k] = operand(seed, round);
		mine = host;
		a->runs++;
		if (!kernel_run(fd, &host) && !vm__run(vm, prog, &env, NULL, 0, NULL) &&
		    !memcmp(&host, &mine, sizeof(host)))
			continue;
		a->differ++;
		snprintf(text, sizeof(text), "of %#llx %#llx %#llx %#llx: kernel %#llx %#llx, "
			 "machine %#llx %#llx %s", mine.in[0], mine.in[1], mine.in[2], mine.in[3],
			 host.out[0], host.out[1], mine.out[0], mine.out[1], vm__fault(vm));
		note(a, text);
	}
	if (fd >= 0)
		close(fd);
	vm__free(vm);
	vm_prog__free(prog);
}

static void report(const struct agreement *a, const char *name)
{
	CHECK(a->runs && !a->differ && !a->refused, "%s: %d runs agree %s", name,
	      a->runs - a->differ, a->what);
}

/* r7 and r8 are operands, r7 goes to the first result. */
static void one_insn(struct agreement *a, struct bpf_insn insn, __u64 *seed)
{
	struct body b = { .nr = 0 };

	add(&b, BPF_LDX_MEM(BPF_DW, 7, 6, 0));
	add(&b, BPF_LDX_MEM(BPF_DW, 8, 6, 8));
	if (BPF_CLASS(insn.code) == BPF_JMP || BPF_CLASS(insn.code) == BPF_JMP32) {
		add(&b, BPF_MOV64_IMM(9, 1));
		add(&b, insn);
		add(&b, BPF_MOV64_IMM(9, 0));
		add(&b, BPF_MOV64_REG(7, 9));
	} else {
		add(&b, insn);
	}
	add(&b, BPF_STX_MEM(BPF_DW, 6, 7, OUT(0)));
	compare(a, &b, seed);
}

/* A constant that the verifier takes: no shift too far, no division by 0. */
static __s32 constant(__u8 code, __u64 *seed, int i)
{
	static const __s32 edges[] = { 1, -1, 0x7fffffff, -0x7fffffff - 1, 3 };
	const bool alu = BPF_CLASS(code) == BPF_ALU || BPF_CLASS(code) == BPF_ALU64;
	__s32 imm = i < 5 ? edges[i] : (__s32)test_random(seed);

	if (alu && (BPF_OP(code) == BPF_LSH || BPF_OP(code) == BPF_RSH ||
		    BPF_OP(code) == BPF_ARSH))
		return imm & (BPF_CLASS(code) == BPF_ALU ? 31 : 63);
	return imm;
}

static void binary(const char *name, __u8 op, __s16 off, __u8 class32, __u8 class64)
{
	const __u8 classes[2] = { class64, class32 };
	__u64 seed = op + ((__u64)off << 8);
	int w, i;

	for (w = 0; w < 2; w++) {
		const __u8 code = classes[w] | op;
		struct agreement a = { .runs = 0 };

		one_insn(&a, BPF_RAW(code | BPF_X, 7, 8, off, 0), &seed);
		one_insn(&a, BPF_RAW(code | BPF_X, 7, 7, off, 0), &seed);
		for (i = 0; i < 8; i++)
			one_insn(&a, BPF_RAW(code, 7, 0, off, constant(code, &seed, i)), &seed);
		report(&a, name);
	}
}

static void alu(void)
{
	static const struct {
		const char *name;
		__u8 op;
		__s16 off;
	} ops[] = {
		{ "add", BPF_ADD, 0 }, { "sub", BPF_SUB, 0 }, { "mul", BPF_MUL, 0 },
		{ "div", BPF_DIV, 0 }, { "mod", BPF_MOD, 0 }, { "sdiv", BPF_DIV, 1 },
		{ "smod", BPF_MOD, 1 }, { "or", BPF_OR, 0 }, { "and", BPF_AND, 0 },
		{ "xor", BPF_XOR, 0 }, { "mov", BPF_MOV, 0 }, { "lsh", BPF_LSH, 0 },
		{ "rsh", BPF_RSH, 0 }, { "arsh", BPF_ARSH, 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		binary(ops[i].name, ops[i].op, ops[i].off, BPF_ALU, BPF_ALU64);
}

static void unary(void)
{
	static const struct {
		const char *name;
		struct bpf_insn insn;
	} ops[] = {
		{ "neg", BPF_ALU64_IMM(BPF_NEG, 7, 0) }, { "neg32", BPF_ALU32_IMM(BPF_NEG, 7, 0) },
		{ "movsx 8", BPF_RAW(BPF_ALU64 | BPF_MOV | BPF_X, 7, 8, 8, 0) },
		{ "movsx 16", BPF_RAW(BPF_ALU64 | BPF_MOV | BPF_X, 7, 8, 16, 0) },
		{ "movsx 32", BPF_RAW(BPF_ALU64 | BPF_MOV | BPF_X, 7, 8, 32, 0) },
		{ "movsx 8 to 32", BPF_RAW(BPF_ALU | BPF_MOV | BPF_X, 7, 8, 8, 0) },
		{ "movsx 16 to 32", BPF_RAW(BPF_ALU | BPF_MOV | BPF_X, 7, 8, 16, 0) },
		{ "le16", BPF_RAW(BPF_ALU | BPF_END | BPF_TO_LE, 7, 0, 0, 16) },
		{ "le32", BPF_RAW(BPF_ALU | BPF_END | BPF_TO_LE, 7, 0, 0, 32) },
		{ "le64", BPF_RAW(BPF_ALU | BPF_END | BPF_TO_LE, 7, 0, 0, 64) },
		{ "be16", BPF_RAW(BPF_ALU | BPF_END | BPF_TO_BE, 7, 0, 0, 16) },
		{ "be32", BPF_RAW(BPF_ALU | BPF_END | BPF_TO_BE, 7, 0, 0, 32) },
		{ "be64", BPF_RAW(BPF_ALU | BPF_END | BPF_TO_BE, 7, 0, 0, 64) },
		{ "bswap16", BPF_RAW(BPF_ALU64 | BPF_END, 7, 0, 0, 16) },
		{ "bswap32", BPF_RAW(BPF_ALU64 | BPF_END, 7, 0, 0, 32) },
		{ "bswap64", BPF_RAW(BPF_ALU64 | BPF_END, 7, 0, 0, 64) },
	};
	__u64 seed = 7;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		struct agreement a = { .runs = 0 };

		one_insn(&a, ops[i].insn, &seed);
		report(&a, ops[i].name);
	}
}

static void jumps(void)
{
	static const struct {
		const char *name;
		__u8 op;
	} ops[] = {
		{ "jeq", BPF_JEQ }, { "jne", BPF_JNE }, { "jgt", BPF_JGT }, { "jge", BPF_JGE },
		{ "jlt", BPF_JLT }, { "jle", BPF_JLE }, { "jsgt", BPF_JSGT },
		{ "jsge", BPF_JSGE }, { "jslt", BPF_JSLT }, { "jsle", BPF_JSLE },
		{ "jset", BPF_JSET },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		binary(ops[i].name, ops[i].op, 1, BPF_JMP32, BPF_JMP);
}

/* On the stack, with three operands: memory, source, r0. All that changes is compared. */
static void atomics(void)
{
	static const struct {
		const char *name;
		int op;
	} ops[] = {
		{ "atomic add", BPF_ADD }, { "atomic fetch add", BPF_ADD | BPF_FETCH },
		{ "atomic or", BPF_OR }, { "atomic fetch or", BPF_OR | BPF_FETCH },
		{ "atomic and", BPF_AND }, { "atomic fetch and", BPF_AND | BPF_FETCH },
		{ "atomic xor", BPF_XOR }, { "atomic fetch xor", BPF_XOR | BPF_FETCH },
		{ "xchg", BPF_XCHG }, { "cmpxchg", BPF_CMPXCHG },
	};
	__u64 seed = 11;
	size_t i;
	int w;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		for (w = 0; w < 2; w++) {
			struct agreement a = { .runs = 0 };
			struct body b = { .nr = 0 };

			add(&b, BPF_LDX_MEM(BPF_DW, 1, 6, 0));
			add(&b, BPF_LDX_MEM(BPF_DW, 7, 6, 8));
			add(&b, BPF_LDX_MEM(BPF_DW, 0, 6, 16));
			add(&b, BPF_STX_MEM(BPF_DW, 10, 1, -8));
			add(&b, BPF_ATOMIC_OP(w ? BPF_W : BPF_DW, ops[i].op, 10, 7, -8));
			add(&b, BPF_LDX_MEM(BPF_DW, 1, 10, -8));
			add(&b, BPF_STX_MEM(BPF_DW, 6, 1, OUT(0)));
			add(&b, BPF_STX_MEM(BPF_DW, 6, 7, OUT(1)));
			add(&b, BPF_STX_MEM(BPF_DW, 6, 0, OUT(2)));
			compare(&a, &b, &seed);
			report(&a, ops[i].name);
		}
	}
}

/* Every width, at every place of a word on the stack; the whole word is compared. */
static void loads_and_stores(void)
{
	static const struct {
		const char *name;
		__u8 size;
		int bytes;
	} widths[] = {
		{ "8", BPF_B, 1 }, { "16", BPF_H, 2 }, { "32", BPF_W, 4 }, { "64", BPF_DW, 8 },
	};
	__u64 seed = 17;
	size_t i;
	int off, kind;

	for (i = 0; i < ARRAY_SIZE(widths); i++) {
		const __u8 size = widths[i].size;

		for (kind = 0; kind < 4; kind++) {
			static const char *const kinds[] = { "ldx", "ldxs", "stx", "st" };
			struct agreement a = { .runs = 0 };

			if (kind == 1 && size == BPF_DW)
				continue;
			for (off = -8; off < 0; off += widths[i].bytes) {
				struct body b = { .nr = 0 };

				add(&b, BPF_LDX_MEM(BPF_DW, 1, 6, 0));
				add(&b, BPF_LDX_MEM(BPF_DW, 7, 6, 8));
				add(&b, BPF_STX_MEM(BPF_DW, 10, 1, -8));
				if (kind == 0)
					add(&b, BPF_LDX_MEM(size, 7, 10, off));
				else if (kind == 1)
					add(&b, BPF_LDX_MEMSX(size, 7, 10, off));
				else if (kind == 2)
					add(&b, BPF_STX_MEM(size, 10, 7, off));
				else
					add(&b, BPF_ST_MEM(size, 10, off,
							   (__s32)test_random(&seed)));
				add(&b, BPF_LDX_MEM(BPF_DW, 1, 10, -8));
				add(&b, BPF_STX_MEM(BPF_DW, 6, 7, OUT(0)));
				add(&b, BPF_STX_MEM(BPF_DW, 6, 1, OUT(1)));
				compare(&a, &b, &seed);
			}
			report(&a, kinds[kind]);
		}
	}
}

static void both(const char *name, const struct bpf_insn *insns, size_t nr)
{
	struct agreement a = { .runs = 0 };
	struct body b = { .nr = 0 };
	__u64 seed = 19;
	size_t i;

	for (i = 0; i < nr; i++)
		add(&b, insns[i]);
	compare(&a, &b, &seed);
	report(&a, name);
}

/* What has no operand: constants of 64 bits, jumps, calls in the program. */
static void control(void)
{
	both("ld_imm64", PROG(BPF_LD_IMM64(7, 0x123456789abcdef0ULL),
			      BPF_STX_MEM(BPF_DW, 6, 7, OUT(0)),
			      BPF_LD_IMM64(7, 0xffffffff80000000ULL),
			      BPF_STX_MEM(BPF_DW, 6, 7, OUT(1))));
	both("ja", PROG(BPF_LDX_MEM(BPF_DW, 8, 6, 0), BPF_JMP_IMM(BPF_JEQ, 8, 0, 2),
			BPF_MOV64_IMM(7, 1), BPF_JMP_A(1), BPF_MOV64_IMM(7, 2),
			BPF_STX_MEM(BPF_DW, 6, 7, OUT(0))));
	both("ja32", PROG(BPF_MOV64_IMM(7, 1), BPF_LDX_MEM(BPF_DW, 8, 6, 0),
			  BPF_JMP_IMM(BPF_JEQ, 8, 0, 1), BPF_JMP32_A(1), BPF_MOV64_IMM(7, 3),
			  BPF_STX_MEM(BPF_DW, 6, 7, OUT(0))));
	/* The function comes last and ends as every program here does. */
	both("call and exit", PROG(BPF_LDX_MEM(BPF_DW, 7, 6, 0), BPF_MOV64_REG(1, 6),
				   BPF_CALL_REL(3), BPF_STX_MEM(BPF_DW, 6, 7, OUT(1)),
				   BPF_MOV64_IMM(0, 0), BPF_EXIT_INSN(),
				   BPF_LDX_MEM(BPF_DW, 2, 1, 8), BPF_ALU64_IMM(BPF_ADD, 2, 5),
				   BPF_STX_MEM(BPF_DW, 1, 2, OUT(0)), BPF_MOV64_IMM(6, 1),
				   BPF_MOV64_IMM(7, 2)));
}

/* An instruction on r2 to r5, which hold numbers; jumps go forward within @left. */
static struct bpf_insn random_insn(__u64 *seed, size_t left)
{
	static const __u8 alu_ops[] = {
		BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_OR, BPF_AND, BPF_LSH, BPF_RSH, BPF_MOD,
		BPF_XOR, BPF_MOV, BPF_ARSH,
	};
	static const __u8 jmp_ops[] = {
		BPF_JEQ, BPF_JNE, BPF_JGT, BPF_JGE, BPF_JLT, BPF_JLE, BPF_JSGT, BPF_JSGE,
		BPF_JSLT, BPF_JSLE, BPF_JSET,
	};
	const __u64 r = test_random(seed);
	const __u8 dst = 2 + (r & 3), src = 2 + (r >> 2 & 3);
	const bool reg = r >> 4 & 1, w32 = r >> 5 & 1;
	__s16 off = 0;
	__u8 code;

	if (left > 1 && (r >> 6 & 3) == 0) {
		code = jmp_ops[(r >> 8) % ARRAY_SIZE(jmp_ops)] | (w32 ? BPF_JMP32 : BPF_JMP);
		off = (__s16)((r >> 16) % left);
	} else if ((r >> 6 & 15) == 1) {
		code = BPF_END | (w32 ? BPF_ALU : BPF_ALU64) | (w32 && reg ? BPF_TO_BE : 0);
		return BPF_RAW(code, dst, 0, 0, 16 << (r >> 16) % 3);
	} else {
		code = alu_ops[(r >> 8) % ARRAY_SIZE(alu_ops)] | (w32 ? BPF_ALU : BPF_ALU64);
		if (BPF_OP(code) == BPF_DIV || BPF_OP(code) == BPF_MOD)
			off = r >> 16 & 1;
		if (BPF_OP(code) == BPF_MOV && reg && r >> 16 & 1)
			off = r >> 17 & 1 ? 8 : 16;
	}
	if (reg)
		return BPF_RAW(code | BPF_X, dst, src, off, 0);
	return BPF_RAW(code, dst, 0, off, constant(code, seed, (int)(r >> 32 & 15)));
}

static void random_programs(void)
{
	const int programs = 400;
	const size_t nr = 40;
	struct agreement a = { .runs = 0 };
	__u64 seed = 13;
	size_t k;
	int i;

	for (i = 0; i < programs; i++) {
		struct body b = { .nr = 0 };

		for (k = 0; k < 4; k++)
			add(&b, BPF_LDX_MEM(BPF_DW, 2 + k, 6, 8 * k));
		for (k = 0; k < nr; k++)
			add(&b, random_insn(&seed, nr - k));
		for (k = 0; k < 4; k++)
			add(&b, BPF_STX_MEM(BPF_DW, 6, 2 + k, OUT((int)k)));
		compare(&a, &b, &seed);
	}
	report(&a, "random programs of 40 instructions");
}

int main(void)
{
	const struct body empty = { .nr = 0 };
	struct words w = { { 0 }, { 0 } };
	int fd = kernel_load(&empty, NULL, 0);

	if (fd < 0 || kernel_run(fd, &w)) {
		SKIP("the kernel runs no BPF program for us: %s", strerror(errno));
		return test_end();
	}
	close(fd);
	RUN(alu);
	RUN(unary);
	RUN(jumps);
	RUN(atomics);
	RUN(loads_and_stores);
	RUN(control);
	RUN(random_programs);
	return test_end();
}
