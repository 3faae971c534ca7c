//! The cells that this family measures, by name.

use crate::{Iceoryx2, IpcChannel, IpcMessages, Procspawn};
use parallax_suite::cell::{self, Cell};

/// The cells that this family measures, by name.
pub fn cells() -> Vec<Cell> {
    [
        cell::exchange::<Iceoryx2>(),
        cell::execute::<IpcChannel>(),
        cell::exchange::<IpcMessages>(),
        cell::execute::<Procspawn>(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
