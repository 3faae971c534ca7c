subroutine comparison(truths, a, b, n) bind(C, name="parallax_comparison_"//VERSION)
  use, intrinsic :: iso_c_binding, only: c_double, c_int8_t, c_size_t
  implicit none
  integer(c_size_t), value :: n
  real(c_double), intent(in) :: a(n), b(n)
  integer(c_int8_t), intent(out) :: truths(n)

  truths = merge(1_c_int8_t, 0_c_int8_t, a * b - 4.125d0 * a > 2.5d0 * b)
end subroutine
