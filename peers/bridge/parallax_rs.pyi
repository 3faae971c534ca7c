"""Types of parallax_rs; the docstring of each function says what it does."""

from collections.abc import Callable
from typing import Any, NamedTuple, ParamSpec, Protocol, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import Buffer  # collections.abc has it from Python 3.12 on

_P = ParamSpec("_P")
_R = TypeVar("_R")
_R_co = TypeVar("_R_co", covariant=True)
_Number = TypeVar("_Number", bound=np.number[Any])

__version__: str

class CacheInfo(NamedTuple):
    hits: int
    misses: int
    maxsize: int | None
    currsize: int

class Cached(Protocol[_P, _R_co]):
    __wrapped__: Callable[_P, _R_co]
    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> _R_co: ...
    def cache_info(self) -> CacheInfo: ...
    def cache_clear(self) -> None: ...

@overload
def cached(function: Callable[_P, _R], /, *, maxsize: int | None = 128) -> Cached[_P, _R]: ...
@overload
def cached(
    function: None = None, /, *, maxsize: int | None = 128
) -> Callable[[Callable[_P, _R]], Cached[_P, _R]]: ...
def escape_count(x: float, y: float, limit: int) -> int: ...
def expression(
    text: str,
    /,
    *,
    out: NDArray[np.float64] | NDArray[np.bool_] | None = None,
    workers: int | None = None,
    **arrays: ArrayLike,
) -> NDArray[Any]: ...
def histogram(
    keys: ArrayLike, bins: int, out: NDArray[np.int64] | None = None, workers: int | None = None
) -> NDArray[np.int64]: ...
def julia(
    width: int, limit: int, out: NDArray[np.int32] | None = None, workers: int | None = None
) -> NDArray[np.int32]: ...
@overload
def map(
    function: Callable[[Any], _R],
    array: NDArray[Any],
    *,
    chunk: int | None = None,
    out: None = None,
    workers: int | None = None,
) -> list[_R]: ...
@overload
def map(
    function: Callable[[Any, Any], Any],
    array: NDArray[Any],
    *,
    chunk: int | None = None,
    out: NDArray[_Number],
    workers: int | None = None,
) -> NDArray[_Number]: ...
def matmul(
    a: ArrayLike, b: ArrayLike, out: NDArray[np.float64] | None = None, workers: int | None = None
) -> NDArray[np.float64]: ...
def montecarlo(samples: int, seed: int = 0, workers: int | None = None) -> int: ...
def pairwise(
    x: ArrayLike, out: NDArray[np.float64] | None = None, workers: int | None = None
) -> NDArray[np.float64]: ...
def random_histogram(
    n: int,
    bins: int,
    seed: int = 0,
    skewed: bool = False,
    out: NDArray[np.int64] | None = None,
    workers: int | None = None,
) -> NDArray[np.int64]: ...
def sort(
    a: NDArray[_Number], out: NDArray[_Number] | None = None, workers: int | None = None
) -> NDArray[_Number]: ...
@overload
def wordcount(text: str, workers: int | None = None) -> dict[str, int]: ...
@overload
def wordcount(text: Buffer, workers: int | None = None) -> dict[bytes, int]: ...
