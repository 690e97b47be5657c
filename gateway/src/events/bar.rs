//! A progress bar on a terminal, nothing elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use replay::Progress;

/// A bar on standard error. Hidden where that is no terminal.
pub(super) fn bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    let style =
        "{bar:30} {percent:>3} %  {human_pos} of {human_len} commits, {per_sec}, {eta} left  {msg}";
    bar.set_style(
        ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    bar
}

/// What moves the bar.
pub(super) fn mover(bar: &ProgressBar) -> impl FnMut(Progress) + Send + 'static {
    let bar = bar.clone();
    move |progress| {
        bar.set_length(progress.through.saturating_sub(progress.after));
        bar.set_position(progress.at.saturating_sub(progress.after));
        bar.set_message(format!("{} events", progress.rows));
    }
}
