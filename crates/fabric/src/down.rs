//! Removes everything that enid made in the kernel, and nothing else.

use std::path::Path;

use crate::kernel::linux::LinuxKernel;
use crate::kernel::{Kernel, KernelError, Key, Namespace, Objects, Value};
use crate::netns;
use crate::plan::plan;

/// Removes the namespaces kept below the data folder with all that is in them, and the links and routes on the host that bear enid's
/// names and route protocol. Goes on after errors and returns them all; none: nothing of enid's is left. Must run in the host's
/// namespace.
pub fn down(data: &Path) -> Vec<KernelError> {
    let mut kernel = match LinuxKernel::new(data) {
        Ok(kernel) => kernel,
        Err(error) => return vec![KernelError::io("open the kernel", &error)],
    };
    let mut errors = Vec::new();
    let mut current = match kernel.dump(&[Namespace::Host]) {
        Ok(current) => current,
        Err(error) => {
            errors.push(error);
            Objects::new()
        }
    };
    match kernel.namespaces() {
        Ok(namespaces) => current.extend(namespaces.into_iter().map(|namespace| (Key::Namespace(namespace), Value::Exists))),
        Err(error) => errors.push(error),
    }
    let steps = plan(&current, &Objects::from([(Key::Namespace(Namespace::Host), Value::Exists)]));
    errors.extend(kernel.apply(&steps).into_iter().filter_map(Result::err));
    if errors.is_empty()
        && let Err(error) = netns::remove_directory(data)
    {
        errors.push(KernelError::io("remove the folder of namespaces", &error));
    }
    errors
}
