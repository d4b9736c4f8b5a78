/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of clamp.c; that nothing below 0 is asked is what they miss. */
int clamp(int n, int max);
int sum(int n);

int main(void)
{
    return clamp(5, 3) != 3 || clamp(2, 3) != 2 || sum(3) != 6;
}
