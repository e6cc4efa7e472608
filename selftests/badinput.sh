#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Cores, command lines and objects that nobody should give: selftests/oracle/badinput.py.
exec python3 "$(dirname "$0")/oracle/badinput.py" "$@"
