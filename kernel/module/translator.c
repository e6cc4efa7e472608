// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The struct_ops type luo_translator
 *
 * A translator or acceptor reaches the kernel as a struct_ops object. Whoever has
 * CAP_BPF and its companions can load one; what is refused here is what the
 * verifier would let through:
 *
 *   - a program that is not sleepable: calls allocate memory;
 *   - a helper of any kind: output depends on the input alone;
 *   - a map, except .rodata once user space can no longer write it;
 *   - an object that has both functions or none;
 *   - attaching without CAP_SYS_ADMIN in the initial user namespace.
 *
 * Attached does not mean used: only what luo-load arms is ever run. Arming holds a
 * reference, and detaching or replacing what is armed waits for a running
 * transaction and makes the next one refuse.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bpf.h>
#include <linux/bpf_verifier.h>
#include <linux/btf.h>
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/filter.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "luo_bpf.h"
#include "private.h"

/* Whether the kernel met the type: it skips it silently when it has no BTF. */
static bool luob_type_known;

/* Also for helpers that every program type has: they tell the time and the CPU. */
static const struct bpf_func_proto *luob_get_func_proto(enum bpf_func_id func_id,
							const struct bpf_prog *prog)
{
	return NULL;
}

/* bpf_tracing_btf_ctx_access(), which is not exported. */
static bool luob_is_valid_access(int off, int size, enum bpf_access_type type,
				 const struct bpf_prog *prog,
				 struct bpf_insn_access_aux *info)
{
	if (off < 0 || off >= sizeof(u64) * MAX_BPF_FUNC_ARGS)
		return false;
	if (type != BPF_READ || off % size)
		return false;
	return btf_ctx_access(off, size, type, prog, info);
}

static const struct bpf_verifier_ops luob_verifier_ops = {
	.get_func_proto = luob_get_func_proto,
	.is_valid_access = luob_is_valid_access,
};

static int luob_translator_init(struct btf *btf)
{
	luob_type_known = true;
	return 0;
}

static int luob_translator_check_member(const struct btf_type *t,
					const struct btf_member *member,
					const struct bpf_prog *prog)
{
	return prog->sleepable ? 0 : -EINVAL;
}

static bool luob_map_is_constant(const struct bpf_map *map)
{
	return map->map_type == BPF_MAP_TYPE_ARRAY &&
	       (map->map_flags & BPF_F_RDONLY_PROG) && READ_ONCE(map->frozen);
}

static bool luob_maps_are_constant(const struct bpf_prog *prog)
{
	bool all = true;
	u32 i;

	mutex_lock(&prog->aux->used_maps_mutex);
	for (i = 0; i < prog->aux->used_map_cnt; i++)
		all &= luob_map_is_constant(prog->aux->used_maps[i]);
	mutex_unlock(&prog->aux->used_maps_mutex);
	return all;
}

/**
 * luob_translator_init_member - Judge a program when its object is attached.
 * @t:      Type of &struct luo_translator in the module's BTF.
 * @member: The member that is set.
 * @kdata:  The structure as the kernel will see it.
 * @udata:  The structure as user space gave it: a file descriptor per program.
 *
 * The maps of a program are not known yet when .check_member() runs. The file
 * descriptor can name another program by the time the kernel resolves it again,
 * so luob_translator_check() repeats this on the program that is armed.
 *
 * Context: Process context of the attaching task, may sleep.
 * Return: 0 if the program may be attached, -EACCES if it uses a map that can
 *         change, or the errno of an invalid file descriptor.
 */
static int luob_translator_init_member(const struct btf_type *t,
				       const struct btf_member *member,
				       void *kdata, const void *udata)
{
	unsigned long fd = *(unsigned long *)(udata + __btf_member_bit_offset(t, member) / 8);
	struct bpf_prog *prog;
	int err;

	if (!fd)
		return 0;

	prog = bpf_prog_get_type_dev(fd, BPF_PROG_TYPE_STRUCT_OPS, false);
	if (IS_ERR(prog))
		return PTR_ERR(prog);

	err = luob_maps_are_constant(prog) ? 0 : -EACCES;
	bpf_prog_put(prog);
	return err;
}

static int luob_translator_validate(void *kdata)
{
	const struct luo_translator *ops = kdata;

	return !ops->translate == !ops->accept ? -EINVAL : 0;
}

/* Attached objects: arming finds them by the id of their struct_ops map. */
struct luob_attached {
	struct list_head list;
	const struct luo_translator *ops;
};

static LIST_HEAD(luob_attached_list);
static DEFINE_MUTEX(luob_attached_mutex);

/**
 * luob_translator_get - The attached object of a struct_ops map.
 * @map_id: Id of the map.
 *
 * Context: Process context, may sleep.
 * Return: The object, to be released with luob_translator_put(), or NULL.
 */
const struct luo_translator *luob_translator_get(u32 map_id)
{
	const struct luo_translator *found = NULL;
	struct luob_attached *at;

	guard(mutex)(&luob_attached_mutex);
	list_for_each_entry(at, &luob_attached_list, list) {
		if (bpf_struct_ops_id(at->ops) == map_id && bpf_struct_ops_get(at->ops)) {
			found = at->ops;
			break;
		}
	}
	return found;
}

/* The structure that the kernel keeps an attached object in. */
static void *luob_struct_ops_map(const struct luo_translator *ops)
{
	return (char *)ops - luob_fields.ops_data;
}

/**
 * luob_translator_check - Whether an object is what luo-load has loaded.
 * @ops:     From luob_translator_get().
 * @prog_id: Id of the program that luo-load has loaded for it.
 *
 * What runs is what the kernel resolved when the object was made, not what its file
 * descriptor meant at any other time.
 *
 * Context: Process context, may sleep; luob_private_find() has succeeded.
 * Return: 0; -ESTALE if it runs another program, -EACCES if a map of it can change.
 */
int luob_translator_check(const struct luo_translator *ops, u32 prog_id)
{
	void *map = luob_struct_ops_map(ops);
	struct bpf_link **links = *luob_field(struct bpf_link **, map, ops_links);
	u32 i, nr = *luob_field(u32, map, ops_nr);
	int err = -ESTALE;

	for (i = 0; i < nr; i++) {
		if (!links[i])
			continue;
		if (links[i]->prog->aux->id != prog_id)
			return -ESTALE;
		if (!luob_maps_are_constant(links[i]->prog))
			return -EACCES;
		err = 0;
	}
	return err;
}

void luob_translator_put(const struct luo_translator *ops)
{
	bpf_struct_ops_put(ops);
}

static int luob_attached_add(const struct luo_translator *ops)
{
	struct luob_attached *at = kzalloc(sizeof(*at), GFP_KERNEL);

	if (!at)
		return -ENOMEM;
	at->ops = ops;
	guard(mutex)(&luob_attached_mutex);
	list_add_tail(&at->list, &luob_attached_list);
	return 0;
}

static void luob_attached_del(const struct luo_translator *ops)
{
	struct luob_attached *at, *tmp;

	guard(mutex)(&luob_attached_mutex);
	list_for_each_entry_safe(at, tmp, &luob_attached_list, list) {
		if (at->ops != ops)
			continue;
		list_del(&at->list);
		kfree(at);
	}
}

/* In the initial namespace: an object decides what the next kernel is handed. */
static int luob_translator_reg(void *kdata, struct bpf_link *link)
{
	return capable(CAP_SYS_ADMIN) ? luob_attached_add(kdata) : -EPERM;
}

static void luob_translator_unreg(void *kdata, struct bpf_link *link)
{
	luob_attached_del(kdata);
	luob_armed_changed(kdata, "detached");
}

static int luob_translator_update(void *kdata, void *old_kdata, struct bpf_link *link)
{
	int err = capable(CAP_SYS_ADMIN) ? luob_attached_add(kdata) : -EPERM;

	if (err)
		return err;
	luob_attached_del(old_kdata);
	luob_armed_changed(old_kdata, "replaced");
	return 0;
}

/* The kernel takes the arguments' types and the calls' prototypes from these. */
static int luo_translator__translate(struct luo_tx *tx, __u64 self, __u64 arg)
{
	return -EOPNOTSUPP;
}

static int luo_translator__accept(struct luo_tx *tx, __u64 self)
{
	return -EOPNOTSUPP;
}

static struct luo_translator luob_translator_stubs = {
	.translate = luo_translator__translate,
	.accept = luo_translator__accept,
};

static struct bpf_struct_ops luob_translator_ops = {
	.verifier_ops = &luob_verifier_ops,
	.init = luob_translator_init,
	.check_member = luob_translator_check_member,
	.init_member = luob_translator_init_member,
	.validate = luob_translator_validate,
	.reg = luob_translator_reg,
	.unreg = luob_translator_unreg,
	.update = luob_translator_update,
	.cfi_stubs = &luob_translator_stubs,
	.owner = THIS_MODULE,
	.name = "luo_translator",
};

/**
 * luob_translator_register - Make the struct_ops type luo_translator known.
 *
 * There is no way back but unloading the module.
 *
 * Context: Module initialisation.
 * Return: 0 on success, -EOPNOTSUPP if kernel or module have no BTF, or the errno
 *         of the registration.
 */
int luob_translator_register(void)
{
	int err = register_bpf_struct_ops(&luob_translator_ops, luo_translator);

	if (!err && !luob_type_known) {
		pr_err("the kernel or this module was built without BTF\n");
		err = -EOPNOTSUPP;
	}
	return err;
}
