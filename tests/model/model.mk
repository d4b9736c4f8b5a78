# SPDX-License-Identifier: BSD-2-Clause
# One explorer: a folder's Makefile sets SRCS (relative to it) and CPPFLAGS and includes this file.
# Optimised, because it takes millions of steps; a difference or a broken invariant ends it with an error.
TOP    := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/../..)
OUT    := $(TOP)/build/model/$(notdir $(CURDIR))
CC     ?= gcc
CPPFLAGS += -I..
CFLAGS += -std=gnu11 -g -O2 -Wall -Wextra -Werror -fno-strict-aliasing

check: $(OUT)/explore
	$(OUT)/explore
build: $(OUT)/explore
.PHONY: check build

include $(TOP)/tests/objects.mk
$(OUT)/explore: $(OBJS)
	$(CC) $(CFLAGS) -o $@ $(OBJS) $(LDLIBS)
