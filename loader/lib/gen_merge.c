// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Generated files are generated again: blocks between "gen: KIND NAME" and "gen: end" are
 * people's and stay, the rest is replaced. A checksum of the rest, in the last line, tells
 * whether somebody wrote outside of the blocks; that is refused, not overwritten.
 */
#define _GNU_SOURCE
#include <ctype.h>

#include "lib/gen_int.h"

#define BEGIN	"/* gen: "
#define END	"/* gen: end */"
#define SUM	"/* gen: sum "

/* A line, without its end. Return: the next, or NULL behind the last. */
static const char *line_of(const char *p, const char *end, size_t *len)
{
	const char *nl;

	if (p >= end)
		return NULL;
	nl = memchr(p, '\n', end - p);
	*len = (nl ? nl : end) - p;
	return nl ? nl + 1 : end;
}

static bool has(const char *line, size_t len, const char *word)
{
	size_t n = strlen(word);

	/* A script has its comments behind "# ". */
	if (len > 1 && !strncmp(line, "# ", 2)) {
		line += 2;
		len -= 2;
	}
	while (len && isspace((unsigned char)*line)) {
		line++;
		len--;
	}
	return len >= n && !strncmp(line, word, n);
}

/* "INIT memfd_luo_ser.seals" of the line that begins a block. */
static bool key_of(const char *line, size_t len, char *key, size_t size)
{
	const char *p = memmem(line, len, BEGIN, strlen(BEGIN));
	size_t n = 0, words = 0;

	if (!p || has(line, len, END) || has(line, len, SUM))
		return false;
	p += strlen(BEGIN);
	len -= p - line;
	while (n < len && n + 1 < size && p[n] != ':' && p[n] != '*' &&
	       (p[n] != ' ' || ++words < 2)) {
		key[n] = p[n];
		n++;
	}
	while (n && key[n - 1] == ' ')
		n--;
	key[n] = 0;
	return n;
}

/* One block of a text: @key, and what is between its lines. */
struct block {
	char key[160];
	const char *body;
	size_t size;
	bool used;
};

struct blocks {
	struct block *list;
	size_t nr;
	size_t cap;
};

static int read_blocks(struct blocks *b, const char *text, size_t size)
{
	const char *p = text, *end = text + size, *next;
	struct block *open = NULL;
	char key[160];
	size_t len;

	for (; (next = line_of(p, end, &len)); p = next) {
		if (open && has(p, len, END)) {
			open->size = p - open->body;
			open = NULL;
			continue;
		}
		if (open || !key_of(p, len, key, sizeof(key)))
			continue;
		open = luob_grow(b->list, b->nr, &b->cap, sizeof(*open));
		if (!open)
			return -ENOMEM;
		b->list = open;
		open += b->nr++;
		memset(open, 0, sizeof(*open));
		memcpy(open->key, key, sizeof(key));
		open->body = next;
	}
	return open ? -EINVAL : 0;
}

static struct block *find(struct blocks *b, const char *key)
{
	size_t i;

	for (i = 0; i < b->nr; i++)
		if (!strcmp(b->list[i].key, key) && !b->list[i].used)
			return &b->list[i];
	return NULL;
}

/* Of everything outside of blocks, but the line of the sum itself. */
static __u64 sum_of(const char *text, size_t size, __u64 *said)
{
	const char *p = text, *end = text + size, *next;
	__u64 fp = LUOB_FP_INIT;
	bool inside = false;
	char key[160];
	size_t len;

	*said = 0;
	for (; (next = line_of(p, end, &len)); p = next) {
		if (has(p, len, SUM)) {
			*said = strtoull(strstr(p, SUM) + strlen(SUM), NULL, 16);
			continue;
		}
		if (inside && has(p, len, END))
			inside = false;
		if (!inside)
			fp = luob_fp_bytes(fp, p, len);
		if (!inside && key_of(p, len, key, sizeof(key)))
			inside = true;
	}
	return fp;
}

/* The last line. Return: 0, -ENOMEM. */
int gen__seal(struct gen_file *file)
{
	char line[64], *p;
	__u64 said;

	snprintf(line, sizeof(line), "%s" SUM "%016llx */\n",
		 strstr(file->name, ".py") ? "# " : "",
		 (unsigned long long)sum_of(file->text, file->size, &said));
	p = realloc(file->text, file->size + strlen(line) + 1);
	if (!p)
		return -ENOMEM;
	memcpy(p + file->size, line, strlen(line) + 1);
	file->text = p;
	file->size += strlen(line);
	return 0;
}

static bool is_blank(const char *p, size_t n)
{
	while (n && isspace((unsigned char)*p)) {
		p++;
		n--;
	}
	return !n;
}

/* Blocks that nothing asks for any more: somebody's work all the same. */
static void write_unused(FILE *f, const struct blocks *b)
{
	size_t i;

	for (i = 0; i < b->nr; i++) {
		const struct block *k = &b->list[i];

		if (k->used || is_blank(k->body, k->size) ||
		    memmem(k->body, k->size, "#error", 6))
			continue;
		fprintf(f, "\n#if 0 /* no longer asked for: %s */\n%.*s#endif\n", k->key,
			(int)k->size, k->body);
	}
}

static unsigned int write_merged(FILE *f, const struct gen_file *file, struct blocks *old)
{
	const char *p = file->text, *end = p + file->size, *next;
	struct block *b = NULL;
	unsigned int kept = 0;
	bool inside = false;
	char key[160];
	size_t len;

	for (; (next = line_of(p, end, &len)); p = next) {
		if (inside && has(p, len, END)) {
			if (b)
				fwrite(b->body, 1, b->size, f);
			inside = false;
			b = NULL;
		}
		if (!inside || !b)
			fwrite(p, 1, next - p, f);
		if (inside || !key_of(p, len, key, sizeof(key)))
			continue;
		inside = true;
		b = find(old, key);
		if (b) {
			b->used = true;
			kept += !is_blank(b->body, b->size) &&
				!memmem(b->body, b->size, "#error", 6);
		}
	}
	write_unused(f, old);
	return kept;
}

static unsigned int count_stubs(const struct gen_file *file)
{
	const char *p = file->text, *end = p + file->size, *next;
	unsigned int n = 0;
	size_t len;

	for (; (next = line_of(p, end, &len)); p = next)
		n += has(p, len, "#error");
	return n;
}

/**
 * gen__merge - take people's blocks over from the file that was there
 * @file: newly generated, not sealed
 * @old: the file as it is
 * @old_size: bytes of @old
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * Return: 0, -EEXIST for a file that gen did not write or that was changed outside of the
 * blocks, -ENOMEM.
 */
int gen__merge(struct gen_file *file, const char *old, size_t old_size, char *msg,
	       size_t msg_size)
{
	struct blocks b = {};
	char *text = NULL;
	size_t size = 0;
	__u64 said, is;
	FILE *f;
	int err;

	is = sum_of(old, old_size, &said);
	if (is != said || read_blocks(&b, old, old_size)) {
		free(b.list);
		snprintf(msg, msg_size,
			 said ? "was changed outside of its blocks: it is left alone" :
				"exists, and was not written by gen");
		return -EEXIST;
	}
	f = open_memstream(&text, &size);
	err = f ? 0 : -ENOMEM;
	if (f) {
		file->kept = write_merged(f, file, &b);
		err = fclose(f) ? -ENOMEM : 0;
	}
	free(b.list);
	if (err) {
		free(text);
		return err;
	}
	free(file->text);
	file->text = text;
	file->size = size;
	file->stubs = count_stubs(file);
	return 0;
}
