// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Damaged object files: the reader and the verifier have to say so, or live with it. */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "force.h"

/* A section of the file, most often one that is read closely; else all of it. */
static void choose(struct rng *r, const __u8 *file, size_t size, size_t *off, size_t *len)
{
	const Elf64_Ehdr *eh = (const void *)file;
	const Elf64_Shdr *sh = (const void *)(file + eh->e_shoff);
	unsigned int i = rng__below(r, eh->e_shnum), tries = 40;

	*off = 0;
	*len = size;
	if (!rng__below(r, 6)) {
		*off = rng__below(r, 2) ? 0 : eh->e_shoff;
		*len = *off ? size - *off : sizeof(*eh);
		return;
	}
	while (tries-- && (sh[i].sh_type == SHT_NOBITS || !sh[i].sh_size ||
			   strstr((const char *)file + sh[eh->e_shstrndx].sh_offset +
				  sh[i].sh_name, "debug")))
		i = rng__below(r, eh->e_shnum);
	if (sh[i].sh_type == SHT_NOBITS || sh[i].sh_offset + sh[i].sh_size > size ||
	    !sh[i].sh_size)
		return;
	*off = sh[i].sh_offset;
	*len = sh[i].sh_size;
}

static void damage(struct rng *r, const __u8 *good, __u8 *file, size_t *size)
{
	static const __u32 odd[] = { 0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xffff, 0x10000 };
	unsigned int n = 1 + rng__below(r, 6);
	size_t off, len, at;
	__u32 v;

	while (n--) {
		choose(r, good, *size, &off, &len);
		at = off + rng__below(r, len);
		v = odd[rng__below(r, sizeof(odd) / sizeof(odd[0]))];
		switch (rng__below(r, 5)) {
		case 0:
			file[at] = rng__next(r);
			break;
		case 1:
			file[at] ^= 1 << rng__below(r, 8);
			break;
		case 2:
			at &= ~3ULL;
			if (at + 4 <= *size)
				memcpy(file + at, &v, 4);
			break;
		case 3:
			at &= ~3ULL;
			if (at + 4 <= *size) {
				memcpy(&v, file + at, 4);
				v += (__u32)rng__below(r, 9) - 4;
				memcpy(file + at, &v, 4);
			}
			break;
		default:
			/* A piece of it again, somewhere else. */
			len = len < 64 ? len : 1 + rng__below(r, 64);
			if (off + len <= *size && at + len <= *size)
				memmove(file + at, file + off, len);
		}
	}
	if (!rng__below(r, 20))
		*size = rng__below(r, *size);
}

/* Return: what the verifier says, or -1 when the object is not taken. */
int fuzz_once(struct rng *r, const struct luo_object *obj, const char *path)
{
	size_t size, nr;
	const __u8 *good = luo_object__bytes(obj, &size);
	const struct vm_call *calls = luo_engine__calls(&nr);
	__u8 *file = malloc(size);
	struct luo_object *bad = NULL;
	struct verify_result res;
	char msg[512];
	int verdict = -1;
	FILE *f;

	if (!file)
		return -1;
	memcpy(file, good, size);
	damage(r, good, file, &size);
	f = fopen(path, "we");
	if (f && fwrite(file, 1, size, f) == size && !fclose(f) &&
	    !luo_object__open(&bad, path, calls, nr, msg, sizeof(msg))) {
		if (!luo_verify(bad, &res))
			verdict = res.verdict;
		verify_result__free(&res);
		luo_object__free(bad);
	}
	free(file);
	return verdict;
}
