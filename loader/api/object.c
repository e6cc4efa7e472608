// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "api/int.h"
#include "lib/engine.h"
#include "verify/verify.h"

struct luobpf_object {
	struct luo_object *obj;
	struct luobpf_note *findings;
	size_t nr_findings;
};

LUOBPF_API int luobpf_object__open(struct luobpf_object **obj, const char *path, char *msg,
				   size_t msg_size)
{
	struct luobpf_object *o = calloc(1, sizeof(*o));
	char line[400] = "no memory";
	const struct vm_call *calls;
	int err = -ENOMEM;
	size_t nr;

	*obj = NULL;
	if (o) {
		calls = luo_engine__calls(&nr);
		err = luo_object__open(&o->obj, path, calls, nr, line, sizeof(line));
	}
	if (!err) {
		*obj = o;
		return 0;
	}
	luobpf__say(msg, msg_size, "%s", line);
	free(o);
	return err;
}

static void forget(struct luobpf_object *o)
{
	free(o->findings);
	o->findings = NULL;
	o->nr_findings = 0;
}

LUOBPF_API void luobpf_object__close(struct luobpf_object *o)
{
	if (!o)
		return;
	forget(o);
	luo_object__free(o->obj);
	free(o);
}

LUOBPF_API const char *luobpf_object__name(const struct luobpf_object *o)
{
	return luo_object__prog(o->obj)->name;
}

LUOBPF_API const char *luobpf_object__family(const struct luobpf_object *o)
{
	return luo_object__prog(o->obj)->family;
}

LUOBPF_API const char *luobpf_object__from(const struct luobpf_object *o)
{
	return luo_object__prog(o->obj)->from_string;
}

LUOBPF_API const char *luobpf_object__to(const struct luobpf_object *o)
{
	const struct luob_prog *p = luo_object__prog(o->obj);

	return p->to ? p->to_string : NULL;
}

static void note(struct luobpf_note *n, const struct verify_finding *f)
{
	snprintf(n->rule, sizeof(n->rule), "%s", verify_rule__name(f->rule));
	if (f->line)
		snprintf(n->record, sizeof(n->record), "%s:%u", f->file, f->line);
	snprintf(n->field, sizeof(n->field), "%s", f->field);
	snprintf(n->text, sizeof(n->text), "%s", f->text);
}

LUOBPF_API int luobpf_object__verify(struct luobpf_object *o)
{
	struct verify_result res;
	int err;
	size_t i;

	forget(o);
	err = luo_verify(o->obj, &res);
	if (!err) {
		o->findings = calloc(res.nr_findings + 1, sizeof(*o->findings));
		err = o->findings ? 0 : -ENOMEM;
	}
	for (i = 0; !err && i < res.nr_findings; i++)
		note(&o->findings[o->nr_findings++], &res.findings[i]);
	if (!err)
		err = res.verdict == VERIFY_PROVED ? LUOBPF_PROVED :
		      res.verdict == VERIFY_REFUSED ? LUOBPF_REFUSED : LUOBPF_UNKNOWN;
	verify_result__free(&res);
	return err;
}

LUOBPF_API const struct luobpf_note *luobpf_object__finding(const struct luobpf_object *o,
							    size_t i)
{
	return i < o->nr_findings ? &o->findings[i] : NULL;
}
