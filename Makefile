# SPDX-License-Identifier: BSD-2-Clause
# Hospes: build everything, run it, show it, test it.  Every target works in a fresh checkout on a
# Debian 12 machine; what is missing is installed by `packages`.
TOP   := $(CURDIR)
BUILD := $(TOP)/build

# The programs and files that dom0 gets under /opt/hospes.
install:
	@test -n "$(DESTDIR)" || { echo "usage: make install DESTDIR=directory" >&2; exit 1; }
	@tests/machine/stage "$(DESTDIR)"
.PHONY: install
