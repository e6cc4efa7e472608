#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Damaged states and a luo-load built with sanitizers: selftests/oracle/mutate.py.
exec python3 "$(dirname "$0")/oracle/mutate.py"
