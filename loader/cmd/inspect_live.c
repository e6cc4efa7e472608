// SPDX-License-Identifier: GPL-2.0-only
/* luo-load inspect --live: what LUO holds in this kernel, before anything is frozen. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "cmd/inspect_int.h"
#include "lib/driver_records.h"
#include "lib/module.h"

static const struct { __u32 bit; const char *name; } seals[] = {
	{ 0x1, "seal" }, { 0x2, "shrink" }, { 0x4, "grow" }, { 0x8, "write" },
	{ 0x10, "future-write" }, { 0x20, "exec" },
};

static void print_seals(__u32 bits)
{
	const char *sep = "";
	size_t i;

	printf("seals ");
	for (i = 0; i < sizeof(seals) / sizeof(seals[0]); i++) {
		if (!(bits & seals[i].bit))
			continue;
		printf("%s%s", sep, seals[i].name);
		sep = "|";
	}
	printf("%s", *sep ? "" : "none");
}

static void print_file(const struct luob_live_entry *e)
{
	printf("    token 0x%llx  ", (unsigned long long)e->token);
	inspect_text(stdout, e->string, sizeof(e->string));
	printf("  %llu bytes, at %llu, ", (unsigned long long)e->size, (unsigned long long)e->pos);
	print_seals(e->seals);
	printf("  ");
	inspect_text(stdout, e->name, sizeof(e->name));
	if (cmd_opts.verbose)
		printf("  record 0x%llx", (unsigned long long)e->data);
	printf("\n");
}

static void print_driver(const struct luob_live_entry *e)
{
	char address[LUO_DRIVER_ADDRESS];

	printf("  driver ");
	inspect_text(stdout, e->name, sizeof(e->name));
	printf("  %s  ", luo_driver__address(e->token, address));
	inspect_text(stdout, e->string, sizeof(e->string));
	printf("  %llu bytes", (unsigned long long)e->size);
	if (cmd_opts.verbose)
		printf("  record 0x%llx", (unsigned long long)e->data);
	printf("\n");
}

static void print_device(const struct luob_live_entry *e)
{
	char address[LUO_DRIVER_ADDRESS];

	printf("  device %s  %04x:%04x class %06x  ", luo_driver__address(e->token, address),
	       e->hw.vendor, e->hw.device, e->hw.class);
	if (*e->name)
		inspect_text(stdout, e->name, sizeof(e->name));
	else
		printf("no driver");
	if (*e->string) {
		printf(", driver_override ");
		inspect_text(stdout, e->string, sizeof(e->string));
	}
	printf("\n");
}

static void print_entry(const struct luob_live_entry *e)
{
	switch (e->kind) {
	case LUOB_LIVE_SUBTREE:
		printf("  subtree ");
		inspect_text(stdout, e->name, sizeof(e->name));
		if (*e->string) {
			printf("  ");
			inspect_text(stdout, e->string, sizeof(e->string));
			printf("  %llu bytes", (unsigned long long)e->size);
		}
		if (cmd_opts.verbose)
			printf("  0x%llx", (unsigned long long)e->data);
		printf("\n");
		return;
	case LUOB_LIVE_SESSION:
		printf("  %ssession '", cmd_style(CMD_BOLD));
		inspect_text(stdout, e->name, sizeof(e->name));
		printf("'%s  %llu files\n", cmd_style(CMD_PLAIN), (unsigned long long)e->size);
		return;
	case LUOB_LIVE_FILE:
		print_file(e);
		return;
	case LUOB_LIVE_FLB:
		printf("  flb ");
		inspect_text(stdout, e->string, sizeof(e->string));
		printf("  %llu users, data 0x%llx\n", (unsigned long long)e->size,
		       (unsigned long long)e->data);
		return;
	case LUOB_LIVE_DRIVER:
		print_driver(e);
		return;
	case LUOB_LIVE_DEVICE:
		print_device(e);
		return;
	}
}

static struct json_object *entry_json(const struct luob_live_entry *e)
{
	static const char *const kinds[] = { "", "subtree", "session", "file", "flb", "driver",
					     "device" };
	struct json_object *o = json_object_new_object();
	char address[LUO_DRIVER_ADDRESS];

	json_object_object_add(o, "kind", json_object_new_string(
			       e->kind < sizeof(kinds) / sizeof(kinds[0]) ? kinds[e->kind] : "?"));
	json_object_object_add(o, "name", json_object_new_string_len(e->name,
				strnlen(e->name, sizeof(e->name))));
	if (e->kind == LUOB_LIVE_DEVICE) {
		cmd_json_add(o, "device", luo_driver__address(e->token, address));
		json_object_object_add(o, "vendor", json_object_new_int(e->hw.vendor));
		json_object_object_add(o, "id", json_object_new_int(e->hw.device));
		json_object_object_add(o, "class", json_object_new_int64(e->hw.class));
		cmd_json_add(o, "override", e->string);
		return o;
	}
	if (e->string[0])
		json_object_object_add(o, "string", json_object_new_string_len(e->string,
					strnlen(e->string, sizeof(e->string))));
	json_object_object_add(o, e->kind == LUOB_LIVE_SESSION ? "files" :
				  e->kind == LUOB_LIVE_FLB ? "users" : "size",
			       json_object_new_uint64(e->size));
	if (e->kind == LUOB_LIVE_FILE) {
		json_object_object_add(o, "token", json_object_new_uint64(e->token));
		json_object_object_add(o, "position", json_object_new_uint64(e->pos));
		json_object_object_add(o, "seals", json_object_new_int64(e->seals));
	}
	if (e->kind == LUOB_LIVE_DRIVER)
		cmd_json_add(o, "device", luo_driver__address(e->token, address));
	if (e->kind != LUOB_LIVE_SESSION)
		json_object_object_add(o, "data", json_object_new_uint64(e->data));
	return o;
}

static void print_json(const struct luob_live_entry *entries, size_t nr, const char *release)
{
	struct json_object *o = json_object_new_object(), *list = json_object_new_array();
	size_t i;

	for (i = 0; i < nr; i++)
		json_object_array_add(list, entry_json(&entries[i]));
	json_object_object_add(o, "release", json_object_new_string(release));
	json_object_object_add(o, "frozen", json_object_new_boolean(false));
	json_object_object_add(o, "entries", list);
	cmd_json(o);
}

/* The picture of a moment, and it says so. Return: an exit code. */
int inspect_live(void)
{
	struct luob_live_entry *entries = NULL;
	struct utsname uts;
	size_t i, nr = 0;
	int err = luo_module__live(&entries, &nr);

	if (err)
		return cmd_error(err == -ENOENT ? LUO_EXIT_REFUSED : LUO_EXIT_ERROR, "inspect",
				 "%s", err == -ENOENT ? "live update is off in this kernel" :
				 luo_module__strerror(err));
	uname(&uts);
	if (cmd_opts.json) {
		print_json(entries, nr, uts.release);
	} else {
		printf("%sthis kernel%s, %s: live, not frozen\n", cmd_style(CMD_BOLD),
		       cmd_style(CMD_PLAIN), uts.release);
		for (i = 0; i < nr; i++)
			print_entry(&entries[i]);
	}
	free(entries);
	return LUO_EXIT_OK;
}
