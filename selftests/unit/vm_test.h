/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of the BPF machine have in common: one program, run once, and what
 * came of it.
 */
#ifndef LUO_VM_TEST_H
#define LUO_VM_TEST_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vm/insn.h"
#include "vm/vm.h"
#include "../test.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* The calls a test program has, by index; bpf_iter_num comes last. */
enum {
	CALL_WIN,		/* window number r1 of the environment */
	CALL_SUM,		/* r1 + 10 r2 + 100 r3 + 1000 r4 + 10000 r5 */
	CALL_FAIL,		/* stops the run with -r1 */
	CALL_FILL,		/* sets r2 bytes at r1 to r3; r0 is 1 if it could */
	CALL_NEST,		/* runs the machine from within */
	CALL_ITER_NEW,
	CALL_ITER_NEXT,
	CALL_ITER_DESTROY,
	NR_CALLS,
};

struct test_window {
	void *base;
	__u32 size;
	bool writable;
};

/* In: what a program sees. Out: what it did. */
struct test_env {
	__u64 budget;		/* 0: a million */
	const __u64 *ctx;
	__u32 ctx_words;
	struct test_window win[3];
	const struct vm_data *data;
	size_t nr_data;
	/* out */
	bool refused;		/* by vm_prog__new() */
	int err;
	__u64 r0;
	__u64 insns;
	int fault_insn;
	char msg[256];		/* why it was refused or stopped */
};

static inline int test_win(struct vm *vm, void *priv, const __u64 args[5], __u64 *ret)
{
	const struct test_env *env = priv;

	if (args[0] >= ARRAY_SIZE(env->win))
		return -EINVAL;
	*ret = vm__window(vm, env->win[args[0]].base, env->win[args[0]].size,
			  env->win[args[0]].writable);
	return 0;
}

static inline int test_sum(struct vm *vm, void *priv, const __u64 args[5], __u64 *ret)
{
	(void)vm;
	(void)priv;
	*ret = args[0] + 10 * args[1] + 100 * args[2] + 1000 * args[3] + 10000 * args[4];
	return 0;
}

static inline int test_fail(struct vm *vm, void *priv, const __u64 args[5], __u64 *ret)
{
	(void)vm;
	(void)priv;
	(void)ret;
	return -(int)(args[0] & 0xff);
}

static inline int test_fill(struct vm *vm, void *priv, const __u64 args[5], __u64 *ret)
{
	void *mem = vm__mem(vm, args[0], (__u32)args[1], true);

	(void)priv;
	*ret = !!mem;
	if (mem)
		memset(mem, (int)(args[2] & 0xff), (__u32)args[1]);
	return 0;
}

static inline int test_nest(struct vm *vm, void *priv, const __u64 args[5], __u64 *ret)
{
	const struct bpf_insn insns[] = { BPF_EXIT_INSN() };
	struct vm_prog *prog;
	int err;

	(void)args;
	err = vm_prog__new(&prog, insns, 1, NULL, 0, NULL, 0, NULL, 0);
	if (err)
		return err;
	*ret = (__u64)vm__run(vm, prog, priv, NULL, 0, NULL);
	vm_prog__free(prog);
	return 0;
}

static inline struct vm_prog *test_load(struct test_env *env, const struct bpf_insn *insns,
					size_t nr)
{
	struct vm_call calls[NR_CALLS] = {
		{ "win", test_win }, { "sum", test_sum }, { "fail", test_fail },
		{ "fill", test_fill }, { "nest", test_nest },
	};
	struct vm_prog *prog;

	memcpy(&calls[CALL_ITER_NEW], vm_iter_calls, sizeof(vm_iter_calls));
	env->err = vm_prog__new(&prog, insns, nr, calls, NR_CALLS, env->data, env->nr_data,
				env->msg, sizeof(env->msg));
	env->refused = env->err != 0;
	return prog;
}

/* Load and run; the result is in @env, and is @env->err. */
static inline int test_run(struct test_env *env, const struct bpf_insn *insns, size_t nr)
{
	struct vm_prog *prog = test_load(env, insns, nr);
	struct vm *vm;

	env->r0 = ~0ULL;
	if (!prog)
		return env->err;
	vm = vm__new(env->budget ? env->budget : 1000000);
	if (!vm)
		abort();
	env->err = vm__run(vm, prog, env, env->ctx, env->ctx_words, &env->r0);
	env->insns = vm__insns(vm);
	env->fault_insn = vm__fault_insn(vm);
	snprintf(env->msg, sizeof(env->msg), "%s", vm__fault(vm));
	vm__free(vm);
	vm_prog__free(prog);
	return env->err;
}

#define PROG(...)	(const struct bpf_insn[]){ __VA_ARGS__ },		\
			ARRAY_SIZE(((const struct bpf_insn[]){ __VA_ARGS__ }))

/* A small generator, the same numbers each time. */
static inline __u64 test_random(__u64 *state)
{
	__u64 z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

#endif /* LUO_VM_TEST_H */
