// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * An input is given to the program itself, in the engine, before it is shown to anybody:
 * one that the program refuses, or on which it fails earlier, shows nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "core/account.h"
#include "int.h"
#include "lib/engine.h"

/* What a program may need for one small record. */
#define INSNS_MAX	(1ULL << 22)
/* Formats of everything around the record. */
#define BASE		"7.3"

struct replay {
	const struct luo_object *obj;
	struct luo_types *catalogue;
	struct luo_types *list[2];
	struct luo_profile *from;
	struct luo_profile *to;
	struct vm *vm;
	const struct verify_input *in;
	struct luo_placed *placed;
	__s64 ret;
	bool ran;
	bool failed;
	bool refused;
	bool stopped;		/* by the machine */
	unsigned int blockers;
	char why[200];
};

/* One more row: the record, as a subtree of its own. */
static int add_row(struct luo_profile *p, const struct luob_prog *prog, const char *string,
		   const struct luob_type *type)
{
	struct luob_format *f = luob_alloc(p->core.nr + 1, sizeof(*f));
	size_t i;

	if (!f)
		return -ENOMEM;
	memcpy(f + 1, p->core.formats, p->core.nr * sizeof(*f));
	f->reads = f->writes = true;
	f->type = type;
	snprintf(f->family, sizeof(f->family), "%s", prog->family);
	snprintf(f->string, sizeof(f->string), "%s", string);
	snprintf(f->space, sizeof(f->space), "subtree");
	snprintf(f->subtree, sizeof(f->subtree), "%s", "counterexample");
	luob_free(p->core.formats);
	p->core.formats = f;
	p->core.nr++;
	for (i = 0; i < p->core.nr; i++)
		if (!strcmp(f[i].space, "kho"))
			p->kho = f[i].string;
	return 0;
}

/*
 * The target reads nothing else of the family: what it could take as it is would not be
 * translated.
 */
static void forget_family(struct luo_profile *p, const struct luob_prog *prog)
{
	struct luob_format *f = p->core.formats;
	size_t i, nr = 0;

	for (i = 0; i < p->core.nr; i++)
		if (strcmp(f[i].family, prog->family))
			f[nr++] = f[i];
	p->core.nr = nr;
}

int replay__new(struct replay **out, const struct luo_object *obj)
{
	const struct luob_prog *prog = luo_object__prog(obj);
	struct replay *rp = calloc(1, sizeof(*rp));
	struct luo_type_set set;
	char msg[256];
	int err = -ENOMEM;

	if (!rp)
		return err;
	rp->obj = obj;
	err = luo_catalogue__open(&rp->catalogue, msg, sizeof(msg));
	if (err)
		goto out;
	rp->list[0] = rp->catalogue;
	rp->list[1] = luo_object__types(obj);
	set = (struct luo_type_set){ .types = rp->list, .nr = 2 };
	err = luo_profile__by_release(&rp->from, BASE, &set, msg, sizeof(msg));
	err = err ?: luo_profile__by_release(&rp->to, BASE, &set, msg, sizeof(msg));
	if (!err)
		forget_family(rp->to, prog);
	err = err ?: add_row(rp->from, prog, prog->from_string, prog->from);
	err = err ?: add_row(rp->to, prog, prog->to ? prog->to_string : prog->from_string,
			     prog->to ? prog->to : prog->from);
	if (!err) {
		rp->vm = vm__new(INSNS_MAX);
		err = rp->vm ? 0 : -ENOMEM;
	}
out:
	if (err) {
		replay__free(rp);
		return err;
	}
	*out = rp;
	return 0;
}

/* The version string that a record of another family gets in a specimen, or NULL. */
const char *replay__child(struct replay *rp, const struct luob_handle *h)
{
	const struct luob_format *f = luo_specimen__child(&rp->from->core, h);

	return f ? f->string : NULL;
}

void replay__free(struct replay *rp)
{
	if (!rp)
		return;
	vm__free(rp->vm);
	luo_profile__free(rp->from);
	luo_profile__free(rp->to);
	luo_types__free(rp->catalogue);
	free(rp);
}

static int run_program(void *priv, const struct luob_prog *prog, struct luo_tx *tx, __u64 self,
		       __u64 arg, __s64 *ret, struct luob_fault *f)
{
	struct replay *rp = priv;
	int err = luo_engine__run(rp->vm, prog, tx, self, arg, ret, f);

	rp->ran = true;
	rp->ret = *ret;
	rp->failed = tx->step->failed;
	rp->refused = tx->step->refused;
	rp->stopped = err;
	return err;
}

static int look_up(void *priv, __u64 kind, __u64 record, __u64 key, __u64 *val)
{
	struct replay *rp = priv;

	(void)record;
	return luo_placed__answer(rp->placed, kind, key, val) ? 0 : -ENOENT;
}

static void note_blocker(void *priv, const struct luob_blocker *b)
{
	struct replay *rp = priv;

	if (!rp->blockers++)
		snprintf(rp->why, sizeof(rp->why), "%s%s%s", b->rule ? b->rule : "refused by rule",
			 b->text ? ": " : "", b->text ? b->text : "");
}

static __u64 now(void *priv)
{
	(void)priv;
	return 0;
}

/* The record alone goes through the engine; nothing behind it is translated. */
static int run_record(struct replay *rp, struct luo_tx *tx)
{
	const struct luob_kho_root *root;
	struct luob_walk w = {};
	__u64 pa;
	int err;

	root = luo_placed__root(rp->placed, &pa);
	err = luo_tx__account(tx, root, pa, tx->from, &w);
	if (err || rp->blockers)
		return err;
	err = luo_tx__add_root(tx, root, 0);
	if (err || rp->blockers || !tx->nr_records)
		return err;
	tx->records[0]->arg = rp->in->arg;
	err = luo_tx__translate(tx);
	/* Of an acceptor only its own word is of interest. */
	return err || rp->ran ? err : luo_tx__accept(tx);
}

/* In the unit of terms__spend(): a whole state is made and walked, and what the last run took. */
__u64 replay__cost(const struct replay *rp)
{
	return 20000 + vm__insns(rp->vm) / 2;
}

/* What the program did, against what the finding says that it does. */
static enum replay_result judge(const struct replay *rp, enum verify_rule rule)
{
	bool stopped = rp->failed || rp->stopped;

	rule = verify_rule__class(rule);
	/* A wrong form is there whatever else happens. */
	if (rule == VERIFY_CONTRACT)
		return REPLAY_SHOWS;
	if (rule == VERIFY_REFUSAL)
		return rp->refused && !rp->ret ? REPLAY_SHOWS : REPLAY_OTHER;
	if (rp->refused)
		return REPLAY_OTHER;
	switch (rule) {
	case VERIFY_HANDLES:
	case VERIFY_WINDOW:
	case VERIFY_CONTAINERS:
	case VERIFY_TERMINATES:
	case VERIFY_LOSS:
	case VERIFY_COMPLETE:
		/* The engine stops some of these. */
		return stopped || !rp->ret ? REPLAY_SHOWS : REPLAY_OTHER;
	default:
		return !stopped && !rp->ret ? REPLAY_SHOWS : REPLAY_OTHER;
	}
}

/**
 * replay__run - give an input to the program
 * @rp: made for its object
 * @in: input
 * @rule: of the finding
 * @why: what happened otherwise, one line
 * @size: bytes of @why
 */
enum replay_result replay__run(struct replay *rp, const struct verify_input *in,
			       enum verify_rule rule, char *why, size_t size)
{
	struct luob_host host = {
		.run = run_program, .lookup = look_up, .blocker = note_blocker, .now = now,
		.priv = rp,
	};
	struct luob_prog prog = *luo_object__prog(rp->obj);
	enum replay_result res = REPLAY_IMPOSSIBLE;
	struct luo_tx tx;
	struct luob_mem mem;
	int err;

	prog.priv = (void *)rp->obj;
	rp->in = in;
	rp->ran = rp->failed = rp->refused = rp->stopped = false;
	rp->blockers = 0;
	rp->ret = 0;
	rp->why[0] = 0;
	err = luo_specimen__place(&rp->placed, &in->specimen, &rp->from->core, rp->from->kho,
				  "counterexample", why, size);
	if (err)
		return res;
	luo_tx__init(&tx, &mem, &host);
	tx.from = &rp->from->core;
	tx.to = &rp->to->core;
	tx.progs = &prog;
	tx.nr_progs = 1;
	luo_object__set_config((struct luo_object *)rp->obj, "luo_config_thp",
			       in->has_config ? in->config : LUOB_UNKNOWN);
	err = luo_placed__space(rp->placed, &mem, &tx.space.ledger);
	if (!err)
		err = run_record(rp, &tx);
	snprintf(why, size, "%s", rp->why);
	if (!err && rp->ran)
		res = judge(rp, rule);
	luo_tx__free(&tx);
	luo_placed__free(rp->placed);
	rp->placed = NULL;
	return res;
}
