# SPDX-License-Identifier: BSD-2-Clause
# How code that links the front-end library is compiled; included by the library, the guest and
# the in-guest tests.  TOP is the repository's root.
CC      ?= gcc
FRONT   := $(TOP)/frontends
FRONT_A := $(TOP)/build/frontends/libfront.a
FRONT_CFLAGS := -std=gnu11 -g -O2 -ffreestanding -fno-builtin -fno-pic -fno-pie -mcmodel=kernel \
    -mno-red-zone -mgeneral-regs-only -fno-stack-protector -fcf-protection=none \
    -fno-asynchronous-unwind-tables -fno-strict-aliasing -Wall -Wextra -Werror -MMD -MP \
    -I$(FRONT)/include
FRONT_LDFLAGS := -nostdlib -static -no-pie -Wl,-T,$(FRONT)/front.ld -Wl,--build-id=none \
    -Wl,-z,max-page-size=4096
