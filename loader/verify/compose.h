/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Objects one behind the other. What a path of the second one says of its source is said
 * again in terms of what a path of the first one left there, so that a pair of paths is one
 * path from the first source to the last record:
 *
 *	compose.c	objects, pairs of paths, verdict
 *	compose_term.c	terms and handles of the record between
 *	compose_path.c	effects, loops: what the pair does
 *	compose_ends.c	both ends, field by field
 *	compose_say.c	results
 */
#ifndef LUO_VERIFY_COMPOSE_H
#define LUO_VERIFY_COMPOSE_H

#include "chain.h"
#include "int.h"

/* One object of the chain and how its paths end. */
struct stage {
	const struct luo_object *obj;
	struct code code;
	const struct region *self;
	struct kept *done;
	struct kept *failed;
	unsigned int nr;
};

/* A path from the first source to some record. */
struct route {
	struct route *next;
	const struct route *former;
	const struct effect *effects;
	const struct fact *facts;
	const struct region *main;
};

/*
 * A turn of a loop of the former route, for element @idx. Of several turns that a loop can
 * make, which one it was is decided by the choices of an environment.
 */
struct inst {
	const struct inst *outer;
	const struct loop *loop;
	const struct term *idx;
	const struct turn *turn;
};

/* A region of the former route, and in which turn it was made. */
struct where {
	const struct region *r;
	const struct inst *inst;
};

/* What is known while a scope is composed, newest first. */
struct env {
	const struct env *prev;
	enum { ENV_BIND, ENV_MAKE, ENV_TURN, ENV_VAR } kind;
	const struct region *d;		/* BIND, MAKE: of the second object */
	struct where w;			/* BIND: what it is. MAKE: what is made for it */
	const struct inst *inst;	/* TURN; VAR: of which turn */
	const struct term *var, *to;	/* VAR */
};

struct cx {
	struct vfy *v;
	struct stage *stages;
	unsigned int nr_stages;
	struct verify_chain *out;
	struct verify_result scratch;
	const struct stage *stage;	/* the second object */
	const struct route *u;		/* the first one's path, NULL: @stage is the first */
	const struct loop *in_loop;	/* of the second object, the outermost around this */
	const struct loop *out_loop;	/* that is being made */
	const struct env *env;
	/* Sources of the chain, one region for each handle. */
	const struct region **sources;
	unsigned int nr_sources;
	unsigned int cap_sources;
	const char *stuck;		/* what cannot be followed */
	/* A turn has to be chosen before anything else can be said. */
	const struct loop *need;
	const struct term *need_idx;
	const struct inst *need_outer;
	unsigned int nr_routes;
	unsigned int nr_attempts;
};

/* A handle of the record between: what is in it. */
struct filled {
	enum { FILLED_NULL, FILLED_NEW, FILLED_SOURCE, FILLED_CHILD } kind;
	struct where w;			/* NEW: the region */
	const struct region *r;		/* SOURCE, CHILD: a handle of the first source */
	const struct term *off;
};

/* compose_term.c */
const struct term *cx__term(struct cx *cx, const struct term *t);
const struct term *cx__former(struct cx *cx, const struct term *t, const struct inst *inst);
const struct region *cx__source(struct cx *cx, const struct region *r, const struct inst *inst);
const struct region *cx__behind(struct cx *cx, const struct region *up, const struct term *off,
				const struct luob_handle *h);
struct where cx__where(struct cx *cx, const struct region *d);
struct filled cx__filled(struct cx *cx, struct where w, const struct term *off);
const struct effect *where__effects(const struct cx *cx, struct where w);
const struct loop *where__filler(struct cx *cx, struct where w);
void cx__know(struct cx *cx, const struct env *e);
const struct region *cx__made(struct cx *cx, const struct region *d);

/* compose_path.c */
struct route *cx__route(struct cx *cx, const struct kept *k);
struct route *cx__reached(struct cx *cx, const struct kept *k, const struct term **newest);
const struct effect *effects__add(struct cx *cx, const struct effect *prev, enum effect_kind kind,
				  struct effect like);
const struct effect *turn__end(const struct turn *t, const struct loop *l);
const struct effect *effects__ref(const struct effect *e, const struct region *r,
				  const struct term *off);

/* compose_ends.c */
void cx__compare(struct cx *cx, const struct route *route);

/* compose_say.c */
struct fate {
	enum verify_fate_kind kind;
	const struct fact *facts;	/* of a path on which it is so */
	const struct term *was, *is;	/* what differs, NULL: all inputs of the path show it */
	const char *by;
	const char *handle;		/* what the field is in the record that shows it */
};
void cx__fate(struct cx *cx, const char *field, const struct fate *f, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void cx__refuses(struct cx *cx, const struct kept *k, const struct route *route,
		 const struct term *newest);

/* example.c */
enum example_answer {
	EXAMPLE_FOUND,
	EXAMPLE_NONE,		/* there is none: nothing differs */
	EXAMPLE_UNKNOWN,
};
enum example_answer example__find(struct vfy *v, const struct region *self,
				  const struct fact *facts, const struct term *was,
				  const struct term *is, struct verify_example *ex);
void example__add(struct vfy *v, struct verify_example *ex, const char *field,
		  const char *value);

#endif /* LUO_VERIFY_COMPOSE_H */
