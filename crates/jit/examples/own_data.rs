//! A formula from the command line over the columns of your own CSV file.
//!
//! ```console
//! $ printf 'x,y\n3,4\n5,12\n' > points.csv
//! $ cargo run --release -p parallax-jit --example own_data -- 'sqrt(x*x + y*y)' points.csv
//! 5
//! 13
//! ```

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints results")]

use parallax_jit::{Compiled, Expression, Kind};
use std::process::ExitCode;

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [text, path] = &arguments[..] else { return Err("usage: own_data FORMULA FILE.csv".into()) };
    let formula = Expression::parse(text)
        .and_then(|expression| expression.compile())
        .map_err(|error| error.in_text(text).to_string())?;
    let (names, columns) = table(&std::fs::read_to_string(path)?)?;
    let arrays: Vec<(&str, &[f64])> =
        names.iter().map(String::as_str).zip(columns.iter().map(Vec::as_slice)).collect();
    let rows = columns.first().map_or(0, Vec::len);
    for value in values(&formula, &arrays, rows)? {
        println!("{value}");
    }
    Ok(())
}

/// The value of the formula for each row; 1 is true and 0 is false.
fn values(
    formula: &Compiled,
    arrays: &[(&str, &[f64])],
    rows: usize,
) -> Result<Vec<f64>, parallax_jit::Error> {
    match formula.kind() {
        Kind::Number => {
            let mut out = vec![0.0; rows];
            formula.eval_by_name(arrays, &mut out)?;
            Ok(out)
        }
        Kind::Boolean => {
            let mut out = vec![false; rows];
            formula.eval_by_name(arrays, &mut out)?;
            Ok(out.into_iter().map(f64::from).collect())
        }
    }
}

/// The names in the first line, and the columns of numbers below them.
fn table(csv: &str) -> Result<(Vec<String>, Vec<Vec<f64>>), Failure> {
    let mut lines = csv.lines();
    let head = lines.next().ok_or("the file is empty; its first line names the columns")?;
    let names: Vec<String> = head.split(',').map(|name| name.trim().to_owned()).collect();
    let mut columns = vec![Vec::new(); names.len()];
    for (row, line) in lines.enumerate() {
        let cells: Vec<&str> = line.split(',').collect();
        if cells.len() != names.len() {
            return Err(format!("line {}: {} cells for {} columns", row + 2, cells.len(), names.len()).into());
        }
        for (cell, column) in cells.iter().zip(&mut columns) {
            column.push(
                cell.trim().parse().map_err(|_| format!("line {}: '{cell}' is not a number", row + 2))?,
            );
        }
    }
    Ok((names, columns))
}
