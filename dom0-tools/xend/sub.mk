# SPDX-License-Identifier: BSD-2-Clause
# xend: starts and keeps the back-end processes, and carries out what on_reboot and the like say.
PROGS     += xend
xend_SRCS := $(wildcard xend/*.c) http/gate.c
