"""Numba kernels: plain loops that LLVM vectorises, shared by the systems that compile at run time.

No kernel has `cache=True`, which would hide the cost of compilation, and that is measured. Indices are unsigned if a
loop looks values up: Numba tests at each access whether a signed one is negative.
"""
