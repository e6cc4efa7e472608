// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI, RFC v1 without CONFIG_PCI_IOV to phase I of v2: what the next kernel reads from the
 * device itself is not recorded any more, and neither are buses. The way back would have
 * to read it from the hardware.
 */
#include "luo_bpf.h"
#include "abi/pci.h"

LUO_STEP("pci", "pci", struct pci_ser___rfc1, "pci", struct pci_ser___rfc2,
	 LUO_ALSO(struct pci_dev_ser___rfc1)
	 LUO_ALSO(struct pci_dev_ser___rfc2),
	 LUO_LOSS("bus_count", "buses are not recorded: nobody changes their numbers")
	 LUO_LOSS("resource", "read from the device")
	 LUO_LOSS("state.num_vfs", "virtual functions are not kept")
	 LUO_LOSS("state.devfn", "part of path")
	 LUO_LOSS("state.current_state", "read from the device")
	 LUO_LOSS("state.pm_cap", "read from the device")
	 LUO_LOSS("state.broken_intx_masking", "a quirk, found anew")
	 LUO_LOSS("state.pme_poll", "found anew")
	 LUO_LOSS("state.no_d3cold", "found anew")
	 LUO_LOSS("state.wakeup_prepared", "found anew")
	 LUO_LOSS("state.skip_bus_pm", "found anew")
	 LUO_LOSS("state.ignore_hotplug", "found anew")
	 LUO_LOSS("state.hotplug_user_indicators", "found anew")
	 LUO_LOSS("state.pref_window", "read from the device")
	 LUO_LOSS("state.pref_64_window", "read from the device")
	 LUO_SAME_STRING("the layouts of two series, named by the profile")
	 LUO_AUTHOR("luo-bpf"));

#define OLD		pci_ser___rfc1
#define OLD_DEV		pci_dev_ser___rfc1
#include "pci_rfc1_to_rfc2.h"

LUO_TRANSLATOR(pci_rfc1_to_rfc2);
