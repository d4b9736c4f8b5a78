# SPDX-License-Identifier: BSD-2-Clause
# One kernel out of one folder: its *.c and *.S, the harness in tests/guest/lib and the library.
# The folder's Makefile sets WAYS to those in which it runs: dom0, domu (see INDEX.md).
# make $(OUT)/<folder>.  OUT defaults to build/guest.
TOP  := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/../..)
include $(TOP)/frontends/front.mk
NAME := $(notdir $(CURDIR))
OUT  ?= $(TOP)/build/guest
LIB  := $(TOP)/tests/guest/lib
OBJS := $(foreach s,$(wildcard *.c *.S $(LIB)/*.c $(LIB)/*.S),$(OUT)/$(NAME).d/$(notdir $(s)).o)

$(OUT)/$(NAME): $(OBJS) $(FRONT_A) $(FRONT)/front.ld
	$(CC) $(FRONT_LDFLAGS) -o $@ $(OBJS) $(FRONT_A)
.DEFAULT_GOAL := $(OUT)/$(NAME)

$(FRONT_A): FORCE
	@$(MAKE) --no-print-directory -C $(FRONT) $(FRONT_A)
FORCE:

# It runs elsewhere than it is linked to.
$(OUT)/$(NAME).d/payload.c.o: FRONT_CFLAGS += -fpie -mcmodel=small
define compile
	@mkdir -p $(@D)
	$(CC) $(FRONT_CFLAGS) -I$(LIB) -c -o $@ $<
endef
$(OUT)/$(NAME).d/%.o: %
	$(compile)
$(OUT)/$(NAME).d/%.o: $(LIB)/%
	$(compile)
-include $(OBJS:.o=.d)
