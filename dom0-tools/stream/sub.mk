# SPDX-License-Identifier: BSD-2-Clause
# Xen's save and migration streams: pure logic over small interfaces, see stream/README.md.
include stream/sources.mk
LIB_SRCS += $(addprefix stream/,$(STREAM_SRCS))
