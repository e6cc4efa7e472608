// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "api/int.h"
#include "lib/inspect.h"
#include "lib/objects.h"

struct luobpf_state {
	struct luo_objects objects;
	struct luo_state st;
	struct luo_inspect in;
	struct luobpf_note *damage;
};

static int code(enum luo_state_error err)
{
	switch (err) {
	case LUO_STATE_OK:
		return 0;
	case LUO_STATE_SYSTEM:
		return -EIO;
	case LUO_STATE_PROFILE:
		return -EINVAL;
	default:
		return -EBADMSG;
	}
}

static int keep_damage(struct luobpf_state *s)
{
	size_t i;

	s->damage = calloc(s->in.nr_kept + 1, sizeof(*s->damage));
	if (!s->damage)
		return -ENOMEM;
	for (i = 0; i < s->in.nr_kept; i++) {
		const struct luo_damage *d = &s->in.damage[i];

		snprintf(s->damage[i].rule, sizeof(s->damage[i].rule), "%s", d->rule);
		snprintf(s->damage[i].record, sizeof(s->damage[i].record), "%s", d->record);
		snprintf(s->damage[i].field, sizeof(s->damage[i].field), "%s", d->field);
		snprintf(s->damage[i].text, sizeof(s->damage[i].text), "%s", d->text);
	}
	return 0;
}

/* The catalogue will do; installed objects may have structures that are not in it. */
static int open_state(struct luobpf_state *s, const char *path, const char *profile, char *msg,
		      size_t msg_size)
{
	struct luo_state_opts opts = { .profile = profile };
	char where[2300], ignored[400];
	struct luo_type_set set;
	int err;

	err = luo_objects__open(&s->objects, msg, msg_size);
	if (err)
		return err;
	luo_objects__add_installed(&s->objects, where, sizeof(where), ignored, sizeof(ignored));
	if (luo_objects__ready(&s->objects))
		return -ENOMEM;
	set = luo_objects__types(&s->objects);
	opts.types = &set;
	err = code(luo_state__open(&s->st, path, &opts, msg, msg_size));
	if (err)
		return err;
	if (luo_inspect__open(&s->in, &s->st))
		return -ENOMEM;
	return keep_damage(s);
}

LUOBPF_API int luobpf_state__open(struct luobpf_state **state, const char *path,
				  const char *profile, char *msg, size_t msg_size)
{
	struct luobpf_state *s = calloc(1, sizeof(*s));
	char line[400] = "no memory";
	int err;

	*state = NULL;
	err = s ? open_state(s, path, profile, line, sizeof(line)) : -ENOMEM;
	if (!err) {
		*state = s;
		return 0;
	}
	luobpf__say(msg, msg_size, "%s", line);
	luobpf_state__close(s);
	return err;
}

LUOBPF_API void luobpf_state__close(struct luobpf_state *s)
{
	if (!s)
		return;
	luo_inspect__close(&s->in);
	luo_state__close(&s->st);
	luo_objects__free(&s->objects);
	free(s->damage);
	free(s);
}

LUOBPF_API const char *luobpf_state__release(const struct luobpf_state *s)
{
	return s->st.release;
}

LUOBPF_API const char *luobpf_state__kho(const struct luobpf_state *s)
{
	return s->st.root.compatible;
}

LUOBPF_API enum luobpf_frozen luobpf_state__frozen(const struct luobpf_state *s)
{
	return s->in.frozen == LUOB_YES ? LUOBPF_FROZEN :
	       s->in.frozen == LUOB_NO ? LUOBPF_NOT_FROZEN : LUOBPF_FROZEN_UNKNOWN;
}

LUOBPF_API uint64_t luobpf_state__sessions(const struct luobpf_state *s)
{
	return s->in.sessions;
}

LUOBPF_API uint64_t luobpf_state__files(const struct luobpf_state *s)
{
	return s->in.files;
}

LUOBPF_API uint64_t luobpf_state__preserved(const struct luobpf_state *s)
{
	return s->st.preserved_bytes;
}

LUOBPF_API uint64_t luobpf_state__nr_damage(const struct luobpf_state *s)
{
	return s->in.nr_damage;
}

LUOBPF_API const struct luobpf_note *luobpf_state__damage(const struct luobpf_state *s, size_t i)
{
	return i < s->in.nr_kept ? &s->damage[i] : NULL;
}
