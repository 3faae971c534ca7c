subroutine bubblesort(values, n, comparisons, swaps) bind(C, name="parallax_bubblesort_"//VERSION)
  use, intrinsic :: iso_c_binding, only: c_int64_t, c_size_t
  implicit none
  integer(c_size_t), value :: n
  integer(c_int64_t), intent(inout) :: values(n)
  integer(c_int64_t), intent(out) :: comparisons, swaps
  integer(c_int64_t) :: exchanged, larger, next
  integer(c_size_t) :: end, i

  comparisons = 0
  swaps = 0
  do end = n, 2, -1
    exchanged = 0
    larger = values(1) ! largest value of the pass so far; selected without a branch
    do i = 2, end
      next = values(i)
      exchanged = exchanged + merge(1, 0, larger > next)
      values(i - 1) = min(larger, next)
      larger = max(larger, next)
    end do
    values(end) = larger
    comparisons = comparisons + end - 1
    swaps = swaps + exchanged
    if (exchanged == 0) exit
  end do
end subroutine
