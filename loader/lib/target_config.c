// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/abi.h"
#include "lib/image.h"
#include "lib/target_config.h"

struct word {
	const char *word;
	size_t offset;		/* of the member of struct luo_kconfig */
};

static const struct word words[] = {
	{ "thp", offsetof(struct luo_kconfig, thp) },
	{ "deferred", offsetof(struct luo_kconfig, deferred) },
};

static bool read_word(const char *word, struct luo_kconfig *c)
{
	bool no = !strncmp(word, "no-", 3);
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(word + (no ? 3 : 0), words[i].word))
			continue;
		*(enum luob_known *)((char *)c + words[i].offset) = no ? LUOB_NO : LUOB_YES;
		return true;
	}
	return false;
}

/* A kernel's .config: what it does not set is off. */
static int read_config(const char *path, struct luo_kconfig *c, char *msg, size_t msg_size)
{
	int err = luo_kconfig__read(path, c);

	if (err == -EINVAL)
		snprintf(msg, msg_size, "not a kernel configuration");
	else if (err)
		snprintf(msg, msg_size, "neither a word (thp, no-thp, deferred, no-deferred) nor "
					"a readable file: %s", strerror(-err));
	return err == -ENOMEM ? err : err ? -EINVAL : 0;
}

/* What a profile says of the build; an option that it leaves out stays what it was. */
static int read_profile(const char *path, struct luo_kconfig *c, char *msg, size_t msg_size)
{
	struct luo_abi *abi;
	int err = luo_abi__file(&abi, path, NULL, msg, msg_size);

	if (err)
		return err == -ENOMEM ? err : -EINVAL;
	luo_kconfig__add(c, &abi->config);
	luo_abi__free(abi);
	return 0;
}

/* A kernel image, which may keep its configuration to itself, or a configuration. */
static int read_file(const char *path, struct luo_kconfig *c, char *msg, size_t msg_size)
{
	struct luo_image_info info;
	int err;

	if (luo_abi__is_file(path))
		return read_profile(path, c, msg, msg_size);
	err = luo_image__read(path, &info, msg, msg_size);

	if (err == -EINVAL || err == -EFBIG || err == -ENOMEM)
		return err == -ENOMEM ? err : -EINVAL;
	/* No image, or unreadable: that is said below. */
	if (err)
		return read_config(path, c, msg, msg_size);
	if (!*info.config_from) {
		snprintf(msg, msg_size, "%s does not tell its configuration, and there is no "
					"config-%s beside it", path, info.release);
		return 1;
	}
	luo_kconfig__add(c, &info.config);
	return 0;
}

/**
 * luo_target_config__read - what an operator knows about a target's configuration
 * @text: "thp", "no-thp", "deferred", "no-deferred", configuration files and kernel
 *	images, with commas; later ones win
 * @c: changed where something is said
 * @subject: on failure, the word that @msg is about
 * @subject_size: bytes of @subject
 * @msg: one line on failure, without @subject
 * @msg_size: bytes of @msg
 *
 * Return: 0; 1 with a warning in @msg; -EINVAL for a bad word or file; -ENOMEM.
 */
int luo_target_config__read(const char *text, struct luo_kconfig *c, char *subject,
			    size_t subject_size, char *msg, size_t msg_size)
{
	char *copy = strdup(text), *word, *save = NULL;
	int err = 0, warned = 0;

	if (!copy) {
		snprintf(msg, msg_size, "no memory");
		return -ENOMEM;
	}
	for (word = strtok_r(copy, ",", &save); word && err >= 0;
	     word = strtok_r(NULL, ",", &save)) {
		snprintf(subject, subject_size, "%s", word);
		err = read_word(word, c) ? 0 : read_file(word, c, msg, msg_size);
		warned |= err == 1;
	}
	free(copy);
	return err < 0 ? err : warned;
}
