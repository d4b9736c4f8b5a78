/* SPDX-License-Identifier: BSD-2-Clause */
/* The code that tests/mutate/selftest breaks. */
int clamp(int n, int max)
{
    if (n < 0)
        return 0;
    return n < max ? n : max;
}

int sum(int n)
{
    int total = 0;
    while (n > 0) {
        total += n;
        n--;
    }
    return total;
}
