//! The errors and their messages; and hostile texts stay within the limits.

mod common;

use common::at;
use parallax_jit::{Backend, Error, Expression, Isa, Kind};

fn message(text: &str) -> String {
    Expression::parse(text).expect_err(text).to_string()
}

#[test]
fn an_error_names_the_column_and_the_way_out() {
    let functions = "there are sin, cos, log, exp, sqrt, abs, min, max, where, and ** is the power";
    for (text, want) in [
        ("", "column 1: expected a number, a name, a sign or '(', found the end"),
        ("a +", "column 4: expected a number, a name, a sign or '(', found the end"),
        ("a b", "column 3: expected an operator or the end, found 'b'"),
        ("a + * b", "column 5: expected a number, a name, a sign or '(', found '*'"),
        ("(a + b", "column 1: this parenthesis is never closed; add ')'"),
        ("sin(min(a, b)", "column 4: this parenthesis is never closed; add ')'"),
        ("a)", "column 2: expected an operator or the end, found ')'"),
        ("(a, b)", "column 3: expected an operator, ',' or ')', found ','"),
        ("sin + 1", "column 5: expected '(' after the name of a function, found '+'"),
        ("a + pow(b, 2)", &format!("column 5: unknown function 'pow'; {functions}")),
        ("1 + sin(a, b)", "column 5: sin takes 1 argument(s), not 2"),
        ("min()", "column 1: min takes 2 argument(s), not 0"),
        ("2x", "column 1: '2x' is not a number; write 1, .25 or 1e-3, and 2*x for a product"),
        ("a < b < c", "column 7: comparisons do not chain; use (a < b) & (b < c)"),
    ] {
        assert_eq!(message(text), want, "{text}");
    }
}

#[test]
fn kinds_are_checked() {
    for (text, column, user, needs) in [
        ("1 + (a < b)", 5, "+", Kind::Number),
        ("-(a < b)", 2, "a minus sign", Kind::Number),
        ("(a < b) == c", 1, "a comparison", Kind::Number),
        ("(a < b) ** 2", 1, "**", Kind::Number),
        ("sqrt(a < b)", 6, "sqrt", Kind::Number),
        ("max(a, b < c)", 8, "max", Kind::Number),
        ("where(a, b, c)", 7, "the first argument of where", Kind::Boolean),
        ("where(a < 1, b, c < 1)", 17, "the third argument of where", Kind::Number),
    ] {
        assert_eq!(Expression::parse(text).unwrap_err(), Error::Kind { column, user, needs }, "{text}");
    }
    let way_out = "where(condition, 1, 0) turns a condition into numbers";
    assert_eq!(
        message("1 + (a < b)"),
        format!("column 5: + needs a number, and this is a boolean; {way_out}")
    );
}

#[test]
fn arrays_and_outputs_are_checked() {
    let compiled = Expression::parse("a + b").unwrap().compile().unwrap();
    let (three, two) = ([1.0; 3], [1.0; 2]);
    let mut out = [0.0; 3];
    let error = |result: Result<(), Error>| result.unwrap_err().to_string();
    assert_eq!(
        error(compiled.eval_by_name(&[("a", &three)], &mut out)),
        "no array is given for 'b'; the expression reads a, b"
    );
    assert_eq!(
        error(compiled.eval_by_name(&[("a", &three), ("b", &two)], &mut out)),
        "'b' has 2 elements and others have 3; give arrays of one length"
    );
    assert!(compiled.eval_by_name(&[("a", &three), ("b", &three)], &mut [0.0; 2]).is_err());
    assert_eq!(
        error(compiled.eval_by_name(&[("a", &three), ("b", &three)], &mut [false; 3])),
        "the result is a number; give an output of f64"
    );
    let bound = compiled.bind_by_name(&[("a", &three), ("b", &three)]).unwrap();
    assert_eq!(
        error(bound.fill(2, &mut out)),
        "elements 2..5 do not exist, the arrays have 3; shorten the output or start earlier"
    );
    assert!(bound.fill(usize::MAX, &mut out).is_err());
    assert!(bound.fill(3, &mut [0.0; 0]).is_ok());
}

#[test]
fn one_element_is_no_array_and_belongs_into_the_text() {
    let compiled = Expression::parse("a * c").unwrap().compile().unwrap();
    let (many, one, few) = ([2.0; 5], [3.0], [1.0; 4]);
    let mut out = [0.0; 5];
    let mut error =
        |arrays: [(&str, &[f64]); 2]| compiled.eval_by_name(&arrays, &mut out).unwrap_err().to_string();
    let single = "'c' has one element and others have 5; write that number in the text instead";
    assert_eq!(error([("a", &many), ("c", &one)]), single);
    assert_eq!(error([("a", &one), ("c", &many)]), single.replace("'c'", "'a'"));
    assert_eq!(
        error([("a", &many), ("c", &few)]),
        "'c' has 4 elements and others have 5; give arrays of one length"
    );
    assert_eq!(
        compiled.eval_by_name(&[("a", &one), ("c", &one)], &mut [0.0]),
        Ok(()),
        "all have one element"
    );
}

#[test]
fn a_whole_number_that_is_not_exact_is_refused() {
    let hint = |text: &str, near: &str| {
        format!(
            "'{text}' is not exact in f64, and the nearest number is {near}; write that, or '{text}.0' to round"
        )
    };
    for (text, column, whole, near) in [
        ("x - 9007199254740993", 5, "9007199254740993", "9007199254740992"),
        ("where(x == 9007199254740993, 1, 0)", 12, "9007199254740993", "9007199254740992"),
        ("18446744073709551615", 1, "18446744073709551615", "18446744073709551616"),
        ("x ** 9007199254740995", 6, "9007199254740995", "9007199254740996"),
    ] {
        assert_eq!(message(text), format!("column {column}: {}", hint(whole, near)), "{text}");
    }
    let wide = format!("1{}", "0".repeat(40)); // 10^40 has 41 digits and no f64
    assert!(message(&wide).contains("is not exact"));
    for exact in [
        "9007199254740992",
        "9007199254740994",
        "18446744073709551616",
        "0009",
        "9007199254740993.0",
        "9007199254740993e0",
        "0.1",
    ] {
        assert!(Expression::parse(exact).is_ok(), "{exact}");
    }
    let power = format!("{}", 1u128 << 100);
    assert!(Expression::parse(&power).is_ok());
}

#[test]
fn limits_are_the_stated_ones_and_their_errors_name_the_place_and_the_way_out() {
    let way_out = "evaluate a part of it into an array, and use that array here";
    let sum = |terms: usize| (0..terms).map(|i| format!("x{i}")).collect::<Vec<_>>().join("+");
    assert!(Expression::parse(&sum(2048)).is_ok());
    let text = sum(2049);
    let column = text.rfind('x').unwrap() + 1;
    let too_large = "more than 4096 numbers, names and operations";
    assert_eq!(message(&text), format!("column {column}: {too_large}; {way_out}"));

    let nested = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Expression::parse(&nested(200)).is_ok());
    let too_deep = "nested deeper than 200 (parentheses, calls, signs and right-hand sides)";
    assert_eq!(message(&nested(201)), format!("column 202: {too_deep}; {way_out}"));
    assert_eq!(message(&"-".repeat(201)), format!("column 202: {too_deep}; {way_out}"));

    assert!(message(&" ".repeat(65_537)).ends_with(way_out));
}

#[test]
fn what_is_long_is_cut_in_an_error() {
    let (digits, name) = ("9".repeat(65_000), "n".repeat(65_000));
    for text in [
        digits.clone() + "x",
        digits.clone(),
        format!("a {name}"),
        format!("{name}(1)"),
        format!("1 {digits}.5"),
    ] {
        let message = message(&text);
        assert!(message.len() < 300 && message.starts_with("column "), "{} bytes", message.len());
    }
    let cut = format!("column 1: '{}… (65001 characters)' is not a number", "9".repeat(40));
    assert!(message(&(digits + "x")).starts_with(&cut));

    let many = (0..2000).map(|i| format!("x{i}")).collect::<Vec<_>>().join("+");
    let compiled =
        Expression::parse(&many).unwrap().compile_for(Backend::Blocked, Isa::detect().unwrap()).unwrap();
    let missing = compiled.bind_by_name(&[]).map(drop).unwrap_err().to_string();
    assert!(
        missing.ends_with("the expression reads x0, x1, x2, x3, x4, x5, x6, x7, x8, x9 and 1990 more"),
        "{missing}"
    );
    let compiled =
        Expression::parse(&name).unwrap().compile_for(Backend::Blocked, Isa::detect().unwrap()).unwrap();
    assert!(compiled.bind_by_name(&[]).map(drop).unwrap_err().to_string().len() < 300);
}

#[test]
fn python_reads_it_the_same_way() {
    let isa = Isa::detect().unwrap();
    for (text, want) in [
        ("2 + 3 * 4", 14.0),
        ("2 ** 3 ** 2", 512.0),
        ("-2 ** 2", -4.0),
        ("2 ** -1", 0.5),
        ("2 ** -2 ** 2", 0.0625),
        ("-2 * -3", 6.0),
        ("8 / 4 / 2", 1.0),
        ("10 - 4 - 3", 3.0),
        ("1 - -1", 2.0),
        ("--2", 2.0),
        ("+2", 2.0),
        ("3 * +2", 6.0),
        ("2 ** +1", 2.0),
        ("+-+2 - +3", -5.0),
        ("+2 ** 2", 4.0),
        ("(1 + 2) * 3", 9.0),
        ("where(1 + 1 == 2, 5, 6)", 5.0),
        ("\t1\n+ 1 ", 2.0),
    ] {
        for backend in Backend::ALL {
            let mut out = [0.0; 3];
            Expression::parse(text)
                .unwrap()
                .compile_for(backend, isa)
                .unwrap()
                .eval_by_name(&[], &mut out)
                .unwrap();
            assert_eq!(out, [want; 3], "{text} by {backend:?}");
        }
    }
}

#[test]
fn hostile_texts_are_refused_soon() {
    let long = |part: &str, count: usize| part.repeat(count);
    assert!(matches!(Expression::parse(&long(" ", 70_000)), Err(Error::TooLong { length: 70_000 })));
    for deep in
        [long("(", 60_000), long("-", 60_000), long("sin(", 15_000), long("a**", 20_000), long("1<(", 20_000)]
    {
        assert!(matches!(Expression::parse(&deep), Err(Error::TooDeep { .. })), "{}", &deep[..9]);
    }
    for large in [long("a+", 30_000), long("a*", 30_000) + "1", "min(".to_owned() + &long("1,", 30_000)] {
        assert!(matches!(Expression::parse(&large), Err(Error::TooLarge { .. })), "{}", &large[..9]);
    }
    assert!(Expression::parse(&(long("9", 60_000) + "e-60000")).is_ok());
    assert!(matches!(Expression::parse(&long("9", 60_000)), Err(Error::Number { .. })));
}

#[test]
fn the_largest_expressions_work_in_a_small_stack() {
    let work = || {
        let isa = Isa::detect().unwrap();
        let deep = format!("{}a{}", "-(".repeat(90), ")".repeat(90));
        let wide = vec!["a"; 2000].join("+");
        let calls = format!("{}a{}", "sin(".repeat(150), ")".repeat(150));
        for text in [deep, wide, calls] {
            let expression = Expression::parse(&text).unwrap();
            for backend in Backend::ALL {
                let mut out = [0.0; 5];
                expression
                    .compile_for(backend, isa)
                    .unwrap()
                    .eval_by_name(&[("a", &[1.0; 5])], &mut out)
                    .unwrap();
                assert!(out.iter().all(|x| x.is_finite()));
            }
        }
    };
    std::thread::Builder::new().stack_size(512 << 10).spawn(work).unwrap().join().unwrap();
}

#[test]
fn random_bytes_and_tokens_never_panic() {
    let tokens =
        "a b 1 .5 2e3 + - * / ** ( ( ) ) , < <= == & | ~ && not sin cos min where é \u{0} 9e999 _x 1.2.3"
            .split(' ');
    let tokens: Vec<&str> = tokens.collect();
    let isa = Isa::detect().unwrap();
    let (mut parsed, mut refused) = (0, 0);
    for case in 0..20_000 {
        let pick = |i: u64, n: usize| (at(case, i) % n as u64) as usize;
        let length = pick(0, 24) as u64;
        let text = match case % 2 {
            0 => (0..length).map(|i| tokens[pick(i + 1, tokens.len())]).collect::<Vec<_>>().join(" "),
            _ => String::from_utf8_lossy(&(0..length).map(|i| at(case, i + 1) as u8).collect::<Vec<_>>())
                .into_owned(),
        };
        let Ok(expression) = Expression::parse(&text) else {
            refused += 1;
            continue;
        };
        parsed += 1;
        let array = [1.5; 3];
        let arrays: Vec<(&str, &[f64])> = expression.variables().map(|name| (name, &array[..])).collect();
        for backend in [Backend::Walk, Backend::Unfused, Backend::Blocked] {
            let compiled = expression.compile_for(backend, isa).unwrap();
            let bound = compiled.bind_by_name(&arrays).unwrap();
            match expression.kind() {
                Kind::Number => bound.fill(0, &mut [0.0; 3]).unwrap(),
                Kind::Boolean => bound.fill(0, &mut [false; 3]).unwrap(),
            }
        }
    }
    assert!(parsed > 100 && refused > 1000, "{parsed} {refused}");
}
