//! From Cranelift's intermediate code to a function that can be called, and back to free memory.
#![expect(unsafe_code, reason = "memory is made executable, and must be freed when no one runs it")]

use std::mem::ManuallyDrop;
use std::sync::Mutex;

use cranelift::codegen::ir::UserFuncName;
use cranelift::codegen::settings::Configurable;
use cranelift::frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift::jit::{JITBuilder, JITModule};
use cranelift::module::{Linkage, Module, default_libcall_names};
use cranelift::prelude::{AbiParam, Signature, Type, settings};

use parallax_pattern::isa::Set;

use crate::{Error, Isa};

/// Machine code of one function, freed with this value.
pub(crate) struct Code {
    entry: Entry,
    /// Never locked: it makes the module, which is not used any more, `Sync`.
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
    /// Compiles the function whose body `build` writes, for the platform's C calling convention. It returns nothing.
    ///
    /// Takes some hundred microseconds, and then a time that grows with the body.
    pub(crate) fn new(
        isa: Isa,
        params: &[Type],
        build: impl FnOnce(FunctionBuilder<'_>, &JITModule),
    ) -> Result<Self, Error> {
        let mut module = JITModule::new(JITBuilder::with_isa(target(isa)?, default_libcall_names()));
        let mut signature = module.make_signature();
        signature.params.extend(params.iter().copied().map(AbiParam::new));
        let entry = define(&mut module, signature, build);
        // Owned from here on, so that the memory is freed after an error.
        let mut code = Self { entry: Entry(std::ptr::null()), module: ManuallyDrop::new(Mutex::new(module)) };
        code.entry = entry.map_err(refused)?;
        Ok(code)
    }

    /// The address of the function, valid as long as this value exists.
    pub(crate) fn entry(&self) -> *const u8 {
        self.entry.0
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        // SAFETY: `module` is not used again, and callers must not run the code after this value is dropped.
        unsafe {
            let module = ManuallyDrop::take(&mut self.module);
            module.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).free_memory();
        }
    }
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
    for name in excluded(isa.set(), builder.iter().map(|setting| setting.name)) {
        builder.set(name, "false").map_err(refused)?;
    }
    builder.finish(settings::Flags::new(flags)).map_err(refused)
}

/// The instruction sets above `set` that Cranelift may use on this architecture, by the names of its settings.
///
/// The sets are those of x86: another architecture has only one, and none of these names.
fn excluded(set: Set, known: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let below = match set {
        Set::Baseline => 0,
        Set::Avx2 => WIDE.len(),
        Set::Avx512 => WIDE.len() + WIDER.len(),
    };
    let above = &[WIDE, WIDER].concat()[below..];
    known.filter(|name| above.contains(name)).collect()
}

/// The settings that 256-bit vectors add, and those that 512-bit vectors add to them; each builds on those before it.
const WIDE: &[&str] = &["has_avx", "has_avx2", "has_fma"];
const WIDER: &[&str] = &["has_avx512f", "has_avx512vl", "has_avx512dq", "has_avx512vbmi", "has_avx512bitalg"];

fn refused(reason: impl ToString) -> Error {
    Error::Codegen { reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_smaller_set_excludes_what_lies_above_it_and_nothing_else() {
        let known =
            || ["has_sse41", "has_avx", "has_avx2", "has_fma", "has_avx512f", "has_avx512vl"].into_iter();
        assert_eq!(excluded(Set::Avx512, known()), [""; 0]);
        assert_eq!(excluded(Set::Avx2, known()), ["has_avx512f", "has_avx512vl"]);
        assert_eq!(excluded(Set::Baseline, known()), known().skip(1).collect::<Vec<_>>());
    }

    #[test]
    fn another_architecture_is_asked_for_none_of_the_names_of_x86() {
        // The settings of Cranelift's `arm64`.
        let known = [
            "has_lse",
            "has_pauth",
            "has_fp16",
            "has_dotprod",
            "has_i8mm",
            "sign_return_address",
            "use_bti",
            "use_csdb",
        ];
        for set in [Set::Baseline, Set::Avx2, Set::Avx512] {
            assert_eq!(excluded(set, known.into_iter()), [""; 0], "{set:?}");
        }
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn every_name_is_one_of_cranelifts() {
        let builder = cranelift::native::builder().unwrap();
        let known: Vec<&str> = builder.iter().map(|setting| setting.name).collect();
        for name in [WIDE, WIDER].concat() {
            assert!(known.contains(&name), "{name} is not among {known:?}");
        }
    }
}
