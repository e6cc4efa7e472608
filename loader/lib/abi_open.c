// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Whatever stands for a kernel: a release, a profile, an image, a package, a snapshot. */
#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/abi.h"

static bool is_file(const char *name)
{
	struct stat st;

	return !stat(name, &st) && !S_ISDIR(st.st_mode);
}

static bool is_core(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	Elf64_Ehdr e;
	bool core;

	if (fd < 0)
		return false;
	core = read(fd, &e, sizeof(e)) == sizeof(e) && !memcmp(e.e_ident, ELFMAG, SELFMAG) &&
	       e.e_type == ET_CORE;
	close(fd);
	return core;
}

static int open_image(struct luo_abi **abi, const char *name, const struct luo_abi_opts *opts,
		      struct luo_types *catalogue, char *msg, size_t msg_size)
{
	int err = luo_abi__image(abi, name, opts, catalogue, msg, msg_size);

	if (err == -ENOEXEC && !strcmp(msg, "neither a bzImage nor a vmlinux"))
		snprintf(msg, msg_size, "not a profile (first line 'luo-profile 1' or "
					"'luo-profile 2'), nor a bzImage, vmlinux, package or "
					"snapshot");
	return err;
}

/**
 * luo_abi__open - what a kernel reads and writes, by any name for it
 * @abi: result
 * @name: profile file, bzImage, vmlinux, Debian package, snapshot, or a release of the
 *	catalogue when there is no such file
 * @opts: for images, or NULL
 * @set: structures, the catalogue first
 * @msg: one line on failure, without @name
 * @msg_size: bytes of @msg
 *
 * Return: 0; -ENOENT for an unknown name; -EINVAL and -ENOEXEC for a file that is damaged or
 * none of these; -ENOMEM, or what open(2) and read(2) say.
 */
int luo_abi__open(struct luo_abi **abi, const char *name, const struct luo_abi_opts *opts,
		  const struct luo_type_set *set, char *msg, size_t msg_size)
{
	if (!is_file(name))
		return luo_abi__release(abi, name, msg, msg_size);
	if (luo_abi__is_file(name))
		return luo_abi__file(abi, name, set->types[0], msg, msg_size);
	if (is_core(name))
		return luo_abi__snapshot(abi, name, NULL, set, msg, msg_size);
	return open_image(abi, name, opts, set->types[0], msg, msg_size);
}

/**
 * luo_profile__read - the profile of a kernel in a file
 * @p: result
 * @path: profile, or image
 * @set: where structures are, the catalogue first
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * Return: 0, -EINVAL when it is no such file, what open(2) says, -ENOMEM.
 */
int luo_profile__read(struct luo_profile **p, const char *path, const struct luo_type_set *set,
		      char *msg, size_t msg_size)
{
	struct luo_abi *abi;
	int err = -EINVAL;

	if (access(path, R_OK)) {
		snprintf(msg, msg_size, "%s", strerror(errno));
		return -errno;
	}
	if (luo_abi__is_file(path))
		err = luo_abi__file(&abi, path, set->types[0], msg, msg_size);
	else
		err = open_image(&abi, path, NULL, set->types[0], msg, msg_size);
	if (err)
		return err == -ENOEXEC || err == -ENOTSUP ? -EINVAL : err;
	err = luo_profile__of_abi(p, abi, set, msg, msg_size);
	luo_abi__free(abi);
	return err;
}

/**
 * luo_profile__of_image - the profile of a kernel that will run with certain modules
 * @p: result; a release of the catalogue keeps its short name
 * @path: bzImage, vmlinux or package
 * @opts: which modules count
 * @set: where structures are, the catalogue first
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * A version string is no proof that a kernel was built from that release's sources: only
 * formats whose structures were found in the image's BTF, as they are in the catalogue, are
 * in the profile.
 *
 * Return: 0, -ESRCH when nothing about it is certain, what luo_abi__image() says.
 */
int luo_profile__of_image(struct luo_profile **p, const char *path,
			  const struct luo_abi_opts *opts, const struct luo_type_set *set,
			  char *msg, size_t msg_size)
{
	const struct luo_release *r;
	struct luo_abi *abi;
	int err;

	err = luo_abi__image(&abi, path, opts, set->types[0], msg, msg_size);
	if (err)
		return err;
	r = luo_catalogue__release(abi->release);
	err = luo_profile__of_abi(p, abi, set, msg, msg_size);
	luo_abi__free(abi);
	if (err == -EINVAL)
		err = -ESRCH;
	if (!err && r)
		snprintf((*p)->core.release, sizeof((*p)->core.release), "%s", r->release);
	return err;
}

/* A release of the catalogue, or what is in the file when there is one of that name. */
int luo_profile__open(struct luo_profile **p, const char *name, const struct luo_type_set *set,
		      char *msg, size_t msg_size)
{
	return (is_file(name) ? luo_profile__read : luo_profile__by_release)
		(p, name, set, msg, msg_size);
}
