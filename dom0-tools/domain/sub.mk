# SPDX-License-Identifier: BSD-2-Clause
# Domains and their devices: what xm and xend do with them, on <xenctrl.h> and <xenstore.h>.
LIB_SRCS += $(addprefix domain/,paths.c toolstack.c config_file.c managed.c rename.c kept.c memory.c create.c prepare.c bootload.c resource.c tree.c teardown.c file.c share.c \
            device.c device_classes.c device_wait.c device_remove.c device_attach.c disk.c nic.c display.c hotplug.c \
            kernel_backend.c loopdev.c)
LIB_LIBS += -luuid
