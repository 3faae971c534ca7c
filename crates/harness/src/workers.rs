//! The number of workers that may be requested: more than there are cores, to see the cost of that, but within reason.

/// The most workers per core; more show nothing new.
const EACH_CORE: usize = 32;

/// A number that is allowed on small machines too.
const ALWAYS: usize = 256;

/// How many cores this process may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Reads a number of workers. Made for clap's `value_parser`.
pub fn parse(text: &str) -> Result<usize, String> {
    read(text, cores())
}

fn read(text: &str, cores: usize) -> Result<usize, String> {
    let most = (EACH_CORE * cores).max(ALWAYS);
    match text.trim().parse() {
        Ok(workers) if (1..=most).contains(&workers) => Ok(workers),
        _ => Err(format!(
            "invalid number of workers; give a number from 1 to {most}, the most that is useful on {cores} cores"
        )),
    }
}

/// The given values, each once and in order.
pub fn each_once<T: Copy + PartialEq>(given: &[T]) -> Vec<T> {
    let mut once = Vec::new();
    for &one in given {
        if !once.contains(&one) {
            once.push(one);
        }
    }
    once
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absurd_numbers_are_refused_with_the_most_that_may_be() {
        assert_eq!(["1", "256", " 2 "].map(|text| read(text, 2)), [Ok(1), Ok(256), Ok(2)]);
        assert_eq!(read("2048", 64), Ok(2048));
        for text in ["0", "257", "20000", "-1", "many", "", "99999999999999999999"] {
            assert!(read(text, 2).unwrap_err().contains("1 to 256"), "{text}");
        }
    }

    #[test]
    fn each_number_counts_once() {
        assert_eq!(each_once(&[4, 1, 4, 1, 2]), [4, 1, 2]);
        assert!(each_once::<u32>(&[]).is_empty());
    }
}
