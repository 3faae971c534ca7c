//! The file that the code at an address comes from, by `/proc/self/maps`.

/// The mapped files, each with its address range and the offset of that range in the file.
pub(super) struct Maps(Vec<(u64, u64, u64, String)>);

impl Maps {
    /// Reads those of this process.
    pub(super) fn read() -> Self {
        Maps::of(&std::fs::read_to_string("/proc/self/maps").unwrap_or_default())
    }

    pub(super) fn of(text: &str) -> Self {
        let line = |line: &str| {
            let mut words = line.splitn(6, ' ');
            let (from, to) = words.next()?.split_once('-')?;
            let offset = words.nth(1)?;
            let path = words.nth(2)?.trim_start();
            let number = |digits| u64::from_str_radix(digits, 16).ok();
            Some((number(from)?, number(to)?, number(offset)?, path.to_owned()))
        };
        Maps(text.lines().filter_map(line).collect())
    }

    /// The file, and the offset of the address in it.
    pub(super) fn find(&self, address: u64) -> (String, u64) {
        let found = self.0.iter().find(|(from, to, ..)| (*from..*to).contains(&address));
        match found {
            Some((from, _, offset, path)) => (path.clone(), address - from + offset),
            None => (String::new(), address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_in_its_file() {
        let maps = Maps::of(
            "55d0-55e0 r--p 00000000 fe:00 1      /a path/worker\n55e0-5600 r-xp 00000010 fe:00 1   /a path/worker\n\
             7f00-7f10 rw-p 00000000 00:00 0 \nnonsense\n",
        );
        assert_eq!(maps.find(0x55e4), ("/a path/worker".to_owned(), 0x14));
        assert_eq!(maps.find(0x7f04), (String::new(), 4));
        assert_eq!(maps.find(0x9999), (String::new(), 0x9999));
    }
}
