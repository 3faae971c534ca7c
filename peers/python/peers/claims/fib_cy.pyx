# cython: language_level=3
"""Fibonacci numbers with C ints, which overflow from n = 48 on."""


def fib(int n):
    cdef int a = 0, b = 1, k
    for k in range(n - 1):
        a, b = a + b, a
    return a
