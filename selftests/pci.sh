#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# PCI and vfio-pci state through every shipped step: selftests/oracle/pci.py. COUNT states for
# each direction, 200 in `make check`; `make check-pci COUNT=10000` takes a long time.
exec python3 "$(dirname "$0")/oracle/pci.py" -n "${COUNT:-200}" "$@"
