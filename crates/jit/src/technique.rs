//! How an expression that is known only at run time is computed: five answers, from a walk to machine code.

pub mod cranelift;
pub mod evaluated;
pub mod fused;
pub mod interpreter;
pub mod tree_walk;
pub mod unfused;

pub use self::cranelift::Cranelift;
pub use self::evaluated::Evaluated;
pub use self::fused::Fused;
pub use self::interpreter::Interpreter;
pub use self::tree_walk::TreeWalk;
pub use self::unfused::Unfused;
