/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LUO_BPF_MODULE_H
#define LUO_BPF_MODULE_H

#include <linux/types.h>

#include "../core/calls.h"
#include "../core/device.h"
#include "../core/ledger.h"

/*
 * struct luo_tx (core/tx.h) is what programs are called with. It has to have a
 * pointer among its members: for a structure of scalars alone the verifier takes
 * any memory of its size as an argument, also a window's, and a program could make
 * up a transaction.
 */

struct kimage;
struct luo_file_set;
struct luo_file_set_ser;
struct luo_bpf_driver;
struct luo_bpf_driver_ser___v1;
struct luo_bpf_pci_dev___v2;
struct luob_armed;
struct luob_subtree;

/* translator.c: attached objects. */
int luob_translator_register(void);
const struct luo_translator *luob_translator_get(u32 map_id);
int luob_translator_check(const struct luo_translator *ops, u32 prog_id);
void luob_translator_put(const struct luo_translator *ops);

/* calls.c: kfuncs. */
int luob_calls_register(void);

/* hook.c: the functions that are redirected while armed. */
int luob_hook_enable(void);
void luob_hook_disable(void);
void luob_hook_exit(void);
int luob_rehearse(void);

/* track.c, image.c, report.c */
int luob_track_read(struct luob_ledger *l);
void luob_image_loaded(const struct kimage *image);
int luob_image_check(struct luob_armed *a);
int luob_report_incoming(struct luo_bpf_report___v3 *to);
int luob_subtree_incoming(const char *name, struct luob_subtree *s);
void luob_report_continue(struct luo_bpf_report___v3 *r);
void luob_report_hand_over(struct luo_bpf_report___v3 *to, const struct luo_bpf_report___v3 *r);

typedef void luob_pci_fn(void *priv, const struct luo_bpf_pci_dev___v2 *entry);
typedef void luob_drivers_fn(void *priv, const struct luo_bpf_driver_ser___v1 *entry,
			     const struct luo_bpf_driver *driver);

/* pci.c: what devices are. */
#ifdef CONFIG_PCI
int luob_pci_init(void);
void luob_pci_exit(void);
int luob_pci_refresh(void);
void luob_pci_each(luob_pci_fn *fn, void *priv);
/* driver.c: what their drivers say. */
int luob_drivers_init(void);
void luob_drivers_exit(void);
int luob_drivers_refresh(void);
void luob_drivers_committed(void);
void luob_drivers_each(luob_drivers_fn *fn, void *priv);
#else
static inline int luob_pci_init(void) { return 0; }
static inline void luob_pci_exit(void) { }
static inline int luob_pci_refresh(void) { return 0; }
static inline void luob_pci_each(luob_pci_fn *fn, void *priv) { }
static inline int luob_drivers_init(void) { return 0; }
static inline void luob_drivers_exit(void) { }
static inline int luob_drivers_refresh(void) { return 0; }
static inline void luob_drivers_committed(void) { }
static inline void luob_drivers_each(luob_drivers_fn *fn, void *priv) { }
#endif

/* arm.c */
int luob_arm(void *data, size_t size);
int luob_disarm(void);
void luob_armed_changed(const struct luo_translator *ops, const char *how);
void luob_armed_status(struct luob_status *s);

/* transaction.c */
int luob_gate(bool rehearsal);
int luob_session_frozen(struct luo_file_set *set, struct luo_file_set_ser *ser);
int luob_commit(void);
void luob_abort(void (*unfreeze)(struct luo_file_set *, struct luo_file_set_ser *));
int luob_rehearsed(void);

/* results.c */
u32 luob_results_get(const struct luob_result **results);
int luob_results_init(void);
void luob_results_exit(void);

/* say.c: lines for the log, kept for readers of the device. */
void luob_say(const char *fmt, ...) __printf(1, 2);
void luob_say_clear(void);
ssize_t luob_said(char *buf, size_t size);

/* device.c */
int luob_device_register(void);
void luob_device_unregister(void);

#endif /* LUO_BPF_MODULE_H */
