subroutine bubblesort(values, n, comparisons, swaps) bind(C, name="parallax_bubblesort_"//VERSION)
  use, intrinsic :: iso_c_binding, only: c_int64_t, c_size_t
  implicit none
  integer(c_size_t), value :: n
  integer(c_int64_t), intent(inout) :: values(n)
  integer(c_int64_t), intent(out) :: comparisons, swaps
  integer(c_int64_t) :: exchanged, left, right
  integer(c_size_t) :: end, i

  comparisons = 0
  swaps = 0
  do end = n, 2, -1
    exchanged = 0
    do i = 2, end
      left = values(i - 1)
      right = values(i)
      if (left > right) then
        values(i - 1) = right
        values(i) = left
        exchanged = exchanged + 1
      end if
    end do
    comparisons = comparisons + end - 1
    swaps = swaps + exchanged
    if (exchanged == 0) exit
  end do
end subroutine
