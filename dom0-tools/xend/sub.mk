# SPDX-License-Identifier: BSD-2-Clause
# xend: starts and keeps the back-end processes, and carries out what on_reboot and the like say.
PROGS     += xend
xend_SRCS := $(addprefix xend/,main.c journal.c process.c device.c disk.c share.c tap.c life.c \
             verdict.c) xm/store.c xm/device_paths.c
