/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The body of generated tests, inside of the program. */
	.section .rodata
	.globl luo_gen_test_start
luo_gen_test_start:
	.incbin "loader/lib/gen_test.py"
	.globl luo_gen_test_end
luo_gen_test_end:
	.section .note.GNU-stack, "", %progbits
