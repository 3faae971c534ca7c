subroutine stream(a, b, c, n) bind(C, name="parallax_stream_"//VERSION)
  use, intrinsic :: iso_c_binding, only: c_double, c_size_t
  implicit none
  integer(c_size_t), value :: n
  real(c_double), intent(inout) :: a(n)
  real(c_double), intent(in) :: b(n), c(n)

  a = a + (b + 3 * c)
end subroutine
