# SPDX-License-Identifier: BSD-2-Clause
# Hospes: build everything, run it, show it, test it.  Every target works in a fresh checkout on a
# Debian 12 machine, as root or through sudo; what is missing is installed by `packages`.
#
#   make run      boot Hospes with a Debian dom0 and guest in QEMU; Ctrl-a x leaves
#   make gdb      the same, stopped, with QEMU's stub for gdb at port 1234 (docs/HACKING.md)
#   make demo     the same without a terminal: measure each claim and power off
#   make test     every test         make check   the unit tests only
#   make bench    Hospes against Debian's Xen 4.17
#   make bench-io a guest's disk and NIC: ours, Xen's with Debian's xl, and Linux' back-ends on Hospes
#   make fuzz     the fuzzers, FUZZ_SECONDS each (default 600), then pairs of garbage guests for as long
#   make mutate   break the code in known ways and see that its tests notice
#   make soak     kill, stop and upgrade the control domain's processes for DURATION seconds (600) and more under a
#                 guest that checks what it gets, after asking whether the power may fail meanwhile
#   make reach    boot on emulated machines of many kinds, and in-guest tests on CPUs of Bochs'
#   make docs-check  links, files and commands in the documents
#   make dashboard  look at xend --http with a browser; pictures in build/dashboard
#   make coverage which lines of the hypervisor and of the tool-stack the tests reach; fails below 95 % of the core
#   make deb      Debian packages, in build/deb
#   make image    a whole Debian host as a disk's image, build/image; make image-test walks through it
#   make cluster  two emulated hosts under Debian's Pacemaker: a guest moves, and outlives its host
#   make ganeti   two emulated hosts: an instance handled by the Xen module of Debian's Ganeti
#   make all      build only         make clean   remove build/ (the image cache stays)
TOP   := $(CURDIR)
BUILD := $(TOP)/build
ROOMS := hypervisor dom0-tools backends frontends
# Rooms and test folders appear one by one: those that exist are built and run.
THERE := $(patsubst %/Makefile,%,$(wildcard $(ROOMS:%=%/Makefile)))
SUDO  := $(if $(filter 0,$(shell id -u)),,sudo)
STEP  := tests/step
JOBS  ?= $(shell nproc)

all: packages
	@for room in $(THERE); do \
	    $(STEP) "build $$room" $(MAKE) --no-print-directory -j$(JOBS) -C $$room || exit 1; \
	done
.DEFAULT_GOAL := all

# One stamp per content of the list: apt is asked only when the list changed.
packages: $(BUILD)/packages.stamp
$(BUILD)/packages.stamp: packages.txt
	@$(STEP) "install packages" tests/packages $< "$(SUDO)"
	@mkdir -p $(BUILD) && touch $@

run: all
	@if [ -t 0 ]; then $(SUDO) tests/system/run-interactive; else $(SUDO) tests/system/demo; fi
gdb: all
	@$(SUDO) tests/system/run-interactive --gdb
demo: all
	@$(SUDO) tests/system/demo
test: all
	@$(SUDO) tests/all
check: packages
	@tests/all unit
bench: all
	@$(SUDO) tests/all bench
bench-io: all
	@$(SUDO) tests/bench/io-compare $(or $(ROUNDS),5)
fuzz: all
	@$(SUDO) env FUZZ_SECONDS=$(or $(FUZZ_SECONDS),600) tests/all fuzz garbage
mutate: packages
	@tests/mutate/run
docs-check: packages
	@tests/documents
dashboard: packages
	@$(SUDO) tests/dashboard/run
soak: all
	@$(SUDO) tests/system/run-power-cut
	@$(SUDO) tests/system/soak $(or $(DURATION),600) $(or $(KILLS),1000) $(or $(CELLS),168)
reach: all
	@$(SUDO) tests/reach/run
	@tests/guest/on-bochs
coverage: all
	@$(SUDO) tests/coverage

deb: packages
	@configs/debian/make-packages

image: deb
	@$(SUDO) configs/image/make-image
image-test:
	@$(SUDO) tests/image/run

cluster: all
	@$(SUDO) tests/cluster/run pacemaker
ganeti: all
	@$(SUDO) tests/cluster/run ganeti

# The programs and files that dom0 gets under /opt/hospes.
install:
	@test -n "$(DESTDIR)" || { echo "usage: make install DESTDIR=directory" >&2; exit 1; }
	@tests/machine/stage "$(DESTDIR)"

clean:
	rm -rf $(BUILD)

.PHONY: all packages run gdb demo test check bench bench-io fuzz mutate coverage soak reach dashboard docs-check deb image image-test \
	cluster ganeti install clean
