# SPDX-License-Identifier: BSD-2-Clause
# The files of this room, for the library and for the tests that build it for themselves.
CONF_SRCS := lex.c value.c percent.c expr.c parse.c conf.c override.c print.c schema.c listing.c check.c \
             relations.c devices.c names.c cmdline.c near.c words.c vdev.c disk.c vif.c vfb.c cpuset.c cpulist.c ends.c \
             host.c host_xl.c allow.c flat.c sxp_read.c
