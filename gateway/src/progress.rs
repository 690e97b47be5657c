//! Progress bars for long work; nothing when standard error is no terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar that is moved by telling it what is done, how far it is, and how far it has to go.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::new(0);
        let style =
            ProgressStyle::with_template("{msg:20} {wide_bar} {pos}/{len} {per_sec} {eta_precise}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Self(bar)
    }

    pub(crate) fn tell(&self, what: &'static str, at: u64, of: u64) {
        if self.0.message() != what {
            self.0.set_message(what);
            self.0.reset();
        }
        self.0.set_length(of);
        self.0.set_position(at);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
