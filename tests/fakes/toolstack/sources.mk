# SPDX-License-Identifier: BSD-2-Clause
# dom0-tools/domain and what it stands on, with fakes for the hypervisor, the store and the machine.
# Wants T, the folder of the tools, and a folder two below tests/.
include $(T)/conf/sources.mk
FAKES          := ../../fakes/toolstack
TOOLSTACK_SRCS := $(wildcard $(FAKES)/*.c) $(wildcard $(T)/domain/*.c) $(addprefix $(T)/conf/,$(CONF_SRCS)) \
                  $(addprefix $(T)/stream/,io.c file.c head.c remote.c) $(addprefix $(T)/bootloader/,options.c output.c) \
                  $(addprefix $(T)/lib/,store.c inject.c fail.c progress.c)
TOOLSTACK_LIBS := -luuid -ljson-c
