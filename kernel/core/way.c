// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "way.h"

static void keep(struct luob_way *w, const struct luo_bpf_report_object *o)
{
	struct luo_bpf_report_object *to = &w->list[w->nr];

	if (!o->records || !(o->flags & LUO_BPF_TRANSLATOR))
		return;
	w->nr++;
	*to = *o;
	to->name[sizeof(to->name) - 1] = 0;
	to->losses[sizeof(to->losses) - 1] = 0;
}

/* Counts are those of the array, whatever they say. */
static void take(struct luob_way *w, const struct luo_bpf_report___v3 *in)
{
	__u32 nr = in->nr_objects < LUO_BPF_REPORT_OBJECTS ? in->nr_objects :
							     LUO_BPF_REPORT_OBJECTS;
	__u32 room = LUO_BPF_REPORT_OBJECTS - nr, i;
	__u32 end = nr + (in->nr_earlier < room ? in->nr_earlier : room);

	w->forgotten = in->forgotten;
	for (i = nr; i < end; i++)
		keep(w, &in->objects[i]);
	for (i = 0; i < nr; i++)
		keep(w, &in->objects[i]);
}

/**
 * luob_way__begin - begin a report
 * @w: result: what former hops did
 * @r: gets the number of its hop and the release that wrote the state first
 * @in: report that came with the state, NULL for none; of another kernel, so anything
 * @release: of this kernel
 */
void luob_way__begin(struct luob_way *w, struct luo_bpf_report___v3 *r,
		     const struct luo_bpf_report___v3 *in, const char *release)
{
	memset(w, 0, sizeof(*w));
	r->hops = in ? in->hops + 1 : 1;
	snprintf(r->origin, sizeof(r->origin), "%.*s", (int)sizeof(r->origin) - 1,
		 in && in->origin[0] ? in->origin : release);
	if (in)
		take(w, in);
}

/**
 * luob_way__hand_over - what the next kernel gets
 * @w: former hops
 * @r: report of this one
 * @to: result, another report than @r
 *
 * Objects that had records, then those of former hops; the oldest go when there is no room.
 * Cannot fail.
 */
void luob_way__hand_over(const struct luob_way *w, const struct luo_bpf_report___v3 *r,
			 struct luo_bpf_report___v3 *to)
{
	__u32 i, nr = 0, skip;

	*to = *r;
	memset(to->objects, 0, sizeof(to->objects));
	for (i = 0; i < r->nr_objects && i < LUO_BPF_REPORT_OBJECTS; i++)
		if (r->objects[i].records)
			to->objects[nr++] = r->objects[i];
	skip = w->nr > LUO_BPF_REPORT_OBJECTS - nr ? w->nr - (LUO_BPF_REPORT_OBJECTS - nr) : 0;
	to->nr_objects = nr;
	to->nr_earlier = w->nr - skip;
	to->forgotten = w->forgotten + skip;
	memcpy(&to->objects[nr], &w->list[skip], to->nr_earlier * sizeof(to->objects[0]));
}
