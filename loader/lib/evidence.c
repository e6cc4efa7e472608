// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/evidence.h"
#include "lib/store.h"

#define KEY_VERSION	"luo-evidence"
#define NEWEST		1
#define MAX_FILE	(16 << 20)
#define FLAGS		(JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

static const char *const kinds[LUO_NR_EVIDENCE] = {
	[LUO_EVIDENCE_VERIFIED] = "verified",
	[LUO_EVIDENCE_ROUND_TRIP] = "round-trip",
	[LUO_EVIDENCE_SNAPSHOT] = "snapshot",
	[LUO_EVIDENCE_KERNELS] = "kernels",
};

const char *luo_evidence__name(enum luo_evidence_kind kind)
{
	return kinds[kind];
}

/* Return: 0, -EINVAL. */
int luo_evidence__kind(const char *name, enum luo_evidence_kind *kind)
{
	enum luo_evidence_kind k;

	for (k = 0; k < LUO_NR_EVIDENCE; k++) {
		if (strcmp(kinds[k], name))
			continue;
		*kind = k;
		return 0;
	}
	return -EINVAL;
}

/* ---- making --------------------------------------------------------------------------- */

void luo_evidence__now(struct luo_evidence *e)
{
	time_t now = time(NULL);
	struct tm tm;

	if (gmtime_r(&now, &tm))
		strftime(e->when, sizeof(e->when), "%Y-%m-%dT%H:%M:%SZ", &tm);
}

/**
 * luo_evidence__add_step - an object that took part
 * @e: fact
 * @object: name of the program
 * @bytes: its file
 * @size: bytes of it
 *
 * Return: 0, -E2BIG.
 */
int luo_evidence__add_step(struct luo_evidence *e, const char *object, const void *bytes,
			   size_t size)
{
	struct luo_evidence_step *s = &e->steps[e->nr_steps];
	__u8 digest[LUO_DIGEST_SIZE];

	if (e->nr_steps == LUO_EVIDENCE_STEPS)
		return -E2BIG;
	snprintf(s->object, sizeof(s->object), "%s", object);
	luo_digest__bytes(bytes, size, digest);
	luo_digest__text(digest, s->digest);
	e->nr_steps++;
	return 0;
}

/**
 * luo_evidence__json - a fact as it stands in files
 * @e: fact
 * @all: keys without a value, too
 *
 * Return: an object that the caller owns.
 */
struct json_object *luo_evidence__json(const struct luo_evidence *e, bool all)
{
	const char *const values[][2] = {
		{ "kind", kinds[e->kind] }, { "result", e->passed ? "passed" : "failed" },
		{ "from", e->from }, { "to", e->to }, { "steps", NULL }, { "when", e->when },
		{ "by", e->by }, { "note", e->note },
	};
	struct json_object *o = json_object_new_object(), *list = json_object_new_array(), *s;
	size_t i;

	for (i = 0; i < e->nr_steps; i++) {
		s = json_object_new_object();
		json_object_object_add(s, "object", json_object_new_string(e->steps[i].object));
		json_object_object_add(s, "sha256", json_object_new_string(e->steps[i].digest));
		json_object_array_add(list, s);
	}
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (!values[i][1])
			json_object_object_add(o, values[i][0], list);
		else if (all || *values[i][1])
			json_object_object_add(o, values[i][0],
					       json_object_new_string(values[i][1]));
	return o;
}

/* In one piece, so that nobody ever reads half of it. */
static int write_line(int fd, bool first, const struct luo_evidence *e)
{
	struct json_object *o = luo_evidence__json(e, false);
	ssize_t n = -1;
	char *text;
	int len;

	len = asprintf(&text, "%s%s\n", first ? "{\"" KEY_VERSION "\":1}\n" : "",
		       json_object_to_json_string_ext(o, FLAGS));
	json_object_put(o);
	if (len < 0)
		return -ENOMEM;
	n = write(fd, text, len);
	free(text);
	return n < 0 ? -errno : n != len ? -ENOSPC : 0;
}

/* Nothing is added to a file that this program would not read. */
static int append(int fd, const char *path, const struct luo_evidence *e, char *msg,
		  size_t msg_size)
{
	struct luo_evidences old = {};
	struct stat st;
	int err;

	if (flock(fd, LOCK_EX) || fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size) {
		err = luo_evidences__read(&old, path, msg, msg_size);
		luo_evidences__free(&old);
		if (err)
			return err;
	}
	err = write_line(fd, !st.st_size, e);
	if (err && ftruncate(fd, st.st_size))
		return -errno;
	return err;
}

/**
 * luo_evidence__append - add a fact to a file
 * @path: evidence file, made when it is not there
 * @e: the fact
 * @msg: one line on failure, without @path
 * @msg_size: bytes of @msg
 *
 * Return: 0; -EINVAL for a file that is not evidence or of a newer version, and then it is
 * as it was; what open(2) and write(2) say; -ENOMEM.
 */
int luo_evidence__append(const char *path, const struct luo_evidence *e, char *msg,
			 size_t msg_size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	int err = fd < 0 ? -errno : 0;

	msg[0] = 0;
	if (!err)
		err = append(fd, path, e, msg, msg_size);
	if (fd >= 0 && close(fd) && !err)
		err = -errno;
	if (err && !msg[0])
		snprintf(msg, msg_size, "%s", strerror(-err));
	return err;
}

/* ---- reading -------------------------------------------------------------------------- */

struct reader {
	struct luo_evidence *e;
	const char *key;
	char *msg;
	size_t msg_size;
};

__attribute__((format(printf, 2, 3)))
static int bad(struct reader *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->msg, r->msg_size, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* The text of a key; too much of it is no text. */
static int take(struct reader *r, struct json_object *v, char *to, size_t size)
{
	if (!json_object_is_type(v, json_type_string))
		return bad(r, "\"%s\" is no text", r->key);
	if (snprintf(to, size, "%s", json_object_get_string(v)) >= (int)size)
		return bad(r, "\"%s\" is too long", r->key);
	return 0;
}

static int take_digest(struct reader *r, struct json_object *v, struct luo_evidence_step *s)
{
	int err = take(r, v, s->digest, sizeof(s->digest));

	if (!err && strspn(s->digest, "0123456789abcdef") != sizeof(s->digest) - 1)
		err = bad(r, "\"sha256\" is not 64 digits");
	return err;
}

static int take_step(struct reader *r, struct json_object *v)
{
	struct luo_evidence_step *s = &r->e->steps[r->e->nr_steps];
	int err = 0;

	if (r->e->nr_steps == LUO_EVIDENCE_STEPS)
		return bad(r, "more than %d steps", LUO_EVIDENCE_STEPS);
	if (!json_object_is_type(v, json_type_object))
		return bad(r, "a step is no object");
	json_object_object_foreach(v, key, value) {
		r->key = key;
		err = !strcmp(key, "object") ? take(r, value, s->object, sizeof(s->object)) :
		      !strcmp(key, "sha256") ? take_digest(r, value, s) :
		      bad(r, "\"%s\" of a step is not known here", key);
		if (err)
			return err;
	}
	if (!*s->object || !*s->digest)
		return bad(r, "a step needs \"object\" and \"sha256\"");
	r->e->nr_steps++;
	return 0;
}

static int take_steps(struct reader *r, struct json_object *v)
{
	size_t i, nr;
	int err = 0;

	if (!json_object_is_type(v, json_type_array))
		return bad(r, "\"steps\" is no list");
	nr = json_object_array_length(v);
	for (i = 0; i < nr && !err; i++)
		err = take_step(r, json_object_array_get_idx(v, i));
	return err;
}

static int take_kind(struct reader *r, struct json_object *v)
{
	char text[32];
	int err = take(r, v, text, sizeof(text));

	if (!err && luo_evidence__kind(text, &r->e->kind))
		err = bad(r, "kind '%s' is not known here: a newer luo-load may know it", text);
	return err;
}

static int take_result(struct reader *r, struct json_object *v)
{
	char text[32];
	int err = take(r, v, text, sizeof(text));

	if (err)
		return err;
	r->e->passed = !strcmp(text, "passed");
	return r->e->passed || !strcmp(text, "failed") ? 0 :
	       bad(r, "result '%s' is neither passed nor failed", text);
}

static int take_when(struct reader *r, struct json_object *v)
{
	static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
	struct luo_evidence *e = r->e;
	int err = take(r, v, e->when, sizeof(e->when));
	size_t i;

	if (err)
		return err;
	for (i = 0; i < sizeof(form); i++)
		if (form[i] == 'd' ? e->when[i] < '0' || e->when[i] > '9' : e->when[i] != form[i])
			return bad(r, "\"when\" is not like 2026-11-23T08:00:00Z");
	return 0;
}

static int take_key(struct reader *r, const char *key, struct json_object *v)
{
	struct luo_evidence *e = r->e;

	r->key = key;
	if (!strcmp(key, "kind"))
		return take_kind(r, v);
	if (!strcmp(key, "result"))
		return take_result(r, v);
	if (!strcmp(key, "steps"))
		return take_steps(r, v);
	if (!strcmp(key, "when"))
		return take_when(r, v);
	if (!strcmp(key, "from"))
		return take(r, v, e->from, sizeof(e->from));
	if (!strcmp(key, "to"))
		return take(r, v, e->to, sizeof(e->to));
	if (!strcmp(key, "by"))
		return take(r, v, e->by, sizeof(e->by));
	if (!strcmp(key, "note"))
		return take(r, v, e->note, sizeof(e->note));
	return bad(r, "\"%s\" is not known here: a newer luo-load may know it", key);
}

/* Which objects a kind is about. */
static int check_fact(struct reader *r)
{
	static const unsigned int steps[LUO_NR_EVIDENCE] = {
		[LUO_EVIDENCE_VERIFIED] = 1, [LUO_EVIDENCE_ROUND_TRIP] = 2,
	};
	const struct luo_evidence *e = r->e;

	if (steps[e->kind] && e->nr_steps != steps[e->kind])
		return bad(r, "'%s' is about %u object%s", kinds[e->kind], steps[e->kind],
			   steps[e->kind] == 1 ? "" : "s");
	if (!steps[e->kind] && (!*e->from || !*e->to))
		return bad(r, "'%s' needs \"from\" and \"to\"", kinds[e->kind]);
	return 0;
}

static int read_fact(struct luo_evidences *all, struct json_object *o, struct reader *r)
{
	static const char *const needed[] = { "kind", "result", "steps", "when" };
	struct luo_evidence **list;
	size_t i;
	int err;

	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!json_object_object_get_ex(o, needed[i], NULL))
			return bad(r, "no \"%s\"", needed[i]);
	if (all->nr == all->cap) {
		list = realloc(all->list, (2 * all->cap + 16) * sizeof(*list));
		if (!list)
			return -ENOMEM;
		all->list = list;
		all->cap = 2 * all->cap + 16;
	}
	r->e = calloc(1, sizeof(*r->e));
	if (!r->e)
		return -ENOMEM;
	all->list[all->nr++] = r->e;
	json_object_object_foreach(o, key, value) {
		err = take_key(r, key, value);
		if (err)
			return err;
	}
	return check_fact(r);
}

/* The first line, and nothing else in it. */
static int read_version(struct json_object *o, struct reader *r)
{
	struct json_object *v;

	if (!json_object_object_get_ex(o, KEY_VERSION, &v) ||
	    !json_object_is_type(v, json_type_int))
		return bad(r, "not evidence (first line {\"" KEY_VERSION "\":1})");
	if (json_object_get_int64(v) > NEWEST)
		return bad(r, "evidence of version %lld, this luo-load knows versions up to %d: "
			   "use a newer one", (long long)json_object_get_int64(v), NEWEST);
	if (json_object_get_int64(v) != NEWEST || json_object_object_length(o) != 1)
		return bad(r, "not evidence (first line {\"" KEY_VERSION "\":1})");
	return 0;
}

/* A whole line that is one JSON object. */
static struct json_object *parse(const char *text, ssize_t len)
{
	struct json_tokener *t;
	struct json_object *o;

	if (text[len - 1] != '\n' || memchr(text, 0, len))
		return NULL;
	t = json_tokener_new();
	if (!t)
		return NULL;
	json_tokener_set_flags(t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(t, text, len - 1);
	json_tokener_free(t);
	if (json_object_is_type(o, json_type_object))
		return o;
	json_object_put(o);
	return NULL;
}

static int read_lines(struct luo_evidences *all, FILE *f, struct reader *r)
{
	struct json_object *o;
	char *text = NULL;
	size_t size = 0, line = 0;
	ssize_t len;
	int err = 0;

	while (!err && (len = getline(&text, &size, f)) > 0) {
		o = parse(text, len);
		err = !line++ ? read_version(o, r) :
		      !o ? bad(r, "it is no JSON object, or cut short") : read_fact(all, o, r);
		json_object_put(o);
	}
	free(text);
	if (!err && ferror(f))
		return bad(r, "%s", strerror(errno));
	if (!err && !line)
		return read_version(NULL, r);
	if (err == -EINVAL && line > 1) {
		char why[200];

		snprintf(why, sizeof(why), "%.199s", r->msg);
		return bad(r, "line %zu: %s", line, why);
	}
	return err;
}

/**
 * luo_evidences__read - read an evidence file
 * @all: gets its facts, behind those that are there; to be released, also after a failure
 * @path: file
 * @msg: one line on failure, without @path
 * @msg_size: bytes of @msg
 *
 * Return: 0; -EINVAL for what is not evidence, damaged, of a newer version, or has
 * something in it that this program does not know; what open(2) says; -ENOMEM.
 */
int luo_evidences__read(struct luo_evidences *all, const char *path, char *msg, size_t msg_size)
{
	struct reader r = { .msg = msg, .msg_size = msg_size };
	struct stat st;
	int err = 0;
	FILE *f;

	snprintf(msg, msg_size, "no memory");
	f = fopen(path, "re");
	if (!f || fstat(fileno(f), &st)) {
		err = -errno;
		snprintf(msg, msg_size, "%s", strerror(-err));
	} else if (!S_ISREG(st.st_mode) || st.st_size > MAX_FILE) {
		err = bad(&r, "not a file of less than %d MiB", MAX_FILE >> 20);
	}
	if (!err)
		err = read_lines(all, f, &r);
	if (f)
		fclose(f);
	return err;
}

/**
 * luo_evidences__read_installed - read what lies beside the installed objects
 * @all: gets the facts
 * @where: gets the file that @msg is about
 * @where_size: bytes of @where
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * Return: as luo_evidences__read(); 0 when nothing is installed.
 */
int luo_evidences__read_installed(struct luo_evidences *all, char *where, size_t where_size,
				  char *msg, size_t msg_size)
{
	struct luo_store store;
	size_t i;
	int err;

	snprintf(where, where_size, "evidence");
	err = luo_store__open(&store, LUO_SUFFIX_EVIDENCE, msg, msg_size);
	if (err == -ENOENT)
		err = 0;
	for (i = 0; i < store.nr && !err; i++) {
		if (!luo_store__is_used(store.entries[i]))
			continue;
		snprintf(where, where_size, "%s", store.entries[i]->path);
		err = luo_evidences__read(all, where, msg, msg_size);
	}
	luo_store__free(&store);
	return err;
}

void luo_evidences__free(struct luo_evidences *all)
{
	size_t i;

	for (i = 0; i < all->nr; i++)
		free(all->list[i]);
	free(all->list);
	memset(all, 0, sizeof(*all));
}
