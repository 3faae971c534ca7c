//! Reads the tree of names in a `use`: each leaf is a name, with its path.

/// Each name that a `use` imports, with its path.
pub(super) fn leaves(tree: &str) -> Vec<(String, Vec<String>)> {
    let tree = tree.trim().trim_start_matches("::");
    if let Some((head, inside)) = tree.split_once('{') {
        let inside = inside.strip_suffix('}').unwrap_or(inside);
        let head: Vec<String> =
            head.split("::").map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect();
        let below =
            |part: &str| leaves(part).into_iter().map(|(name, path)| (name, [head.clone(), path].concat()));
        return parts(inside).into_iter().flat_map(below).map(own_name).collect();
    }
    let (path, alias) =
        tree.split_once(" as ").map_or((tree, None), |(path, alias)| (path, Some(alias.trim())));
    let mut path: Vec<String> = path.split("::").map(|word| word.trim().to_owned()).collect();
    let name = alias.map_or_else(|| path.last().cloned().unwrap_or_default(), str::to_owned);
    if name == "*" {
        path.pop();
    }
    if name.is_empty() { Vec::new() } else { vec![(name, path)] }
}

/// `a::{self}` imports `a`.
fn own_name((name, mut path): (String, Vec<String>)) -> (String, Vec<String>) {
    if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
        path.pop();
        let own = path.last().cloned().unwrap_or_default();
        return (if name == "self" { own } else { name }, path);
    }
    (name, path)
}

/// The parts between commas, except for commas inside braces.
fn parts(list: &str) -> Vec<&str> {
    let (mut depth, mut from, mut found) = (0_i64, 0, Vec::new());
    for (at, byte) in list.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            b',' if depth == 0 => {
                found.push(&list[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    found.push(&list[from..]);
    found.into_iter().filter(|part| !part.trim().is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_of_names_has_its_leaves() {
        let of = |tree: &str| -> Vec<String> {
            leaves(tree).into_iter().map(|(name, path)| format!("{name}={}", path.join("::"))).collect()
        };
        assert_eq!(of("crate::a::B"), ["B=crate::a::B"]);
        assert_eq!(of("crate::{a::{self, B as C}, d::*}"), ["a=crate::a", "C=crate::a::B", "*=crate::d"]);
        assert_eq!(of("super::x::{\n    y, z,\n}"), ["y=super::x::y", "z=super::x::z"]);
    }
}
