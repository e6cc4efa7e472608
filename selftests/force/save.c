// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * An object with other code as a file: the relocated instructions in place of the old ones,
 * and no relocations. luo-load takes it; a kernel would not.
 */
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "force.h"

int save_object(const struct luo_object *obj, const char *path)
{
	size_t nr, size, names, entry = 0, text = 0, entry_size = 0, text_size = 0;
	const struct bpf_insn *insns = luo_object__insns(obj, &nr);
	const void *bytes = luo_object__bytes(obj, &size);
	__u8 *copy = malloc(size);
	Elf64_Ehdr *eh = (void *)copy;
	Elf64_Shdr *sh;
	unsigned int i;
	int err = -EINVAL;
	FILE *f;

	if (!copy)
		return -ENOMEM;
	memcpy(copy, bytes, size);
	sh = (void *)(copy + eh->e_shoff);
	names = sh[eh->e_shstrndx].sh_offset;
	for (i = 0; i < eh->e_shnum; i++) {
		const char *name = (char *)copy + names + sh[i].sh_name;

		if (sh[i].sh_type == SHT_REL)
			sh[i].sh_type = SHT_NOTE;
		else if (!strncmp(name, "struct_ops.s/", 13))
			entry = sh[i].sh_offset, entry_size = sh[i].sh_size;
		else if (!strcmp(name, ".text"))
			text = sh[i].sh_offset, text_size = sh[i].sh_size;
	}
	if (entry_size + text_size == nr * sizeof(*insns)) {
		memcpy(copy + entry, insns, entry_size);
		memcpy(copy + text, (const __u8 *)insns + entry_size, text_size);
		f = fopen(path, "we");
		err = f && fwrite(copy, 1, size, f) == size ? 0 : -errno;
		if (f && fclose(f))
			err = -errno;
	}
	free(copy);
	return err;
}
