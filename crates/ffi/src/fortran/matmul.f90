! Rows of C are columns here, so the factors change places: (A B)' = B' A'. The intrinsic function is
! blocked, and chooses its instruction set by itself.

function packed(n) result(length) bind(C, name="parallax_packed_"//VERSION)
  use, intrinsic :: iso_c_binding, only: c_size_t
  implicit none
  integer(c_size_t), value :: n
  integer(c_size_t) :: length
  length = 0 * n ! the factor is taken as it is
end function

subroutine pack(to, from, n) bind(C, name="parallax_pack_"//VERSION)
  use, intrinsic :: iso_c_binding, only: c_size_t, c_ptr
  implicit none
  type(c_ptr), value :: to, from
  integer(c_size_t), value :: n
end subroutine

subroutine product_of(c, a, b, rows, n) bind(C, name="parallax_matmul_"//VERSION)
  use, intrinsic :: iso_c_binding, only: c_double, c_size_t
  implicit none
  integer(c_size_t), value :: rows, n
  real(c_double), intent(in) :: a(n, rows), b(n, n)
  real(c_double), intent(out) :: c(n, rows)

  c = matmul(b, a)
end subroutine

subroutine part_of_row(c, a, b, columns, n) bind(C, name="parallax_matmul_part_"//VERSION)
  use, intrinsic :: iso_c_binding, only: c_double, c_size_t
  implicit none
  integer(c_size_t), value :: columns, n
  real(c_double), intent(in) :: a(n), b(n, *)
  real(c_double), intent(out) :: c(columns)
  integer(c_size_t) :: k

  c = 0
  do k = 1, n
    c = c + a(k) * b(:columns, k)
  end do
end subroutine
