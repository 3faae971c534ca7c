"""Fibonacci numbers in plain Python, which `calls.py` also compiles unchanged."""


def fib(n):
    a, b = 0, 1
    for _ in range(n - 1):
        a, b = a + b, a
    return a
