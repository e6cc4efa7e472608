// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <bpf/libbpf.h>

#include "cmd/cmd.h"
#include "cmd/spec.h"
#include "lib/layout.h"

/* A kernel that could not be opened. */
int cmd_kernel_error(const char *name, int err, const char *msg)
{
	return cmd_error(err == -ENOMEM || err == -EACCES || err == -EIO ? LUO_EXIT_ERROR :
			 LUO_EXIT_USAGE, name, "%s", msg);
}

/* Names may have neither ':' nor '@'; files may. */
static bool split_spec(const char *text, struct cmd_spec *s)
{
	const char *colon = strrchr(text, ':'), *at = strrchr(text, '@');
	const char *type = colon ? colon + 1 : text;
	size_t n;

	if (at && at < type)
		at = NULL;
	n = at ? (size_t)(at - type) : strlen(type);
	return n && n < sizeof(s->type) &&
	       snprintf(s->file, sizeof(s->file), "%.*s", colon ? (int)(colon - text) : 0,
			text) < (int)sizeof(s->file) &&
	       snprintf(s->type, sizeof(s->type), "%.*s", (int)n, type) < (int)sizeof(s->type) &&
	       snprintf(s->string, sizeof(s->string), "%s", at ? at + 1 : "") <
	       (int)sizeof(s->string);
}

/* The BTF of a file: ELF or raw, or what luo-load abi finds in it. */
static int open_btf(struct cmd_spec *s, const struct luo_type_set *set, char *msg, size_t msg_size)
{
	struct btf *btf = NULL;
	struct luo_abi *abi;
	const void *data;
	__u32 size;
	int err;

	/* What is no BTF for libbpf may still be a kernel. */
	libbpf_set_print(NULL);
	if (!luo_abi__is_file(s->file))
		btf = btf__parse(s->file, NULL);
	if (!btf) {
		err = luo_abi__open(&abi, s->file, NULL, set, msg, msg_size);
		if (err)
			return err;
		data = abi->btf ? btf__raw_data(abi->btf, &size) : NULL;
		btf = data ? btf__new(data, size) : NULL;
		luo_abi__free(abi);
	}
	if (!btf) {
		snprintf(msg, msg_size, "no BTF in it");
		return -EINVAL;
	}
	err = luo_types__new(&s->own, btf, s->file);
	if (err == -EINVAL)
		snprintf(msg, msg_size, "its BTF is damaged: a type leads back to itself");
	return err;
}

/**
 * cmd_spec_open - find a structure
 * @s: result, zero before; to be released with cmd_spec_close() also after a failure
 * @text: the argument
 * @set: the catalogue first
 *
 * Return: 0, or an exit code when all is said.
 */
int cmd_spec_open(struct cmd_spec *s, const char *text, const struct luo_type_set *set)
{
	char msg[400] = "no memory";
	__s32 id;
	int err;

	if (!split_spec(text, s))
		return cmd_error(LUO_EXIT_USAGE, text, "no [FILE:]STRUCT[@STRING]");
	err = *s->file ? open_btf(s, set, msg, sizeof(msg)) : 0;
	if (err)
		return cmd_kernel_error(s->file, err, msg);
	s->side.types = s->own ? s->own : set->types[0];
	s->side.string = s->string;
	id = luo_layout__find(luo_types__btf(s->side.types), s->type);
	if (id < 0)
		return cmd_error(LUO_EXIT_USAGE, text, "%s has no struct %s",
				 *s->file ? s->file : "the catalogue", s->type);
	s->side.id = id;
	return 0;
}

void cmd_spec_close(struct cmd_spec *s)
{
	luo_types__free(s->own);
}
