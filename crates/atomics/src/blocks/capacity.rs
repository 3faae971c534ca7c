//! Capacities are powers of two, so that a mask instead of a division finds a slot.

/// Why a queue of the requested capacity cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CapacityError {
    /// A queue without a slot could never take a message.
    #[error("a queue of capacity 0 can hold no message; ask for 1 or more")]
    Zero,
    /// Positions are counted modulo a power of two that this capacity would exceed.
    #[error("a queue of capacity {0} exceeds the largest one of {LARGEST}; ask for less")]
    TooLarge(usize),
}

/// The most slots a queue can have: half of the positions, less the bit that the multi-producer queue uses as a flag.
pub(crate) const LARGEST: usize = 1 << (usize::BITS - 3);

/// The number of slots for `capacity` messages: the next power of two.
pub(crate) fn slots(capacity: usize) -> Result<usize, CapacityError> {
    match capacity {
        0 => Err(CapacityError::Zero),
        1..=LARGEST => Ok(capacity.next_power_of_two()),
        _ => Err(CapacityError::TooLarge(capacity)),
    }
}

#[cfg(test)]
mod tests {
    use super::{CapacityError, LARGEST, slots};

    #[test]
    fn capacities_are_rounded_up_to_a_power_of_two() {
        let asked = [1, 2, 3, 4, 5, 1000, LARGEST];
        assert_eq!(asked.map(|n| slots(n).unwrap()), [1, 2, 4, 4, 8, 1024, LARGEST]);
    }

    #[test]
    fn no_room_and_too_much_room_are_refused_with_the_way_out() {
        assert_eq!(slots(0), Err(CapacityError::Zero));
        assert_eq!(slots(LARGEST + 1), Err(CapacityError::TooLarge(LARGEST + 1)));
        assert!(CapacityError::Zero.to_string().contains("ask for 1 or more"));
    }
}
