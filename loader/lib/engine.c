// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "core/calls.h"
#include "lib/engine.h"
#include "lib/object.h"

/* Calls with scalars only: the core's function as it is. */
#define SCALAR_CALL(call, ...)							\
static int vm_##call(struct vm *vm, void *tx, const __u64 a[5], __u64 *ret)	\
{										\
	(void)vm;								\
	*ret = (__u64)call(tx, __VA_ARGS__);					\
	return 0;								\
}

SCALAR_CALL(luob_ref, a[1], a[2])
SCALAR_CALL(luob_size, a[1])
SCALAR_CALL(luob_new, a[1], a[2])
SCALAR_CALL(luob_move, a[1], a[2], a[3], a[4])
SCALAR_CALL(luob_link, a[1], a[2], a[3])
SCALAR_CALL(luob_drop, a[1], a[2], a[3])
SCALAR_CALL(luob_child, a[1], a[2], a[3], a[4])
SCALAR_CALL(luob_gather, a[1], a[2])
SCALAR_CALL(luob_refuse, a[1], a[2], a[3])

/* Windows: the program gets an address of the machine, never the host's. */
static int give_window(struct vm *vm, __u8 *p, __u64 size, bool writable, __u64 *ret)
{
	*ret = 0;
	if (!p)
		return 0;
	*ret = vm__window(vm, p, size, writable);
	return *ret ? 0 : -ENOMEM;
}

static int vm_luob_in(struct vm *vm, void *tx, const __u64 a[5], __u64 *ret)
{
	return give_window(vm, luob_in(tx, a[1], a[2], a[3]), a[3], false, ret);
}

static int vm_luob_out(struct vm *vm, void *tx, const __u64 a[5], __u64 *ret)
{
	return give_window(vm, luob_out(tx, a[1], a[2], a[3]), a[3], true, ret);
}

static int vm_luob_lookup(struct vm *vm, void *tx, const __u64 a[5], __u64 *ret)
{
	void *val = vm__mem(vm, a[3], sizeof(__u64), true);
	__u64 v;

	if (!val)
		return -EFAULT;
	*ret = (__u64)(__s64)luob_lookup(tx, a[1], a[2], &v);
	memcpy(val, &v, sizeof(v));
	return 0;
}

#define NR_CONTRACT	12
static struct vm_call calls[NR_CONTRACT + VM_NR_ITER_CALLS] = {
#define CALL(ret, name, args) { #name, vm_##name },
	LUOB_CALLS(CALL)
};

/**
 * luo_engine__calls - what programs may call: the contract and bpf_for()
 * @nr: their number
 *
 * The order is the numbering in relocated programs.
 */
const struct vm_call *luo_engine__calls(size_t *nr)
{
	memcpy(&calls[NR_CONTRACT], vm_iter_calls, sizeof(vm_iter_calls));
	*nr = NR_CONTRACT + VM_NR_ITER_CALLS;
	return calls;
}

/**
 * luo_engine__run - run one program of a transaction
 * @vm: machine
 * @prog: its priv is a struct luo_object
 * @tx: transaction with a started step
 * @self: token of the record
 * @arg: for translators
 * @ret: what the program returned
 * @f: why it was stopped
 *
 * Return: 0, -EBADMSG with @f set, -ENOMEM.
 */
int luo_engine__run(struct vm *vm, const struct luob_prog *prog, struct luo_tx *tx, __u64 self,
		    __u64 arg, __s64 *ret, struct luob_fault *f)
{
	/* The transaction is opaque: any number that is no address will do. */
	__u64 ctx[3] = { 1, self, arg }, r0 = 0;
	int err;

	err = vm__run(vm, luo_object__vm_prog(prog->priv), tx, ctx, 3, &r0);
	*ret = (__s32)r0;
	if (err && err != -ENOMEM && !tx->step->failed)
		return luob_fault__rule(f, "PROGRAM", "%s: %s", prog->name, vm__fault(vm));
	return err == -ENOMEM ? err : 0;
}
