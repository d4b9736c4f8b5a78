# SPDX-License-Identifier: BSD-2-Clause
# xm (also xl): the administrator's program.
PROGS    += xm
xm_LINKS := xl xentop
xm_SRCS  := $(wildcard xm/*.c)
xm_LIBS  := -ljson-c -lncurses -ltinfo
