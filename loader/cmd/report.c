// SPDX-License-Identifier: GPL-2.0-only
/* luo-load report: how the state came here. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "cmd/evidence.h"
#include "lib/digest.h"
#include "lib/driver_records.h"
#include "lib/module.h"
#include "lib/pci_records.h"

/* Without the module, on kernels with CONFIG_KEXEC_HANDOVER_DEBUGFS. */
static const char debugfs[] = "/sys/kernel/debug/kho/in/sub_fdts/" LUO_BPF_SUBTREE;

static const char usage[] =
	"Usage: luo-load report [-jv] [--last] [--evidence FILE]\n"
	"\n"
	"In the new kernel: which objects have translated the state in the old one, their\n"
	"SHA-256, how many records, and how long every stage took; who was used without being\n"
	"proved right (--no-verify) is marked. Behind them which release wrote the state first,\n"
	"and what translated it on former hops; with the fields that those may lose. PCI\n"
	"devices of which records came are listed, with their drivers and what these have handed\n"
	"over. Read through luo_bpf.ko, or from debugfs.\n"
	"\n"
	"      --last           the last transaction of this kernel, also a rehearsal or a veto\n"
	"      --evidence FILE  add to it that the objects carried the state to this kernel, for\n"
	"                       luo-load matrix\n"
	"  -v, --verbose        objects that had nothing to translate, too\n"
	"  -j, --json  -h, --help\n"
	"\n"
	"Exit: 0 done, 1 system error, 3 there is no report\n"
	"\n"
	"Example: luo-load report\n";

static const char *const stages[LUO_BPF_NR_STAGES] = {
	[LUO_BPF_READ] = "read", [LUO_BPF_CHECK] = "check", [LUO_BPF_TRANSLATE] = "translate",
	[LUO_BPF_ACCEPT] = "accept", [LUO_BPF_ACCOUNT] = "account", [LUO_BPF_BUILD] = "build",
	[LUO_BPF_FREEZE] = "freeze",
};

static int read_debugfs(struct luo_bpf_report___v3 *r)
{
	int fd = open(debugfs, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, r, sizeof(*r));

	if (fd >= 0)
		close(fd);
	return n == sizeof(*r) ? 0 : -ENOENT;
}

static bool is_verified(const struct luo_bpf_report_object *o)
{
	return o->flags & LUO_BPF_VERIFIED;
}

/* From another kernel: nothing of it is taken for granted. */
static int check(struct luo_bpf_report___v3 *r)
{
	__u32 i;

	if (strncmp(r->compatible, LUO_BPF_REPORT, sizeof(r->compatible)))
		return -EPROTONOSUPPORT;
	r->from_release[sizeof(r->from_release) - 1] = 0;
	r->to_release[sizeof(r->to_release) - 1] = 0;
	r->from_kho[sizeof(r->from_kho) - 1] = 0;
	r->to_kho[sizeof(r->to_kho) - 1] = 0;
	r->origin[sizeof(r->origin) - 1] = 0;
	for (i = 0; i < LUO_BPF_REPORT_OBJECTS; i++) {
		r->objects[i].name[sizeof(r->objects[i].name) - 1] = 0;
		r->objects[i].losses[sizeof(r->objects[i].losses) - 1] = 0;
	}
	return 0;
}

static __u32 nr_objects(const struct luo_bpf_report___v3 *r)
{
	return r->nr_objects < LUO_BPF_REPORT_OBJECTS ? r->nr_objects : LUO_BPF_REPORT_OBJECTS;
}

/* Of former hops, behind the others. */
static __u32 nr_earlier(const struct luo_bpf_report___v3 *r)
{
	__u32 room = LUO_BPF_REPORT_OBJECTS - nr_objects(r);

	return r->nr_earlier < room ? r->nr_earlier : room;
}

static struct json_object *objects_json(const struct luo_bpf_report___v3 *r, __u32 from, __u32 nr)
{
	struct json_object *list = json_object_new_array(), *o;
	char digest[2 * LUO_DIGEST_SIZE + 1];
	__u32 i;

	for (i = from; i < from + nr; i++) {
		o = json_object_new_object();
		luo_digest__text(r->objects[i].digest, digest);
		cmd_json_add(o, "name", r->objects[i].name);
		json_object_object_add(o, "sha256", json_object_new_string(digest));
		json_object_object_add(o, "hop", json_object_new_int(r->objects[i].hop));
		cmd_json_add(o, "losses", r->objects[i].losses);
		json_object_object_add(o, "records",
				       json_object_new_uint64(r->objects[i].records));
		json_object_object_add(o, "verified",
				       json_object_new_boolean(is_verified(&r->objects[i])));
		json_object_object_add(o, "ns", json_object_new_uint64(r->objects[i].ns));
		json_object_array_add(list, o);
	}
	return list;
}

/* All stages but LUO's own freeze, which contains them. */
static __u64 hook_ns(const struct luo_bpf_report___v3 *r)
{
	__u64 ns = 0;
	size_t i;

	for (i = 0; i < LUO_BPF_FREEZE; i++)
		ns += r->ns[i];
	return ns;
}

/* ---- devices, and what their drivers have handed over --------------------------------- */

/* Of each that had a driver, or has a blob; one may be NULL. */
static struct json_object *device_json(const struct luo_bpf_pci_dev___v2 *d,
				       const struct luo_bpf_driver_ser___v1 *b, const char *address)
{
	struct json_object *o = json_object_new_object();

	cmd_json_add(o, "device", address);
	json_object_object_add(o, "vendor", json_object_new_int(d ? d->vendor : b->hw.vendor));
	json_object_object_add(o, "id", json_object_new_int(d ? d->device : b->hw.device));
	cmd_json_add(o, "driver", d ? d->driver : "");
	if (b) {
		cmd_json_add(o, "blob", b->version);
		json_object_object_add(o, "bytes", json_object_new_int64(b->size));
	}
	return o;
}

/* To @list, or as text. */
static void add_device(struct json_object *list, const struct luo_bpf_pci_dev___v2 *d,
		       const struct luo_bpf_driver_ser___v1 *b)
{
	char text[LUO_DRIVER_ADDRESS];
	const char *address = luo_driver__address(d ? luo_pci_dev__address(d) : b->address,
						  text);

	if (list) {
		json_object_array_add(list, device_json(d, b, address));
		return;
	}
	cmd_put("  device %s %04x:%04x", address, d ? d->vendor : b->hw.vendor,
		d ? d->device : b->hw.device);
	if (d && *d->driver)
		cmd_put("  %s", d->driver);
	if (b)
		cmd_put("  blob %s, %u bytes", b->version, b->size);
	putchar('\n');
}

static const struct luo_bpf_pci_dev___v2 *find_device(const struct luo_bpf_pci___v2 *r,
						      __u64 address)
{
	const struct luo_bpf_pci_dev___v2 *d = r ? luo_pci_records__devices(r) : NULL;
	__u32 i;

	for (i = 0; r && i < r->nr; i++)
		if (luo_pci_dev__address(&d[i]) == address)
			return &d[i];
	return NULL;
}

/* There may be none, and that they are damaged is their readers' business. */
static void each_device(struct json_object *list)
{
	struct luo_bpf_drivers___v1 *blobs = NULL;
	struct luo_bpf_pci___v2 *devices = NULL;
	__u32 i;

	if (luo_driver_records__read(NULL, &blobs))
		blobs = NULL;
	if (luo_pci_records__read(NULL, &devices))
		devices = NULL;
	for (i = 0; devices && i < devices->nr; i++) {
		const struct luo_bpf_pci_dev___v2 *d = &luo_pci_records__devices(devices)[i];
		const struct luo_bpf_driver_ser___v1 *b =
			luo_driver_records__find(blobs, luo_pci_dev__address(d));

		if (*d->driver || b)
			add_device(list, d, b);
	}
	for (i = 0; blobs && i < blobs->nr; i++) {
		const struct luo_bpf_driver_ser___v1 *b = &luo_driver_records__blobs(blobs)[i];

		if (!find_device(devices, b->address))
			add_device(list, NULL, b);
	}
	free(blobs);
	free(devices);
}

/* ---- the report ----------------------------------------------------------------------- */

static void print_json(const struct luo_bpf_report___v3 *r, bool incoming)
{
	struct json_object *o = json_object_new_object(), *ns = json_object_new_object();
	const struct { const char *name; __u64 value; } numbers[] = {
		{ "time", r->time }, { "sessions", r->sessions }, { "records", r->records },
		{ "translated", r->translated }, { "ranges", r->ranges }, { "added", r->added },
		{ "dropped", r->dropped }, { "allocated", r->allocated },
		{ "blockers", r->blockers }, { "hops", r->hops },
	};
	size_t i;

	json_object_object_add(o, "from", json_object_new_string(r->from_release));
	json_object_object_add(o, "to", json_object_new_string(r->to_release));
	json_object_object_add(o, "from-kho", json_object_new_string(r->from_kho));
	json_object_object_add(o, "to-kho", json_object_new_string(r->to_kho));
	json_object_object_add(o, "carried", json_object_new_boolean(!r->err && !r->rehearsal));
	json_object_object_add(o, "rehearsal", json_object_new_boolean(r->rehearsal));
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		json_object_object_add(o, numbers[i].name,
				       json_object_new_uint64(numbers[i].value));
	for (i = 0; i < LUO_BPF_NR_STAGES; i++)
		if (stages[i])
			json_object_object_add(ns, stages[i], json_object_new_uint64(r->ns[i]));
	json_object_object_add(ns, "hook", json_object_new_uint64(hook_ns(r)));
	json_object_object_add(o, "ns", ns);
	json_object_object_add(o, "objects", objects_json(r, 0, nr_objects(r)));
	cmd_json_add(o, "origin", r->origin);
	json_object_object_add(o, "earlier", objects_json(r, nr_objects(r), nr_earlier(r)));
	json_object_object_add(o, "forgotten", json_object_new_int64(r->forgotten));
	if (incoming) {
		json_object_object_add(o, "devices", json_object_new_array());
		each_device(json_object_object_get(o, "devices"));
	}
	cmd_json(o);
}

static void print_times(const struct luo_bpf_report___v3 *r)
{
	char time[32];
	size_t i;

	printf("  in the hook %s", cmd_time(hook_ns(r), time, sizeof(time)));
	if (r->records)
		printf(", %llu ns per record", (unsigned long long)(hook_ns(r) / r->records));
	printf(":");
	for (i = 0; i < LUO_BPF_FREEZE; i++)
		printf(" %s %s", stages[i], cmd_time(r->ns[i], time, sizeof(time)));
	if (r->ns[LUO_BPF_FREEZE])
		printf("; whole freeze %s", cmd_time(r->ns[LUO_BPF_FREEZE], time, sizeof(time)));
	printf("\n");
}

/* What other kernels did to the state before this one did. */
static void print_way(const struct luo_bpf_report___v3 *r)
{
	char digest[2 * LUO_DIGEST_SIZE + 1];
	__u32 i, nr = nr_objects(r);

	for (i = 0; i < nr; i++) {
		if (!*r->objects[i].losses || !r->objects[i].records)
			continue;
		cmd_put("  %s may lose %s", r->objects[i].name, r->objects[i].losses);
		putchar('\n');
	}
	if (r->hops < 2)
		return;
	cmd_put("  written first by %s", r->origin);
	printf("; %u translators of former hops%s\n", nr_earlier(r) + r->forgotten,
	       r->forgotten ? ", the last of them:" : nr_earlier(r) ? ":" : "");
	for (i = nr; i < nr + nr_earlier(r); i++) {
		const struct luo_bpf_report_object *o = &r->objects[i];

		luo_digest__text(o->digest, digest);
		cmd_put("  hop %-3u %-24s %8llu records  sha256 %s%s%s%s", o->hop, o->name,
			(unsigned long long)o->records, digest,
			is_verified(o) ? "" : "  not verified", *o->losses ? "  may lose " : "",
			o->losses);
		putchar('\n');
	}
}

static void print_text(const struct luo_bpf_report___v3 *r, bool incoming)
{
	char digest[2 * LUO_DIGEST_SIZE + 1], when[64] = "?", time[32];
	time_t t = r->time;
	struct tm tm;
	__u32 i;

	if (gmtime_r(&t, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC", &tm);
	printf("%s -> %s (%s -> %s), %s, hop %u%s\n", r->from_release, r->to_release, r->from_kho,
	       r->to_kho, when, r->hops, r->rehearsal ? ", rehearsal" : r->err ? ", vetoed" : "");
	printf("  %llu sessions, %llu records, %llu of them translated; %llu ranges handed over, "
	       "%llu new, %llu given up; %llu allocations beyond the reserve\n",
	       (unsigned long long)r->sessions, (unsigned long long)r->records,
	       (unsigned long long)r->translated, (unsigned long long)r->ranges,
	       (unsigned long long)r->added, (unsigned long long)r->dropped,
	       (unsigned long long)r->allocated);
	print_times(r);
	for (i = 0; i < nr_objects(r); i++) {
		if (!r->objects[i].records && !cmd_opts.verbose)
			continue;
		luo_digest__text(r->objects[i].digest, digest);
		printf("  %-24s %8llu records %10s, %llu ns each  sha256 %s%s\n",
		       r->objects[i].name, (unsigned long long)r->objects[i].records,
		       cmd_time(r->objects[i].ns, time, sizeof(time)),
		       (unsigned long long)(r->objects[i].records ?
					    r->objects[i].ns / r->objects[i].records : 0), digest,
		       is_verified(&r->objects[i]) ? "" : "  not verified");
	}
	print_way(r);
	if (incoming)
		each_device(NULL);
}

/* The kernel that runs has taken the state over, or nobody could ask it. */
static int keep_evidence(const char *path, const struct luo_bpf_report___v3 *r)
{
	struct luo_evidence e;
	struct utsname uts;
	__u32 i;

	if (r->err || r->rehearsal || r->nr_objects > LUO_BPF_REPORT_OBJECTS || uname(&uts))
		return cmd_error(LUO_EXIT_REFUSED, "report", "no evidence: the state was not "
				 "carried, or not all objects are known");
	cmd_evidence_new(&e, LUO_EVIDENCE_KERNELS, true);
	snprintf(e.from, sizeof(e.from), "%s", r->from_release);
	snprintf(e.to, sizeof(e.to), "%s", uts.release);
	for (i = 0; i < r->nr_objects; i++) {
		struct luo_evidence_step *s = &e.steps[e.nr_steps];

		if (!r->objects[i].records)
			continue;
		snprintf(s->object, sizeof(s->object), "%s", r->objects[i].name);
		luo_digest__text(r->objects[i].digest, s->digest);
		e.nr_steps++;
	}
	return cmd_evidence_append(path, &e);
}

static const struct option options[] = {
	{ "evidence", required_argument, NULL, 'e' },
	{ "last", no_argument, NULL, 'l' },
	{ "json", no_argument, NULL, 'j' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

int cmd_report(int argc, char **argv)
{
	struct luo_bpf_report___v3 r;
	const char *evidence = NULL;
	bool incoming = true;
	int c, err;

	while ((c = getopt_long(argc, argv, ":le:jvh", options, NULL)) >= 0) {
		switch (c) {
		case 'l': incoming = false; break;
		case 'e': evidence = optarg; break;
		case 'j': cmd_opts.json = true; break;
		case 'v': cmd_opts.verbose = true; break;
		case 'h': fputs(usage, stdout); return LUO_EXIT_OK;
		default: return cmd_option_error("report", c, argv);
		}
	}
	if (evidence && !incoming)
		return cmd_error(LUO_EXIT_USAGE, "report", "--last is about the next kernel, "
				 "which has seen nothing yet: no evidence");
	err = luo_module__report(incoming, &r);
	if (err == -ENXIO && incoming)
		err = read_debugfs(&r);
	if (!err)
		err = check(&r);
	if (err)
		return cmd_error(err == -ENOENT || err == -EPROTONOSUPPORT ? LUO_EXIT_REFUSED :
				 LUO_EXIT_ERROR, "report", "%s",
				 err == -ENOENT ? "there is none: the state was not translated, "
				 "or neither luo_bpf.ko nor debugfs is there to show it" :
				 err == -EPROTONOSUPPORT ? "made by another version of luo-bpf" :
				 luo_module__strerror(err));
	(cmd_opts.json ? print_json : print_text)(&r, incoming);
	return evidence ? keep_evidence(evidence, &r) : LUO_EXIT_OK;
}
