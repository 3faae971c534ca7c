//! Techniques for an expression that is known only at run time: four, from a tree walk to machine code.

pub mod cranelift;
pub mod evaluated;
pub mod formula;
pub mod interpreter;
mod kept;
pub mod tree_walk;
pub mod unfused;

pub use self::cranelift::Cranelift;
pub use self::evaluated::Evaluated;
pub use self::interpreter::Interpreter;
pub use self::tree_walk::TreeWalk;
pub use self::unfused::Unfused;
