# SPDX-License-Identifier: BSD-2-Clause
# A fuzzer of xm's verbs as a whole program on the machine in memory (machine.h): a folder's Makefile
# sets MAX_LEN and includes this.
T        := ../../../dom0-tools
include ../../fakes/toolstack/sources.mk
SRCS     := fuzz.c $(filter-out $(T)/xm/main.c $(T)/xm/console.c,$(wildcard $(T)/xm/*.c)) $(T)/lib/beside.c \
            $(filter-out $(T)/domain/hotplug.c,$(TOOLSTACK_SRCS))
CPPFLAGS := -D_GNU_SOURCE -I$(T) -I$(FAKES) -I../../../hypervisor/include
LDLIBS   := $(TOOLSTACK_LIBS) -lncurses
include ../fuzz.mk
