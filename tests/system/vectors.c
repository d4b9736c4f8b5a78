// SPDX-License-Identifier: BSD-2-Clause
/*
 * vectors SECONDS: does whoever runs beside this process leave its vector registers alone?  They are filled with
 * what is not seen twice, left alone for some milliseconds, and looked at.  Exit status: 0 if they were whole.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Some milliseconds in an emulator: others run meanwhile. */
#define SPIN 2000000l

/* The same work in both widths: older instructions and their newer forms are not emulated by the same code. */
static void rest_sse(const uint8_t *in, uint8_t *out)
{
    long spin = SPIN;

    __asm__ volatile("movdqu (%1), %%xmm7\n"
                     "movdqu 16(%1), %%xmm15\n"
                     "1: dec %0\n"
                     "jnz 1b\n"
                     "movdqu %%xmm7, (%2)\n"
                     "movdqu %%xmm15, 16(%2)\n"
                     : "+r"(spin)
                     : "r"(in), "r"(out)
                     : "memory", "cc", "xmm7", "xmm15");
}

__attribute__((target("avx"))) static void rest_avx(const uint8_t *in, uint8_t *out)
{
    long spin = SPIN;

    __asm__ volatile("vmovdqu (%1), %%ymm7\n"
                     "1: dec %0\n"
                     "jnz 1b\n"
                     "vmovdqu %%ymm7, (%2)\n"
                     "vzeroupper\n"
                     : "+r"(spin)
                     : "r"(in), "r"(out)
                     : "memory", "cc", "xmm7");
}

int main(int argc, char **argv)
{
    time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 10);
    unsigned int rounds = 0, sse = 0, avx = 0;
    uint8_t in[32], out[32];

    while (time(NULL) < end) {
        for (size_t i = 0; i < sizeof(in); i++)
            in[i] = (uint8_t)rand();
        memset(out, 0, sizeof(out));
        rest_sse(in, out);
        sse += memcmp(in, out, sizeof(in)) != 0;
        if (__builtin_cpu_supports("avx")) {
            memset(out, 0, sizeof(out));
            rest_avx(in, out);
            avx += memcmp(in, out, sizeof(in)) != 0;
        }
        rounds++;
    }
    printf("%u rounds: lost in %u by SSE, in %u by AVX\n", rounds, sse, avx);
    return sse || avx || !rounds;
}
