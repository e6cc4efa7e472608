// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Profile files. bpf-progs/README.md describes both versions: 1 is written by people, 2 by
 * luo-load abi. Whoever meets a newer version, or a word that it does not know, refuses.
 */
#include <ctype.h>
#include <nettle/base64.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/abi.h"
#include "lib/text_file.h"

#define NAME		"profile"
#define NEWEST		2
#define MAX_WORDS	8
#define MAX_BTF		(16 << 20)
#define COLUMNS		76

struct parser {
	struct luo_text t;
	struct luo_abi *abi;
	int version;
	bool ended;
};

#define bad(p, ...)	luo_text__bad(&(p)->t, __VA_ARGS__)

/* ---- reading: tables ------------------------------------------------------------------ */

static int copy_word(struct parser *p, char *to, size_t size, const char *word)
{
	if (snprintf(to, size, "%s", strcmp(word, "-") ? word : "") < (int)size)
		return 0;
	return bad(p, "'%s' is too long", word);
}

/* A later format replaces what the base says about the same family and place. */
static void forget(struct luo_abi *abi, const char *family, const char *space)
{
	size_t i;

	for (i = 0; i < abi->nr; i++) {
		struct luo_fact *f = &abi->facts[i];

		if (strcmp(f->family, family) || strcmp(f->space, space))
			continue;
		memmove(f, f + 1, (abi->nr - i - 1) * sizeof(*f));
		abi->nr--;
		return;
	}
}

static int read_mark(struct parser *p, struct luo_fact *f, const char *word)
{
	enum luo_mark mark;

	for (mark = 0; mark < LUO_NR_MARKS; mark++)
		if (!strcmp(luo_mark__name(mark), word))
			break;
	if (mark == LUO_NR_MARKS)
		return bad(p, "'%s' is neither catalogue, declared nor inferred", word);
	f->mark = mark;
	return 0;
}

/* "value", "module=NAME", "absent-module=NAME" */
static int read_extra(struct parser *p, struct luo_fact *f, const char *word)
{
	if (!strcmp(word, "value")) {
		f->value = true;
		return 0;
	}
	if (!strncmp(word, "absent-module=", 14)) {
		f->absent = true;
		return copy_word(p, f->module, sizeof(f->module), word + 14);
	}
	if (!strncmp(word, "module=", 7))
		return copy_word(p, f->module, sizeof(f->module), word + 7);
	return bad(p, "'%s' is not known here", word);
}

/* format FAMILY STRING SPACE SUBTREE STRUCT [MARK [MORE..]] */
static int read_format(struct parser *p, char **w, int nr)
{
	struct luo_fact *f;
	int i, err;

	if (p->version == 1 ? nr != 6 : nr < 7)
		return bad(p, "'format' needs %s",
			   p->version == 1 ? "FAMILY STRING SPACE SUBTREE STRUCT" :
					     "FAMILY STRING SPACE SUBTREE STRUCT MARK");
	if (p->version == 1)
		forget(p->abi, w[1], w[3]);
	f = luo_abi__add(p->abi);
	if (!f)
		return -ENOMEM;
	f->mark = LUO_DECLARED;
	err = copy_word(p, f->family, sizeof(f->family), w[1]) ?:
	      copy_word(p, f->string, sizeof(f->string), w[2]) ?:
	      copy_word(p, f->space, sizeof(f->space), w[3]) ?:
	      copy_word(p, f->subtree, sizeof(f->subtree), w[4]) ?:
	      copy_word(p, f->type, sizeof(f->type), w[5]);
	if (!err && nr > 6)
		err = read_mark(p, f, w[6]);
	for (i = 7; i < nr && !err; i++)
		err = read_extra(p, f, w[i]);
	return err;
}

static int read_base(struct parser *p, const char *release)
{
	const struct luo_release *r = luo_catalogue__release(release);
	const struct luo_row *row = NULL;

	if (!r)
		return bad(p, "base '%s' is not in the catalogue", release);
	p->abi->base = r;
	while ((row = luo_catalogue__next(row)))
		if (row->releases & r->bit && !luo_abi__add_row(p->abi, row, LUO_CATALOGUE))
			return -ENOMEM;
	return 0;
}

static const struct {
	const char *key;
	size_t offset;
} options[] = {
	{ "thp", offsetof(struct luo_kconfig, thp) },
	{ "deferred", offsetof(struct luo_kconfig, deferred) },
	{ "liveupdate", offsetof(struct luo_kconfig, liveupdate) },
	{ "kho", offsetof(struct luo_kconfig, kho) },
};

#define NR_OPTIONS	(sizeof(options) / sizeof(options[0]))

static enum luob_known *option(struct luo_kconfig *c, size_t i)
{
	return (enum luob_known *)((char *)c + options[i].offset);
}

static int read_build(struct parser *p, const char *key, const char *value)
{
	struct luo_kconfig *c = &p->abi->config;
	char *end;
	size_t i;

	if (!strcmp(key, "page-size")) {
		c->page_size = strtoul(value, &end, 10);
		return *end || c->page_size > 65536 ? bad(p, "'%s' is no page size", value) : 0;
	}
	if (!strcmp(key, "from"))
		return copy_word(p, p->abi->config_from, sizeof(p->abi->config_from), value);
	for (i = 0; i < NR_OPTIONS; i++)
		if (!strcmp(options[i].key, key))
			break;
	if (i == NR_OPTIONS)
		return bad(p, "build '%s' is not known here", key);
	if (strcmp(value, "yes") && strcmp(value, "no"))
		return bad(p, "'%s' is neither yes nor no", value);
	*option(c, i) = !strcmp(value, "yes") ? LUOB_YES : LUOB_NO;
	return 0;
}

/* ---- reading: BTF --------------------------------------------------------------------- */

/* Lines of base64 up to "end". */
static int read_base64(struct parser *p, __u8 *data, size_t size)
{
	struct base64_decode_ctx ctx;
	size_t at = 0, n;

	base64_decode_init(&ctx);
	while (fgets(p->t.text, sizeof(p->t.text), p->t.f)) {
		p->t.line++;
		if (!strcmp(p->t.text, "end\n")) {
			p->ended = true;
			return at == size && base64_decode_final(&ctx) ? 0 :
			       bad(p, "the BTF is cut short");
		}
		/* There is room for a line more than was promised. */
		if (!base64_decode_update(&ctx, &n, data + at, strlen(p->t.text), p->t.text))
			return bad(p, "no base64");
		at += n;
		if (at > size)
			return bad(p, "more BTF than promised");
	}
	return bad(p, "the file is cut short");
}

static int read_btf(struct parser *p, const char *bytes)
{
	char *end;
	size_t size = strtoul(bytes, &end, 10);
	__u8 *data;
	int err;

	if (*end || !size || size > MAX_BTF)
		return bad(p, "'%s' is no size", bytes);
	data = malloc(size + LUO_TEXT_LINE);
	if (!data)
		return -ENOMEM;
	err = read_base64(p, data, size);
	if (!err) {
		p->abi->btf = btf__new(data, size);
		if (!p->abi->btf)
			err = bad(p, "the BTF is damaged");
	}
	free(data);
	return err;
}

/* ---- reading: lines ------------------------------------------------------------------- */

static int read_words_2(struct parser *p, char **w, int nr)
{
	if (nr == 3 && !strcmp(w[0], "build"))
		return read_build(p, w[1], w[2]);
	if (nr == 2 && !strcmp(w[0], "word"))
		return strlen(w[1]) < LUO_ABI_WORD ? luo_abi__add_word(p->abi, w[1]) :
						     bad(p, "'%s' is too long", w[1]);
	if (nr == 3 && !strcmp(w[0], "source"))
		return copy_word(p, p->abi->digest, sizeof(p->abi->digest), w[2]);
	if (nr == 2 && !strcmp(w[0], "btf"))
		return read_btf(p, w[1]);
	if (nr == 1 && !strcmp(w[0], "end")) {
		p->ended = true;
		return 0;
	}
	return bad(p, "'%s' is not known here, or lacks something: a newer luo-load may know",
		   w[0]);
}

static int read_words(struct parser *p, char **w, int nr)
{
	if (nr == 2 && !strcmp(w[0], "release"))
		return copy_word(p, p->abi->release, sizeof(p->abi->release), w[1]);
	if (!strcmp(w[0], "format"))
		return read_format(p, w, nr);
	if (p->version == 2)
		return read_words_2(p, w, nr);
	if (nr == 2 && !strcmp(w[0], "base"))
		return read_base(p, w[1]);
	return bad(p, "'%s' is no line of a profile (release, base, format)", w[0]);
}

static int read_line(struct parser *p)
{
	/* Behind a word only in version 1: names may have a '#'. */
	const char *end = p->version == 1 || *p->t.text == '#' ? "#\n" : "\n";
	char *w[MAX_WORDS] = {};
	int nr = luo_text__words(&p->t, end, w, MAX_WORDS);

	if (nr > 0 && p->ended)
		return bad(p, "something behind 'end'");
	return nr > 0 ? read_words(p, w, nr) : nr;
}

static int read_lines(struct parser *p)
{
	int err = 0;

	while (!err && fgets(p->t.text, sizeof(p->t.text), p->t.f)) {
		p->t.line++;
		err = read_line(p);
	}
	if (!err)
		err = luo_text__finish(&p->t);
	if (!err && p->version == 2 && !p->ended)
		err = bad(p, "the file is cut short: no line 'end'");
	if (!err && !*p->abi->release)
		err = bad(p, "no line 'release'");
	return err;
}

/* Does the file begin like a profile? */
bool luo_abi__is_file(const char *path)
{
	char text[sizeof("luo-" NAME " ")] = "";
	struct stat st;
	bool is;
	FILE *f;

	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return false;
	f = fopen(path, "re");
	is = f && fgets(text, sizeof(text), f) && !strcmp(text, "luo-" NAME " ");
	if (f)
		fclose(f);
	return is;
}

/**
 * luo_abi__file - read a profile file
 * @abi: result
 * @path: the file
 * @catalogue: formats that are marked "catalogue" are compared with it again; NULL does not
 * @msg: one line on failure, without @path
 * @msg_size: bytes of @msg
 *
 * Return: 0, -EINVAL for what is no profile, damaged or of a newer version, what open(2)
 * says, -ENOMEM.
 */
int luo_abi__file(struct luo_abi **abi, const char *path, struct luo_types *catalogue, char *msg,
		  size_t msg_size)
{
	struct parser p = {};
	int err;

	err = luo_text__open(&p.t, path, msg, msg_size);
	if (err)
		return err;
	p.abi = luo_abi__new("profile");
	p.version = p.abi ? luo_text__version(&p.t, NAME, NEWEST) : -ENOMEM;
	err = p.version < 0 ? p.version : 0;
	if (!err && p.version == 1)
		snprintf(p.abi->release, sizeof(p.abi->release), "%.31s", path);
	if (!err)
		err = read_lines(&p);
	fclose(p.t.f);
	if (err) {
		luo_abi__free(p.abi);
		return err;
	}
	/* Version 1 is a person's word, and has no structures to compare. */
	if (p.version > 1 && luo_abi__add_ours(p.abi)) {
		luo_abi__free(p.abi);
		return -ENOMEM;
	}
	if (p.version > 1 && catalogue)
		luo_abi__judge(p.abi, catalogue);
	*abi = p.abi;
	return 0;
}

/* ---- writing -------------------------------------------------------------------------- */

static const char *word(const char *s)
{
	return *s ? s : "-";
}

static void write_build(FILE *f, const struct luo_abi *abi)
{
	struct luo_kconfig c = abi->config;
	size_t i;

	if (c.page_size)
		fprintf(f, "build page-size %u\n", c.page_size);
	for (i = 0; i < NR_OPTIONS; i++)
		if (*option(&c, i) != LUOB_UNKNOWN)
			fprintf(f, "build %s %s\n", options[i].key,
				*option(&c, i) == LUOB_YES ? "yes" : "no");
	/* A path of the machine that wrote it means nothing to others. */
	if (!strcmp(abi->config_from, "IKCONFIG"))
		fprintf(f, "build from IKCONFIG\n");
	else if (*abi->config_from)
		fprintf(f, "build from file\n");
}

static void write_format(FILE *f, const struct luo_fact *a)
{
	fprintf(f, "format %s %s %s %s %s %s", word(a->family), word(a->string), word(a->space),
		word(a->subtree), word(a->type), luo_mark__name(a->mark));
	if (a->value)
		fputs(" value", f);
	if (*a->module)
		fprintf(f, " %s=%s", a->absent ? "absent-module" : "module", a->module);
	fputc('\n', f);
}

static void write_btf(FILE *f, const struct btf *btf)
{
	const __u8 *data;
	char text[BASE64_ENCODE_RAW_LENGTH(COLUMNS)];
	__u32 size, at, n;

	data = btf ? btf__raw_data(btf, &size) : NULL;
	if (!data)
		return;
	fprintf(f, "btf %u\n", size);
	for (at = 0; at < size; at += n) {
		n = size - at < COLUMNS / 4 * 3 ? size - at : COLUMNS / 4 * 3;
		base64_encode_raw(text, n, data + at);
		fprintf(f, "%.*s\n", (int)BASE64_ENCODE_RAW_LENGTH(n), text);
	}
}

static int write_all(FILE *f, const struct luo_abi *abi)
{
	size_t i;

	fprintf(f, "luo-" NAME " %d\n", NEWEST);
	fprintf(f, "# What this kernel reads and writes, made by luo-load abi. Described in\n"
		   "# bpf-progs/README.md of luo-bpf.\n");
	fprintf(f, "release %s\n", abi->release);
	if (*abi->digest)
		fprintf(f, "source sha256 %s\n", abi->digest);
	write_build(f, abi);
	/* What is ours is whatever the reader of the file has. */
	for (i = 0; i < abi->nr; i++)
		if (!luo_fact__is_ours(&abi->facts[i]))
			write_format(f, &abi->facts[i]);
	for (i = 0; i < abi->nr_words; i++)
		fprintf(f, "word %s\n", abi->words[i]);
	write_btf(f, abi->btf);
	fputs("end\n", f);
	return fflush(f) || ferror(f) ? -errno : 0;
}

/**
 * luo_abi__write - save what is known about a kernel
 * @abi: the kernel
 * @path: file to write, replaced when it is complete
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * Return: 0, or what open(2), write(2) and rename(2) say.
 */
int luo_abi__write(const struct luo_abi *abi, const char *path, char *msg, size_t msg_size)
{
	char part[4096];
	int err = -ENAMETOOLONG;
	FILE *f = NULL;

	if (snprintf(part, sizeof(part), "%s.part", path) < (int)sizeof(part)) {
		f = fopen(part, "we");
		err = f ? write_all(f, abi) : -errno;
	}
	if (f && fclose(f) && !err)
		err = -errno;
	if (!err && rename(part, path))
		err = -errno;
	if (err) {
		snprintf(msg, msg_size, "%s", strerror(-err));
		if (f)
			unlink(part);
	}
	return err;
}
