// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is asked of the host's kernel: an array, a program, a run. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "jit/jit_int.h"
#include "vm/insn.h"

/**
 * jit_kernel__map - an array of one element that this process can see
 * @size: bytes
 * @mem: gets its memory
 *
 * Return: descriptor, or a negative errno.
 */
int jit_kernel__map(size_t size, void **mem)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);
	int fd, err;

	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "luo_area", sizeof(__u32), size, 1, &opts);
	if (fd < 0)
		return fd;
	*mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (*mem != MAP_FAILED)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

static const char license[] = "GPL";

/**
 * jit_kernel__load - have a program verified and compiled
 * @insns: instructions; descriptors and BTF ids are in them
 * @nr: instructions
 * @log: gets what the verifier says, or NULL: it is several times faster then
 * @log_size: bytes of @log
 *
 * Return: descriptor, or a negative errno.
 */
int jit_kernel__load(const struct bpf_insn *insns, size_t nr, char *log, size_t log_size)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .prog_flags = BPF_F_SLEEPABLE);

	if (log) {
		log[0] = '\0';
		opts.log_buf = log;
		opts.log_size = log_size;
		opts.log_level = 1;
	}
	return bpf_prog_load(BPF_PROG_TYPE_SYSCALL, "luo_jit", license, insns, nr, &opts);
}

/* Runs a program once. It has no context but the array. */
int jit_kernel__run(int prog)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	return bpf_prog_test_run_opts(prog, &opts);
}

/* May we? A program that does nothing is asked for. Return: 0, or a negative errno. */
int jit_kernel__allowed(char *why, size_t why_size)
{
	const struct bpf_insn insns[] = { BPF_MOV64_IMM(BPF_REG_0, 0), BPF_EXIT_INSN() };
	int fd = jit_kernel__load(insns, 2, NULL, 0), err;

	err = fd < 0 ? fd : jit_kernel__run(fd);
	if (fd >= 0)
		close(fd);
	if (err == -EPERM)
		snprintf(why, why_size, "the kernel lets us load no BPF program (CAP_BPF and "
					"CAP_PERFMON, or root)");
	else if (err)
		snprintf(why, why_size, "the kernel runs no BPF program: %s", strerror(-err));
	return err;
}

/* One call for all of it; the file in sysfs gives a page at a time. It has number 1. */
static void *fetch_btf(size_t *size)
{
	struct bpf_btf_info info = {};
	__u32 len = sizeof(info);
	int fd = bpf_btf_get_fd_by_id(1);
	char name[8] = "";
	void *p = NULL;

	if (fd < 0)
		return NULL;
	info.name = (__u64)(unsigned long)name;
	info.name_len = sizeof(name);
	if (bpf_obj_get_info_by_fd(fd, &info, &len) || strcmp(name, "vmlinux"))
		goto out;
	*size = info.btf_size;
	p = malloc(*size);
	info = (struct bpf_btf_info){ .btf = (__u64)(unsigned long)p, .btf_size = *size };
	if (p && bpf_obj_get_info_by_fd(fd, &info, &len)) {
		free(p);
		p = NULL;
	}
out:
	close(fd);
	return p;
}

static void *read_btf(size_t *size)
{
	int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *p = NULL;
	ssize_t n = 1;

	if (fd < 0)
		return NULL;
	if (!fstat(fd, &st))
		p = malloc(st.st_size ? st.st_size : 1);
	for (*size = 0; p && n > 0 && *size < (size_t)st.st_size; *size += n) {
		n = read(fd, p + *size, st.st_size - *size);
		if (n < 0)
			n = 0;
	}
	close(fd);
	return p;
}

/* Bytes that follow a type, or -1. */
static long type_extra(const struct btf_type *t)
{
	switch (btf_kind(t)) {
	case BTF_KIND_INT: return sizeof(__u32);
	case BTF_KIND_ARRAY: return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION: return btf_vlen(t) * sizeof(struct btf_member);
	case BTF_KIND_ENUM: return btf_vlen(t) * sizeof(struct btf_enum);
	case 19 /* BTF_KIND_ENUM64 */: return btf_vlen(t) * 12;
	case BTF_KIND_FUNC_PROTO: return btf_vlen(t) * sizeof(struct btf_param);
	case BTF_KIND_VAR: return sizeof(struct btf_var);
	case BTF_KIND_DATASEC: return btf_vlen(t) * sizeof(struct btf_var_secinfo);
	case BTF_KIND_DECL_TAG: return sizeof(struct btf_decl_tag);
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPE_TAG: return 0;
	}
	return -1;
}

static void note_id(const struct btf_type *t, __s32 id, const char *strings, size_t len,
		    __s32 ids[VM_NR_ITER_CALLS])
{
	int i;

	if (btf_kind(t) != BTF_KIND_FUNC || t->name_off >= len)
		return;
	for (i = 0; i < VM_NR_ITER_CALLS; i++)
		if (!strcmp(strings + t->name_off, vm_iter_calls[i].name))
			ids[i] = id;
}

static int find_ids(const __u8 *p, size_t size, __s32 ids[VM_NR_ITER_CALLS])
{
	struct btf_header h;
	size_t at, end;
	__s32 id = 1;
	long extra;

	if (size < sizeof(h))
		return -EINVAL;
	memcpy(&h, p, sizeof(h));
	if (h.magic != BTF_MAGIC || (__u64)h.hdr_len + h.str_off + h.str_len > size ||
	    (__u64)h.hdr_len + h.type_off + h.type_len > size || !h.str_len ||
	    p[h.hdr_len + h.str_off + h.str_len - 1])
		return -EINVAL;
	end = h.hdr_len + h.type_off + h.type_len;
	for (at = h.hdr_len + h.type_off; at + sizeof(struct btf_type) <= end; id++) {
		const struct btf_type *t = (const void *)(p + at);

		extra = type_extra(t);
		if (extra < 0)
			return -EINVAL;
		note_id(t, id, (const char *)p + h.hdr_len + h.str_off, h.str_len, ids);
		at += sizeof(*t) + extra;
	}
	return 0;
}

/**
 * jit_kernel__iter_ids - the functions behind bpf_for(), by which they are called
 * @ids: gets their numbers in the kernel's BTF, in the order of vm_iter_calls
 *
 * Only three names are looked for: libbpf takes 100 ms to check and index all types.
 *
 * Return: 0, -ENOENT, -EINVAL when the BTF is not understood.
 */
int jit_kernel__iter_ids(__s32 ids[VM_NR_ITER_CALLS])
{
	size_t size = 0;
	void *p = fetch_btf(&size);
	int i, err;

	if (!p)
		p = read_btf(&size);
	err = p ? find_ids(p, size, ids) : -ENOENT;

	for (i = 0; i < VM_NR_ITER_CALLS && !err; i++)
		if (!ids[i])
			err = -ENOENT;
	free(p);
	return err;
}
