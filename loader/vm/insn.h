/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/**
 * DOC: BPF instructions
 *
 * What <linux/bpf.h> of an older distribution lacks, and constructors for single
 * instructions. The constructors are named as in the kernel's filter.h.
 */
#ifndef LUOB_VM_INSN_H
#define LUOB_VM_INSN_H

#include <linux/bpf.h>

#ifndef BPF_MEMSX
#define BPF_MEMSX		0x80
#endif
#ifndef BPF_JCOND
#define BPF_JCOND		0xe0
#endif
#ifndef BPF_ATOMIC
#define BPF_ATOMIC		0xc0
#endif
#ifndef BPF_PSEUDO_KFUNC_CALL
#define BPF_PSEUDO_KFUNC_CALL	2
#endif

#define BPF_RAW(CODE, DST, SRC, OFF, IMM)				\
	((struct bpf_insn){ .code = (__u8)(CODE), .dst_reg = (DST),	\
			    .src_reg = (SRC), .off = (__s16)(OFF),	\
			    .imm = (__s32)(IMM) })

#define BPF_ALU64_REG(OP, DST, SRC)	BPF_RAW(BPF_ALU64 | (OP) | BPF_X, DST, SRC, 0, 0)
#define BPF_ALU64_IMM(OP, DST, IMM)	BPF_RAW(BPF_ALU64 | (OP) | BPF_K, DST, 0, 0, IMM)
#define BPF_ALU32_REG(OP, DST, SRC)	BPF_RAW(BPF_ALU | (OP) | BPF_X, DST, SRC, 0, 0)
#define BPF_ALU32_IMM(OP, DST, IMM)	BPF_RAW(BPF_ALU | (OP) | BPF_K, DST, 0, 0, IMM)
#define BPF_MOV64_REG(DST, SRC)		BPF_ALU64_REG(BPF_MOV, DST, SRC)
#define BPF_MOV64_IMM(DST, IMM)		BPF_ALU64_IMM(BPF_MOV, DST, IMM)
#define BPF_MOV32_REG(DST, SRC)		BPF_ALU32_REG(BPF_MOV, DST, SRC)
#define BPF_MOV32_IMM(DST, IMM)		BPF_ALU32_IMM(BPF_MOV, DST, IMM)

/* Two slots each. BPF_LD_DATA: the address of byte @OFF of read-only data @IDX. */
#define BPF_LD_IMM64(DST, VAL)						\
	BPF_RAW(BPF_LD | BPF_DW | BPF_IMM, DST, 0, 0, (__u32)(VAL)),	\
	BPF_RAW(0, 0, 0, 0, (__u64)(VAL) >> 32)
#define BPF_LD_DATA(DST, IDX, OFF)					\
	BPF_RAW(BPF_LD | BPF_DW | BPF_IMM, DST, BPF_PSEUDO_MAP_VALUE, 0, IDX), \
	BPF_RAW(0, 0, 0, 0, OFF)

#define BPF_LDX_MEM(SZ, DST, SRC, OFF)	BPF_RAW(BPF_LDX | (SZ) | BPF_MEM, DST, SRC, OFF, 0)
#define BPF_LDX_MEMSX(SZ, DST, SRC, OFF) BPF_RAW(BPF_LDX | (SZ) | BPF_MEMSX, DST, SRC, OFF, 0)
#define BPF_STX_MEM(SZ, DST, SRC, OFF)	BPF_RAW(BPF_STX | (SZ) | BPF_MEM, DST, SRC, OFF, 0)
#define BPF_ST_MEM(SZ, DST, OFF, IMM)	BPF_RAW(BPF_ST | (SZ) | BPF_MEM, DST, 0, OFF, IMM)
#define BPF_ATOMIC_OP(SZ, OP, DST, SRC, OFF) \
	BPF_RAW(BPF_STX | (SZ) | BPF_ATOMIC, DST, SRC, OFF, OP)

#define BPF_JMP_REG(OP, DST, SRC, OFF)	BPF_RAW(BPF_JMP | (OP) | BPF_X, DST, SRC, OFF, 0)
#define BPF_JMP_IMM(OP, DST, IMM, OFF)	BPF_RAW(BPF_JMP | (OP) | BPF_K, DST, 0, OFF, IMM)
#define BPF_JMP32_REG(OP, DST, SRC, OFF) BPF_RAW(BPF_JMP32 | (OP) | BPF_X, DST, SRC, OFF, 0)
#define BPF_JMP32_IMM(OP, DST, IMM, OFF) BPF_RAW(BPF_JMP32 | (OP) | BPF_K, DST, 0, OFF, IMM)
#define BPF_JMP_A(OFF)			BPF_RAW(BPF_JMP | BPF_JA, 0, 0, OFF, 0)
#define BPF_JMP32_A(IMM)		BPF_RAW(BPF_JMP32 | BPF_JA, 0, 0, 0, IMM)
#define BPF_CALL_REL(IMM)		BPF_RAW(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, IMM)
#define BPF_CALL_IDX(IDX)		\
	BPF_RAW(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, IDX)
#define BPF_EXIT_INSN()			BPF_RAW(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

#endif /* LUOB_VM_INSN_H */
