! Each expression as whole arrays: the compiler fuses what NumPy would do one operation at a time. It takes sines
! and logarithms from the C library's vectors, a few units off in the last place, which E2 allows. E6 would be five
! units off where four are allowed, so its loop has no vectors.

subroutine e2(z, x, y, unused, unused_too, n) bind(C, name="parallax_e2_"//VERSION)
  use, intrinsic :: iso_c_binding, only: c_double, c_size_t, c_ptr
  implicit none
  integer(c_size_t), value :: n
  type(c_ptr), value :: unused, unused_too
  real(c_double), intent(in) :: x(n), y(n)
  real(c_double), intent(out) :: z(n)

  z = cos(x * x + y * y) / (1 + x * x + y * y)
end subroutine

subroutine e3(z, x, unused, unused_too, nor_this, n) bind(C, name="parallax_e3_"//VERSION)
  use, intrinsic :: iso_c_binding, only: c_double, c_size_t, c_ptr
  implicit none
  integer(c_size_t), value :: n
  type(c_ptr), value :: unused, unused_too, nor_this
  real(c_double), intent(in) :: x(n)
  real(c_double), intent(out) :: z(n)

  z = ((.25d0 * x + .75d0) * x - 1.5d0) * x - 2
end subroutine

subroutine e4(z, a, b, c, d, n) bind(C, name="parallax_e4_"//VERSION)
  use, intrinsic :: iso_c_binding, only: c_double, c_size_t
  implicit none
  integer(c_size_t), value :: n
  real(c_double), intent(in) :: a(n), b(n), c(n), d(n)
  real(c_double), intent(out) :: z(n)

  z = a * b + c * d
end subroutine

subroutine e5(z, a, b, unused, unused_too, n) bind(C, name="parallax_e5_"//VERSION)
  use, intrinsic :: iso_c_binding, only: c_double, c_size_t, c_ptr
  implicit none
  integer(c_size_t), value :: n
  type(c_ptr), value :: unused, unused_too
  real(c_double), intent(in) :: a(n), b(n)
  real(c_double), intent(out) :: z(n)

  z = 2 * a + 3 * b
end subroutine

subroutine e6(z, a, b, c, unused, n) bind(C, name="parallax_e6_"//VERSION)
  use, intrinsic :: iso_c_binding, only: c_double, c_size_t, c_ptr
  implicit none
  integer(c_size_t), value :: n
  type(c_ptr), value :: unused
  real(c_double), intent(in) :: a(n), b(n), c(n)
  real(c_double), intent(out) :: z(n)
  integer(c_size_t) :: i

  !GCC$ novector
  do i = 1, n
    z(i) = sin(a(i)) + log(b(i) * b(i) + 1) * sqrt(c(i) * c(i) + 1)
  end do
end subroutine
