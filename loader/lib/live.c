// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdarg.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/abi.h"
#include "lib/driver_records.h"
#include "lib/hardware.h"
#include "lib/image.h"
#include "lib/kconfig.h"
#include "lib/label.h"
#include "lib/live.h"
#include "lib/target_config.h"
#include "lib/verdict.h"

__attribute__((format(printf, 4, 5)))
static enum luo_live_status fail(struct luo_live *l, enum luo_live_status status,
				 const char *subject, const char *fmt, ...)
{
	va_list ap;

	snprintf(l->subject, sizeof(l->subject), "%s", subject);
	va_start(ap, fmt);
	vsnprintf(l->msg, sizeof(l->msg), fmt, ap);
	va_end(ap);
	return status;
}

/* What an errno of the module means; its own words say more. */
static enum luo_live_status fail_module(struct luo_live *l, const char *subject, int err)
{
	char *said = NULL, *line;
	enum luo_live_status status = LUO_LIVE_REFUSED;

	if (err == -ENXIO)
		return fail(l, LUO_LIVE_SYSTEM, LUO_MODULE_DEVICE, "%s",
			    luo_module__strerror(err));
	if (err == -EBUSY)
		return fail(l, status, subject, "armed already: luo-load disarm");
	if (err == -EPERM || err == -EACCES || err == -ENOMEM)
		return fail(l, LUO_LIVE_SYSTEM, subject, "%s", strerror(-err));
	/* The last line is about this call. */
	said = luo_module__said();
	line = said ? strrchr(said, '\n') : NULL;
	if (line)
		*line = 0;
	line = said ? strrchr(said, '\n') : NULL;
	line = line ? line + 1 : said;
	fail(l, status, subject, "%s", line && *line ? line : strerror(-err));
	free(said);
	return status;
}

static enum luo_live_status open_objects(struct luo_live *l)
{
	const struct luo_live_opts *o = l->opts;
	char where[2300] = "", msg[400] = "no memory";
	size_t i;
	int err;

	err = luo_objects__open(&l->objects, msg, sizeof(msg));
	for (i = 0; i < o->nr_objects && !err; i++) {
		snprintf(where, sizeof(where), "%s", o->objects[i]);
		err = luo_objects__add(&l->objects, o->objects[i], msg, sizeof(msg));
	}
	if (!err && !o->nr_objects)
		err = luo_attached__add(&l->objects, where, sizeof(where), msg, sizeof(msg));
	if (!err && !o->nr_objects)
		err = luo_objects__add_installed(&l->objects, where, sizeof(where), msg,
						 sizeof(msg));
	if (!err)
		err = luo_objects__ready(&l->objects);
	if (!err)
		return LUO_LIVE_DONE;
	return fail(l, err == -EINVAL ? LUO_LIVE_OBJECT : LUO_LIVE_SYSTEM, where, "%s", msg);
}

/* Before any of them is attached, armed or asked. */
static enum luo_live_status judge_objects(struct luo_live *l)
{
	int err = luo_objects__judge(&l->objects, l->opts->no_verify);

	if (!err)
		return LUO_LIVE_DONE;
	return err == -EPERM ? fail(l, LUO_LIVE_UNPROVED, "objects", "not proved right") :
			       fail(l, LUO_LIVE_SYSTEM, "", "no memory");
}

/* A word of the command line, as the kernel splits it. */
static bool has_word(const char *line, const char *word)
{
	size_t n = strlen(word);
	const char *p = line;

	while ((p = strstr(p, word))) {
		if ((p == line || p[-1] == ' ') && (!p[n] || p[n] == ' '))
			return true;
		p += n;
	}
	return false;
}

/* Both are off unless the command line says so. */
static enum luo_live_status check_command_line(struct luo_live *l)
{
	const char *line = l->opts->command_line ? l->opts->command_line : "";

	if (!l->opts->image || (has_word(line, "kho=on") && has_word(line, "liveupdate=on")))
		return LUO_LIVE_DONE;
	return fail(l, LUO_LIVE_REFUSED, "command line", "lacks %s, the next kernel would lose the "
		    "state: add it to --command-line, or to what --reuse-cmdline finds",
		    has_word(line, "kho=on") ? "liveupdate=on" : "kho=on");
}

/* A release that is named is believed; of the image, only the configuration is read then. */
static enum luo_live_status read_named(struct luo_live *l, const struct luo_type_set *set)
{
	const struct luo_live_opts *o = l->opts;
	struct luo_image_info info;
	char msg[400] = "no memory";
	int err;

	if (luo_profile__open(&l->to, o->to, set, msg, sizeof(msg)))
		return fail(l, LUO_LIVE_USAGE, o->to, "%s", msg);
	if (!o->image)
		return LUO_LIVE_DONE;
	err = luo_image__read(o->image, &info, msg, sizeof(msg));
	if (err)
		return fail(l, err == -ENOMEM ? LUO_LIVE_SYSTEM : LUO_LIVE_USAGE, o->image, "%s",
			    msg);
	l->config = info.config;
	return LUO_LIVE_DONE;
}

/* Its structures tell. */
static enum luo_live_status read_image(struct luo_live *l, const struct luo_type_set *set)
{
	const struct luo_live_opts *o = l->opts;
	struct luo_abi_opts with = { &o->modules, o->modules ? 1 : 0, o->initrd };
	char msg[400] = "no memory";
	int err;

	err = luo_profile__of_image(&l->to, o->image, &with, set, msg, sizeof(msg));
	if (!err) {
		l->config = l->to->config;
		return LUO_LIVE_DONE;
	}
	if (err == -ESRCH)
		return fail(l, LUO_LIVE_REFUSED, o->image, "%s; --to RELEASE takes it for that "
			    "release as it was published", msg);
	return fail(l, err == -ENOMEM ? LUO_LIVE_SYSTEM : LUO_LIVE_USAGE, o->image, "%s", msg);
}

static enum luo_live_status open_target(struct luo_live *l)
{
	struct luo_type_set set = luo_objects__types(&l->objects);
	enum luo_live_status status;
	const char *path;
	char msg[400];

	l->config = luo_kconfig_unknown;
	status = (l->opts->to ? read_named : read_image)(l, &set);
	if (status)
		return status;
	luo_objects__choose(&l->objects, l->to);
	if (luo_objects__check_hardware(&l->objects, l->to, &path, msg, sizeof(msg)))
		return fail(l, LUO_LIVE_OBJECT, path, "%s", msg);
	if (luo_objects__accept_losses(&l->objects, l->opts->losses, msg, sizeof(msg)))
		return fail(l, LUO_LIVE_USAGE, "--losses", "%s", msg);
	return LUO_LIVE_DONE;
}

/* What the operator says of it counts more than what was found. */
static enum luo_live_status read_config(struct luo_live *l)
{
	const struct luo_live_opts *o = l->opts;
	char subject[256] = "", msg[400] = "";
	int err;

	err = o->config ? luo_target_config__read(o->config, &l->config, subject, sizeof(subject),
						  msg, sizeof(msg)) : 0;
	if (err)
		return fail(l, err == -ENOMEM ? LUO_LIVE_SYSTEM : LUO_LIVE_USAGE, subject, "%s",
			    msg);
	if (l->config.liveupdate == LUOB_NO || l->config.kho == LUOB_NO)
		return fail(l, LUO_LIVE_REFUSED, o->image ? o->image : o->config,
			    "built without CONFIG_%s: it would lose the state",
			    l->config.kho == LUOB_NO ? "KEXEC_HANDOVER" : "LIVEUPDATE");
	return LUO_LIVE_DONE;
}

/* What drivers say of their blobs: no release has it, and their vendors' objects do. */
static int add_driver(struct luo_live *l, const struct luob_live_entry *e,
		      const struct luo_type_set *set)
{
	const struct luo_row row = {
		.family = e->family, .string = e->string, .space = "driver", .subtree = "",
		.type = e->layout,
	};
	char msg[200];
	int err = 0;

	if (e->kind == LUOB_LIVE_DRIVER &&
	    !luob_profile__find(&l->from->core, "driver", e->string))
		err = luo_profile__add(l->from, &row, set, msg, sizeof(msg));
	/* Without an object that knows it, it is a blocker: check_entry(). */
	return err == -EINVAL ? 0 : err;
}

static enum luo_live_status add_drivers(struct luo_live *l, const struct luo_type_set *set)
{
	struct luob_live_entry *entries = NULL;
	size_t i, nr = 0;
	int err = luo_module__live(&entries, &nr);

	/* Without the module, who needs it says so. */
	for (i = 0; !err && i < nr; i++)
		err = add_driver(l, &entries[i], set);
	free(entries);
	return err == -ENOMEM ? fail(l, LUO_LIVE_SYSTEM, "", "no memory") : LUO_LIVE_DONE;
}

static enum luo_live_status open_source(struct luo_live *l)
{
	struct luo_type_set set = luo_objects__types(&l->objects);
	char msg[400] = "no memory";
	struct utsname uts;

	uname(&uts);
	if (l->opts->from && luo_profile__read(&l->from, l->opts->from, &set, msg, sizeof(msg)))
		return fail(l, LUO_LIVE_USAGE, l->opts->from, "%s", msg);
	if (!l->from && luo_profile__by_release(&l->from, uts.release, &set, msg, sizeof(msg)))
		return fail(l, LUO_LIVE_REFUSED, "this kernel", "%s", msg);
	return add_drivers(l, &set);
}

/* Unknown is not yes: what depends on it is refused. */
static void set_config(struct luo_live *l)
{
	size_t i;

	for (i = 0; i < l->objects.nr; i++)
		luo_object__set_config(l->objects.objects[i], "luo_config_thp",
				       l->config.thp == LUOB_YES ? LUOB_YES : LUOB_NO);
}

/**
 * luo_live__open - find out what the next kernel takes
 * @l: result, to be released with luo_live__close() also after a failure
 * @opts: kept; has to live as long as @l
 *
 * Nothing is changed. What is wrong is in @l->subject and @l->msg.
 */
enum luo_live_status luo_live__open(struct luo_live *l, const struct luo_live_opts *opts)
{
	enum luo_live_status status;

	memset(l, 0, sizeof(*l));
	l->opts = opts;
	status = open_objects(l);
	if (!status)
		status = check_command_line(l);
	if (!status)
		status = open_target(l);
	if (!status)
		status = read_config(l);
	if (!status)
		status = judge_objects(l);
	if (!status)
		status = open_source(l);
	if (!status)
		set_config(l);
	return status;
}

static struct luo_live_record *new_record(struct luo_live *l)
{
	struct luo_live_record *r = luob_grow(l->records, l->nr_records, &l->cap_records,
					      sizeof(*r));

	if (!r)
		return NULL;
	l->records = r;
	r += l->nr_records++;
	memset(r, 0, sizeof(*r));
	return r;
}

static void block(struct luo_live *l, struct luo_live_record *r, const char *rule,
		  const char *text)
{
	snprintf(r->rule, sizeof(r->rule), "%s", rule);
	snprintf(r->steps, sizeof(r->steps), "%s", text);
	l->nr_blockers++;
}

static bool has_acceptor(const struct luo_live *l, const struct luob_record *rec)
{
	size_t i;

	for (i = 0; i < l->objects.nr; i++)
		if (luob_prog__accepts(&l->objects.progs[i], rec->want) &&
		    luob_prog__fits(&l->objects.progs[i], rec))
			return true;
	return false;
}

/* What would become of a record of a format, as far as that and its device alone tell. */
static int plan(struct luo_live *l, struct luo_live_record *r, const struct luob_format *f,
		const struct luob_hw *hw)
{
	struct luob_record rec = { .format = f, .has_hw = hw };
	char text[160], ids[LUOB_HW_TEXT] = "";
	size_t len = 0;
	unsigned int i;
	int err;

	if (hw)
		rec.hw = *hw;
	snprintf(r->family, sizeof(r->family), "%s", f->family);
	snprintf(r->from, sizeof(r->from), "%s", f->string);
	err = luob_plan__find(l->objects.progs, l->objects.nr, &l->to->core, &rec);
	if (err == -ENOMEM)
		return err;
	if (err) {
		if (hw)
			luob_hw__text(hw, ids, sizeof(ids));
		snprintf(text, sizeof(text), err == -E2BIG ? "the chain of steps is too long%s%s" :
			 "no chain of translators leads to what the next kernel reads%s%s",
			 hw ? ", for " : "", ids);
		block(l, r, "NO_TRANSLATOR", text);
		return 0;
	}
	snprintf(r->to, sizeof(r->to), "%s", rec.want->string);
	for (i = 0; i < rec.nr_steps && len < sizeof(r->steps); i++)
		len += snprintf(r->steps + len, sizeof(r->steps) - len, "%s%s", i ? " " : "",
				rec.steps[i]->name);
	/* A number is nothing that anybody reads by rules. */
	if (!f->value && !has_acceptor(l, &rec))
		block(l, r, "NO_ACCEPTOR", "nothing knows the reading rules of the result");
	return 0;
}

static int check_entry(struct luo_live *l, const struct luob_live_entry *e, const char *session)
{
	const struct luob_format *f = NULL;
	char address[LUO_DRIVER_ADDRESS];
	struct luo_live_record *r;

	/* Files have records; devices are entries of one. */
	if (e->kind == LUOB_LIVE_SESSION || e->kind == LUOB_LIVE_DEVICE)
		return 0;
	r = new_record(l);
	if (!r)
		return -ENOMEM;
	if (e->kind == LUOB_LIVE_SUBTREE) {
		snprintf(r->label, sizeof(r->label), "%s", e->name);
		f = *e->string ? luob_profile__find(&l->from->core, "subtree", e->string) :
				 luob_profile__subtree(&l->from->core, e->name, true);
	} else if (e->kind == LUOB_LIVE_FILE) {
		snprintf(r->label, sizeof(r->label), "LUO/'%s' token 0x%llx (%s)", session,
			 (unsigned long long)e->token, e->name);
		f = luob_profile__find(&l->from->core, "file", e->string);
	} else if (e->kind == LUOB_LIVE_DRIVER) {
		snprintf(r->label, sizeof(r->label), "%s (%s)",
			 luo_driver__address(e->token, address), e->name);
		f = luob_profile__find(&l->from->core, "driver", e->string);
	} else {
		snprintf(r->label, sizeof(r->label), "LUO/flb '%s'", e->string);
		f = luob_profile__find(&l->from->core, "flb", e->string);
	}
	luo_label__clean(r->label);
	if (f)
		return plan(l, r, f, e->kind == LUOB_LIVE_DRIVER ? &e->hw : NULL);
	snprintf(r->from, sizeof(r->from), "%s", e->string);
	luo_label__clean(r->from);
	block(l, r, "UNKNOWN_RECORD", "nothing is known about records of this kind");
	return 0;
}

static enum luo_live_status check_map(struct luo_live *l)
{
	struct luo_live_record *r;
	struct luob_fault f;

	if (!luo_profile__kho(l->from->kho, l->to, &f))
		return LUO_LIVE_DONE;
	r = new_record(l);
	if (!r)
		return fail(l, LUO_LIVE_SYSTEM, "", "no memory");
	snprintf(r->label, sizeof(r->label), "KHO root");
	snprintf(r->from, sizeof(r->from), "%s", l->from->kho);
	block(l, r, f.rule, f.text);
	return LUO_LIVE_REFUSED;
}

/**
 * luo_live__check - judge what is alive by its formats
 * @l: opened
 *
 * Nothing is frozen, so contents are not looked at: a rehearsal is the authority.
 *
 * Return: LUO_LIVE_DONE; LUO_LIVE_REFUSED with blockers among @l->records, or with
 * @l->msg; LUO_LIVE_SYSTEM.
 */
enum luo_live_status luo_live__check(struct luo_live *l)
{
	struct luob_live_entry *entries = NULL;
	const char *session = "";
	size_t i, nr = 0;
	int err = luo_module__live(&entries, &nr);

	l->nr_records = l->nr_blockers = 0;
	if (err)
		return fail_module(l, "this kernel", err);
	check_map(l);
	for (i = 0; i < nr && !err; i++) {
		if (entries[i].kind == LUOB_LIVE_SESSION)
			session = entries[i].name;
		err = check_entry(l, &entries[i], session);
	}
	free(entries);
	if (err)
		return fail(l, LUO_LIVE_SYSTEM, "", "no memory");
	return l->nr_blockers ? LUO_LIVE_REFUSED : LUO_LIVE_DONE;
}

static enum luo_live_status attach_all(struct luo_live *l)
{
	char msg[400] = "";
	size_t i;
	int err;

	l->attached = calloc(l->objects.nr + 1, sizeof(*l->attached));
	l->ours = calloc(l->objects.nr + 1, sizeof(*l->ours));
	if (!l->attached || !l->ours)
		return fail(l, LUO_LIVE_SYSTEM, "", "no memory");
	for (i = 0; i < l->objects.nr; i++, l->nr_attached++) {
		struct luo_object *obj = l->objects.objects[i];

		/* What was attached before stays, but what is armed is what was read now. */
		l->ours[i] = !luo_is_attached(luo_object__prog(obj)->name);
		err = luo_attach(obj, true, luo_objects__verified(&l->objects, i),
				 &l->attached[i], msg, sizeof(msg));
		if (err)
			return fail(l, LUO_LIVE_OBJECT, luo_object__path(obj), "%s", msg);
	}
	return LUO_LIVE_DONE;
}

static enum luo_live_status read_digests(struct luo_live *l, struct luo_digests *d)
{
	const struct luo_live_opts *o = l->opts;
	const char *line = o->command_line ? o->command_line : "";
	char msg[256];

	if (luo_digest__file(o->image, d->kernel, msg, sizeof(msg)))
		return fail(l, LUO_LIVE_SYSTEM, o->image, "%s", msg);
	luo_digest__bytes("", 0, d->initrd);
	if (o->initrd && luo_digest__file(o->initrd, d->initrd, msg, sizeof(msg)))
		return fail(l, LUO_LIVE_SYSTEM, o->initrd, "%s", msg);
	luo_digest__bytes(line, strlen(line), d->cmdline);
	return LUO_LIVE_DONE;
}

/* What is attached for what is armed must not be replaced. */
static enum luo_live_status check_idle(struct luo_live *l)
{
	struct luob_status s;
	int err = luo_module__status(&s);

	if (err)
		return fail_module(l, "arm", err);
	return s.state == LUOB_IDLE ? LUO_LIVE_DONE : fail_module(l, "arm", -EBUSY);
}

static enum luo_live_status arm_locked(struct luo_live *l, const struct luo_digests *digests)
{
	enum luo_live_status status = check_idle(l);
	void *blob = NULL;
	size_t size;
	int err;

	if (!status)
		status = attach_all(l);
	if (status)
		return status;
	if (luo_blob__pack(&l->objects, l->attached, l->from, l->to, l->config.deferred, digests,
			   &blob, &size))
		return fail(l, LUO_LIVE_SYSTEM, "", "no memory");
	err = luo_module__arm(blob, size);
	free(blob);
	l->armed = !err;
	return err ? fail_module(l, "arm", err) : LUO_LIVE_DONE;
}

/**
 * luo_live__arm - make it what the next kexec uses
 * @l: opened
 *
 * The objects are attached and pinned. After a failure luo_live__undo() takes back
 * what was done so far.
 */
enum luo_live_status luo_live__arm(struct luo_live *l)
{
	enum luo_live_status status = LUO_LIVE_DONE;
	struct luo_digests digests;
	int lock;

	if (l->opts->image)
		status = read_digests(l, &digests);
	if (status)
		return status;
	lock = luo_attached__lock();
	if (lock < 0)
		return fail(l, LUO_LIVE_SYSTEM, LUO_ATTACHED_DIR, "%s", strerror(-lock));
	status = arm_locked(l, l->opts->image ? &digests : NULL);
	close(lock);
	return status;
}

static int take_result(struct luo_live *l, const struct luob_result *from)
{
	struct luo_type_set set = luo_objects__types(&l->objects);
	struct luo_live_record *r = new_record(l);

	if (!r)
		return -ENOMEM;
	snprintf(r->label, sizeof(r->label), "%s", from->label);
	snprintf(r->field, sizeof(r->field), "%s", from->field);
	luo_label__resolve(&set, r->label, sizeof(r->label));
	luo_label__resolve(&set, r->field, sizeof(r->field));
	snprintf(r->family, sizeof(r->family), "%s", from->family);
	snprintf(r->from, sizeof(r->from), "%s", from->from);
	snprintf(r->to, sizeof(r->to), "%s", from->to);
	snprintf(r->steps, sizeof(r->steps), "%s", from->text);
	snprintf(r->rule, sizeof(r->rule), "%s", from->rule);
	luo_label__clean(r->label);
	luo_label__clean(r->field);
	luo_label__clean(r->from);
	luo_label__clean(r->steps);
	r->value = from->value;
	r->has_value = from->has_value;
	r->ns = from->ns;
	l->nr_blockers += from->kind == LUOB_RESULT_BLOCKER;
	return 0;
}

/**
 * luo_live__results - what the module found last
 * @l: opened
 *
 * Return: LUO_LIVE_DONE with blockers and records in @l->records, LUO_LIVE_SYSTEM.
 */
enum luo_live_status luo_live__results(struct luo_live *l)
{
	struct luob_result *results = NULL;
	size_t i, nr = 0;
	int err = luo_module__results(&results, &nr);

	l->nr_records = l->nr_blockers = 0;
	for (i = 0; i < nr && !err; i++)
		if (results[i].kind == LUOB_RESULT_BLOCKER ||
		    results[i].verdict == LUOB_SAME || results[i].verdict == LUOB_TRANSLATED)
			err = take_result(l, &results[i]);
	free(results);
	return err ? fail_module(l, "results", err) : LUO_LIVE_DONE;
}

/**
 * luo_live__rehearse - freeze, translate, accept, and veto
 * @l: armed, here or by an earlier luo-load
 *
 * Return: LUO_LIVE_DONE if the state would be carried; LUO_LIVE_REFUSED with blockers
 * among @l->records, or with @l->msg; LUO_LIVE_SYSTEM.
 */
enum luo_live_status luo_live__rehearse(struct luo_live *l)
{
	int err = luo_module__rehearse();
	enum luo_live_status status;

	if (err && err != -ECANCELED)
		return fail_module(l, "rehearsal", err);
	status = luo_live__results(l);
	if (status || !err)
		return status;
	return l->nr_blockers ? LUO_LIVE_REFUSED : fail_module(l, "rehearsal", err);
}

/* Disarms and detaches what this call has armed and attached. */
void luo_live__undo(struct luo_live *l)
{
	char msg[400];

	if (l->armed)
		luo_module__disarm();
	l->armed = false;
	while (l->nr_attached--)
		if (l->ours[l->nr_attached])
			luo_detach(l->objects.progs[l->nr_attached].name, msg, sizeof(msg));
	l->nr_attached = 0;
}

void luo_live__close(struct luo_live *l)
{
	free(l->records);
	free(l->attached);
	free(l->ours);
	luo_profile__free(l->from);
	luo_profile__free(l->to);
	luo_objects__free(&l->objects);
	memset(l, 0, sizeof(*l));
}

const char *luo_live__verdict(const struct luo_live_record *r)
{
	return r->rule[0] ? "blocked" : r->steps[0] ? "translated" : "same";
}
