subroutine stream(a, b, factor, c, n) bind(C, name="parallax_stream_"//VERSION)
  use, intrinsic :: iso_c_binding, only: c_double, c_size_t
  implicit none
  integer(c_size_t), value :: n
  real(c_double), value :: factor
  real(c_double), intent(inout) :: a(n)
  real(c_double), intent(in) :: b(n), c(n)

  a = a + (b + factor * c)
end subroutine
