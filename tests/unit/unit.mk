# SPDX-License-Identifier: BSD-2-Clause
# One unit-test program.  A test folder's Makefile sets
#   SRCS      its own C files and the product files under test (relative to it)
#   CPPFLAGS  extra -I / -D        LDLIBS  extra libraries
# and includes this file.  Everything is built with ASan and UBSan into
# build/unit/<folder>/ and run by `make check` (judge), which prints Criterion's report (and writes it as
# TAP to REPORT=file; Criterion's other ways to ask for that leak memory, which would fail the run).
TOP    := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/../..)
NAME   := $(notdir $(CURDIR))
OUT    := $(TOP)/build/unit/$(NAME)
CC     ?= gcc
CFLAGS += -std=gnu11 -g -O1 -Wall -Wextra -Werror -fno-omit-frame-pointer \
          -fsanitize=address,undefined -fno-sanitize-recover=undefined
LDFLAGS += -Wl,-z,now # a call of a library takes the same path the first time as later: step.h
LDLIBS += -lcriterion

check: $(OUT)/test
	$(TOP)/tests/unit/judge $(OUT)/test --jobs 2 $(if $(REPORT),--tap=$(REPORT))
build: $(OUT)/test
.PHONY: check build

include $(TOP)/tests/objects.mk
$(OUT)/test: $(OBJS)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(OBJS) $(LDLIBS)
