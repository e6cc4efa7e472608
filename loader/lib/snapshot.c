// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Memory and notes of an open core. */
#include <errno.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "snapshot_int.h"

#define CHUNK		(1U << 20)

/* A page, or a range that crosses pages; the two can't have the same key. */
struct cached {
	struct cached *next;
	__u64 pa;
	size_t len;
	unsigned char data[];
};

int snapshot__read_at(int fd, void *buf, size_t len, __u64 off)
{
	char *p = buf;

	while (len) {
		ssize_t n = pread(fd, p, len, off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return -EIO;
		p += n;
		off += n;
		len -= n;
	}
	return 0;
}

void luo_snapshot__close(struct luo_snapshot *snap)
{
	struct cached *c, *next;
	size_t i;

	if (!snap)
		return;
	for (i = 0; i < snap->nr_buckets; i++) {
		for (c = snap->buckets[i]; c; c = next) {
			next = c->next;
			free(c);
		}
	}
	free(snap->buckets);
	free(snap->segs);
	free(snap->ranges);
	free(snap->text);
	if (snap->fd >= 0)
		close(snap->fd);
	free(snap);
}

bool luo_snapshot__has(const struct luo_snapshot *snap, __u64 pa, __u64 len)
{
	size_t lo = 0, hi = snap->nr_ranges;
	const struct luo_snapshot_range *r;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (snap->ranges[mid].pa <= pa)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo)
		return false;
	r = &snap->ranges[lo - 1];
	return pa - r->pa < r->len && len <= r->len - (pa - r->pa);
}

/* The first segment that ends behind @pa, or the end of the list. */
static const struct segment *find_segment(const struct luo_snapshot *snap, __u64 pa)
{
	size_t lo = 0, hi = snap->nr_segs;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (snap->segs[mid].pa + snap->segs[mid].mem <= pa)
			lo = mid + 1;
		else
			hi = mid;
	}
	return &snap->segs[lo];
}

/* Up to @len bytes of one segment; @len becomes how many. */
static int read_segment(const struct luo_snapshot *snap, const struct segment *s, __u64 pa,
			void *buf, size_t *len)
{
	__u64 at = pa - s->pa;
	size_t have = 0;
	int err = 0;

	if (*len > s->mem - at)
		*len = s->mem - at;
	if (at < s->file)
		have = *len < s->file - at ? *len : s->file - at;
	if (have)
		err = snapshot__read_at(snap->fd, buf, have, s->off + at);
	memset((char *)buf + have, 0, *len - have);
	return err;
}

int luo_snapshot__read(struct luo_snapshot *snap, __u64 pa, void *buf, size_t len)
{
	const struct segment *s;
	size_t part;
	int err;

	if (!len)
		return 0;
	if (!luo_snapshot__has(snap, pa, len))
		return -ENXIO;
	for (s = find_segment(snap, pa); len; s++) {
		part = len;
		err = read_segment(snap, s, pa, buf, &part);
		if (err)
			return err;
		pa += part;
		buf = (char *)buf + part;
		len -= part;
	}
	return 0;
}

static size_t bucket(const struct luo_snapshot *snap, __u64 pa, size_t len)
{
	__u64 h = (pa ^ (len - PAGE)) * 0x9e3779b97f4a7c15ULL;

	return (h >> 32) & (snap->nr_buckets - 1);
}

static int grow_buckets(struct luo_snapshot *snap)
{
	struct cached **old = snap->buckets, **b, *c, *next;
	size_t i, nr = snap->nr_buckets;

	if (snap->nr_cached < nr)
		return 0;
	b = calloc(nr ? nr * 2 : 64, sizeof(*b));
	if (!b)
		return -ENOMEM;
	snap->buckets = b;
	snap->nr_buckets = nr ? nr * 2 : 64;
	for (i = 0; i < nr; i++) {
		for (c = old[i]; c; c = next) {
			next = c->next;
			b = &snap->buckets[bucket(snap, c->pa, c->len)];
			c->next = *b;
			*b = c;
		}
	}
	free(old);
	return 0;
}

/* What there is of a range; the rest of it reads as zero. */
static int fill(struct luo_snapshot *snap, __u64 pa, unsigned char *buf, size_t len)
{
	const struct segment *s, *end = snap->segs + snap->nr_segs;
	int err = 0;

	memset(buf, 0, len);
	for (s = find_segment(snap, pa); s < end && s->pa < pa + len && !err; s++) {
		__u64 from = s->pa > pa ? s->pa : pa;
		size_t part = pa + len - from;

		err = read_segment(snap, s, from, buf + (from - pa), &part);
	}
	return err;
}

static const struct cached *cache(struct luo_snapshot *snap, __u64 pa, size_t len)
{
	struct cached *c, **b;
	int err;

	if (grow_buckets(snap))
		goto no_memory;
	b = &snap->buckets[bucket(snap, pa, len)];
	for (c = *b; c; c = c->next)
		if (c->pa == pa && c->len == len)
			return c;

	c = malloc(sizeof(*c) + len);
	if (!c)
		goto no_memory;
	c->pa = pa;
	c->len = len;
	err = fill(snap, pa, c->data, len);
	if (err) {
		free(c);
		errno = -err;
		return NULL;
	}
	c->next = *b;
	*b = c;
	snap->nr_cached++;
	return c;

no_memory:
	errno = ENOMEM;
	return NULL;
}

const void *luo_snapshot__map(struct luo_snapshot *snap, __u64 pa, size_t len)
{
	__u64 page = pa & ~(PAGE - 1);
	const struct cached *c;

	if (!len || len > LUO_SNAPSHOT_MAP_MAX) {
		errno = len ? EFBIG : EINVAL;
		return NULL;
	}
	if (!luo_snapshot__has(snap, pa, len)) {
		errno = ENXIO;
		return NULL;
	}
	if (pa - page + len <= PAGE) {
		c = cache(snap, page, PAGE);
		return c ? c->data + (pa - page) : NULL;
	}
	c = cache(snap, pa, len);
	return c ? c->data : NULL;
}

const char *luo_snapshot__next_note(const struct luo_snapshot *snap, const char *key,
				    const char *prev)
{
	const char *line, *end;
	size_t len = strlen(key);

	if (!snap->text)
		return NULL;
	end = snap->text + snap->text_len;
	for (line = prev ? prev + strlen(prev) + 1 : snap->text; line < end;
	     line += strlen(line) + 1)
		if (!strncmp(line, key, len) && line[len] == '=')
			return line + len + 1;
	return NULL;
}

const char *luo_snapshot__note(const struct luo_snapshot *snap, const char *key)
{
	return luo_snapshot__next_note(snap, key, NULL);
}

bool luo_snapshot__is_reduced(const struct luo_snapshot *snap)
{
	return snap->reduced;
}

size_t luo_snapshot__ranges(const struct luo_snapshot *snap, struct luo_snapshot_range *ranges,
			    size_t max)
{
	size_t nr = snap->nr_ranges < max ? snap->nr_ranges : max;

	if (nr)
		memcpy(ranges, snap->ranges, nr * sizeof(*ranges));
	return snap->nr_ranges;
}

/* 1 when a root FDT starts at @pa, 0 when not, or -errno. */
static int is_root(struct luo_snapshot *snap, __u64 pa)
{
	static const char prefix[] = "kho-v";
	__u64 page[LUO_SNAPSHOT_PAGE / sizeof(__u64)];
	const char *compatible;
	int err, len;

	err = luo_snapshot__read(snap, pa, page, sizeof(page));
	if (err)
		return err == -ENXIO ? 0 : err;
	if (fdt_magic(page) != FDT_MAGIC || fdt_version(page) != 17 ||
	    fdt_totalsize(page) > sizeof(page) || fdt_check_full(page, sizeof(page)))
		return 0;
	compatible = fdt_getprop(page, 0, "compatible", &len);
	return compatible && len > (int)strlen(prefix) &&
	       !memcmp(compatible, prefix, strlen(prefix));
}

static int scan_segment(struct luo_snapshot *snap, const struct segment *s, char *buf,
			__u64 *roots, size_t max, int *nr)
{
	static const __u8 magic[] = { 0xd0, 0x0d, 0xfe, 0xed };
	__u64 pa = (s->pa + PAGE - 1) & ~(PAGE - 1), end = s->pa + s->file;
	size_t part, i;
	int err;

	for (; pa < end; pa += part) {
		part = end - pa < CHUNK ? end - pa : CHUNK;
		err = read_segment(snap, s, pa, buf, &part);
		if (err)
			return err;
		for (i = 0; i + sizeof(magic) <= part; i += PAGE) {
			if (memcmp(buf + i, magic, sizeof(magic)))
				continue;
			err = is_root(snap, pa + i);
			if (err < 0)
				return err;
			if (err && (size_t)*nr < max)
				roots[*nr] = pa + i;
			*nr += err;
		}
	}
	return 0;
}

int luo_snapshot__find_roots(struct luo_snapshot *snap, __u64 *roots, size_t max)
{
	char *buf = malloc(CHUNK);
	int err = 0, nr = 0;
	size_t i;

	if (!buf)
		return -ENOMEM;
	for (i = 0; i < snap->nr_segs && !err; i++)
		err = scan_segment(snap, &snap->segs[i], buf, roots, max, &nr);
	free(buf);
	return err ?: nr;
}
