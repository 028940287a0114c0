"""One thread for small matrix products: two are slower there, and far slower on a busy machine."""

from __future__ import annotations

from functools import cache

from threadpoolctl import ThreadpoolController

__all__ = ["one_thread"]


@cache
def _blas():
    return ThreadpoolController()


def one_thread():
    """`with one_thread(): ...`: the products in this block are not shared between threads."""
    return _blas().limit(limits=1, user_api="blas")
