/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of the table of faults that are expected; linked last. */
__asm__(".pushsection .fixup_table,\"a\"\n.globl fixup_table_end\nfixup_table_end:\n.popsection");
