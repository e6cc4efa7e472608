// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/image.h"
#include "lib/unpack.h"

#define MAX_TEXT	(16 << 20)

static int take(void *priv, const void *data, size_t size)
{
	struct luo_image_bytes *b = priv;

	return b->size + size > MAX_TEXT ? -EFBIG : luo_image_bytes__add(b, data, size);
}

static int read_gz(int fd, struct luo_image_bytes *b)
{
	struct luo_sink sink = { .take = take, .priv = b };
	struct stat st;
	char msg[100];

	return fstat(fd, &st) ? -errno : luo_unpack(fd, 0, st.st_size, &sink, msg, sizeof(msg));
}

static int read_text(int fd, struct luo_image_bytes *b)
{
	char buf[65536];
	ssize_t n;
	int err = 0;

	while (!err && (n = read(fd, buf, sizeof(buf))) > 0)
		err = take(b, buf, n);
	return n < 0 ? -errno : err;
}

/**
 * luo_kconfig__running - the configuration of a running kernel
 * @text: gets it, as it is; to be freed with luo_image_bytes__free() also after a failure
 * @root: "" for this machine, or a directory with copies of its files
 * @release: as uname -r says
 * @from: gets the file's name, without @root
 * @from_size: bytes of @from
 *
 * From /proc/config.gz, or from where distributions put it.
 *
 * Return: 0, -ENOENT when nothing has it.
 */
int luo_kconfig__running(struct luo_image_bytes *text, const char *root, const char *release,
			 char *from, size_t from_size)
{
	static const char *const places[] = {
		"/proc/config.gz", "/boot/config-%s", "/lib/modules/%s/config",
	};
	char path[4200];
	struct luo_kconfig c;
	size_t i;
	int fd, err;

	for (i = 0; i < 3; i++) {
		snprintf(from, from_size, places[i], release);
		snprintf(path, sizeof(path), "%s%s", root, from);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		text->size = 0;
		err = i ? read_text(fd, text) : read_gz(fd, text);
		close(fd);
		if (!err && !luo_kconfig__parse((char *)text->data, text->size, &c))
			return 0;
	}
	text->size = 0;
	if (from_size)
		*from = 0;
	return -ENOENT;
}
