# SPDX-License-Identifier: BSD-2-Clause
# xm (also xl): the administrator's program.
PROGS    += xm
xm_LINKS := xl
xm_SRCS  := $(addprefix xm/,main.c xm.c opt.c store.c format.c prepare.c resource.c domain.c tree.c \
            device.c device_paths.c wait.c hotplug.c kernel_backend.c loop.c teardown.c longlist.c console.c stop.c \
            sharing.c) $(wildcard xm/cmd_*.c)
