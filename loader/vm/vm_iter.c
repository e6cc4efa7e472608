// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The kernel's open-coded iterator over integers, which bpf_for() is made of. Its
 * state lies on the stack of the program, which may have put anything there: the
 * worst that comes of it is a loop, and the budget ends that.
 */
#include <errno.h>
#include <string.h>

#include "vm.h"

#define ITER_MAX_TURNS	8388608		/* BPF_MAX_LOOPS of the kernel */

/* struct bpf_iter_num. The counter comes first: next() hands out its address. */
struct iter {
	__s32 cur;
	__s32 end;
};

static int iter_store(struct vm *vm, __u64 addr, struct iter it)
{
	void *mem = vm__mem(vm, addr, sizeof(it), true);

	if (!mem)
		return -EFAULT;
	memcpy(mem, &it, sizeof(it));
	return 0;
}

static int iter_new(struct vm *vm, void *priv, const __u64 args[5], __u64 *ret)
{
	__s32 start = (__s32)args[1], end = (__s32)args[2];
	struct iter it = { 0 };
	__s64 err = 0;

	(void)priv;
	if (start > end)
		err = -EINVAL;
	else if ((__s64)end - start > ITER_MAX_TURNS)
		err = -E2BIG;
	else
		it = (struct iter){ .cur = (__s32)((__u32)start - 1), .end = end };
	*ret = (__u64)err;
	return iter_store(vm, args[0], it);
}

static int iter_next(struct vm *vm, void *priv, const __u64 args[5], __u64 *ret)
{
	const void *mem = vm__mem(vm, args[0], sizeof(struct iter), true);
	struct iter it;

	(void)priv;
	if (!mem)
		return -EFAULT;
	memcpy(&it, mem, sizeof(it));
	/* A start of INT_MIN has wrapped in new() and wraps back here, as in the kernel. */
	it.cur = (__s32)((__u32)it.cur + 1);
	if (it.cur >= it.end)
		return iter_store(vm, args[0], (struct iter){ 0 });
	*ret = args[0];
	return iter_store(vm, args[0], it);
}

static int iter_destroy(struct vm *vm, void *priv, const __u64 args[5], __u64 *ret)
{
	(void)priv;
	(void)ret;
	return iter_store(vm, args[0], (struct iter){ 0 });
}

const struct vm_call vm_iter_calls[VM_NR_ITER_CALLS] = {
	{ "bpf_iter_num_new", iter_new },
	{ "bpf_iter_num_next", iter_next },
	{ "bpf_iter_num_destroy", iter_destroy },
};
