subroutine julia(counts, xs, width, ys, re, im, limit, start, length) bind(C, name="parallax_julia_"//VERSION)
  use, intrinsic :: iso_c_binding, only: c_double, c_int32_t, c_size_t
  implicit none
  integer(c_size_t), value :: width, start, length
  integer(c_int32_t), value :: limit
  real(c_double), value :: re, im
  real(c_double), intent(in) :: xs(0:width-1), ys(0:*)
  integer(c_int32_t), intent(out) :: counts(start:start+length-1)
  integer(c_size_t) :: p

  do p = start, start + length - 1
    counts(p) = escape(xs(mod(p, width)), ys(p / width))
  end do

contains

  ! In real and imaginary part: a complex product may round differently from the definition.
  pure integer(c_int32_t) function escape(x0, y0) result(steps)
    real(c_double), intent(in) :: x0, y0
    real(c_double) :: x, y, next
    x = x0
    y = y0
    steps = 0
    do while (x * x + y * y < 4 .and. steps < limit)
      next = x * x - y * y + re
      y = 2 * x * y + im
      x = next
      steps = steps + 1
    end do
  end function
end subroutine
