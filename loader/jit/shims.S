/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* shims.bpf.c as clang made it, inside of the program. */
	.section .rodata
	.balign 8
	.globl luo_shims_start
luo_shims_start:
	.incbin SHIMS_OBJ
	.globl luo_shims_end
luo_shims_end:
	.section .note.GNU-stack, "", %progbits
