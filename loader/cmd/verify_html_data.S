/* SPDX-License-Identifier: GPL-2.0-only */
/* Style and script of the page, inside of the program. */
	.section .rodata
	.globl verify_html_css
verify_html_css:
	.incbin "loader/cmd/verify_html.css"
	.byte 0
	.globl verify_html_js
verify_html_js:
	.incbin "loader/cmd/verify_html.js"
	.byte 0
	.section .note.GNU-stack, "", %progbits
