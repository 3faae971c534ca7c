! Distances of all pairs, in three loops, column by column as Fortran stores them.
subroutine pairwise(m, n, points, distances) bind(c, name="pairwise")
  use iso_c_binding, only: c_double, c_int
  implicit none
  integer(c_int), value :: m, n
  real(c_double), intent(in) :: points(m, n)
  real(c_double), intent(out) :: distances(m, m)
  integer(c_int) :: i, j, k
  real(c_double) :: total

  do j = 1, m
    do i = 1, m
      total = 0
      do k = 1, n
        total = total + (points(i, k) - points(j, k)) ** 2
      end do
      distances(i, j) = sqrt(total)
    end do
  end do
end subroutine
