// SPDX-License-Identifier: GPL-2.0-only
/* luo-load abi: what a kernel reads and writes, and how that is known. */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "cmd/cmd.h"
#include "lib/abi.h"
#include "lib/objects.h"

#define MAX_MODULES	32

static const char usage[] =
	"Usage: luo-load abi [-j] [-o PROFILE] IMAGE|SNAPSHOT|RELEASE|PROFILE\n"
	"       luo-load abi [-j] [-o PROFILE] --live\n"
	"\n"
	"Shows which formats a kernel reads and writes. Each is\n"
	"  catalogue  the release is known, and the structures in its BTF are those of it\n"
	"  declared   the kernel says so itself (.liveupdate_versions), a driver of its blobs\n"
	"             (.luo_bpf_drivers), or a profile does\n"
	"  inferred   something was seen; no proof that the kernel can do it, never relied on\n"
	"\n"
	"IMAGE is a bzImage (gzip, xz, zstd, lz4), a vmlinux, or a Debian package of a kernel.\n"
	"\n"
	"  -o, --output FILE     save it as a profile, which every command takes for the kernel\n"
	"  -m, --modules WHAT    count formats of modules: a name, a module, or a directory of\n"
	"                        them; may be repeated. Without it, modules count for nothing\n"
	"      --initrd FILE     the same, for modules of an initial RAM disk\n"
	"      --no-config       leave out how it was built: for any kernel of that release\n"
	"      --live            the running kernel; root sees more\n"
	"  -j, --json  -h, --help\n"
	"\n"
	"Exit: 0 shown, 1 system error, 2 usage, or the file is no kernel\n"
	"\n"
	"Example: luo-load abi -o 7.3.profile /boot/vmlinuz-7.3.4\n";

static const char *known(enum luob_known k)
{
	return k == LUOB_YES ? "yes" : k == LUOB_NO ? "no" : "unknown";
}

/* ---- text ----------------------------------------------------------------------------- */

static void print_head(const struct luo_abi *a)
{
	printf("%s%s%s  (%s)\n", cmd_style(CMD_BOLD), a->release, cmd_style(CMD_PLAIN), a->source);
	printf("  LIVEUPDATE %s, KEXEC_HANDOVER %s, TRANSPARENT_HUGEPAGE %s, "
	       "DEFERRED_STRUCT_PAGE_INIT %s, PAGE_SIZE ",
	       known(a->config.liveupdate), known(a->config.kho), known(a->config.thp),
	       known(a->config.deferred));
	if (a->config.page_size)
		printf("%u", a->config.page_size);
	else
		fputs("unknown", stdout);
	printf("%s%s%s\n", *a->config_from ? "  (" : "", a->config_from,
	       *a->config_from ? ")" : "");
}

static enum cmd_style style_of(const struct luo_fact *f)
{
	return f->absent ? CMD_DIM : f->mark == LUO_INFERRED ? CMD_WARN : CMD_GOOD;
}

static void print_fact(const struct luo_fact *f)
{
	printf("  %-15s %-24s %-8s %-27s %s%-10s%s %s\n", *f->family ? f->family : "?",
	       *f->string ? f->string : f->subtree, *f->space ? f->space : "?",
	       *f->type ? f->type : "-", cmd_style(style_of(f)),
	       f->absent ? "absent" : luo_mark__name(f->mark), cmd_style(CMD_PLAIN), f->why);
}

static bool is_unknown(const struct luo_fact *f)
{
	return !*f->family;
}

static void print_facts(const struct luo_abi *a)
{
	size_t i, unknown = 0;

	for (i = 0; i < a->nr; i++) {
		if (!is_unknown(&a->facts[i]))
			print_fact(&a->facts[i]);
		unknown += is_unknown(&a->facts[i]);
	}
	if (unknown)
		printf("unknown to this luo-load:\n");
	for (i = 0; i < a->nr; i++)
		if (is_unknown(&a->facts[i]))
			print_fact(&a->facts[i]);
	if (!a->nr)
		printf("  no live-update formats\n");
}

/* ---- JSON ----------------------------------------------------------------------------- */

static void add(struct json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, json_object_new_string(value));
}

static struct json_object *json_fact(const struct luo_fact *f)
{
	struct json_object *o = json_object_new_object();

	add(o, "family", f->family);
	add(o, "string", f->string);
	add(o, "space", f->space);
	add(o, "subtree", f->subtree);
	add(o, "struct", f->type);
	add(o, "mark", luo_mark__name(f->mark));
	add(o, "module", f->module);
	json_object_object_add(o, "counts",
			       json_object_new_boolean(!f->absent && f->mark != LUO_INFERRED));
	json_object_object_add(o, "known", json_object_new_boolean(!is_unknown(f)));
	add(o, "why", f->why);
	return o;
}

static void print_json(const struct luo_abi *a)
{
	struct json_object *o = json_object_new_object(), *c = json_object_new_object();
	struct json_object *list = json_object_new_array();
	size_t i;

	add(o, "release", a->release);
	add(o, "source", a->source);
	add(o, "sha256", a->digest);
	add(c, "liveupdate", known(a->config.liveupdate));
	add(c, "kexec_handover", known(a->config.kho));
	add(c, "transparent_hugepage", known(a->config.thp));
	add(c, "deferred_struct_page_init", known(a->config.deferred));
	if (a->config.page_size)
		json_object_object_add(c, "page_size",
				       json_object_new_int64(a->config.page_size));
	else
		add(c, "page_size", "unknown");
	add(c, "from", a->config_from);
	json_object_object_add(o, "config", c);
	for (i = 0; i < a->nr; i++)
		json_object_array_add(list, json_fact(&a->facts[i]));
	json_object_object_add(o, "formats", list);
	add(o, "note", a->note);
	cmd_json(o);
}

/* ---- the command ---------------------------------------------------------------------- */

struct args {
	struct luo_abi_opts opts;
	const char *modules[MAX_MODULES];
	const char *output;
	const char *name;
	bool live;
	bool no_config;
};

static int show(const struct args *a, const struct luo_abi *abi)
{
	char msg[400];

	if (a->output && luo_abi__write(abi, a->output, msg, sizeof(msg)))
		return cmd_error(LUO_EXIT_ERROR, a->output, "%s", msg);
	if (cmd_opts.json) {
		print_json(abi);
		return LUO_EXIT_OK;
	}
	print_head(abi);
	print_facts(abi);
	fflush(stdout);
	if (*abi->note)
		cmd_warn("%s: %s", a->live ? "this kernel" : a->name, abi->note);
	return LUO_EXIT_OK;
}

static int read_kernel(const struct args *a, const struct luo_type_set *set)
{
	const char *subject = a->live ? "this kernel" : a->name;
	char msg[400] = "no memory";
	struct luo_abi *abi;
	int err, code;

	err = a->live ? luo_abi__live(&abi, set->types[0], msg, sizeof(msg)) :
			luo_abi__open(&abi, a->name, &a->opts, set, msg, sizeof(msg));
	if (err)
		return cmd_error(err == -EINVAL || err == -ENOEXEC || err == -ENOENT ||
				 err == -ENOTSUP || err == -EFBIG ? LUO_EXIT_USAGE :
				 LUO_EXIT_ERROR, subject, "%s", msg);
	if (a->no_config) {
		abi->config = luo_kconfig_unknown;
		abi->config_from[0] = 0;
	}
	code = show(a, abi);
	luo_abi__free(abi);
	return code;
}

enum { OPT_INITRD = 256, OPT_LIVE, OPT_NO_CONFIG };

static const struct option options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "modules", required_argument, NULL, 'm' },
	{ "initrd", required_argument, NULL, OPT_INITRD },
	{ "no-config", no_argument, NULL, OPT_NO_CONFIG },
	{ "live", no_argument, NULL, OPT_LIVE },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static int parse(int argc, char **argv, struct args *a)
{
	int c;

	a->opts.modules = a->modules;
	while ((c = getopt_long(argc, argv, ":o:m:jh", options, NULL)) >= 0) {
		switch (c) {
		case 'o': a->output = optarg; break;
		case 'm':
			if (a->opts.nr_modules == MAX_MODULES)
				return cmd_error(LUO_EXIT_USAGE, "abi", "more than %d times "
								 "--modules", MAX_MODULES);
			a->modules[a->opts.nr_modules++] = optarg;
			break;
		case OPT_INITRD: a->opts.initrd = optarg; break;
		case OPT_NO_CONFIG: a->no_config = true; break;
		case OPT_LIVE: a->live = true; break;
		case 'j': cmd_opts.json = true; break;
		case 'h': fputs(usage, stdout); return -1;
		case ':': return cmd_error(LUO_EXIT_USAGE, "abi", "option '%s' needs an argument",
					   argv[optind - 1]);
		default: return cmd_error(LUO_EXIT_USAGE, "abi", "unknown option '%s'; see "
								 "luo-load abi --help",
					  argv[optind - 1]);
		}
	}
	if (a->live ? optind < argc : optind != argc - 1)
		return cmd_error(LUO_EXIT_USAGE, "abi", a->live ? "--live takes no name" :
				 "one IMAGE, SNAPSHOT, RELEASE or PROFILE, or --live; see "
				 "luo-load abi --help");
	a->name = argv[optind];
	return 0;
}

int cmd_abi(int argc, char **argv)
{
	struct luo_type_set set;
	struct luo_types *types;
	struct args a = {};
	char msg[400];
	int code;

	code = parse(argc, argv, &a);
	if (code)
		return code < 0 ? LUO_EXIT_OK : code;
	if (luo_catalogue__open(&types, msg, sizeof(msg)))
		return cmd_error(LUO_EXIT_ERROR, NULL, "%s", msg);
	set = (struct luo_type_set){ .types = &types, .nr = 1 };
	code = read_kernel(&a, &set);
	luo_types__free(types);
	return code;
}
