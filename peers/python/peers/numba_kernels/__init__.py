"""Numba kernels: plain loops, written so that LLVM keeps vectors busy; the systems that compile loops at run time share them.

`cache=True` would hide what compiling costs, which is measured, so no kernel has it. Indices are unsigned where a loop
looks values up: Numba tests a signed one for being negative, at each access.
"""
