# SPDX-License-Identifier: BSD-2-Clause
# One libFuzzer target.  A folder's Makefile sets
#   SRCS      its fuzz.c and the product files under test (relative to it)
#   CPPFLAGS  extra -I / -D        LDLIBS  extra libraries        TIMEOUT  seconds that one input may take (5)
# `make check` runs it for SECONDS (10) over the kept seeds; `make fuzz` runs until stopped.
TOP     := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/../..)
NAME    := $(notdir $(CURDIR))
OUT     := $(TOP)/build/fuzz/$(NAME)
CC      := clang-14
SECONDS ?= 10
MAX_LEN ?= 8192
TIMEOUT ?= 5
CFLAGS  += -std=gnu11 -g -O1 -Wall -Wextra -Werror \
           -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined
RUN      = mkdir -p $(OUT)/corpus && $(OUT)/fuzz -max_len=$(MAX_LEN) -timeout=$(TIMEOUT) -rss_limit_mb=1024 \
           -artifact_prefix=$(OUT)/ $(OUT)/corpus $(wildcard seeds)

check: $(OUT)/fuzz
	$(RUN) -max_total_time=$(SECONDS) -verbosity=0 -print_final_stats=0
fuzz: $(OUT)/fuzz
	$(RUN)
build: $(OUT)/fuzz
.PHONY: build check fuzz

include $(TOP)/tests/objects.mk
$(OUT)/fuzz: $(OBJS)
	$(CC) $(CFLAGS) -o $@ $(OBJS) $(LDLIBS)
