subroutine pairwise(distances, points, m, start, length) bind(C, name="parallax_pairwise_"//VERSION)
  use, intrinsic :: iso_c_binding, only: c_double, c_size_t
  implicit none
  integer(c_size_t), value :: m, start, length
  real(c_double), intent(in) :: points(3, 0:m-1)
  real(c_double), intent(out) :: distances(start:start+length-1)
  integer(c_size_t) :: row, j, base

  do row = start / m, (start + length - 1) / m
    base = row * m
    do j = max(start - base, 0_c_size_t), min(start + length - base, m) - 1
      distances(base+j) = sqrt((points(1, row) - points(1, j))**2 + (points(2, row) - points(2, j))**2 &
                               + (points(3, row) - points(3, j))**2)
    end do
  end do
end subroutine
