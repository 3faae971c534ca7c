//! From Cranelift's intermediate code to a function that can be called, and back to free memory.
#![expect(unsafe_code, reason = "memory is made executable, and must be freed when no one runs it")]

use std::mem::ManuallyDrop;
use std::sync::Mutex;

use cranelift::codegen::ir::{BlockArg, UserFuncName};
use cranelift::codegen::settings::Configurable;
use cranelift::frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift::jit::{JITBuilder, JITModule};
use cranelift::module::{Linkage, Module, default_libcall_names};
use cranelift::prelude::{AbiParam, InstBuilder, Signature, Type, Value, settings};

use parallax_suite::isa::Set;

use crate::{Error, Isa};

/// Machine code of one function, freed with this value.
pub(crate) struct Code {
    entry: Entry,
    /// Never locked: it makes the module, which is of no use any more, `Sync`.
    module: ManuallyDrop<Mutex<JITModule>>,
}

/// The address of the first instruction.
#[derive(Clone, Copy)]
struct Entry(*const u8);

// SAFETY: nothing writes to the code after it was made, and any thread may execute it.
unsafe impl Send for Entry {}
// SAFETY: as above.
unsafe impl Sync for Entry {}

impl Code {
    /// Compiles the function whose body `build` writes, for the platform's C calling convention.
    ///
    /// Takes some hundred microseconds, and then a time that grows with the body.
    pub(crate) fn new(
        isa: Isa,
        params: &[Type],
        returns: &[Type],
        build: impl FnOnce(FunctionBuilder<'_>, &JITModule),
    ) -> Result<Self, Error> {
        let mut module = JITModule::new(JITBuilder::with_isa(target(isa)?, default_libcall_names()));
        let mut signature = module.make_signature();
        signature.params.extend(params.iter().copied().map(AbiParam::new));
        signature.returns.extend(returns.iter().copied().map(AbiParam::new));
        let entry = define(&mut module, signature, build);
        // Owned from here on, so that the memory is freed if something failed.
        let mut code = Self { entry: Entry(std::ptr::null()), module: ManuallyDrop::new(Mutex::new(module)) };
        code.entry = entry.map_err(refused)?;
        Ok(code)
    }

    /// The address of the function, valid as long as this value.
    pub(crate) fn entry(&self) -> *const u8 {
        self.entry.0
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        // SAFETY: `module` is not used again, and callers may not run the code after this value is gone.
        unsafe {
            let module = ManuallyDrop::take(&mut self.module);
            module.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).free_memory();
        }
    }
}

/// `do { values = body(values) } while (condition)`; gives the last values.
pub(crate) fn repeat(
    builder: &mut FunctionBuilder<'_>,
    values: &[Value],
    body: impl FnOnce(&mut FunctionBuilder<'_>, &[Value]) -> (Vec<Value>, Value),
) -> Vec<Value> {
    let arguments = |values: &[Value]| values.iter().map(|value| BlockArg::from(*value)).collect::<Vec<_>>();
    let (turn, after) = (builder.create_block(), builder.create_block());
    for value in values {
        let kind = builder.func.dfg.value_type(*value);
        builder.append_block_param(turn, kind);
        builder.append_block_param(after, kind);
    }
    builder.ins().jump(turn, &arguments(values));
    builder.switch_to_block(turn);
    let current = builder.block_params(turn).to_vec();
    let (next, condition) = body(builder, &current);
    builder.ins().brif(condition, turn, &arguments(&next), after, &arguments(&next));
    builder.switch_to_block(after);
    builder.block_params(after).to_vec()
}

fn define(
    module: &mut JITModule,
    signature: Signature,
    build: impl FnOnce(FunctionBuilder<'_>, &JITModule),
) -> Result<Entry, Box<cranelift::module::ModuleError>> {
    let id = module.declare_function("entry", Linkage::Local, &signature)?;
    let mut context = module.make_context();
    context.func.signature = signature;
    context.func.name = UserFuncName::user(0, id.as_u32());
    let mut builders = FunctionBuilderContext::new();
    build(FunctionBuilder::new(&mut context.func, &mut builders), module);
    module.define_function(id, &mut context)?;
    module.finalize_definitions()?;
    Ok(Entry(module.get_finalized_function(id)))
}

/// This processor, without the instructions that `isa` excludes.
fn target(isa: Isa) -> Result<cranelift::codegen::isa::OwnedTargetIsa, Error> {
    let mut flags = settings::builder();
    let mut builder = cranelift::native::builder().map_err(refused)?;
    // The verifier finds our mistakes, not the user's, and takes a sixth of the time.
    let verify = if cfg!(debug_assertions) { "true" } else { "false" };
    let set = [
        ("use_colocated_libcalls", "false"),
        ("is_pic", "false"),
        ("opt_level", "speed"),
        ("enable_verifier", verify),
    ];
    set.iter().try_for_each(|(name, value)| flags.set(name, value)).map_err(refused)?;
    // Each instruction set builds on those behind it.
    let above = ["has_avx512f", "has_avx512vl", "has_avx512dq", "has_avx512vbmi", "has_avx512bitalg"];
    let excluded: &[&str] = match isa.set() {
        Set::Baseline => &[&above[..], &["has_fma", "has_avx2", "has_avx"]].concat(),
        Set::Avx2 => &above,
        Set::Avx512 => &[],
    };
    excluded.iter().try_for_each(|name| builder.set(name, "false")).map_err(refused)?;
    builder.finish(settings::Flags::new(flags)).map_err(refused)
}

fn refused(reason: impl ToString) -> Error {
    Error::Codegen { reason: reason.to_string() }
}
