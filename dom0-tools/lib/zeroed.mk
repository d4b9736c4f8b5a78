# SPDX-License-Identifier: BSD-2-Clause
# For whoever writes to guests' memory: each local begins as zeroes, padding too: nothing left on a stack reaches a guest through a ring.
ZEROED := -ftrivial-auto-var-init=zero \
          $(if $(findstring clang,$(CC)),-enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang)
