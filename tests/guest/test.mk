# SPDX-License-Identifier: BSD-2-Clause
# One in-guest test: the kernel build/guest/<folder> from main.c, the harness and the library.
TOP  := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/../..)
include $(TOP)/frontends/front.mk
NAME := $(notdir $(CURDIR))
OUT  := $(TOP)/build/guest
SRCS := $(wildcard *.c *.S ../lib/*.c ../lib/*.S)
OBJS := $(foreach s,$(SRCS),$(OUT)/$(NAME).d/$(notdir $(s)).o)

$(OUT)/$(NAME): $(OBJS) $(FRONT_A) $(FRONT)/front.ld
	$(CC) $(FRONT_LDFLAGS) -o $@ $(OBJS) $(FRONT_A)
.DEFAULT_GOAL := $(OUT)/$(NAME)

$(FRONT_A): FORCE
	@$(MAKE) --no-print-directory -C $(FRONT) $(FRONT_A)
FORCE:

define compile
	@mkdir -p $(@D)
	$(CC) $(FRONT_CFLAGS) -I../lib -c -o $@ $<
endef
$(OUT)/$(NAME).d/%.o: %
	$(compile)
$(OUT)/$(NAME).d/%.o: ../lib/%
	$(compile)
-include $(OBJS:.o=.d)
