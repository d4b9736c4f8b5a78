# SPDX-License-Identifier: BSD-2-Clause
# The console daemon and its client.
PROGS += xenconsoled xenconsole
xenconsoled_SRCS := $(addprefix console/,main.c console.c ring.c buffer.c)
xenconsoled_LIBS := -lutil
xenconsole_SRCS  := console/client_main.c
