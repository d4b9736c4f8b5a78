# SPDX-License-Identifier: BSD-2-Clause
# The streams' pure logic, for the archive, tests and fuzzers.
STREAM_SRCS := io.c file.c cpu.c head.c record.c image.c table.c p2m.c find_p2m.c save.c save_pages.c \
               save_vcpus.c live.c restore.c restore_pages.c restore_static.c restore_end.c \
               remote.c
