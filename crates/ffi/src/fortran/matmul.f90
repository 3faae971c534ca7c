! Rows of C are columns here, so the factors change places: (A B)' = B' A'. The intrinsic function is
! blocked, and chooses its instruction set by itself.

function packed(inner, columns) result(length) bind(C, name="parallax_packed_"//VERSION)
  use, intrinsic :: iso_c_binding, only: c_size_t
  implicit none
  integer(c_size_t), value :: inner, columns
  integer(c_size_t) :: length
  length = 0 ! the factor is not packed
end function

subroutine pack(to, from, inner, columns) bind(C, name="parallax_pack_"//VERSION)
  use, intrinsic :: iso_c_binding, only: c_size_t, c_ptr
  implicit none
  type(c_ptr), value :: to, from
  integer(c_size_t), value :: inner, columns
end subroutine

subroutine product_of(c, a, b, rows, inner, columns) bind(C, name="parallax_matmul_"//VERSION)
  use, intrinsic :: iso_c_binding, only: c_double, c_size_t
  implicit none
  integer(c_size_t), value :: rows, inner, columns
  real(c_double), intent(in) :: a(inner, rows), b(columns, inner)
  real(c_double), intent(out) :: c(columns, rows)

  c = matmul(b, a)
end subroutine

subroutine part_of_row(c, a, b, part, inner, columns) bind(C, name="parallax_matmul_part_"//VERSION)
  use, intrinsic :: iso_c_binding, only: c_double, c_size_t
  implicit none
  integer(c_size_t), value :: part, inner, columns
  real(c_double), intent(in) :: a(inner), b(columns, *)
  real(c_double), intent(out) :: c(part)
  integer(c_size_t) :: k

  c = 0
  do k = 1, inner
    c = c + a(k) * b(:part, k)
  end do
end subroutine
