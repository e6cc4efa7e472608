// SPDX-License-Identifier: GPL-2.0-only
/*
 * The interpreter with and without what vm_fast.c makes: random programs of loads, stores
 * and the sequences that become one operation. Result, memory, number of instructions and
 * every word of a fault have to be the same; windows are short, so that many accesses are
 * wrong.
 */
#include "vm/vm_int.h"
#include "vm_test.h"

#define BODY	48
#define BYTES	96

struct random_prog {
	struct bpf_insn insns[BODY * 8 + 32];
	size_t nr;
	__u64 seed;
};

static void add(struct random_prog *p, struct bpf_insn insn)
{
	p->insns[p->nr++] = insn;
}

static __u64 below(struct random_prog *p, __u64 n)
{
	return test_random(&p->seed) % n;
}

/* r6 and r7 are windows, r2 to r5 numbers, r8 a pointer somewhere into r6's. */
static void add_access(struct random_prog *p)
{
	static const __u8 sizes[] = { BPF_B, BPF_H, BPF_W, BPF_DW, BPF_DW, BPF_DW };
	const __u8 size = sizes[below(p, 6)], reg = 2 + below(p, 4), base = 6 + below(p, 3);
	const __u8 to = 6 + below(p, 2);
	const __s16 off = below(p, 60) ? (__s16)below(p, BYTES / 8 - 5) * 8 :
					 (__s16)below(p, BYTES + 16) - 8;
	const __s16 step = below(p, 4) ? 8 : 0;
	int k, nr = 1 + below(p, 4);

	switch (below(p, 5)) {
	case 0:
		add(p, BPF_LDX_MEM(size, reg, base, off));
		break;
	case 1:
		add(p, BPF_STX_MEM(size, base, reg, off));
		break;
	case 2:
		add(p, BPF_ST_MEM(size, base, off, (__s32)below(p, 1 << 30)));
		break;
	default:
		/* Words in a row; now and then onto themselves. */
		for (k = 0; k < nr; k++) {
			add(p, BPF_LDX_MEM(size, reg, 6, off + k * step));
			add(p, BPF_STX_MEM(size, to, reg, off + k * step + (to == 6 ? 8 : 0)));
		}
	}
}

static void add_alu(struct random_prog *p)
{
	const __u8 d = 2 + below(p, 4), s = 2 + below(p, 4);
	const __s32 k = (__s32)below(p, 64);

	switch (below(p, 9)) {
	case 0: add(p, BPF_MOV64_REG(d, s)); add(p, BPF_ALU64_IMM(BPF_LSH, d, k)); break;
	case 1: add(p, BPF_MOV64_REG(d, s)); add(p, BPF_ALU64_IMM(BPF_RSH, d, k)); break;
	case 2: add(p, BPF_MOV64_REG(d, s)); add(p, BPF_ALU64_IMM(BPF_ADD, d, k - 32)); break;
	case 3: add(p, BPF_MOV64_REG(d, s)); add(p, BPF_ALU64_REG(BPF_ADD, d, 2 + k % 4)); break;
	case 4: add(p, BPF_MOV64_REG(d, s)); /* fall through */
	case 5:
		add(p, BPF_ALU64_IMM(BPF_RSH, d, k));
		add(p, BPF_ALU64_IMM(BPF_AND, d, 0xff));
		break;
	case 6: add(p, BPF_ALU64_IMM(BPF_LSH, d, k & 1 ? 32 : k)); /* fall through */
	case 7: add(p, BPF_ALU64_IMM(BPF_RSH, d, 32)); break;
	default:
		add(p, BPF_ALU64_IMM(BPF_LSH, d, 32));
		add(p, BPF_ALU64_IMM(BPF_RSH, d, 32));
		add(p, BPF_ALU64_IMM(BPF_LSH, d, k));
	}
}

static void make(struct random_prog *p, __u64 seed)
{
	int i;

	*p = (struct random_prog){ .seed = seed };
	for (i = 0; i < 2; i++) {
		add(p, BPF_MOV64_IMM(BPF_REG_1, i));
		add(p, BPF_CALL_IDX(CALL_WIN));
		add(p, BPF_MOV64_REG(6 + i, BPF_REG_0));
	}
	add(p, BPF_MOV64_REG(BPF_REG_8, BPF_REG_6));
	for (i = 2; i < 6; i++)
		add(p, BPF_MOV64_IMM(i, (__s32)below(p, 1 << 30)));
	for (i = 0; i < BODY; i++) {
		if (below(p, 3))
			add_access(p);
		else if (below(p, 3))
			add_alu(p);
		else if (below(p, 2))
			add(p, BPF_ALU64_IMM(BPF_ADD, BPF_REG_8, (__s32)below(p, 3) * 8));
		else	/* over one instruction, into what may be one operation */
			add(p, BPF_JMP_IMM(below(p, 2) ? BPF_JGT : BPF_JLE, 2 + below(p, 4),
					   1 << 20, 1));
	}
	/* What a jump may skip, and a sum of all. */
	add(p, BPF_MOV64_IMM(BPF_REG_1, 0));
	add(p, BPF_MOV64_IMM(BPF_REG_0, 0));
	for (i = 2; i < 6; i++)
		add(p, BPF_ALU64_REG(BPF_XOR, BPF_REG_0, i));
	add(p, BPF_EXIT_INSN());
}

struct outcome {
	int err, insn;
	__u64 r0, insns;
	char fault[200];
	__u8 mem[2][BYTES];
};

static bool run(const struct random_prog *p, bool fast, __u64 budget, struct outcome *o)
{
	struct test_env env = {
		.win = { { o->mem[0], BYTES, true }, { o->mem[1], BYTES, p->seed % 7 != 0 } },
	};
	struct vm_prog *prog = test_load(&env, p->insns, p->nr);
	struct vm *vm = vm__new(budget);
	size_t i;

	if (!prog || !vm)
		return false;
	if (!fast)
		memcpy(prog->run, prog->ops, prog->nr * sizeof(*prog->run));
	for (i = 0; i < BYTES; i++)
		o->mem[0][i] = o->mem[1][i] = (__u8)(i * 7 + p->seed);
	o->r0 = 0;
	o->err = vm__run(vm, prog, &env, NULL, 0, &o->r0);
	o->insn = vm__fault_insn(vm);
	o->insns = vm__insns(vm);
	snprintf(o->fault, sizeof(o->fault), "%s", vm__fault(vm));
	vm__free(vm);
	vm_prog__free(prog);
	return true;
}

static void same_as_one_by_one(void)
{
	unsigned int faults = 0, ends = 0, differ = 0, budgets = 0;
	const unsigned int programs = 20000;
	struct random_prog p;
	unsigned int i;

	for (i = 0; i < programs; i++) {
		struct outcome a = {}, b = {};
		__u64 budget = i % 8 ? 100000 : i % 97;

		make(&p, i * 2 + (i >> 3 & 1));
		if (!run(&p, true, budget, &a) || !run(&p, false, budget, &b)) {
			differ++;
			continue;
		}
		if (memcmp(&a, &b, sizeof(a)) && !differ++)
			fprintf(stderr, "# program %u: %d %s at %d, %d %s at %d\n", i, a.err,
				a.fault, a.insn, b.err, b.fault, b.insn);
		faults += a.err == -EFAULT;
		budgets += a.err == -ELOOP;
		ends += !a.err;
	}
	CHECK_EQ(differ, 0, "%u programs: result, memory, count and faults are the same",
		 programs);
	/* A test of programs that all fail, or never do, would say little. */
	CHECK(faults > programs / 10 && ends > programs / 10 && budgets > programs / 50,
	      "%u end, %u have a wrong access, %u run out of budget", ends, faults, budgets);
}

static void stretches_are_made(void)
{
	struct test_env env = { .budget = 0 };
	struct vm_prog *prog;
	const struct bpf_insn insns[] = {
		BPF_MOV64_IMM(1, 0), BPF_CALL_IDX(CALL_WIN), BPF_MOV64_REG(6, 0),
		BPF_LDX_MEM(BPF_DW, 1, 6, 0), BPF_STX_MEM(BPF_DW, 6, 1, 16),
		BPF_LDX_MEM(BPF_DW, 1, 6, 8), BPF_STX_MEM(BPF_DW, 6, 1, 24),
		BPF_MOV64_IMM(0, 0), BPF_EXIT_INSN(),
	};

	prog = test_load(&env, insns, ARRAY_SIZE(insns));
	if (!CHECK(prog != NULL, "loads: %s", env.msg))
		return;
	CHECK_EQ(prog->nr_stretches, 1, "four accesses by one register are a stretch");
	CHECK(prog->nr_stretches == 1 && prog->stretches[0].range[0].size == 32 &&
	      prog->stretches[0].range[0].write && prog->stretches[0].nr_ranges == 1,
	      "its range is all that is accessed");
	vm_prog__free(prog);
}

int main(void)
{
	RUN(stretches_are_made);
	RUN(same_as_one_by_one);
	return test_end();
}
