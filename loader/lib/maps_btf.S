/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The BTF of maps_types.h, made by the build, inside of the program. */
	.section .rodata
	.balign 8
	.globl luo_maps_btf_start
luo_maps_btf_start:
	.incbin MAPS_BTF
	.globl luo_maps_btf_end
luo_maps_btf_end:
	.section .note.GNU-stack, "", %progbits
