/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Between the decoder (vm_prog.c), the interpreter (vm_exec.c) and the memory of
 * a machine (vm.c). The lists below name each operation once, with its meaning;
 * they make the enumeration, the table of labels and the code.
 */
#ifndef LUOB_VM_INT_H
#define LUOB_VM_INT_H

#include "vm.h"

/*
 * Arithmetic on a (destination) and b (source or constant), both unsigned of the
 * operation's width; sa and sb are the same bits signed, mask is the width - 1.
 * The casts keep C from warning about, or promoting into, mixed signs.
 */
#define VM_ALU_LIST(X)							\
	X(ADD, a + b)							\
	X(SUB, a - b)							\
	X(MUL, a * b)							\
	X(DIV, b ? a / b : 0)						\
	X(MOD, b ? a % b : a)						\
	X(SDIV, sb == -1 ? 0 - a : (__u64)(sb ? sa / sb : 0))		\
	X(SMOD, sb == -1 ? 0 : (__u64)(sb ? sa % sb : sa))		\
	X(OR, a | b)							\
	X(AND, a & b)							\
	X(XOR, a ^ b)							\
	X(LSH, a << (b & mask))						\
	X(RSH, a >> (b & mask))						\
	X(ARSH, sa >> (b & mask))					\
	X(MOV, b)

/* One operand, of 64 bits: a is the destination, b the source. */
#define VM_UNARY_LIST(X)						\
	X(NEG64, 0 - a)							\
	X(NEG32, (__u32)(0 - a))					\
	X(MOVSX8_64, (__u64)(__s8)b)					\
	X(MOVSX16_64, (__u64)(__s16)b)					\
	X(MOVSX32_64, (__u64)(__s32)b)					\
	X(MOVSX8_32, (__u32)(__s8)b)					\
	X(MOVSX16_32, (__u32)(__s16)b)					\
	X(LE16, htole16((__u16)a))					\
	X(LE32, htole32((__u32)a))					\
	X(LE64, htole64(a))						\
	X(BE16, htobe16((__u16)a))					\
	X(BE32, htobe32((__u32)a))					\
	X(BE64, htobe64(a))						\
	X(SWAP16, __builtin_bswap16((__u16)a))				\
	X(SWAP32, __builtin_bswap32((__u32)a))				\
	X(SWAP64, __builtin_bswap64(a))

/* Conditions, on the same names as VM_ALU_LIST. */
#define VM_JMP_LIST(X)							\
	X(JEQ, a == b)							\
	X(JNE, a != b)							\
	X(JGT, a > b)							\
	X(JGE, a >= b)							\
	X(JLT, a < b)							\
	X(JLE, a <= b)							\
	X(JSET, a & b)							\
	X(JSGT, sa > sb)						\
	X(JSGE, sa >= sb)						\
	X(JSLT, sa < sb)						\
	X(JSLE, sa <= sb)

/* Loads, and the sizes of stores. */
#define VM_LDX_LIST(X)							\
	X(LDXB, __u8)							\
	X(LDXH, __u16)							\
	X(LDXW, __u32)							\
	X(LDXDW, __u64)							\
	X(LDXSB, __s8)							\
	X(LDXSH, __s16)							\
	X(LDXSW, __s32)
#define VM_ST_LIST(X)							\
	X(B, __u8)							\
	X(H, __u16)							\
	X(W, __u32)							\
	X(DW, __u64)

/* Read-modify-write: what is stored, whether the source gets the old value. */
#define VM_RMW_LIST(X)							\
	X(AADD, old + val, 0)						\
	X(AOR, old | val, 0)						\
	X(AAND, old & val, 0)						\
	X(AXOR, old ^ val, 0)						\
	X(FADD, old + val, 1)						\
	X(FOR, old | val, 1)						\
	X(FAND, old & val, 1)						\
	X(FXOR, old ^ val, 1)						\
	X(XCHG, val, 1)

/*
 * What compilers make of shifts, bit-fields and indices: several instructions at once.
 * p is the first of them; whoever jumps to a later one finds it there. With how many
 * instructions it is, and what the destination becomes.
 */
#define VM_FUSED_LIST(X)						\
	X(MOV_LSH, 2, r[p->src] << (p[1].imm & 63))			\
	X(MOV_RSH, 2, r[p->src] >> (p[1].imm & 63))			\
	X(MOV_ADDK, 2, r[p->src] + p[1].imm)				\
	X(MOV_ADDX, 2, r[p->src] + r[p[1].src])				\
	X(MOV_FIELD, 3, r[p->src] >> (p[1].imm & 63) & p[2].imm)	\
	X(FIELD, 2, r[p->dst] >> (p->imm & 63) & p[1].imm)		\
	X(ZEXT, 2, (__u32)r[p->dst])					\
	X(ZEXT_LSH, 3, (__u64)(__u32)r[p->dst] << (p[2].imm & 63))

/* The order inside a group is relied on by the decoder. */
#define VM_ENUM4(N, e)	VM_##N##64K, VM_##N##64X, VM_##N##32K, VM_##N##32X,
#define VM_ENUM1(N, e)	VM_##N,
#define VM_ENUM_LDX(N, t) VM_##N, VM_F##N,
#define VM_ENUM_ST(N, t) VM_ST##N, VM_FST##N, VM_STX##N, VM_FSTX##N,
#define VM_ENUM_RMW(N, e, f) VM_##N##64, VM_##N##32,
#define VM_ENUM_FUSED(N, n, e) VM_##N,
#define VM_ENUM_ULDX(N, t) VM_U##N,
#define VM_ENUM_UST(N, t) VM_UST##N, VM_USTX##N, VM_COPY##N,

enum vm_opcode {
	VM_BAD,			/* second slot of an ld_imm64: never executed */
	VM_ALU_LIST(VM_ENUM4)
	VM_UNARY_LIST(VM_ENUM1)
	VM_JMP_LIST(VM_ENUM4)
	VM_LDX_LIST(VM_ENUM_LDX)	/* VM_F: relative to r10, in the frame */
	VM_ST_LIST(VM_ENUM_ST)
	VM_RMW_LIST(VM_ENUM_RMW)
	VM_CMPXCHG64, VM_CMPXCHG32,
	VM_LD64, VM_JA, VM_CALL, VM_KCALL, VM_EXIT,
	/* Made by vm_fast.c: accesses that were checked before, a load and its store in one */
	VM_LDX_LIST(VM_ENUM_ULDX)
	VM_ST_LIST(VM_ENUM_UST)
	VM_FUSED_LIST(VM_ENUM_FUSED)
	VM_COPIES, VM_STRETCH, VM_LEAVE,
	VM_NR_OPCODES,
};

/**
 * struct vm_op - a decoded instruction; as many as there are slots
 * @go: label of its code
 * @imm: constant, sign-extended; distance of a jump without condition or call
 * @run: instructions from here to the next that may go elsewhere, that included:
 *	what is charged when a jump lands here
 * @off: offset or distance of a conditional jump
 * @dst: destination register
 * @src: source register
 * @stretch: where one begins: its number
 */
struct vm_op {
	const void *go;
	__u64 imm;
	__u32 run;
	__s16 off;
	__u8 dst;
	__u8 src;
	__u32 stretch;
};

#define VM_STRETCH_REGS	4

/**
 * struct vm_stretch - instructions without jumps whose accesses are checked at once
 * @go: the code of its first instruction, for when that fails
 * @ops: the instructions; the last one leads back
 * @nr_ranges: registers that accesses are made by
 * @range: of each register, the bytes from @min on, @size of them, are accessed
 */
struct vm_stretch {
	const void *go;
	struct vm_op *ops;
	__u32 nr_ranges;
	struct {
		__s32 min;
		__u32 size;
		__u8 reg;
		bool write;
	} range[VM_STRETCH_REGS];
};

/*
 * @ops: one per slot, as decoded; what others read
 * @run: the same with stretches put in: what is executed
 */
struct vm_prog {
	struct vm_op *ops;
	struct vm_op *run;
	struct vm_stretch *stretches;
	size_t nr_stretches;
	size_t nr;
	struct vm_call *calls;
	struct vm_data *data;
	size_t nr_data;
};

/* The first windows of each run; data entries follow, then vm__window(). */
enum vm_slot_nr {
	VM_SLOT_NULL,
	VM_SLOT_STACK,
	VM_SLOT_CTX,
	VM_SLOT_DATA,
};

/**
 * struct vm_slot - a window
 * @base: host memory, never NULL
 * @size: bytes that can be read
 * @wsize: bytes that can be written: @size or 0
 */
struct vm_slot {
	__u8 *base;
	__u32 size;
	__u32 wsize;
};

/* What a return restores. */
struct vm_frame {
	const struct vm_op *ret;
	__u64 saved[4];
};

struct vm {
	struct vm_slot *slots;
	__u32 nr_slots;
	__u32 max_slots;
	__u64 budget;
	__u64 insns;
	const struct vm_prog *prog;	/* NULL unless running */
	int fault_insn;
	char fault[192];
	struct vm_frame frames[VM_MAX_FRAMES];
	__u8 stack[VM_MAX_FRAMES * VM_FRAME_SIZE] __attribute__((aligned(16)));
};

static inline __u64 vm_addr(__u32 slot, __u32 off)
{
	return (__u64)slot << 32 | off;
}

/*
 * The window that an access lies in, or NULL. A window is smaller than 4 GiB, so
 * that an offset that ran over either end of one never lies in its neighbour.
 */
static inline const struct vm_slot *vm_find(const struct vm_slot *slots, __u32 nr,
					    __u64 addr, __u32 size, bool write)
{
	const struct vm_slot *s;

	if (__builtin_expect(addr >> 32 >= nr, 0))
		return NULL;
	s = &slots[addr >> 32];
	if (__builtin_expect((__u64)(__u32)addr + size > (write ? s->wsize : s->size), 0))
		return NULL;
	return s;
}

/* vm_exec.c */
int vm_exec(struct vm *vm, void *priv, __u64 *r0);
const void *const *vm_labels(void);

/* vm_fast.c: fill in @run and @stretches. Return: 0, -ENOMEM. */
int vm_fast(struct vm_prog *prog, const __u16 *opcodes);
void vm_fast_free(struct vm_prog *prog);

/* vm.c: record a fault at an instruction and return its errno */
int vm_fault(struct vm *vm, const struct vm_op *op, int err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
int vm_fault_access(struct vm *vm, const struct vm_op *op, __u64 addr,
		    __u32 size, bool write);

#endif /* LUOB_VM_INT_H */
