// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "abi/kexec_metadata.h"
#include "abi/kho.h"
#include "abi/luo.h"
#include "core/kho_map.h"
#include "lib/label.h"
#include "lib/state.h"

/* More roots than that are no state but an attack on the search. */
#define MAX_ROOTS	64

struct opener {
	struct luo_state *st;
	const struct luo_state_opts *opts;
	char *msg;
	size_t msg_size;
};

__attribute__((format(printf, 4, 5)))
static enum luo_state_error fail(struct opener *o, enum luo_state_error e, const char *rule,
				 const char *fmt, ...)
{
	va_list ap;

	o->st->rule = rule;
	va_start(ap, fmt);
	vsnprintf(o->msg, o->msg_size, fmt, ap);
	va_end(ap);
	return e;
}

static const void *map_old(void *priv, __u64 pa, __u32 len)
{
	return luo_snapshot__map(priv, pa, len);
}

static bool read_number(const char *text, __u64 *v)
{
	char *end;

	errno = 0;
	*v = strtoull(text, &end, 0);
	return !errno && end != text && !*end && *text != '-';
}

/* A number of the note; 0 when it is not there. check_notes() has read them all. */
static __u64 note_number(const struct luo_state *st, const char *key)
{
	const char *text = luo_snapshot__note(st->snap, key);
	__u64 v;

	return text && read_number(text, &v) ? v : 0;
}

/* What cannot be read is refused: without it a check would be left out in silence. */
static enum luo_state_error check_notes(struct opener *o)
{
	static const char *const numbers[] = {
		"KHO_FDT", "KHO_SCRATCH", "KHO_SCRATCH_CNT", "RAM_MIB",
	};
	const char *text;
	size_t i;
	__u64 v;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		text = luo_snapshot__note(o->st->snap, numbers[i]);
		if (text && !read_number(text, &v))
			return fail(o, LUO_STATE_BAD, "BAD_NOTE", "note %s: '%.40s' is no number",
				    numbers[i], text);
	}
	return LUO_STATE_OK;
}

/* How much a root has to tell: one that was never used has no subtree LUO behind it. */
static int rank(struct opener *o, __u64 pa)
{
	struct luob_kho_root root;
	struct luob_fault f;
	__u8 page[KHO_ROOT_SIZE];
	__u32 i;
	int n;

	if (luo_snapshot__read(o->st->snap, pa, page, sizeof(page)) ||
	    luob_kho_root__parse(&root, page, &f))
		return 0;
	n = root.map_pa ? 2 : 1;
	for (i = 0; i < root.nr_subtrees; i++)
		if (!strcmp(root.subtrees[i].name, LUO_SUBTREE) &&
		    luo_snapshot__has(o->st->snap, root.subtrees[i].pa, KHO_PAGE_SIZE))
			n += 2;
	return n;
}

/*
 * A dump also holds the root that its kernel was started with, if it was. That one
 * is taken out of memory when read, so the one with most behind it is the outgoing.
 */
static enum luo_state_error scan_root(struct opener *o)
{
	__u64 roots[MAX_ROOTS];
	int n, i, best = 0, r;

	n = luo_snapshot__find_roots(o->st->snap, roots, MAX_ROOTS);
	if (n < 0)
		return fail(o, LUO_STATE_SYSTEM, "READ", "reading failed: %s", strerror(-n));
	for (i = 0; i < n && i < MAX_ROOTS; i++) {
		r = rank(o, roots[i]);
		if (r < best || !r)
			continue;
		best = r;
		o->st->root_pa = roots[i];
	}
	if (!o->st->root_pa)
		return fail(o, LUO_STATE_BAD, "NO_ROOT",
			    "no KHO root: was the kernel booted with kho=on?");
	o->st->root_found = "scan";
	return LUO_STATE_OK;
}

static enum luo_state_error find_root(struct opener *o)
{
	struct luo_state *st = o->st;

	st->root_found = "argument";
	st->root_pa = o->opts->root;
	if (!st->root_pa) {
		st->root_found = "note";
		st->root_pa = note_number(st, "KHO_FDT");
	}
	return st->root_pa ? LUO_STATE_OK : scan_root(o);
}

static enum luo_state_error read_root(struct opener *o)
{
	struct luo_state *st = o->st;
	struct luob_fault f;

	if (st->root_pa & (KHO_PAGE_SIZE - 1))
		return fail(o, LUO_STATE_BAD, "NO_ROOT", "KHO root 0x%llx is not page aligned",
			    (unsigned long long)st->root_pa);
	if (luo_snapshot__read(st->snap, st->root_pa, st->root_page, KHO_ROOT_SIZE))
		return fail(o, LUO_STATE_BAD, "NO_ROOT", "KHO root 0x%llx is not in the snapshot",
			    (unsigned long long)st->root_pa);
	switch (luob_kho_root__parse(&st->root, st->root_page, &f)) {
	case 0:
		return LUO_STATE_OK;
	case -EPROTONOSUPPORT:
		return fail(o, LUO_STATE_BAD, "UNKNOWN_KHO_VERSION", "%s", f.text);
	default:
		return fail(o, LUO_STATE_BAD, f.rule, "%s", f.text);
	}
}

static enum luo_state_error read_scratch(struct opener *o)
{
	struct luo_state *st = o->st;
	__u64 nr = note_number(st, "KHO_SCRATCH_CNT"), i;
	struct kho_scratch___v1 s;

	st->scratch_pa = note_number(st, "KHO_SCRATCH");
	if (!st->scratch_pa || !nr)
		return LUO_STATE_OK;
	if (nr > KHO_PAGE_SIZE / sizeof(s))
		return fail(o, LUO_STATE_BAD, "SCRATCH", "note counts %llu scratch areas",
			    (unsigned long long)nr);
	st->scratch = calloc(nr, sizeof(*st->scratch));
	if (!st->scratch)
		return fail(o, LUO_STATE_SYSTEM, "NO_MEMORY", "no memory");
	for (i = 0; i < nr; i++) {
		if (luo_snapshot__read(st->snap, st->scratch_pa + i * sizeof(s), &s, sizeof(s)) ||
		    (s.addr | s.size) & (KHO_PAGE_SIZE - 1) || s.addr >> 52 || s.size >> 52)
			return fail(o, LUO_STATE_BAD, "SCRATCH", "scratch area %llu is damaged",
				    (unsigned long long)i);
		st->scratch[i].pa = s.addr;
		st->scratch[i].len = s.size;
	}
	st->nr_scratch = nr;
	return LUO_STATE_OK;
}

static bool in_scratch(const struct luo_state *st, const struct luob_range *r)
{
	__u64 end = r->pa + ((__u64)KHO_PAGE_SIZE << r->order);
	size_t i;

	for (i = 0; i < st->nr_scratch; i++)
		if (r->pa < st->scratch[i].pa + st->scratch[i].len && st->scratch[i].pa < end)
			return true;
	return false;
}

static enum luo_state_error check_ranges(struct opener *o)
{
	struct luo_state *st = o->st;
	const struct luob_ledger *l = &st->ledger;
	__u64 ram = note_number(st, "RAM_MIB") << 20;
	size_t i;

	for (i = 0; i < l->nr; i++) {
		__u64 end = l->ranges[i].pa + ((__u64)KHO_PAGE_SIZE << l->ranges[i].order);

		st->preserved_bytes += end - l->ranges[i].pa;
		if (in_scratch(st, &l->ranges[i]))
			return fail(o, LUO_STATE_BAD, "IN_SCRATCH",
				    "preserved range 0x%llx lies in scratch memory",
				    (unsigned long long)l->ranges[i].pa);
		/* Below 3 GiB the lab's and QEMU's machines have one block of RAM. */
		if (ram && ram <= 3ULL << 30 && end > ram)
			return fail(o, LUO_STATE_BAD, "BEYOND_RAM",
				    "preserved range 0x%llx of order %u lies beyond RAM",
				    (unsigned long long)l->ranges[i].pa, l->ranges[i].order);
	}
	st->preserved_nr = l->nr;
	return LUO_STATE_OK;
}

static enum luo_state_error read_map(struct opener *o)
{
	struct luo_state *st = o->st;
	struct luob_fault f;
	__u64 bad;
	int err;

	if (!st->root.map_pa)
		return fail(o, LUO_STATE_NOT_FROZEN, "NOT_FROZEN",
			    "the memory map is not written yet: dump the machine at "
			    "machine_kexec()");
	err = (st->root.format->radix ? luob_map__read_radix : luob_map__read_chunks)
		(&st->mem, st->root.map_pa, &st->ledger, &st->map_pages, &f);
	if (err == -EBADMSG)
		return fail(o, LUO_STATE_BAD, f.rule, "%s", f.text);
	if (err)
		return fail(o, LUO_STATE_SYSTEM, "NO_MEMORY", "no memory for the memory map");
	if (luob_ledger__seal(&st->ledger, &bad))
		return fail(o, LUO_STATE_BAD, "OVERLAP", "memory map: ranges overlap at 0x%llx",
			    (unsigned long long)bad);
	return check_ranges(o);
}

static const struct luob_subtree *subtree(const struct luo_state *st, const char *name)
{
	__u32 i;

	for (i = 0; i < st->root.nr_subtrees; i++)
		if (!strcmp(st->root.subtrees[i].name, name))
			return &st->root.subtrees[i];
	return NULL;
}

/* The version string of the LUO root, from an FDT or at the start of a raw record. */
static void peek_luo(struct luo_state *st)
{
	const struct luob_subtree *s = subtree(st, LUO_SUBTREE);
	__u8 page[KHO_PAGE_SIZE];
	const char *c = (const char *)page;
	int len = LUOB_STRING_MAX - 1;

	if (!s || luo_snapshot__read(st->snap, s->pa, page, sizeof(page)))
		return;
	if (!fdt_check_full(page, sizeof(page)))
		c = fdt_getprop(page, 0, KHO_PROP_COMPATIBLE, &len);
	if (c && len > 0)
		snprintf(st->luo_string, sizeof(st->luo_string), "%.*s",
			 len < LUOB_STRING_MAX ? len : LUOB_STRING_MAX - 1, c);
}

/* The release: what the note says, what the kernel itself left, what formats suggest. */
static void find_release(struct luo_state *st)
{
	const struct luob_subtree *meta = subtree(st, KEXEC_METADATA_SUBTREE);
	const char *s = luo_snapshot__note(st->snap, "FORMAT");
	struct kho_kexec_metadata___v1 m;

	st->release_from = "note";
	if (!s)
		s = luo_snapshot__note(st->snap, "OSRELEASE");
	if (!s && meta && !luo_snapshot__read(st->snap, meta->pa, &m, sizeof(m)) &&
	    m.version == 1 && memchr(m.previous_release, 0, sizeof(m.previous_release))) {
		st->release_from = "kexec-metadata";
		s = m.previous_release;
	}
	if (!s || !*s) {
		st->release_from = "formats";
		s = luo_profile__guess(st->root.compatible,
				       st->luo_string[0] ? st->luo_string : NULL);
	}
	snprintf(st->release, sizeof(st->release), "%s", s ? s : "unknown");
	luo_label__clean(st->release);
}

static enum luo_state_error find_profile(struct opener *o)
{
	struct luo_state *st = o->st;
	const struct luob_format *luo;
	int err;

	peek_luo(st);
	find_release(st);
	if (o->opts->profile) {
		st->rule = "UNKNOWN_RELEASE";
		err = luo_profile__open(&st->profile, o->opts->profile, o->opts->types, o->msg,
					o->msg_size);
		if (err)
			return LUO_STATE_PROFILE;
	} else {
		err = luo_profile__by_release(&st->profile, st->release, o->opts->types, o->msg,
					      o->msg_size);
	}
	if (err) {
		st->rule = "UNKNOWN_RELEASE";
		return err == -ENOENT || err == -EINVAL ? LUO_STATE_BAD : LUO_STATE_SYSTEM;
	}
	if (strcmp(st->profile->kho, st->root.compatible))
		return fail(o, LUO_STATE_BAD, "RELEASE_MISMATCH",
			    "the root is '%s', but %s writes '%s'", st->root.compatible,
			    st->profile->core.release, st->profile->kho);
	luo = luob_profile__subtree(&st->profile->core, LUO_SUBTREE, true);
	if (st->luo_string[0] && luo && strcmp(luo->string, st->luo_string))
		return fail(o, LUO_STATE_BAD, "RELEASE_MISMATCH",
			    "subtree LUO is '%s', but %s writes '%s'", st->luo_string,
			    st->profile->core.release, luo->string);
	return LUO_STATE_OK;
}

/* The note of a reduced capture says where the machine stood. */
bool luo_state__stopped(const struct luo_state *st)
{
	const char *at = luo_snapshot__note(st->snap, "STOPPED_AT");

	return at && !strcmp(at, "machine_kexec");
}

/**
 * luo_state__open - open a snapshot and read root and memory map
 * @st: result, to be closed after success and failure
 * @path: ELF core
 * @opts: how
 * @msg: one line on failure, without the path
 * @msg_size: bytes of @msg
 *
 * Records are not looked at yet: luo_tx__account() does that.
 */
enum luo_state_error luo_state__open(struct luo_state *st, const char *path,
				     const struct luo_state_opts *opts, char *msg, size_t msg_size)
{
	static enum luo_state_error (*const stages[])(struct opener *o) = {
		check_notes, find_root, read_root, find_profile, read_scratch, read_map,
	};
	struct opener o = { .st = st, .opts = opts, .msg = msg, .msg_size = msg_size };
	enum luo_state_error e = LUO_STATE_OK;
	size_t i;
	int err;

	memset(st, 0, sizeof(*st));
	st->rule = "BAD_SNAPSHOT";
	err = luo_snapshot__open(&st->snap, path, msg, msg_size);
	if (err)
		return err == -EBADMSG ? LUO_STATE_BAD : LUO_STATE_SYSTEM;
	st->mem.map = map_old;
	st->mem.priv = st->snap;
	for (i = 0; i < sizeof(stages) / sizeof(stages[0]) && !e; i++)
		e = stages[i](&o);
	return e;
}

void luo_state__close(struct luo_state *st)
{
	luob_ledger__free(&st->ledger);
	luob_set__free(&st->map_pages);
	luo_profile__free(st->profile);
	luo_snapshot__close(st->snap);
	free(st->scratch);
	memset(st, 0, sizeof(*st));
}
