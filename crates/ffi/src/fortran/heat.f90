! Rows of C are columns here. A piece may begin and end within one.

subroutine heat(new, old, rows, side, rate, start, length) bind(C, name="parallax_heat_"//VERSION)
  use, intrinsic :: iso_c_binding, only: c_double, c_size_t
  implicit none
  integer(c_size_t), value :: rows, side, start, length
  real(c_double), value :: rate
  real(c_double), intent(in) :: old(0:side-1, 0:rows-1)
  real(c_double), intent(out) :: new(start:start+length-1)
  integer(c_size_t) :: row, above, below, first, last, base

  do row = start / side, (start + length - 1) / side
    base = row * side
    above = modulo(row - 1, rows)
    below = modulo(row + 1, rows)
    first = max(start - base, 0_c_size_t)
    last = min(start + length - base, side) - 1
    if (first == 0) then ! the seam of the torus, outside the whole-array statement
      new(base) = next(old(0, row), old(0, above), old(0, below), old(side-1, row), old(modulo(1_c_size_t, side), row))
      first = 1
    end if
    if (last == side - 1 .and. side > 1) then
      new(base+last) = next(old(last, row), old(last, above), old(last, below), old(last-1, row), old(0, row))
      last = last - 1
    end if
    new(base+first:base+last) = next(old(first:last, row), old(first:last, above), old(first:last, below), &
                                     old(first-1:last-1, row), old(first+1:last+1, row))
  end do

contains

  ! One order of operations, so that every split of a step has the same bits.
  elemental real(c_double) function next(u, up, down, left, right)
    real(c_double), intent(in) :: u, up, down, left, right
    next = u + rate * ((((up + down) + left) + right) - 4 * u)
  end function
end subroutine
