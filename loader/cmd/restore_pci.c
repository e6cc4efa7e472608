// SPDX-License-Identifier: GPL-2.0-only
/* luo-load restore-pci: PCI devices, and the drivers that they had in the old kernel. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "lib/driver_records.h"
#include "lib/module.h"
#include "lib/pci_records.h"
#include "lib/text_file.h"

static const char usage[] =
	"Usage: luo-load restore-pci [--bind] [--policy FILE]\n"
	"\n"
	"In the new kernel: compares each PCI device with the record that the old one made of it\n"
	"(insmod luo_bpf.ko pci_records=2): ids, regions, driver, driver_override, virtual\n"
	"functions. Differences are shown, nothing is changed. So is the blob that a driver has\n"
	"handed over for it, by its version: the driver takes it when it is bound.\n"
	"  -b, --bind          bind each device that has no driver, and whose ids and regions\n"
	"                      are what they were, to the driver it had; by driver_override\n"
	"                      and drivers_probe in sysfs; and switch on as many virtual\n"
	"                      functions as it had, where there are none\n"
	"  -p, --policy FILE   \"luo-pci-policy 1\", then lines: \"rename OLD NEW\", the driver has\n"
	"                      another name now, as driver_override too;\n"
	"                      \"leave DRIVER|DEVICE\", not to be bound, and no difference;\n"
	"                      \"#\" begins a comment\n"
	"      --records FILE  the record from a file: of debugfs, or of another machine\n"
	"      --drivers FILE  the same of what drivers have handed over\n"
	"      --sysfs DIR     where sysfs is (default: /sys)\n"
	"  -j, --json\n"
	"  -h, --help\n"
	"\n"
	"Devices were shut down by the jump and start anew: a driver finds its device as after a\n"
	"boot.\n"
	"\n"
	"Exit: 0 all devices are what they were, or the policy leaves them; 1 system error, 2 usage,\n"
	"3 there are no records, or something differs\n"
	"\n"
	"Example: luo-load restore-pci --bind --policy /etc/luo-bpf/pci.policy\n";

#define RULES_MAX	256
/* Whose driver nobody wants. */
#define NOT_ITSELF	(LUO_PCI_GONE | LUO_PCI_IDS | LUO_PCI_BARS)

/* One line of a policy: @to is NULL for "leave". */
struct rule {
	char what[LUO_BPF_PCI_NAME];
	char to[LUO_BPF_PCI_NAME];
};

struct job {
	const char *records, *drivers, *policy, *sysfs;
	struct luo_bpf_drivers___v1 *blobs;	/* NULL for none */
	bool bind;
	struct rule rules[RULES_MAX];
	size_t nr_rules;
	unsigned int same, bound, differ, left;
	struct json_object *list;
};

/* ---- policy ---------------------------------------------------------------------------- */

static int read_rule(struct job *j, struct luo_text *t)
{
	struct rule *r = &j->rules[j->nr_rules];
	char *word[3];
	int nr = luo_text__words(t, "#\n", word, 3);
	bool leave = nr == 2 && !strcmp(word[0], "leave");

	if (nr <= 0)
		return nr;
	if (!leave && (nr != 3 || strcmp(word[0], "rename")))
		return luo_text__bad(t, "neither \"rename OLD NEW\" nor \"leave DRIVER|DEVICE\"");
	if (j->nr_rules == RULES_MAX)
		return luo_text__bad(t, "more than %d rules", RULES_MAX);
	if (strlen(word[1]) >= sizeof(r->what) ||
	    (!leave && (strlen(word[2]) >= sizeof(r->to) || strchr(word[2], '/'))))
		return luo_text__bad(t, "a name is too long, or has a slash");
	strcpy(r->what, word[1]);
	strcpy(r->to, leave ? "" : word[2]);
	j->nr_rules++;
	return 0;
}

static int read_policy(struct job *j)
{
	struct luo_text t;
	char msg[300];
	int err;

	err = luo_text__open(&t, j->policy, msg, sizeof(msg));
	if (err)
		return cmd_error(LUO_EXIT_ERROR, j->policy, "%s", msg);
	err = luo_text__version(&t, "pci-policy", 1);
	while (err >= 0 && fgets(t.text, sizeof(t.text), t.f)) {
		t.line++;
		err = read_rule(j, &t);
	}
	if (err >= 0)
		err = luo_text__finish(&t);
	fclose(t.f);
	return err ? cmd_error(LUO_EXIT_USAGE, j->policy, "%s", msg) : 0;
}

static bool is_left(const struct job *j, const char *device, const char *driver)
{
	size_t i;

	for (i = 0; i < j->nr_rules; i++)
		if (!*j->rules[i].to && (!strcmp(j->rules[i].what, device) ||
					 !strcmp(j->rules[i].what, driver)))
			return true;
	return false;
}

/* From what a driver was called to what it is called in this kernel. */
static void rename_driver(const struct job *j, char *driver)
{
	size_t i;

	for (i = 0; i < j->nr_rules; i++) {
		if (*j->rules[i].to && !strcmp(j->rules[i].what, driver)) {
			strcpy(driver, j->rules[i].to);
			return;
		}
	}
}

/* ---- devices --------------------------------------------------------------------------- */

static void add(char *text, size_t size, const char *what)
{
	size_t n = strlen(text);

	snprintf(text + n, size - n, "%s%s", n ? ", " : "", what);
}

/* What differs, in words; "" when nothing does. */
static void describe(const struct luo_bpf_pci_dev___v2 *want, const struct luo_pci_now *now,
		     char *text, size_t size)
{
	char line[3 * LUO_BPF_PCI_NAME];

	*text = 0;
	if (now->differs & LUO_PCI_GONE) {
		add(text, size, "is not there");
		return;
	}
	if (now->differs & LUO_PCI_IDS) {
		snprintf(line, sizeof(line), "is another device: %04x:%04x class %06x",
			 now->dev.vendor, now->dev.device, now->dev.class);
		add(text, size, line);
	}
	if (now->differs & LUO_PCI_BARS)
		add(text, size, "regions have another size or kind");
	else if (now->differs & LUO_PCI_MOVED)
		add(text, size, "regions are elsewhere");
	if (now->differs & LUO_PCI_DRIVER) {
		snprintf(line, sizeof(line), "driver %s, had %s",
			 *now->dev.driver ? now->dev.driver : "none",
			 *want->driver ? want->driver : "none");
		add(text, size, line);
	}
	if (now->differs & LUO_PCI_OVERRIDE) {
		snprintf(line, sizeof(line), "driver_override %s, had %s",
			 *now->dev.override ? now->dev.override : "none",
			 *want->override ? want->override : "none");
		add(text, size, line);
	}
	if (now->differs & LUO_PCI_VFS) {
		snprintf(line, sizeof(line), "%u virtual functions, had %u", now->dev.num_vfs,
			 want->num_vfs);
		add(text, size, line);
	}
}

/* Why a device is not bound, "" when there is nothing to bind; NULL: it has to be. */
static const char *not_bound(const struct job *j, const struct luo_bpf_pci_dev___v2 *want,
			     const struct luo_pci_now *now)
{
	if (!j->bind || !*want->driver)
		return "";
	if (now->differs & NOT_ITSELF)
		return "not bound: it is not what it was";
	if (*now->dev.driver && now->differs & LUO_PCI_DRIVER)
		return "not bound: it has a driver";
	if (!luo_pci__has_driver(j->sysfs, want->driver))
		return "not bound: no such driver is loaded";
	return NULL;
}

/* @was, and what was made of it. */
struct outcome {
	const struct luo_bpf_pci_dev___v2 *was;
	struct luo_bpf_pci_dev___v2 want;	/* the same with today's names of drivers */
	struct luo_pci_now now;
	char name[LUO_DRIVER_ADDRESS];
	bool bound, left;
	const char *why;
};

static void put_json(struct job *j, const struct outcome *r, const char *text,
		     const struct luo_bpf_driver_ser___v1 *blob)
{
	struct json_object *o = json_object_new_object();

	cmd_json_add(o, "device", r->name);
	json_object_object_add(o, "vendor", json_object_new_int(r->was->vendor));
	json_object_object_add(o, "id", json_object_new_int(r->was->device));
	json_object_object_add(o, "class", json_object_new_int64(r->was->class));
	cmd_json_add(o, "had", r->was->driver);
	cmd_json_add(o, "wants", r->want.driver);
	cmd_json_add(o, "has", r->now.dev.driver);
	json_object_object_add(o, "bound", json_object_new_boolean(r->bound));
	json_object_object_add(o, "left", json_object_new_boolean(r->left));
	cmd_json_add(o, "differs", text);
	if (blob) {
		cmd_json_add(o, "blob", blob->version);
		json_object_object_add(o, "blob-bytes", json_object_new_int64(blob->size));
	}
	json_object_array_add(j->list, o);
}

static void put(struct job *j, const struct outcome *r)
{
	const struct luo_bpf_pci_dev___v2 *was = r->was;
	const struct luo_bpf_driver_ser___v1 *blob =
		luo_driver_records__find(j->blobs, luo_pci_dev__address(was));
	char text[512];

	describe(&r->want, &r->now, text, sizeof(text));
	if (*text && *r->why)
		add(text, sizeof(text), r->why);
	if (j->list) {
		put_json(j, r, text, blob);
		return;
	}
	cmd_put("%s %04x:%04x class %06x %s: %s%s", r->name, was->vendor, was->device, was->class,
		*r->want.driver ? r->want.driver : "(no driver)", r->bound ? "bound" : "",
		*text ? r->bound ? ", " : "" : r->bound ? "" : "same");
	cmd_put("%s", text);
	if (blob)
		cmd_put("; blob %s, %u bytes", blob->version, blob->size);
	putchar('\n');
}

static int bind_device(const struct job *j, struct outcome *r)
{
	int err = luo_pci__bind(j->sysfs, &r->want);

	if (err)
		return cmd_error(LUO_EXIT_ERROR, r->name, "cannot be bound to %s: %s",
				 r->want.driver, strerror(-err));
	err = luo_pci__compare(j->sysfs, &r->want, &r->now);
	if (err)
		return cmd_error(LUO_EXIT_ERROR, r->name, "%s", strerror(-err));
	r->bound = !(r->now.differs & LUO_PCI_DRIVER);
	r->why = r->bound ? "" : "the driver did not take it";
	return 0;
}

/* They are devices that have records of their own, behind this one. */
static int enable_vfs(const struct job *j, struct outcome *r)
{
	static char why[64];
	int err = luo_pci__enable_vfs(j->sysfs, &r->want);

	if (err) {
		snprintf(why, sizeof(why), "not switched on: %s", strerror(-err));
		r->why = why;
		return 0;
	}
	err = luo_pci__compare(j->sysfs, &r->want, &r->now);
	return err ? cmd_error(LUO_EXIT_ERROR, r->name, "%s", strerror(-err)) : 0;
}

/* The driver that switches virtual functions on is there, and what can't be undone is not done. */
static bool wants_vfs(const struct job *j, const struct outcome *r)
{
	return j->bind && r->now.differs & LUO_PCI_VFS && !r->now.dev.num_vfs && !r->left &&
	       !(r->now.differs & (NOT_ITSELF | LUO_PCI_DRIVER));
}

static int restore(struct job *j, const struct luo_bpf_pci_dev___v2 *was)
{
	struct outcome r = { .was = was, .want = *was, .why = "" };
	int err, code = 0;

	luo_pci_dev__name(was, r.name);
	rename_driver(j, r.want.driver);
	rename_driver(j, r.want.override);
	err = luo_pci__compare(j->sysfs, &r.want, &r.now);
	if (err)
		return cmd_error(LUO_EXIT_ERROR, r.name, "%s", strerror(-err));
	r.left = r.now.differs & (LUO_PCI_DRIVER | LUO_PCI_OVERRIDE) &&
		 is_left(j, r.name, was->driver);
	if (r.left)
		r.why = "left by the policy";
	else if (r.now.differs & (LUO_PCI_DRIVER | LUO_PCI_OVERRIDE))
		r.why = not_bound(j, &r.want, &r.now);
	if (!r.why)
		code = bind_device(j, &r);
	if (!code && wants_vfs(j, &r))
		code = enable_vfs(j, &r);
	if (code)
		return code;
	put(j, &r);
	if (r.left && !(r.now.differs & NOT_ITSELF))
		j->left++;
	else if (r.now.differs & ~LUO_PCI_MOVED)
		j->differ++;
	else
		j->same++;
	j->bound += r.bound;
	return 0;
}

static int no_records(const struct job *j, int err)
{
	const char *subject = j->records ? j->records : "PCI records";

	switch (err) {
	case -ENOENT:
		return cmd_error(LUO_EXIT_REFUSED, subject,
				 "there are none: the old kernel's luo_bpf.ko needs pci_records=2");
	case -EPROTONOSUPPORT:
		return cmd_error(LUO_EXIT_REFUSED, subject, "of another version than %s",
				 LUO_BPF_PCI);
	case -EBADMSG:
		return cmd_error(LUO_EXIT_REFUSED, subject, "damaged");
	default:
		return cmd_error(LUO_EXIT_ERROR, subject, "%s", strerror(-err));
	}
}

/* Without records of devices there is nothing to show blobs of; without blobs, there is. */
static int read_blobs(struct job *j)
{
	const char *subject = j->drivers ? j->drivers : "records of drivers";
	int err = 0;

	if (j->drivers || !j->records)
		err = luo_driver_records__read(j->drivers, &j->blobs);
	if (!err || (err == -ENOENT && !j->drivers))
		return 0;
	return cmd_error(err == -EACCES || err == -ENOMEM ? LUO_EXIT_ERROR : LUO_EXIT_REFUSED,
			 subject, "%s", err == -EBADMSG ? "damaged" :
			 err == -EPROTONOSUPPORT ? "of another version than " LUO_BPF_DRIVERS :
			 strerror(-err));
}

static int restore_all(struct job *j)
{
	struct luo_bpf_pci___v2 *r;
	struct json_object *o;
	int err = luo_pci_records__read(j->records, &r), code = 0;
	__u32 i;

	if (err)
		return no_records(j, err);
	code = read_blobs(j);
	if (cmd_opts.json)
		j->list = json_object_new_array();
	for (i = 0; i < r->nr && !code; i++)
		code = restore(j, &luo_pci_records__devices(r)[i]);
	if (j->list) {
		o = json_object_new_object();
		json_object_object_add(o, "devices", j->list);
		json_object_object_add(o, "same", json_object_new_int64(j->same));
		json_object_object_add(o, "bound", json_object_new_int64(j->bound));
		json_object_object_add(o, "differ", json_object_new_int64(j->differ));
		json_object_object_add(o, "left", json_object_new_int64(j->left));
		json_object_object_add(o, "missing", json_object_new_int64(r->missing));
		if (code)
			json_object_put(o);
		else
			cmd_json(o);
	} else if (!code) {
		printf("%u devices: %u as they were, %u of them bound now; %u differ\n", r->nr,
		       j->same, j->bound, j->differ);
		if (j->left)
			printf("%u left by the policy\n", j->left);
		if (r->missing)
			printf("%u more had no room in the record\n", r->missing);
	}
	free(j->blobs);
	free(r);
	return code ? code : j->differ ? LUO_EXIT_REFUSED : LUO_EXIT_OK;
}

enum { OPT_RECORDS = 256, OPT_DRIVERS, OPT_SYSFS };

static const struct option options[] = {
	{ "bind", no_argument, NULL, 'b' },
	{ "policy", required_argument, NULL, 'p' },
	{ "records", required_argument, NULL, OPT_RECORDS },
	{ "drivers", required_argument, NULL, OPT_DRIVERS },
	{ "sysfs", required_argument, NULL, OPT_SYSFS },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

int cmd_restore_pci(int argc, char **argv)
{
	static struct job j = { .sysfs = "/sys" };
	int opt, code;

	while ((opt = getopt_long(argc, argv, ":bp:jh", options, NULL)) != -1) {
		switch (opt) {
		case 'b': j.bind = true; break;
		case 'p': j.policy = optarg; break;
		case OPT_RECORDS: j.records = optarg; break;
		case OPT_DRIVERS: j.drivers = optarg; break;
		case OPT_SYSFS: j.sysfs = optarg; break;
		case 'j': cmd_opts.json = true; break;
		case 'h':
			fputs(usage, stdout);
			return LUO_EXIT_OK;
		default:
			return cmd_option_error("restore-pci", opt, argv);
		}
	}
	if (optind < argc)
		return cmd_error(LUO_EXIT_USAGE, "restore-pci", "unexpected argument '%s'",
				 argv[optind]);
	if (strlen(j.sysfs) > 200)
		return cmd_error(LUO_EXIT_USAGE, "restore-pci", "--sysfs: the path is too long");
	code = j.policy ? read_policy(&j) : 0;
	return code ? code : restore_all(&j);
}
