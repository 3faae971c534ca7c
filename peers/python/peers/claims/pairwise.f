! Distances of all pairs, in three loops; f2py returns the result as a new array.
      subroutine pairwise(points, distances, m, n)
      integer :: m, n
      double precision, intent(in) :: points(m, n)
      double precision, intent(out) :: distances(m, m)
      integer :: i, j, k
      double precision :: total
      do i = 1, m
        do j = 1, m
          total = 0
          do k = 1, n
            total = total + (points(i, k) - points(j, k))
     &                    * (points(i, k) - points(j, k))
          end do
          distances(i, j) = sqrt(total)
        end do
      end do
      end subroutine pairwise
