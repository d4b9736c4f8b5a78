# SPDX-License-Identifier: BSD-2-Clause
# One explorer: a folder's Makefile sets SRCS (relative to it) and CPPFLAGS and includes this file.
# Optimised, because it takes millions of steps; a difference or a broken invariant ends it with an error.
TOP    := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/../..)
OUT    := $(TOP)/build/model/$(notdir $(CURDIR))
CC     ?= gcc
CFLAGS += -std=gnu11 -g -O2 -Wall -Wextra -Werror -fno-strict-aliasing

check: $(OUT)/explore
	$(OUT)/explore
build: $(OUT)/explore
.PHONY: check build

$(OUT)/explore: $(SRCS) $(wildcard $(TOP)/hypervisor/include/hv/*.h ../*.h) Makefile
	@mkdir -p $(OUT)
	$(CC) $(CPPFLAGS) -I.. $(CFLAGS) -o $@ $(SRCS)
