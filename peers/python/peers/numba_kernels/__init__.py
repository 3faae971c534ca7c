"""Numba kernels: plain loops that LLVM makes vectors of, shared by the systems that compile at run time.

`cache=True` would hide what compiling costs, which is measured, so no kernel has it. Indices are unsigned where a loop
looks values up: Numba tests a signed one for being negative, at each access.
"""
