// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Publish a run: root page, memory map, and the new snapshot. */
#include "abi/kho.h"
#include "core/kho_map.h"
#include "core/publish.h"
#include "lib/run_int.h"
#include "lib/snapshot_write.h"

struct writer {
	struct luo_run *run;
	struct luob_radix radix;
	__u8 root_page[KHO_ROOT_SIZE];
	struct luo_overlay *overlay;
	size_t nr_overlay;
	size_t cap_overlay;
	struct luo_snapshot_range *ranges;
	size_t nr_ranges;
	size_t cap_ranges;
};

static int add_range(struct writer *w, __u64 pa, __u64 len)
{
	struct luo_snapshot_range *r;

	r = luob_grow(w->ranges, w->nr_ranges, &w->cap_ranges, sizeof(*r));
	if (!r)
		return -ENOMEM;
	w->ranges = r;
	r[w->nr_ranges].pa = pa;
	r[w->nr_ranges++].len = len;
	return 0;
}

static int add_overlay(struct writer *w, __u64 pa, __u64 len, const void *va)
{
	struct luo_overlay *o;

	o = luob_grow(w->overlay, w->nr_overlay, &w->cap_overlay, sizeof(*o));
	if (!o)
		return -ENOMEM;
	w->overlay = o;
	o[w->nr_overlay].pa = pa;
	o[w->nr_overlay].len = len;
	o[w->nr_overlay++].va = va;
	return add_range(w, pa, len);
}

static int add_map_page(void *priv, __u64 pa, void *va)
{
	return add_overlay(priv, pa, KHO_PAGE_SIZE, va);
}

/* The state as the target will see it, with nothing left over. */
static enum luo_run_status check_result(struct luo_run *run, const struct luob_kho_root *root)
{
	struct luob_walk w = {};

	if (luo_tx__account(&run->tx, root, run->st.root_pa, run->tx.to, &w))
		return luo_run__no_memory(run);
	return run->res->nr_blockers ? LUO_RUN_REFUSED : LUO_RUN_DONE;
}

static enum luo_run_status build(struct writer *w, struct luob_kho_root *root)
{
	struct luo_run *run = w->run;
	struct luob_fault f;

	if (run->res->identical) {
		memcpy(w->root_page, run->st.root_page, sizeof(w->root_page));
		return LUO_RUN_DONE;
	}
	if (luob_radix__build(&w->radix, &run->mem, &run->tx.space.ledger))
		return run->res->nr_blockers ? LUO_RUN_REFUSED : luo_run__no_memory(run);
	root->map_pa = luob_radix__root(&w->radix);
	if (luob_kho_root__build(root, w->root_page, &f)) {
		luo_run__block(run, f.rule, "KHO root", "%s", f.text);
		return LUO_RUN_REFUSED;
	}
	return LUO_RUN_DONE;
}

/* Preserved folios that hold content are left out of a records-only snapshot. */
static bool is_content(const struct luo_run *run, const struct luob_range *r)
{
	return run->opts->records_only && !r->va && r->used == LUOB_USED_CONTENT;
}

static int collect(struct writer *w)
{
	const struct luob_ledger *l = &w->run->tx.space.ledger;
	const struct luo_state *st = &w->run->st;
	struct luo_run_result *res = w->run->res;
	size_t i;
	int err;

	for (i = 0, err = 0; i < l->nr && !err; i++) {
		const struct luob_range *r = &l->ranges[i];
		__u64 len = (__u64)KHO_PAGE_SIZE << r->order;

		if (r->dropped) {
			res->ranges_dropped += !r->va;
			continue;
		}
		res->ranges_after++;
		res->bytes_after += len;
		res->ranges_added += r->va != NULL;
		if (r->pa == st->root_pa || is_content(w->run, r))
			continue;
		err = r->va ? add_overlay(w, r->pa, len, r->va) : add_range(w, r->pa, len);
	}
	if (!err)
		err = add_overlay(w, st->root_pa, KHO_PAGE_SIZE, w->root_page);
	if (!err && st->scratch_pa)
		err = add_range(w, st->scratch_pa & ~(KHO_PAGE_SIZE - 1), KHO_PAGE_SIZE);
	if (!err && !res->identical)
		return luob_radix__each_page(&w->radix, add_map_page, w);
	for (i = 0; !err && i < st->map_pages.cap; i++)
		if (st->map_pages.slots[i])
			err = add_range(w, st->map_pages.slots[i], KHO_PAGE_SIZE);
	return err;
}

static int by_overlay(const void *a, const void *b)
{
	const struct luo_overlay *x = a, *y = b;

	return x->pa < y->pa ? -1 : x->pa > y->pa;
}

static int by_range(const void *a, const void *b)
{
	const struct luo_snapshot_range *x = a, *y = b;

	return x->pa < y->pa ? -1 : x->pa > y->pa;
}

/* First overlay that ends behind @pa. */
static size_t find_overlay(const struct writer *w, __u64 pa)
{
	size_t lo = 0, hi = w->nr_overlay;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (w->overlay[mid].pa + w->overlay[mid].len <= pa)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* New memory where there is some, the old snapshot elsewhere. */
static int read_new(void *priv, __u64 pa, void *buf, size_t len)
{
	struct writer *w = priv;
	const struct luo_overlay *o;
	size_t n, i;
	int err;

	for (; len; pa += n, buf = (__u8 *)buf + n, len -= n) {
		i = find_overlay(w, pa);
		o = i < w->nr_overlay ? &w->overlay[i] : NULL;
		if (o && o->pa <= pa) {
			n = o->pa + o->len - pa < len ? o->pa + o->len - pa : len;
			memcpy(buf, (const __u8 *)o->va + (pa - o->pa), n);
			continue;
		}
		n = o && o->pa - pa < len ? o->pa - pa : len;
		err = luo_snapshot__read(w->run->st.snap, pa, buf, n);
		if (err)
			return err;
	}
	return 0;
}

static void say_written(void *priv, __u64 done, __u64 total)
{
	struct writer *w = priv;

	if (w->run->opts->progress)
		w->run->opts->progress("write", done, total);
}

/* What the next reader has to know; look-ups are answered and not carried on. */
static char *make_notes(struct luo_run *run)
{
	static const char *const keep[] = {
		"KHO_SCRATCH", "KHO_SCRATCH_CNT", "RAM_MIB", "STOPPED_AT", "TEST", NULL,
	};
	struct luo_provenance way;
	const char *value;
	size_t size, i;
	char *text;
	FILE *f;
	int err;

	f = open_memstream(&text, &size);
	if (!f)
		return NULL;
	fprintf(f, "OSRELEASE=%s\n", run->st.release);
	fprintf(f, "KHO_FDT=0x%llx\n", (unsigned long long)run->st.root_pa);
	for (i = 0; keep[i]; i++) {
		value = luo_snapshot__note(run->st.snap, keep[i]);
		if (value)
			fprintf(f, "%s=%s\n", keep[i], value);
	}
	fprintf(f, "FORMAT=%s\n", run->to->core.release);
	err = luo_provenance__read(&way, run->st.snap);
	if (!err)
		run->res->hop.number = luo_provenance__write(&way, &run->res->hop, f);
	luo_provenance__free(&way);
	if (fclose(f) || err) {
		free(text);
		return NULL;
	}
	return text;
}

static enum luo_run_status write_file(struct writer *w)
{
	struct luo_snapshot_image img = { .read = read_new, .priv = w, .progress = say_written };
	char *notes = luo_run__hop(w->run) ? NULL : make_notes(w->run);
	char msg[400];
	int err;

	if (!notes || collect(w)) {
		free(notes);
		return luo_run__no_memory(w->run);
	}
	qsort(w->overlay, w->nr_overlay, sizeof(*w->overlay), by_overlay);
	qsort(w->ranges, w->nr_ranges, sizeof(*w->ranges), by_range);
	if (!w->run->opts->output) {
		free(notes);
		return LUO_RUN_DONE;
	}
	img.notes = notes;
	img.ranges = w->ranges;
	img.nr_ranges = w->nr_ranges;
	err = luo_snapshot__write(w->run->opts->output, &img, &w->run->res->written, msg,
				  sizeof(msg));
	free(notes);
	if (err == -ENXIO) {
		luo_run__block(w->run, "NOT_IN_MEMORY", "content",
			       "preserved memory is missing in the snapshot; --records-only "
			       "leaves content out");
		return LUO_RUN_REFUSED;
	}
	return err ? luo_run__fail(w->run, LUO_RUN_SYSTEM, w->run->opts->output, "%s", msg) :
		     LUO_RUN_DONE;
}

/**
 * luo_run__write - check the whole result and write it
 * @run: a run whose records are all accepted
 *
 * Return: how it ended; nothing is written unless LUO_RUN_DONE.
 */
enum luo_run_status luo_run__write(struct luo_run *run)
{
	struct writer w = { .run = run };
	struct luob_kho_root root;
	enum luo_run_status status;

	luo_tx__new_root(&run->tx, &run->st.root, run->to->kho, &root);
	status = check_result(run, &root);
	if (!status)
		status = build(&w, &root);
	if (!status)
		status = write_file(&w);
	luob_radix__free(&w.radix, true);
	free(w.overlay);
	free(w.ranges);
	return status;
}
