#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Records of PCI devices: what luo-load restore-pci makes of them.
exec python3 "$(dirname "$0")/oracle/driverrecords.py" "$@"
