/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/**
 * DOC: The user-space BPF machine
 *
 * An interpreter for the instruction set of RFC 9669 (groups base32, base64,
 * divmul32, divmul64, atomic32, atomic64; nothing of the packet group). Program
 * and data are both hostile: an instruction stream is validated once, every load
 * and store is checked against the windows of the run, and instructions are
 * counted. No host address is ever visible to a program.
 *
 * Addresses of the machine are 64 bits wide: the number of a window in the upper
 * half, an offset in the lower one. An access lies inside one window or stops
 * the run. Window 0 does not exist, so NULL and small integers never work.
 *
 * A vm_prog is constant once made and may be shared by machines in any number of
 * threads; a vm belongs to one thread at a time.
 */
#ifndef LUOB_VM_H
#define LUOB_VM_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define VM_FRAME_SIZE	512U		/* bytes of stack per frame, zeroed on entry */
#define VM_MAX_FRAMES	8U
#define VM_MAX_INSNS	(1U << 20)	/* slots of a program; ld_imm64 takes two */
#define VM_MAX_DATA	(1U << 16)	/* entries of a data table */
#define VM_MAX_WINDOWS	(1U << 24)	/* of one run */

struct vm;
struct vm_prog;

/**
 * struct vm_call - a function that programs can call
 * @name: for messages; must live as long as the programs made with it
 * @fn: gets r1 to r5 and stores r0, which is 0 unless it does. Returns 0, or a
 *	negative errno to stop the run with that fault. Pointer arguments are
 *	addresses of the machine: see vm__mem() and vm__window().
 */
struct vm_call {
	const char *name;
	int (*fn)(struct vm *vm, void *priv, const __u64 args[5], __u64 *ret);
};

/**
 * struct vm_data - read-only data of a program, such as its .rodata
 * @data: must live as long as the programs made with it; NULL if @size is 0
 * @size: bytes
 */
struct vm_data {
	const void *data;
	__u32 size;
};

/* bpf_iter_num_new, _next and _destroy; append them to a table of calls. */
#define VM_NR_ITER_CALLS	3
extern const struct vm_call vm_iter_calls[VM_NR_ITER_CALLS];

/**
 * vm_prog__new() - validate and decode a program
 * @prog: gets the program; to be released with vm_prog__free()
 * @insns: instructions after relocation; copied
 * @nr: slots in @insns
 * @calls: what a call with src_reg BPF_PSEUDO_KFUNC_CALL indexes; the table is
 *	copied, what it points to is not
 * @nr_calls: entries in @calls
 * @data: what ld_imm64 with src_reg BPF_PSEUDO_MAP_VALUE indexes, the second imm
 *	being an offset of 0 to the size of the entry; copied like @calls
 * @nr_data: entries in @data
 * @msg: gets one line on what is wrong and where, or nothing; may be NULL
 * @msg_size: bytes in @msg
 *
 * Refused are: unknown opcodes, reserved fields that are not zero, registers
 * above r10, writes to r10, accesses by r10 outside its frame, jumps out of the
 * program or into an ld_imm64, a last instruction that falls through, helper
 * calls and maps. Depth of calls and everything about addresses is for the run.
 *
 * Return: 0, -EINVAL for a refused program, -E2BIG for one above %VM_MAX_INSNS,
 * -ENOMEM.
 */
int vm_prog__new(struct vm_prog **prog, const struct bpf_insn *insns, size_t nr,
		 const struct vm_call *calls, size_t nr_calls,
		 const struct vm_data *data, size_t nr_data, char *msg, size_t msg_size);

/**
 * vm_prog__free() - release a program
 * @prog: may be NULL; no run may be using it
 */
void vm_prog__free(struct vm_prog *prog);

/**
 * vm__new() - make a machine
 * @insn_budget: instructions that one run may execute; ld_imm64 counts as one
 *
 * Return: the machine, to be released with vm__free(), or NULL with errno set.
 */
struct vm *vm__new(__u64 insn_budget);

/**
 * vm__free() - release a machine
 * @vm: may be NULL; must not be running
 */
void vm__free(struct vm *vm);

/**
 * vm__run() - execute a program from its first instruction
 * @vm: the machine
 * @prog: the program
 * @priv: passed on to the calls
 * @ctx: what r1 points to, read-only for the program; must live until the end
 * @ctx_words: number of words in @ctx
 * @r0: gets the program's r0 on success; may be NULL
 *
 * Return: 0 if the program reached its end. Otherwise vm__fault() says what
 * happened and the result is -EFAULT for a bad access, -ELOOP for an exhausted
 * budget, -E2BIG for more than %VM_MAX_FRAMES frames, or what a call returned.
 * Without a run: -EBUSY from inside a call of the same machine, -EINVAL for a
 * @ctx above 4 GiB, -ENOMEM.
 */
int vm__run(struct vm *vm, const struct vm_prog *prog, void *priv,
	    const __u64 *ctx, __u32 ctx_words, __u64 *r0);

/**
 * vm__window() - let the running program see host memory
 * @vm: the machine, inside a call
 * @base: host memory; must live until the end of the run
 * @size: bytes
 * @writable: whether the program may write to it
 *
 * The memory may be seen through several windows; each stays until the end of
 * the run.
 *
 * Return: the address for the program, or 0 when there is no memory, @base is
 * NULL, no run is going or the run has %VM_MAX_WINDOWS.
 */
__u64 vm__window(struct vm *vm, void *base, __u32 size, bool writable);

/**
 * vm__mem() - resolve a pointer argument of a call
 * @vm: the machine, inside a call
 * @addr: an address of the machine
 * @size: bytes that will be accessed
 * @write: whether they will be written
 *
 * Return: host memory, valid until the end of the run and not aligned in any
 * way, or NULL if a program could not do such an access.
 */
void *vm__mem(struct vm *vm, __u64 addr, __u32 size, bool write);

/**
 * vm__fault() - what stopped the last run
 * @vm: the machine
 *
 * Return: one line without newline, owned by @vm, empty if nothing did.
 */
const char *vm__fault(const struct vm *vm);

/**
 * vm__fault_insn() - where the last run was stopped
 * @vm: the machine
 *
 * Return: index of the instruction, or -1 if the run was not stopped.
 */
int vm__fault_insn(const struct vm *vm);

/**
 * vm__insns() - length of the last run
 * @vm: the machine
 *
 * Return: instructions executed, the one that faulted included.
 */
__u64 vm__insns(const struct vm *vm);

#endif /* LUOB_VM_H */
