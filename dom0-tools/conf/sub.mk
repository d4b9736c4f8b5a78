# SPDX-License-Identifier: BSD-2-Clause
# The config language: text to values, checked against one table; disk, NIC and CPU specs.
include conf/sources.mk
LIB_SRCS += $(addprefix conf/,$(CONF_SRCS))
