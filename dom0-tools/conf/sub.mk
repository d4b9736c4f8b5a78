# SPDX-License-Identifier: BSD-2-Clause
# The config language: text to values, checked against one table; disk, NIC and CPU specs.
LIB_SRCS += $(addprefix conf/,lex.c parse.c conf.c print.c schema.c check.c near.c words.c vdev.c disk.c \
            vif.c cpuset.c host.c)
