//! The one place that writes to standard output and standard error.

use std::io::{self, Write};

/// Writes results. A pipe that was closed early is no error: whoever reads has seen enough.
pub(crate) fn result(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Writes a message for the person at the terminal.
pub(crate) fn message(text: &str) {
    let mut err = anstream::stderr().lock();
    // There is nobody left to tell where standard error is gone.
    let _ = writeln!(err, "{text}");
}
