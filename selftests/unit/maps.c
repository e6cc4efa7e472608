// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Pinned maps, in this machine's kernel but in a BPF file system of this process alone. */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include "lib/attach.h"
#include "lib/maps.h"
#include "../test.h"

static char msg[400];

/* Return: why not, or NULL. */
static const char *own_bpffs(void)
{
	if (geteuid())
		return "needs root";
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return "no mount namespace of its own";
	return mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL) ? "this kernel has no BPF file system" :
							     NULL;
}

static int get_entry(__u32 i, struct luo_status_entry *e)
{
	int fd = bpf_obj_get(LUO_PIN_DIR "/" LUO_MAP_STATUS), err;

	if (fd < 0)
		return -errno;
	err = bpf_map_lookup_elem(fd, &i, e) ? -errno : 0;
	close(fd);
	return err;
}

static void publish_and_replace(void)
{
	struct luo_status_entry e[3] = { { .kind = "summary", .state = "armed" },
					 { .kind = "record", .verdict = "same", .ns = 1234567 },
					 { .kind = "record", .verdict = "blocked" } }, got;
	int old;

	CHECK_EQ(luo_maps__publish_status(e, 3, msg, sizeof(msg)), 0, "published: %s", msg);
	CHECK(!get_entry(1, &got) && !memcmp(&got, &e[1], sizeof(got)), "as it was given");
	CHECK_EQ(get_entry(3, &got), -ENOENT, "three entries");
	old = bpf_obj_get(LUO_PIN_DIR "/" LUO_MAP_STATUS);
	strcpy(e[0].state, "not armed");
	CHECK_EQ(luo_maps__publish_status(e, 1, msg, sizeof(msg)), 0, "replaced: %s", msg);
	CHECK(!get_entry(0, &got) && !strcmp(got.state, "not armed"), "the new one is there");
	CHECK_EQ(get_entry(1, &got), -ENOENT, "with one entry");
	CHECK(!bpf_map_lookup_elem(old, &(__u32){ 0 }, &got) && !strcmp(got.state, "armed"),
	      "who has the old one open still reads that");
	CHECK(bpf_map_update_elem(old, &(__u32){ 0 }, e, BPF_ANY) && errno == EPERM,
	      "nobody writes to it");
	close(old);
}

static void strings(void)
{
	struct luo_status_entry e = {}, got;

	memset(e.record, 'x', sizeof(e.record));
	strcpy(e.text, "a\033[2Jb\xc3\xa4");
	strcpy(e.text + 20, "behind the end");
	CHECK_EQ(luo_maps__publish_status(&e, 1, msg, sizeof(msg)), 0, "published: %s", msg);
	CHECK(!get_entry(0, &got), "and read");
	CHECK_EQ(strnlen(got.record, sizeof(got.record)), sizeof(got.record) - 1, "terminated");
	CHECK_STR(got.text, "a?[2Jb??", "printable");
	CHECK(!got.text[20], "nothing behind the end");
}

static void nothing(void)
{
	CHECK_EQ(luo_maps__publish_status(NULL, 0, msg, sizeof(msg)), -EINVAL, "'%s'", msg);
}

static void removal(void)
{
	struct luo_status_entry got;

	CHECK_EQ(luo_maps__publish_catalogue(msg, sizeof(msg)), 0, "catalogue: %s", msg);
	CHECK_EQ(luo_maps__remove(), 0, "removed");
	CHECK_EQ(get_entry(0, &got), -ENOENT, "no status");
	CHECK(access(LUO_PIN_DIR "/" LUO_MAP_CATALOGUE, F_OK), "no catalogue");
	CHECK_EQ(luo_maps__remove(), 0, "nothing to remove is fine");
	CHECK_EQ(rmdir(LUO_PIN_DIR), 0, "nothing else was left there");
}

static void no_bpffs(void)
{
	CHECK_EQ(umount("/sys/fs/bpf"), 0, "unmounted");
	umount("/sys/fs/bpf");	/* the machine's own, for this process */
	CHECK_EQ(luo_maps__publish_catalogue(msg, sizeof(msg)), -ENODEV, "%s", msg);
}

int main(void)
{
	const char *why = own_bpffs();

	if (why) {
		SKIP("%s", why);
		return test_end();
	}
	RUN(publish_and_replace);
	RUN(strings);
	RUN(nothing);
	RUN(removal);
	RUN(no_bpffs);
	return test_end();
}
