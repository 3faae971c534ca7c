! A row of the table, its features and then its target, is a column here: Fortran is column-major. Of
! the sums of products only those on and below the diagonal are used, which is C's upper triangle.

subroutine gather(sums, side, table, fold, first, end) bind(C, name="parallax_gather_"//VERSION)
  use, intrinsic :: iso_c_binding, only: c_double, c_size_t
  implicit none
  integer(c_size_t), value :: side, fold, first, end
  real(c_double), intent(inout) :: sums(side, side)
  real(c_double), intent(in) :: table(side, *)
  integer(c_size_t), parameter :: block = 4 ! rows added together: each sum is loaded and stored once for all
  integer(c_size_t) :: piece, j, r(block), k

  do piece = first, end - block, block
    r = [(row(piece + k), k = 0, block - 1)]
    do j = 1, side
      sums(j:, j) = sums(j:, j) + table(j, r(1)) * table(j:side, r(1)) + table(j, r(2)) * table(j:side, r(2)) &
                                + table(j, r(3)) * table(j:side, r(3)) + table(j, r(4)) * table(j:side, r(4))
    end do
  end do
  do piece = first + (end - first) / block * block, end - 1
    r(1) = row(piece)
    do j = 1, side
      sums(j:, j) = sums(j:, j) + table(j, r(1)) * table(j:side, r(1))
    end do
  end do

contains

  ! The place, counted from 1, of row number `piece` of the rows that are not held out.
  pure integer(c_size_t) function row(piece)
    integer(c_size_t), intent(in) :: piece
    integer(c_size_t), parameter :: folds = 5
    row = piece / (folds - 1) * folds + mod(piece, folds - 1) + merge(2, 1, mod(piece, folds - 1) >= fold)
  end function
end subroutine

function score(sums, side, lambda, table, rows, fold) result(error) bind(C, name="parallax_score_"//VERSION)
  use, intrinsic :: iso_c_binding, only: c_double, c_size_t
  implicit none
  integer(c_size_t), value :: side, rows, fold
  real(c_double), value :: lambda
  real(c_double), intent(inout) :: sums(side, side)
  real(c_double), intent(in) :: table(side, rows)
  real(c_double) :: error, weights(side - 1)
  integer(c_size_t) :: d, i, k

  d = side - 1
  do k = 1, d
    sums(k, k) = sqrt(sums(k, k) + lambda)
    sums(k+1:, k) = sums(k+1:, k) / sums(k, k)
    do i = k + 1, d
      sums(i:, i) = sums(i:, i) - sums(i, k) * sums(i:, k)
    end do
  end do
  do k = d, 1, -1
    weights(k) = (sums(side, k) - dot_product(sums(k+1:d, k), weights(k+1:))) / sums(k, k)
  end do
  error = 0
  do i = fold + 1, rows, 5
    error = error + (table(side, i) - dot_product(table(:d, i), weights))**2
  end do
  error = error / ((rows - fold + 4) / 5)
end function
