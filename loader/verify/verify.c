// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One object: from its bytes to a verdict. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "int.h"

const char *verify_verdict__name(enum verify_verdict verdict)
{
	static const char *const names[] = { "proved", "unknown", "refused" };

	return names[verdict];
}

static struct state *first_state(struct vfy *v)
{
	struct state *s = terms__alloc(&v->ts, sizeof(*s));
	struct base *ctx = terms__alloc(&v->ts, sizeof(*ctx));
	struct base *stack = terms__alloc(&v->ts, sizeof(*stack));
	const struct luob_type *from = v->prog->from;
	const struct term *t;

	v->self = region__new(v, NULL);
	v->self->head = from;
	v->self->elem = from->nodes;
	v->self->nr = term__const(&v->ts, 64, 0);
	v->self->size = term__const(&v->ts, 64, from->size);
	if (from->nodes) {
		v->self->nr = term__var(&v->ts, V_ELEMS, v->self->id, 64, 0, 1ULL << 32);
		v->self->size = term__add(&v->ts, v->self->size,
					  term__scale(&v->ts, v->self->nr, from->nodes->size));
		t = term__load(&v->ts, v->self->id, term__const(&v->ts, 64, from->nodes_off),
			       from->nodes_size);
		t = term__eq(&v->ts, term__zext(&v->ts, t, 64), v->self->nr);
		s->facts = path__assume(&v->ts, NULL, t, 0);
	}
	ctx->kind = BASE_CTX;
	stack->kind = BASE_STACK;
	s->frames[0] = frame__new(v);
	s->nr_frames = 1;
	s->reg[1] = (struct value){ .base = ctx, .t = term__const(&v->ts, 64, 0) };
	s->reg[10] = (struct value){ .base = stack, .t = term__const(&v->ts, 64, 0) };
	return s;
}

static int add_unread(struct verify_result *r, const char *type, const char *field)
{
	char (*list)[128] = luob_grow(r->unread, r->nr_unread, &r->cap_unread, sizeof(*list));

	if (!list)
		return -ENOMEM;
	r->unread = list;
	snprintf(list[r->nr_unread++], sizeof(*list), "%.60s.%.60s", type, field);
	return 0;
}

/* Fields that an acceptor never looks at, of all structures that it could have. */
static int list_unread(struct vfy *v, const struct luob_type *t)
{
	const struct fields *fs = fields__of(v, t);
	unsigned int i, k;
	int err = 0;

	for (i = 0; i < fs->nr && !err; i++) {
		const struct field *f = &fs->field[i];

		for (k = f->bit / 8; k <= (f->bit + f->bits - 1) / 8; k++)
			if (fs->seen[k])
				break;
		if (k > (f->bit + f->bits - 1) / 8 && !(f->flags & FIELD_PADDING))
			err = add_unread(v->res, t->name, f->name);
	}
	for (i = 0; i < t->nr_handles && !err; i++) {
		if (t->handles[i].head)
			err = list_unread(v, t->handles[i].head);
		if (!err && t->handles[i].elem)
			err = list_unread(v, t->handles[i].elem);
	}
	return err;
}

static void judge(struct vfy *v)
{
	struct verify_result *r = v->res;
	size_t i;

	for (i = 0; i < r->nr_findings; i++)
		if (!r->findings[i].waived && r->findings[i].verdict > r->verdict)
			r->verdict = r->findings[i].verdict;
}

/* All paths of one object. Does not return if there is too much. */
void vfy__analyse(struct vfy *v)
{
	v->paths++;
	vfy__check_identity(v);
	vfy__run(v, first_state(v));
	if (v->accept && list_unread(v, v->prog->from))
		longjmp(*v->ts.bail, BAIL_MEMORY);
	if (v->accept)
		vfy__say_layouts(v, v->prog->from, "");
	if (!v->accept && v->successes) {
		vfy__check_new(v);
		vfy__say_lineage(v);
	}
	if (!v->accept)
		vfy__check_losses(v);
	if (!v->accept && v->successes)
		vfy__say_notes(v);
	/* Nothing was shown of a program of which no path succeeds. */
	if (!v->successes && !v->res->nr_findings)
		vfy__find_form(v, VERIFY_REFUSAL, 0, "no path returns success");
}

/* Out of line: what is live across setjmp() has to be in memory. */
static int analyse(struct vfy *v)
{
	jmp_buf bail;
	int why, err;

	err = terms__init(&v->ts, &bail);
	if (err)
		return -ENOMEM;
	why = setjmp(bail);
	if (why == BAIL_MEMORY)
		return -ENOMEM;
	if (why) {
		terms__refill(&v->ts);
		v->gave_up = true;
		v->about = NULL;
		v->about_type = NULL;
		vfy__find(v, VERIFY_TERMINATES, VERIFY_UNKNOWN, v->pc,
			  "too many paths, steps or terms (%llu steps, %u paths): a loop without "
			  "bpf_for(), or too much at once",
			  (unsigned long long)v->steps, v->paths);
		return 0;
	}
	vfy__analyse(v);
	return 0;
}

static int by_place(const void *a, const void *b)
{
	const struct verify_finding *x = a, *y = b;

	if (!x->waived != !y->waived)
		return x->waived ? 1 : -1;
	if (x->verdict != y->verdict)
		return x->verdict > y->verdict ? -1 : 1;
	return x->insn < y->insn ? -1 : x->insn > y->insn;
}

void vfy__sort(struct verify_result *res)
{
	if (res->nr_findings)
		qsort(res->findings, res->nr_findings, sizeof(*res->findings), by_place);
}

/* From here on the verification is that of @obj. */
int vfy__begin(struct vfy *v, const struct luo_object *obj, struct verify_result *res)
{
	v->obj = obj;
	v->prog = luo_object__prog(obj);
	v->res = res;
	v->accept = !v->prog->to;
	v->successes = 0;
	v->done = v->failed = NULL;
	v->lineage = NULL;
	v->lost = NULL;
	v->pins = NULL;
	return code__init(&v->code, obj);
}

/**
 * luo_verify - say whether an object is right about records
 * @obj: translator or acceptor
 * @res: result; to be freed with verify_result__free(), also after a failure
 *
 * Return: 0, -ENOMEM.
 */
int luo_verify(const struct luo_object *obj, struct verify_result *res)
{
	return luo_verify_with(obj, NULL, res);
}

int luo_verify_with(const struct luo_object *obj, const struct verify_opts *opts,
		    struct verify_result *res)
{
	struct timespec a, b;
	struct vfy *v = calloc(1, sizeof(*v));
	int err = -ENOMEM;

	memset(res, 0, sizeof(*res));
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	if (!v)
		return err;
	v->solver.off = opts && opts->no_solver;
	if (!vfy__begin(v, obj, res))
		err = analyse(v);
	if (!err)
		err = vfy__find_inputs(v);
	if (!err)
		err = vfy__waive(v);
	judge(v);
	vfy__sort(res);
	res->insns = v->steps;
	res->paths = v->paths;
	res->terms = v->ts.nr;
	res->queries = v->solver.queries;
	terms__free(&v->ts);
	code__free(&v->code);
	free(v);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	res->ns = (b.tv_sec - a.tv_sec) * 1000000000ULL + b.tv_nsec - a.tv_nsec;
	return err;
}

void verify_result__free(struct verify_result *res)
{
	size_t i;

	for (i = 0; i < res->nr_findings; i++)
		verify_input__free(res->findings[i].input);
	free(res->findings);
	free(res->records);
	free(res->slots);
	free(res->flows);
	free(res->checks);
	free(res->unread);
	free(res->notes);
}
