# SPDX-License-Identifier: BSD-2-Clause
# Domains and their devices: what xm and xend do with them, on <xenctrl.h> and <xenstore.h>.
LIB_SRCS += $(sort $(wildcard domain/*.c))
LIB_LIBS += -luuid -ljson-c
