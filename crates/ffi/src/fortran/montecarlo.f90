function montecarlo(seed, first, end) result(hits) bind(C, name="parallax_montecarlo_"//VERSION)
  use, intrinsic :: iso_c_binding, only: c_int64_t
  implicit none
  integer(c_int64_t), value :: seed, first, end
  integer(c_int64_t) :: hits, i, x, y

  hits = 0
  do i = first, end - 1
    x = shiftr(at(seed, 2 * i), 33)
    y = shiftr(at(seed, 2 * i + 1), 33)
    hits = hits + merge(1, 0, x * x + y * y < 2_c_int64_t**62)
  end do

contains
  include "random.inc"
end function
