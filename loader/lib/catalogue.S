/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The BTF of kernel/abi/, made by the build, inside of the program. */
	.section .rodata
	.balign 8
	.globl luo_catalogue_start
luo_catalogue_start:
	.incbin CATALOGUE_BTF
	.globl luo_catalogue_end
luo_catalogue_end:
	.section .note.GNU-stack, "", %progbits
