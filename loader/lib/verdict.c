// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The verifier as a gate. What was proved is remembered by the digest of the object and of
 * the verifier, so that the same question is not answered twice; what was not proved is
 * judged again, because its findings are wanted.
 */
#define _GNU_SOURCE	/* dl_iterate_phdr() */
#include <elf.h>
#include <link.h>
#include <unistd.h>

#include "lib/cache.h"
#include "lib/digest.h"
#include "lib/verdict.h"

#define BUILD_ID_MAX	32

struct build_id {
	__u8 bytes[BUILD_ID_MAX];
	size_t size;
};

/* One note after the other: name and contents are padded to 4 bytes each. */
static void find_note(const __u8 *p, size_t size, struct build_id *id)
{
	ElfW(Nhdr) n;
	size_t name, desc;

	while (size >= sizeof(n)) {
		memcpy(&n, p, sizeof(n));
		name = sizeof(n) + (((size_t)n.n_namesz + 3) & ~(size_t)3);
		desc = ((size_t)n.n_descsz + 3) & ~(size_t)3;
		if (name > size || desc > size - name)
			return;
		if (n.n_type == NT_GNU_BUILD_ID && n.n_namesz == 4 &&
		    !memcmp(p + sizeof(n), "GNU", 4) && n.n_descsz <= BUILD_ID_MAX) {
			memcpy(id->bytes, p + name, n.n_descsz);
			id->size = n.n_descsz;
			return;
		}
		p += name + desc;
		size -= name + desc;
	}
}

/* Of the program or library that this code is in: the verifier is that, not its caller. */
static int read_build_id(struct dl_phdr_info *info, size_t size, void *priv)
{
	const ElfW(Addr) here = (ElfW(Addr))(unsigned long)&read_build_id;
	const ElfW(Phdr) *p;
	bool ours = false;
	size_t i;

	(void)size;
	for (i = 0; i < info->dlpi_phnum; i++) {
		p = &info->dlpi_phdr[i];
		ours |= p->p_type == PT_LOAD && here - info->dlpi_addr - p->p_vaddr < p->p_memsz;
	}
	for (i = 0; ours && i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_NOTE)
			find_note((const __u8 *)info->dlpi_addr + info->dlpi_phdr[i].p_vaddr,
				  info->dlpi_phdr[i].p_memsz, priv);
	return ours;
}

/*
 * The linker's build ID says which verifier it was, and which catalogue is built in: no
 * version has to be kept by hand. Without one nothing is remembered.
 */
static bool make_key(const struct luo_object *obj, char key[2 * LUO_DIGEST_SIZE + 1])
{
	__u8 all[2 * LUO_DIGEST_SIZE], digest[LUO_DIGEST_SIZE];
	struct build_id id = {};
	const void *bytes;
	size_t size;

	dl_iterate_phdr(read_build_id, &id);
	if (!id.size)
		return false;
	bytes = luo_object__bytes(obj, &size);
	luo_digest__bytes(bytes, size, all);
	luo_digest__bytes(id.bytes, id.size, all + LUO_DIGEST_SIZE);
	luo_digest__bytes(all, sizeof(all), digest);
	luo_digest__text(digest, key);
	return true;
}

static void make_entry(const char *key, char *text, size_t size)
{
	snprintf(text, size, "luo-bpf verdict 1\n%s\nproved\n", key);
}

/* Return: 0, -ENOMEM. */
static int judge(struct luo_object *obj, struct luo_verdict *v, int cache, bool skip)
{
	char key[2 * LUO_DIGEST_SIZE + 1], text[160];
	bool keep = cache >= 0 && make_key(obj, key);
	int err;

	if (keep) {
		make_entry(key, text, sizeof(text));
		v->verified = luo_cache__has(cache, key, text);
	}
	if (v->verified || skip)
		return 0;
	err = luo_verify(obj, &v->result);
	v->judged = true;
	if (err)
		return err;
	v->verified = v->result.verdict == VERIFY_PROVED;
	if (v->verified && keep)
		luo_cache__put(cache, key, text);
	return 0;
}

/**
 * luo_objects__judge - prove all objects of a list, or remember that it was done
 * @o: list; gets its verdicts
 * @skip: verify nothing, as --no-verify asks: only what is remembered counts as verified
 *
 * Return: 0; -EPERM when one is not proved and not to be skipped; -ENOMEM.
 */
int luo_objects__judge(struct luo_objects *o, bool skip)
{
	int cache, err = 0;
	bool all = true;
	size_t i;

	luo_verdicts__free(o->verdicts, o->nr);
	o->verdicts = calloc(o->nr ? o->nr : 1, sizeof(*o->verdicts));
	if (!o->verdicts)
		return -ENOMEM;
	cache = luo_cache__open();
	for (i = 0; i < o->nr && !err; i++) {
		err = judge(o->objects[i], &o->verdicts[i], cache, skip);
		all &= o->verdicts[i].verified;
	}
	if (cache >= 0)
		close(cache);
	return err ? err : all || skip ? 0 : -EPERM;
}

/* Whether object @i is proved; false when nobody has asked. */
bool luo_objects__verified(const struct luo_objects *o, size_t i)
{
	return o->verdicts && o->verdicts[i].verified;
}

/* Names of those that are not, with blanks between them. Return: their number. */
size_t luo_objects__unverified(const struct luo_objects *o, char *names, size_t size)
{
	size_t i, nr = 0, len = 0;

	names[0] = 0;
	for (i = 0; i < o->nr; i++) {
		if (luo_objects__verified(o, i))
			continue;
		if (len < size)
			len += snprintf(names + len, size - len, "%s%s", nr ? " " : "",
					luo_object__prog(o->objects[i])->name);
		nr++;
	}
	return nr;
}

void luo_verdicts__free(struct luo_verdict *v, size_t nr)
{
	size_t i;

	for (i = 0; v && i < nr; i++)
		if (v[i].judged)
			verify_result__free(&v[i].result);
	free(v);
}
