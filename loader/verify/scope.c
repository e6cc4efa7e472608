// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A path, or one turn of a loop, and the structures that it made. */
#include <string.h>

#include "int.h"

/* Effects of a scope end at the beginning of its turn, or of the path. */
static const struct effect *find_end(struct vfy *v, const struct scope *sc)
{
	const struct effect *e;

	for (e = sc->loop ? sc->effects : NULL; e; e = effect__prev(v, e))
		if (e->kind == E_TURN && e->loop == sc->loop)
			return e;
	return NULL;
}

struct image *scope__image(struct vfy *v, struct scope *sc, const struct region *r,
			   const struct term *index, const struct luob_type *type)
{
	struct image **list;
	unsigned int i;

	terms__spend(&v->ts, sc->nr_images);
	for (i = 0; i < sc->nr_images; i++)
		if (sc->images[i]->region == r && sc->images[i]->index == index)
			return sc->images[i];
	if (!(sc->nr_images & (sc->nr_images - 1))) {
		list = terms__alloc(&v->ts, (2 * sc->nr_images + 1) * sizeof(*list));
		if (sc->nr_images)
			memcpy(list, sc->images, sc->nr_images * sizeof(*list));
		sc->images = list;
	}
	list = &sc->images[sc->nr_images];
	*list = image__new(v, r, index, type, sc->effects, sc->loop);
	sc->nr_images++;
	return *list;
}

/* All structures that the scope itself writes, without what its loops write. */
static void find_images(struct vfy *v, struct scope *sc)
{
	const struct effect *e, *end = sc->end;
	struct spot spot;

	for (e = sc->effects; e != end; e = effect__prev(v, e)) {
		if (e->kind != E_WRITE && e->kind != E_MOVE && e->kind != E_LINK &&
		    e->kind != E_CHILD)
			continue;
		if (region__spot(v, sc->effects, e->region, e->off, &spot))
			scope__image(v, sc, e->region, spot.index, spot.type);
		else
			vfy__find(v, VERIFY_CONTAINERS, VERIFY_UNKNOWN, e->insn,
				  "cannot tell which field is written");
	}
}

struct scope *scope__new(struct vfy *v, const struct state *s, const struct loop *loop)
{
	struct scope *sc = terms__alloc(&v->ts, sizeof(*sc));

	sc->effects = s->effects;
	sc->facts = s->facts;
	sc->loop = loop;
	sc->end = find_end(v, sc);
	find_images(v, sc);
	return sc;
}
