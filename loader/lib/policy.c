// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Policy files, as luo-bpf-policy(5) describes them. */
#include <errno.h>
#include <sys/stat.h>

#include "lib/policy.h"
#include "lib/store.h"
#include "lib/text_file.h"

#define NEWEST		1
#define MAX_KERNELS	256

struct parser {
	struct luo_text t;
	struct luo_policy *p;
	const char *path;
};

#define bad(p, ...)	luo_text__bad(&(p)->t, __VA_ARGS__)

/* ---- lines ---------------------------------------------------------------------------- */

/* Files are named from where the policy lies; what is no file is a release. */
static int kernel_name(struct parser *p, char *to, size_t size, const char *word)
{
	const char *slash = *word == '/' ? NULL : strrchr(p->path, '/');
	struct stat st;

	if (slash && snprintf(to, size, "%.*s/%s", (int)(slash - p->path), p->path,
			      word) < (int)size && !stat(to, &st) && !S_ISDIR(st.st_mode))
		return 0;
	return snprintf(to, size, "%s", word) < (int)size ? 0 : bad(p, "'%s' is too long", word);
}

static int find_kernel(struct parser *p, const char *word, size_t *at)
{
	char name[sizeof(p->p->kernels->name)];
	int err = kernel_name(p, name, sizeof(name), word);
	size_t i;

	for (i = 0; i < p->p->nr_kernels && !err; i++) {
		if (strcmp(p->p->kernels[i].name, name))
			continue;
		*at = i;
		return 0;
	}
	return err ? err : bad(p, "no line above says 'kernel %s'", word);
}

/* kernel NAME [stable] */
static int read_kernel(struct parser *p, char **w, int nr)
{
	struct luo_policy_kernel *k;
	size_t at;

	if (nr < 2 || nr > 3 || (nr == 3 && strcmp(w[2], "stable")))
		return bad(p, "'kernel' needs NAME [stable]");
	if (!find_kernel(p, w[1], &at))
		return bad(p, "'%s' is there already", w[1]);
	if (p->p->nr_kernels == MAX_KERNELS)
		return bad(p, "more than %d kernels", MAX_KERNELS);
	k = luob_grow(p->p->kernels, p->p->nr_kernels, &p->p->cap_kernels, sizeof(*k));
	if (!k)
		return -ENOMEM;
	p->p->kernels = k;
	k += p->p->nr_kernels++;
	k->stable = nr == 3;
	return kernel_name(p, k->name, sizeof(k->name), w[1]);
}

/* promise next|previous COUNT [stable] */
static int read_window(struct parser *p, struct luo_promise *promise, char **w, int nr)
{
	char *end;
	long count;

	if (nr < 3 || nr > 4 || (nr == 4 && strcmp(w[3], "stable")))
		return bad(p, "'promise %s' needs COUNT [stable]", w[1]);
	count = strtol(w[2], &end, 10);
	if (*end || count < 1 || count > MAX_KERNELS)
		return bad(p, "'%s' is no number of kernels", w[2]);
	promise->count = count;
	promise->stable = nr == 4;
	return 0;
}

static int read_pair(struct parser *p, struct luo_promise *promise, char **w, int nr)
{
	int err;

	if (nr != 4)
		return bad(p, "'promise pair' needs FROM TO");
	err = find_kernel(p, w[2], &promise->from) ?: find_kernel(p, w[3], &promise->to);
	if (!err && promise->from == promise->to)
		err = bad(p, "a pair is of two kernels");
	return err;
}

static int read_promise(struct parser *p, char **w, int nr)
{
	static const char *const kinds[] = {
		[LUO_PROMISE_NEXT] = "next", [LUO_PROMISE_PREVIOUS] = "previous",
		[LUO_PROMISE_PAIR] = "pair", [LUO_PROMISE_ROLLBACK] = "rollback",
	};
	struct luo_promise promise = { .line = p->t.line }, *list;
	int err;

	for (; nr > 1 && promise.kind <= LUO_PROMISE_ROLLBACK; promise.kind++)
		if (!strcmp(kinds[promise.kind], w[1]))
			break;
	if (nr < 2 || promise.kind > LUO_PROMISE_ROLLBACK)
		return bad(p, "'promise' needs next, previous, pair or rollback");
	if (promise.kind == LUO_PROMISE_ROLLBACK)
		err = nr == 2 ? 0 : bad(p, "nothing stands behind 'promise rollback'");
	else
		err = promise.kind == LUO_PROMISE_PAIR ? read_pair(p, &promise, w, nr) :
						       read_window(p, &promise, w, nr);
	if (err)
		return err;
	list = luob_grow(p->p->promises, p->p->nr_promises, &p->p->cap_promises, sizeof(*list));
	if (!list)
		return -ENOMEM;
	p->p->promises = list;
	list[p->p->nr_promises++] = promise;
	return 0;
}

/* allow-loss FAMILY FIELD REASON... */
static int read_loss(struct parser *p, char **w, int nr)
{
	struct luo_policy_loss *l;
	size_t n = 0;
	int i;

	if (nr < 4)
		return bad(p, "'allow-loss' needs FAMILY FIELD REASON");
	l = luob_grow(p->p->losses, p->p->nr_losses, &p->p->cap_losses, sizeof(*l));
	if (!l)
		return -ENOMEM;
	p->p->losses = l;
	l += p->p->nr_losses;
	if (snprintf(l->family, sizeof(l->family), "%s", w[1]) >= (int)sizeof(l->family) ||
	    snprintf(l->field, sizeof(l->field), "%s", w[2]) >= (int)sizeof(l->field))
		return bad(p, "a name is too long");
	for (i = 3; i < nr && n < sizeof(l->why); i++)
		n += snprintf(l->why + n, sizeof(l->why) - n, "%s%s", n ? " " : "", w[i]);
	p->p->nr_losses++;
	return 0;
}

/* require EVIDENCE ... */
static int read_require(struct parser *p, char **w, int nr)
{
	enum luo_evidence_kind kind;
	int i;

	for (i = 1; i < nr; i++) {
		if (luo_evidence__kind(w[i], &kind))
			return bad(p, "'%s' is no evidence: verified, round-trip, snapshot, "
				      "kernels", w[i]);
		p->p->required |= 1 << kind;
	}
	return nr > 1 ? 0 : bad(p, "'require' needs verified, round-trip, snapshot or kernels");
}

static int read_tiers(struct parser *p, char **w, int nr)
{
	unsigned int mask;

	if (nr != 2 || luo_tiers__parse(w[1], &mask))
		return bad(p, "'tiers' needs stable, testing or local, with commas");
	if (*p->p->tiers)
		return bad(p, "'tiers' is there already");
	/* Too long is what says one more than once. */
	return snprintf(p->p->tiers, sizeof(p->p->tiers), "%s", w[1]) <
	       (int)sizeof(p->p->tiers) ? 0 : bad(p, "'%s' is too long", w[1]);
}

static int read_words(struct parser *p, char **w, int nr)
{
	static const struct {
		const char *word;
		int (*read)(struct parser *p, char **w, int nr);
	} lines[] = {
		{ "kernel", read_kernel }, { "promise", read_promise },
		{ "allow-loss", read_loss }, { "require", read_require },
		{ "tiers", read_tiers },
	};
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (!strcmp(lines[i].word, w[0]))
			return lines[i].read(p, w, nr);
	return bad(p, "'%s' is not known here: a newer luo-load may know it", w[0]);
}

/* A word takes two bytes of the line at least. */
static int read_line(struct parser *p)
{
	char *w[LUO_TEXT_LINE / 2];
	int nr = luo_text__words(&p->t, "#\n", w, LUO_TEXT_LINE / 2);

	return nr > 0 ? read_words(p, w, nr) : nr;
}

/* What promises nothing would be kept by anything. */
static int finish(struct parser *p)
{
	int err = luo_text__finish(&p->t);

	if (err)
		return err;
	if (p->p->nr_kernels < 2)
		return bad(p, "it names less than two kernels");
	return p->p->nr_promises ? 0 : bad(p, "no line 'promise'");
}

/**
 * luo_policy__read - read a policy file
 * @policy: result; to be released, also after a failure
 * @path: file
 * @msg: one line on failure, without @path
 * @msg_size: bytes of @msg
 *
 * Return: 0; -EINVAL for what is no policy, of a newer version, or has something in it that
 * this program does not know; what open(2) says; -ENOMEM.
 */
int luo_policy__read(struct luo_policy *policy, const char *path, char *msg, size_t msg_size)
{
	struct parser p = { .p = policy, .path = path };
	int err;

	memset(policy, 0, sizeof(*policy));
	snprintf(msg, msg_size, "no memory");
	err = luo_text__open(&p.t, path, msg, msg_size);
	if (err)
		return err;
	err = luo_text__version(&p.t, "policy", NEWEST);
	err = err < 0 ? err : 0;
	while (!err && fgets(p.t.text, sizeof(p.t.text), p.t.f)) {
		p.t.line++;
		err = read_line(&p);
	}
	if (!err)
		err = finish(&p);
	fclose(p.t.f);
	return err;
}

void luo_policy__free(struct luo_policy *p)
{
	free(p->kernels);
	free(p->promises);
	free(p->losses);
	memset(p, 0, sizeof(*p));
}
