// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The description of a specimen. specimen_place.c makes a state of it. */
#include "abi/luo.h"
#include "lib/specimen.h"

/**
 * luo_specimen__add - describe a region
 * @s: specimen; its first part is the record
 * @up: part with the handle that leads here
 * @up_off: offset of that handle
 * @h: the handle, NULL for the first part
 * @type: of a record, NULL for others
 * @nr: elements
 *
 * Return: 0, -E2BIG when there are more elements than anybody would look at, -EEXIST when
 * the handle leads somewhere already, -ENOMEM.
 */
int luo_specimen__add(struct luo_specimen *s, size_t up, __u64 up_off,
		      const struct luob_handle *h, const struct luob_type *type, __u64 nr)
{
	const struct luob_type *head = h && !type ? h->head : type;
	const struct luob_type *elem = h && !type ? h->elem : type ? type->nodes : NULL;
	struct luo_specimen_part *p;
	size_t i;

	if (nr > LUO_SPECIMEN_ELEMS || (elem && nr * elem->size > LUO_SPECIMEN_BYTES))
		return -E2BIG;
	for (i = 1; i < s->nr; i++)
		if (s->parts[i].up == up && s->parts[i].up_off == up_off)
			return -EEXIST;
	p = luob_grow(s->parts, s->nr, &s->cap, sizeof(*p));
	if (!p)
		return -ENOMEM;
	s->parts = p;
	p += s->nr;
	memset(p, 0, sizeof(*p));
	p->up = up;
	p->up_off = up_off;
	p->handle = h;
	p->type = type;
	p->nr = nr;
	p->size = (head ? head->size : 0) + nr * (elem ? elem->size : 0);
	p->bytes = luob_alloc(p->size + 1, 1);
	p->given = luob_alloc(p->size + 1, 1);
	s->nr++;
	return p->bytes && p->given ? 0 : -ENOMEM;
}

/* Bytes outside of the part are nobody's. */
void luo_specimen__put(struct luo_specimen *s, size_t part, __u64 off, __u8 val)
{
	struct luo_specimen_part *p = &s->parts[part];

	if (off >= p->size)
		return;
	p->bytes[off] = val;
	p->given[off] = 1;
}

int luo_specimen__answer(struct luo_specimen *s, __u64 kind, __u64 key, __u64 val)
{
	struct luo_specimen_answer *a;

	a = luob_grow(s->answers, s->nr_answers, &s->cap_answers, sizeof(*a));
	if (!a)
		return -ENOMEM;
	s->answers = a;
	a[s->nr_answers++] = (struct luo_specimen_answer){ .kind = kind, .key = key, .val = val };
	return 0;
}

void luo_specimen__free(struct luo_specimen *s)
{
	size_t i;

	for (i = 0; i < s->nr; i++) {
		luob_free(s->parts[i].bytes);
		luob_free(s->parts[i].given);
	}
	luob_free(s->parts);
	luob_free(s->answers);
	memset(s, 0, sizeof(*s));
}

static void put_bytes(struct luo_specimen *s, size_t part, __u64 off, const void *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		luo_specimen__put(s, part, off + i, ((const __u8 *)p)[i]);
}


/**
 * luo_specimen__hang - make the record a file of a session of LUO, as 7.1 writes it
 * @s: specimen; its first part becomes the LUO root
 * @catalogue: where the structures of LUO are
 * @format: of the record
 * @key: its token: what translate() gets as arg
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * Return: 0, -EINVAL, -ENOMEM.
 */
int luo_specimen__hang(struct luo_specimen *s, struct luo_types *catalogue,
		       const struct luob_format *format, __u64 key, char *msg, size_t msg_size)
{
	const struct luob_type *root = luo_types__get(catalogue, "luo_root___v1_7_1", msg,
						      msg_size);
	const __u32 sessions = offsetof(struct luo_root___v1_7_1, sessions_pa);
	const __u32 head = sizeof(struct luo_session_header_ser___v1);
	const __u32 files = head + offsetof(struct luo_session_ser___v1, file_set_ser);
	const __u32 flbs = offsetof(struct luo_root___v1_7_1, flbs_pa);
	const struct luob_handle *h[3] = {};
	struct luo_specimen n = {};
	size_t i;
	int err;

	if (!root)
		return -EINVAL;
	h[0] = luob_type__handle(root, sessions);
	h[1] = h[0] ? luob_type__handle(h[0]->elem, files - head) : NULL;
	h[2] = h[1] ? luob_type__handle(h[1]->elem, offsetof(struct luo_file_ser, data)) : NULL;
	if (!h[2])
		return -EINVAL;
	err = luo_specimen__add(&n, 0, 0, NULL, root, 0);
	err = err ?: luo_specimen__add(&n, 0, sessions, h[0], NULL, 1);
	err = err ?: luo_specimen__add(&n, 1, files, h[1], NULL, 1);
	err = err ?: luo_specimen__add(&n, 0, flbs, luob_type__handle(root, flbs), NULL, 0);
	if (err)
		goto out;
	n.parts[3].null = true;
	put_bytes(&n, 1, head, "counterexample", sizeof("counterexample"));
	put_bytes(&n, 2, offsetof(struct luo_file_ser, token), &key, sizeof(key));
	for (i = 0; i < s->nr && !err; i++) {
		struct luo_specimen_part *p = luob_grow(n.parts, n.nr, &n.cap, sizeof(*p));

		if (!p) {
			err = -ENOMEM;
			break;
		}
		n.parts = p;
		p[n.nr] = s->parts[i];
		p[n.nr].up = i ? s->parts[i].up + 4 : 2;
		if (!i) {
			p[n.nr].up_off = offsetof(struct luo_file_ser, data);
			p[n.nr].handle = h[2];
			p[n.nr].format = format;
		}
		s->parts[i].bytes = s->parts[i].given = NULL;
		n.nr++;
	}
	if (err)
		goto out;
	luob_free(s->parts);
	s->parts = n.parts;
	s->nr = n.nr;
	s->cap = n.cap;
	return 0;
out:
	luo_specimen__free(&n);
	return err;
}
