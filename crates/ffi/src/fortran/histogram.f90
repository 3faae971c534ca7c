subroutine histogram(counts, bins, skewed, seed, first, end) bind(C, name="parallax_histogram_"//VERSION)
  use, intrinsic :: iso_c_binding, only: c_int, c_int64_t, c_size_t
  implicit none
  integer(c_size_t), value :: bins
  integer(c_int), value :: skewed
  integer(c_int64_t), value :: seed, first, end
  integer(c_int64_t), intent(inout) :: counts(0:bins-1)
  integer(c_int64_t), parameter :: block = 512 ! drawing keys vectorises, and counting them does not
  integer(c_int64_t) :: i, j, n, bin(block), key(block)

  do i = first, end - 1, block
    n = min(block, end - i)
    do j = 1, n
      key(j) = at(seed, i + j - 1)
    end do
    if (skewed /= 0) then
      do j = 1, n
        bin(j) = shiftl(1_c_int64_t, iand(shiftr(key(j), 48), 7_c_int64_t))
        bin(j) = bin(j) + iand(key(j), bin(j) - 1)
      end do
    else
      bin(:n) = iand(key(:n), int(bins - 1, c_int64_t))
    end if
    do j = 1, n
      counts(bin(j)) = counts(bin(j)) + 1
    end do
  end do

contains
  include "random.inc"
end subroutine

subroutine count_bins(counts, bin, n) bind(C, name="parallax_count_"//VERSION)
  use, intrinsic :: iso_c_binding, only: c_int32_t, c_int64_t
  implicit none
  integer(c_int64_t), value :: n
  integer(c_int64_t), intent(inout) :: counts(0:*)
  integer(c_int32_t), intent(in) :: bin(n)
  integer(c_int64_t) :: j

  do j = 1, n
    counts(bin(j)) = counts(bin(j)) + 1
  end do
end subroutine
