//! A function as its distance from the start of the executable, the same in parent and worker, which run one file.
//!
//! The kernel loads an executable at a random address, so a plain pointer means nothing to another process;
//! the distance does. Both ends check it against the executable pages of the image: a function of a shared
//! library, which may be anywhere or missing in the worker, is refused instead of called. (procspawn solves
//! the same problem with a walk over the loaded libraries.)

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::os::unix::fs::MetadataExt;
use std::sync::OnceLock;

/// The running executable: its address, its pages of code, and a fingerprint of its file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Image {
    base: usize,
    /// Relative to `base`.
    code: Vec<Range<usize>>,
    /// Equal in two processes only if both run the same file, laid out alike.
    pub(crate) fingerprint: u64,
}

static IMAGE: OnceLock<Result<Image, String>> = OnceLock::new();

impl Image {
    /// The image of this process; looked up once.
    pub(crate) fn get() -> Result<&'static Self, &'static str> {
        IMAGE.get_or_init(Self::look_up).as_ref().map_err(String::as_str)
    }

    /// How far `function` is from the start of the image, if it is code of the image.
    pub(crate) fn distance_to(&self, function: *const ()) -> Option<u64> {
        let distance = function.addr().checked_sub(self.base)?;
        self.is_code(distance).then_some(distance as u64)
    }

    /// The function at this distance, if it is code of the image.
    pub(crate) fn function_at(&self, distance: u64) -> Option<*const ()> {
        let distance = usize::try_from(distance).ok()?;
        self.is_code(distance).then(|| std::ptr::with_exposed_provenance(self.base + distance))
    }

    fn is_code(&self, distance: usize) -> bool {
        self.code.iter().any(|pages| pages.contains(&distance))
    }

    fn look_up() -> Result<Self, String> {
        let maps =
            fs::read_to_string("/proc/self/maps").map_err(|error| format!("/proc/self/maps: {error}"))?;
        let file = fs::metadata("/proc/self/exe").map_err(|error| format!("/proc/self/exe: {error}"))?;
        let anchor = Self::look_up as *const ();
        anchor.expose_provenance();
        let identity = (file.size(), file.mtime(), file.mtime_nsec());
        Self::parse(&maps, anchor.addr(), identity).ok_or_else(|| "no mapping contains this code".to_owned())
    }

    /// Finds the mappings of the file that holds `anchor`: neighbours with the same device, inode and path.
    fn parse(maps: &str, anchor: usize, identity: impl Hash) -> Option<Self> {
        let mappings: Vec<Mapping<'_>> = maps.lines().filter_map(Mapping::parse).collect();
        let here = mappings.iter().position(|mapping| mapping.pages.contains(&anchor))?;
        let file = mappings[here].file;
        let first = mappings[..here].iter().rposition(|mapping| mapping.file != file).map_or(0, |at| at + 1);
        let image = mappings[first..].iter().take_while(|mapping| mapping.file == file);
        let base = mappings[first].pages.start;
        let code = image
            .filter(|mapping| mapping.executable)
            .map(|mapping| mapping.pages.start - base..mapping.pages.end - base)
            .collect();
        // Without the path: once another file takes its place there, the path reads `… (deleted)`.
        let mut words = file.split_ascii_whitespace();
        let (device, inode) = (words.next()?, words.next()?);
        let mut hasher = DefaultHasher::new();
        (device, inode, &code, anchor - base, env!("CARGO_PKG_VERSION"), identity).hash(&mut hasher);
        Some(Self { base, code, fingerprint: hasher.finish() })
    }
}

/// One line of `/proc/<pid>/maps`.
struct Mapping<'a> {
    pages: Range<usize>,
    executable: bool,
    /// Device, inode and path.
    file: &'a str,
}

impl<'a> Mapping<'a> {
    /// `55d0c0a00000-55d0c0a21000 r-xp 00021000 fe:00 1234   /usr/bin/program`
    fn parse(line: &'a str) -> Option<Self> {
        let (pages, rest) = line.split_once(' ')?;
        let (permissions, rest) = rest.split_once(' ')?;
        let (_offset, file) = rest.split_once(' ')?;
        let (start, end) = pages.split_once('-')?;
        let pages = usize::from_str_radix(start, 16).ok()?..usize::from_str_radix(end, 16).ok()?;
        Some(Self { pages, executable: permissions.contains('x'), file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAPS: &str = "\
1000-2000 r--p 00000000 fe:00 7    /other
4000-5000 r--p 00000000 fe:00 42   /bin/program
5000-8000 r-xp 00001000 fe:00 42   /bin/program
8000-9000 rw-p 00004000 fe:00 42   /bin/program
9000-a000 rw-p 00000000 00:00 0    [heap]
f000-f800 r-xp 00000000 fe:00 9    /lib/libc.so
";

    #[test]
    fn a_function_survives_the_way_there_and_back() {
        let image = Image::get().unwrap();
        let function: fn(u32) -> u32 = u32::swap_bytes_twice;
        let distance = image.distance_to(function as *const ()).unwrap();
        assert_eq!(image.function_at(distance), Some(function as *const ()));
    }

    #[test]
    fn the_image_is_found_among_the_mappings() {
        let image = Image::parse(MAPS, 0x6000, 0).unwrap();
        assert_eq!(image.base, 0x4000);
        assert!(image.code.iter().eq([&(0x1000..0x4000)]));
        assert_eq!(Image::parse(MAPS, 0xb000, 0), None);
    }

    #[test]
    fn what_is_not_code_of_the_image_is_refused() {
        let image = Image::parse(MAPS, 0x6000, 0).unwrap();
        for (address, what) in [(0x4800, "constants"), (0x8100, "data"), (0xf100, "a library"), (0x10, "low")]
        {
            assert_eq!(image.distance_to(std::ptr::without_provenance(address)), None, "{what}");
        }
        assert_eq!(image.distance_to(std::ptr::without_provenance(0x5010)), Some(0x1010));
        assert_eq!(image.function_at(0x10), None);
        assert_eq!(image.function_at(u64::MAX), None);
    }

    #[test]
    fn moving_the_image_keeps_the_fingerprint_and_another_file_does_not() {
        let print = |maps: &str, anchor, identity| Image::parse(maps, anchor, identity).unwrap().fingerprint;
        let here = print(MAPS, 0x6000, 1);
        let shifted = MAPS
            .replace("4000-5000", "84000-85000")
            .replace("5000-8000", "85000-88000")
            .replace("8000-9000", "88000-89000");
        assert_eq!(print(&shifted, 0x86000, 1), here);
        let replaced = MAPS.replace("/bin/program", "/bin/program (deleted)");
        assert_eq!(print(&replaced, 0x6000, 1), here, "the path leads to another file now");
        assert_ne!(print(MAPS, 0x6000, 2), here, "another size or time of the file");
        assert_ne!(print(&MAPS.replace("fe:00 42", "fe:00 43"), 0x6000, 1), here, "another file");
        assert_ne!(print(MAPS, 0x6010, 1), here, "another build");
    }

    trait Twice {
        fn swap_bytes_twice(self) -> Self;
    }
    impl Twice for u32 {
        fn swap_bytes_twice(self) -> Self {
            self.swap_bytes().swap_bytes()
        }
    }
}
