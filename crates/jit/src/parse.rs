//! Precedence climbing: one loop and a table of binding powers parse the whole grammar.
//!
//! Written by hand: with a combinator library the loop would be the same, and the columns of errors and the
//! bound on the depth would still be ours.

use std::collections::HashMap;

use crate::Error;
use crate::error::shortened;
use crate::meaning::{Binary, Comparison, Logic, Unary};
use crate::token::{Token, What, column, tokens};
use crate::tree::{self, Id, Kind, Node, Tree};

/// The longest text, in bytes.
pub(crate) const MAX_LENGTH: usize = 1 << 16;
/// The limit on nested parentheses, calls, signs and right-hand sides: each level is a call of the parser.
pub(crate) const MAX_DEPTH: usize = 200;
/// The most nodes of a tree.
pub(crate) const MAX_NODES: usize = 1 << 12;

/// Reads an expression; its size, depth and time are bounded.
pub(crate) fn parse(text: &str) -> Result<Tree, Error> {
    if text.len() > MAX_LENGTH {
        return Err(Error::TooLong { length: text.len() });
    }
    let tree = Tree { nodes: Vec::new(), names: Vec::new() };
    let mut parser = Parser { text, tokens: tokens(text)?, next: 0, depth: 0, tree, places: HashMap::new() };
    parser.expression(COMPARE)?;
    match parser.peek() {
        Token { what: What::End, .. } => Ok(parser.tree),
        token => Err(parser.unexpected(token, "an operator or the end")),
    }
}

// Binding powers, from the loosest. A sign binds looser than `**`, as in Python: -x**2 is -(x**2).
// So do `|` and `&` bind tighter than comparisons.
const COMPARE: u8 = 1;
const OR: u8 = 2;
const AND: u8 = 3;
const SUM: u8 = 4;
const PRODUCT: u8 = 5;
const POWER: u8 = 6;

/// An operator between two operands.
#[derive(Clone, Copy)]
enum Infix {
    Arithmetic(Binary, &'static str),
    Compare(Comparison),
    Logic(Logic, &'static str),
}

/// A node and the byte at which its text starts.
#[derive(Clone, Copy)]
struct Part {
    id: Id,
    at: usize,
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Token<'t>>,
    next: usize,
    /// The number of expressions that are being read, each within the one before.
    depth: usize,
    tree: Tree,
    /// The places of the names that were read so far.
    places: HashMap<&'t str, usize>,
}

impl<'t> Parser<'t> {
    /// An operand and all operators after it that bind at least as tightly as `floor`.
    fn expression(&mut self, floor: u8) -> Result<Part, Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH + 1 {
            return Err(Error::TooDeep { column: self.column(self.peek().at) });
        }
        let mut left = self.operand()?;
        let mut compared = false;
        while let Some((infix, power)) = infix(self.peek().what)
            && power >= floor
        {
            let operator = self.take();
            if power == COMPARE && std::mem::replace(&mut compared, true) {
                return Err(Error::Chained { column: self.column(operator.at) });
            }
            // To the right of `**` the same power may follow: it associates to the right.
            let right = self.expression(if power == POWER { POWER } else { power + 1 })?;
            left = self.join(infix, left, right)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    /// A number, a variable, a call, a parenthesis, or a sign or `~` before an operand.
    fn operand(&mut self) -> Result<Part, Error> {
        let token = self.take();
        let at = token.at;
        match token.what {
            What::Number(value) => self.add(at, Node::Number(value)),
            What::Name(name) if self.peek().what == What::Open => self.call(at, name),
            What::Name(name) => self.variable(at, name),
            What::Minus => {
                let part = self.expression(POWER)?;
                self.need(Kind::Number, part, "a minus sign")?;
                let node = tree::negate(&mut self.tree.nodes, part.id);
                self.add(at, node)
            }
            What::Plus => {
                let part = self.expression(POWER)?;
                self.need(Kind::Number, part, "a plus sign")?;
                Ok(Part { at, ..part })
            }
            What::Not => {
                let part = self.expression(POWER)?;
                self.need(Kind::Boolean, part, "~")?;
                self.add(at, Node::Not(part.id))
            }
            What::Open => {
                let part = self.expression(COMPARE)?;
                self.close(at)?;
                Ok(Part { at, ..part })
            }
            _ => Err(self.unexpected(token, "a number, a name, a sign or '('")),
        }
    }

    fn variable(&mut self, at: usize, name: &'t str) -> Result<Part, Error> {
        if Function::named(name).is_some() {
            return Err(self.unexpected(self.peek(), "'(' after the name of a function"));
        }
        let names = &mut self.tree.names;
        let place = *self.places.entry(name).or_insert_with(|| {
            names.push(name.to_owned());
            names.len() - 1
        });
        self.add(at, Node::Variable(place))
    }

    /// The arguments of a call; the parenthesis is next.
    fn call(&mut self, at: usize, name: &str) -> Result<Part, Error> {
        // Only for an error, because counting characters takes time linear in the text.
        let text = self.text;
        let (name, function) = Function::named(name)
            .ok_or_else(|| Error::Function { column: column(text, at), name: shortened(name) })?;
        let open = self.take().at;
        let mut arguments = Vec::new();
        if self.peek().what != What::Close {
            arguments.push(self.expression(COMPARE)?);
            while self.peek().what == What::Comma {
                self.take();
                arguments.push(self.expression(COMPARE)?);
            }
        }
        self.close(open)?;
        let arity = |takes| Error::Arity { column: column(text, at), name, takes, given: arguments.len() };
        let node = match function {
            Function::Unary(op) => {
                let [x] = arguments[..] else { return Err(arity(1)) };
                self.need(Kind::Number, x, name)?;
                Node::Unary(op, x.id)
            }
            Function::Binary(op) => {
                let [x, y] = arguments[..] else { return Err(arity(2)) };
                self.need(Kind::Number, x, name)?;
                self.need(Kind::Number, y, name)?;
                Node::Binary(op, x.id, y.id)
            }
            Function::Where => {
                let [condition, x, y] = arguments[..] else { return Err(arity(3)) };
                self.need(Kind::Boolean, condition, "the first argument of where")?;
                self.need(Kind::Number, x, "the second argument of where")?;
                self.need(Kind::Number, y, "the third argument of where")?;
                Node::Where(condition.id, x.id, y.id)
            }
        };
        self.add(at, node)
    }

    fn join(&mut self, infix: Infix, left: Part, right: Part) -> Result<Part, Error> {
        let (node, user, kind) = match infix {
            Infix::Compare(op) => (Node::Compare(op, left.id, right.id), "a comparison", Kind::Number),
            Infix::Logic(op, sign) => (Node::Logic(op, left.id, right.id), sign, Kind::Boolean),
            Infix::Arithmetic(op, sign) => (Node::Binary(op, left.id, right.id), sign, Kind::Number),
        };
        self.need(kind, left, user)?;
        self.need(kind, right, user)?;
        let node = match node {
            Node::Binary(Binary::Power, ..) => tree::power(&mut self.tree.nodes, left.id, right.id),
            node => node,
        };
        self.add(left.at, node)
    }

    fn add(&mut self, at: usize, node: Node) -> Result<Part, Error> {
        let nodes = &mut self.tree.nodes;
        nodes.push(node);
        match nodes.len() {
            ..=MAX_NODES => Ok(Part { id: nodes.len() - 1, at }),
            // the column of the last token that was read, not the start of its operation
            _ => Err(Error::TooLarge { column: self.column(self.tokens[self.next - 1].at) }),
        }
    }

    fn need(&self, needs: Kind, part: Part, user: &'static str) -> Result<(), Error> {
        match self.tree.kind(part.id) == needs {
            true => Ok(()),
            false => Err(Error::Kind { column: self.column(part.at), user, needs }),
        }
    }

    /// Takes the parenthesis that closes the one at byte `open`.
    fn close(&mut self, open: usize) -> Result<(), Error> {
        match self.take() {
            Token { what: What::Close, .. } => Ok(()),
            Token { what: What::End, .. } => Err(Error::Unclosed { column: self.column(open) }),
            token => Err(self.unexpected(token, "an operator, ',' or ')'")),
        }
    }

    fn peek(&self) -> Token<'t> {
        self.tokens[self.next]
    }

    /// The next token; the end can be taken any number of times.
    fn take(&mut self) -> Token<'t> {
        let token = self.peek();
        self.next = (self.next + 1).min(self.tokens.len() - 1);
        token
    }

    fn unexpected(&self, token: Token<'_>, expected: &'static str) -> Error {
        let found = match (token.what, self.text[token.at..].chars().next()) {
            (What::Name(name), _) => format!("'{}'", shortened(name)),
            (What::Number(value), _) => format!("the number {}", shortened(&value.to_string())),
            (_, None) => "the end".to_owned(),
            (_, Some(first)) => format!("'{first}'"),
        };
        Error::Unexpected { column: self.column(token.at), expected, found }
    }

    fn column(&self, at: usize) -> usize {
        column(self.text, at)
    }
}

#[derive(Clone, Copy)]
enum Function {
    Unary(Unary),
    Binary(Binary),
    Where,
}

impl Function {
    fn named(name: &str) -> Option<(&'static str, Self)> {
        Some(match name {
            "sin" => ("sin", Self::Unary(Unary::Sine)),
            "cos" => ("cos", Self::Unary(Unary::Cosine)),
            "log" => ("log", Self::Unary(Unary::Logarithm)),
            "exp" => ("exp", Self::Unary(Unary::Exponential)),
            "sqrt" => ("sqrt", Self::Unary(Unary::Root)),
            "abs" => ("abs", Self::Unary(Unary::Absolute)),
            "min" => ("min", Self::Binary(Binary::Minimum)),
            "max" => ("max", Self::Binary(Binary::Maximum)),
            "where" => ("where", Self::Where),
            _ => return None,
        })
    }
}

fn infix(what: What<'_>) -> Option<(Infix, u8)> {
    Some(match what {
        What::Compare(op) => (Infix::Compare(op), COMPARE),
        What::Or => (Infix::Logic(Logic::Or, "|"), OR),
        What::And => (Infix::Logic(Logic::And, "&"), AND),
        What::Plus => (Infix::Arithmetic(Binary::Add, "+"), SUM),
        What::Minus => (Infix::Arithmetic(Binary::Subtract, "-"), SUM),
        What::Star => (Infix::Arithmetic(Binary::Multiply, "*"), PRODUCT),
        What::Slash => (Infix::Arithmetic(Binary::Divide, "/"), PRODUCT),
        What::StarStar => (Infix::Arithmetic(Binary::Power, "**"), POWER),
        _ => return None,
    })
}
