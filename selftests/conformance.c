// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plug-in for bpf_conformance (https://github.com/Alan-Jowett/bpf_conformance):
 *
 *	bpf_conformance_runner --test_file_directory tests --cpu_version v4 \
 *		--plugin_path build/selftests/conformance
 *
 * and once more with tests/rfc9669, as the runner does not descend. The program comes as
 * base16 text on standard input, the memory that r1 points to (r2 is its size) as base16 in
 * the first argument. r0 is printed in base16.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm/insn.h"
#include "vm/vm.h"

#define BUDGET	100000000ULL

struct buffer {
	__u8 *bytes;
	size_t nr;
};

/* Two digits a byte, with or without space between bytes. */
static int decode_base16(const char *text, struct buffer *buf)
{
	const size_t len = strlen(text);
	char digits[3] = "";

	buf->nr = 0;
	buf->bytes = malloc(len / 2 + 1);
	if (!buf->bytes)
		return -1;
	for (;;) {
		while (isspace((unsigned char)*text))
			text++;
		if (!*text)
			return 0;
		if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]))
			return -1;
		memcpy(digits, text, 2);
		buf->bytes[buf->nr++] = (__u8)strtoul(digits, NULL, 16);
		text += 2;
	}
}

static char *read_all(FILE *f)
{
	size_t len = 0, max = 1 << 16;
	char *text = malloc(max), *more;

	while (text) {
		len += fread(text + len, 1, max - len - 1, f);
		if (len < max - 1)
			break;
		max *= 2;
		more = realloc(text, max);
		if (!more)
			free(text);
		text = more;
	}
	if (text)
		text[len] = '\0';
	return text;
}

/* The memory is writable, so it can't be the context: it's a window. */
static int give_memory(struct vm *vm, void *priv, const __u64 args[5], __u64 *ret)
{
	struct buffer *mem = priv;

	(void)args;
	*ret = mem->nr ? vm__window(vm, mem->bytes, (__u32)mem->nr, true) : 0;
	return 0;
}

/* By itself: the instructions that run() puts before it are not its to jump to or to call. */
static int check(const struct buffer *code, char *msg, size_t msg_size)
{
	const void *insns = code->bytes;
	struct vm_prog *prog = NULL;
	int err;

	err = vm_prog__new(&prog, insns, code->nr / sizeof(struct bpf_insn), NULL, 0, NULL, 0,
			   msg, msg_size);
	vm_prog__free(prog);
	return err;
}

static int run(struct buffer *code, struct buffer *mem)
{
	const struct vm_call call = { "memory", give_memory };
	const struct bpf_insn head[] = {
		BPF_CALL_IDX(0), BPF_MOV64_REG(1, 0), BPF_MOV64_IMM(0, 0),
		BPF_MOV64_IMM(2, mem->nr),
	};
	struct bpf_insn *insns = malloc(sizeof(head) + code->nr);
	struct vm *vm = vm__new(BUDGET);
	char msg[256] = "no memory";
	struct vm_prog *prog = NULL;
	__u64 r0;
	int err;

	if (!insns || !vm)
		err = -1;
	else
		err = check(code, msg, sizeof(msg));
	if (!err) {
		memcpy(insns, head, sizeof(head));
		memcpy((char *)insns + sizeof(head), code->bytes, code->nr);
		err = vm_prog__new(&prog, insns, (sizeof(head) + code->nr) / sizeof(*insns),
				   &call, 1, NULL, 0, msg, sizeof(msg));
	}
	if (!err) {
		err = vm__run(vm, prog, mem, NULL, 0, &r0);
		snprintf(msg, sizeof(msg), "%s (the program starts at insn %zu)", vm__fault(vm),
			 sizeof(head) / sizeof(*head));
	}
	if (err)
		fprintf(stderr, "%s\n", msg);
	else
		printf("%llx\n", r0);
	vm_prog__free(prog);
	vm__free(vm);
	free(insns);
	return err ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct buffer code = { NULL, 0 }, mem = { NULL, 0 };
	const char *mem_text = "";
	char *text;
	int i, ret = 1;

	/* Where there are no options, older runners pass an empty one. */
	for (i = 1; i < argc; i++) {
		if (i == 1 && strncmp(argv[i], "--", 2)) {
			mem_text = argv[i];
		} else if (*argv[i]) {
			fprintf(stderr, "%s is not supported: conformance [MEMORY] < PROGRAM\n",
				argv[i]);
			return 1;
		}
	}
	text = read_all(stdin);
	if (!text || decode_base16(text, &code) || decode_base16(mem_text, &mem))
		fprintf(stderr, "not base16\n");
	else if (!code.nr || code.nr % sizeof(struct bpf_insn) || mem.nr >> 31)
		fprintf(stderr, "not whole instructions, or too much memory\n");
	else
		ret = run(&code, &mem);
	free(text);
	free(code.bytes);
	free(mem.bytes);
	return ret;
}
